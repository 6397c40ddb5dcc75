/* dialog.c: the login dialog (GET and POST /dialog/v26.0/dialog/oauth), in
 * Facebook's manner (contract 2.1, 2.2): who logs in, which pages, which
 * permissions; then back to redirect_uri. */
#include "base/escape.h"
#include "params.h"
#include "raw.h"
#include "web/app.h"
#include "world_member.h"

enum { URL_MAX_BYTES = 8000, OFFERS = 40 };
#define PATH "/dialog/" SIM_VERSION "/dialog/oauth"

struct person_row {
	const char *id, *name;
	bool selected;
};
struct page_row {
	const char *id, *name, *portfolio;
	bool ticked;
};
struct offer_row {
	const char *name, *words;
	bool ticked;
};
struct dialog_view {
	const char *problem, *problem_words; /* instead of the form */
	const char *app_name, *person_id, *person_name;
	bool switched;	  /* another person than a moment ago */
	bool all_or_none; /* a configuration: nothing to untick */
	struct param *hidden;
	struct person_row *people;
	struct page_row *pages;
	struct offer_row *offers;
	size_t n_hidden, n_people, n_pages, n_offers;
};

struct dialog { /* one request */
	struct req *r;
	struct params p;
	struct switches sw;
	struct sim_app app;
	const char *scopes; /* asked for, comma list */
	struct sim_role *roles;
	size_t n_roles;
	struct dialog_view view;
};

static const struct tmpl_field hidden_fields[] = { FIELD(struct param, name),
						   FIELD(struct param, value),
						   { 0 } };
static const struct tmpl_field person_fields[] = {
	FIELD(struct person_row, id),
	FIELD(struct person_row, name),
	FIELD(struct person_row, selected),
	{ 0 }
};
static const struct tmpl_field page_fields[] = { FIELD(struct page_row, id),
						 FIELD(struct page_row, name),
						 FIELD(struct page_row,
						       portfolio),
						 FIELD(struct page_row, ticked),
						 { 0 } };
static const struct tmpl_field offer_fields[] = {
	FIELD(struct offer_row, name),
	FIELD(struct offer_row, words),
	FIELD(struct offer_row, ticked),
	{ 0 }
};
static const struct tmpl_field dialog_fields[] = {
	FIELD(struct dialog_view, problem),
	FIELD(struct dialog_view, problem_words),
	FIELD(struct dialog_view, app_name),
	FIELD(struct dialog_view, person_id),
	FIELD(struct dialog_view, person_name),
	FIELD(struct dialog_view, switched),
	FIELD(struct dialog_view, all_or_none),
	LIST(struct dialog_view, hidden, n_hidden, hidden_fields),
	LIST(struct dialog_view, people, n_people, person_fields),
	LIST(struct dialog_view, pages, n_pages, page_fields),
	LIST(struct dialog_view, offers, n_offers, offer_fields),
	{ 0 },
};

static const char *
given(const struct dialog *d, const char *name)
{
	return params_get(&d->p, name);
}

/* ---- what is shown in the dialog and never sent back (contract 2.1) ---------- */

static enum rc
problem(struct dialog *d, const char *heading, const char *words)
{
	d->view.problem = heading;
	d->view.problem_words = words;
	return OK;
}

static const struct sim_scope *
scope_of(struct text name)
{
	for (size_t i = 0; i < sim_scopes_n; i++)
		if (text_is(name, sim_scopes[i].name))
			return &sim_scopes[i];
	return NULL;
}

/* Comma or blank between them; a configuration has a list of its own. */
static enum rc
read_scopes(struct dialog *d)
{
	struct task *t = &d->r->t;
	const struct json *demo = NULL, *c;
	char *scopes = arena_str(t->mem, text_of(given(d, "scope")));
	enum rc rc;

	for (char *s = scopes; *s; s++)
		if (*s == ' ')
			*s = ',';
	d->scopes = scopes;
	if (!given(d, "config_id")[0])
		return OK;
	d->view.all_or_none = true;
	rc = world_demo(t, &demo);
	c = json_first(json_get(demo, "configurations"));
	while (c && !text_is(text_of(json_text(json_get(c, "id"))),
			     given(d, "config_id")))
		c = json_next(c);
	d->scopes = json_text(json_get(c, "permissions"));
	return rc;
}

