/*
 * assign: which colleague gets a new lead, and why.
 *
 * Runs inside the import's transaction: the integration's row is locked, so
 * that turns are taken one after the other, and who is eligible (active, with
 * Lead Management) is judged at that moment.
 */
#ifndef CRM_ASSIGN_H
#define CRM_ASSIGN_H
#include "crm/timeline.h"

struct assignment {
	int64_t user_id;	/* 0 = nobody */
	const char *user_name;	/* "" = nobody */
	const char *words;	/* the timeline's sentence */
	const char *nobody_why; /* see lead_assign; "" with a user */
	struct why_log why;
};

/* Choose for a lead that `holder_id` holds already (0 = nobody): a lead that
 * belongs to an eligible person stays there.  Moves the rotation pointer;
 * the caller stores the choice. */
NODISCARD enum rc assign_choose(struct task *t, int64_t integration_id,
				int64_t holder_id, struct assignment *out);
/* Outside the rule: it stays with whoever has it, else it is nobody's, for the
 * reason in `words`.  No turn is taken. */
NODISCARD enum rc assign_nobody(struct task *t, int64_t holder_id,
				const char *words, struct assignment *out);

/* ---- for pages ---- */

struct turn { /* somebody in the Round Robin */
	int64_t user_id;
	const char *name;
	const char *skipped; /* why: "Not active"; "" = takes turns */
	bool is_next;
	int64_t n_leads; /* of this integration, since `from` */
};
/* In the order of turns, the next one first; at most 1,000. */
NODISCARD enum rc assign_turns(struct task *t, int64_t integration_id,
			       int64_t last_turn_id, struct when from,
			       struct turn **out, size_t *n);
/* How many take turns: active, with Lead Management. */
NODISCARD enum rc assign_pool_size(struct task *t, int64_t *n);

#endif
