/*
 * pagelook: what pages lack for their leads to reach us, and subscribing them
 * to lead webhooks (contract 4).
 */
#ifndef META_PAGELOOK_H
#define META_PAGELOOK_H
#include "meta/accounts.h"

/* What can be told of a page; asked in batches, 50 questions a call. */
struct meta_look {
	const char *page_id, *token; /* in */
	const char *user_id;	     /* in: of whom leads access is asked; NULL
					for a system user (contract 4) */
	bool with_forms;	     /* in: also list them (up to 100),
					without their questions */
	/* out; class GRAPH_OK where the answer is there */
	struct graph_error subscribed_err, terms_err, access_err, forms_err;
	bool is_subscribed; /* to leadgen, for this app */
	const char *fields; /* what to subscribe, merged; comma list */
	bool terms_accepted;
	bool can_access;	  /* leads access; true when not asked */
	const char *access_words; /* why not, in Meta's words; "" */
	struct meta_form *forms;
	size_t n_forms;
};
/* E_REMOTE with *err when a call failed as a whole. */
NODISCARD enum rc pagelook_ask(struct task *t, const struct graph *g,
			       const char *app_id, struct meta_look *looks,
			       size_t n, struct graph_error *err);

/* Did Meta say whether leads can be accessed?  It does not of system users
 * (contract 4). */
bool pagelook_knows_access(const struct meta_look *look);

/* Subscribe to leadgen, keeping what there is (read, merge, write: POST
 * replaces the list), or take the app off the page; 50 pages a call. */
struct meta_change {
	const char *page_id, *token; /* in */
	const char *fields;	     /* in: to subscribe; NULL = take off */
	struct graph_error err;	     /* out */
};
NODISCARD enum rc pagelook_subscribe(struct task *t, const struct graph *g,
				     struct meta_change *changes, size_t n,
				     struct graph_error *err);

#endif
