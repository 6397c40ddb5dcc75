/*
 * leadstory: what the page of a lead tells: its answers and its timeline.
 */
#ifndef WEB_LEADSTORY_H
#define WEB_LEADSTORY_H
#include "crm/lead.h"
#include "crm/submission.h"
#include "web/app.h"

struct story_card {
	int64_t id;
	const char *form, *page, *platform;
	const char *when_iso, *when_full, *when_ago;
	bool is_facebook, is_instagram; /* their signs */
	bool open, too_long, is_skipped;
	bool may_part; /* it joined, and may be another person's */
	struct submission_answer *answers;
	size_t n;
	int64_t n_answers;
	bool has_consents;
	struct submission_consent *consents;
	size_t n_consents;
	/* when their words were read from Meta; NULL: they are not known */
	const char *read_iso, *read_full, *read_day;
};
struct why_view {
	struct url icon;
	const char *words;
};
struct event_view {
	struct url icon;
	const char *actor, *words, *note, *when_iso, *when_full, *when_short;
	bool has_why;
	int64_t merge; /* that can be undone; 0 = none */
	struct why_view *why;
	size_t n_why;
};
extern const struct tmpl_field story_card_fields[];
extern const struct tmpl_field event_fields[];

/* The answers, the first of them open. */
NODISCARD enum rc leadstory_cards(struct req *r, const struct lead *l,
				  const struct submission *all, size_t n,
				  struct story_card **out);
/* What happened, the newest first. */
NODISCARD enum rc leadstory_events(struct req *r, const struct lead *l,
				   struct event_view **out, size_t *n);

#endif
