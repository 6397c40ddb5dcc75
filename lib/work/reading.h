/*
 * reading: the leads of one page read from Meta in one batch, each imported
 * or its job put where its failure belongs.
 */
#ifndef WORK_READING_H
#define WORK_READING_H
#include "work/queue.h"

/* What a page and what one lead of it may hold, given back when they end. */
enum { READING_CEILING = 32 << 20 };
struct reading_mem {
	struct arena *page, *item;
};

/* Jobs of one page (all the same page_meta_id) and one claim.  Each ends in a
 * state of its own, and its lease is kept meanwhile; OK unless the database
 * failed, and then what is left is still claimed. */
NODISCARD enum rc reading_of_page(struct task *t, struct reading_mem *mem,
				  struct job *jobs, size_t n);

#endif
