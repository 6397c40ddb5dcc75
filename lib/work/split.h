/*
 * split: an answer that joined a lead, and is another person's after all,
 * becomes a lead of its own.
 */
#ifndef WORK_SPLIT_H
#define WORK_SPLIT_H
#include "base/task.h"

/* Fields that the answer filled in are emptied where nobody changed them since
 * and no later answer says the same; the new lead goes to whoever has the old one.  E_NOTFOUND: no such answer, or
 * its lead is deleted.  E_INPUT: it is the only answer of its lead, or joined none. */
NODISCARD enum rc split_submission(struct task *t, int64_t submission_id,
				   int64_t *lead_id);

#endif
