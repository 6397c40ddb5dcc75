/*
 * world_token: access tokens, their descent, their clocks and their death
 * (contract 2.4).  Owns table sim_token.
 */
#ifndef SIM_WORLD_TOKEN_H
#define SIM_WORLD_TOKEN_H
#include "world.h"
#include "world_switch.h"

struct sim_token {
	const char *token;
	const char *type; /* "user", "system_user", "page", "app" */
	const char *app_id, *user_id;
	const char *page_id; /* of type page */
	struct when issued_at, login_at;
	struct when expires_at; /* {0} = never */
	bool is_long;
	bool is_dead;
	int64_t dead_subcode; /* 0 = none */
};
NODISCARD enum rc world_token(struct task *t, const char *token,
			      struct sim_token *out);
/* One that is there already stays as it is. */
NODISCARD enum rc world_add_token(struct task *t, const struct sim_token *k);
/* A new user token: a short one of a login, or a long one for `old`. */
NODISCARD enum rc world_user_token(struct task *t, const struct switches *sw,
				   const char *member_id,
				   const struct sim_token *old,
				   struct sim_token *out);
/* The page token that `parent` gives: the living one, or a new one. */
NODISCARD enum rc world_page_token(struct task *t, const char *page_id,
				   const struct sim_token *parent,
				   const char **out);

/* Which tokens: one and those derived from it, "page:ID" all of a page,
 * "person:ID" all of a person.  E_NOTFOUND when there is none. */
NODISCARD enum rc world_kill_token(struct task *t, const char *which,
				   int64_t subcode);
/* They end `seconds` from now. */
NODISCARD enum rc world_expire_token(struct task *t, const char *which,
				     int64_t seconds);
NODISCARD enum rc world_revive_tokens(struct task *t);

#endif
