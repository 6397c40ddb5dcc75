/*
 * graph_call: one call of the simulated Graph API, alone or inside a batch.
 *
 * A call is matched against a table of path patterns; the handler puts an
 * answer into `out` or says which error Meta would give.
 */
#ifndef SIM_GRAPH_CALL_H
#define SIM_GRAPH_CALL_H
#include "base/buf.h"
#include "base/json.h"
#include "world.h"
#include "world_switch.h"

enum { GRAPH_ANSWER = 4 << 20, GRAPH_PARAMS = 40 };

struct graph_pair {
	const char *name, *value;
};

struct sim_error { /* Meta's error object; code 0 = none */
	int status;
	int64_t code, subcode;
	const char *type, *message;
	bool transient;
};

struct graph_request {
	const char *method;
	const char *path; /* "me/accounts", without version */
	struct graph_pair params[GRAPH_PARAMS];
	size_t n_params;
	const char *token; /* as given; NULL = none */
	bool in_batch;

	struct switches *sw;
	struct sim_token who; /* of the token, after graph_answer began */
	const char *id;	      /* first segment of the path */
	const char *kind;     /* for faults and the ledger */
	struct sim_error error;
	struct json_out out; /* the answer */
	struct buf body;
};

/* "" when it was not given. */
const char *graph_param(const struct graph_request *q, const char *name);
bool graph_has(const struct graph_request *q, const char *name);
/* Add what stands in a query or a urlencoded body. */
NODISCARD bool graph_take_params(struct task *t, struct graph_request *q,
				 struct text pairs);

/* Say no, in Meta's words; returns OK so that it can be returned. */
NODISCARD enum rc graph_no(struct graph_request *q, int status, int64_t code,
			   int64_t subcode, const char *message);
/* No such object, or none that this token may see (100/33). */
NODISCARD enum rc graph_gone(struct task *t, struct graph_request *q,
			     const char *id);

/* Answer one call: token, faults, handler, ledger.  The answer or the error
 * stands in q->body, the status in *status. */
NODISCARD enum rc graph_answer(struct task *t, struct graph_request *q,
			       int *status);

/* Does the token belong to this page?  Else the error is set. */
NODISCARD enum rc graph_need_page(struct task *t, struct graph_request *q,
				  const char *page_id, bool *ok);
/* Handlers, in graph_lead.c and graph_page.c. */
typedef enum rc graph_handler(struct task *t, struct graph_request *q);
graph_handler graph_accounts, graph_page, graph_page_forms, graph_subscribed,
	graph_form, graph_form_leads, graph_test_leads, graph_lead,
	graph_app_subscriptions, graph_app, graph_debug_token;

#endif
