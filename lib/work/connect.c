/* connect: from a token to pages whose leads arrive. */
#include "work/connect.h"

#include "base/conf.h"
#include "base/log.h"
#include "crm/page.h"
#include "crm/setting.h"
#include "db/db.h"
#include "meta/accounts.h"
#include "work/queue.h"

static enum rc
app_settings(struct task *t, const char **id, const char **secret)
{
	enum rc rc = setting_get(t, SETTING_APP_ID, id);

	if (!rc)
		rc = setting_get(t, SETTING_APP_SECRET, secret);
	if (!rc && (!*id || !*secret))
		return fail(t, E_INPUT,
			    "App ID and secret are not set yet: "
			    "leadport app set --id ID");
	return rc;
}

static struct graph
graph_at(const struct conf *conf)
{
	return (struct graph){ .url = conf->meta.graph_url,
			       .version = conf->meta.graph_version };
}

enum rc
connect_graph(struct task *t, const char *token, struct graph *out)
{
	struct graph g = graph_at(t->conf);
	const char *id = NULL;
	enum rc rc = app_settings(t, &id, &g.app_secret);

	if (rc)
		return rc;
	g.token = token;
	*out = g;
	return OK;
}

enum rc
connect_app_graph(struct task *t, const char **app_id, struct graph *out)
{
	struct graph g = graph_at(t->conf);
	const char *secret = NULL;
	enum rc rc = app_settings(t, app_id, &secret);

	if (rc)
		return rc;
	/* No proof goes with the app's own token (contract 2.9). */
	g.token = arena_fmt(t->mem, "%s|%s", *app_id, secret);
	*out = g;
	return OK;
}

/* ---- connecting -------------------------------------------------------------- */

struct connecting {
	const struct integration *integration;
	const char *token, *app_id;
	struct graph app, user;
	struct meta_token who;
	struct meta_page *pages;
	size_t n_pages;
	struct connect_result result;
};

static enum rc
said(struct task *t, enum rc rc, const struct graph_error *err)
{
	if (rc != E_REMOTE)
		return rc;
	task_forgive(t);
	return fail(t, E_REMOTE, "Meta: %s (%lld/%lld)", err->words,
		    (long long)err->code, (long long)err->subcode);
}

/* Whose token is it, and which pages does it reach? */
static enum rc
ask_meta(struct task *t, struct connecting *c)
{
	struct graph_error err = { 0 };
	enum rc rc = connect_app_graph(t, &c->app_id, &c->app);

	if (!rc)
		rc = connect_graph(t, c->token, &c->user);
	if (!rc)
		rc = said(t,
			  accounts_token(t, &c->app, c->token, &c->who, &err),
			  &err);
	if (!rc && !c->who.valid)
		return fail(t, E_INPUT, "This token is not valid at Meta.");
	if (!rc)
		rc = said(t,
			  accounts_pages(t, &c->user, &c->pages, &c->n_pages,
					 &err),
			  &err);
	if (!rc && c->n_pages == 0)
		return fail(t, E_INPUT,
			    "This token reaches no page. Assign "
			    "the pages and the app to it first.");
	return rc;
}

static enum rc
keep_forms(struct task *t, const struct graph *g, struct connect_page *out,
	   int64_t page_id)
{
	struct graph_error err = { 0 };
	struct meta_form *forms = NULL;
	size_t n = 0;
	enum rc rc = accounts_forms(t, g, out->meta_id, &forms, &n, &err);

	/* Leads can be read though forms cannot be listed (contract 2.5). */
	if (rc == E_REMOTE) {
		task_forgive(t);
		out->problem =
			arena_fmt(t->mem, "forms not listed: %s", err.words);
		return OK;
	}
	for (size_t i = 0; !rc && i < n; i++) {
		struct lead_form f = {
			.meta_id = forms[i].id,
			.page_id = page_id,
			.name = forms[i].name,
			.status = forms[i].status,
			.locale = forms[i].locale,
			.questions = forms[i].questions,
		};

		rc = form_put(t, &f);
	}
	out->n_forms = (int64_t)n;
	return rc;
}

