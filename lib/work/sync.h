/*
 * sync: reading the forms of an integration from Meta: the second path, beside
 * the webhook, to the same import, so that both can meet and nothing doubles.
 * Owns tables sync_run and sync_step.
 *
 * A run is done in small steps by the worker, one call to Meta each, between
 * the leads that the webhook announces; it can be killed, stopped and left
 * alone, and goes on where it was.
 *
 * An integration has one sync and one history at a time, and neither waits for
 * the other.  A page that Meta holds back waits with its place kept, and its run
 * goes on with other pages; when all that is left of a sync waits so, another
 * may begin beside it, without these pages.  A history can be paused: then it
 * has no job, and nothing but sync_resume, or its end, touches it.
 */
#ifndef WORK_SYNC_H
#define WORK_SYNC_H
#include "crm/page.h"
#include "work/queue.h"

struct sync_run {
	int64_t id, integration_id;
	const char *way; /* "sync", "history" */
	const char
		*state; /* "running", "paused", "done", "stopped", "failed" */
	bool stop_asked;
	int64_t n_pages, n_forms, forms_done;
	int64_t n_expected; /* leads at Meta in these forms: an upper bound */
	int64_t n_read, n_new, n_joined, n_known, n_failed;
	const char *reason; /* "" or the worst that was met (crm/reason.h) */
	const char *words;  /* the form or page at work */
	struct when waits_until; /* all that is left waits for Meta; {0} */
	struct when since;  /* of history: older leads are not wanted; {0} */
	bool is_chosen;	    /* reads only forms that were chosen */
	bool is_shared_out; /* of history: its leads are assigned */
	struct when started_at, ended_at, paused_at;
	int64_t paused_ms; /* of pauses that are over */
};
bool sync_is_history(const struct sync_run *run);
/* Runs, or is paused. */
bool sync_is_open(const struct sync_run *run);

enum { SYNC_HISTORY_DAYS = 90 }; /* so long does Meta keep leads */
struct sync_form {
	const char *page_meta_id, *form_meta_id;
	int64_t n_leads; /* at Meta, as last known */
};
struct sync_order {
	int64_t integration_id;
	const char *way;  /* "sync": since the newest stored lead of each form,
			    with an overlap; "history" */
	bool afresh;	  /* pages or tokens are others now: what runs ends */
	bool is_unasked;  /* by itself: only pages that are due */
	const char *page; /* this one, once more if the run that is at work has
			     failed at it, and what is due; or NULL */
	int64_t owner_id; /* with it the pages of this login; or 0 */
	const struct sync_form *forms; /* only these; NULL = all */
	size_t n_forms;
	/* Of "history": not older than this; {0} = 90 days.  Of "sync", with
	 * forms: these are read from then on. */
	struct when since;
	bool is_shared_out; /* of "history": its leads are assigned by rule */
};
/* One of the same way that runs already is taken for it, unless `afresh`:
 * *run_id is that one's, and *is_new false; if it was paused, it goes on.  One
 * that was asked to stop ends at once, and a new one begins; beside a sync of
 * which all that is left waits for Meta a new one begins, of the other pages.  A
 * sync takes forms that were asked for in addition, and one of some forms or
 * pages becomes one of all.  After `afresh` forms that were asked for are still
 * read. */
NODISCARD enum rc sync_start(struct task *t, const struct sync_order *o,
			     int64_t *run_id, bool *is_new);
/* The page is read, and what is due along with it.  Nothing when its integration
 * was deleted. */
NODISCARD enum rc sync_page(struct task *t, const struct page *p);
/* A page answers; if it did not before, what came meanwhile is fetched.  Called
 * before its troubles are taken away. */
NODISCARD enum rc sync_gap(struct task *t, const struct page *p);
NODISCARD enum rc sync_get(struct task *t, int64_t run_id,
			   struct sync_run *out);
/* Begin syncs that nobody asked for, of each page an hour after it was last read
 * where leads came within 90 days, else a day after, since Meta lets a page
 * without leads be read only a few times (contract section 7).  A history that
 * is at work or paused holds nothing up.  Of a page that is broken, or whose
 * login is, nothing is asked before it is mended; its integration's others are
 * read. */
NODISCARD enum rc sync_due(struct task *t);
/* The latest of a way ("" = of any): of those at work, else of those that wait, else
 * of those that are over; E_NOTFOUND when there was none. */
NODISCARD enum rc sync_latest(struct task *t, int64_t integration_id,
			      const char *way, struct sync_run *out);
/* Runs at work or paused, of all integrations; at most 1,000. */
NODISCARD enum rc sync_open(struct task *t, struct sync_run **out, size_t *n);
/* The newest `max` ones of an integration, at most 20. */
NODISCARD enum rc sync_recent(struct task *t, int64_t integration_id,
			      struct sync_run **out, size_t *n);
/* End after the step at hand; one that is paused or waits for Meta ends at once.
 * E_NOTFOUND when it is over. */
NODISCARD enum rc sync_stop(struct task *t, int64_t run_id);
/* A history rests after the step at hand, and goes on from there.  E_NOTFOUND
 * when it does not run, or is not paused. */
NODISCARD enum rc sync_pause(struct task *t, int64_t run_id);
NODISCARD enum rc sync_resume(struct task *t, int64_t run_id);

/* Runs whose job was given up have failed; paused ones end with their
 * integration, or when Meta has no lead of theirs any more.  Asked for now and
 * then. */
NODISCARD enum rc sync_end_dead(struct task *t);

/* Delete runs that ended more than 90 days ago; 500 at most. */
NODISCARD enum rc sync_purge(struct task *t);

/* The worker's part: the next step of a run.  `item_mem` serves one import
 * after the other. */
NODISCARD enum rc sync_job(struct task *t, struct arena *item_mem,
			   const struct job *j);

#endif
