/* db: the connection and what goes over it; the one file that knows
 * MariaDB's client library. */
#include "db/db.h"

#include <mysql.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/step.h"
#include "db/db_private.h"

enum {
	IO_S = 30,		  /* of one statement */
	REST_MS = 30 * SECOND_MS, /* then a ping comes first */
};

/* One column of the row at hand. */
struct cell {
	enum db_kind kind;
	int64_t n;
	MYSQL_TIME time;
	unsigned long length;
	my_bool is_null;
	my_bool misfit; /* it would not go into n or time */
};

struct db_handle {
	struct db_handle *next;
	struct db *db;
	struct db_stmt *owner;
	MYSQL_STMT *stmt;
	MYSQL_RES *meta; /* NULL: no result; keeps the names alive */
	unsigned n_params, n_columns;
	struct cell *cells;
	MYSQL_BIND *binds;
};

static enum rc
broken(struct task *t, const char *what, unsigned code, const char *message)
{
	struct db *db = t->db;

	db->code = code;
	if (db_code_lost(code))
		db->lost = true;
	if (db_code_passing(code))
		db->undone = true;
	return fail(t, db_code_rc(code), "%s: database error %u %s", what, code,
		    db_code_words(code, message));
}

static enum rc
my_broken(struct task *t, const char *what)
{
	return broken(t, what, mysql_errno(t->db->my), mysql_error(t->db->my));
}

static enum rc
stmt_broken(struct task *t, const struct db_stmt *q)
{
	MYSQL_STMT *stmt = q->handle->stmt;

	return broken(t, q->name, mysql_stmt_errno(stmt),
		      mysql_stmt_error(stmt));
}

/* ---- connection -------------------------------------------------------- */

/* The library is put away with the last of them. */
static int live;

struct db *
db_new(const struct conf *conf)
{
	struct db *db = calloc(1, sizeof(*db));

	if (!db || mysql_library_init(0, NULL, NULL))
		log_die("the database library cannot start");
	db->conf = conf;
	live++;
	return db;
}

static void
drop_handle(struct db_handle *h)
{
	if (h->meta)
		mysql_free_result(h->meta);
	mysql_stmt_close(h->stmt);
	h->owner->handle = NULL;
	free(h->cells);
	free(h->binds);
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
	db->undone = false;
}

void
db_free(struct db *db)
{
	if (!db)
		return;
	disconnect(db);
	free(db);
	if (--live == 0)
		mysql_library_end();
}

/*
 * A lock is waited for less long than an answer, or the wait would look like
 * a dead server.  The COMMIT asks a node of a cluster whether it serves: one
 * that is on its own takes a login and SET, and would refuse all that follows.
 */
static void
set_options(MYSQL *my, unsigned connect)
{
	unsigned io = IO_S, off = 0;
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
		      " tx_isolation = 'READ-COMMITTED', autocommit = 1,"
		      " innodb_lock_wait_timeout = 5");
	mysql_options(my, MYSQL_INIT_COMMAND, "COMMIT");
}

enum rc
db_connect(struct task *t, const struct db_host *host, unsigned seconds)
{
	struct db *db = t->db;
	const struct conf *c = db->conf;
	bool local = host->port == 0;
	enum rc rc = OK;

	disconnect(db);
	db->my = mysql_init(NULL);
	if (!db->my)
		log_die("out of memory for a connection");
	set_options(db->my, seconds);
	if (!mysql_real_connect(db->my, host->name, c->database.user,
				c->database.password, c->database.name,
				host->port, local ? c->database.socket : NULL,
				CLIENT_FOUND_ROWS)) {
		rc = my_broken(t, "connect");
		disconnect(db);
	}
	return rc;
}

/* As a server that is gone would: the call at hand fails by itself. */
static void
strike(struct db *db, const char *what)
{
	if (STEP_FAILS("db", what))
		shutdown(mysql_get_socket(db->my), SHUT_RDWR);
}

/* A usable connection; never a new one inside a transaction. */
static enum rc
ready(struct task *t)
{
	struct db *db = t->db;
	int64_t now = clock_steady();

	db->code = 0;
	if (db->in_tx && (db->lost || db->undone))
		return fail(t, E_BUSY, "the transaction is lost");
	if (db->in_tx)
		return OK;
	db->undone = false;
	if (db->my && !db->lost && now - db->used_at > REST_MS &&
	    mysql_ping(db->my) != 0)
		db->lost = true;
	db->used_at = now;
	return db->my && !db->lost ? OK : db_host_connect(t);
}

