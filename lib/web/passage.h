/*
 * passage: a test lead's way in five steps, as a page shows it.
 */
#ifndef WEB_PASSAGE_H
#define WEB_PASSAGE_H
#include "web/app.h"
#include "work/testlead.h"

enum { PASSAGE_STEPS = 5 };

struct passage_step {
	const char *name;
	const char *class; /* "done", "now", "fail" or NULL */
	const char *time;  /* "+ 1,730 ms" */
	int64_t ms;
	const char *what;
};
struct passage_view {
	int64_t id;
	const char *name; /* of the integration: the caller's to set */
	const char *page_name, *form_name;
	const char *verdict;	  /* the heading */
	const char *lead_in;	  /* the sentence below it */
	const char *class, *word; /* of the badge */
	bool is_turning;	  /* its icon */
	struct url icon;
	struct passage_step *steps;
	size_t n;
	int64_t stage;	/* changes whenever the page has to change */
	bool is_over;	/* nothing will change any more */
	bool is_update; /* asked for by the page: the caller's to set */
	bool is_first;	/* the last step of connecting: the caller's to set */
	struct url poll, lead, back;
	const char *problem; /* words, with a button or without */
	const char *button;
	struct url way;
	bool can_fetch; /* the webhook does not come, and this person may */
};
extern const struct tmpl_field passage_fields[];

/* Everything but what is the caller's to set. */
void passage_view_of(struct req *r, const struct testlead *lead,
		     struct passage_view *v);

#endif
