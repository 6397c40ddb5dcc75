/*
 * connect_private: what the files of connect share.
 */
#ifndef WORK_CONNECT_PRIVATE_H
#define WORK_CONNECT_PRIVATE_H
#include "work/connect.h"

/* The first half of the worker's part: step listing. */
NODISCARD enum rc connect_list(struct task *t, const struct job *j,
			       const struct draft *d);
/* Meta said no: passing trouble is tried again by the queue; what lasts is told
 * to the person, and the draft goes back to `step`. */
NODISCARD enum rc connect_refused(struct task *t, const struct job *j,
				  int64_t draft_id, const char *step,
				  const struct graph_error *err);

#endif
