/*
 * db_private: what db.c, the only file that knows the client library, gives
 * to the other files of db.
 */
#ifndef DB_DB_PRIVATE_H
#define DB_DB_PRIVATE_H
#include "db/db.h"

bool db_in_tx(const struct db *db);
NODISCARD enum rc db_begin(struct task *t);
/* *again: the commit failed in a way that changed nothing for certain. */
NODISCARD enum rc db_commit(struct task *t, bool *again);
void db_rollback(struct db *db);
/* One statement as text, for schema files only. */
NODISCARD enum rc db_query(struct task *t, struct text sql);
/* Prepare only. */
NODISCARD enum rc db_prepare(struct task *t, struct db_stmt *q);

#endif
