/*
 * owner: the people at Facebook whose logins serve an integration: the first
 * one and stand-ins.  Owns table integration_owner.  Tokens are sealed in the
 * table and plain only in memory.
 */
#ifndef CRM_OWNER_H
#define CRM_OWNER_H
#include "base/task.h"

struct owner {
	int64_t id;
	int64_t integration_id;
	const char *meta_user_id;
	const char *name;	     /* at Facebook; "" when not told */
	const char *kind;	     /* "user", "system_user" */
	const char *token;	     /* plain; NULL where a function says so */
	const char *scopes;	     /* granted permissions, comma list */
	struct when expires_at;	     /* {0} = never */
	struct when data_expires_at; /* {0} = does not apply */
	struct when connected_at, checked_at;
	int64_t warned_days;
};

/* Add, or renew the login of the same person; *id is its row. */
NODISCARD enum rc owner_put(struct task *t, const struct owner *o, int64_t *id);
/* E_NOTFOUND. */
NODISCARD enum rc owner_get(struct task *t, int64_t id, struct owner *out);
/* Of one integration, the first login first; at most 50. */
NODISCARD enum rc owner_list(struct task *t, int64_t integration_id,
			     struct owner **out, size_t *n);
/* What debug_token says: both clocks and scopes. */
NODISCARD enum rc owner_checked(struct task *t, const struct owner *o);
NODISCARD enum rc owner_warned(struct task *t, int64_t id, int64_t days);
/* All of an integration but `keep_id` (0 = all). */
NODISCARD enum rc owner_remove(struct task *t, int64_t integration_id,
			       int64_t keep_id);
/* Those of an integration whose person was forgotten. */
NODISCARD enum rc owner_remove_erased(struct task *t, int64_t integration_id);
/* Logins of one person at Facebook, in any integration, without tokens. */
NODISCARD enum rc owner_of_person(struct task *t, const char *meta_user_id,
				  struct owner **out, size_t *n);
/* Forget the person: token and name; the row stays as a dead login. */
NODISCARD enum rc owner_erase(struct task *t, int64_t id);

#endif
