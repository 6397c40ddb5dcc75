/* delivery: receipts beside the jobs that came of them. */
#include "work/delivery.h"

#include "crm/audit.h"
#include "db/db.h"

enum { JOBS_MAX = 1000 };

/* What comes behind a row of a list, in a span of time. */
#define BEHIND                                                                 \
	" received_at >= ? AND received_at <= ? AND (received_at < ? OR id < " \
	"?)"
#define FIFTY " ORDER BY received_at DESC, id DESC LIMIT 50"

#define OF_RECEIPT                                                             \
	"SELECT r.id, r.received_at, r.verdict = 'escaped' AS is_escaped,"     \
	" r.state, LENGTH(r.body) AS bytes, r.n_leads, r.n_tests, r.n_other,"  \
	" COALESCE(SUM(j.state = 'done'), 0) AS n_done,"                       \
	" COALESCE(SUM(j.state = 'ready'), 0) AS n_waiting,"                   \
	" COALESCE(SUM(j.state = 'running'), 0) AS n_running,"                 \
	" COALESCE(SUM(j.state = 'parked'), 0) AS n_parked,"                   \
	" COALESCE(SUM(j.state = 'dead'), 0) AS n_dead,"                       \
	" COALESCE(MIN(j.subject), '') AS `lead`,"                             \
	" COALESCE(MIN(IF(j.state <> 'done', j.id, NULL)), 0) AS job_id,"      \
	" COALESCE(MIN(p.name), '') AS page_name,"                             \
	" COALESCE(NULLIF(MAX(IF(j.state IN ('parked', 'dead'), j.reason,"     \
	" '')), ''), MAX(IF(j.state = 'ready', j.reason, '')), '')"            \
	" AS reason, MIN(IF(j.state = 'ready', j.run_at, NULL)) AS next_try"   \
	" FROM receipt r LEFT JOIN job j ON j.receipt_id = r.id"               \
	" LEFT JOIN page p ON p.meta_id = j.page_meta_id "
STATEMENT(delivery_all,
	  OF_RECEIPT "JOIN (SELECT id FROM receipt WHERE" BEHIND FIFTY
		     ") AS some ON some.id = r.id GROUP BY r.id"
		     " ORDER BY r.received_at DESC, r.id DESC LIMIT 50");
STATEMENT(delivery_one, OF_RECEIPT "WHERE r.id = ? GROUP BY r.id");
STATEMENT(receipt_since, "SELECT COUNT(*) AS n FROM receipt"
			 " WHERE received_at >= ?");
STATEMENT(delivery_bytes, "SELECT IF(LENGTH(body) <= 262144, body, '') AS body"
			  " FROM receipt WHERE id = ?");

#define OF_JOB                                                                 \
	"SELECT j.id, j.kind, j.subject, j.state, j.attempts, j.reason,"       \
	" j.reason_words AS words, COALESCE(j.page_meta_id, '')"               \
	" AS page_meta_id, COALESCE(p.name, '') AS page_name, j.received_at,"  \
	" j.created_at, j.run_at, j.ended_at,"                                 \
	" j.receipt_id IS NOT NULL AS was_told,"                               \
	" COALESCE(r.id, 0) AS receipt_id, COALESCE(s.lead_id, 0) AS lead_id," \
	" COALESCE(m.subject, '') AS letter,"                                  \
	" COALESCE(u.email, m.address, '') AS letter_to,"                      \
	" m.id IS NOT NULL AND m.sent_at IS NULL"                              \
	" AND (m.user_id IS NULL OR u.is_active) AS may_be_sent"               \
	" FROM job j LEFT JOIN page p ON p.meta_id = j.page_meta_id"           \
	" LEFT JOIN receipt r ON r.id = j.receipt_id LEFT JOIN submission s"   \
	" ON s.leadgen_id = j.subject AND j.kind = 'lead' LEFT JOIN mail m"    \
	" ON j.kind = 'mail' AND m.id = CAST(j.subject AS SIGNED)"             \
	" LEFT JOIN app_user u ON u.id = m.user_id "
#define SOME_JOBS OF_JOB "JOIN (SELECT id FROM job "
#define SORTED                                                                 \
	FIFTY ") AS some ON some.id = j.id"                                    \
	      " ORDER BY j.received_at DESC, j.id DESC LIMIT 50"
/* Of other work, whoever connects a page is told of a draft that failed. */
#define OTHERS                                                                 \
	" WHERE state IN ('parked', 'dead') AND kind NOT IN ('lead', 'draft')"
/* Few jobs are not done, and many are of one page: never along the others. */
#define NOT_DONE "FORCE INDEX (state_kind_run)"
STATEMENT(job_of_state,
	  SOME_JOBS NOT_DONE " WHERE state IN (?, ?) AND kind = 'lead'"
			     " AND ? IN ('', page_meta_id) AND" BEHIND SORTED);
