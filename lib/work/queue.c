/* queue: jobs, and claims of them. */
#include "work/queue.h"

#include "base/conf.h"
#include "base/text.h"
#include "db/db.h"

/* A job whose worker ended twice is claimed alone, since it may be what ends
 * them, and given up when it has been lost so often. */
enum { LOST_TOGETHER = 2, LOST_MOST = 20 };

STATEMENT(job_add,
	  "INSERT IGNORE INTO job (kind, subject, page_meta_id, form_meta_id,"
	  " way, receipt_id, received_at, submitted_at, run_at, created_at)"
	  " VALUES ('lead', ?, ?, ?, ?, NULLIF(?, 0), ?, ?, ?, ?)");
STATEMENT(job_add_other,
	  "INSERT INTO job (kind, subject, received_at, run_at, created_at)"
	  " VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE"
	  " run_at = IF(state IN ('done', 'dead', 'parked'), VALUES(run_at),"
	  " run_at), attempts = IF(state IN ('done', 'dead', 'parked'), 0,"
	  " attempts),"
	  " received_at = IF(state IN ('done', 'dead', 'parked'),"
	  " VALUES(received_at), received_at),"
	  " created_at = IF(state IN ('done', 'dead', 'parked'),"
	  " VALUES(created_at), created_at),"
	  " state = IF(state IN ('done', 'dead', 'parked'), 'ready', state)");
STATEMENT(job_close,
	  "INSERT INTO job (kind, subject, state, reason, reason_words,"
	  " received_at, run_at, created_at, ended_at) VALUES ('lead', ?,"
	  " 'done', 'test_removed', 'The test lead was removed', ?, ?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE"
	  " reason = IF(state IN ('running', 'done'), reason, VALUES(reason)),"
	  " reason_words = IF(state IN ('running', 'done'), reason_words,"
	  " VALUES(reason_words)),"
	  " ended_at = IF(state IN ('running', 'done'), ended_at,"
	  " VALUES(ended_at)), state = IF(state = 'running', state, 'done')");
STATEMENT(job_hasten, "UPDATE job SET run_at = ? WHERE kind = ? AND subject = ?"
		      " AND state = 'ready' AND run_at > ?");
/* Leads apart from the rest: nothing else may hold them up. */
#define LEADS " AND kind = 'lead'"
#define OTHERS " AND kind <> 'lead'"
#define CLAIM_READY                                                            \
	"UPDATE job SET state = 'running', lease_owner = ?,"                   \
	" lease_until = ?, attempts = attempts + 1"                            \
	" WHERE state = 'ready' AND run_at <= ?"
#define CLAIM_LOST                                                             \
	"UPDATE job SET lease_owner = ?, lease_until = ?,"                     \
	" attempts = attempts + 1"                                             \
	" WHERE state = 'running' AND lease_until < ?"
STATEMENT(job_claim_ready, CLAIM_READY LEADS " ORDER BY run_at LIMIT 50");
STATEMENT(job_claim_other, CLAIM_READY OTHERS " ORDER BY run_at LIMIT 1");
STATEMENT(job_claim_one, CLAIM_READY " AND kind = ? AND subject = ?");
STATEMENT(job_any_lost, "SELECT EXISTS (SELECT 1 FROM job"
			" WHERE state = 'running' AND lease_until < ?)"
			" AS lost");
STATEMENT(job_claim_lost, CLAIM_LOST LEADS " AND attempts < ? LIMIT 50");
STATEMENT(job_claim_alone,
	  CLAIM_LOST LEADS " ORDER BY lease_until, id LIMIT 1");
STATEMENT(job_claim_other_lost,
	  CLAIM_LOST OTHERS " ORDER BY lease_until, id LIMIT 1");
STATEMENT(job_end_lost,
	  "UPDATE job SET state = 'dead', reason = 'worker_ends',"
	  " reason_words = 'Each worker that took it ended', ended_at = ?,"
	  " lease_owner = NULL, lease_until = NULL"
	  " WHERE state = 'running' AND lease_until < ? AND attempts >= ?"
	  " LIMIT 50");
