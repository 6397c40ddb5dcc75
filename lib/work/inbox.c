/* inbox: receipts. */
#include "work/inbox.h"

#include "base/conf.h"
#include "base/log.h"
#include "crm/page.h"
#include "crm/setting.h"
#include "db/db.h"
#include "work/queue.h"
#include "work/sync.h"

enum { OPEN_MAX = 20, PURGE_BITE = 500, PURGE_BITES = 20, STREAK_DAYS = 7 };

STATEMENT(receipt_insert,
	  "INSERT INTO receipt (received_at, verdict, body) VALUES (?, ?, ?)");
STATEMENT(refused_count,
	  "INSERT INTO refused_delivery (day, reason, n, last_at)"
	  " VALUES (DATE(?), ?, 1, ?)"
	  " ON DUPLICATE KEY UPDATE n = n + 1, last_at = VALUES(last_at)");
/* A delivery that held is its receipt, and costs nothing more; what came before
 * the secret was entered says nothing of it.  Receipts are purged: what is older
 * than some days is over in any case. */
#define HELD "COALESCE((SELECT MAX(received_at) FROM receipt), ?)"
#define ENTERED                                                                \
	"COALESCE((SELECT set_at FROM setting"                                 \
	" WHERE name = '" SETTING_APP_SECRET "'), ?)"
#define OVER "last_at <= GREATEST(" HELD ", " ENTERED ", ?)"
STATEMENT(streak_grows,
	  "INSERT INTO refused_streak (id, n, since, last_at)"
	  " VALUES (1, 1, ?, ?) ON DUPLICATE KEY UPDATE"
	  " since = IF(" OVER ", VALUES(since), since),"
	  " n = IF(" OVER ", 1, n + 1), last_at = VALUES(last_at)");
STATEMENT(streak_now,
	  "SELECT n, since FROM refused_streak WHERE id = 1 AND NOT " OVER);
STATEMENT(receipt_next,
	  "SELECT id, received_at, body FROM receipt WHERE state = 'new'"
	  " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED");
STATEMENT(receipt_opened,
	  "UPDATE receipt SET state = ?, opened_at = ?, n_leads = ?,"
	  " n_tests = ?, n_other = ? WHERE id = ?");
STATEMENT(receipt_purge,
	  "DELETE FROM receipt WHERE received_at < ? AND state <> 'new'"
	  " LIMIT 500");

enum rc
inbox_store(struct task *t, struct text body, enum webhook_verdict verdict,
	    int64_t *id)
{
	return db_insert(t, &receipt_insert,
			 INS(IN(t->now),
			     IN(verdict == SIGNATURE_GOOD ? "good" : "escaped"),
			     IN(body)),
			 id);
}

static struct when
streak_days(const struct task *t)
{
	return when_add(t->now, -STREAK_DAYS * DAY_MS);
}

enum rc
inbox_refuse(struct task *t, enum webhook_verdict verdict)
{
	bool missing = verdict == SIGNATURE_MISSING;
	struct when days = streak_days(t);
	enum rc rc = db_exec(
		t, &refused_count,
		INS(IN(t->now), IN(missing ? "missing" : "wrong"), IN(t->now)),
		NULL);

	if (rc || missing)
		return rc;
	return db_exec(t, &streak_grows,
		       INS(IN(t->now), IN(t->now), IN(days), IN(days), IN(days),
			   IN(days), IN(days), IN(days)),
		       NULL);
}

enum rc
inbox_streak(struct task *t, struct inbox_streak *out)
{
	struct inbox_streak s = { 0 };
	struct when days = streak_days(t);
	enum rc rc = db_one(t, &streak_now, INS(IN(days), IN(days), IN(days)),
			    OUTS(OUT("n", &s.n), OUT("since", &s.since)));

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		s = (struct inbox_streak){ 0 };
		rc = OK;
	}
	if (!rc)
		*out = s;
	return rc;
}

struct receipt {
	int64_t id;
	struct when received_at;
	struct text body;
};

struct counts {
	const char *state;
	int64_t leads, tests, other;
};

