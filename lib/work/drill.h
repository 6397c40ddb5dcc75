/*
 * drill: the nightly fire drill of an integration: one test lead through the
 * whole path, and an alarm when it does not arrive.  Owns table drill.
 *
 * Between 2 and 5 at night, where the site is, a round of a worker begins one
 * for each integration that asks for it, as a job: the lead is made at Meta, of
 * another form each night; it has 15 minutes to be stored; then it is removed,
 * at Meta and here.  One that fails is the trouble "drill_failed", a warning,
 * until a later one arrives; the form is the same then.  Its lead is marked and
 * nobody's, takes no turn, and comes in by the webhook only: a sync leaves it
 * alone.
 *
 * While a limit of Meta is used up it is put off: until that ends, or to the
 * next night.  That is no failure.
 *
 * A worker may end, or Meta's answer be lost, when Meta has made the lead: then
 * it is made anew, and the one that nobody knows of goes before; if it came in
 * meanwhile it is known by its form and time, and is cleared away with the
 * other.  What Meta does not remove is tried again each hour for three days.
 */
#ifndef WORK_DRILL_H
#define WORK_DRILL_H
#include "crm/submission.h"
#include "work/queue.h"

struct drill {
	int64_t id, integration_id;
	const char *state; /* "making", "waiting", "arrived", "failed",
			      "put_off" */
	const char *form_meta_id, *form_name; /* "" = none chosen yet */
	int64_t test_run_id;		      /* 0 = not made */
	const char *reason; /* "late", "no_form", or a code of reason.h */
	struct when began_at, made_at, arrived_at, ended_at;
};

/* Off, and what was wrong is not said any more. */
NODISCARD enum rc drill_switch(struct task *t, int64_t integration_id, bool on);
/* E_NOTFOUND: there was none. */
NODISCARD enum rc drill_latest(struct task *t, int64_t integration_id,
			       struct drill *out);
/* "Arrived within 2.4 s", "Failed: it was not stored within 15 minutes". */
const char *drill_words(struct arena *mem, const struct drill *d);
/* Is this test lead one of a drill?  Also one whose drill has not heard of it:
 * it will be cleared away with the drill's own. */
NODISCARD enum rc drill_meet(struct task *t, const struct submission *s,
			     bool *is);

/* The round: begin those that are due, end those whose job was lost, clear away
 * what is left of others. */
NODISCARD enum rc drill_due(struct task *t);
/* The worker's part; the subject is a drill. */
NODISCARD enum rc drill_job(struct task *t, const struct job *j);
/* Delete those of more than 90 days ago; 500 at most. */
NODISCARD enum rc drill_purge(struct task *t);

#endif