STATEMENT(job_lead_came,
	  "UPDATE job SET state = 'done', reason = '', reason_words = '',"
	  " ended_at = ? WHERE kind = 'lead' AND subject = ?"
	  " AND state IN ('ready', 'parked', 'dead')");
/* A claim on it ends in vain, since what its worker saw is not here any more. */
STATEMENT(job_lead_gone,
	  "UPDATE job SET state = 'ready', attempts = 0, run_at = ?,"
	  " reason = '', reason_words = '', ended_at = NULL,"
	  " lease_owner = NULL, lease_until = NULL,"
	  " submitted_at = COALESCE(submitted_at, ?)"
	  " WHERE kind = 'lead' AND subject = ? AND (state = 'running'"
	  " OR (state = 'done' AND reason = ''))");
/* One that a sync would bring, from an hour before its page was connected on
 * (sync_since), or that an import of history has met. */
STATEMENT(job_lead_unannounced,
	  "INSERT IGNORE INTO job (kind, subject, page_meta_id, form_meta_id,"
	  " way, received_at, submitted_at, run_at, created_at)"
	  " SELECT 'lead', ?, page, form, IF(is_new, 'webhook',"
	  " IF(shared, 'shared', 'history')), ?, ?, ?, ? FROM"
	  " (SELECT p.meta_id AS page, f.meta_id AS form,"
	  " ? >= p.connected_at - INTERVAL 1 HOUR AS is_new,"
	  " (SELECT MAX(r.is_shared_out) FROM sync_step s"
	  " JOIN sync_run r ON r.id = s.run_id AND r.way = 'history'"
	  " WHERE r.integration_id = p.integration_id"
	  " AND s.form_meta_id = f.meta_id AND s.state = 'done'"
	  " AND ? >= COALESCE(r.since, r.started_at - INTERVAL 90 DAY))"
	  " AS shared FROM lead_form f JOIN page p ON p.id = f.page_id"
	  " WHERE f.meta_id = ? AND NOT f.is_left_out) AS x"
	  " WHERE is_new OR shared IS NOT NULL");
STATEMENT(job_renew, "UPDATE job SET lease_until = ?"
		     " WHERE lease_owner = ? AND state = 'running'");
STATEMENT(
	job_claimed,
	"SELECT id, kind, subject, COALESCE(page_meta_id, '') AS page_meta_id,"
	" COALESCE(form_meta_id, '') AS form_meta_id, way, attempts,"
	" received_at, submitted_at, lease_owner AS mark"
	" FROM job WHERE lease_owner = ? AND state = 'running'"
	" ORDER BY id LIMIT 50");
STATEMENT(job_hand_back,
	  "UPDATE job SET state = 'ready', attempts = attempts - 1,"
	  " lease_owner = NULL, lease_until = NULL"
	  " WHERE lease_owner = ? AND state = 'running'");
STATEMENT(job_release_page,
	  "UPDATE job SET state = 'ready', run_at = ?, attempts = 0"
	  " WHERE state = 'parked' AND page_meta_id = ? LIMIT 100000");
STATEMENT(job_release_form,
	  "UPDATE job SET run_at = ? WHERE form_meta_id = ?"
	  " AND state = 'ready' AND reason = '" QUEUE_FORM_UNKNOWN "'"
	  " LIMIT 100000");
STATEMENT(job_counts, "SELECT COALESCE(SUM(state = 'ready'), 0) AS ready,"
		      " COALESCE(SUM(state = 'running'), 0) AS running,"
		      " COALESCE(SUM(state = 'parked'), 0) AS parked,"
		      " COALESCE(SUM(state = 'dead'), 0) AS dead,"
		      " MIN(IF(state = 'ready', run_at, NULL)) AS oldest_ready,"
		      " (SELECT COUNT(*) FROM receipt WHERE state = 'new')"
		      " AS receipts_new FROM job"
		      " WHERE state <> 'done' AND kind = 'lead'");

