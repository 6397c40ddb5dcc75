/*
 * schema: applies the files of sql/ in the order of their numbers, each once.
 * Owns table schema_change.
 *
 * A file is named NNN-subject.sql.  What was applied is recorded with its
 * SHA-256; a file changed afterwards is refused.  DDL commits by itself, so a
 * file that was killed half-way is run again: its statements say IF NOT
 * EXISTS.  Two programs migrating at once are kept apart by a row (not by
 * GET_LOCK, which a cluster does not share).
 */
#ifndef DB_SCHEMA_H
#define DB_SCHEMA_H
#include "db/db.h"

struct schema_state {
	int64_t applied; /* number of the newest applied file */
	int64_t newest;	 /* number of the newest file in sql/ */
};

/* Apply what is missing; `say` (may be NULL) hears the name of each file. */
NODISCARD enum rc schema_migrate(struct task *t, const char *dir,
				 void (*say)(const char *file));
/* A database without any schema has applied 0. */
NODISCARD enum rc schema_look(struct task *t, const char *dir,
			      struct schema_state *out);

#endif
