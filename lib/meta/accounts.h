/*
 * accounts: the pages that a login reaches, their forms, tokens looked at, test
 * leads (contract 2.6, 2.8, 3.3, 3.5).
 */
#ifndef META_ACCOUNTS_H
#define META_ACCOUNTS_H
#include "meta/graph.h"

struct meta_page {
	const char *id, *name;
	const char *token; /* NULL when the person may not act for it */
	const char *tasks; /* "ADVERTISE,MANAGE", maybe "" */
	bool of_portfolio; /* found through a business portfolio only */
};
/* Every page of GET /me/accounts, all cursors followed, and of the portfolios
 * behind it as far as they are shown (contract 2.6). */
NODISCARD enum rc accounts_pages(struct task *t, const struct graph *g,
				 struct meta_page **out, size_t *n,
				 struct graph_error *err);
/* May whoever has these tasks read leads?  No tasks told counts as yes. */
bool accounts_may_read(const char *tasks);

/* Fields to ask for.  A refused field fails the whole call, so there is a
 * second, smaller set without the legal text. */
#define META_FORM_FIELDS_SMALL                                                 \
	"id,name,status,locale,leads_count,expired_leads_count,questions"
#define META_FORM_FIELDS                                                       \
	META_FORM_FIELDS_SMALL ",legal_content{custom_disclaimer}"
struct meta_form {
	const char *id, *name, *status, *locale;
	const char *questions; /* JSON array text, "[]" when none */
	const char *consents;  /* JSON: [{key, text}], boxes of its legal text;
				  "" when none */
	int64_t leads_count, expired;
	bool is_counted;     /* else Meta did not say: leads_count is 0 */
	struct when told_at; /* in a list, when it is counted: by Meta's clock,
				or ours */
};
struct meta_form accounts_form_of(struct task *t, const struct json *node,
				  const char *id);
/* One answer of the list of a page's forms; g->token is the page's. */
struct meta_forms {
	const char *page_id;
	const char *from; /* a cursor; "" = the beginning */
	int64_t limit;	  /* forms of one answer */
	/* out: */
	struct meta_form *at;
	size_t n;
	const char *next; /* where the next answer begins; NULL at the end */
};
NODISCARD enum rc accounts_forms(struct task *t, const struct graph *g,
				 struct meta_forms *list,
				 struct graph_error *err);
NODISCARD enum rc accounts_form(struct task *t, const struct graph *g,
				const char *form_id, struct meta_form *out,
				struct graph_error *err);

/* Whose token is it?  GET /debug_token with the app token in g. */
struct meta_token {
	bool valid;
	const char *type; /* "USER", "PAGE", "SYSTEM_USER"… */
	const char *user_id;
	const char *app_id;
	const char *scopes;		 /* comma list */
	struct when expires;		 /* {0} = never */
	struct when data_access_expires; /* {0} = does not apply */
	struct graph_error why;		 /* when it is not valid */
};
NODISCARD enum rc accounts_token(struct task *t, const struct graph *g,
				 const char *token, struct meta_token *out,
				 struct graph_error *err);

/* Make a test lead of a form (contract 3.5); g->token is the page's. */
NODISCARD enum rc accounts_test_lead(struct task *t, const struct graph *g,
				     const char *form_id, const char **lead_id,
				     struct graph_error *err);
/* The test lead that a form has; *lead_id is NULL when it has none. */
NODISCARD enum rc accounts_find_test_lead(struct task *t, const struct graph *g,
					  const char *form_id,
					  const char **lead_id,
					  struct graph_error *err);
NODISCARD enum rc accounts_delete_lead(struct task *t, const struct graph *g,
				       const char *lead_id,
				       struct graph_error *err);

#endif