enum rc
queue_add_lead(struct task *t, const struct queue_lead *l)
{
	return db_exec(t, &job_add,
		       INS(IN(l->leadgen_id), IN(l->page_meta_id),
			   IN(l->form_meta_id),
			   IN(l->way ? l->way : JOB_WAY_WEBHOOK),
			   IN(l->receipt_id), IN(l->received_at),
			   IN(l->submitted_at), IN(t->now), IN(t->now)),
		       NULL);
}

enum rc
queue_close_lead(struct task *t, const char *leadgen_id)
{
	return db_exec(t, &job_close,
		       INS(IN(leadgen_id), IN(t->now), IN(t->now), IN(t->now),
			   IN(t->now)),
		       NULL);
}

enum rc
queue_lead_came(struct task *t, const char *leadgen_id)
{
	return db_exec(t, &job_lead_came, INS(IN(t->now), IN(leadgen_id)),
		       NULL);
}

enum rc
queue_lead_gone(struct task *t, const struct queue_lead *l)
{
	enum rc rc = db_exec(
		t, &job_lead_gone,
		INS(IN(t->now), IN(l->submitted_at), IN(l->leadgen_id)), NULL);

	if (rc || !l->submitted_at.ms)
		return rc;
	return db_exec(t, &job_lead_unannounced,
		       INS(IN(l->leadgen_id), IN(t->now), IN(l->submitted_at),
			   IN(t->now), IN(t->now), IN(l->submitted_at),
			   IN(l->submitted_at), IN(l->form_meta_id)),
		       NULL);
}

static const struct db_col job_cols[] = {
	COL(struct job, id),
	COL(struct job, kind),
	COL(struct job, subject),
	COL(struct job, page_meta_id),
	COL(struct job, form_meta_id),
	COL(struct job, way),
	COL(struct job, attempts),
	COL(struct job, received_at),
	COL(struct job, submitted_at),
	COL(struct job, mark),
	{ 0 },
};

static struct when
lease_end(const struct task *t)
{
	return when_add(t->now, t->conf->limits.lease_seconds * SECOND_MS);
}

enum rc
queue_add(struct task *t, const char *kind, int64_t subject)
{
	const char *id = arena_fmt(t->mem, "%lld", (long long)subject);

	return db_exec(
		t, &job_add_other,
		INS(IN(kind), IN(id), IN(t->now), IN(t->now), IN(t->now)),
		NULL);
}

enum rc
queue_hasten(struct task *t, const char *kind, int64_t subject)
{
	const char *id = arena_fmt(t->mem, "%lld", (long long)subject);

	return db_exec(t, &job_hasten,
		       INS(IN(t->now), IN(kind), IN(id), IN(t->now)), NULL);
}

int64_t
queue_subject(const struct job *j)
{
	int64_t id = 0;

	return text_int(text_of(j->subject), 1, INT64_MAX, &id) ? id : 0;
}

struct change {
	struct db_stmt *q;
	struct db_ins in;
	int64_t *n;
};

static enum rc
change_once(struct task *t, void *arg)
{
	const struct change *c = arg;

	return db_exec(t, c->q, c->in, c->n);
}

/* Many jobs by one statement, while other workers take theirs in another
 * order: a deadlock is tried again, because a claim that could neither be
 * renewed nor handed back waits until its lease has run out. */
static enum rc
change(struct task *t, struct db_stmt *q, struct db_ins in, int64_t *n)
{
	struct change c = { q, in, n };

	return db_tx(t, q->name, change_once, &c);
}

static enum rc
mark(struct task *t, struct db_stmt *q, const char *name, int64_t *n)
{
	return change(t, q, INS(IN(name), IN(lease_end(t)), IN(t->now)), n);
}

