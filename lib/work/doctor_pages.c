/* doctor_pages: one integration: its logins, pages and forms. */
#include "base/conf.h"
#include "crm/leadform.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "meta/oauth.h"
#include "work/connect.h"
#include "work/doctor_private.h"

enum { SOON_DAYS = 14 };

/* ---- asking Meta, once ------------------------------------------------------------ */

static void
cannot(struct doctor *d)
{
	d->cannot = arena_str(d->t->mem, text_of(d->t->why));
	task_forgive(d->t);
}

static enum rc
ask_logins(struct doctor *d, const struct graph *app)
{
	enum rc rc =
		owner_list(d->t, d->integration_id, &d->owners, &d->n_owners);

	d->tokens = NEW_ARRAY(d->t->mem, struct meta_token, d->n_owners);
	d->token_errs = NEW_ARRAY(d->t->mem, struct graph_error, d->n_owners);
	for (size_t i = 0; !rc && i < d->n_owners; i++) {
		if (!d->owners[i].token) {
			graph_judge_codes(d->t, 190, 458, NULL,
					  &d->tokens[i].why);
			continue;
		}
		rc = accounts_token(d->t, app, d->owners[i].token,
				    &d->tokens[i], &d->token_errs[i]);
		if (rc == E_REMOTE) {
			task_forgive(d->t);
			rc = OK;
		}
	}
	return rc;
}

static enum rc
ask_pages(struct doctor *d, const struct graph *g, const char *app_id)
{
	struct page *all = NULL;
	struct graph_error err;
	const char *user_id = NULL;
	size_t n = 0;
	enum rc rc = page_list(d->t, d->integration_id, &all, &n);

	for (size_t i = 0; i < d->n_owners && !user_id; i++)
		if (!strcmp(d->owners[i].kind, "user"))
			user_id = d->owners[i].meta_user_id;
	d->pages = NEW_ARRAY(d->t->mem, struct page, n);
	d->looks = NEW_ARRAY(d->t->mem, struct meta_look, n);
	for (size_t i = 0; !rc && i < n; i++) {
		struct page *p = &d->pages[d->n_pages];

		rc = page_by_meta(d->t, all[i].meta_id, p);
		d->looks[d->n_pages++] =
			(struct meta_look){ .page_id = p->meta_id,
					    .token = p->token,
					    .user_id = user_id,
					    .with_forms = true };
	}
	if (rc || d->n_pages == 0)
		return rc;
	return pagelook_ask(d->t, g, app_id, d->looks, d->n_pages, &err);
}

/* False: nothing can be asked of Meta, and `c` says so. */
static bool
has_asked(struct doctor *d, struct check *c, const char *title)
{
	const char *app_id = NULL;
	struct graph app, g;
	enum rc rc = OK;

	if (!d->asked) {
		d->asked = true;
		rc = connect_app_graph(d->t, &app_id, &app);
		if (!rc)
			rc = connect_graph(d->t, app.token, &g);
		if (!rc)
			rc = ask_logins(d, &app);
		if (!rc)
			rc = ask_pages(d, &g, app_id);
		d->can_ask = rc == OK;
		if (rc)
			cannot(d);
	}
	if (!d->can_ask)
		doctor_found(c, CHECK_UNKNOWN, title,
			     arena_fmt(d->t->mem, "Meta cannot be asked: %s",
				       d->cannot));
	return d->can_ask;
}

/* ---- status and logins --------------------------------------------------------------- */

void
look_status(struct doctor *d, struct check *c)
{
	struct trouble *all = NULL;
	size_t n = 0;

	if (trouble_list(d->t, d->integration_id, &all, &n)) {
		doctor_blind(d, c, "Status");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct reason_facts f =
			trouble_facts(d->t->mem, &all[i], "UTC", "");

		if (reason_of(all[i].reason)->level != REASON_ERROR)
			continue;
		doctor_reason(d, c, all[i].reason, &f);
		c->aside = arena_fmt(
			d->t->mem, "since %s",
			when_ago(d->t->mem, all[i].since, d->t->now, "UTC"));
		return;
	}
	doctor_found(c, CHECK_PASS, "Status is Active", "");
}

static const char *
person_of(const struct owner *o)
{
	return o->name[0] ? o->name : o->meta_user_id;
}

/* The nearer of the two clocks. */
static struct when
ends(const struct meta_token *token)
{
	struct when a = token->expires, b = token->data_access_expires;

	if (!a.ms || (b.ms && b.ms < a.ms))
		return b;
	return a;
}

