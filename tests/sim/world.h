/*
 * world: the apps, pages, forms, tokens and subscriptions that the simulator
 * plays.  Owns tables sim_app, sim_page, sim_token, sim_subscription,
 * sim_form, sim_ad and sim_counter.  Rows come back in t->mem.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H
#include "db/db.h"

#define SIM_APP_ID "1234567890123"
#define SIM_APP_SECRET "0123456789abcdef0123456789abcdef"
#define SIM_SYSTEM_TOKEN "SIM-SYSTEM-USER-TOKEN-1"
#define SIM_USER_TOKEN "SIM-USER-TOKEN-1"
#define SIM_OTHER_APP_ID "995722365981850"
#define SIM_VERSION "v26.0"

struct sim_app {
	const char *id, *secret, *name;
	const char *callback_url; /* NULL = not subscribed */
	const char *fields;	  /* comma list */
	bool include_values;
};
NODISCARD enum rc world_app(struct task *t, const char *id,
			    struct sim_app *out);
/* Upsert of the subscription to object `page`; url NULL removes it. */
NODISCARD enum rc world_app_subscribe(struct task *t,
				      const struct sim_app *app);

struct sim_page {
	int64_t number;
	const char *id, *name, *category;
	const char *tasks; /* JSON array text */
};
enum { WORLD_PAGES = 1000 };
/* The pages after number `after`, at most `limit`, none above `last`. */
NODISCARD enum rc world_pages(struct task *t, int64_t after, int64_t last,
			      int64_t limit, struct sim_page **out, size_t *n);
NODISCARD enum rc world_page(struct task *t, const char *id,
			     struct sim_page *out);
/* Make filler pages until there are `n`. */
NODISCARD enum rc world_fill_pages(struct task *t, int64_t n);

struct sim_form {
	int64_t number;
	const char *id, *page_id, *name, *status, *locale;
	struct when created_at;
	const char *questions;		 /* JSON array text */
	const char *tracking;		 /* JSON array text, or NULL */
	const char *disclaimers;	 /* JSON array of keys, or NULL */
	int64_t leads, organic, expired; /* counts */
};
enum { WORLD_FORMS = 1000 };
/* Forms of a page with a number above `after`; page NULL: of all pages.
 * Leads from before `horizon` count as expired. */
NODISCARD enum rc world_forms(struct task *t, const char *page_id,
			      struct when horizon, int64_t after, int64_t limit,
			      struct sim_form **out, size_t *n);
NODISCARD enum rc world_form(struct task *t, const char *id,
			     struct when horizon, struct sim_form *out);
NODISCARD enum rc world_form_status(struct task *t, const char *id,
				    const char *status);
/* Insert page, form or ad; one that is there already stays as it is. */
NODISCARD enum rc world_add_page(struct task *t, const struct sim_page *p);
NODISCARD enum rc world_add_form(struct task *t, const struct sim_form *f);

struct sim_ad {
	const char *id, *form_id, *name;
	const char *adset_id, *adset_name, *campaign_id, *campaign_name;
};
enum { WORLD_ADS = 100 };
NODISCARD enum rc world_add_ad(struct task *t, const struct sim_ad *a);
NODISCARD enum rc world_ads(struct task *t, const char *form_id,
			    struct sim_ad **out, size_t *n);

/* What stands behind an id: "lead", "form", "page" or "app". */
struct sim_object {
	const char *kind, *id;
	const char *page_id; /* NULL for an app */
};
NODISCARD enum rc world_object(struct task *t, const char *id,
			       struct sim_object *out);

struct sim_token {
	const char *token;
	const char *type; /* "user", "system_user", "page", "app" */
	const char *app_id, *user_id;
	const char *page_id; /* of type page */
	struct when issued_at;
	bool is_dead;
	int64_t dead_subcode;
};
NODISCARD enum rc world_token(struct task *t, const char *token,
			      struct sim_token *out);
/* The page token that `parent` gives: the living one, or a new one. */
NODISCARD enum rc world_page_token(struct task *t, const char *page_id,
				   const struct sim_token *parent,
				   const char **out);
NODISCARD enum rc world_add_token(struct task *t, const char *token,
				  const char *type, const char *app_id);
/* Kill a token and every page token derived from it; "page:ID" means all
 * tokens of that page.  E_NOTFOUND when nothing died. */
NODISCARD enum rc world_kill_token(struct task *t, const char *token,
				   int64_t subcode);
NODISCARD enum rc world_revive_tokens(struct task *t);

struct sim_subscription {
	const char *app_id, *name;
	const char *fields; /* comma list */
};
NODISCARD enum rc world_subscriptions(struct task *t, const char *page_id,
				      struct sim_subscription **out, size_t *n);
/* Replace what this app hears of the page; "" removes the app. */
NODISCARD enum rc world_subscribe(struct task *t, const char *page_id,
				  const char *app_id, const char *fields);
/* Nobody hears anything any more, as before the first connection. */
NODISCARD enum rc world_unsubscribe_all(struct task *t);

/* Reserve `n` numbers; the first of them is *first. */
NODISCARD enum rc world_take(struct task *t, const char *counter, int64_t n,
			     int64_t *first);
/* A Meta-like id of 15 to 17 digits for a number; different for each. */
const char *world_id(struct arena *mem, int64_t number);
/* Is `name` an element of a comma list? */
bool world_listed(const char *list, const char *name);

/* Schema is there: make app, tokens, demo pages and forms if missing. */
NODISCARD enum rc world_seed(struct task *t);

#endif