/* Running ones whose worker has let the lease run out. */
static enum rc
mark_lost_leads(struct task *t, const char *name, int64_t *n)
{
	enum rc rc = change(
		t, &job_claim_lost,
		INS(IN(name), IN(lease_end(t)), IN(t->now), IN(LOST_TOGETHER)),
		n);

	if (rc || *n > 0)
		return rc;
	return mark(t, &job_claim_alone, name, n);
}

static enum rc
any_lost(struct task *t, bool *lost)
{
	enum rc rc = db_one(t, &job_any_lost, INS(IN(t->now)),
			    OUTS(OUT("lost", lost)));

	if (rc || !*lost)
		return rc;
	return change(t, &job_end_lost,
		      INS(IN(t->now), IN(t->now), IN(LOST_MOST)), NULL);
}

static enum rc
claimed(struct task *t, const char *name, struct job **out, size_t *n)
{
	struct db_list list = { .cols = job_cols,
				.size = sizeof(struct job),
				.max = CLAIM_MAX };
	enum rc rc = db_rows(t, &job_claimed, INS(IN(name)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
queue_claim(struct task *t, const char *name, struct job **out, size_t *n)
{
	int64_t marked = 0;
	bool lost = false;
	enum rc rc = any_lost(t, &lost);

	*n = 0;
	if (!rc && lost)
		rc = mark_lost_leads(t, name, &marked);
	if (!rc && marked == 0)
		rc = mark(t, &job_claim_ready, name, &marked);
	return rc || marked == 0 ? rc : claimed(t, name, out, n);
}

enum rc
queue_claim_other(struct task *t, const char *name, struct job **out, size_t *n)
{
	int64_t marked = 0;
	bool lost = false;
	enum rc rc = any_lost(t, &lost);

	*n = 0;
	if (!rc && lost)
		rc = mark(t, &job_claim_other_lost, name, &marked);
	if (!rc && marked == 0)
		rc = mark(t, &job_claim_other, name, &marked);
	return rc || marked == 0 ? rc : claimed(t, name, out, n);
}

enum rc
queue_claim_one(struct task *t, const char *name, const char *kind,
		int64_t subject, struct job **out, size_t *n)
{
	const char *id = arena_fmt(t->mem, "%lld", (long long)subject);
	int64_t marked = 0;
	enum rc rc = change(
		t, &job_claim_one,
		INS(IN(name), IN(lease_end(t)), IN(t->now), IN(kind), IN(id)),
		&marked);

	*n = 0;
	return rc || marked == 0 ? rc : claimed(t, name, out, n);
}

enum rc
queue_release_page(struct task *t, const char *page_meta_id, int64_t *n)
{
	return change(t, &job_release_page, INS(IN(t->now), IN(page_meta_id)),
		      n);
}

enum rc
queue_release_form(struct task *t, const char *form_meta_id, int64_t *n)
{
	return change(t, &job_release_form, INS(IN(t->now), IN(form_meta_id)),
		      n);
}

enum rc
queue_renew(struct task *t, const char *mark, int64_t *n)
{
	return change(t, &job_renew, INS(IN(lease_end(t)), IN(mark)), n);
}

enum rc
queue_hold(struct task *t, const char *mark)
{
	int64_t n = 0;
	enum rc rc;

	t->now = clock_now();
	rc = queue_renew(t, mark, &n);
	if (!rc && n == 0)
		return fail(t, E_CONFLICT, "every lease of the claim is lost");
	return rc;
}

enum rc
queue_hand_back(struct task *t, const char *mark)
{
	return change(t, &job_hand_back, INS(IN(mark)), NULL);
}

enum rc
queue_count(struct task *t, struct queue_counts *out)
{
	struct queue_counts c = { 0 };
	enum rc rc =
		db_one(t, &job_counts, INS(),
		       OUTS(OUT("ready", &c.ready), OUT("running", &c.running),
			    OUT("parked", &c.parked), OUT("dead", &c.dead),
			    OUT("oldest_ready", &c.oldest_ready),
			    OUT("receipts_new", &c.receipts_new)));

	if (!rc)
		*out = c;
	return rc;
}