STATEMENT(job_of_page, SOME_JOBS
	  "FORCE INDEX (of_page) WHERE page_meta_id = ? AND" BEHIND SORTED);
STATEMENT(job_other, SOME_JOBS NOT_DONE OTHERS " AND" BEHIND SORTED);
STATEMENT(job_other_count, "SELECT COUNT(*) AS n FROM job " NOT_DONE OTHERS);
STATEMENT(job_of_lead, OF_JOB "WHERE j.kind = 'lead' AND j.subject = ?");
STATEMENT(job_one, OF_JOB "WHERE j.id = ? AND j.kind <> 'draft'");
STATEMENT(job_of_receipt,
	  OF_JOB "WHERE j.receipt_id = ? AND j.kind = 'lead' ORDER BY j.id"
		 " LIMIT 1000");
STATEMENT(job_again,
	  "UPDATE job SET state = 'ready', attempts = 0, run_at = ?,"
	  " reason = '', reason_words = '', ended_at = NULL"
	  " WHERE id = ? AND kind <> 'draft' AND (state IN ('parked', 'dead')"
	  " OR (state = 'ready' AND kind = 'lead' AND run_at > ?))");
#define IN_RANGE                                                               \
	" r.received_at >= ? AND (r.received_at > ? OR r.id >= ?)"             \
	" AND r.received_at <= ? AND (r.received_at < ? OR r.id < ?)"
#define OPENED IN_RANGE " AND r.state <> 'new'"
/* By the time, however much of the table that is: an update that would read all
 * of it is refused. */
#define RECEIPTS "receipt r FORCE INDEX (received_at)"
#define DEAD                                                                   \
	"job j " NOT_DONE " STRAIGHT_JOIN receipt r FORCE INDEX (PRIMARY)"     \
	" ON r.id = j.receipt_id"
#define DEAD_IN_RANGE IN_RANGE " AND j.state = 'dead' AND j.kind = 'lead'"
STATEMENT(range_next,
	  "SELECT r.received_at, r.id FROM " RECEIPTS " WHERE" OPENED
	  " ORDER BY r.received_at, r.id LIMIT 1 OFFSET 5000");
STATEMENT(range_count, "SELECT COUNT(*) AS n FROM " RECEIPTS " WHERE" OPENED);
STATEMENT(range_dead_count,
	  "SELECT COUNT(*) AS n FROM " DEAD " WHERE" DEAD_IN_RANGE);
STATEMENT(range_dead, "UPDATE " DEAD " SET j.state = 'ready', j.attempts = 0,"
		      " j.run_at = ?, j.reason = '', j.reason_words = '',"
		      " j.ended_at = NULL WHERE" DEAD_IN_RANGE);
STATEMENT(range_open, "UPDATE " RECEIPTS " SET r.state = 'new' WHERE" OPENED);
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
	COL(struct delivery, n_running),
	COL(struct delivery, n_parked),
	COL(struct delivery, n_dead),
	COL(struct delivery, lead),
	COL(struct delivery, job_id),
	COL(struct delivery, page_name),
	COL(struct delivery, reason),
	COL(struct delivery, next_try),
	{ 0 },
};

static const struct db_col job_cols[] = {
	COL(struct delivery_job, id),
	COL(struct delivery_job, kind),
	COL(struct delivery_job, subject),
	COL(struct delivery_job, state),
	COL(struct delivery_job, attempts),
	COL(struct delivery_job, reason),
	COL(struct delivery_job, words),
	COL(struct delivery_job, page_meta_id),
	COL(struct delivery_job, page_name),
	COL(struct delivery_job, received_at),
	COL(struct delivery_job, created_at),
	COL(struct delivery_job, run_at),
	COL(struct delivery_job, ended_at),
	COL(struct delivery_job, was_told),
	COL(struct delivery_job, receipt_id),
	COL(struct delivery_job, lead_id),
	COL(struct delivery_job, letter),
	COL(struct delivery_job, letter_to),
	COL(struct delivery_job, may_be_sent),
	{ 0 },
};

/* The parameters of BEHIND. */
struct behind {
	struct when from, last;
	int64_t before;
};

static struct behind
behind(const struct delivery_filter *f)
{
	static const struct civil end = { .year = 9999,
					  .month = 12,
					  .day = 31 };
	struct behind b = { .from = f->from,
			    .last = when_of(end),
			    .before = INT64_MAX };

	if (!b.from.ms)
		b.from.ms = 1; /* no time is NULL there */
	if (f->until.ms)
		b.last = when_add(f->until, -1);
	if (f->at.ms) {
		b.last = f->at;
		b.before = f->before;
	}
	return b;
}

bool
delivery_is_of_jobs(const struct delivery_filter *f)
{
	return f->state[0] || f->lead[0] || f->page[0];
}

