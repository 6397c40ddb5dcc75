/*
 * graph: calls to Meta's Graph API, and what its errors mean.
 *
 * Every call sends the token as a Bearer header and, when the app secret is
 * known, appsecret_proof (contract 2.9).  Errors are judged by code, subcode
 * and is_transient, never by HTTP status alone (contract 6); text decides only
 * where the contract says so.
 */
#ifndef META_GRAPH_H
#define META_GRAPH_H
#include "base/json.h"
#include "base/task.h"
#include "base/text.h"

enum graph_class {
	GRAPH_OK = 0,
	GRAPH_RETRY,	 /* try again with growing waits */
	GRAPH_THROTTLED, /* wait; see wait_s and scope */
	GRAPH_RECONNECT, /* this token is dead: log in again */
	GRAPH_PERSON,	 /* a person must act at Facebook */
	GRAPH_ADMIN,	 /* app, permission, Leads Access, version */
	GRAPH_GONE,	 /* this object is not readable (100/33) */
	GRAPH_BUG,	 /* we asked wrongly */
};
enum graph_scope { SCOPE_NONE = 0, SCOPE_PAGE, SCOPE_APP, SCOPE_TOKEN };

enum { GRAPH_WAIT_S = 15 * 60 }; /* when Meta does not say how long */
struct graph_error {
	enum graph_class class;
	enum graph_scope scope; /* of GRAPH_THROTTLED */
	int64_t wait_s;		/* of GRAPH_THROTTLED: more than 0 */
	int64_t code, subcode;	/* 0 = Meta gave none */
	const char *reason;	/* ours: "token_expired", "leads_access",
				   "throttled", "network", "too_large"…; the
				   reason codes are the table in
				   graph_error.c */
	const char *permission; /* named by "Requires X permission", or NULL */
	const char *words;	/* Meta's message with tokens cut out, or ours
				   when there was no answer; at most 200 bytes */
};

struct graph {			/* where and as whom: fill by hand */
	const char *url;	/* conf.meta.graph_url */
	const char *version;	/* "v26.0" */
	const char *app_secret; /* NULL: no proof is sent */
	const char *token;	/* NULL: none (token exchange) */
	const char *page; /* whose token it is, Meta's id; NULL: no page */
	struct when *answered_at; /* Meta's clock at each answer that tells it;
				     NULL: not asked */
};

struct graph_param {
	const char *name, *value;
};

struct graph_call {
	const char *method;		  /* "GET", "POST", "DELETE" */
	const char *path;		  /* "me/accounts"; no slash first */
	const struct graph_param *params; /* ended by { 0 }; may be NULL */
};

/* One call.  OK with *reply when Meta answered without an error; E_REMOTE
 * with *err filled otherwise.  While a limit of Meta is used up (throttle.h)
 * the call is not made, and *err is of class GRAPH_THROTTLED. */
NODISCARD enum rc graph_do(struct task *t, const struct graph *g,
			   const struct graph_call *call,
			   const struct json **reply, struct graph_error *err);

/* Up to 50 calls in one (contract 5).  reply[i] or err[i].class is set for
 * each; E_REMOTE with *err_all when the whole call failed. */
enum { GRAPH_BATCH = 50 };
struct graph_item {
	const char *method;	  /* NULL = "GET" */
	const char *path;	  /* "123?fields=id,field_data" */
	const char *body;	  /* of a POST, urlencoded; NULL = none */
	const char *token;	  /* for this one alone; NULL = that of all */
	const struct json *reply; /* out */
	struct graph_error err;	  /* out; class GRAPH_OK when reply */
};
NODISCARD enum rc graph_batch(struct task *t, const struct graph *g,
			      struct graph_item *items, size_t n,
			      struct graph_error *err_all);

/* The same for any number of items, 50 at a time; the first call that fails
 * as a whole ends it. */
NODISCARD enum rc graph_batches(struct task *t, const struct graph *g,
				struct graph_item *items, size_t n,
				struct graph_error *err_all);

/* Follow `paging.cursors.after` from `path` on, up to 100 pages of answers;
 * each element of `data` goes to `each`, which may stop by not returning OK. */
NODISCARD enum rc graph_list(
	struct task *t, const struct graph *g, const struct graph_call *call,
	enum rc (*each)(struct task *t, const struct json *item, void *arg),
	void *arg, struct graph_error *err);

/* One page of such a list; *after is where the next one begins, NULL at the
 * end.  `each` is not called when the answer is an error. */
NODISCARD enum rc graph_list_once(
	struct task *t, const struct graph *g, const struct graph_call *call,
	enum rc (*each)(struct task *t, const struct json *item, void *arg),
	void *arg, const char **after, struct graph_error *err);

/* Judge an answer that is an error object, or none at all (body NULL). */
void graph_judge(struct task *t, int64_t status, const struct json *body,
		 struct graph_error *out);
/* The same for codes that stand alone (debug_token); message may be NULL. */
void graph_judge_codes(struct task *t, int64_t code, int64_t subcode,
		       const char *message, struct graph_error *out);
/* Somebody has to do something: trying again as it is will not help. */
bool graph_is_refusal(const struct graph_error *err);
/* A permission, or a task on the page, is missing. */
bool graph_lacks_right(const struct graph_error *err);
const char *graph_class_name(enum graph_class c);
/* appsecret_proof of a token (contract 2.9). */
const char *graph_proof(struct task *t, const char *app_secret,
			const char *token);

#endif
