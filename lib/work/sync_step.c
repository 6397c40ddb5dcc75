/* sync_step: how a step goes on and ends, and what Meta's refusals mean for it. */
#include "base/log.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "work/connect.h"
#include "work/sync_private.h"

enum {
	STEP_TRIES = 6, /* of a step that Meta does not answer */
	SIZE_LEAST = 5, /* leads of one answer */
};

/* At each power of two of moves the mark comes to where the step is: so it comes
 * to stand in any circle, and stays for longer than one round takes.  After
 * eight answers as much is asked for as was too much before. */
STATEMENT(sync_step_goes_on,
	  "UPDATE sync_step SET next_cursor = ?, n_moves = n_moves + 1,"
	  " mark_cursor = IF(n_moves & (n_moves - 1), mark_cursor,"
	  " next_cursor),"
	  " page_size = IF(n_moves & 7, page_size, LEAST(page_size * 2, 100))"
	  " WHERE run_id = ? AND page_meta_id = ? AND form_meta_id = ?"
	  " AND since <=> ?");
STATEMENT(sync_step_begins_again,
	  "UPDATE sync_step SET next_cursor = '', n_moves = 0,"
	  " mark_cursor = '', n_again = n_again + 1 WHERE run_id = ?"
	  " AND page_meta_id = ? AND form_meta_id = ? AND since <=> ?");
STATEMENT(sync_step_waits, "UPDATE sync_step SET waits_until = ?"
			   " WHERE run_id = ? AND page_meta_id = ?"
			   " AND state = 'ready'");
STATEMENT(sync_step_waits_not, "UPDATE sync_step SET waits_until = NULL"
			       " WHERE run_id = ? AND page_meta_id = ?"
			       " AND waits_until IS NOT NULL");
STATEMENT(sync_step_asks_less,
	  "UPDATE sync_step SET page_size = ? WHERE run_id = ?"
	  " AND page_meta_id = ? AND form_meta_id = ? AND since <=> ?");
STATEMENT(sync_step_ends,
	  "UPDATE sync_step SET state = ?, reason = ? WHERE run_id = ?"
	  " AND page_meta_id = ? AND form_meta_id = ? AND since <=> ?");
STATEMENT(sync_step_fails_page,
	  "UPDATE sync_step SET state = 'failed', reason = ? WHERE run_id = ?"
	  " AND page_meta_id = ? AND state = 'ready'");
STATEMENT(sync_run_problem, "UPDATE sync_run SET reason = ?, waits_until = ?"
			    " WHERE id = ?");
STATEMENT(sync_step_left,
	  "SELECT COALESCE(SUM(state = 'failed'), 0) AS failed,"
	  " COALESCE(SUM(state = 'ready'), 0) AS ready,"
	  " MIN(IF(state = 'ready', COALESCE(waits_until, ?), NULL)) AS next_at"
	  " FROM sync_step WHERE run_id = ? AND ? IN ('', page_meta_id)");

/* ---- ends of a step --------------------------------------------------------------- */

enum rc
sync_end_step(struct task *t, const struct sync_work *w, const char *state,
	      const char *reason)
{
	return db_exec(t, &sync_step_ends,
		       INS(IN(state), IN(reason), IN(w->run.id),
			   IN(w->step.page_meta_id), IN(w->step.form_meta_id),
			   IN(w->step.since)),
		       NULL);
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
note_problem(struct task *t, const struct sync_work *w, const char *reason,
	     struct when until)
{
	return db_exec(t, &sync_run_problem,
		       INS(IN(reason), IN(until), IN(w->run.id)), NULL);
}

enum rc
sync_fail_step(struct task *t, const struct sync_work *w, const char *reason)
{
	enum rc rc = sync_end_step(t, w, "failed", reason);

	return rc ? rc : note_problem(t, w, reason, (struct when){ 0 });
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
			   OUT("next_at", &out->next_at)));
}

enum rc
sync_fail_page(struct task *t, const struct sync_work *w, const char *reason)
{
	return db_exec(t, &sync_step_fails_page,
		       INS(IN(reason), IN(w->run.id), IN(w->step.page_meta_id)),
		       NULL);
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

/* Too much at once, or trouble that may come of it: ask for less. */
static enum rc
ask_less(struct task *t, const struct sync_work *w,
	 const struct graph_error *err)
{
	int64_t size = w->step.page_size / 2;
	enum rc rc = db_exec(t, &sync_step_asks_less,
			     INS(IN(size < SIZE_LEAST ? SIZE_LEAST : size),
				 IN(w->run.id), IN(w->step.page_meta_id),
				 IN(w->step.form_meta_id), IN(w->step.since)),
			     NULL);

	return rc ? rc : queue_retry(t, w->job, err->reason, err->words);
}

/* A cursor that Meta does not know any more: from the first page again. */
static enum rc
begin_again(struct task *t, const struct sync_work *w,
	    const struct graph_error *err)
{
	enum rc rc = db_exec(t, &sync_step_begins_again,
			     INS(IN(w->run.id), IN(w->step.page_meta_id),
				 IN(w->step.form_meta_id), IN(w->step.since)),
			     NULL);

	return rc ? rc : queue_retry(t, w->job, err->reason, err->words);
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
		rc = note_problem(t, w, err->reason, (struct when){ 0 });
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
	enum rc rc = sync_fail_step(t, w, err->reason);

	return rc ? rc : queue_go_on(t, w->job);
}

enum rc
sync_page_waits(struct task *t, const struct sync_work *w, struct when until)
{
	enum rc rc = db_exec(
		t, &sync_step_waits,
		INS(IN(until), IN(w->run.id), IN(w->step.page_meta_id)), NULL);

	return rc ? rc : queue_go_on(t, w->job);
}

enum rc
sync_run_waits(struct task *t, const struct sync_work *w, struct when until,
	       const char *words)
{
	const char *worst = w->run.reason[0] ? w->run.reason : "throttled";
	enum rc rc = note_problem(t, w, worst, until);

	return rc ? rc : queue_wait(t, w->job, until, "throttled", words);
}

static enum rc
wait_for_meta(struct task *t, const struct sync_work *w,
	      const struct graph_error *err)
{
	struct when until = when_add(t->now, err->wait_s * SECOND_MS);
	enum rc rc = connect_trouble(t, TROUBLE_PAGE, w->page.id,
				     w->run.integration_id, err);

	if (rc)
		return rc;
	return err->scope == SCOPE_APP ? sync_run_waits(t, w, until, err->words)
				       : sync_page_waits(t, w, until);
}

static enum rc
try_again(struct task *t, const struct sync_work *w,
	  const struct graph_error *err)
{
	bool is_cursor = text_is(text_of(err->reason), "cursor");

	if (w->job->attempts >= STEP_TRIES ||
	    (is_cursor && w->step.n_again >= STEP_TRIES))
		return fail_form(t, w, err);
	return is_cursor ? begin_again(t, w, err) : ask_less(t, w, err);
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
