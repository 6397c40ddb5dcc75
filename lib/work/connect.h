/*
 * connect: from a login at Facebook, or a system-user token, to pages whose
 * leads arrive; and the way back.
 *
 * The browser's part is short: to Facebook and back, then a job of the worker
 * lists the pages (draft step "listing"), the person chooses, and a second
 * job subscribes them (step "connecting").  Both can be killed and go on.
 */
#ifndef WORK_CONNECT_H
#define WORK_CONNECT_H
#include "crm/draft.h"
#include "crm/page.h"
#include "meta/graph.h"
#include "meta/oauth.h"
#include "work/queue.h"

/* ---- the Meta app of this installation ---- */

/* graph for calls with `token`, from configuration and settings.  E_INPUT:
 * app id and secret are not set yet. */
NODISCARD enum rc connect_graph(struct task *t, const char *token,
				struct graph *out);
/* The same with the app access token, "id|secret". */
NODISCARD enum rc connect_app_graph(struct task *t, const char **app_id,
				    struct graph *out);
/* Id, secret, redirect address, configuration id.  E_INPUT as above. */
NODISCARD enum rc connect_app(struct task *t, struct oauth_app *out);
bool connect_app_is_set(struct task *t);

/* ---- to Facebook and back ---- */

/* Where the browser goes for this draft; a new state is bound to the session. */
NODISCARD enum rc connect_dialog(struct task *t, int64_t draft_id,
				 int64_t session_id, bool rerequest,
				 const char **url);

struct connect_return {	   /* what Facebook brought, "" = not there */
	const char *state; /* unchecked texts from outside, all of them */
	const char *code;
	const char *error;	 /* "access_denied"… */
	const char *error_words; /* its description */
};
/* Use up the state, exchange the code, keep the login, start the listing.
 * *draft_id is 0 when the state was not one of ours; otherwise the draft says
 * by its step and reason how it went.  *reason is that reason, "" = fine. */
NODISCARD enum rc connect_return(struct task *t, int64_t session_id,
				 const struct connect_return *back,
				 int64_t *draft_id, const char **reason);
/* A system-user token instead of a login.  E_INPUT with a sentence when Meta
 * does not take it; the draft stays. */
NODISCARD enum rc connect_system_token(struct task *t, int64_t draft_id,
				       const char *token);
/* The logins that an integration has already, instead of a new one: lists
 * their pages again.  E_NOTFOUND: none of them is alive. */
NODISCARD enum rc connect_again(struct task *t, int64_t draft_id);

/* List the pages once more (step choosing). */
NODISCARD enum rc connect_list_again(struct task *t, int64_t draft_id);
/* The choice; starts the connecting.  As draft_choose. */
NODISCARD enum rc connect_choose(struct task *t, int64_t draft_id,
				 const struct draft_choice *c);

/* The worker's part: whatever the draft's step asks for.  `item_mem` serves one
 * page after the other. */
NODISCARD enum rc connect_job(struct task *t, struct arena *item_mem,
			      const struct job *j);

/* ---- all in one, for the command line ---- */

struct connect_result {
	int64_t integration_id;
	struct draft_page *pages;
	size_t n_pages, n_connected;
};
/* A page that fails does not stop the others; E_INPUT or E_REMOTE when none
 * could be connected, and then nothing is kept. */
NODISCARD enum rc connect_token(struct task *t, const struct draft *d,
				const char *token, struct connect_result *out);

/* ---- afterwards ---- */

/* May another login, or this one anew, read what was refused so?  The token
 * died, its person has to do something, or a right is missing. */
bool connect_may_renew(const struct graph_error *err);
/* Fetch a page's token anew with the logins of its integration, one after the
 * other, the first login first (contract 6: one 190 does not prove that the
 * connection is dead).  `told` is what the page's token was told: unless it died
 * its own login is not asked, since it would give no better one.  Asked again
 * because the new token was refused, too, it goes on with the next login.
 * E_REMOTE: none is left, and `told` is what is to be said of the page. */
struct connect_renewal { /* begins as { 0 } */
	int64_t refused; /* the login that is not asked; 0: none */
	int64_t latest;	 /* the one that was asked last */
};
NODISCARD enum rc connect_renew_page(struct task *t, struct page *p,
				     struct connect_renewal *r,
				     struct graph_error *told);

/* Delete an integration: unsubscribe its pages at Meta (one call per 50),
 * wipe the tokens, keep its leads.  *failed: pages that Meta did not
 * unsubscribe.  Calls Meta: not inside a transaction. */
NODISCARD enum rc connect_delete(struct task *t, int64_t integration_id,
				 size_t *failed);

/* Note what Meta said as a trouble of its subject. */
NODISCARD enum rc connect_trouble(struct task *t, const char *scope,
				  int64_t subject_id, int64_t integration_id,
				  const struct graph_error *err);
/* Leads of a page were read: what was said against that is over, and those that
 * were parked for it are tried again. */
NODISCARD enum rc connect_reads(struct task *t, const struct page *p);

#endif
