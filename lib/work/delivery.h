/*
 * delivery: what Meta posted and what became of it, for people: reads the
 * tables of inbox and queue, and lets work begin again.
 */
#ifndef WORK_DELIVERY_H
#define WORK_DELIVERY_H
#include "base/task.h"
#include "base/text.h"

enum { DELIVERY_PAGE = 50 };
struct delivery {
	int64_t id;
	struct when received_at;
	bool is_escaped;   /* signed over Meta's escaped spelling */
	const char *state; /* "new", "opened", "refused": cannot be read */
	int64_t bytes;
	int64_t n_leads, n_tests, n_other; /* updates in it */
	/* of the leads that it was the first to name */
	int64_t n_done, n_waiting, n_parked, n_dead;
	const char *lead;      /* one of them; "" = none */
	const char *page_name; /* "" = not connected here */
	const char *reason;    /* why one is parked or dead; reason.h */
	struct when next_try;  /* {0} = none waits */
};
struct delivery_filter {
	const char *state; /* "waiting", "parked", "dead", "" = all */
	const char *lead;  /* Meta's lead id; "" = any */
	int64_t before;	   /* only older ones; 0 = the newest */
};
/* How many came since then. */
NODISCARD enum rc delivery_since(struct task *t, struct when since, int64_t *n);
/* Newest first, at most DELIVERY_PAGE. */
NODISCARD enum rc delivery_list(struct task *t, const struct delivery_filter *f,
				struct delivery **out, size_t *n);
NODISCARD enum rc delivery_get(struct task *t, int64_t id,
			       struct delivery *out);
/* The bytes that were signed; "" when they are over 256 KiB. */
NODISCARD enum rc delivery_body(struct task *t, int64_t id, struct text *out);

struct delivery_job {
	int64_t id;
	const char *leadgen_id;
	const char *state; /* see queue.h */
	int64_t attempts;
	const char *reason, *words; /* of the latest failure; "" */
	struct when run_at, ended_at;
	int64_t lead_id; /* 0 = not stored */
};
/* The leads that it was the first to name, at most 1,000. */
NODISCARD enum rc delivery_jobs(struct task *t, int64_t id,
				struct delivery_job **out, size_t *n);

/* Parked or given up: tried again at once.  E_NOTFOUND: it is neither. */
NODISCARD enum rc delivery_retry(struct task *t, int64_t job_id);

struct delivery_range {
	struct when from, until;
	int64_t n;	   /* deliveries in it, at most DELIVERY_REPLAY_MAX */
	int64_t n_missing; /* leads of them that are not stored */
};
enum { DELIVERY_REPLAY_MAX = 5000 };
/* Count what a replay would open. */
NODISCARD enum rc delivery_count(struct task *t, struct delivery_range *r);
/* Open them anew; what is stored stays as it is, what was given up is tried
 * again.  The audit is told. */
NODISCARD enum rc delivery_replay(struct task *t, struct delivery_range *r);

struct delivery_refused {
	const char *reason; /* "missing", "wrong" */
	int64_t n;
	struct when last_at;
};
/* Bad signatures of the last 7 days. */
NODISCARD enum rc delivery_refusals(struct task *t,
				    struct delivery_refused **out, size_t *n);

#endif
