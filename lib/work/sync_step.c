/* sync_step: steps made, gone on with and ended, and what Meta's refusals mean. */
#include "base/log.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "work/connect.h"
#include "work/sync_private.h"

enum { STEP_TRIES = 6 }; /* of a step that Meta does not answer */

STATEMENT(sync_step_insert,
	  "INSERT IGNORE INTO sync_step (run_id, page_meta_id, form_meta_id)"
	  " VALUES (?, ?, ?)");
STATEMENT(sync_run_add_forms, "UPDATE sync_run SET n_forms = n_forms + ?,"
			      " n_expected = n_expected + ? WHERE id = ?");
/* At each power of two of moves the mark comes to where the step is: so it comes
 * to stand in any circle, and stays for longer than one round takes.  After
 * eight answers as much is asked for as was too much before. */
STATEMENT(sync_step_goes_on,
	  "UPDATE sync_step SET next_cursor = ?, n_moves = n_moves + 1,"
	  " n_tries = 0,"
	  " mark_cursor = IF(n_moves & (n_moves - 1), mark_cursor,"
	  " next_cursor),"
	  " page_size = IF(n_moves & 7, page_size, LEAST(page_size * 2, 100))"
	  " WHERE run_id = ? AND page_meta_id = ? AND form_meta_id = ?"
	  " AND since <=> ?");
STATEMENT(sync_step_begins_again,
	  "UPDATE sync_step SET next_cursor = '', n_moves = 0,"
	  " mark_cursor = '', n_again = n_again + 1, n_tries = n_tries + 1,"
	  " waits_until = ? WHERE run_id = ?"
	  " AND page_meta_id = ? AND form_meta_id = ? AND since <=> ?");
STATEMENT(sync_step_asks_less,
	  "UPDATE sync_step SET page_size = GREATEST(page_size DIV 2, 5),"
	  " n_tries = n_tries + 1, waits_until = ? WHERE run_id = ?"
	  " AND page_meta_id = ? AND form_meta_id = ? AND since <=> ?");
STATEMENT(sync_step_waits,
	  "UPDATE sync_step SET waits_until = IF(waits_until > ?,"
	  " waits_until, ?) WHERE run_id = ? AND page_meta_id = ?"
	  " AND state = 'ready'");
/* But for those of which a call failed. */
STATEMENT(sync_step_waits_not, "UPDATE sync_step SET waits_until = NULL"
			       " WHERE run_id = ? AND page_meta_id = ?"
			       " AND waits_until IS NOT NULL"
			       " AND n_tries = 0");
STATEMENT(sync_step_ends,
	  "UPDATE sync_step SET state = ?, reason = ? WHERE run_id = ?"
	  " AND page_meta_id = ? AND form_meta_id = ? AND since <=> ?");
STATEMENT(sync_step_fails_page,
	  "UPDATE sync_step SET state = 'failed', reason = ? WHERE run_id = ?"
	  " AND page_meta_id = ? AND state = 'ready'");
STATEMENT(sync_run_problem, "UPDATE sync_run SET reason = ?, waits_until = NULL"
			    " WHERE id = ?");
STATEMENT(sync_run_rests, "UPDATE sync_run SET waits_until = ?"
			  " WHERE id = ? AND NOT stop_asked");
STATEMENT(sync_step_left,
	  "SELECT COALESCE(SUM(state = 'failed'), 0) AS failed,"
	  " COALESCE(SUM(state = 'ready'), 0) AS ready,"
	  " COALESCE(MAX(state = 'ready' AND n_tries = 0), 0) AS is_held,"
	  " MIN(IF(state = 'ready', COALESCE(waits_until, ?), NULL)) AS next_at"
	  " FROM sync_step WHERE run_id = ? AND ? IN ('', page_meta_id)");

/* ---- making ----------------------------------------------------------------------- */

enum rc
sync_add_step(struct task *t, int64_t run_id, const char *page_meta_id,
	      const char *form_meta_id, int64_t *added)
{
	return db_exec(t, &sync_step_insert,
		       INS(IN(run_id), IN(page_meta_id), IN(form_meta_id)),
		       added);
}

enum rc
sync_count_forms(struct task *t, int64_t run_id, int64_t n, int64_t n_leads)
{
	return db_exec(t, &sync_run_add_forms,
		       INS(IN(n), IN(n_leads), IN(run_id)), NULL);
}

