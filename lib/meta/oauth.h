/*
 * oauth: the login dialog and what comes of it (contract 2).
 */
#ifndef META_OAUTH_H
#define META_OAUTH_H
#include "meta/graph.h"

struct oauth_app {
	const char *id, *secret;
	const char *redirect_uri; /* one constant, in both steps */
	const char *config_id;	  /* Facebook Login for Business; NULL */
};

/* Everything that is asked for, comma list: always the full list, since a
 * smaller one later takes permissions away (contract 2.5). */
const char *oauth_scopes(void);
/* The first permission of the list that `granted` (comma list) lacks and
 * without which leads do not come; NULL when all are there. */
const char *oauth_lacks(const char *granted);
/* Is `scope` in the comma list? */
bool oauth_has(const char *granted, const char *scope);

/* Where the browser goes.  `rerequest`: ask again for what was declined. */
const char *oauth_dialog(struct arena *mem, const char *dialog_url,
			 const char *version, const struct oauth_app *app,
			 const char *state, bool rerequest);

/* A code becomes a long-lived user token.  A code works once: E_REMOTE with
 * reason "network" means that nobody knows whether it did (contract 2.3). */
NODISCARD enum rc oauth_exchange(struct task *t, const struct graph *g,
				 const struct oauth_app *app, const char *code,
				 const char **token, struct graph_error *err);
/* Are app id and secret right?  OK, or E_REMOTE with *err. */
NODISCARD enum rc oauth_check_app(struct task *t, const struct graph *g,
				  const struct oauth_app *app,
				  struct graph_error *err);

struct oauth_person {
	const char *id, *name;
	const char *granted; /* permissions, comma list; "" when not told */
	const char *declined;
};
/* Who is behind the token in g, and what was granted. */
NODISCARD enum rc oauth_person(struct task *t, const struct graph *g,
			       struct oauth_person *out,
			       struct graph_error *err);

/* A signed_request of Meta's callbacks (contract 2.10): the app-scoped id of
 * the person.  E_INPUT when it is broken, E_DENIED when the signature does
 * not hold. */
NODISCARD enum rc oauth_signed_request(struct task *t, struct text request,
				       const char *app_secret,
				       const char **user_id);

/* Graph versions and how long Meta serves them (contract 8). */
struct graph_version {
	const char *name; /* "v26.0" */
	struct when ends; /* {0} = not announced */
};
extern const struct graph_version graph_versions[];
extern const size_t n_graph_versions;
/* NULL when it is not one of them. */
const struct graph_version *graph_version_of(const char *name);

#endif