static void
look_at_ends(struct doctor *d, struct check *c, const struct owner *o,
	     const struct meta_token *token)
{
	struct when end = ends(token);
	int64_t days =
		when_days_between(d->t->now, end, d->t->conf->site.time_zone);
	struct reason_facts f = {
		.person = person_of(o),
		.n = arena_fmt(d->t->mem, "%lld days", (long long)days),
		.date = when_day(d->t->mem, end, d->t->conf->site.time_zone),
	};

	if (end.ms && days <= SOON_DAYS) {
		doctor_reason(d, c,
			      end.ms == token->expires.ms ? "token_ends"
							  : "data_ends",
			      &f);
		return;
	}
	doctor_found(
		c, CHECK_PASS,
		arena_fmt(d->t->mem, "The login of %s is good", person_of(o)),
		"");
	c->person = person_of(o);
	c->aside = end.ms ? arena_fmt(d->t->mem, "until %s", f.date)
			  : "no end date";
}

/* The first that is wrong, else the first. */
void
look_logins(struct doctor *d, struct check *c)
{
	if (!has_asked(d, c, "The Facebook login"))
		return;
	if (d->n_owners == 0) {
		struct reason_facts f = { .person = "Nobody" };

		doctor_reason(d, c, "token_invalid", &f);
		return;
	}
	for (size_t i = 0; i < d->n_owners; i++) {
		struct reason_facts f = { .person = person_of(&d->owners[i]) };

		if (d->token_errs[i].class != GRAPH_OK) {
			doctor_error(d, c, &d->token_errs[i], &f);
			return;
		}
		if (!d->tokens[i].valid) {
			doctor_error(d, c, &d->tokens[i].why, &f);
			return;
		}
	}
	look_at_ends(d, c, &d->owners[0], &d->tokens[0]);
}

void
look_permissions(struct doctor *d, struct check *c)
{
	static const char *const title = "Permissions, one by one";

	if (!has_asked(d, c, title))
		return;
	for (size_t i = 0; i < d->n_owners; i++) {
		const char *lacks;

		if (!d->tokens[i].valid)
			continue;
		lacks = oauth_lacks(d->tokens[i].scopes);
		if (lacks) {
			struct reason_facts f = { .permission = lacks };

			doctor_reason(d, c, "permission", &f);
			return;
		}
		if (!oauth_has(d->tokens[i].scopes, "ads_management")) {
			struct reason_facts f = { .person = person_of(
							  &d->owners[i]) };

			doctor_reason(d, c, "ads_missing", &f);
			return;
		}
		doctor_found(c, CHECK_PASS, "Every permission is granted", "");
		return;
	}
	doctor_found(c, CHECK_UNKNOWN, title,
		     "Cannot be asked before you reconnect.");
}

/* ---- pages ------------------------------------------------------------------------------- */

/* A dead login is a check of its own; what fails for it alone is not. */
static bool
fails_for_login(const struct doctor *d, const struct graph_error *err)
{
	for (size_t i = 0; i < d->n_owners; i++)
		if (!d->tokens[i].valid)
			return err->class == GRAPH_RECONNECT;
	return false;
}

/* The person whose login serves the page; NULL = not known. */
static const char *
person_behind(const struct doctor *d, const struct page *p)
{
	for (size_t i = 0; i < d->n_owners; i++)
		if (d->owners[i].id == p->owner_id)
			return person_of(&d->owners[i]);
	return NULL;
}

void
look_pages(struct doctor *d, struct check *c)
{
	if (!has_asked(d, c, "Connected pages"))
		return;
	if (d->n_pages == 0) {
		doctor_found(
			c, CHECK_FAIL, "No page is connected",
			"Reconnect and choose the pages that bring leads.");
		c->way = WAY_RECONNECT;
		c->button = "Reconnect";
		return;
	}
	for (size_t i = 0; i < d->n_pages; i++) {
		struct reason_facts f = {
			.page = d->pages[i].name,
			.person = person_behind(d, &d->pages[i]),
		};

		if (fails_for_login(d, &d->looks[i].subscribed_err)) {
			doctor_found(c, CHECK_UNKNOWN, "Connected pages",
				     "Cannot be asked before you reconnect.");
			return;
		}
		if (d->looks[i].subscribed_err.class != GRAPH_OK) {
			doctor_error(d, c, &d->looks[i].subscribed_err, &f);
			return;
		}
	}
	doctor_found(c, CHECK_PASS,
		     arena_fmt(d->t->mem,
			       d->n_pages == 1 ? "%zu page is connected"
					       : "%zu pages are connected",
			       d->n_pages),
		     "");
}

