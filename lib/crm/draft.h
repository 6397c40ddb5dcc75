/*
 * draft: a connection in the making, from the dialog to the chosen pages.
 * Owns tables connect_draft, draft_page and draft_left_out.
 *
 * It walks through its steps: at Facebook, pages being listed, pages being
 * chosen, pages being connected, done.  Whatever goes wrong is kept as a code
 * of crm/reason.h, so that the page shown next can say it.  Drafts are kept
 * for a day after their last change.
 */
#ifndef CRM_DRAFT_H
#define CRM_DRAFT_H
#include "base/task.h"

#define DRAFT_FACEBOOK "facebook"
#define DRAFT_LISTING "listing"
#define DRAFT_CHOOSING "choosing"
#define DRAFT_CONNECTING "connecting"
#define DRAFT_DONE "done"

struct draft {
	int64_t id, user_id;
	int64_t integration_id; /* of a reconnect; 0 = a new one */
	const char *name, *description, *strategy;
	int64_t assignee_id;
	const char *step;		      /* DRAFT_… */
	const char *reason, *detail;	      /* "" = nothing went wrong */
	const char *meta_user_id, *meta_name; /* "" before the login */
	const char *kind;		      /* "user", "system_user" */
	const char *token; /* plain; NULL before the login and at the end */
	struct when expires_at, data_expires_at;
	const char *scopes;  /* granted permissions, comma list */
	bool instead;	     /* of the logins before, not beside them */
	bool history;	     /* also import the last 90 days */
	int64_t sync_run_id; /* started at its end; 0 = none */
	struct when created_at, changed_at;
};

/* At step facebook, name to assignee as given; checked by the caller. */
NODISCARD enum rc draft_add(struct task *t, const struct draft *d, int64_t *id);
/* E_NOTFOUND also for somebody else's (user_id 0 = whoever asks). */
NODISCARD enum rc draft_get(struct task *t, int64_t id, int64_t user_id,
			    struct draft *out);
/* Unfinished ones of a user, newest first, at most 20; without tokens. */
NODISCARD enum rc draft_list(struct task *t, int64_t user_id,
			     struct draft **out, size_t *n);
NODISCARD enum rc draft_remove(struct task *t, int64_t id);
/* Every draft that would reconnect this integration. */
NODISCARD enum rc draft_forget(struct task *t, int64_t integration_id);
/* Those of a person at Facebook who wants to be forgotten. */
NODISCARD enum rc draft_forget_person(struct task *t, const char *meta_user_id);
/* Those not touched for a day. */
NODISCARD enum rc draft_purge(struct task *t);

/* A new state for the way to Facebook, bound to the session, for 10 minutes;
 * an earlier one of this draft ends. */
NODISCARD enum rc draft_state(struct task *t, int64_t id, int64_t session_id,
			      const char **state);
/* The draft behind a state that Facebook brought back; the state is used up.
 * E_NOTFOUND: unknown, used, too old, or of another session. */
NODISCARD enum rc draft_by_state(struct task *t, const char *state,
				 int64_t session_id, struct draft *out);

/* Keep the login: meta_user_id to scopes of `d`, and go to listing. */
NODISCARD enum rc draft_login(struct task *t, const struct draft *d);
NODISCARD enum rc draft_step(struct task *t, int64_t id, const char *step);
/* What went wrong; "" = nothing (any more). */
NODISCARD enum rc draft_problem(struct task *t, int64_t id, const char *reason,
				const char *detail);
/* The integration that it has become, while its pages are being connected. */
NODISCARD enum rc draft_attach(struct task *t, int64_t id,
			       int64_t integration_id);
/* Done: the token goes, integration and sync run are noted. */
NODISCARD enum rc draft_finish(struct task *t, int64_t id,
			       int64_t integration_id, int64_t sync_run_id);

struct draft_page {
	int64_t draft_id;
	const char *meta_id, *name;
	const char *token; /* plain; NULL when Meta gave none */
	const char *tasks;
	bool of_portfolio;
	int64_t n_forms, n_leads;
	const char *forms;	     /* JSON: [{id, name, status, leads}] */
	const char *reason, *detail; /* what it lacks; "" = ready */
	bool is_chosen;
	const char *result; /* "", "connected", "failed" */
};
enum { DRAFT_PAGES = 5000 };
NODISCARD enum rc draft_page_put(struct task *t, const struct draft_page *p);
/* By name. */
NODISCARD enum rc draft_pages(struct task *t, int64_t draft_id,
			      struct draft_page **out, size_t *n);
NODISCARD enum rc draft_pages_clear(struct task *t, int64_t draft_id);
NODISCARD enum rc draft_page_result(struct task *t, const struct draft_page *p);

struct draft_choice {
	const char *const *pages; /* Meta ids, ticked */
	size_t n_pages;
	const char *const *left_out; /* Meta ids of unticked forms */
	size_t n_left_out;
	bool instead, history;
};
/* Keep the choice.  E_INPUT: a page that is not in the draft or not ready. */
NODISCARD enum rc draft_choose(struct task *t, int64_t draft_id,
			       const struct draft_choice *c);
NODISCARD enum rc draft_leaves_out(struct task *t, int64_t draft_id,
				   const char *form_meta_id, bool *out);

#endif
