/*
 * timeline: what happened to a lead, each with its reasons.  Owns table
 * lead_event.
 */
#ifndef CRM_TIMELINE_H
#define CRM_TIMELINE_H
#include "base/task.h"

/* One reason of the why-log; mark is an icon name: "ok", "skip", "pause". */
struct why {
	const char *mark;
	const char *words;
};
enum { WHY_MAX = 40 };
struct why_log {
	struct why at[WHY_MAX];
	size_t n; /* further reasons are counted in the last one */
};
void why_add(struct task *t, struct why_log *log, const char *mark,
	     const char *fmt, ...) PRINTF(4, 5);

struct lead_event {
	int64_t id;
	struct when at;
	const char *kind; /* "came", "joined", "assigned", "unassigned"… */
	const char *words;
	const char *actor; /* name of who did it; "" = the system */
	const char *note;  /* what a person wrote; "" = nothing */
	int64_t ref_id;	   /* the row that the kind speaks of; 0 = none */
	struct why *why;
	size_t n_why;
};
/* `why` may be NULL. */
NODISCARD enum rc timeline_add(struct task *t, int64_t lead_id,
			       const char *kind, const char *words,
			       const struct why_log *why);
/* The same with what a person wrote, and the row that the kind speaks of. */
NODISCARD enum rc timeline_note(struct task *t, int64_t lead_id,
				const char *kind, const char *words,
				const char *note, int64_t ref_id);
/* Newest first, at most 500. */
NODISCARD enum rc timeline_of_lead(struct task *t, int64_t lead_id,
				   struct lead_event **out, size_t *n);

#endif
