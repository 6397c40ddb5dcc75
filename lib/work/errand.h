/*
 * errand: the worker's jobs besides leads, one at a time between them.
 */
#ifndef WORK_ERRAND_H
#define WORK_ERRAND_H
#include "work/queue.h"

/* Claim one and do it; *found: there was one.  Whatever goes wrong ends in the
 * job's state; OK unless the database is away.  `item_mem` serves one import
 * after the other. */
NODISCARD enum rc errand_run(struct task *t, struct arena *item_mem,
			     const char *mark, bool *found);

#endif
