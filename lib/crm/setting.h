/*
 * setting: what the platform page sets.  Owns table setting.
 *
 * Names that end in ".sealed" are kept encrypted; get and put do that by
 * themselves.
 */
#ifndef CRM_SETTING_H
#define CRM_SETTING_H
#include "base/task.h"

#define SETTING_APP_ID "meta.app_id"
#define SETTING_APP_SECRET "meta.app_secret.sealed"
/* The secret before, while Meta still signs with it. */
#define SETTING_APP_SECRET_OLD "meta.app_secret_old.sealed"
#define SETTING_VERIFY_TOKEN "meta.verify_token.sealed"

/* *value is NULL when it was never set.  E_INTERNAL: it was sealed with
 * another key. */
NODISCARD enum rc setting_get(struct task *t, const char *name,
			      const char **value);
NODISCARD enum rc setting_put(struct task *t, const char *name,
			      const char *value);

#endif
