/* delivery: receipts beside the jobs that came of them. */
#include "work/delivery.h"

#include "crm/audit.h"
#include "db/db.h"

enum { JOBS_MAX = 1000 };

#define OF_RECEIPT                                                             \
	"SELECT r.id, r.received_at, r.verdict = 'escaped' AS is_escaped,"     \
	" r.state, LENGTH(r.body) AS bytes, r.n_leads, r.n_tests, r.n_other,"  \
	" COALESCE(SUM(j.state = 'done'), 0) AS n_done,"                       \
	" COALESCE(SUM(j.state IN ('ready', 'running')), 0) AS n_waiting,"     \
	" COALESCE(SUM(j.state = 'parked'), 0) AS n_parked,"                   \
	" COALESCE(SUM(j.state = 'dead'), 0) AS n_dead,"                       \
	" COALESCE(MIN(j.subject), '') AS `lead`,"                             \
	" COALESCE(MIN(p.name), '') AS page_name,"                             \
	" COALESCE(NULLIF(MAX(IF(j.state IN ('parked', 'dead'), j.reason,"     \
	" '')), ''), MAX(IF(j.state = 'ready', j.reason, '')), '')"            \
	" AS reason, MIN(IF(j.state = 'ready', j.run_at, NULL)) AS next_try"   \
	" FROM receipt r LEFT JOIN job j ON j.receipt_id = r.id"               \
	" LEFT JOIN page p ON p.meta_id = j.page_meta_id "
#define NEWEST " GROUP BY r.id ORDER BY r.id DESC LIMIT 50"
STATEMENT(delivery_all, OF_RECEIPT "WHERE r.id < ?" NEWEST);
STATEMENT(delivery_one, OF_RECEIPT "WHERE r.id = ?" NEWEST);
STATEMENT(delivery_of_lead,
	  OF_RECEIPT "WHERE r.id < ? AND r.id IN (SELECT receipt_id FROM job"
		     " WHERE kind = 'lead' AND subject = ?)" NEWEST);
/* Along the index of states: few jobs are not done. */
STATEMENT(delivery_of_state,
	  OF_RECEIPT "JOIN (SELECT DISTINCT receipt_id FROM job"
		     " WHERE state IN (?, ?) AND kind = 'lead'"
		     " AND receipt_id < ? ORDER BY receipt_id DESC LIMIT 50)"
		     " AS some ON some.receipt_id = r.id" NEWEST);
STATEMENT(receipt_since, "SELECT COUNT(*) AS n FROM receipt"
			 " WHERE received_at >= ?");
STATEMENT(delivery_bytes, "SELECT IF(LENGTH(body) <= 262144, body, '') AS body"
			  " FROM receipt WHERE id = ?");
STATEMENT(delivery_leads,
	  "SELECT j.id, j.subject AS leadgen_id, j.state, j.attempts,"
	  " j.reason, j.reason_words AS words, j.run_at, j.ended_at,"
	  " COALESCE(s.lead_id, 0) AS lead_id FROM job j"
	  " LEFT JOIN submission s ON s.leadgen_id = j.subject"
	  " WHERE j.receipt_id = ? AND j.kind = 'lead' ORDER BY j.id"
	  " LIMIT 1000");
STATEMENT(job_again,
	  "UPDATE job SET state = 'ready', attempts = 0, run_at = ?,"
	  " reason = '', reason_words = '', ended_at = NULL"
	  " WHERE id = ? AND kind = 'lead' AND state IN ('parked', 'dead')");
#define IN_RANGE " received_at >= ? AND received_at < ? AND state <> 'new'"
STATEMENT(range_count, "SELECT COUNT(*) AS n FROM (SELECT 1 FROM receipt"
		       " WHERE" IN_RANGE " LIMIT 5000) AS some");
STATEMENT(range_missing,
	  "SELECT COUNT(*) AS n FROM (SELECT id FROM receipt WHERE" IN_RANGE
	  " ORDER BY received_at LIMIT 5000) r"
	  " JOIN job j ON j.receipt_id = r.id AND j.kind = 'lead'"
	  " AND j.state <> 'done'");
STATEMENT(range_dead,
	  "UPDATE job j JOIN (SELECT id FROM receipt WHERE" IN_RANGE
	  " ORDER BY received_at LIMIT 5000) r ON j.receipt_id = r.id"
	  " SET j.state = 'ready', j.attempts = 0, j.run_at = ?,"
	  " j.reason = '', j.reason_words = '', j.ended_at = NULL"
	  " WHERE j.kind = 'lead' AND j.state = 'dead'");
STATEMENT(range_open, "UPDATE receipt SET state = 'new' WHERE" IN_RANGE
		      " ORDER BY received_at LIMIT 5000");
STATEMENT(refusals, "SELECT reason, SUM(n) AS n, MAX(last_at) AS last_at"
		    " FROM refused_delivery WHERE day > DATE(?) GROUP BY reason"
		    " ORDER BY reason LIMIT 2");

