/*
 * world: the apps, pages, forms and subscriptions that the simulator plays.
 * Owns tables sim_app, sim_page, sim_subscription, sim_form, sim_ad and
 * sim_counter.  Rows come back in t->mem.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H
#include "base/json.h"
#include "db/db.h"

#define SIM_APP_ID "1234567890123"
#define SIM_VERSION "v26.0"

struct sim_app {
	const char *id, *secret, *name;
	const char *callback_url;  /* NULL = not subscribed */
	const char *fields;	   /* comma list */
	const char *redirect_uris; /* one a line; NULL = see world_redirect */
	bool include_values;
	bool stolen; /* callback_url is of another environment */
};
NODISCARD enum rc world_add_app(struct task *t, const struct sim_app *app);
NODISCARD enum rc world_app(struct task *t, const char *id,
			    struct sim_app *out);
/* Upsert of the subscription to object `page`; url NULL removes it. */
NODISCARD enum rc world_app_subscribe(struct task *t,
				      const struct sim_app *app);
/* Another environment takes the subscription over; NULL gives it back. */
NODISCARD enum rc world_app_steal(struct task *t, const char *callback_url);
/* The valid OAuth redirect URIs, one a line; NULL = the standard. */
NODISCARD enum rc world_app_redirects(struct task *t, const char *uris);
/* May the dialog lead there?  By the list, or by the standard: a loopback
 * address that ends in /oauth-callback (contract 2.1). */
bool world_redirect_ok(const struct sim_app *app, const char *uri);

struct sim_page {
	int64_t number;
	const char *id, *name, *category;
	const char *tasks; /* JSON array text: of a system user */
	bool terms, leads_access;
};
enum { WORLD_PAGES = 1000 };
/* The pages after number `after`, at most `limit`, none above `last`. */
NODISCARD enum rc world_pages(struct task *t, int64_t after, int64_t last,
			      int64_t limit, struct sim_page **out, size_t *n);
NODISCARD enum rc world_page(struct task *t, const char *id,
			     struct sim_page *out);
/* Make filler pages until the numbers up to `n` (500) are taken. */
NODISCARD enum rc world_fill_pages(struct task *t, int64_t n);
/* Leads Access Manager, and the terms of lead ads.  E_NOTFOUND. */
NODISCARD enum rc world_page_access(struct task *t, const char *id, bool on);
NODISCARD enum rc world_page_terms(struct task *t, const char *id, bool on);
/* Both on, everywhere; world_seed then sets what the demo world has off. */
NODISCARD enum rc world_pages_reset(struct task *t);

struct sim_form {
	int64_t number;
	const char *id, *page_id, *name, *status, *locale;
	struct when created_at;
	const char *questions;		 /* JSON array text */
	const char *tracking;		 /* JSON array text, or NULL */
	const char *disclaimers;	 /* JSON array of boxes, or NULL */
	int64_t leads, organic, expired; /* counts */
};
enum { WORLD_FORMS = 1000 };
/* Forms of a page with a number above `after`; page NULL: of all pages.
 * Leads from before `horizon` count as expired. */
NODISCARD enum rc world_forms(struct task *t, const char *page_id,
			      struct when horizon, int64_t after, int64_t limit,
			      struct sim_form **out, size_t *n);
/* Those that leads come from when an order names none. */
NODISCARD enum rc world_busy_forms(struct task *t, struct when horizon,
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

/* What stands behind an id: "lead", "form", "page", "app" or "business". */
struct sim_object {
	const char *kind, *id;
	const char *page_id; /* of lead, form, page */
};
NODISCARD enum rc world_object(struct task *t, const char *id,
			       struct sim_object *out);

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

/* The demo world's file, demo.json, beside the configuration. */
NODISCARD enum rc world_demo(struct task *t, const struct json **out);
/* Schema is there: make what the demo world has and is missing. */
NODISCARD enum rc world_seed(struct task *t);

#endif
