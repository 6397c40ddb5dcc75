/* db_stmt: the verbs on prepared statements, and the check of all of them. */
#include "base/log.h"
#include "base/step.h"
#include "db/db_private.h"

/* ---- what goes in -------------------------------------------------- */

struct db_in
db_in_int(int64_t v)
{
	return (struct db_in){ .kind = DB_INT, .n = v };
}

struct db_in
db_in_bool(bool v)
{
	return (struct db_in){ .kind = DB_BOOL, .n = v };
}

struct db_in
db_in_str(const char *v)
{
	return (struct db_in){ .kind = DB_STR, .s = { v, v ? strlen(v) : 0 } };
}

struct db_in
db_in_text(struct text v)
{
	return (struct db_in){ .kind = DB_TEXT, .s = v };
}

struct db_in
db_in_when(struct when v)
{
	return (struct db_in){ .kind = DB_WHEN, .n = v.ms };
}

/* ---- sending --------------------------------------------------------- */

/* Is there nothing to lose by sending it twice? */
static bool
only_reads(const struct db_stmt *q)
{
	return text_starts(text_of(q->sql), "SELECT ");
}

/*
 * Is it worth sending again?  Once when the preparation was out of date, or
 * when nothing can have come of it: a read on a connection that had died, or
 * a node that refused.  Several times when another one was in the way and it
 * stood alone; in a transaction that is db_tx's.  Not when it has waited for
 * long: a silent server or a lock that does not end would be waited for
 * several times.
 */
static bool
may_work(const struct db *db, const struct db_stmt *q, int tries, int64_t ms)
{
	bool passing = db_code_passing(db->code);

	if (db_code_stale(db->code))
		return tries == 1;
	if (db->in_tx || ms > SECOND_MS)
		return false;
	return db->lost ? tries == 1 && (only_reads(q) || passing) : passing;
}

static enum rc
send(struct task *t, struct db_stmt *q, struct db_ins in)
{
	bool had = t->failed != OK;
	int64_t began = clock_steady();
	enum rc rc = db_send(t, q, in);

	for (int n = 1; rc && n < DB_TRIES; n++) {
		if (!may_work(t->db, q, n, clock_steady() - began))
			break;
		log_info("%s: again after: %s", q->name, t->why);
		if (!had)
			task_forgive(t);
		if (db_code_stale(t->db->code))
			db_forget(q);
		else if (!t->db->lost)
			db_pause(n);
		rc = db_send(t, q, in);
	}
	return rc;
}

static enum rc
run(struct task *t, struct db_stmt *q, struct db_ins in)
{
	enum rc rc;

	if (!only_reads(q))
		STEP("before", q->name);
	rc = send(t, q, in);
	if (!rc && !t->db->in_tx && !only_reads(q))
		STEP("after", q->name);
	return rc;
}

enum rc
db_exec(struct task *t, struct db_stmt *q, struct db_ins in, int64_t *changed)
{
	enum rc rc = run(t, q, in);

	if (!rc && changed)
		*changed = db_affected(q);
	return rc;
}

enum rc
db_insert(struct task *t, struct db_stmt *q, struct db_ins in, int64_t *id)
{
	enum rc rc = run(t, q, in);

	if (!rc && id)
		*id = db_new_id(q);
	return rc;
}

/* ---- results ----------------------------------------------------------- */

struct result {
	struct db_stmt *q;
	const struct db_col *cols;
	size_t n_cols;
	unsigned at[DB_PLACES_MAX]; /* place of each col in the result */
};

static enum rc
open_result(struct task *t, struct result *r, size_t *n)
{
	if (r->n_cols > DB_PLACES_MAX)
		return fail(t, E_INTERNAL, "%s: over %d columns", r->q->name,
			    DB_PLACES_MAX);
	for (size_t i = 0; i < r->n_cols; i++) {
		if (!db_find_column(r->q, r->cols[i].name, &r->at[i]))
			return fail(t, E_INTERNAL, "%s: no column %s",
				    r->q->name, r->cols[i].name);
		db_expect(r->q, r->at[i], r->cols[i].kind);
	}
	return db_store(t, r->q, n);
}

static void
put(enum db_kind kind, const struct db_in *v, void *to)
{
	switch (kind) {
	case DB_INT:
		*(int64_t *)to = v->n;
		break;
	case DB_BOOL:
		*(bool *)to = v->n != 0;
		break;
	case DB_WHEN:
		*(struct when *)to = (struct when){ v->n };
		break;
	case DB_STR:
		*(const char **)to = v->s.p;
		break;
	case DB_TEXT:
		*(struct text *)to = v->s;
		break;
	}
}

/* `row` NULL: into the variables of OUT. */
static enum rc
store_row(struct task *t, struct result *r, char *row)
{
	enum rc rc = db_next(t, r->q);

	for (size_t i = 0; !rc && i < r->n_cols; i++) {
		const struct db_col *c = &r->cols[i];
		struct db_in v;

		rc = db_value(t, r->q, r->at[i], &v);
		if (!rc)
			put(c->kind, &v, row ? row + c->offset : c->to);
	}
	return rc;
}

enum rc
db_one(struct task *t, struct db_stmt *q, struct db_ins in, struct db_outs out)
{
	struct result r = { .q = q, .cols = out.at, .n_cols = out.n };
	size_t n = 0;
	enum rc rc = run(t, q, in);

	if (rc)
		return rc;
	rc = open_result(t, &r, &n);
	if (!rc && n == 0)
		rc = fail(t, E_NOTFOUND, "%s: no row", q->name);
	if (!rc)
		rc = store_row(t, &r, NULL);
	db_done(q);
	return rc;
}

static enum rc
store_rows(struct task *t, struct result *r, size_t n, struct db_list *list)
{
	char *rows;
	enum rc rc = OK;

	if (n > list->max)
		return fail(t, E_INTERNAL, "%s: over %zu rows", r->q->name,
			    list->max);
	rows = arena_array(t->mem, n, list->size);
	for (size_t i = 0; !rc && i < n; i++)
		rc = store_row(t, r, rows + i * list->size);
	if (!rc) {
		list->rows = rows;
		list->n = n;
	}
	return rc;
}

enum rc
db_rows(struct task *t, struct db_stmt *q, struct db_ins in,
	struct db_list *list)
{
	struct result r = { .q = q, .cols = list->cols };
	size_t n = 0;
	enum rc rc = run(t, q, in);

	if (rc)
		return rc;
	while (list->cols[r.n_cols].name)
		r.n_cols++;
	rc = open_result(t, &r, &n);
	if (!rc)
		rc = store_rows(t, &r, n, list);
	db_done(q);
	return rc;
}

/* ---- all statements ------------------------------------------------------ */

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
