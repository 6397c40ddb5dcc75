/*
 * deliveryfilter: the filter of the list of deliveries as it stands in an
 * address and in its form.
 */
#ifndef WEB_DELIVERYFILTER_H
#define WEB_DELIVERYFILTER_H
#include "web/app.h"
#include "web/option.h"
#include "work/delivery.h"

/* As a browser sends it; a form that takes it has the member `filter` of this
 * type and the rows DELIVERYFILTER_FORM. */
struct deliveryfilter {
	const char *state, *page, *lead;
	const char *from, *until; /* days, "2026-11-25" */
	int64_t at, before;	  /* where a later page of the list begins */
};
extern const char *const deliveryfilter_states[];
#define DELIVERYFILTER_AT(type, member, ctype)                                 \
	.name = #member, .offset = FORM_AT(type, filter.member, ctype)
#define DELIVERYFILTER_TEXT(type, member, hi)                                  \
	{                                                                      \
		.kind = FORM_KIND_TEXT, .max = (hi),                           \
		DELIVERYFILTER_AT(type, member, const char *)                  \
	}
#define DELIVERYFILTER_INT(type, member)                                       \
	{                                                                      \
		.kind = FORM_KIND_INT, .min = 1, .max = INT64_MAX,             \
		.optional = true, DELIVERYFILTER_AT(type, member, int64_t)     \
	}
#define DELIVERYFILTER_FORM(type)                                              \
	{ .kind = FORM_KIND_CHOICE,                                            \
	  .choices = deliveryfilter_states,                                    \
	  DELIVERYFILTER_AT(type, state, const char *) },                      \
		DELIVERYFILTER_TEXT(type, page, 32),                           \
		DELIVERYFILTER_TEXT(type, lead, 32),                           \
		DELIVERYFILTER_TEXT(type, from, 10),                           \
		DELIVERYFILTER_TEXT(type, until, 10),                          \
		DELIVERYFILTER_INT(type, at), DELIVERYFILTER_INT(type, before)

/* What of it counts, and is to be shown: other work is of no page. */
struct deliveryfilter deliveryfilter_of(const struct deliveryfilter *in);
/* For the database.  E_INPUT: a page or a day that is none. */
NODISCARD enum rc deliveryfilter_read(struct req *r,
				      const struct deliveryfilter *in,
				      struct delivery_filter *out);
/* Does it leave anything out? */
bool deliveryfilter_any(const struct deliveryfilter *in);
/* The list with this filter, from what came behind a row on ({0}: from the
 * newest on). */
struct url deliveryfilter_url(struct req *r, const struct deliveryfilter *in,
			      struct when at, int64_t before);

/* The lines of its selects. */
void deliveryfilter_results(struct req *r, const struct deliveryfilter *in,
			    struct option_view **out, size_t *n);
NODISCARD enum rc deliveryfilter_pages(struct req *r,
				       const struct deliveryfilter *in,
				       struct option_view **out, size_t *n);

#endif
