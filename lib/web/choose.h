/*
 * choose: the pages that a login shared, as a form to choose from, and that
 * form read back.
 */
#ifndef WEB_CHOOSE_H
#define WEB_CHOOSE_H
#include "crm/draft.h"
#include "web/app.h"
#include "web/way.h"

struct choose_in {
	int64_t draft;
	struct form_list pages;	      /* Meta ids, ticked */
	struct form_list forms_shown; /* Meta ids of forms that could be */
	struct form_list forms;	      /* unticked, and those that stayed */
	struct form_list move;	      /* taken over from another integration */
	const char *login;	      /* "stand-in", "instead" */
	bool history;
};
extern const struct form_field choose_form[];

struct wanted_view { /* a lead form */
	const char *id, *name, *words;
	bool is_ticked;
};
struct choice_view { /* a page */
	const char *meta_id, *name;
	struct status_view *status;
	const char *words, *use; /* use: in which integration */
	struct url way;
	const char *button;
	bool is_ticked;
	const char *forms_words; /* "3 active forms, 214 leads at Meta" */
	struct wanted_view *forms;
	size_t n_forms;
	bool has_forms;
};
struct lack_view { /* a permission that was not given */
	const char *name, *plain, *use;
};
struct name_view {
	const char *name;
};
struct choose_view {
	struct choice_view *ready, *lacking, *used;
	size_t n_ready, n_lacking, n_used;
	bool has_ready, has_lacking, has_used, can_connect, is_many;
	struct lack_view *lacks;
	size_t n_lacks;
	bool has_lacks;
	struct name_view *absent; /* connected, and not shared this time */
	size_t n_absent;
	bool has_absent;
	bool is_reconnect, history;
	const char *history_words;
	const char *before; /* of the logins there are, when another person
			       came back; or NULL */
	bool instead;
	const char *person, *portfolio; /* "2 of the 7 pages above" */
	const char *fault;
	const char *sentence;
};
extern const struct tmpl_field choose_fields[];

/* `typed` NULL: as proposed; `all`: every ready page is ticked. */
NODISCARD enum rc choose_load(struct req *r, const struct draft *d,
			      const struct choose_in *typed, bool all,
			      struct choose_view *out);
/* What was chosen, of what is there; no page at all is a fault of r. */
NODISCARD enum rc choose_read(struct req *r, const struct choose_in *in,
			      struct draft_choice *out);

#endif
