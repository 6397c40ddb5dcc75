/*
 * throttle: how near Meta's limits we are, of the app, of a page, of a token
 * (contract section 7).  Kept in the database: all workers on all hosts know
 * it, and a restart forgets nothing.  Owns table throttle.
 *
 * From 75 % of a limit on what can wait goes slowly; from 95 % on, or when a
 * call was refused for a limit, nothing is asked until the time that Meta
 * named has passed, or 15 minutes: a call made meanwhile prolongs it.
 */
#ifndef META_THROTTLE_H
#define META_THROTTLE_H
#include "meta/graph.h"
#include "net/fetch.h"

/* How near, before a call as `g`. */
struct throttle {
	int64_t percent;	     /* the highest of the three */
	enum graph_scope slow_scope; /* of that one */
	struct when until;	     /* nothing is asked before; {0} = go on */
	enum graph_scope scope;	     /* of the one that waits */
};
enum { THROTTLE_SLOW = 75, THROTTLE_STOP = 95 };
NODISCARD enum rc throttle_look(struct task *t, const struct graph *g,
				struct throttle *out);

/* The call that follows is not made: *err says until when, as if Meta had. */
NODISCARD enum rc throttle_refuse(struct task *t, const struct throttle *th,
				  struct graph_error *err);

/* What an answer says of limits: its usage headers, and whether it was
 * refused for one (`err`, else NULL).  A refusal's wait_s is filled in.
 * `before` is what was known before the call: little is written where little
 * is used. */
NODISCARD enum rc throttle_note(struct task *t, const struct graph *g,
				const struct throttle *before,
				const struct fetch_answer *a,
				struct graph_error *err);

/* Another app has limits of its own. */
NODISCARD enum rc throttle_forget_app(struct task *t);

/* Forget what was seen a day ago. */
NODISCARD enum rc throttle_purge(struct task *t);

#endif