/* ---- ends of a step --------------------------------------------------------------- */

/* A history, or a sync of some forms, does not read what a sync would. */
static enum rc
note_asked(struct task *t, const struct sync_work *w)
{
	if (w->run.is_chosen || sync_is_history(&w->run) ||
	    w->page.integration_id != w->run.integration_id)
		return OK;
	return page_asked(t, w->page.id);
}

enum rc
sync_end_step(struct task *t, const struct sync_work *w, const char *state,
	      const char *reason)
{
	enum rc rc = db_exec(t, &sync_step_ends,
			     INS(IN(state), IN(reason), IN(w->run.id),
				 IN(w->step.page_meta_id),
				 IN(w->step.form_meta_id), IN(w->step.since)),
			     NULL);

	return rc ? rc : note_asked(t, w);
}

enum sync_onward
sync_onward(const struct sync_work *w, const char *next)
{
	if (!next || !next[0])
		return SYNC_END;
	if (strcmp(next, w->step.next_cursor) == 0 ||
	    strcmp(next, w->step.mark_cursor) == 0)
		return SYNC_ROUND;
	return SYNC_MORE;
}

enum rc
sync_go_on(struct task *t, const struct sync_work *w, const char *cursor)
{
	return db_exec(t, &sync_step_goes_on,
		       INS(IN(cursor), IN(w->run.id), IN(w->step.page_meta_id),
			   IN(w->step.form_meta_id), IN(w->step.since)),
		       NULL);
}

enum rc
sync_page_answers(struct task *t, const struct sync_work *w)
{
	if (!w->step.waits_until.ms)
		return OK;
	return db_exec(t, &sync_step_waits_not,
		       INS(IN(w->run.id), IN(w->step.page_meta_id)), NULL);
}

static enum rc
note_problem(struct task *t, const struct sync_work *w, const char *reason)
{
	return db_exec(t, &sync_run_problem, INS(IN(reason), IN(w->run.id)),
		       NULL);
}

enum rc
sync_fail_step(struct task *t, const struct sync_work *w, const char *reason)
{
	enum rc rc = sync_end_step(t, w, "failed", reason);

	return rc ? rc : note_problem(t, w, reason);
}

enum rc
sync_count_left(struct task *t, const struct sync_work *w,
		const char *page_meta_id, struct sync_left *out)
{
	*out = (struct sync_left){ 0 };
	return db_one(t, &sync_step_left,
		      INS(IN(t->now), IN(w->run.id), IN(page_meta_id)),
		      OUTS(OUT("failed", &out->failed),
			   OUT("ready", &out->ready),
			   OUT("is_held", &out->is_held),
			   OUT("next_at", &out->next_at)));
}

enum rc
sync_fail_page(struct task *t, const struct sync_work *w, const char *reason)
{
	enum rc rc = db_exec(
		t, &sync_step_fails_page,
		INS(IN(reason), IN(w->run.id), IN(w->step.page_meta_id)), NULL);

	return rc ? rc : note_asked(t, w);
}

bool
sync_is_complete(const struct sync_run *run)
{
	return !run->is_chosen && !run->since.ms;
}

enum rc
sync_page_done(struct task *t, const struct sync_work *w)
{
	struct sync_left left = { 0 };
	enum rc rc = sync_count_left(t, w, w->step.page_meta_id, &left);

	if (rc || left.failed || left.ready || !sync_is_complete(&w->run))
		return rc;
	return page_synced(t, w->step.page_meta_id, w->run.started_at);
}

/* ---- refusals ----------------------------------------------------------------------- */

/* This step waits, the longer the more calls of it have failed; the job goes on
 * with others. */
static enum rc
step_waits(struct task *t, const struct sync_work *w, struct db_stmt *how)
{
	int64_t wait = queue_backoff(t->conf->limits.retry_first_ms,
				     w->step.n_tries + 1);
	enum rc rc = db_exec(t, how,
			     INS(IN(when_add(t->now, wait)), IN(w->run.id),
				 IN(w->step.page_meta_id),
				 IN(w->step.form_meta_id), IN(w->step.since)),
			     NULL);

	return rc ? rc : queue_go_on(t, w->job);
}