static enum rc
add_jobs(struct task *t, const struct receipt *r,
	 const struct webhook_update *updates, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct webhook_update *u = &updates[i];
		struct queue_lead lead = {
			.leadgen_id = u->lead_id,
			.page_meta_id = u->page_id,
			.form_meta_id = u->form_id,
			.receipt_id = r->id,
			.received_at = r->received_at,
			.submitted_at = u->created,
		};
		enum rc rc;

		if (u->kind != UPDATE_LEAD)
			continue;
		rc = queue_add_lead(t, &lead);
		if (rc)
			return rc;
	}
	return OK;
}

/* Somewhere on this page a lead came in that nobody names: its forms are
 * read.  What stands in the way of that does not hold up what
 * else the delivery says. */
static enum rc
follow(struct task *t, const char *page_meta_id)
{
	struct page page = { 0 };
	enum rc rc = page_by_meta(t, page_meta_id, &page);

	if (!rc)
		rc = sync_page(t, &page);
	if (!rc || rc == E_BUSY)
		return rc;
	if (rc != E_NOTFOUND)
		log_warn("page %s: %s", page_meta_id, t->why);
	task_forgive(t);
	return OK;
}

static enum rc
follow_hints(struct task *t, const struct webhook_update *updates, size_t n)
{
	const char *last = "";
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < n; i++) {
		const struct webhook_update *u = &updates[i];

		if (u->kind != UPDATE_HINT || strcmp(u->page_id, last) == 0)
			continue;
		last = u->page_id;
		rc = follow(t, last);
	}
	return rc;
}

/* A body that is no JSON object was signed by Meta all the same: it is kept
 * as it is, marked, and holds up nobody. */
static enum rc
open_one(struct task *t, const struct receipt *r, struct counts *c)
{
	struct webhook_update *updates = NULL;
	size_t n = 0;
	enum rc rc = webhook_parse(t, r->body, &updates, &n);

	*c = (struct counts){ .state = "opened" };
	if (rc == E_INPUT) {
		log_warn("receipt %lld: %s", (long long)r->id, t->why);
		task_forgive(t);
		c->state = "refused";
		return OK;
	}
	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++) {
		c->leads += updates[i].kind == UPDATE_LEAD;
		c->tests += updates[i].kind == UPDATE_TEST;
		c->other += updates[i].kind == UPDATE_OTHER ||
			    updates[i].kind == UPDATE_HINT;
	}
	rc = add_jobs(t, r, updates, n);
	return rc ? rc : follow_hints(t, updates, n);
}

/* One receipt in one transaction; *arg becomes whether there was one. */
static enum rc
open_next(struct task *t, void *arg)
{
	bool *found = arg;
	struct receipt r = { 0 };
	struct counts c;
	enum rc rc = db_one(t, &receipt_next, INS(),
			    OUTS(OUT("id", &r.id),
				 OUT("received_at", &r.received_at),
				 OUT("body", &r.body)));

	*found = rc == OK;
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return OK;
	}
	if (!rc)
		rc = open_one(t, &r, &c);
	if (rc)
		return rc;
	return db_exec(t, &receipt_opened,
		       INS(IN(c.state), IN(t->now), IN(c.leads), IN(c.tests),
			   IN(c.other), IN(r.id)),
		       NULL);
}

/* One receipt on memory of its own, which ends with it. */
static enum rc
open_on(struct task *t, struct arena *mem, bool *found)
{
	struct task one = *t;
	enum rc rc;

	one.mem = mem;
	rc = db_tx(&one, "inbox_open", open_next, found);
	if (rc)
		rc = fail(t, rc, "%s", one.why);
	arena_reset(mem);
	return rc;
}

enum rc
inbox_open(struct task *t, struct arena *mem, int64_t *opened)
{
	bool found = true;
	enum rc rc = OK;

	*opened = 0;
	while (!rc && found && *opened < OPEN_MAX) {
		rc = open_on(t, mem, &found);
		*opened += !rc && found;
	}
	return rc;
}

enum rc
inbox_purge(struct task *t)
{
	int64_t days = t->conf->limits.receipt_days;

	struct when oldest = when_add(t->now, -days * DAY_MS);
	int64_t gone = PURGE_BITE;
	enum rc rc = OK;

	for (int i = 0; !rc && gone == PURGE_BITE && i < PURGE_BITES; i++)
		rc = db_exec(t, &receipt_purge, INS(IN(oldest)), &gone);
	return rc;
}
