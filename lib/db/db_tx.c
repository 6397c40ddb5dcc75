/* db_tx: transactions that are tried again, schema scripts, and the check of
 * all statements. */
#include "base/crypt.h"
#include "base/log.h"
#include "db/db_private.h"

enum { TRIES = 5, PAUSE_MS = 20 };

/* Workers that hit each other must not come back in step. */
static void
pause_before(int try)
{
	long ms = (long)try * PAUSE_MS / 2 +
		  (long)crypt_below((uint32_t)(try * PAUSE_MS));
	struct timespec wait = { .tv_nsec = ms * 1000000 };

	nanosleep(&wait, NULL);
}

/* *again: it may well work the next time. */
static enum rc
try_once(struct task *t, enum rc (*fn)(struct task *t, void *arg), void *arg,
	 bool *again)
{
	enum rc rc = db_begin(t);

	*again = false;
	if (rc)
		return rc;
	rc = fn(t, arg);
	if (!rc)
		return db_commit(t, again);
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

	if (db_in_tx(t->db))
		return fn(t, arg);
	rc = try_once(t, fn, arg, &again);
	for (int try = 1; rc && again && try < TRIES; try++) {
		log_info("%s: again after: %s", name, t->why);
		task_forgive(t);
		pause_before(try);
		rc = try_once(t, fn, arg, &again);
	}
	return rc;
}

bool
db_script_next(struct text *script, struct text *statement)
{
	struct text line, found = { 0 };

	while (script->len > 0) {
		const char *start = script->p;

		text_take_part(script, '\n', &line);
		line = text_trim(line);
		if (!found.p && (line.len == 0 || text_starts(line, "--")))
			continue;
		if (!found.p)
			found.p = start;
		found.len = (size_t)(line.p + line.len - found.p);
		if (text_ends(line, ";")) {
			found.len--;
			break;
		}
	}
	*statement = found;
	return found.p != NULL;
}

enum rc
db_script(struct task *t, struct text script)
{
	struct text statement;
	enum rc rc = OK;

	while (!rc && db_script_next(&script, &statement))
		rc = db_query(t, statement);
	return rc;
}

/* The linker gathers every STATEMENT here; weak, since a program may have
 * none. */
extern struct db_stmt *const __start_db_stmt_list[] __attribute__((weak));
extern struct db_stmt *const __stop_db_stmt_list[] __attribute__((weak));

enum rc
db_check_all(struct task *t, size_t *n,
	     void (*bad)(const char *name, const char *why))
{
	struct db_stmt *const *at = __start_db_stmt_list;
	enum rc rc = db_ping(t);

	for (; !rc && at < __stop_db_stmt_list; at++) {
		enum rc one = db_prepare(t, *at);

		if (one == E_BUSY)
			return one;
		if (one) {
			bad((*at)->name, t->why);
			task_forgive(t);
		}
	}
	if (!rc && n)
		*n = (size_t)(__stop_db_stmt_list - __start_db_stmt_list);
	return rc;
}
