/* db: the one file that knows MariaDB's client library. */
#include "db/db.h"

#include <mysql.h>

#include "base/log.h"
#include "db/db_private.h"

enum {
	CONNECT_S = 5,		/* seconds until a silent server is "away" */
	IO_S = 30,		/* of one statement */
	REST_MS = 30 * SECOND_MS,	/* then a ping comes first */
	PARAMS_MAX = 40,
	COLUMNS_MAX = 40,
};

struct db_handle {
	struct db_handle *next;
	struct db *db;
	struct db_stmt *owner;
	MYSQL_STMT *stmt;
	unsigned n_params;
	unsigned n_columns;
	const char *columns[COLUMNS_MAX];
	MYSQL_RES *meta;	/* keeps the names alive */
};

struct db {
	const struct conf *conf;
	MYSQL *my;		/* NULL: not connected */
	bool in_tx;
	bool lost;		/* the connection died; gone at next use */
	int64_t used_at;	/* clock_steady */
	struct db_handle *handles;
};

/* ---- what goes in ------------------------------------------------------------- */

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
	return (struct db_in){ .kind = DB_STR,
			       .s = { v, v ? strlen(v) : 0 } };
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

/* ---- errors --------------------------------------------------------------------- */

/* The connection is of no use any more. */
static bool
is_lost(unsigned code)
{
	static const unsigned lost[] = { 1047, 1053, 1180, 1927, 2002, 2003,
					 2006, 2013, 2055, 4031 };

	for (size_t i = 0; i < COUNT(lost); i++)
		if (lost[i] == code)
			return true;
	return false;
}

/* Deadlock, lock wait, certification failure: again may well work. */
static bool
is_passing(unsigned code)
{
	return code == 1205 || code == 1213;
}

static enum rc
rc_of(unsigned code)
{
	if (code == 1062)
		return E_CONFLICT;
	if (is_lost(code) || is_passing(code) || code == 1040 ||
	    code == 1203 || code == 1226)
		return E_BUSY;
	return E_INTERNAL;
}

/* Messages that quote a value are left out: it may be a lead's. */
static const char *
words_of(unsigned code, const char *message)
{
	static const unsigned quoting[] = { 1062, 1264, 1292, 1366, 1411,
					    3988 };

	for (size_t i = 0; i < COUNT(quoting); i++)
		if (quoting[i] == code)
			return "";
	return message;
}

static enum rc
broken(struct task *t, const char *what, unsigned code, const char *message)
{
	if (is_lost(code))
		t->db->lost = true;
	return fail(t, rc_of(code), "%s: database error %u %s", what, code,
		    words_of(code, message));
}

/* ---- connection --------------------------------------------------------------------- */

struct db *
db_new(const struct conf *conf)
{
	struct db *db = calloc(1, sizeof(*db));

	if (!db || mysql_library_init(0, NULL, NULL))
		log_die("the database library cannot start");
	db->conf = conf;
	return db;
}

static void
drop_handle(struct db_handle *h)
{
	if (h->meta)
		mysql_free_result(h->meta);
	if (h->stmt)
		mysql_stmt_close(h->stmt);
	h->owner->handle = NULL;
	free(h);
}

static void
disconnect(struct db *db)
{
	while (db->handles) {
		struct db_handle *h = db->handles;

		db->handles = h->next;
		drop_handle(h);
	}
	if (db->my)
		mysql_close(db->my);
	db->my = NULL;
	db->in_tx = false;
	db->lost = false;
}

void
db_free(struct db *db)
{
	if (!db)
		return;
	disconnect(db);
	free(db);
	mysql_library_end();
}

