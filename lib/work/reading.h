/*
 * reading: the leads of one page read from Meta in one batch, each imported
 * or its job put where its failure belongs.
 */
#ifndef WORK_READING_H
#define WORK_READING_H
#include "work/queue.h"

/* Jobs of one page (all the same page_meta_id).  Each ends in a state of its
 * own; OK unless the database failed, and then what is left is still
 * claimed.  `item_mem` serves one import after the other. */
NODISCARD enum rc reading_of_page(struct task *t, struct arena *item_mem,
				  struct job *jobs, size_t n);

#endif
