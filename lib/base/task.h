/*
 * task: one unit of work, a request or a job, and how it fails.
 *
 * Nearly every function above base/ takes the task it works for.  What it
 * returns in memory lives in t->mem until the task ends; the caller frees
 * nothing.  A failing function says so once, where it stands:
 *
 *	return fail(t, E_CONFLICT, "job %lld: not failed", (long long)id);
 *
 * and its callers only pass the code up.  On failure out-parameters are
 * untouched.  The words in t->why are for the log and never hold a lead's
 * own data.
 */
#ifndef BASE_TASK_H
#define BASE_TASK_H
#include "base/arena.h"
#include "base/base.h"
#include "base/clock.h"

enum rc {
	OK = 0,
	E_INPUT,    /* what came in is not acceptable */
	E_DENIED,   /* this person may not */
	E_NOTFOUND, /* no such thing */
	E_CONFLICT, /* somebody else was first */
	E_BUSY,	    /* try again later: database away, lock not had */
	E_REMOTE,   /* Meta or the network failed us */
	E_INTERNAL, /* our own mistake */
};

struct conf;
struct db;
struct key;

struct task {
	struct arena *mem;
	struct db *db;
	const struct conf *conf;
	const struct key *key; /* seals and opens secrets */
	struct when now;       /* when the task began; the same for all rows */
	int64_t user_id;       /* who acts; 0 = the system */
	const char *address;   /* from where; NULL = from this machine */
	enum rc failed;	       /* code of the first failure, OK = none */
	char why[256];	       /* its words, UTF-8, one line */
};

/* Keep the first failure's words and return `rc` as given. */
NODISCARD enum rc fail(struct task *t, enum rc rc, const char *fmt, ...)
	PRINTF(3, 4);
/* Work that is one of many: what `fn` takes of memory is `mem`'s, which is reset
 * when it returns.  Its time, words and failure are those of t. */
NODISCARD enum rc task_apart(struct task *t, struct arena *mem,
			     enum rc (*fn)(struct task *t, void *arg),
			     void *arg);
/* The failure was expected and dealt with: forget it. */
void task_forgive(struct task *t);
/* "E_BUSY" and so on, for logs. */
const char *rc_name(enum rc rc);

#endif
