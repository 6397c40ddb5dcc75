/*
 * platform: the Meta app of this installation: what is entered here, and what
 * Meta knows of us.
 */
#ifndef WORK_PLATFORM_H
#define WORK_PLATFORM_H
#include "base/task.h"

struct platform {
	const char *app_id;	  /* "" = not entered */
	bool has_secret;	  /* sealed, never shown again */
	const char *verify_token; /* made with the first app id */
	const char *config_id;	  /* Facebook Login for Business; "" */
	const char *graph_version;
	/* addresses of ours, to be pasted at Meta */
	const char *callback, *redirect, *deauthorize, *deletion;
	struct when secret_at;	   /* when it was entered */
	struct when last_delivery; /* latest webhook whose signature held */
};
NODISCARD enum rc platform_get(struct task *t, struct platform *out);

struct platform_change { /* NULL: stays as it is */
	const char *app_id;
	const char *secret;
	const char *verify_token;
	const char *config_id; /* "" = none */
	const char *graph_version;
};
/* E_INPUT with a sentence for the person, its field in *field: "app_id",
 * "secret"…  A replaced secret is accepted beside the new one until Meta
 * signs with the new one. */
NODISCARD enum rc platform_set(struct task *t, const struct platform_change *c,
			       const char **field);

/* Whom does the app tell of leads?  *url is NULL when nobody.  E_REMOTE with
 * *reason (crm/reason.h) when Meta does not say.  Calls Meta. */
NODISCARD enum rc platform_callback(struct task *t, const char **url,
				    bool *is_ours, const char **reason);
/* Have Meta tell us.  E_CONFLICT: another address is told now, its host in
 * *reason; only `take_over` replaces it.  E_REMOTE with *reason when Meta says
 * no ("callback" when it could not verify us).  Calls Meta. */
NODISCARD enum rc platform_subscribe(struct task *t, bool take_over,
				     const char **reason);

/* Meta's callbacks (contract 2.10): this person removed the app, or wants
 * their login data gone.  Troubles are noted; leads stay. */
NODISCARD enum rc platform_deauthorized(struct task *t,
					const char *meta_user_id);
/* *code: where the person can look up what became of it. */
NODISCARD enum rc platform_erase(struct task *t, const char *meta_user_id,
				 const char **code);
/* E_NOTFOUND.  {0}: not done yet. */
NODISCARD enum rc platform_erasure(struct task *t, const char *code,
				   struct when *asked, struct when *done);

#endif
