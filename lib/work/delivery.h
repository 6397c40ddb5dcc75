/*
 * delivery: what Meta posted and what became of it, for people: reads the
 * tables of inbox, queue and notify, and lets work begin again.
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
	int64_t n_done, n_waiting, n_running, n_parked, n_dead;
	const char *lead;      /* one of them; "" = none */
	int64_t job_id;	       /* of one that is not done; 0 = none */
	const char *page_name; /* "" = not connected here */
	const char *reason;    /* why one is parked or dead; reason.h */
	struct when next_try;  /* {0} = none waits */
};
struct delivery_filter {
	/* of leads: "waiting", "parked", "dead"; "other": other work that needs
	 * somebody; "" = all */
	const char *state;
	const char *lead; /* Meta's lead id, whatever else is asked; "" */
	const char *page; /* Meta's id of a page; "" = any */
	struct when from, until; /* when it came; {0} = open */
	/* only what comes behind this one; {0} = from the newest on */
	struct when at;
	int64_t before;
};
/* A message is kept for limits.receipt_days; a lead of it that is not done
 * stays for as long as it takes, and some were never in a message.  So what is
 * filtered by more than time is a list of jobs: delivery_job_list. */
bool delivery_is_of_jobs(const struct delivery_filter *f);

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
	const char *kind;    /* see queue.h */
	const char *subject; /* Meta's lead id, or the id of a row */
	const char *state;   /* see queue.h */
	int64_t attempts;
	const char *reason, *words;	      /* of the latest failure; "" */
	const char *page_meta_id, *page_name; /* "" = not told, not known */
	/* received_at: the message, or when it was set aside without one */
	struct when received_at, created_at, run_at, ended_at;
	bool was_told;	    /* by a message of Meta */
	int64_t receipt_id; /* that message; 0 = it is not kept any more */
	int64_t lead_id;    /* 0 = not stored */
	/* what a letter is about and for whom; "" = it is deleted, or none */
	const char *letter, *letter_to;
	bool may_be_sent; /* it is there, and its person is active */
};
/* Newest first, at most DELIVERY_PAGE, of a filter that delivery_is_of_jobs. */
NODISCARD enum rc delivery_job_list(struct task *t,
				    const struct delivery_filter *f,
				    struct delivery_job **out, size_t *n);
/* The leads that a message was the first to name, at most 1,000. */
NODISCARD enum rc delivery_jobs(struct task *t, int64_t id,
				struct delivery_job **out, size_t *n);
NODISCARD enum rc delivery_job_get(struct task *t, int64_t job_id,
				   struct delivery_job *out);
/* How many "other" lists. */
NODISCARD enum rc delivery_others(struct task *t, int64_t *n);

/* Parked, given up, or a lead whose next try is not due: tried at once, with
 * all its tries anew.  E_CONFLICT: it is none of these any more. */
NODISCARD enum rc delivery_retry(struct task *t, int64_t job_id);

struct delivery_place { /* in the order in which they came */
	struct when at;
	int64_t id; /* of those that came then; 0 = the first */
};
/* Deliveries are opened anew by slices: their jobs and new ones share the
 * workers. */
enum { DELIVERY_SLICE = 5000 };
struct delivery_range {
	struct delivery_place from, until; /* without `until` itself */
	int64_t n;			   /* deliveries of the first slice */
	int64_t n_again; /* leads of them that are tried again */
	bool more;	 /* there is another slice, from `next` on */
	struct delivery_place next;
};
/* Count what a replay would open. */
NODISCARD enum rc delivery_count(struct task *t, struct delivery_range *r);
/* Open the first slice anew; what is stored stays as it is, what was given up
 * is tried again.  The audit is told. */
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
