/*
 * db: MariaDB through prepared statements that are written, named and typed
 * at compile time.  No SQL text is put together at run time, anywhere.
 *
 * A statement is a static object beside its only caller:
 *
 *	STATEMENT(job_retry,
 *		  "UPDATE job SET state = 'ready', run_at = ? WHERE id = ?");
 *	…
 *	rc = db_exec(t, &job_retry, INS(IN(t->now), IN(id)), &changed);
 *
 * It is prepared on first use, once per connection; its parameters are
 * counted then, and its columns found by name.  IN() and OUT() pick the type
 * by the C type and refuse any other at compile time.  A statement is not
 * re-entrant, and a result is read whole before anything else runs.
 *
 * The connection: utf8mb4, UTC, strict mode, READ COMMITTED, autocommit,
 * safe updates; opened on first use, pinged after 30 s of rest, opened again
 * when it was lost, but never inside a transaction.  Of several hosts it goes
 * to the first that answers, stays there until it is lost, and then goes on to
 * the next.  A node of a cluster that has lost the others counts as away.
 *
 * A statement outside a transaction that met a deadlock is sent again, as a
 * transaction is.
 *
 * Failures: E_CONFLICT a unique key was there already; E_BUSY the server
 * is away, a deadlock, a lock wait; E_NOTFOUND db_one found no row;
 * E_INTERNAL the rest (it is our SQL that is wrong).
 */
#ifndef DB_DB_H
#define DB_DB_H
#include "base/clock.h"
#include "base/conf.h"
#include "base/task.h"
#include "base/text.h"

struct db;
struct db_handle; /* what a statement keeps for the connection */

struct db_stmt {
	const char *name;
	const char *sql;
	struct db_handle *handle;
};

/* Defines a static statement and enters it in the list of db_check_all. */
#define STATEMENT(ident, text)                                                 \
	static struct db_stmt ident = { .name = #ident, .sql = text };         \
	static struct db_stmt *const ident##_entry                             \
		__attribute__((used, section("db_stmt_list"))) = &ident

/* ---- what goes in ------------------------------------------------------ */

enum db_kind { DB_INT = 1, DB_BOOL, DB_STR, DB_TEXT, DB_WHEN };

struct db_in {
	enum db_kind kind;
	int64_t n;     /* DB_INT, DB_BOOL, DB_WHEN (ms) */
	struct text s; /* DB_STR, DB_TEXT; p == NULL is SQL NULL */
};
struct db_ins {
	const struct db_in *at;
	size_t n;
};

struct db_in db_in_int(int64_t v);
struct db_in db_in_bool(bool v);
struct db_in db_in_str(const char *v);
struct db_in db_in_text(struct text v);
struct db_in db_in_when(struct when v);

/* NULL pointer and no time become SQL NULL. */
#define IN(v)                                                                  \
	_Generic((v), int: db_in_int, int64_t: db_in_int,                    \
		 bool: db_in_bool, char *: db_in_str,                        \
		 const char *: db_in_str, struct text: db_in_text,           \
		 struct when: db_in_when)(v)
#define INS(...)                                                               \
	((struct db_ins){                                                      \
		(const struct db_in[]){ { 0 }, __VA_ARGS__ } + 1,              \
		COUNT(((const struct db_in[]){ { 0 }, __VA_ARGS__ })) - 1 })

/* ---- what comes out ----------------------------------------------------- */

/* One column: into a variable (OUT) or into a member of a row (COL).
 * SQL NULL gives 0, false, NULL, no text, no time. */
struct db_col {
	const char *name;
	enum db_kind kind;
	void *to;      /* OUT */
	size_t offset; /* COL */
};
struct db_outs {
	const struct db_col *at;
	size_t n;
};

#define DB_KIND_OF(lvalue)                                                     \
	_Generic((lvalue), int64_t: DB_INT, bool: DB_BOOL,                   \
		 const char *: DB_STR, struct text: DB_TEXT,                 \
		 struct when: DB_WHEN)
#define OUT(column, pointer)                                                   \
	{                                                                      \
		.name = (column), .kind = DB_KIND_OF(*(pointer)),              \
		.to = (pointer)                                                \
	}
#define OUTS(...)                                                              \
	((struct db_outs){ (const struct db_col[]){ __VA_ARGS__ },             \
			   COUNT(((const struct db_col[]){ __VA_ARGS__ })) })
/* For const tables of a row type, ended by { 0 }. */
#define COL(type, member)                                                      \
	{                                                                      \
		.name = #member, .kind = DB_KIND_OF(((type *)0)->member),      \
		.offset = offsetof(type, member)                               \
	}
#define COL_AS(column, type, member)                                           \
	{                                                                      \
		.name = (column), .kind = DB_KIND_OF(((type *)0)->member),     \
		.offset = offsetof(type, member)                               \
	}

/* ---- verbs --------------------------------------------------------------- */

/* *changed (may be NULL): rows that matched, for UPDATE also if unchanged. */
NODISCARD enum rc db_exec(struct task *t, struct db_stmt *q, struct db_ins in,
			  int64_t *changed);
/* INSERT; *id (may be NULL) is the new auto-increment value. */
NODISCARD enum rc db_insert(struct task *t, struct db_stmt *q, struct db_ins in,
			    int64_t *id);
/* The first row.  E_NOTFOUND when there is none. */
NODISCARD enum rc db_one(struct task *t, struct db_stmt *q, struct db_ins in,
			 struct db_outs out);
/* All rows as an array of `size`-byte structs in t->mem; more than `max`
 * rows is E_INTERNAL: a list without a LIMIT is a bug. */
struct db_list {
	const struct db_col *cols; /* ended by { 0 } */
	size_t size;		   /* sizeof the row type */
	size_t max;
	void *rows; /* out */
	size_t n;   /* out */
};
NODISCARD enum rc db_rows(struct task *t, struct db_stmt *q, struct db_ins in,
			  struct db_list *list);

/*
 * Run fn inside a transaction: commit when it returns OK, else roll back.
 * After a deadlock, a lock wait or E_BUSY from fn the whole is tried again,
 * up to 5 times with a short random wait; fn must therefore keep no result
 * of an earlier try.  Inside a running transaction fn joins that one.  A
 * connection lost at COMMIT is E_BUSY and is not tried again: nobody knows
 * whether it counted.
 */
NODISCARD enum rc db_tx(struct task *t, const char *name,
			enum rc (*fn)(struct task *t, void *arg), void *arg);

/* ---- connection ----------------------------------------------------------- */

/* Makes no connection yet.  `conf` must live as long. */
struct db *db_new(const struct conf *conf);
void db_free(struct db *db);
/* End of a task: a transaction left open is rolled back and logged as BUG. */
void db_task_end(struct db *db);
/* Is the server there, now?  E_BUSY otherwise. */
NODISCARD enum rc db_ping(struct task *t);

/* Statements of a file of sql/, one after the other, separated by ";" at the
 * end of a line; "--" comment lines allowed.  Only for schema. */
NODISCARD enum rc db_script(struct task *t, struct text script);
/* Cut the next statement off its front; false at the end. */
bool db_script_next(struct text *script, struct text *statement);
/* Prepare every statement of this program against the live schema; each
 * failure is handed to `bad`.  *n (may be NULL): how many there are. */
NODISCARD enum rc db_check_all(struct task *t, size_t *n,
			       void (*bad)(const char *name, const char *why));

#endif
