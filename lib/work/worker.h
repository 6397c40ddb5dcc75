/*
 * worker: the loop that opens receipts, claims jobs, reads leads from Meta in
 * batches and imports them.  Owns table worker.
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
};

/* 0 when it ended as asked; 1 when the database was never there (ONCE). */
int worker_run(struct site *site, enum worker_mode mode, int64_t seconds);

#endif
