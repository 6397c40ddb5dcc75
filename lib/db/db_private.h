/*
 * db_private: what the files of db share.  db.c alone knows the client
 * library and speaks to the server; db_stmt.c builds the verbs on it, db_tx.c
 * the transactions, db_script.c the schema scripts; db_host.c says which server
 * to go to, db_error.c what the server's error numbers mean.
 */
#ifndef DB_DB_PRIVATE_H
#define DB_DB_PRIVATE_H
#include "db/db.h"

enum { DB_PLACES_MAX = 48 }; /* values or columns of one statement */

struct db {
	const struct conf *conf;
	struct st_mysql *my; /* NULL: not connected */
	struct text hosts; /* those left of conf's list, the one in use first */
	bool in_tx;
	bool undone;	 /* the server may have rolled the transaction back */
	bool lost;	 /* the connection died; gone at next use */
	unsigned code;	 /* of the latest call; 0: the server said nothing */
	int64_t used_at; /* clock_steady */
	struct db_handle *handles;
};

/* ---- what an error number means (db_error.c) ------------------------ */

/* The connection is of no use any more. */
bool db_code_lost(unsigned code);
/* Deadlock, lock wait, certification failure: again may well work. */
bool db_code_passing(unsigned code);
/* The statement was prepared for a table that looks different now. */
bool db_code_stale(unsigned code);
enum rc db_code_rc(unsigned code);
/* `message`, or "" when it quotes a value: that may be a lead's. */
const char *db_code_words(unsigned code, const char *message);

/* ---- which server (db_host.c) ------------------------------------------ */

struct db_host {
	char name[CONF_HOST_MAX + 1];
	unsigned port; /* 0: the socket of the configuration */
};

/* A new connection: to the host of the last time, or the next one that
 * answers and serves. */
NODISCARD enum rc db_host_connect(struct task *t);

/* ---- the server (db.c) ------------------------------------------------ */

/* One connection instead of the one before, given up after `seconds`. */
NODISCARD enum rc db_connect(struct task *t, const struct db_host *host,
			     unsigned seconds);
/* One statement as text; `what` names it in a failure. */
NODISCARD enum rc db_query(struct task *t, const char *what, struct text sql);
void db_rollback(struct db *db);

NODISCARD enum rc db_prepare(struct task *t, struct db_stmt *q);
/* The next use prepares it anew. */
void db_forget(struct db_stmt *q);
/* Prepare if need be, and execute once. */
NODISCARD enum rc db_send(struct task *t, struct db_stmt *q, struct db_ins in);
int64_t db_affected(const struct db_stmt *q);
int64_t db_new_id(const struct db_stmt *q);

/* Reading a result: find and expect its columns, store it, then for each row
 * next and its values; db_done in any case. */
bool db_find_column(const struct db_stmt *q, const char *name, unsigned *at);
void db_expect(struct db_stmt *q, unsigned at, enum db_kind kind);
NODISCARD enum rc db_store(struct task *t, struct db_stmt *q, size_t *n);
NODISCARD enum rc db_next(struct task *t, struct db_stmt *q);
NODISCARD enum rc db_value(struct task *t, struct db_stmt *q, unsigned at,
			   struct db_in *out);
void db_done(struct db_stmt *q);

/* ---- transactions (db_tx.c) -------------------------------------------- */

enum { DB_TRIES = 5 };
/* Before the next try: those that hit each other must not come back in step. */
void db_pause(int tries);

NODISCARD enum rc db_begin(struct task *t);
/* *again: the commit failed in a way that changed nothing for certain. */
NODISCARD enum rc db_commit(struct task *t, bool *again);

#endif
