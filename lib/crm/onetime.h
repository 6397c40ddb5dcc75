/*
 * onetime: links that work once and for a while: the first SuperAdmin's, an
 * invitation, a password forgotten.  Owns table one_time_link, which keeps only
 * their hash.
 */
#ifndef CRM_ONETIME_H
#define CRM_ONETIME_H
#include "base/task.h"

#define ONETIME_SETUP "setup"	/* 24 hours; of nobody yet */
#define ONETIME_INVITE "invite" /* 7 days */
#define ONETIME_RESET "reset"	/* 30 minutes */

struct onetime {
	int64_t id;
	const char *purpose;
	int64_t user_id; /* 0 = of nobody */
};
/* A new one, whose token stands nowhere but in the link; earlier ones for the
 * same purpose and person end. */
NODISCARD enum rc onetime_make(struct task *t, const char *purpose,
			       int64_t user_id, const char **token);
/* Where a person sets a password with it. */
const char *onetime_url(struct task *t, const char *token);
/* Locked until the transaction ends.  E_NOTFOUND: unknown, used or too old. */
NODISCARD enum rc onetime_find(struct task *t, const char *token,
			       struct onetime *out);
/* None of the person's opens a door any more. */
NODISCARD enum rc onetime_end_all(struct task *t, int64_t user_id);
/* This one is used; whatever else its person had ends with it. */
NODISCARD enum rc onetime_use(struct task *t, const struct onetime *link);

#endif
