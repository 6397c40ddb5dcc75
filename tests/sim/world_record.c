/* world_record: calls, usage and deliveries as rows. */
#include "world_record.h"

STATEMENT(sim_call_add, "INSERT INTO sim_call"
			" (at, kind, method, path, status, code, ms, in_batch)"
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?)");

enum rc
call_add(struct task *t, const struct sim_call *c)
{
	return db_insert(t, &sim_call_add,
			 INS(IN(c->at), IN(c->kind), IN(c->method),
			     IN(text_cut(text_of(c->path), 190)), IN(c->status),
			     IN(c->code), IN(c->ms), IN(c->in_batch)),
			 NULL);
}

static const struct db_col count_cols[] = {
	COL(struct sim_call_count, kind),  COL(struct sim_call_count, status),
	COL(struct sim_call_count, calls), COL(struct sim_call_count, in_batch),
	COL(struct sim_call_count, ms),	   { 0 },
};

STATEMENT(sim_call_count,
	  "SELECT kind, status, COUNT(*) AS calls,"
	  " CAST(SUM(in_batch) AS SIGNED) AS in_batch,"
	  " CAST(SUM(ms) AS SIGNED) AS ms"
	  " FROM sim_call GROUP BY kind, status ORDER BY kind, status"
	  " LIMIT 1000");

enum rc
calls_count(struct task *t, struct sim_call_count **out, size_t *n)
{
	struct db_list list = { .cols = count_cols,
				.size = sizeof(**out),
				.max = CALL_COUNTS };
	enum rc rc = db_rows(t, &sim_call_count, INS(), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

STATEMENT(sim_usage_read, "SELECT calls FROM sim_usage"
			  " WHERE scope = ? AND id = ? AND since > ?");

enum rc
usage_read(struct task *t, const char *scope, const char *id, int64_t window_s,
	   int64_t *calls)
{
	enum rc rc = db_one(t, &sim_usage_read,
			    INS(IN(scope), IN(id),
				IN(when_add(t->now, -window_s * SECOND_MS))),
			    OUTS(OUT("calls", calls)));

	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	*calls = 0;
	return OK;
}

/* The count begins anew when the window that `since` opened is over. */
STATEMENT(sim_usage_add,
	  "INSERT INTO sim_usage (scope, id, calls, since) VALUES (?, ?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE"
	  " calls = IF(since > ?, calls, 0) + VALUES(calls),"
	  " since = IF(since > ?, since, VALUES(since))");

enum rc
usage_add(struct task *t, const struct sim_usage *u, int64_t window_s)
{
	struct when edge = when_add(t->now, -window_s * SECOND_MS);

	return db_exec(t, &sim_usage_add,
		       INS(IN(u->scope), IN(u->id), IN(u->calls), IN(t->now),
			   IN(edge), IN(edge)),
		       NULL);
}

STATEMENT(sim_usage_clear, "DELETE FROM sim_usage"
			   " WHERE scope IN ('app', 'page', 'token')");

enum rc
usage_reset(struct task *t)
{
	return db_exec(t, &sim_usage_clear, INS(), NULL);
}

/* ---- deliveries ------------------------------------------------------------------ */

STATEMENT(sim_delivery_add,
	  "INSERT INTO sim_delivery (sent_at, changes, status, acked, ms)"
	  " VALUES (?, ?, ?, ?, ?)");

enum rc
delivery_add(struct task *t, const struct sim_delivery *d)
{
	return db_insert(t, &sim_delivery_add,
			 INS(IN(d->sent_at), IN(d->changes), IN(d->status),
			     IN(d->acked), IN(d->ms)),
			 NULL);
}

static const struct db_col delivery_cols[] = {
	COL(struct sim_delivery, sent_at), COL(struct sim_delivery, changes),
	COL(struct sim_delivery, status),  COL(struct sim_delivery, acked),
	COL(struct sim_delivery, ms),	   { 0 },
};

STATEMENT(sim_delivery_list,
	  "SELECT sent_at, changes, status, acked, ms FROM sim_delivery"
	  " ORDER BY id DESC LIMIT ?");

enum rc
deliveries_list(struct task *t, int64_t limit, struct sim_delivery **out,
		size_t *n)
{
	struct db_list list = { .cols = delivery_cols,
				.size = sizeof(**out),
				.max = DELIVERIES };
	enum rc rc = db_rows(t, &sim_delivery_list, INS(IN(limit)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

STATEMENT(sim_call_clear, "DELETE FROM sim_call WHERE id > 0");
STATEMENT(sim_delivery_clear, "DELETE FROM sim_delivery WHERE id > 0");

enum rc
records_reset(struct task *t)
{
	enum rc rc = db_exec(t, &sim_call_clear, INS(), NULL);

	return rc ? rc : db_exec(t, &sim_delivery_clear, INS(), NULL);
}
