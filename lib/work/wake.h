/*
 * wake: telling a worker that there is something to do.
 *
 * A datagram to var/wake.sock; nobody there means no worker is alive on this
 * host, and one is started, detached from the web server.  It is a short cut
 * only: a worker polls each second anyway.
 */
#ifndef WORK_WAKE_H
#define WORK_WAKE_H
#include "base/task.h"

/* Wake or start the worker; failures are logged, never passed on: the work
 * is safe in the database. */
void wake_worker(struct task *t);

struct wake;
/* The worker's side: become the one who hears.  NULL while another worker
 * of this host does; ask again later. */
struct wake *wake_listen(struct task *t, struct arena *mem);
/* Sleep until woken, a signal, or `ms`; wake may be NULL. */
void wake_wait(struct wake *w, int64_t ms);
void wake_close(struct wake *w);

#endif
