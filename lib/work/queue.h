/*
 * queue: jobs, claimed by lease.  Owns table job.
 *
 * A claim marks up to n ready jobs as this worker's until lease_until.  If
 * the worker dies, others may claim them when the lease has run out; whoever
 * comes back late finds its mark gone and must drop what it did (E_CONFLICT).
 * A job that was lost more than once is claimed alone, and given up when 20
 * workers ended over it.
 * Failures wait 1, 6, 24, 120, 360, 1440, 4320, 8640, 17280, 17280, 2369 times
 * limits.retry_first_ms (with the default 5 s: 5 s, 30 s, 2 min, 10 min,
 * 30 min, 2 h, 6 h, 12 h, 24 h, 24 h and the rest of 72 h), each 20 % more or
 * less, and are given up after the last.  Tries are counted, not the age of
 * the job: what waited for Meta or for a person begins with all of them.
 */
#ifndef WORK_QUEUE_H
#define WORK_QUEUE_H
#include "base/task.h"

#define JOB_LEAD "lead"	    /* subject: leadgen id; claimed in batches */
#define JOB_DRAFT "draft"   /* a connection in the making */
#define JOB_SYNC "sync"	    /* a sync run */
#define JOB_HEALTH "health" /* an integration */
#define JOB_MAIL "mail"	    /* a letter */
#define JOB_REMAP "remap"   /* fields of a form, applied to its leads */
#define JOB_BULK "bulk"	    /* one change to many leads */
#define JOB_FILE "file"	    /* a file of leads */
#define JOB_DRILL "drill"   /* a fire drill */

/* How a lead came that is read by its own job. */
#define JOB_WAY_WEBHOOK "webhook"
#define JOB_WAY_HISTORY "history" /* set aside by an import of history */
#define JOB_WAY_SHARED "shared"	  /* by one that is shared out */

struct job {
	int64_t id;
	const char *kind;	  /* JOB_… */
	const char *subject;	  /* leadgen id, or the id of a row */
	const char *page_meta_id; /* "" when the webhook did not tell */
	const char *form_meta_id; /* "" likewise */
	const char *way;	  /* JOB_WAY_… */
	int64_t attempts;	  /* this one included */
	struct when received_at, submitted_at;
	const char *mark; /* of the claim */
};

struct queue_lead { /* a job in the making */
	const char *leadgen_id, *page_meta_id, *form_meta_id;
	const char *way; /* JOB_WAY_…; NULL = by webhook */
	int64_t receipt_id;
	struct when received_at, submitted_at;
};
/* The same lead again is no error and changes nothing. */
NODISCARD enum rc queue_add_lead(struct task *t, const struct queue_lead *l);

/* A test lead that was removed: its job is over, and a webhook that is late
 * makes none.  One that is at work ends by itself. */
NODISCARD enum rc queue_close_lead(struct task *t, const char *leadgen_id);

/* It was stored by another path: a job of it that waits, is parked or was given
 * up is over.  One that is at work finds it by itself. */
NODISCARD enum rc queue_lead_came(struct task *t, const char *leadgen_id);

/* It was stored by another path, which was taken back: a job of it that found
 * it here is ready again, also one that is at work; and one that a sync or
 * an import of history would have brought gets a job, if its form is known and
 * wanted.  One that ended
 * for a reason of its own stays so. */
NODISCARD enum rc queue_lead_gone(struct task *t, const struct queue_lead *l);

/* Any other job.  One of the same kind and subject that waits stays as it is;
 * one that has ended becomes ready again, as old as one that is new. */
NODISCARD enum rc queue_add(struct task *t, const char *kind, int64_t subject);
/* If it waits, not any longer. */
NODISCARD enum rc queue_hasten(struct task *t, const char *kind,
			       int64_t subject);
/* The row that a job of these kinds is about. */
int64_t queue_subject(const struct job *j);

enum { CLAIM_MAX = 50 };
/* `mark` is unique to this claim, 64 characters at most.  At most CLAIM_MAX
 * lead jobs, oldest first. */
NODISCARD enum rc queue_claim(struct task *t, const char *mark,
			      struct job **out, size_t *n);
/* One job of the other kinds, or none (*n 0). */
NODISCARD enum rc queue_claim_other(struct task *t, const char *mark,
				    struct job **out, size_t *n);

/* This one, if it is ready. */
NODISCARD enum rc queue_claim_one(struct task *t, const char *mark,
				  const char *kind, int64_t subject,
				  struct job **out, size_t *n);

/* The claim's lease runs from now again.  *n: jobs that are still held; 0 =
 * another worker has them all, or they have ended. */
NODISCARD enum rc queue_renew(struct task *t, const char *mark, int64_t *n);
/* Before a call to Meta, which may take its deadline, and before what only the
 * holder may change: the time is read anew, and the lease runs from there.
 * E_CONFLICT: nothing of the claim is held any more. */
NODISCARD enum rc queue_hold(struct task *t, const char *mark);

/* The ends of a try.  E_CONFLICT: the lease was lost. */
NODISCARD enum rc queue_done(struct task *t, const struct job *j);
/* Done without having been worked on, for a reason. */
NODISCARD enum rc queue_skip(struct task *t, const struct job *j,
			     const char *reason, const char *words);
NODISCARD enum rc queue_retry(struct task *t, const struct job *j,
			      const char *reason, const char *words);
/* Not before `until`, and without counting as a try (throttled by Meta). */
NODISCARD enum rc queue_wait(struct task *t, const struct job *j,
			     struct when until, const char *reason,
			     const char *words);
/* Ready at once, with all tries anew: a part of it is done. */
NODISCARD enum rc queue_go_on(struct task *t, const struct job *j);
/* In a moment, for a worker of another host: this one lacks what it takes.
 * Counted as a try. */
NODISCARD enum rc queue_pass_on(struct task *t, const struct job *j,
				const char *reason, const char *words);
/* Until somebody mends something. */
NODISCARD enum rc queue_park(struct task *t, const struct job *j,
			     const char *reason, const char *words);
/* For good: shown to people, tried again only by hand. */
NODISCARD enum rc queue_give_up(struct task *t, const struct job *j,
				const char *reason, const char *words);
/* What is left of a claim that could not be worked on, ready at once. */
NODISCARD enum rc queue_hand_back(struct task *t, const char *mark);
/* Ready again: parked jobs of a page (its Meta id) that was connected. */
NODISCARD enum rc queue_release_page(struct task *t, const char *page_meta_id,
				     int64_t *n);

/* At once: leads that wait for their form, which is known now. */
#define QUEUE_FORM_UNKNOWN "form_unknown" /* the reason of their wait */
NODISCARD enum rc queue_release_form(struct task *t, const char *form_meta_id,
				     int64_t *n);

/* Milliseconds until the next try, jitter included; attempts counts from 1.
 * -1: give up. */
int64_t queue_backoff(int64_t first_ms, int64_t attempts);

struct queue_counts {
	int64_t ready, running, parked, dead;
	int64_t receipts_new;
	struct when oldest_ready; /* {0} = none */
};
NODISCARD enum rc queue_count(struct task *t, struct queue_counts *out);

#endif