/* One question put to every page; the first that says no is named. */
static void
each_page(struct doctor *d, struct check *c, const char *title,
	  bool (*is_fine)(const struct meta_look *look),
	  bool (*is_known)(const struct meta_look *look), const char *reason,
	  const char *pass)
{
	size_t known = 0;

	if (!has_asked(d, c, title))
		return;
	for (size_t i = 0; i < d->n_pages; i++) {
		struct reason_facts f = { .page = d->pages[i].name };

		if (!is_known(&d->looks[i]))
			continue;
		known++;
		if (is_fine(&d->looks[i]))
			continue;
		doctor_reason(d, c, reason, &f);
		c->title = arena_fmt(d->t->mem, "%s: %s", d->pages[i].name,
				     c->title);
		return;
	}
	if (known == 0)
		doctor_found(c, CHECK_UNKNOWN, title,
			     "Meta does not tell at the moment.");
	else
		doctor_found(c, CHECK_PASS, pass, "");
}

static bool
is_subscribed(const struct meta_look *l)
{
	return l->is_subscribed;
}

static bool
knows_subscribed(const struct meta_look *l)
{
	return l->subscribed_err.class == GRAPH_OK;
}

void
look_subscribed(struct doctor *d, struct check *c)
{
	each_page(d, c, "Whether pages send us their leads", is_subscribed,
		  knows_subscribed, "not_subscribed",
		  "Every page sends us its leads");
}

static bool
has_access(const struct meta_look *l)
{
	return l->can_access;
}

/* Meta tells the access of people only. */
static bool
asks_as_person(const struct doctor *d)
{
	return d->n_pages > 0 && d->looks[0].user_id;
}

void
look_access(struct doctor *d, struct check *c)
{
	each_page(d, c, "Leads access", has_access, pagelook_knows_access,
		  "leads_access", "Leads access is open on every page");
	if (c->state == CHECK_UNKNOWN && d->can_ask && !asks_as_person(d))
		c->words = "Meta does not tell it of system users. A refusal "
			   "shows as soon as a lead is read.";
}

static bool
has_terms(const struct meta_look *l)
{
	return l->terms_accepted;
}

static bool
knows_terms(const struct meta_look *l)
{
	return l->terms_err.class == GRAPH_OK;
}

void
look_terms(struct doctor *d, struct check *c)
{
	each_page(d, c, "Lead Ads terms", has_terms, knows_terms, "terms_open",
		  "Lead Ads terms are accepted on every page");
}

/* ---- forms ---------------------------------------------------------------------------------- */

static void
count_forms(const struct doctor *d, size_t *active, int64_t *leads)
{
	*active = 0;
	*leads = 0;
	for (size_t i = 0; i < d->n_pages; i++)
		for (size_t k = 0; k < d->looks[i].n_forms; k++) {
			const struct meta_form *f = &d->looks[i].forms[k];

			*active += strcmp(f->status, "ACTIVE") == 0;
			*leads += f->leads_count;
		}
}

/* Nothing was counted, and not every page told its forms. */
static bool
cannot_count(const struct doctor *d, struct check *c, int64_t counted,
	     const char *title)
{
	for (size_t i = 0; !counted && i < d->n_pages; i++)
		if (d->looks[i].forms_err.class != GRAPH_OK) {
			doctor_found(c, CHECK_UNKNOWN, title,
				     "Meta does not tell at the moment.");
			return true;
		}
	return false;
}

void
look_forms(struct doctor *d, struct check *c)
{
	size_t active = 0;
	int64_t leads = 0;

	if (!has_asked(d, c, "Lead forms"))
		return;
	for (size_t i = 0; i < d->n_pages; i++) {
		struct reason_facts f = {
			.page = d->pages[i].name,
			.permission = d->looks[i].forms_err.permission
		};

		if (d->looks[i].forms_err.class == GRAPH_ADMIN) {
			doctor_reason(d, c, "not_listed", &f);
			return;
		}
	}
	count_forms(d, &active, &leads);
	if (cannot_count(d, c, (int64_t)active, "Lead forms"))
		return;
	if (active == 0)
		doctor_found(c, CHECK_FAIL, "There is no active lead form",
			     "Make one in Meta's Instant Forms, or publish the "
			     "one you have. It is found by itself.");
	else
		doctor_found(c, CHECK_PASS,
			     arena_fmt(d->t->mem,
				       active == 1 ? "%zu form is active"
						   : "%zu forms are active",
				       active),
			     "");
}

void
look_submissions(struct doctor *d, struct check *c)
{
	size_t active = 0;
	int64_t leads = 0;

	if (!has_asked(d, c, "Whether forms have submissions"))
		return;
	count_forms(d, &active, &leads);
	if (cannot_count(d, c, leads, "Whether forms have submissions"))
		return;
	if (leads == 0)
		doctor_found(c, CHECK_WARN, "No form has been filled in yet",
			     "Send a test lead to see the whole way.");
	else
		doctor_found(c, CHECK_PASS, "Forms have received leads", "");
	if (leads)
		c->aside =
			arena_fmt(d->t->mem, "%lld at Meta", (long long)leads);
}
