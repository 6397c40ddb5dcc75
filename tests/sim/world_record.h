/*
 * world_record: what was asked and what was sent: calls of the Graph API,
 * usage counters, webhook deliveries.  Owns tables sim_call, sim_usage and
 * sim_delivery.
 */
#ifndef SIM_WORLD_RECORD_H
#define SIM_WORLD_RECORD_H
#include "db/db.h"

struct sim_call {
	struct when at;
	const char *kind, *method, *path;
	int64_t status, code, ms;
	bool in_batch;
};
NODISCARD enum rc call_add(struct task *t, const struct sim_call *c);

struct sim_call_count {
	const char *kind;
	int64_t status, calls, in_batch, ms;
};
enum { CALL_COUNTS = 1000 };
NODISCARD enum rc calls_count(struct task *t, struct sim_call_count **out,
			      size_t *n);

struct sim_usage {
	const char *scope; /* "app", "page", "token" */
	const char *id;
	int64_t calls;
};
/* Calls of the running window; 0 when a new one has begun. */
NODISCARD enum rc usage_read(struct task *t, const char *scope, const char *id,
			     int64_t window_s, int64_t *calls);
NODISCARD enum rc usage_add(struct task *t, const struct sim_usage *u,
			    int64_t window_s);
NODISCARD enum rc usage_reset(struct task *t);

struct sim_delivery {
	struct when sent_at;
	int64_t changes, status, ms;
	bool acked;
};
enum { DELIVERIES = 5000 };
NODISCARD enum rc delivery_add(struct task *t, const struct sim_delivery *d);
/* The newest `limit` ones. */
NODISCARD enum rc deliveries_list(struct task *t, int64_t limit,
				  struct sim_delivery **out, size_t *n);
/* Calls and deliveries are forgotten. */
NODISCARD enum rc records_reset(struct task *t);

#endif
