/*
 * step: the named places at which a process may be ended or a call may be made
 * to fail, so that a test can do it at every one of them (make crash-matrix).
 * Nothing of it is in a release build: the macros are empty there.
 *
 * A step is each statement that writes, each commit and each call to Meta,
 * before and after, and what programs name besides; who ends before a statement
 * that only reads leaves the same as who ends before what follows.  The
 * environment's LEADPORT_DIE_AT is a folder:
 *
 *	order	what is to happen, once, "SERIAL PROGRAM ACT N PID":
 *		die	at the N-th step of a process of PROGRAM; PID, if not
 *			0, is killed before (the database)
 *		db	the N-th call of it to the database loses its connection
 *		http	the N-th call out is not made
 *		answer	the N-th call out is made, its answer is lost
 *		Whoever carries it out removes the file.  SERIAL tells one
 *		order from the next, so that counting begins anew.
 *	reached	the step at which that was
 */
#ifndef BASE_STEP_H
#define BASE_STEP_H
#include "base/base.h"

#ifdef LEADPORT_STEPS
void step_reached(const char *kind, const char *name);
bool step_fails(const char *act, const char *name);
#define STEP(kind, name) step_reached(kind, name)
#define STEP_FAILS(act, name) step_fails(act, name)
#else
#define STEP(kind, name) ((void)(name))
#define STEP_FAILS(act, name) ((void)(name), false)
#endif

#endif
