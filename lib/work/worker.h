/*
 * worker: the loop that opens receipts, claims jobs, reads leads from Meta in
 * batches and imports them.  Owns tables worker,
 * worker_kind and house.
 *
 * Any number of workers may run, on any number of hosts.
 */
#ifndef WORK_WORKER_H
#define WORK_WORKER_H
#include "db/site.h"

enum worker_mode {
	WORKER_FOREVER = 0, /* until SIGTERM */
	WORKER_ONCE,	    /* until nothing is ready */
	WORKER_FOR,	    /* `seconds`, then end after the job at hand */
	WORKER_WOKEN,	    /* the same; the webhook started it */
};

/* 0 when it ended as asked; 1 when the database was never there (ONCE). */
int worker_run(struct site *site, enum worker_mode mode, int64_t seconds);

/* The latest heartbeat of a worker that runs for ever, or that a cron job
 * started (WORKER_FOR); {0} = there was none. */
struct worker_kinds {
	struct when service, cron;
};
NODISCARD enum rc worker_kinds(struct task *t, struct worker_kinds *out);

#endif
