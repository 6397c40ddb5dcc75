/* db_tx: transactions, tried again when another one was in the way. */
#include "base/crypt.h"
#include "base/log.h"
#include "base/step.h"
#include "db/db_private.h"

enum { PAUSE_MS = 20 };

enum rc
db_begin(struct task *t)
{
	struct text sql = TEXT("START TRANSACTION");
	enum rc rc = db_query(t, "begin", sql);

	/* Nothing has happened yet: a dead connection costs only itself. */
	if (rc && t->db->lost) {
		task_forgive(t);
		rc = db_query(t, "begin", sql);
	}
	if (!rc)
		t->db->in_tx = true;
	return rc;
}

enum rc
db_commit(struct task *t, bool *again)
{
	struct db *db = t->db;
	enum rc rc = db_query(t, "commit", TEXT("COMMIT"));

	*again = rc && (db->code == 0 || db_code_passing(db->code));
	if (rc)
		db_rollback(db);
	else
		db->in_tx = false;
	return rc;
}

void
db_task_end(struct db *db)
{
	if (!db->in_tx)
		return;
	log_error("BUG: a transaction was left open");
	db_rollback(db);
}

void
db_pause(int tries)
{
	long ms = (long)tries * PAUSE_MS / 2 +
		  (long)crypt_below((uint32_t)(tries * PAUSE_MS));
	struct timespec wait = { .tv_nsec = ms * 1000000 };

	nanosleep(&wait, NULL);
}

/* *again: it may well work the next time. */
static enum rc
try_once(struct task *t, const char *name,
	 enum rc (*fn)(struct task *t, void *arg), void *arg, bool *again)
{
	enum rc rc = db_begin(t);

	*again = false;
	if (rc)
		return rc;
	rc = fn(t, arg);
	if (!rc) {
		STEP("before commit", name);
		rc = db_commit(t, again);
		STEP("after commit", name);
		return rc;
	}
	db_rollback(t->db);
	*again = rc == E_BUSY;
	return rc;
}

enum rc
db_tx(struct task *t, const char *name,
      enum rc (*fn)(struct task *t, void *arg), void *arg)
{
	bool again = false;
	enum rc rc;

	if (t->db->in_tx)
		return fn(t, arg);
	rc = try_once(t, name, fn, arg, &again);
	for (int try = 1; rc && again && try < DB_TRIES; try++) {
		log_info("%s: again after: %s", name, t->why);
		task_forgive(t);
		db_pause(try);
		rc = try_once(t, name, fn, arg, &again);
	}
	return rc;
}
