/*
 * graph_call: one call of the simulated Graph API, alone or inside a batch.
 *
 * A call is matched against the table of paths in graph_call.c, which also
 * says what token and which permissions it needs (contract 2.5).  The
 * handler puts an answer into `out` or says which error Meta would give.
 */
#ifndef SIM_GRAPH_CALL_H
#define SIM_GRAPH_CALL_H
#include "base/buf.h"
#include "base/json.h"
#include "params.h"
#include "world_switch.h"
#include "world_token.h"

enum { GRAPH_ANSWER = 4 << 20, GRAPH_ITEM_NULL = -1, GRAPH_CUT = -2 };

struct sim_error { /* Meta's error object; code 0 = none */
	int status;
	int64_t code, subcode;
	const char *type; /* NULL = OAuthException */
	const char *message;
	const char *user_title, *user_msg; /* or NULL */
	bool transient;
};

struct graph_request {
	const char *method;
	const char *path; /* "me/accounts", without version */
	struct params params;
	const char *token; /* as given; NULL = none */
	bool in_batch;

	/* Of graph_answer's making: */
	struct switches *sw;
	struct sim_app app;
	struct sim_token who; /* of the token; page, user… */
	const char *scopes;   /* comma list of what the token may */
	const char *id;	      /* first segment of the path */
	const char *rest;     /* after the edge: "leads_retrieval" */
	const char *page_id;  /* of the page, form or lead; or NULL */
	const char *kind;     /* for faults and the ledger */
	struct sim_error error;
	struct json_out out; /* the answer */
	struct buf body;
};

/* "" when it was not given. */
const char *graph_param(const struct graph_request *q, const char *name);
bool graph_has(const struct graph_request *q, const char *name);
bool graph_is(const struct graph_request *q, const char *method);
/* `limit` between 1 and switch max_limit; 25 when there is none. */
int64_t graph_limit(const struct graph_request *q);

/* Answer one call: token, faults, handler, ledger.  The answer or the error
 * stands in q->body, the status in *status; GRAPH_ITEM_NULL and GRAPH_CUT are
 * faults that have no status. */
NODISCARD enum rc graph_answer(struct task *t, struct graph_request *q,
			       int *status);

/* ---- no: graph_error.c ------------------------------------------------------ */

/* Say no, in Meta's words; returns OK so that it can be returned. */
NODISCARD enum rc graph_no(struct graph_request *q, int status, int64_t code,
			   int64_t subcode, const char *message);
/* No such object, or none that this token may see (100/33). */
NODISCARD enum rc graph_gone(struct task *t, struct graph_request *q,
			     const char *id);
/* The token is dead (190), in the words of its subcode. */
void graph_dead(struct graph_request *q, int64_t subcode);
/* A permission is missing (#200). */
void graph_lacks(struct task *t, struct graph_request *q,
		 const char *permission);
void graph_print_error(struct graph_request *q);

/* ---- faults a test orders: graph_fault.c --------------------------------------- */

bool graph_fault_known(const char *error);
void graph_strike(struct task *t, struct graph_request *q, const char *error,
		  int *status);

/* ---- who asks: graph_token.c --------------------------------------------------- */

/* Fill q->who and q->scopes, or set the error. */
NODISCARD enum rc graph_check_token(struct task *t, struct graph_request *q);
/* What a token may do, as a comma list; "" for an app token.  A page token
 * may nothing more once its page was unticked. */
NODISCARD enum rc graph_scopes(struct task *t, const struct switches *sw,
			       const struct sim_token *who, const char **out);
/* Is it a token of this page?  Else the error is set, or by switch an empty
 * list answered: then *done. */
void graph_need_page(struct graph_request *q, bool *done);
bool graph_may(const struct graph_request *q, const char *scope);
/* All of the comma list, or the error names the first that is missing. */
void graph_need_scopes(struct task *t, struct graph_request *q,
		       const char *scopes);
/* A limit reached (contract 7); then the calls are counted. */
NODISCARD enum rc graph_budget(struct task *t, struct graph_request *q);

/* ---- handlers -------------------------------------------------------------------- */

typedef enum rc graph_handler(struct task *t, struct graph_request *q);
graph_handler graph_me, graph_permissions, graph_accounts, graph_businesses,
	graph_business_pages, graph_page, graph_subscribed, graph_page_forms,
	graph_form, graph_form_leads, graph_test_leads, graph_lead, graph_app,
	graph_app_subscriptions, graph_debug_token, graph_access_token;

#endif
