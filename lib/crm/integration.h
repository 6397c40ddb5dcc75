/*
 * integration: a connection to a Meta account: its name, how its leads are
 * assigned, and whose token serves it.  Owns tables integration and
 * integration_owner.
 */
#ifndef CRM_INTEGRATION_H
#define CRM_INTEGRATION_H
#include "base/task.h"

struct integration {
	int64_t id;
	const char *name, *description;
	const char *strategy; /* "unassigned", "user", "round_robin" */
	int64_t assignee_id;  /* of strategy "user"; 0 = none */
	int64_t last_turn_id; /* rotation pointer; 0 = nobody had a turn */
	const char *status;   /* "active", "error" */
	const char *reason, *reason_words;
};

/* E_INPUT: name 1 to 120 characters, description up to 500, a known
 * strategy, an assignee exactly with strategy "user" (active, with Lead
 * Management). */
NODISCARD enum rc integration_add(struct task *t, const struct integration *i,
				  int64_t *id);
NODISCARD enum rc integration_get(struct task *t, int64_t id,
				  struct integration *out);
/* Locked until the transaction ends: whoever assigns holds this row. */
NODISCARD enum rc integration_lock(struct task *t, int64_t id,
				   struct integration *out);
/* By name, at most 1,000. */
NODISCARD enum rc integration_list(struct task *t, struct integration **out,
				   size_t *n);
NODISCARD enum rc integration_set_turn(struct task *t, int64_t id,
				       int64_t user_id);
/* reason "" = active again. */
NODISCARD enum rc integration_set_status(struct task *t, int64_t id,
					 const char *reason, const char *words);

struct owner {
	int64_t integration_id;
	const char *meta_user_id;
	const char *kind;  /* "user", "system_user" */
	const char *token; /* plain; sealed in the table */
	struct when expires_at, data_expires_at;
};
/* Add, or renew the token of the same person. */
NODISCARD enum rc integration_own(struct task *t, const struct owner *o);
/* The latest connected owner; E_NOTFOUND when there is none. */
NODISCARD enum rc integration_owner(struct task *t, int64_t integration_id,
				    struct owner *out);

#endif
