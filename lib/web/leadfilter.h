/*
 * leadfilter: the filter of the list of leads as it stands in an address, on
 * chips and in the dialog.
 */
#ifndef WEB_LEADFILTER_H
#define WEB_LEADFILTER_H
#include "crm/leadlist.h"
#include "web/app.h"
#include "web/option.h"

/* As a browser sends it; a form that takes it has the member `filter` of this
 * type and the rows LEADFILTER_FORM. */
struct leadfilter {
	const char *source, *tag, *assignee, *nobody, *stage, *integration,
		*page, *form, *campaign, *platform;
	const char *from, *until; /* days, "2026-11-25" */
	const char *q, *sort;	  /* "" or "touched" */
	const char *test;	  /* "" or "1" */
};
#define LEADFILTER_TEXT(type, member, hi)                                      \
	{                                                                      \
		.name = #member, .kind = FORM_KIND_TEXT, .max = (hi),          \
		.offset = FORM_AT(type, filter.member, const char *)           \
	}
#define LEADFILTER_FORM(type)                                                  \
	LEADFILTER_TEXT(type, source, 16), LEADFILTER_TEXT(type, tag, 64),     \
		LEADFILTER_TEXT(type, assignee, 20),                           \
		LEADFILTER_TEXT(type, nobody, 16),                             \
		LEADFILTER_TEXT(type, stage, 16),                              \
		LEADFILTER_TEXT(type, integration, 20),                        \
		LEADFILTER_TEXT(type, page, 32),                               \
		LEADFILTER_TEXT(type, form, 32),                               \
		LEADFILTER_TEXT(type, campaign, 64),                           \
		LEADFILTER_TEXT(type, platform, 16),                           \
		LEADFILTER_TEXT(type, from, 10),                               \
		LEADFILTER_TEXT(type, until, 10),                              \
		LEADFILTER_TEXT(type, q, 120), LEADFILTER_TEXT(type, sort, 8), \
		LEADFILTER_TEXT(type, test, 1)

/* For the database.  Who sees only own leads gets those, whatever was asked.
 * E_INPUT: a day that is none, a sort that is none. */
NODISCARD enum rc leadfilter_read(struct req *r, const struct leadfilter *in,
				  struct lead_filter *out);
/* Does it leave anything out, the sort aside? */
bool leadfilter_any(const struct leadfilter *in);
/* `base` with the filter, and without one of its names ("" = with all). */
struct url leadfilter_url(struct req *r, const struct leadfilter *in,
			  struct url base, const char *without);

/* Back to the list with a query that was kept, and words. */
NODISCARD enum rc leadfilter_back(struct req *r, const char *query,
				  const char *words, bool is_error);

/* Why nobody has a lead, as people read it; NULL for a reason that is none. */
const char *leadfilter_nobody(const char *why);

struct chip_view {
	const char *words; /* "Source: Meta" */
	struct url without;
};
struct hidden_view { /* for forms that keep the filter */
	const char *name, *value;
};
/* Back to choosing leads, with what was wrong and what was chosen. */
NODISCARD enum rc leadfilter_again(struct req *r, const char *query,
				   const struct hidden_view *chosen, size_t n,
				   const char *words);

struct select_view {
	const char *name, *label, *any;
	struct option_view *options;
	size_t n;
};
extern const struct tmpl_field chip_fields[];
extern const struct tmpl_field hidden_fields[];
extern const struct tmpl_field select_fields[];

NODISCARD enum rc leadfilter_chips(struct req *r, const struct leadfilter *in,
				   struct chip_view **out, size_t *n);
void leadfilter_hidden(struct req *r, const struct leadfilter *in,
		       const char *without, struct hidden_view **out,
		       size_t *n);
NODISCARD enum rc leadfilter_selects(struct req *r, const struct leadfilter *in,
				     struct select_view **out, size_t *n);

#endif
