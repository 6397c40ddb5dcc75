/* sync: runs: looked at, stopped, paused and resumed. */
#include "work/sync.h"

#include "db/db.h"
#include "work/sync_private.h"

enum { RUNNING_MAX = 1000, RECENT_MAX = 20, KEPT_DAYS = 90 };

#define RUN_COLUMNS                                                            \
	"SELECT id, integration_id, way, state, stop_asked, n_pages, n_forms," \
	" forms_done, n_expected, n_read, n_new, n_joined, n_known, n_failed," \
	" reason, words, waits_until, since, is_chosen, is_shared_out,"        \
	" started_at, ended_at, paused_at, paused_ms FROM sync_run "

STATEMENT(sync_run_by_id, RUN_COLUMNS "WHERE id = ?");
STATEMENT(sync_run_of, RUN_COLUMNS "WHERE integration_id = ?"
				   " ORDER BY id DESC LIMIT 20");
STATEMENT(sync_run_last, RUN_COLUMNS "WHERE integration_id = ?"
				     " AND ? IN ('', way)"
				     " ORDER BY state IN ('running', 'paused')"
				     " DESC, COALESCE(waits_until > ?, FALSE),"
				     " id DESC LIMIT 1");
STATEMENT(sync_run_open, RUN_COLUMNS "WHERE state IN ('running', 'paused')"
				     " ORDER BY id LIMIT 1000");
STATEMENT(sync_run_ask_stop, "UPDATE sync_run SET stop_asked = TRUE"
			     " WHERE id = ? AND state = 'running'");
STATEMENT(sync_run_end_resting,
	  "UPDATE sync_run SET state = 'stopped', ended_at = ?,"
	  " waits_until = NULL, paused_at = NULL WHERE id = ?"
	  " AND (state = 'paused' OR state = 'running' AND waits_until > ?)");
STATEMENT(sync_run_rest,
	  "UPDATE sync_run SET state = 'paused', paused_at = ? WHERE id = ?"
	  " AND way = 'history' AND state = 'running' AND NOT stop_asked");
STATEMENT(sync_run_go_on,
	  "UPDATE sync_run SET state = 'running',"
	  " paused_ms = paused_ms + TIMESTAMPDIFF(MICROSECOND, paused_at, ?)"
	  " DIV 1000, paused_at = NULL WHERE id = ? AND state = 'paused'");
STATEMENT(
	sync_run_end_left,
	"UPDATE sync_run SET state = 'stopped', ended_at = ?,"
	" waits_until = NULL WHERE state = 'paused' AND (paused_at < ?"
	" OR NOT EXISTS (SELECT 1 FROM integration i WHERE"
	" i.id = sync_run.integration_id AND i.deleted_at IS NULL)) LIMIT 100");
STATEMENT(sync_run_dead,
	  RUN_COLUMNS "r WHERE state = 'running' AND EXISTS (SELECT 1 FROM job"
		      " j WHERE j.kind = 'sync' AND j.state = 'dead' AND"
		      " j.subject = CAST(r.id AS CHAR CHARACTER SET ascii))"
		      " LIMIT 100");
STATEMENT(sync_run_fails,
	  "UPDATE sync_run SET state = 'failed', reason = 'internal',"
	  " ended_at = ?, waits_until = NULL WHERE id = ?"
	  " AND state = 'running'");
STATEMENT(sync_run_purge,
	  "DELETE FROM sync_run WHERE state <> 'running' AND ended_at < ?"
	  " LIMIT 500");

static const struct db_col run_cols[] = {
	COL(struct sync_run, id),
	COL(struct sync_run, integration_id),
	COL(struct sync_run, way),
	COL(struct sync_run, state),
	COL(struct sync_run, stop_asked),
	COL(struct sync_run, n_pages),
	COL(struct sync_run, n_forms),
	COL(struct sync_run, forms_done),
	COL(struct sync_run, n_expected),
	COL(struct sync_run, n_read),
	COL(struct sync_run, n_new),
	COL(struct sync_run, n_joined),
	COL(struct sync_run, n_known),
	COL(struct sync_run, n_failed),
	COL(struct sync_run, reason),
	COL(struct sync_run, words),
	COL(struct sync_run, waits_until),
	COL(struct sync_run, since),
	COL(struct sync_run, is_chosen),
	COL(struct sync_run, is_shared_out),
	COL(struct sync_run, started_at),
	COL(struct sync_run, ended_at),
	COL(struct sync_run, paused_at),
	COL(struct sync_run, paused_ms),
	{ 0 },
};

bool
sync_is_history(const struct sync_run *run)
{
	return text_is(text_of(run->way), "history");
}