/* The login or the page is refused: its other forms would be, too. */
static enum rc
refuse_page(struct task *t, const struct sync_work *w,
	    const struct graph_error *err)
{
	enum rc rc = connect_trouble(t, TROUBLE_PAGE, w->page.id,
				     w->run.integration_id, err);

	if (!rc)
		rc = sync_fail_page(t, w, err->reason);
	if (!rc)
		rc = note_problem(t, w, err->reason);
	return rc ? rc : queue_go_on(t, w->job);
}

static bool
is_listed(const struct sync_work *w)
{
	return !text_is(text_of(w->step.reason), SYNC_NOT_LISTED);
}

/* Meta has no such form any more.  How far it was read stays, should it come
 * back. */
static enum rc
pass_over(struct task *t, const struct sync_work *w)
{
	enum rc rc = sync_end_step(t, w, "done", SYNC_NOT_LISTED);

	if (!rc)
		rc = sync_page_done(t, w);
	return rc ? rc : queue_go_on(t, w->job);
}

static enum rc
fail_form(struct task *t, const struct sync_work *w,
	  const struct graph_error *err)
{
	enum rc rc = OK;

	if (!w->step.form_meta_id[0])
		rc = sync_add_known(t, w, "");
	if (!rc)
		rc = sync_fail_step(t, w, err->reason);
	if (!rc)
		rc = sync_page_answers(t, w);
	return rc ? rc : queue_go_on(t, w->job);
}

enum rc
sync_page_waits(struct task *t, const struct sync_work *w, struct when until)
{
	enum rc rc = db_exec(t, &sync_step_waits,
			     INS(IN(until), IN(until), IN(w->run.id),
				 IN(w->step.page_meta_id)),
			     NULL);

	return rc ? rc : queue_go_on(t, w->job);
}

/* One that was asked to stop ends at once. */
enum rc
sync_run_waits(struct task *t, const struct sync_work *w, struct when until)
{
	int64_t changed = 0;
	enum rc rc = db_exec(t, &sync_run_rests, INS(IN(until), IN(w->run.id)),
			     &changed);

	if (rc || changed == 0)
		return rc ? rc : queue_go_on(t, w->job);
	return queue_wait(t, w->job, until, "throttled",
			  "Meta’s limit of calls");
}

/* Limits of the app or a login hold all pages back. */
static enum rc
wait_for_meta(struct task *t, const struct sync_work *w,
	      const struct graph_error *err)
{
	struct when until = when_add(t->now, err->wait_s * SECOND_MS);
	enum rc rc = connect_trouble(t, TROUBLE_PAGE, w->page.id,
				     w->run.integration_id, err);

	if (rc)
		return rc;
	return err->scope == SCOPE_PAGE ? sync_page_waits(t, w, until)
					: sync_run_waits(t, w, until);
}

/* It may have been too much at once; or the cursor is forgotten at Meta. */
static enum rc
try_again(struct task *t, const struct sync_work *w,
	  const struct graph_error *err)
{
	bool is_cursor = text_is(text_of(err->reason), "cursor");

	if (w->step.n_tries + 1 >= STEP_TRIES ||
	    (is_cursor && w->step.n_again >= STEP_TRIES))
		return fail_form(t, w, err);
	return step_waits(t, w,
			  is_cursor ? &sync_step_begins_again
				    : &sync_step_asks_less);
}

enum rc
sync_refused(struct task *t, const struct sync_work *w,
	     const struct graph_error *err)
{
	log_warn("sync %lld: %s (%lld/%lld)", (long long)w->run.id, err->reason,
		 (long long)err->code, (long long)err->subcode);
	switch (err->class) {
	case GRAPH_THROTTLED:
		return wait_for_meta(t, w, err);
	case GRAPH_RETRY:
		return try_again(t, w, err);
	case GRAPH_RECONNECT:
	case GRAPH_PERSON:
	case GRAPH_ADMIN:
		/* The page told its other forms. */
		if (!is_listed(w))
			break;
		return refuse_page(t, w, err);
	case GRAPH_GONE:
		if (!is_listed(w))
			return pass_over(t, w);
		break;
	case GRAPH_OK:
	case GRAPH_BUG:
		break;
	}
	return fail_form(t, w, err);
}
