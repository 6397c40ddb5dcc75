/*
 * sync: reading the forms of an integration from Meta: the second path, beside
 * the webhook, to the same import, so that both can meet and nothing doubles.
 * Owns tables sync_run and sync_step.
 *
 * A run is done in small steps by the worker, one call to Meta each, between
 * the leads that the webhook announces; it can be killed, stopped and left
 * alone, and goes on where it was.
 */
#ifndef WORK_SYNC_H
#define WORK_SYNC_H
#include "crm/page.h"
#include "work/queue.h"

struct sync_run {
	int64_t id, integration_id;
	const char *way;   /* "sync", "history" */
	const char *state; /* "running", "done", "stopped", "failed" */
	bool stop_asked;
	int64_t n_pages, n_forms, forms_done;
	int64_t n_expected; /* leads at Meta in these forms: an upper bound */
	int64_t n_read, n_new, n_joined, n_known, n_failed;
	const char *reason; /* "" or the worst that was met (crm/reason.h) */
	const char *words;  /* the form or page at work */
	struct when waits_until; /* Meta asked for a pause; {0} */
	struct when started_at, ended_at;
};

struct sync_order {
	int64_t integration_id;
	const char *way;   /* "sync": since the newest stored lead of each
			      form, with an overlap; "history": 90 days */
	struct when since; /* of "sync": not older than this; {0} */
	bool afresh;	   /* pages or tokens are others now: what runs ends */
};
/* One that runs already is taken for it, unless `afresh`: *run_id is that
 * one's, and *is_new false. */
NODISCARD enum rc sync_start(struct task *t, const struct sync_order *o,
			     int64_t *run_id, bool *is_new);
/* A page answers; if it did not before, what came meanwhile is fetched.  Called
 * before its troubles are taken away. */
NODISCARD enum rc sync_gap(struct task *t, const struct page *p);
NODISCARD enum rc sync_get(struct task *t, int64_t run_id,
			   struct sync_run *out);
/* Begin what nobody asked for: an hour after the last run where leads came
 * within 90 days, else a day after it, since Meta lets a page without leads be
 * read only a few times (contract section 7).  Where a login or page is broken
 * nothing is asked before it is mended. */
NODISCARD enum rc sync_due(struct task *t);
/* The latest; E_NOTFOUND when there was none. */
NODISCARD enum rc sync_latest(struct task *t, int64_t integration_id,
			      struct sync_run *out);
/* Runs at work, of all integrations; at most 1,000. */
NODISCARD enum rc sync_running(struct task *t, struct sync_run **out,
			       size_t *n);
/* The newest `max` ones of an integration, at most 20. */
NODISCARD enum rc sync_recent(struct task *t, int64_t integration_id,
			      struct sync_run **out, size_t *n);
/* End after the step at hand.  E_NOTFOUND when it does not run. */
NODISCARD enum rc sync_stop(struct task *t, int64_t run_id);

/* Runs whose job was given up have failed.  Asked for now and then. */
NODISCARD enum rc sync_end_dead(struct task *t);

/* Delete runs that ended more than 90 days ago; 500 at most. */
NODISCARD enum rc sync_purge(struct task *t);

/* The worker's part: the next step of a run.  `item_mem` serves one import
 * after the other. */
NODISCARD enum rc sync_job(struct task *t, struct arena *item_mem,
			   const struct job *j);

#endif
