/*
 * world_member: people with an account at Facebook, the pages they work on,
 * the portfolios that hold pages, and what people let our app do.  Owns
 * tables sim_member, sim_business, sim_role, sim_permission, sim_ticked and
 * sim_code.
 */
#ifndef SIM_WORLD_MEMBER_H
#define SIM_WORLD_MEMBER_H
#include "world.h"
#include "world_switch.h"

struct sim_member {
	const char *id, *name;
};
enum { MEMBERS = 100 };
NODISCARD enum rc world_add_member(struct task *t, const char *id,
				   const char *name);
NODISCARD enum rc world_members(struct task *t, struct sim_member **out,
				size_t *n);
/* E_NOTFOUND also for a system user. */
NODISCARD enum rc world_member(struct task *t, const char *id,
			       struct sim_member *out);

struct sim_role { /* of a member on a page */
	int64_t position;
	const char *page_id, *tasks;		 /* JSON array text */
	const char *business_id, *edge;		 /* or NULL: held directly */
	const char *name, *category, *portfolio; /* out only */
	bool ticked;				 /* chosen in the dialog */
};
enum { ROLES = 1000 };
NODISCARD enum rc world_add_role(struct task *t, const char *member_id,
				 const struct sim_role *r);
/* All pages of a member, in order; switch person_pages can replace them. */
NODISCARD enum rc world_roles(struct task *t, const struct switches *sw,
			      const char *member_id, struct sim_role **out,
			      size_t *n);
/* One of them, or NULL. */
NODISCARD enum rc world_role(struct task *t, const struct switches *sw,
			     const char *member_id, const char *page_id,
			     struct sim_role **out);
/* May the person do more than look?  Else Meta gives no page token. */
bool world_role_acts(const struct sim_role *r);
NODISCARD enum rc world_add_business(struct task *t, const char *id,
				     const char *name);

/* ---- what was granted (contract 2.2, 2.7) --------------------------------- */

/* All that exist here; the first are what Leadport asks for. */
struct sim_scope {
	const char *name, *words;
};
extern const struct sim_scope sim_scopes[];
extern const size_t sim_scopes_n;

struct sim_permission {
	const char *permission, *status;
};
enum { PERMISSIONS = 100 };
NODISCARD enum rc world_permissions(struct task *t, const char *member_id,
				    struct sim_permission **out, size_t *n);
/* A login takes the place of the one before: what it did not ask for is
 * lost, what was declined stays declined. */
struct sim_grant {
	const char *const *granted, *const *declined, *const *pages;
	size_t n_granted, n_declined, n_pages;
};
NODISCARD enum rc world_grant(struct task *t, const char *member_id,
			      const struct sim_grant *g);
NODISCARD enum rc world_revoke(struct task *t, const char *member_id,
			       const char *permission);
/* The member removes our app: no grant, and all tokens die with 458. */
NODISCARD enum rc world_remove_app(struct task *t, const char *member_id);

/* ---- codes (contract 2.3) ---------------------------------------------------- */

struct sim_code {
	const char *code, *member_id, *redirect_uri;
	struct when made_at, used_at; /* used_at {0} = not yet */
};
NODISCARD enum rc world_add_code(struct task *t, const char *member_id,
				 const char *redirect_uri, const char **code);
NODISCARD enum rc world_code(struct task *t, const char *code,
			     struct sim_code *out);
/* *first: nobody has used it before. */
NODISCARD enum rc world_use_code(struct task *t, const char *code, bool *first);

#endif
