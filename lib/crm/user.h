/*
 * user: the people who log in.  Owns table app_user.
 */
#ifndef CRM_USER_H
#define CRM_USER_H
#include "base/task.h"
#include "base/text.h"

enum role {
	ROLE_NONE = 0,
	ROLE_MEMBER,
	ROLE_MODERATOR,
	ROLE_ADMIN,
	ROLE_SUPERADMIN
};

struct user {
	int64_t id;
	const char *email, *name;
	enum role role;
	bool manages_leads;
	bool is_active;
	const char *time_zone;	   /* "" = the site's */
	const char *theme;	   /* "", "light", "dark" */
	const char *lead_mail;	   /* "at_once", "digest", "off" */
	const char *password_hash; /* "" = invited, none chosen yet */
};

/* May this person be given leads: active, with Lead Management? */
bool user_takes_leads(const struct user *u);

/* Is this person (0 = the system) active still, and may work on all leads? */
bool user_may_manage(struct task *t, int64_t id);

/* "superadmin" and back; ROLE_NONE for any other word. */
const char *role_name(enum role r);
enum role role_of(const char *name);
/* As people read it: "SuperAdmin". */
const char *role_title(enum role r);

NODISCARD enum rc user_get(struct task *t, int64_t id, struct user *out);
/* The same, locked until the transaction ends. */
NODISCARD enum rc user_hold(struct task *t, int64_t id, struct user *out);
/* `email` in any spelling. */
NODISCARD enum rc user_by_email(struct task *t, const char *email,
				struct user *out);
/* Everyone, by name; at most 10,000. */
NODISCARD enum rc user_list(struct task *t, struct user **out, size_t *n);

/* E_INPUT with a sentence for the person: address, name (1 to 120), role,
 * zone, password (crypt.h; {0} = none yet, no login).  E_CONFLICT: the
 * address is taken.  The audit is told, here and in user_change. */
NODISCARD enum rc user_add(struct task *t, const struct user *u,
			   struct text password, int64_t *id);
/* Name, e-mail, role, Lead Management and active of `u`, which was read
 * before.  E_CONFLICT with a sentence: the address is taken, or it would leave
 * no active SuperAdmin.  The sessions of whoever is not active do not count. */
NODISCARD enum rc user_change(struct task *t, const struct user *u);
/* A page was asked for. */
NODISCARD enum rc user_seen(struct task *t, int64_t id);
/* What people choose for themselves: name (1 to 120 characters, the caller has
 * looked), time_zone, theme and lead_mail of `u`.
 * E_INPUT with a sentence: a zone that is none. */
NODISCARD enum rc user_set_own(struct task *t, const struct user *u);
NODISCARD enum rc user_set_password(struct task *t, int64_t id,
				    struct text password);

/* First start.  Is there a SuperAdmin yet? */
NODISCARD enum rc user_any_superadmin(struct task *t, bool *out);
/* A new one-time link for it, valid for 24 hours; earlier ones end. */
NODISCARD enum rc user_setup_link(struct task *t, const char **token);
/* E_NOTFOUND: unknown, used or too old.  E_CONFLICT: there is one already. */
NODISCARD enum rc user_setup_check(struct task *t, const char *token);
/* Use it up and make the first SuperAdmin, in the running transaction. */
NODISCARD enum rc user_setup(struct task *t, const char *token,
			     const struct user *u, struct text password,
			     int64_t *id);

#endif
