/*
 * accounts: the pages that a token reaches, their forms, and subscribing
 * them to lead webhooks (contract 2.6, 3.3, 4).
 */
#ifndef META_ACCOUNTS_H
#define META_ACCOUNTS_H
#include "meta/graph.h"

struct meta_page {
	const char *id, *name;
	const char *token; /* NULL when the person may not act for it */
	const char *tasks; /* "ADVERTISE,MANAGE", maybe "" */
};
/* Every page of GET /me/accounts, all cursors followed. */
NODISCARD enum rc accounts_pages(struct task *t, const struct graph *g,
				 struct meta_page **out, size_t *n,
				 struct graph_error *err);

struct meta_form {
	const char *id, *name, *status, *locale;
	const char *questions; /* JSON array text, "[]" when none */
	int64_t leads_count;
};
/* Every form of a page; g->token is the page's. */
NODISCARD enum rc accounts_forms(struct task *t, const struct graph *g,
				 const char *page_id, struct meta_form **out,
				 size_t *n, struct graph_error *err);
NODISCARD enum rc accounts_form(struct task *t, const struct graph *g,
				const char *form_id, struct meta_form *out,
				struct graph_error *err);

/* Add `leadgen` to the fields this app gets from the page, keeping what it
 * has (read, merge, write: POST replaces the list).  *added: it was missing. */
NODISCARD enum rc accounts_subscribe(struct task *t, const struct graph *g,
				     const char *app_id, const char *page_id,
				     bool *added, struct graph_error *err);

/* Whose token is it?  GET /debug_token with the app token in g. */
struct meta_token {
	bool valid;
	const char *type; /* "USER", "PAGE", "SYSTEM_USER"… */
	const char *user_id;
	const char *app_id;
	const char *scopes;		 /* comma list */
	struct when expires;		 /* {0} = never */
	struct when data_access_expires; /* {0} = does not apply */
};
NODISCARD enum rc accounts_token(struct task *t, const struct graph *g,
				 const char *token, struct meta_token *out,
				 struct graph_error *err);

#endif
