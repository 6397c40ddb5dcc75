/*
 * doctor: is everything as it must be for leads to arrive?  All checks run,
 * also after a failure; one that cannot run says what it waits for.
 */
#ifndef WORK_DOCTOR_H
#define WORK_DOCTOR_H
#include "base/task.h"
#include "crm/reason.h"

enum check_state { CHECK_PASS = 1, CHECK_WARN, CHECK_FAIL, CHECK_UNKNOWN };
enum check_group { GROUP_CRM = 1, GROUP_APP, GROUP_PAGES, GROUP_ASSIGN };

struct check {
	const char *id; /* "database", "app_subscription"… */
	enum check_group group;
	enum check_state state;
	const char *title; /* what was found, as a heading */
	const char *words; /* why, and what mends it; "" with a pass */
	const char *aside; /* small at the side: time, Meta's code; "" */
	const char
		*person; /* who is named in title or words; NULL, "" = nobody:
			       the report leaves the name out */
	enum reason_way way; /* where the button leads */
	const char *button;  /* NULL with WAY_NONE */
};

const char *check_state_name(enum check_state s);
const char *check_group_name(enum check_group g); /* "This CRM"… */

/* Never fails: what goes wrong is a check's result.  `integration_id` 0: of
 * the whole installation.  Asks Meta: not inside a transaction.  A failure of
 * an integration's logins or pages has the worker look at them, too. */
void doctor_run(struct task *t, int64_t integration_id, struct check **out,
		size_t *n);
/* As plain text to send on: no secrets, nothing of a lead. */
const char *doctor_report(struct task *t, const struct check *checks, size_t n);

/* Is there room, and does somebody do the work?  Looks at this installation
 * only, and asks nobody. */
void doctor_room(struct task *t, struct check **out, size_t *n);

/* One check alone, by id ("app_secret"…): for the platform page. */
struct check doctor_one(struct task *t, const char *id);

#endif
