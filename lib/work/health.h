/*
 * health: are logins and pages still good?  Once a day and after an error.
 *
 * A login is asked of debug_token: both clocks, scopes, life.  A page is asked
 * for its subscription, its terms, its leads access.  What is wrong becomes a
 * trouble, what is right again takes its trouble away; a lost subscription
 * is made again at once.
 */
#ifndef WORK_HEALTH_H
#define WORK_HEALTH_H
#include "work/queue.h"

/* Queue a check of every login that was not looked at for a day. */
NODISCARD enum rc health_due(struct task *t);
/* Queue one now; the same again is no error. */
NODISCARD enum rc health_ask(struct task *t, int64_t integration_id);
/* The worker's part; the subject is an integration. */
NODISCARD enum rc health_job(struct task *t, const struct job *j);

#endif
