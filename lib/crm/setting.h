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
/* The secret before; read it with setting_old_secret. */
#define SETTING_APP_SECRET_OLD "meta.app_secret_old.sealed"
#define SETTING_VERIFY_TOKEN "meta.verify_token.sealed"
/* Configuration of Facebook Login for Business, instead of a scope list. */
#define SETTING_LOGIN_CONFIG "meta.login_config"
/* Instead of conf.meta.graph_version. */
#define SETTING_GRAPH_VERSION "meta.graph_version"

/* *value is NULL when it was never set.  E_INTERNAL: it was sealed with
 * another key. */
NODISCARD enum rc setting_get(struct task *t, const char *name,
			      const char **value);
/* The app secret that was replaced, for two days: so long Meta may send again
 * what it signed with it (contract 1.4: 36 hours).  NULL: none, or too old. */
NODISCARD enum rc setting_old_secret(struct task *t, const char **value);
NODISCARD enum rc setting_put(struct task *t, const char *name,
			      const char *value);

#endif
