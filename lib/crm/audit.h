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

#endif
