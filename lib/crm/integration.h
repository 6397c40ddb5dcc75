/*
 * integration: a connection to a Meta account: its name and how its leads are
 * assigned.  Owns table integration.  Who is behind it: crm/owner.h; what is
 * wrong with it: crm/trouble.h.
 */
#ifndef CRM_INTEGRATION_H
#define CRM_INTEGRATION_H
#include "base/task.h"

enum { INTEGRATION_NAME_MAX = 120, INTEGRATION_DESCRIPTION_MAX = 500 };

struct integration {
	int64_t id;
	const char *name, *description;
	const char *strategy;	   /* "unassigned", "user", "round_robin" */
	int64_t assignee_id;	   /* of strategy "user"; 0 = none */
	const char *assignee_name; /* "" = none */
	const char *on_known;	   /* who is here already: "join", "new" lead or
				 "skip"; NULL in integration_change: as it
				 is */
	bool is_drilled;	   /* only read: a fire drill each night */
	int64_t last_turn_id;	   /* rotation pointer; 0 = nobody had a turn */
	struct when created_at;
	struct when last_sync_at; /* end of the latest complete one; {0} */
};

/* E_INPUT with a sentence for the person, and the member it is about in *field
 * ("name", "description", "strategy", "assignee"): name 1 to 120 characters,
 * description up to 500, a known strategy, an assignee exactly with strategy
 * "user" (active, with Lead Management). */
NODISCARD enum rc integration_check(struct task *t, const struct integration *i,
				    const char **field);
/* Both check first; the audit is told of these and of a deletion. */
NODISCARD enum rc integration_add(struct task *t, const struct integration *i,
				  int64_t *id);
/* Name, description, strategy and assignee.  E_NOTFOUND. */
NODISCARD enum rc integration_change(struct task *t,
				     const struct integration *i);

/* Deleted ones are E_NOTFOUND. */
NODISCARD enum rc integration_get(struct task *t, int64_t id,
				  struct integration *out);
/* Locked until the transaction ends: whoever assigns holds this row. */
NODISCARD enum rc integration_lock(struct task *t, int64_t id,
				   struct integration *out);
/* By name, at most 1,000, without the deleted ones. */
NODISCARD enum rc integration_list(struct task *t, struct integration **out,
				   size_t *n);

/* A fire drill each night, or not; the audit is told of a change. */
NODISCARD enum rc integration_set_drilled(struct task *t, int64_t id, bool is);
NODISCARD enum rc integration_set_turn(struct task *t, int64_t id,
				       int64_t user_id);
NODISCARD enum rc integration_synced(struct task *t, int64_t id);
NODISCARD enum rc integration_checked(struct task *t, int64_t id);
/* Those whose health is to be looked at: after a day; after an hour while
 * something is wrong; after 5 minutes while somebody may be mending it at
 * Meta.  At most 100. */
struct integration_id {
	int64_t id;
};
NODISCARD enum rc integration_due(struct task *t, struct integration_id **out,
				  size_t *n);
/* Its row stays, marked: leads came through it. */
NODISCARD enum rc integration_delete(struct task *t, int64_t id);

/* How many leads came through it in each quarter of an hour since `from`:
 * enough to count days in any zone.  Without test leads; at most 4,000. */
struct arrivals {
	struct when quarter; /* its start */
	int64_t n;
};
NODISCARD enum rc integration_arrivals(struct task *t, int64_t id,
				       struct when from, struct arrivals **out,
				       size_t *n);

/* Leads that came through it and are here. */
NODISCARD enum rc integration_leads(struct task *t, int64_t id, int64_t *n);

#endif
