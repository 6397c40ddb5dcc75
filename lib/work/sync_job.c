/* sync_job: a run, step by step, and what Meta's refusals mean for it. */
#include "base/log.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "meta/throttle.h"
#include "work/balance.h"
#include "work/connect.h"
#include "work/sync_private.h"

enum {
	STEP_TRIES = 6, /* of a step that Meta does not answer */
	SIZE_LEAST = 5, /* leads of one answer */
	SLOW_S = 15, /* between steps, for each percent of a limit too many */
};

STATEMENT(sync_next,
	  "SELECT page_meta_id, form_meta_id, page_size, next_cursor,"
	  " mark_cursor, since, reason"
	  " FROM sync_step WHERE run_id = ? AND state = 'ready'"
	  " ORDER BY page_meta_id, form_meta_id LIMIT 1");
/* At each power of two of moves the mark comes to where the step is: so it comes
 * to stand in any circle, and stays for longer than one round takes. */
STATEMENT(sync_step_goes_on,
	  "UPDATE sync_step SET next_cursor = ?,"
	  " n_moves = IF(next_cursor = '', 0, n_moves + 1),"
	  " mark_cursor = IF(n_moves & (n_moves - 1), mark_cursor, next_cursor)"
	  " WHERE run_id = ? AND page_meta_id = ? AND form_meta_id = ?"
	  " AND since <=> ?");
STATEMENT(sync_step_asks_less,
	  "UPDATE sync_step SET page_size = ? WHERE run_id = ?"
	  " AND page_meta_id = ? AND form_meta_id = ? AND since <=> ?");
STATEMENT(sync_step_ends,
	  "UPDATE sync_step SET state = ?, reason = ? WHERE run_id = ?"
	  " AND page_meta_id = ? AND form_meta_id = ? AND since <=> ?");
STATEMENT(sync_step_fails_page,
	  "UPDATE sync_step SET state = 'failed', reason = ? WHERE run_id = ?"
	  " AND page_meta_id = ? AND state = 'ready'");
STATEMENT(sync_step_left,
	  "SELECT COALESCE(SUM(state = 'failed'), 0) AS failed,"
	  " COALESCE(SUM(state = 'ready'), 0) AS ready FROM sync_step"
	  " WHERE run_id = ? AND ? IN ('', page_meta_id)");
/* A page that was broken, or came meanwhile. */
STATEMENT(sync_left_out,
	  "SELECT EXISTS (SELECT 1 FROM page p WHERE p.integration_id = ?"
	  " AND NOT EXISTS (SELECT 1 FROM sync_step s WHERE s.run_id = ?"
	  " AND s.page_meta_id = p.meta_id)) AS left_out");
STATEMENT(sync_run_problem, "UPDATE sync_run SET reason = ?, waits_until = ?"
			    " WHERE id = ?");
STATEMENT(sync_run_state, "SELECT state FROM sync_run WHERE id = ? FOR UPDATE");
STATEMENT(sync_run_end, "UPDATE sync_run SET state = ?, ended_at = ?,"
			" waits_until = NULL"
			" WHERE id = ? AND state = 'running'");

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

bool
sync_is_complete(const struct sync_run *run)
{
	return !run->is_chosen && !run->since.ms;
}

enum rc
sync_page_done(struct task *t, const struct sync_work *w)
{
	int64_t failed = 0, ready = 0;
	enum rc rc = db_one(t, &sync_step_left,
			    INS(IN(w->run.id), IN(w->step.page_meta_id)),
			    OUTS(OUT("failed", &failed), OUT("ready", &ready)));

	if (rc || failed || ready || !sync_is_complete(&w->run))
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
	enum rc rc = sync_go_on(t, w, "");

	return rc ? rc : queue_retry(t, w->job, err->reason, err->words);
}