static enum rc
judge_scopes(struct dialog *d)
{
	enum rc rc = read_scopes(d);
	struct text rest, part;

	if (rc)
		return rc;
	if (!d->scopes)
		return problem(d, "Invalid configuration",
			       "There is no configuration of this id.");
	rest = text_of(d->scopes);
	while (text_take_part(&rest, ',', &part))
		if (!scope_of(part))
			return problem(
				d, "Invalid Scopes",
				arena_fmt(d->r->t.mem,
					  "Invalid Scopes: %.*s. This message "
					  "is only shown to developers. Users "
					  "of your app will ignore these "
					  "permissions if present.",
					  TEXT_ARG(text_first(part, 60))));
	return OK;
}

static enum rc
judge(struct dialog *d)
{
	if (strcmp(given(d, "client_id"), SIM_APP_ID) != 0)
		return problem(d, "Invalid app ID",
			       "The provided app ID does not look like a valid "
			       "app ID.");
	if (!d->sw.app_active)
		return problem(d, "App not active",
			       "This app is not accessible right now and the "
			       "app developer is aware of the issue.");
	if (!world_redirect_ok(&d->app, given(d, "redirect_uri")))
		return problem(d, "URL blocked",
			       "This redirect failed because the redirect URI "
			       "is not whitelisted in the app's Client OAuth "
			       "Settings. Make sure Client and Web OAuth Login "
			       "are on and add all your app domains as Valid "
			       "OAuth Redirect URIs.");
	if (strcmp(given(d, "response_type"), "code") != 0)
		return problem(d, "Invalid response type",
			       "Only response_type=code is known here.");
	return judge_scopes(d);
}

/* ---- the form -------------------------------------------------------------------- */

/* "http://127.0.0.1:8080" of an address. */
static const char *
origin_of(struct arena *mem, const char *url)
{
	struct text rest = text_of(url), scheme = { 0 }, host;

	if (!text_take_until(&rest, ':', &scheme))
		return NULL;
	host = text_from(rest, 2);
	host = text_first(host, text_find(host, '/'));
	return arena_fmt(mem, "%.*s://%.*s", TEXT_ARG(scheme), TEXT_ARG(host));
}

static enum rc
add_people(struct dialog *d)
{
	struct dialog_view *v = &d->view;
	struct sim_member *all = NULL;
	size_t n = 0;
	enum rc rc = world_members(&d->r->t, &all, &n);

	if (rc)
		return rc;
	if (n == 0)
		return fail(&d->r->t, E_INTERNAL, "nobody can log in");
	v->people = NEW_ARRAY(d->r->t.mem, struct person_row, n);
	v->n_people = n;
	v->person_id = all[0].id;
	v->person_name = all[0].name;
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].id, given(d, "as")) == 0) {
			v->person_id = all[i].id;
			v->person_name = all[i].name;
		}
	for (size_t i = 0; i < n; i++)
		v->people[i] = (struct person_row){ all[i].id, all[i].name,
						    strcmp(all[i].id,
							   v->person_id) == 0 };
	return world_roles(&d->r->t, &d->sw, v->person_id, &d->roles,
			   &d->n_roles);
}

static void
add_pages(struct dialog *d)
{
	struct dialog_view *v = &d->view;

	v->pages = NEW_ARRAY(d->r->t.mem, struct page_row, d->n_roles);
	v->n_pages = d->n_roles;
	for (size_t i = 0; i < d->n_roles; i++)
		v->pages[i] = (struct page_row){
			.id = d->roles[i].page_id,
			.name = d->roles[i].name,
			.portfolio = d->roles[i].portfolio,
			.ticked = true,
		};
}