static const struct db_col delivery_cols[] = {
	COL(struct delivery, id),
	COL(struct delivery, received_at),
	COL(struct delivery, is_escaped),
	COL(struct delivery, state),
	COL(struct delivery, bytes),
	COL(struct delivery, n_leads),
	COL(struct delivery, n_tests),
	COL(struct delivery, n_other),
	COL(struct delivery, n_done),
	COL(struct delivery, n_waiting),
	COL(struct delivery, n_parked),
	COL(struct delivery, n_dead),
	COL(struct delivery, lead),
	COL(struct delivery, page_name),
	COL(struct delivery, reason),
	COL(struct delivery, next_try),
	{ 0 },
};

enum rc
delivery_list(struct task *t, const struct delivery_filter *f,
	      struct delivery **out, size_t *n)
{
	struct db_list list = { .cols = delivery_cols,
				.size = sizeof(struct delivery),
				.max = DELIVERY_PAGE };
	int64_t before = f->before ? f->before : INT64_MAX;
	bool waiting = text_is(text_of(f->state), "waiting");
	enum rc rc;

	if (f->lead[0])
		rc = db_rows(t, &delivery_of_lead, INS(IN(before), IN(f->lead)),
			     &list);
	else if (f->state[0])
		rc = db_rows(t, &delivery_of_state,
			     INS(IN(waiting ? "ready" : f->state),
				 IN(waiting ? "running" : f->state),
				 IN(before)),
			     &list);
	else
		rc = db_rows(t, &delivery_all, INS(IN(before)), &list);
	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
delivery_since(struct task *t, struct when since, int64_t *n)
{
	return db_one(t, &receipt_since, INS(IN(since)), OUTS(OUT("n", n)));
}

enum rc
delivery_get(struct task *t, int64_t id, struct delivery *out)
{
	struct db_list list = { .cols = delivery_cols,
				.size = sizeof(struct delivery),
				.max = 1 };
	enum rc rc = db_rows(t, &delivery_one, INS(IN(id)), &list);

	if (!rc && list.n == 0)
		return fail(t, E_NOTFOUND, "no delivery %lld", (long long)id);
	if (!rc)
		*out = *(const struct delivery *)list.rows;
	return rc;
}

enum rc
delivery_body(struct task *t, int64_t id, struct text *out)
{
	return db_one(t, &delivery_bytes, INS(IN(id)), OUTS(OUT("body", out)));
}

enum rc
delivery_jobs(struct task *t, int64_t id, struct delivery_job **out, size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct delivery_job, id),
		COL(struct delivery_job, leadgen_id),
		COL(struct delivery_job, state),
		COL(struct delivery_job, attempts),
		COL(struct delivery_job, reason),
		COL(struct delivery_job, words),
		COL(struct delivery_job, run_at),
		COL(struct delivery_job, ended_at),
		COL(struct delivery_job, lead_id),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct delivery_job),
				.max = JOBS_MAX };
	enum rc rc = db_rows(t, &delivery_leads, INS(IN(id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
delivery_retry(struct task *t, int64_t job_id)
{
	int64_t changed = 0;
	enum rc rc =
		db_exec(t, &job_again, INS(IN(t->now), IN(job_id)), &changed);

	if (!rc && changed == 0)
		return fail(t, E_NOTFOUND, "job %lld waits for nobody",
			    (long long)job_id);
	return rc;
}

enum rc
delivery_count(struct task *t, struct delivery_range *r)
{
	enum rc rc = db_one(t, &range_count, INS(IN(r->from), IN(r->until)),
			    OUTS(OUT("n", &r->n)));

	return rc ? rc
		  : db_one(t, &range_missing, INS(IN(r->from), IN(r->until)),
			   OUTS(OUT("n", &r->n_missing)));
}

static enum rc
replay(struct task *t, void *arg)
{
	struct delivery_range *r = arg;
	enum rc rc = db_exec(t, &range_dead,
			     INS(IN(r->from), IN(r->until), IN(t->now)), NULL);

	if (!rc)
		rc = db_exec(t, &range_open, INS(IN(r->from), IN(r->until)),
			     &r->n);
	return rc ? rc
		  : audit_add(t, "delivery.replay", "",
			      arena_fmt(t->mem, "Replayed %lld deliveries",
					(long long)r->n));
}

enum rc
delivery_replay(struct task *t, struct delivery_range *r)
{
	return db_tx(t, "delivery_replay", replay, r);
}

enum rc
delivery_refusals(struct task *t, struct delivery_refused **out, size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct delivery_refused, reason),
		COL(struct delivery_refused, n),
		COL(struct delivery_refused, last_at),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct delivery_refused),
				.max = 2 };
	enum rc rc = db_rows(t, &refusals,
			     INS(IN(when_add(t->now, -7 * DAY_MS))), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}