bool
sync_is_open(const struct sync_run *run)
{
	struct text state = text_of(run->state);

	return text_is(state, "running") || text_is(state, "paused");
}

static enum rc
find(struct task *t, struct db_stmt *q, struct db_ins in, struct sync_run **out,
     size_t *n)
{
	struct db_list list = { .cols = run_cols,
				.size = sizeof(struct sync_run),
				.max = RUNNING_MAX };
	enum rc rc = db_rows(t, q, in, &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

/* ---- looking --------------------------------------------------------------------- */

enum rc
sync_get(struct task *t, int64_t run_id, struct sync_run *out)
{
	struct sync_run *found = NULL;
	size_t n = 0;
	enum rc rc = find(t, &sync_run_by_id, INS(IN(run_id)), &found, &n);

	if (!rc && n == 0)
		return fail(t, E_NOTFOUND, "sync %lld: none",
			    (long long)run_id);
	if (!rc)
		*out = *found;
	return rc;
}

enum rc
sync_recent(struct task *t, int64_t integration_id, struct sync_run **out,
	    size_t *n)
{
	return find(t, &sync_run_of, INS(IN(integration_id)), out, n);
}

enum rc
sync_latest(struct task *t, int64_t integration_id, const char *way,
	    struct sync_run *out)
{
	struct sync_run *found = NULL;
	size_t n = 0;
	enum rc rc =
		find(t, &sync_run_last,
		     INS(IN(integration_id), IN(way), IN(t->now)), &found, &n);

	if (!rc && n == 0)
		return fail(t, E_NOTFOUND, "integration %lld: no sync yet",
			    (long long)integration_id);
	if (!rc)
		*out = *found;
	return rc;
}

enum rc
sync_open(struct task *t, struct sync_run **out, size_t *n)
{
	return find(t, &sync_run_open, INS(), out, n);
}

/* ---- stopped, paused, resumed ------------------------------------------------ */

static enum rc
changed_one(struct task *t, int64_t run_id, enum rc rc, int64_t changed)
{
	if (rc || changed == 1)
		return rc;
	return fail(t, E_NOTFOUND, "sync %lld is not in that state",
		    (long long)run_id);
}

enum rc
sync_stop(struct task *t, int64_t run_id)
{
	int64_t changed = 0;
	enum rc rc = db_exec(t, &sync_run_end_resting,
			     INS(IN(t->now), IN(run_id), IN(t->now)), &changed);

	if (!rc && changed == 0)
		rc = db_exec(t, &sync_run_ask_stop, INS(IN(run_id)), &changed);
	if (!rc)
		rc = queue_hasten(t, JOB_SYNC, run_id);
	return changed_one(t, run_id, rc, changed);
}

enum rc
sync_pause(struct task *t, int64_t run_id)
{
	int64_t changed = 0;
	enum rc rc = db_exec(t, &sync_run_rest, INS(IN(t->now), IN(run_id)),
			     &changed);

	return changed_one(t, run_id, rc, changed);
}

enum rc
sync_unpause(struct task *t, int64_t run_id, int64_t *changed)
{
	return db_exec(t, &sync_run_go_on, INS(IN(t->now), IN(run_id)),
		       changed);
}

/* The run first, as the worker does it: either it sees that the run goes on, or
 * its job has ended and is made ready here. */
static enum rc
go_on(struct task *t, void *arg)
{
	const int64_t *run_id = arg;
	int64_t changed = 0;
	enum rc rc = sync_unpause(t, *run_id, &changed);

	rc = changed_one(t, *run_id, rc, changed);
	return rc ? rc : queue_add(t, JOB_SYNC, *run_id);
}

enum rc
sync_resume(struct task *t, int64_t run_id)
{
	return db_tx(t, "sync_resume", go_on, &run_id);
}

enum rc
sync_end_dead(struct task *t)
{
	struct sync_run *dead = NULL;
	size_t n = 0;
	enum rc rc = find(t, &sync_run_dead, INS(), &dead, &n);

	for (size_t i = 0; !rc && i < n; i++)
		rc = db_exec(t, &sync_run_fails,
			     INS(IN(t->now), IN(dead[i].id)), NULL);
	if (!rc)
		rc = db_exec(t, &sync_run_end_left,
			     INS(IN(t->now),
				 IN(when_add(t->now, -KEPT_DAYS * DAY_MS))),
			     NULL);
	return rc;
}

enum rc
sync_purge(struct task *t)
{
	return db_exec(t, &sync_run_purge,
		       INS(IN(when_add(t->now, -KEPT_DAYS * DAY_MS))), NULL);
}