static bool
was_declined(const struct sim_permission *all, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].permission, name) == 0)
			return strcmp(all[i].status, "declined") == 0;
	return false;
}

/* What was declined is asked again only with auth_type=rerequest; a
 * permission that the app has no use case for is silently left out. */
static enum rc
add_offers(struct dialog *d)
{
	bool again = strcmp(given(d, "auth_type"), "rerequest") == 0;
	struct dialog_view *v = &d->view;
	struct text rest = text_of(d->scopes), part;
	struct sim_permission *old = NULL;
	size_t n = 0;
	enum rc rc = world_permissions(&d->r->t, v->person_id, &old, &n);

	v->offers = NEW_ARRAY(d->r->t.mem, struct offer_row, OFFERS);
	while (!rc && v->n_offers < OFFERS &&
	       text_take_part(&rest, ',', &part)) {
		const struct sim_scope *s = scope_of(part);

		if (!s || text_is(part, "public_profile") ||
		    (text_is(part, "leads_retrieval") &&
		     !d->sw.offer_leads_retrieval) ||
		    (!again && was_declined(old, n, s->name)))
			continue;
		v->offers[v->n_offers++] =
			(struct offer_row){ s->name, s->words, true };
	}
	return rc;
}

/* What the address asked for goes along with the form. */
static enum rc
add_hidden(struct dialog *d)
{
	static const char *const names[] = { "client_id", "redirect_uri",
					     "state",	  "response_type",
					     "scope",	  "config_id",
					     "auth_type", "return_scopes",
					     "display" };
	struct dialog_view *v = &d->view;

	v->hidden = NEW_ARRAY(d->r->t.mem, struct param, COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++)
		if (given(d, names[i])[0])
			v->hidden[v->n_hidden++] =
				(struct param){ names[i], given(d, names[i]) };
	return OK;
}

static enum rc
reply_dialog(struct dialog *d)
{
	struct req *r = d->r;

	d->view.app_name = d->app.name;
	r->page.title = d->view.problem ? d->view.problem : "Log in";
	if (d->view.problem)
		return reply_page_status(r, 400, &d->view);
	reply_form_target(r, origin_of(r->t.mem, given(d, "redirect_uri")));
	return reply_page(r, &d->view);
}

static enum rc
prepare(struct req *r, struct dialog *d)
{
	enum rc rc = switches_load(&r->t, &d->sw);

	d->r = r;
	if (!params_take(r->t.mem, &d->p, r->query) ||
	    !params_take(r->t.mem, &d->p, r->body))
		return fail(&r->t, E_INPUT, "broken parameters");
	if (!rc)
		rc = world_app(&r->t, SIM_APP_ID, &d->app);
	if (!rc)
		rc = judge(d);
	if (rc || d->view.problem)
		return rc;
	rc = add_people(d);
	if (!rc)
		rc = add_offers(d);
	if (rc)
		return rc;
	add_pages(d);
	return add_hidden(d);
}

static enum rc
show(struct req *r, const void *form)
{
	struct dialog d = { 0 };
	enum rc rc = prepare(r, &d);

	(void)form;
	return rc ? rc : reply_dialog(&d);
}

/* ---- back to the app (contract 2.2) -------------------------------------------------- */

static void
add_pair(struct buf *url, const char *name, const char *value)
{
	buf_putc(url, memchr(url->p, '?', url->len) ? '&' : '?');
	buf_fmt(url, "%s=", name);
	escape_url(url, text_of(value));
}

