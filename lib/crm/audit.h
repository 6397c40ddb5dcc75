/*
 * audit: who did what, in a chain that shows when a row was changed or taken
 * out.  Owns tables audit and audit_head.
 *
 * Each row carries the SHA-256 of the row before's chain and its own words;
 * rows are only added, under the lock of the chain's end, inside the
 * transaction of what they tell: either both or neither.
 *
 * Told are acts of people on people, rights, connections and many leads at
 * once; what happens to one lead stands in its timeline.  Never a lead's own
 * data, a token or a password.
 */
#ifndef CRM_AUDIT_H
#define CRM_AUDIT_H
#include "base/task.h"

/* `act`: "user.add", "lead.export"…, at most 32 characters; `subject`: "user
 * 3", "" = none; `words` a sentence that begins with the verb: "Made Admin". */
NODISCARD enum rc audit_add(struct task *t, const char *act,
			    const char *subject, const char *words);

struct audit_entry {
	int64_t id;
	struct when at;
	int64_t actor_id;
	const char *actor; /* name; "" = the system, or the command line */
	const char *address, *act, *subject, *words;
	const char *chain;
};
/* Of one person (0 = of everyone) and of one kind ("lead" of "lead.export",
 * "" = of all), before entry `before` (0 = the newest), newest first, at most
 * `max`, itself at most AUDIT_LIST_MAX. */
enum { AUDIT_LIST_MAX = 100 };
struct audit_filter {
	int64_t actor_id;
	const char *kind;
	int64_t before;
};
NODISCARD enum rc audit_list(struct task *t, const struct audit_filter *f,
			     size_t max, struct audit_entry **out, size_t *n);

struct audit_check {
	int64_t n;	 /* entries that hold, from the first on */
	int64_t bad_id;	 /* the first that does not; 0 = the chain is whole */
	const char *why; /* a sentence; NULL = the chain is whole */
};
/* Read the whole chain, in constant memory.  A broken chain is no failure.
 * What is added meanwhile is not looked at. */
NODISCARD enum rc audit_verify(struct task *t, struct audit_check *out);

#endif