enum rc
delivery_list(struct task *t, const struct delivery_filter *f,
	      struct delivery **out, size_t *n)
{
	struct db_list list = { .cols = delivery_cols,
				.size = sizeof(struct delivery),
				.max = DELIVERY_PAGE };
	struct behind b = behind(f);
	enum rc rc = db_rows(
		t, &delivery_all,
		INS(IN(b.from), IN(b.last), IN(b.last), IN(b.before)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

static enum rc
jobs(struct task *t, struct db_stmt *q, struct db_ins in, size_t max,
     struct delivery_job **out, size_t *n)
{
	struct db_list list = { .cols = job_cols,
				.size = sizeof(struct delivery_job),
				.max = max };
	enum rc rc = db_rows(t, q, in, &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
delivery_job_list(struct task *t, const struct delivery_filter *f,
		  struct delivery_job **out, size_t *n)
{
	struct behind b = behind(f);
	bool waiting = text_is(text_of(f->state), "waiting");

	if (f->lead[0])
		return jobs(t, &job_of_lead, INS(IN(f->lead)), 1, out, n);
	if (text_is(text_of(f->state), "other"))
		return jobs(
			t, &job_other,
			INS(IN(b.from), IN(b.last), IN(b.last), IN(b.before)),
			DELIVERY_PAGE, out, n);
	if (f->state[0])
		return jobs(t, &job_of_state,
			    INS(IN(waiting ? "ready" : f->state),
				IN(waiting ? "running" : f->state), IN(f->page),
				IN(b.from), IN(b.last), IN(b.last),
				IN(b.before)),
			    DELIVERY_PAGE, out, n);
	return jobs(t, &job_of_page,
		    INS(IN(f->page), IN(b.from), IN(b.last), IN(b.last),
			IN(b.before)),
		    DELIVERY_PAGE, out, n);
}

enum rc
delivery_jobs(struct task *t, int64_t id, struct delivery_job **out, size_t *n)
{
	return jobs(t, &job_of_receipt, INS(IN(id)), JOBS_MAX, out, n);
}

enum rc
delivery_job_get(struct task *t, int64_t job_id, struct delivery_job *out)
{
	struct delivery_job *found = NULL;
	size_t n = 0;
	enum rc rc = jobs(t, &job_one, INS(IN(job_id)), 1, &found, &n);

	if (!rc && n == 0)
		return fail(t, E_NOTFOUND, "no job %lld", (long long)job_id);
	if (!rc)
		*out = *found;
	return rc;
}

enum rc
delivery_others(struct task *t, int64_t *n)
{
	return db_one(t, &job_other_count, INS(), OUTS(OUT("n", n)));
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
delivery_retry(struct task *t, int64_t job_id)
{
	struct delivery_job j;
	int64_t changed = 0;
	enum rc rc = db_exec(t, &job_again,
			     INS(IN(t->now), IN(job_id), IN(t->now)), &changed);

	if (rc || changed > 0)
		return rc;
	rc = delivery_job_get(t, job_id, &j);
	return rc ? rc
		  : fail(t, E_CONFLICT, "job %lld waits for nobody",
			 (long long)job_id);
}

#define RANGE(from, until)                                                     \
	IN((from).at), IN((from).at), IN((from).id), IN((until).at),           \
		IN((until).at), IN((until).id)

/* Where the first slice ends: the whole range, if that is none too many. */
static enum rc
find_slice(struct task *t, struct delivery_range *r, struct delivery_place *end)
{
	enum rc rc = db_one(
		t, &range_next, INS(RANGE(r->from, r->until)),
		OUTS(OUT("received_at", &r->next.at), OUT("id", &r->next.id)));

	r->more = rc == OK;
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		rc = OK;
	}
	*end = r->more ? r->next : r->until;
	return rc;
}

enum rc
delivery_count(struct task *t, struct delivery_range *r)
{
	struct delivery_place end;
	enum rc rc = find_slice(t, r, &end);

	if (!rc)
		rc = db_one(t, &range_count, INS(RANGE(r->from, end)),
			    OUTS(OUT("n", &r->n)));
	return rc ? rc
		  : db_one(t, &range_dead_count, INS(RANGE(r->from, end)),
			   OUTS(OUT("n", &r->n_again)));
}

static enum rc
replay(struct task *t, void *arg)
{
	struct delivery_range *r = arg;
	struct delivery_place end;
	enum rc rc = find_slice(t, r, &end);

	/* In the order of a worker that opens one. */
	if (!rc)
		rc = db_exec(t, &range_open, INS(RANGE(r->from, end)), &r->n);
	if (!rc)
		rc = db_exec(t, &range_dead,
			     INS(IN(t->now), RANGE(r->from, end)), NULL);
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
