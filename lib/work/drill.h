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
 */
#ifndef WORK_DRILL_H
#define WORK_DRILL_H
#include "work/queue.h"

struct drill {
	int64_t id, integration_id;
	const char *state; /* "making", "waiting", "arrived", "failed" */
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
/* Is this test lead one of a drill?  Also when it comes before Meta has
 * answered that it is made. */
NODISCARD enum rc drill_is(struct task *t, const char *leadgen_id,
			   const char *form_meta_id, bool *is);

/* The round: begin those that are due, end those whose job was lost. */
NODISCARD enum rc drill_due(struct task *t);
/* The worker's part; the subject is a drill. */
NODISCARD enum rc drill_job(struct task *t, const struct job *j);
/* Delete those of more than 90 days ago; 500 at most. */
NODISCARD enum rc drill_purge(struct task *t);

#endif
