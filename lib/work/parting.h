/*
 * parting: a merge is undone, and the kept lead is left with what answers say
 * that came to it since.
 */
#ifndef WORK_PARTING_H
#define WORK_PARTING_H
#include "base/task.h"

/* As leadmerge_undo; fields and own fields that it empties are filled from those
 * answers, but for e-mail and phone, by which the other lead is known. */
NODISCARD enum rc parting(struct task *t, int64_t merge_id, bool sure,
			  const char **changed);

#endif
