/*
 * leadwork_private: what the files of leadwork share: an act, and the frame of
 * each.
 */
#ifndef CRM_LEADWORK_PRIVATE_H
#define CRM_LEADWORK_PRIVATE_H
#include "crm/leadwork.h"

struct held {
	const char *stage, *assignee;
	int64_t assignee_id;
	bool gone;
};
/* An act as db_tx wants it: one struct for all verbs. */
struct act {
	const struct lead *edited;
	const struct custom_value *own;
	size_t n_own;
	int64_t lead_id, user_id;
	const char *text;
	bool flag, changed;
	struct held held;
};

/* Lock the lead and read what it is.  E_NOTFOUND unless it is deleted (`gone`),
 * or is not. */
NODISCARD enum rc leadwork_hold(struct task *t, struct act *a, bool gone);
/* Brought up, and found by what it is now: the last step of an act. */
NODISCARD enum rc leadwork_worked(struct task *t, struct act *a);
/* The act in a transaction; *changed (may be NULL) only when it holds. */
NODISCARD enum rc leadwork_run(struct task *t, const char *name,
			       enum rc (*fn)(struct task *t, void *arg),
			       struct act a, bool *changed);

#endif