enum rc
db_ping(struct task *t)
{
	enum rc rc = ready(t);

	return rc || mysql_ping(t->db->my) == 0 ? rc : my_broken(t, "ping");
}

enum rc
db_query(struct task *t, const char *what, struct text sql)
{
	enum rc rc = ready(t);

	if (rc)
		return rc;
	strike(t->db, what);
	return mysql_real_query(t->db->my, sql.p, sql.len) == 0
		       ? OK
		       : my_broken(t, what);
}

void
db_rollback(struct db *db)
{
	if (db->in_tx && !db->lost && mysql_rollback(db->my) != 0)
		db->lost = true;
	db->in_tx = false;
}

/* ---- preparing ----------------------------------------------------------- */

static struct db_handle *
new_handle(struct db *db, struct db_stmt *q)
{
	struct db_handle *h = calloc(1, sizeof(*h));

	if (!h || !(h->stmt = mysql_stmt_init(db->my)))
		log_die("out of memory for a statement");
	h->db = db;
	h->owner = q;
	h->next = db->handles;
	db->handles = h;
	q->handle = h;
	return h;
}

static void
make_cells(struct db_handle *h)
{
	h->meta = mysql_stmt_result_metadata(h->stmt);
	if (!h->meta)
		return;
	h->n_columns = mysql_num_fields(h->meta);
	h->cells = calloc(h->n_columns, sizeof(h->cells[0]));
	h->binds = calloc(h->n_columns, sizeof(h->binds[0]));
	if (!h->cells || !h->binds)
		log_die("out of memory for a result");
}

void
db_forget(struct db_stmt *q)
{
	struct db_handle **at;

	if (!q->handle)
		return;
	at = &q->handle->db->handles;
	while (*at != q->handle)
		at = &(*at)->next;
	*at = q->handle->next;
	drop_handle(q->handle);
}

enum rc
db_prepare(struct task *t, struct db_stmt *q)
{
	enum rc rc = ready(t);
	struct db_handle *h;

	if (rc || (q->handle && q->handle->db == t->db))
		return rc;
	db_forget(q);
	h = new_handle(t->db, q);
	if (mysql_stmt_prepare(h->stmt, q->sql, strlen(q->sql)) != 0)
		rc = stmt_broken(t, q);
	h->n_params = (unsigned)mysql_stmt_param_count(h->stmt);
	if (!rc && h->n_params > DB_PLACES_MAX)
		rc = fail(t, E_INTERNAL, "%s: over %d values", q->name,
			  DB_PLACES_MAX);
	if (rc)
		db_forget(q);
	else
		make_cells(h);
	return rc;
}

/* ---- executing ------------------------------------------------------------- */

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

/* The library only reads from what is bound. */
static void
bind_in(const struct db_in *in, MYSQL_TIME *time, MYSQL_BIND *b)
{
	static const char empty[1];
	bool is_null = false;
	const void *from = &in->n;

	switch (in->kind) {
	case DB_INT:
	case DB_BOOL:
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		break;
	case DB_STR:
	case DB_TEXT:
		is_null = !in->s.p;
		b->buffer_type = MYSQL_TYPE_STRING;
		b->buffer_length = in->s.len;
		from = in->s.len ? in->s.p : empty;
		break;
	case DB_WHEN:
		is_null = in->n == 0;
		*time = time_of((struct when){ in->n });
		b->buffer_type = MYSQL_TYPE_DATETIME;
		from = time;
		break;
	}
	if (is_null)
		b->buffer_type = MYSQL_TYPE_NULL;
	b->buffer = (void *)(uintptr_t)from;
}

enum rc
db_send(struct task *t, struct db_stmt *q, struct db_ins in)
{
	MYSQL_BIND binds[DB_PLACES_MAX] = { 0 };
	MYSQL_TIME times[DB_PLACES_MAX];
	enum rc rc = db_prepare(t, q);

	if (rc)
		return rc;
	if (in.n != q->handle->n_params)
		return fail(t, E_INTERNAL, "%s: %zu values for %u places",
			    q->name, in.n, q->handle->n_params);
	for (size_t i = 0; i < in.n; i++)
		bind_in(&in.at[i], &times[i], &binds[i]);
	if (in.n > 0 && mysql_stmt_bind_param(q->handle->stmt, binds) != 0)
		return stmt_broken(t, q);
	strike(t->db, q->name);
	if (mysql_stmt_execute(q->handle->stmt) != 0)
		return stmt_broken(t, q);
	return OK;
}

