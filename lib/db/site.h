/*
 * site: what every program holds for its whole life: configuration, key and
 * the handle of the database.
 */
#ifndef DB_SITE_H
#define DB_SITE_H
#include "base/conf.h"
#include "base/crypt.h"
#include "base/task.h"
#include "db/db.h"

struct site {
	struct arena *mem; /* process lifetime */
	struct conf conf;
	struct key key;
	struct db *db;
};

enum { TASK_CEILING = 16 << 20 }; /* bytes one task may hold */

/* Find and read configuration and key file (conf.site.home/key), name the
 * log.  False and one sentence in err.  Makes no connection. */
NODISCARD bool site_open(struct site *s, const char *program, struct buf *err);
/* The same without the key: for `leadport init`, which makes it. */
NODISCARD bool site_open_without_key(struct site *s, const char *program,
				     struct buf *err);
void site_close(struct site *s);

/* Begin a task on `mem` (which is reset), now. */
void site_task(const struct site *s, struct arena *mem, struct task *t);
/* End it: transaction closed, arena reset. */
void site_task_end(struct task *t);

/* conf.site.home / name, and home/var / name. */
const char *site_file(struct arena *mem, const struct conf *c,
		      const char *name);
const char *site_var(struct arena *mem, const struct conf *c, const char *name);

#endif
