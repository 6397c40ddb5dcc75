/* sync_job: a run, step by step. */
#include "base/log.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "meta/throttle.h"
#include "work/balance.h"
#include "work/connect.h"
#include "work/sync_private.h"

enum {
	SLOW_S = 15, /* between steps, for each percent of a limit too many */
};

STATEMENT(sync_next,
	  "SELECT page_meta_id, form_meta_id, page_size, next_cursor,"
	  " mark_cursor, n_again, n_tries, since, waits_until, reason"
	  " FROM sync_step WHERE run_id = ? AND state = 'ready'"
	  " AND (waits_until IS NULL OR waits_until <= ?)"
	  " ORDER BY page_meta_id, form_meta_id LIMIT 1");
/* A page that was broken, or came meanwhile; not one that is in order and was
 * not due (sync_due). */
STATEMENT(sync_left_out,
	  "SELECT EXISTS (SELECT 1 FROM page p WHERE p.integration_id = ?"
	  " AND NOT EXISTS (SELECT 1 FROM sync_step s WHERE s.run_id = ?"
	  " AND s.page_meta_id = p.meta_id) AND (p.last_sync_at IS NULL"
	  " OR p.last_sync_at < ? OR NOT" SYNC_PAGE_READS ")) AS left_out");
STATEMENT(sync_run_state, "SELECT state FROM sync_run WHERE id = ? FOR UPDATE");
STATEMENT(sync_run_end, "UPDATE sync_run SET state = ?, ended_at = ?,"
			" waits_until = NULL"
			" WHERE id = ? AND state = 'running'");

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
	return sync_refused(t, w, &err);
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
	enum rc rc = sync_fail_page(t, w, "page_unknown");

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

/* Somebody asked for more, or all that is left waits. */
static enum rc
not_yet(struct task *t, const struct sync_work *w, const struct sync_left *left)
{
	if (left->next_at.ms <= t->now.ms)
		return queue_go_on(t, w->job);
	if (left->is_held)
		return sync_run_waits(t, w, left->next_at);
	return queue_wait(t, w->job, left->next_at, "", "A call has failed");
}

/* Integration and run are locked, in the order of who begins one, so that what
 * is asked for just now is read by this run or by the next. */
static enum rc
finish_run(struct task *t, void *arg)
{
	struct sync_work *w = arg;
	struct integration i;
	const char *state = "";
	struct sync_left left = { 0 };
	bool left_out = false;
	enum rc rc = integration_lock(t, w->run.integration_id, &i);

	if (!rc)
		rc = db_one(t, &sync_run_state, INS(IN(w->run.id)),
			    OUTS(OUT("state", &state)));
	if (!rc)
		rc = sync_count_left(t, w, "", &left);
	if (!rc && left.ready)
		return not_yet(t, w, &left);
	if (!rc)
		rc = db_one(t, &sync_left_out,
			    INS(IN(w->run.integration_id), IN(w->run.id),
				IN(when_add(t->now, -DAY_MS - HOUR_MS)),
				IN(t->now)),
			    OUTS(OUT("left_out", &left_out)));
	if (!rc && !left.failed && !left_out && sync_is_complete(&w->run))
		rc = integration_synced(t, w->run.integration_id);
	w->has_ended = true;
	return rc ? rc : end_run(t, w, left.failed ? "failed" : "done");
}

/* Near a limit of Meta a sync leaves the rest of it to what the webhook
 * announces: the page, or the run, waits before each step, the longer the less is
 * left. */
static enum rc
yield(struct task *t, const struct sync_work *w, bool *waits)
{
	struct throttle th = { 0 };
	struct when until;
	int64_t wait;
	enum rc rc = OK;

	*waits = false;
	if (!w->step.waits_until.ms && !w->run.waits_until.ms)
		rc = throttle_look(t, &w->graph, &th);
	if (rc || th.percent < THROTTLE_SLOW || th.until.ms)
		return rc;
	*waits = true;
	wait = (th.percent - THROTTLE_SLOW + 1) * SLOW_S * SECOND_MS;
	until = when_add(t->now, wait);
	return th.slow_scope == SCOPE_PAGE ? sync_page_waits(t, w, until)
					   : sync_run_waits(t, w, until);
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
	enum rc rc;

	w->has_ended = false;
	rc = db_tx(t, "sync_finish", finish_run, w);
	if (rc == E_NOTFOUND) { /* deleted just now: the next step ends it */
		task_forgive(t);
		return queue_go_on(t, w->job);
	}
	if (!rc && w->has_ended && balance_look(t, w->run.integration_id)) {
		log_warn("ledger: %s", t->why);
		task_forgive(t);
	}
	return rc;
}

/* A mistake of ours holds nothing else up, either. */
static enum rc
end_broken(struct task *t, const struct sync_work *w, enum rc rc)
{
	const struct graph_error err = { .class = GRAPH_RETRY,
					 .reason = "internal",
					 .words = "Something broke here" };

	if (rc != E_INPUT && rc != E_INTERNAL)
		return rc;
	log_error("sync %lld: page %s, form %s: %s", (long long)w->run.id,
		  w->step.page_meta_id, w->step.form_meta_id, t->why);
	task_forgive(t);
	return sync_refused(t, w, &err);
}

static enum rc
next_step(struct task *t, struct sync_work *w)
{
	enum rc rc = db_one(t, &sync_next, INS(IN(w->run.id), IN(t->now)),
			    OUTS(OUT("page_meta_id", &w->step.page_meta_id),
				 OUT("form_meta_id", &w->step.form_meta_id),
				 OUT("page_size", &w->step.page_size),
				 OUT("next_cursor", &w->step.next_cursor),
				 OUT("mark_cursor", &w->step.mark_cursor),
				 OUT("n_again", &w->step.n_again),
				 OUT("n_tries", &w->step.n_tries),
				 OUT("since", &w->step.since),
				 OUT("waits_until", &w->step.waits_until),
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
	return end_broken(t, w, rc ? rc : step(t, w));
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
