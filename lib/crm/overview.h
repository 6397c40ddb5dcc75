/*
 * overview: a few numbers that tell whether all is well.  Owns no table; it
 * only counts.
 */
#ifndef CRM_OVERVIEW_H
#define CRM_OVERVIEW_H
#include "base/task.h"

struct overview {
	/* since the given moment, without test leads */
	int64_t n_leads;       /* people who are new */
	int64_t n_submissions; /* answers, of known people too */
	int64_t n_messages;    /* webhooks of Meta, test events included */
	/* now */
	int64_t n_unassigned;	 /* leads that nobody has, without test leads */
	struct when worker_seen; /* latest heartbeat; {0} = never */
};
NODISCARD enum rc overview_get(struct task *t, struct when since,
			       struct overview *out);

#endif
