/*
 * remap: the fields of a form applied to leads that are here already.  Owns
 * table remap_run.
 *
 * A run walks the submissions of the form that were there when it began to, oldest
 * first, some at a time: each time one transaction that holds the job, fills
 * in what is empty, and notes how far it came.  What has a value keeps it, so
 * a run that is cut off or repeated changes nothing twice.  Answers that came
 * while the form was not known are read again on the way (learn.h).
 */
#ifndef WORK_REMAP_H
#define WORK_REMAP_H
#include "crm/leadform.h"
#include "work/queue.h"

struct remap_run {
	int64_t id, form_id;
	const char *state; /* "running", "done", "stopped", "failed" */
	bool is_learning;  /* begun by itself */
	int64_t up_to, at_id;
	int64_t n_all, n_seen; /* submissions */
	int64_t n_changed;     /* leads */
	struct when started_at, ended_at;
};

/* How many leads of the form there are to look at. */
NODISCARD enum rc remap_count(struct task *t, int64_t form_id, int64_t *leads);
/* Begin; one of this form that runs is stopped, since the choice has changed
 * under it.  E_NOTFOUND: no such form. */
NODISCARD enum rc remap_start(struct task *t, int64_t form_id, int64_t *run_id);
/* The questions of a form are known at last: a run that looks only at answers
 * that came without them, beside what people begin and stop; none when there
 * are no answers and no lead is being taken in.  It waits for a lease
 * (limits.lease_seconds), and looks then which answers there are.  Within a
 * transaction. */
NODISCARD enum rc remap_learn(struct task *t, const struct lead_form *f);
/* After what was done so far.  E_NOTFOUND: none runs. */
NODISCARD enum rc remap_stop(struct task *t, int64_t form_id);
/* The latest of a form that somebody began.  E_NOTFOUND: there was none. */
NODISCARD enum rc remap_latest(struct task *t, int64_t form_id,
			       struct remap_run *out);
/* Runs whose job was given up have failed. */
NODISCARD enum rc remap_end_dead(struct task *t);
/* The worker's part: the next submissions. */
NODISCARD enum rc remap_job(struct task *t, const struct job *j);

#endif
