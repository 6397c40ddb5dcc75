/*
 * overview: a few numbers that tell whether all is well.  Owns no table; it
 * only counts.
 */
#ifndef CRM_OVERVIEW_H
#define CRM_OVERVIEW_H
#include "base/task.h"

struct overview_nobody {
	const char *why; /* see lead_assign; "" = from before it was kept */
	int64_t n;	 /* leads, without test leads */
};
struct overview {
	/* since the given moment, without test leads */
	int64_t n_leads;       /* people who are new */
	int64_t n_submissions; /* answers, of known people too */
	int64_t n_messages;    /* webhooks of Meta, test events included */
	/* now */
	struct overview_nobody *nobody; /* leads that nobody has, by reason */
	size_t n_nobody;		/* most first; at most 10 */
	int64_t n_unassigned;		/* all of them */
	struct when worker_seen;	/* latest heartbeat; {0} = never */
};
NODISCARD enum rc overview_get(struct task *t, struct when since,
			       struct overview *out);

#endif
