/*
 * staff: the people who log in, as those who look after them see and change
 * them; and who may change whom.  Reads and changes app_user through user.h.
 */
#ifndef CRM_STAFF_H
#define CRM_STAFF_H
#include "crm/user.h"

struct staff {
	struct user user;
	bool is_invited;     /* has not chosen a password yet */
	struct when seen_at; /* {0} = never */
};
enum { STAFF_PAGE = 50 };
/* By name, STAFF_PAGE at most behind the first `skip`; `role` ROLE_NONE = all.
 * *total: how many there are without the cut. */
NODISCARD enum rc staff_list(struct task *t, enum role role, int64_t skip,
			     struct staff **out, size_t *n, int64_t *total);
NODISCARD enum rc staff_get(struct task *t, int64_t id, struct staff *out);

/* Leads that are neither won nor lost, counted up to STAFF_LEADS_MAX. */
enum { STAFF_LEADS_MAX = 1000 };
NODISCARD enum rc staff_open_leads(struct task *t, int64_t id, int64_t *n);

/* Why `actor` may not make `was` into `will` (`was` NULL: somebody new), as a
 * sentence; NULL = allowed.  Nobody changes the own role or rights, so nobody
 * raises himself; SuperAdmins are made and changed by SuperAdmins alone. */
const char *staff_refusal(const struct user *actor, const struct user *was,
			  const struct user *will);

/* Somebody new, without a password until the invitation is followed.  The
 * audit is told.  E_DENIED with staff_refusal's sentence; else as user_add. */
NODISCARD enum rc staff_invite(struct task *t, const struct user *actor,
			       const struct user *u, int64_t *id);
/* Name, e-mail, role, Lead Management and active of `will`, of what stands in
 * the table now.  E_DENIED likewise; else as user_change. */
NODISCARD enum rc staff_change(struct task *t, const struct user *actor,
			       const struct user *will);

#endif