/* The login or the page is refused: its other forms would be, too. */
static enum rc
fail_page(struct task *t, const struct sync_work *w,
	  const struct graph_error *err)
{
	enum rc rc = connect_trouble(t, TROUBLE_PAGE, w->page.id,
				     w->run.integration_id, err);

	if (!rc)
		rc = db_exec(t, &sync_step_fails_page,
			     INS(IN(err->reason), IN(w->run.id),
				 IN(w->step.page_meta_id)),
			     NULL);
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

static enum rc
wait_for_meta(struct task *t, const struct sync_work *w,
	      const struct graph_error *err)
{
	struct when until = when_add(t->now, err->wait_s * SECOND_MS);
	enum rc rc = connect_trouble(t, TROUBLE_PAGE, w->page.id,
				     w->run.integration_id, err);

	if (!rc)
		rc = note_problem(t, w, "throttled", until);
	return rc ? rc : queue_wait(t, w->job, until, err->reason, err->words);
}

static enum rc
refused(struct task *t, const struct sync_work *w,
	const struct graph_error *err)
{
	log_warn("sync %lld: %s (%lld/%lld)", (long long)w->run.id, err->reason,
		 (long long)err->code, (long long)err->subcode);
	switch (err->class) {
	case GRAPH_THROTTLED:
		return wait_for_meta(t, w, err);
	case GRAPH_RETRY:
		if (w->job->attempts >= STEP_TRIES)
			return fail_form(t, w, err);
		if (text_is(text_of(err->reason), "cursor"))
			return begin_again(t, w, err);
		return ask_less(t, w, err);
	case GRAPH_RECONNECT:
	case GRAPH_PERSON:
	case GRAPH_ADMIN:
		/* The page told its other forms. */
		if (!is_listed(w))
			break;
		return fail_page(t, w, err);
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

/* ---- one step --------------------------------------------------------------------------------- */

/* Leads of a form that is not known are imported all the same. */
static enum rc
find_form(struct task *t, struct sync_work *w)
{
	enum rc rc = form_by_meta(t, w->step.form_meta_id, &w->form);

	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	w->form = (struct lead_form){ .meta_id = w->step.form_meta_id,
				      .name = "",
				      .questions = "" };
	return OK;
}

static enum rc
ask_meta(struct task *t, struct sync_work *w, struct graph_error *err)
{
	if (!w->step.form_meta_id[0])
		return sync_list_forms(t, w, err);
	return sync_read_leads(t, w, err);
}

/* What is refused is asked for with each login that may have the page. */
static enum rc
do_step(struct task *t, struct sync_work *w)
{
	struct graph_error err = { .reason = "", .words = "" };
	struct connect_renewal logins = { 0 };
	enum rc rc = ask_meta(t, w, &err), renewed = OK;

	while (rc == E_REMOTE && !renewed && connect_may_renew(&err)) {
		task_forgive(t);
		renewed = connect_renew_page(t, &w->page, &logins, &err);
		if (renewed && renewed != E_REMOTE)
			return renewed;
		w->graph.token = w->page.token;
		if (!renewed)
			rc = ask_meta(t, w, &err);
	}
	if (rc != E_REMOTE)
		return rc;
	task_forgive(t);
	return refused(t, w, &err);
}

static enum rc
open_step(struct task *t, struct sync_work *w)
{
	enum rc rc = page_by_meta(t, w->step.page_meta_id, &w->page);

	if (!rc && w->page.integration_id != w->run.integration_id)
		return fail(t, E_NOTFOUND, "the page has moved");
	if (!rc)
		rc = connect_graph(t, w->page.token, &w->graph);
	w->graph.page = w->page.meta_id;
	if (!rc)
		rc = find_form(t, w);
	w->since = sync_since(t, w);
	return rc;
}

/* The page was disconnected meanwhile. */
static enum rc
skip_page(struct task *t, const struct sync_work *w)
{
	enum rc rc = db_exec(t, &sync_step_fails_page,
			     INS(IN("page_unknown"), IN(w->run.id),
				 IN(w->step.page_meta_id)),
			     NULL);

	return rc ? rc : queue_go_on(t, w->job);
}

/* Unticked since the run began. */
static enum rc
skip_form(struct task *t, const struct sync_work *w)
{
	enum rc rc = sync_end_step(t, w, "done", "");

	if (!rc)
		rc = sync_page_done(t, w);
	return rc ? rc : queue_go_on(t, w->job);
}

static enum rc
end_run(struct task *t, const struct sync_work *w, const char *state)
{
	enum rc rc = db_exec(t, &sync_run_end,
			     INS(IN(state), IN(t->now), IN(w->run.id)), NULL);

	return rc ? rc : queue_done(t, w->job);
}

/* Integration and run are locked, in the order of who begins one, so that what
 * is asked for just now is read by this run or by the next. */
static enum rc
finish_run(struct task *t, void *arg)
{
	const struct sync_work *w = arg;
	struct integration i;
	const char *state = "";
	int64_t failed = 0, ready = 0;
	bool left_out = false;
	enum rc rc = integration_lock(t, w->run.integration_id, &i);

	if (!rc)
		rc = db_one(t, &sync_run_state, INS(IN(w->run.id)),
			    OUTS(OUT("state", &state)));
	if (!rc)
		rc = db_one(t, &sync_step_left, INS(IN(w->run.id), IN("")),
			    OUTS(OUT("failed", &failed), OUT("ready", &ready)));
	if (!rc && ready)
		return queue_go_on(t, w->job);
	if (!rc)
		rc = db_one(t, &sync_left_out,
			    INS(IN(w->run.integration_id), IN(w->run.id)),
			    OUTS(OUT("left_out", &left_out)));
	if (!rc && !failed && !left_out && sync_is_complete(&w->run))
		rc = integration_synced(t, w->run.integration_id);
	return rc ? rc : end_run(t, w, failed ? "failed" : "done");
}

/* Near a limit of Meta a sync leaves the rest of it to what the webhook
 * announces: it waits before each step, the longer the less is left. */
static enum rc
yield(struct task *t, const struct sync_work *w, bool *waits)
{
	struct throttle th = { 0 };
	struct when until;
	enum rc rc = OK;

	*waits = false;
	if (!w->run.waits_until.ms)
		rc = throttle_look(t, &w->graph, &th);
	if (rc || th.percent < THROTTLE_SLOW || th.until.ms)
		return rc;
	*waits = true;
	until = when_add(t->now,
			 (th.percent - THROTTLE_SLOW + 1) * SLOW_S * SECOND_MS);
	rc = note_problem(t, w, w->run.reason, until);
	return rc ? rc
		  : queue_wait(t, w->job, until, "throttled",
			       "Near a limit of Meta: slowly");
}

static enum rc
step(struct task *t, struct sync_work *w)
{
	bool waits = false;
	enum rc rc = yield(t, w, &waits);

	return rc || waits ? rc : do_step(t, w);
}

/* What it cannot tell now the hourly look does; the run has ended. */
static enum rc
finish(struct task *t, struct sync_work *w)
{
	enum rc rc = db_tx(t, "sync_finish", finish_run, w);

	if (rc == E_NOTFOUND) { /* deleted just now: the next step ends it */
		task_forgive(t);
		return queue_go_on(t, w->job);
	}
	if (!rc && balance_look(t, w->run.integration_id)) {
		log_warn("ledger: %s", t->why);
		task_forgive(t);
	}
	return rc;
}

static enum rc
next_step(struct task *t, struct sync_work *w)
{
	enum rc rc = db_one(t, &sync_next, INS(IN(w->run.id)),
			    OUTS(OUT("page_meta_id", &w->step.page_meta_id),
				 OUT("form_meta_id", &w->step.form_meta_id),
				 OUT("page_size", &w->step.page_size),
				 OUT("next_cursor", &w->step.next_cursor),
				 OUT("mark_cursor", &w->step.mark_cursor),
				 OUT("since", &w->step.since),
				 OUT("reason", &w->step.reason)));

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return finish(t, w);
	}
	if (!rc)
		rc = open_step(t, w);
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return skip_page(t, w);
	}
	if (!rc && w->form.is_left_out)
		return skip_form(t, w);
	return rc ? rc : step(t, w);
}

/* Paused, or over.  The run's row is locked, so that one that is resumed just
 * now goes on. */
static enum rc
leave(struct task *t, void *arg)
{
	const struct sync_work *w = arg;
	const char *state = "";
	enum rc rc = db_one(t, &sync_run_state, INS(IN(queue_subject(w->job))),
			    OUTS(OUT("state", &state)));

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return queue_done(t, w->job);
	}
	if (!rc)
		rc = sync_note_met(t, queue_subject(w->job));
	if (!rc && text_is(text_of(state), "running"))
		return queue_go_on(t, w->job);
	return rc ? rc : queue_done(t, w->job);
}

enum rc
sync_job(struct task *t, struct arena *item_mem, const struct job *j)
{
	struct sync_work w = { .job = j, .item_mem = item_mem };
	struct integration i;
	enum rc rc = sync_get(t, queue_subject(j), &w.run);

	if (rc == E_NOTFOUND || (!rc && strcmp(w.run.state, "running") != 0)) {
		task_forgive(t);
		return db_tx(t, "sync_leave", leave, &w);
	}
	if (!rc)
		rc = integration_get(t, w.run.integration_id, &i);
	if (rc == E_NOTFOUND || (!rc && w.run.stop_asked)) {
		task_forgive(t);
		return end_run(t, &w, "stopped");
	}
	return rc ? rc : next_step(t, &w);
}