/* A refusal of Meta's, or a page that another integration has, is told and
 * does not stop the other pages. */
static enum rc
tolerate(struct task *t, enum rc rc, const char *words,
	 struct connect_page *out)
{
	if (rc != E_REMOTE && rc != E_CONFLICT)
		return rc;
	out->problem =
		rc == E_REMOTE ? words : arena_str(t->mem, text_of(t->why));
	task_forgive(t);
	return OK;
}

static enum rc
connect_page(struct task *t, struct connecting *c, const struct meta_page *m,
	     struct connect_page *out)
{
	struct page page = { .meta_id = m->id,
			     .name = m->name,
			     .integration_id = c->result.integration_id,
			     .token = m->token,
			     .tasks = m->tasks };
	struct graph_error err = { .words = "" };
	struct graph g = c->user;
	int64_t id = 0, released = 0;
	bool added = false;
	enum rc rc;

	*out = (struct connect_page){ .meta_id = m->id,
				      .name = m->name,
				      .problem = "" };
	if (!m->token) {
		out->problem = "Meta gave no token for this page: the person "
			       "may not act for it";
		return OK;
	}
	g.token = m->token;
	rc = accounts_subscribe(t, &g, c->app_id, m->id, &added, &err);
	if (!rc)
		rc = page_put(t, &page, &id);
	if (rc)
		return tolerate(t, rc, err.words, out);
	out->connected = true;
	c->result.n_connected++;
	rc = page_subscribed(t, id);
	if (!rc)
		rc = queue_release_page(t, m->id, &released);
	return rc ? rc : keep_forms(t, &g, out, id);
}

static enum rc
keep_owner(struct task *t, const struct connecting *c)
{
	struct owner o = {
		.integration_id = c->result.integration_id,
		.meta_user_id = c->who.user_id ? c->who.user_id : "0",
		.kind = text_is(text_of(c->who.type), "SYSTEM_USER")
				? "system_user"
				: "user",
		.token = c->token,
		.expires_at = c->who.expires,
		.data_expires_at = c->who.data_access_expires,
	};

	return integration_own(t, &o);
}

static enum rc
store(struct task *t, void *arg)
{
	struct connecting *c = arg;
	enum rc rc =
		integration_add(t, c->integration, &c->result.integration_id);

	c->result.n_connected = 0;
	if (!rc)
		rc = keep_owner(t, c);
	for (size_t i = 0; !rc && i < c->n_pages; i++)
		rc = connect_page(t, c, &c->pages[i], &c->result.pages[i]);
	if (!rc && c->result.n_connected == 0)
		return fail(t, E_REMOTE, "No page could be connected: %s",
			    c->result.pages[0].problem);
	return rc;
}

enum rc
connect_token(struct task *t, const struct integration *i, const char *token,
	      struct connect_result *out)
{
	struct connecting c = { .integration = i, .token = token };
	enum rc rc = ask_meta(t, &c);

	if (rc)
		return rc;
	c.result.n_pages = c.n_pages;
	c.result.pages = NEW_ARRAY(t->mem, struct connect_page, c.n_pages);
	rc = db_tx(t, "connect", store, &c);
	if (!rc)
		*out = c.result;
	return rc;
}

enum rc
connect_renew_page(struct task *t, struct page *p)
{
	struct graph_error err = { 0 };
	const struct json *reply = NULL;
	struct owner o;
	struct graph g;
	const char *token;
	int64_t id = 0;
	enum rc rc = integration_owner(t, p->integration_id, &o);

	if (!rc)
		rc = connect_graph(t, o.token, &g);
	if (!rc)
		rc = said(t,
			  graph_do(t, &g,
				   &(struct graph_call){
					   .method = "GET",
					   .path = p->meta_id,
					   .params =
						   (struct graph_param[]){
							   { "fields",
							     "access_token" },
							   { 0 } } },
				   &reply, &err),
			  &err);
	if (rc)
		return rc;
	token = json_text(json_get(reply, "access_token"));
	if (!token)
		return fail(t, E_REMOTE, "page %s: no token given", p->meta_id);
	p->token = token;
	return page_put(t, p, &id);
}
