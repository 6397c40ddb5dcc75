/*
 * doctor: is everything as it must be for leads to arrive?  All checks run,
 * also after a failure; one that cannot run says what it waits for.
 */
#ifndef WORK_DOCTOR_H
#define WORK_DOCTOR_H
#include "base/task.h"

enum check_state { CHECK_PASS = 1, CHECK_WARN, CHECK_FAIL, CHECK_UNKNOWN };

struct check {
	const char *id; /* "database", "app_subscription"… */
	enum check_state state;
	const char *title; /* "The database answers" */
	const char *words; /* what was found, and what mends it */
};

const char *check_state_name(enum check_state s);

/* Never fails: what goes wrong is a check's result. */
void doctor_run(struct task *t, struct check **out, size_t *n);

#endif
