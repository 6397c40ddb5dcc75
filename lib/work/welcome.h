/*
 * welcome: letters that let a person set a password: the invitation, and the
 * way back in.
 */
#ifndef WORK_WELCOME_H
#define WORK_WELCOME_H
#include "crm/user.h"

/* To somebody who was given an account, in the caller's transaction. */
NODISCARD enum rc welcome_invite(struct task *t, const struct user *u);
/* To whoever has this address and is active; nobody, or too many letters
 * within the hour, is no failure: the caller learns nothing. */
NODISCARD enum rc welcome_reset(struct task *t, const char *email);
/* A link to hand over by other means; earlier ones end, the audit is told. */
NODISCARD enum rc welcome_link(struct task *t, const struct user *u,
			       const char **url);

#endif