int64_t
db_affected(const struct db_stmt *q)
{
	return (int64_t)mysql_stmt_affected_rows(q->handle->stmt);
}

int64_t
db_new_id(const struct db_stmt *q)
{
	return (int64_t)mysql_stmt_insert_id(q->handle->stmt);
}

/* ---- results ----------------------------------------------------------------- */

bool
db_find_column(const struct db_stmt *q, const char *name, unsigned *at)
{
	const struct db_handle *h = q->handle;
	const MYSQL_FIELD *fields;

	if (!h->meta)
		return false;
	fields = mysql_fetch_fields(h->meta);
	for (unsigned i = 0; i < h->n_columns; i++) {
		if (strcmp(fields[i].name, name) == 0) {
			*at = i;
			return true;
		}
	}
	return false;
}

void
db_expect(struct db_stmt *q, unsigned at, enum db_kind kind)
{
	q->handle->cells[at].kind = kind;
}

/* Of texts comes the length first; the bytes when their room is known. */
static void
bind_cell(struct cell *c, MYSQL_BIND *b)
{
	*b = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_STRING,
			   .length = &c->length,
			   .is_null = &c->is_null,
			   .error = &c->misfit };
	if (c->kind == DB_INT || c->kind == DB_BOOL) {
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = &c->n;
	} else if (c->kind == DB_WHEN) {
		b->buffer_type = MYSQL_TYPE_DATETIME;
		b->buffer = &c->time;
	}
}

enum rc
db_store(struct task *t, struct db_stmt *q, size_t *n)
{
	struct db_handle *h = q->handle;

	for (unsigned i = 0; i < h->n_columns; i++)
		bind_cell(&h->cells[i], &h->binds[i]);
	if (mysql_stmt_bind_result(h->stmt, h->binds) != 0 ||
	    mysql_stmt_store_result(h->stmt) != 0)
		return stmt_broken(t, q);
	*n = mysql_stmt_num_rows(h->stmt);
	return OK;
}

enum rc
db_next(struct task *t, struct db_stmt *q)
{
	int got = mysql_stmt_fetch(q->handle->stmt);

	return got == 0 || got == MYSQL_DATA_TRUNCATED ? OK : stmt_broken(t, q);
}

static enum rc
read_bytes(struct task *t, struct db_stmt *q, unsigned at, struct text *out)
{
	unsigned long length = q->handle->cells[at].length;
	char *room = arena_grow(t->mem, NULL, 0, length + 1);
	MYSQL_BIND b = { .buffer_type = MYSQL_TYPE_STRING,
			 .buffer = room,
			 .buffer_length = length };

	if (length > 0 &&
	    mysql_stmt_fetch_column(q->handle->stmt, &b, at, 0) != 0)
		return stmt_broken(t, q);
	room[length] = '\0';
	*out = (struct text){ room, length };
	return OK;
}

static int64_t
ms_of(const MYSQL_TIME *m)
{
	struct when w =
		when_of((struct civil){ .year = (int)m->year,
					.month = (int)m->month,
					.day = (int)m->day,
					.hour = (int)m->hour,
					.minute = (int)m->minute,
					.second = (int)m->second,
					.ms = (int)(m->second_part / 1000) });

	return w.ms;
}

enum rc
db_value(struct task *t, struct db_stmt *q, unsigned at, struct db_in *out)
{
	const struct cell *c = &q->handle->cells[at];

	*out = (struct db_in){ .kind = c->kind };
	if (c->is_null)
		return OK;
	if (c->kind == DB_STR || c->kind == DB_TEXT)
		return read_bytes(t, q, at, &out->s);
	if (c->misfit)
		return fail(t, E_INTERNAL,
			    "%s: column %u does not fit its C type", q->name,
			    at + 1);
	out->n = c->kind == DB_WHEN ? ms_of(&c->time) : c->n;
	return OK;
}

void
db_done(struct db_stmt *q)
{
	mysql_stmt_free_result(q->handle->stmt);
}
