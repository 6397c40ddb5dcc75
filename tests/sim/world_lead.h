/*
 * world_lead: leads, made to order and read back.  Owns table sim_lead.
 */
#ifndef SIM_WORLD_LEAD_H
#define SIM_WORLD_LEAD_H
#include "base/json.h"
#include "world.h"
#include "world_switch.h"

struct lead_order {
	int64_t count;
	const char *form_id;	   /* NULL: all forms take turns */
	const char *platform;	   /* "fb", "ig", "mix" */
	int64_t seed;		   /* 0 = by chance */
	const struct json *values; /* answers given by hand, or NULL */
	bool test;
	bool silent;	   /* no webhook will be sent */
	struct when first; /* submission of the first; {0} = now */
	int64_t apart_ms;  /* between one and the next */
};
enum { LEAD_ORDER = 20000 };
/* Make leads; *ids has order->count elements in t->mem. */
NODISCARD enum rc leads_make(struct task *t, const struct switches *sw,
			     const struct lead_order *order, const char ***ids);

struct sim_lead {
	int64_t number, person;
	const char *id, *form_id, *page_id, *platform;
	const char *ad_id, *ad_name, *adset_id, *adset_name; /* or NULL */
	const char *campaign_id, *campaign_name;	     /* or NULL */
	struct when created_at, made_at;
	bool is_test, is_organic;
	const char *field_data;
	const char *disclaimers;	  /* or NULL */
	const char *name, *email, *phone; /* or NULL */
	const char *state;
	int64_t deliveries, acks;
};
NODISCARD enum rc lead_read(struct task *t, const char *id,
			    struct sim_lead *out);
/* The test lead of a form.  E_NOTFOUND when there is none. */
NODISCARD enum rc lead_test_of(struct task *t, const char *form_id,
			       struct sim_lead *out);
NODISCARD enum rc lead_remove(struct task *t, int64_t number);

/* Newest first.  `before` is the place of the last lead of the page before;
 * both {0} to begin. */
struct lead_query {
	const char *form_id;
	struct when after, until; /* bounds, not part of the range */
	bool oldest_first;
	struct when last; /* the one that the answer before ended with; {0} */
	int64_t last_number;
	int64_t limit;
};
NODISCARD enum rc leads_list(struct task *t, const struct lead_query *q,
			     struct sim_lead **out, size_t *n);

/* Leads whose webhook is to be sent, oldest first. */
NODISCARD enum rc leads_waiting(struct task *t, int64_t after, int64_t limit,
				struct sim_lead **out, size_t *n);
/* The ledger: all leads in the order of making. */
NODISCARD enum rc leads_ledger(struct task *t, int64_t after, int64_t limit,
			       struct sim_lead **out, size_t *n);
NODISCARD enum rc lead_sent(struct task *t, int64_t number, int64_t deliveries,
			    int64_t acks);
NODISCARD enum rc lead_dropped(struct task *t, int64_t number);
NODISCARD enum rc leads_reset(struct task *t);

#endif