static enum rc
go_back(struct dialog *d, const struct param *pairs, size_t n)
{
	struct buf url = buf_in(d->r->t.mem, URL_MAX_BYTES);

	buf_puts(&url, given(d, "redirect_uri"));
	for (size_t i = 0; i < n; i++)
		if (pairs[i].value)
			add_pair(&url, pairs[i].name, pairs[i].value);
	if (given(d, "state")[0])
		add_pair(&url, "state", given(d, "state"));
	buf_puts(&url, "#_=_");
	if (url.failed)
		return fail(&d->r->t, E_INPUT, "address too long");
	reply_header(d->r, "Location", buf_str(&url));
	return reply_text(d->r, 303, "text/plain; charset=utf-8", TEXT(""));
}

static enum rc
cancel(struct dialog *d)
{
	static const struct param pairs[] = {
		{ "error", "access_denied" },
		{ "error_code", "200" },
		{ "error_description", "Permissions error" },
		{ "error_reason", "user_denied" },
	};

	return go_back(d, pairs, COUNT(pairs));
}

static const char *
join(struct arena *mem, const char *const *names, size_t n)
{
	struct buf b = buf_in(mem, 4000);

	for (size_t i = 0; i < n; i++)
		buf_fmt(&b, "%s%s", i ? "," : "", names[i]);
	return buf_str(&b);
}

static void
read_choice(const struct dialog *d, struct sim_grant *g)
{
	struct arena *mem = d->r->t.mem;
	const char **granted = NEW_ARRAY(mem, const char *, OFFERS + 1);
	const char **declined = NEW_ARRAY(mem, const char *, OFFERS);
	const char **pages = NEW_ARRAY(mem, const char *, d->n_roles);

	granted[g->n_granted++] = "public_profile";
	for (size_t i = 0; i < d->view.n_offers; i++) {
		const char *name = d->view.offers[i].name;

		if (d->view.all_or_none ||
		    params_has(&d->p, "permission", name))
			granted[g->n_granted++] = name;
		else
			declined[g->n_declined++] = name;
	}
	for (size_t i = 0; i < d->n_roles; i++)
		if (params_has(&d->p, "page", d->roles[i].page_id))
			pages[g->n_pages++] = d->roles[i].page_id;
	g->granted = granted;
	g->declined = declined;
	g->pages = pages;
}

static enum rc
log_in(struct dialog *d)
{
	bool scopes = strcmp(given(d, "return_scopes"), "true") == 0;
	struct arena *mem = d->r->t.mem;
	struct sim_grant g = { 0 };
	struct param pairs[] = { { "code", NULL },
				 { "granted_scopes", NULL },
				 { "denied_scopes", NULL } };
	enum rc rc;

	read_choice(d, &g);
	rc = world_grant(&d->r->t, d->view.person_id, &g);
	if (!rc)
		rc = world_add_code(&d->r->t, d->view.person_id,
				    given(d, "redirect_uri"), &pairs[0].value);
	if (rc)
		return rc;
	if (scopes) {
		pairs[1].value = join(mem, g.granted, g.n_granted);
		pairs[2].value = join(mem, g.declined, g.n_declined);
	}
	return go_back(d, pairs, COUNT(pairs));
}

static enum rc
decide(struct req *r, const void *form)
{
	struct dialog d = { 0 };
	enum rc rc = prepare(r, &d);

	(void)form;
	if (rc)
		return rc;
	if (d.view.problem)
		return reply_dialog(&d);
	if (strcmp(given(&d, "go"), "cancel") == 0)
		return cancel(&d);
	/* Another person was chosen: theirs are the pages to tick. */
	d.view.switched = strcmp(given(&d, "shown"), d.view.person_id) != 0;
	if (d.view.switched || strcmp(given(&d, "go"), "continue") != 0)
		return reply_dialog(&d);
	return log_in(&d);
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = PATH,
	  .perm = PERM_RAW,
	  .verify = accept_all,
	  .handle = show,
	  .page = "dialog.html",
	  .fields = dialog_fields },
	{ .method = POST,
	  .path = PATH,
	  .perm = PERM_RAW,
	  .verify = accept_all,
	  .handle = decide,
	  .page = "dialog.html",
	  .fields = dialog_fields },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