static void
set_options(MYSQL *my)
{
	unsigned connect = CONNECT_S, io = IO_S, off = 0;
	my_bool no = 0;

	mysql_options(my, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	mysql_options(my, MYSQL_OPT_READ_TIMEOUT, &io);
	mysql_options(my, MYSQL_OPT_WRITE_TIMEOUT, &io);
	mysql_options(my, MYSQL_OPT_RECONNECT, &no);
	mysql_options(my, MYSQL_OPT_LOCAL_INFILE, &off);
	mysql_options(my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(my, MYSQL_INIT_COMMAND,
		      "SET time_zone = '+00:00', sql_safe_updates = 1,"
		      " sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,"
		      "NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO',"
		      " tx_isolation = 'READ-COMMITTED'");
}

static enum rc
connect_now(struct task *t)
{
	struct db *db = t->db;
	const struct conf *c = db->conf;
	bool local = c->database.socket && c->database.socket[0];
	enum rc rc = OK;

	disconnect(db);
	db->my = mysql_init(NULL);
	if (!db->my)
		log_die("out of memory for a connection");
	set_options(db->my);
	if (!mysql_real_connect(db->my, local ? "localhost" : c->database.host,
				c->database.user, c->database.password,
				c->database.name,
				local ? 0 : (unsigned)c->database.port,
				local ? c->database.socket : NULL,
				CLIENT_FOUND_ROWS)) {
		rc = broken(t, "connect", mysql_errno(db->my),
			    mysql_error(db->my));
		disconnect(db);
	}
	return rc;
}

/* A usable connection; never a new one inside a transaction. */
static enum rc
ready(struct task *t)
{
	struct db *db = t->db;
	int64_t now = clock_steady();

	if (db->in_tx)
		return db->lost ? fail(t, E_BUSY, "connection lost") : OK;
	if (db->my && !db->lost && now - db->used_at > REST_MS &&
	    mysql_ping(db->my) != 0)
		db->lost = true;
	db->used_at = now;
	return db->my && !db->lost ? OK : connect_now(t);
}

enum rc
db_ping(struct task *t)
{
	enum rc rc = ready(t);

	if (!rc && mysql_ping(t->db->my) != 0)
		rc = broken(t, "ping", mysql_errno(t->db->my),
			    mysql_error(t->db->my));
	return rc;
}

enum rc
db_query(struct task *t, struct text sql)
{
	enum rc rc = ready(t);

	if (!rc && mysql_real_query(t->db->my, sql.p, sql.len) != 0)
		rc = broken(t, "statement", mysql_errno(t->db->my),
			    mysql_error(t->db->my));
	return rc;
}

/* ---- transactions ---------------------------------------------------------------------- */

bool
db_in_tx(const struct db *db)
{
	return db->in_tx;
}

enum rc
db_begin(struct task *t)
{
	enum rc rc = db_query(t, TEXT("START TRANSACTION"));

	/* Nothing has happened yet: a dead connection costs only itself. */
	if (rc && t->db->lost) {
		task_forgive(t);
		rc = db_query(t, TEXT("START TRANSACTION"));
	}
	if (!rc)
		t->db->in_tx = true;
	return rc;
}

enum rc
db_commit(struct task *t, bool *again)
{
	enum rc rc = ready(t);
	unsigned code;

	*again = false;
	if (!rc && mysql_commit(t->db->my) != 0) {
		code = mysql_errno(t->db->my);
		*again = is_passing(code);
		rc = broken(t, "commit", code, mysql_error(t->db->my));
	}
	t->db->in_tx = false;
	return rc;
}

void
db_rollback(struct db *db)
{
	if (db->in_tx && !db->lost && mysql_rollback(db->my) != 0)
		db->lost = true;
	db->in_tx = false;
}

void
db_task_end(struct db *db)
{
	if (!db->in_tx)
		return;
	log_error("BUG: a transaction was left open");
	db_rollback(db);
}

/* ---- statements --------------------------------------------------------------------------- */

static enum rc
stmt_broken(struct task *t, const struct db_stmt *q)
{
	MYSQL_STMT *stmt = q->handle->stmt;

	return broken(t, q->name, mysql_stmt_errno(stmt),
		      mysql_stmt_error(stmt));
}

static enum rc
read_columns(struct task *t, struct db_stmt *q, struct db_handle *h)
{
	MYSQL_FIELD *fields;

	h->meta = mysql_stmt_result_metadata(h->stmt);
	if (!h->meta)
		return OK;
	h->n_columns = mysql_num_fields(h->meta);
	if (h->n_columns > COLUMNS_MAX)
		return fail(t, E_INTERNAL, "%s: over %d columns", q->name,
			    COLUMNS_MAX);
	fields = mysql_fetch_fields(h->meta);
	for (unsigned i = 0; i < h->n_columns; i++)
		h->columns[i] = fields[i].name;
	return OK;
}

static void
forget(struct db *db, struct db_stmt *q)
{
	struct db_handle **at = &db->handles;

	while (*at && *at != q->handle)
		at = &(*at)->next;
	if (*at)
		*at = q->handle->next;
	drop_handle(q->handle);
}

enum rc
db_prepare(struct task *t, struct db_stmt *q)
{
	enum rc rc = ready(t);
	struct db_handle *h;

	if (rc)
		return rc;
	if (q->handle && q->handle->db == t->db)
		return OK;
	if (q->handle)
		forget(q->handle->db, q);
	h = calloc(1, sizeof(*h));
	if (!h || !(h->stmt = mysql_stmt_init(t->db->my)))
		log_die("out of memory for a statement");
	h->db = t->db;
	h->owner = q;
	h->next = t->db->handles;
	t->db->handles = h;
	q->handle = h;
	if (mysql_stmt_prepare(h->stmt, q->sql, strlen(q->sql)) != 0)
		rc = stmt_broken(t, q);
	else
		rc = read_columns(t, q, h);
	h->n_params = (unsigned)mysql_stmt_param_count(h->stmt);
	if (rc)
		forget(t->db, q);
	return rc;
}

static MYSQL_TIME
time_of(struct when w)
{
	struct civil c = when_civil(w);

	return (MYSQL_TIME){ .year = (unsigned)c.year,
			     .month = (unsigned)c.month,
			     .day = (unsigned)c.day,
			     .hour = (unsigned)c.hour,
			     .minute = (unsigned)c.minute,
			     .second = (unsigned)c.second,
			     .second_part = (unsigned long)c.ms * 1000,
			     .time_type = MYSQL_TIMESTAMP_DATETIME };
}

static void
bind_in(struct task *t, const struct db_in *in, MYSQL_BIND *b)
{
	static const char empty[1];

	switch (in->kind) {
	case DB_INT:
	case DB_BOOL: {
		int64_t *n = NEW(t->mem, int64_t);

		*n = in->n;
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = n;
		return;
	}
	case DB_STR:
	case DB_TEXT:
		b->buffer_type = in->s.p ? MYSQL_TYPE_STRING : MYSQL_TYPE_NULL;
		/* The library only reads from it. */
		b->buffer = (void *)(uintptr_t)(in->s.len ? in->s.p : empty);
		b->buffer_length = in->s.len;
		return;
	case DB_WHEN: {
		MYSQL_TIME *at = NEW(t->mem, MYSQL_TIME);

		*at = time_of((struct when){ in->n });
		b->buffer_type = in->n ? MYSQL_TYPE_DATETIME : MYSQL_TYPE_NULL;
		b->buffer = at;
		return;
	}
	}
}

static enum rc
run_once(struct task *t, struct db_stmt *q, struct db_ins in)
{
	MYSQL_BIND binds[PARAMS_MAX] = { 0 };
	enum rc rc = db_prepare(t, q);

	if (rc)
		return rc;
	if (in.n != q->handle->n_params || in.n > PARAMS_MAX)
		return fail(t, E_INTERNAL, "%s: %zu values for %u places",
			    q->name, in.n, q->handle->n_params);
	for (size_t i = 0; i < in.n; i++)
		bind_in(t, &in.at[i], &binds[i]);
	if (in.n > 0 && mysql_stmt_bind_param(q->handle->stmt, binds) != 0)
		return stmt_broken(t, q);
	if (mysql_stmt_execute(q->handle->stmt) != 0)
		return stmt_broken(t, q);
	return OK;
}

/* Is there nothing to lose by sending it twice? */
static bool
only_reads(const struct db_stmt *q)
{
	return text_starts(text_of(q->sql), "SELECT ");
}

/*
 * A statement whose preparation is out of date (1243, 1615: the table was
 * altered) and a read on a dead connection are sent once more.
 */
static enum rc
run(struct task *t, struct db_stmt *q, struct db_ins in)
{
	bool had = t->failed != OK;
	enum rc rc = run_once(t, q, in);
	unsigned code = rc && q->handle ? mysql_stmt_errno(q->handle->stmt) : 0;
	bool stale = code == 1243 || code == 1615;
	bool dead = t->db->lost && !t->db->in_tx && only_reads(q);

	if (!rc || (!stale && !dead))
		return rc;
	if (!had)
		task_forgive(t);
	if (stale)
		forget(t->db, q);
	return run_once(t, q, in);
}

enum rc
db_exec(struct task *t, struct db_stmt *q, struct db_ins in, int64_t *changed)
{
	enum rc rc = run(t, q, in);

	if (!rc && changed)
		*changed = (int64_t)mysql_stmt_affected_rows(q->handle->stmt);
	return rc;
}

enum rc
db_insert(struct task *t, struct db_stmt *q, struct db_ins in, int64_t *id)
{
	enum rc rc = run(t, q, in);

	if (!rc && id)
		*id = (int64_t)mysql_stmt_insert_id(q->handle->stmt);
	return rc;
}

/* ---- results ---------------------------------------------------------------------------- */

struct cell {			/* one column of the row at hand */
	int64_t n;
	MYSQL_TIME time;
	unsigned long length;
	my_bool is_null;
};

struct result {
	struct db_stmt *q;
	const struct db_col *cols;
	size_t n_cols;
	unsigned at[COLUMNS_MAX];	/* place of each col in the result */
	struct cell cells[COLUMNS_MAX];	/* by place */
	MYSQL_BIND binds[COLUMNS_MAX];
};

static enum rc
find_columns(struct task *t, struct result *r)
{
	const struct db_handle *h = r->q->handle;

	for (size_t i = 0; i < r->n_cols; i++) {
		unsigned at = 0;

		while (at < h->n_columns &&
		       strcmp(h->columns[at], r->cols[i].name) != 0)
			at++;
		if (at == h->n_columns)
			return fail(t, E_INTERNAL, "%s: no column %s",
				    r->q->name, r->cols[i].name);
		r->at[i] = at;
	}
	return OK;
}

static void
bind_cell(enum db_kind kind, struct cell *c, MYSQL_BIND *b)
{
	switch (kind) {
	case DB_INT:
	case DB_BOOL:
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = &c->n;
		break;
	case DB_WHEN:
		b->buffer_type = MYSQL_TYPE_DATETIME;
		b->buffer = &c->time;
		break;
	case DB_STR:
	case DB_TEXT:
		/* The length first; the bytes when their room is known. */
		b->buffer_type = MYSQL_TYPE_STRING;
		break;
	}
}

static enum rc
open_result(struct task *t, struct result *r)
{
	MYSQL_STMT *stmt = r->q->handle->stmt;
	enum rc rc = find_columns(t, r);

	if (rc)
		return rc;
	for (unsigned i = 0; i < r->q->handle->n_columns; i++) {
		r->binds[i].buffer_type = MYSQL_TYPE_STRING;
		r->binds[i].length = &r->cells[i].length;
		r->binds[i].is_null = &r->cells[i].is_null;
	}
	for (size_t i = 0; i < r->n_cols; i++)
		bind_cell(r->cols[i].kind, &r->cells[r->at[i]],
			  &r->binds[r->at[i]]);
	if (mysql_stmt_bind_result(stmt, r->binds) != 0 ||
	    mysql_stmt_store_result(stmt) != 0)
		return stmt_broken(t, r->q);
	return OK;
}

static enum rc
read_bytes(struct task *t, struct result *r, unsigned at, struct text *out)
{
	unsigned long length = r->cells[at].length;
	char *room = arena_grow(t->mem, NULL, 0, length + 1);
	MYSQL_BIND b = { .buffer_type = MYSQL_TYPE_STRING,
			 .buffer = room,
			 .buffer_length = length };

	if (length > 0 &&
	    mysql_stmt_fetch_column(r->q->handle->stmt, &b, at, 0) != 0)
		return stmt_broken(t, r->q);
	room[length] = '\0';
	*out = (struct text){ room, length };
	return OK;
}

static struct when
when_of_time(const MYSQL_TIME *m)
{
	return when_of((struct civil){ .year = (int)m->year,
				       .month = (int)m->month,
				       .day = (int)m->day,
				       .hour = (int)m->hour,
				       .minute = (int)m->minute,
				       .second = (int)m->second,
				       .ms = (int)(m->second_part / 1000) });
}

static enum rc
store_cell(struct task *t, struct result *r, size_t i, void *to)
{
	const struct cell *c = &r->cells[r->at[i]];
	struct text bytes = { 0 };
	enum rc rc = OK;

	switch (r->cols[i].kind) {
	case DB_INT:
		*(int64_t *)to = c->is_null ? 0 : c->n;
		break;
	case DB_BOOL:
		*(bool *)to = !c->is_null && c->n != 0;
		break;
	case DB_WHEN:
		*(struct when *)to = c->is_null ? (struct when){ 0 }
						: when_of_time(&c->time);
		break;
	case DB_STR:
	case DB_TEXT:
		if (!c->is_null)
			rc = read_bytes(t, r, r->at[i], &bytes);
		if (r->cols[i].kind == DB_TEXT)
			*(struct text *)to = bytes;
		else
			*(const char **)to = bytes.p;
		break;
	}
	return rc;
}

/* `row` NULL: into the variables of OUT. */
static enum rc
store_row(struct task *t, struct result *r, char *row)
{
	int got = mysql_stmt_fetch(r->q->handle->stmt);
	enum rc rc = OK;

	if (got != 0 && got != MYSQL_DATA_TRUNCATED)
		return stmt_broken(t, r->q);
	for (size_t i = 0; !rc && i < r->n_cols; i++)
		rc = store_cell(t, r, i,
				row ? row + r->cols[i].offset : r->cols[i].to);
	return rc;
}

enum rc
db_one(struct task *t, struct db_stmt *q, struct db_ins in,
       struct db_outs out)
{
	struct result r = { .q = q, .cols = out.at, .n_cols = out.n };
	enum rc rc = run(t, q, in);

	if (rc)
		return rc;
	rc = open_result(t, &r);
	if (!rc && mysql_stmt_num_rows(q->handle->stmt) == 0)
		rc = fail(t, E_NOTFOUND, "%s: no row", q->name);
	if (!rc)
		rc = store_row(t, &r, NULL);
	mysql_stmt_free_result(q->handle->stmt);
	return rc;
}

static enum rc
store_rows(struct task *t, struct result *r, struct db_list *list)
{
	size_t n = mysql_stmt_num_rows(r->q->handle->stmt);
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
	enum rc rc = run(t, q, in);

	if (rc)
		return rc;
	while (list->cols[r.n_cols].name)
		r.n_cols++;
	rc = open_result(t, &r);
	if (!rc)
		rc = store_rows(t, &r, list);
	mysql_stmt_free_result(q->handle->stmt);
	return rc;
}
