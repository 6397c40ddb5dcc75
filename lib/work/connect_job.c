/* connect_job: the worker's part of connecting: subscribing the pages that were
 * chosen, and making an integration of them. */
#include "base/json.h"
#include "crm/integration.h"
#include "crm/leadform.h"
#include "crm/owner.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "meta/pagelook.h"
#include "work/connect_private.h"
#include "work/sync.h"

/* ---- connecting ------------------------------------------------------------------------ */

struct connecting {
	const struct job *job;
	struct draft *draft;
	int64_t owner_id;
	struct graph graph;
	const char *app_id;
	struct draft_page **chosen;
	size_t n_chosen, n_connected;
	struct meta_look *looks;     /* one per chosen page */
	struct meta_change *changes; /* likewise */
};

/* The integration and the login, once; a job that was killed finds them. */
static enum rc
make_integration(struct task *t, void *arg)
{
	struct connecting *c = arg;
	struct draft *d = c->draft;
	struct integration i = { .name = d->name,
				 .description = d->description,
				 .strategy = d->strategy,
				 .assignee_id = d->assignee_id };
	struct owner o = { .meta_user_id = d->meta_user_id,
			   .name = d->meta_name,
			   .kind = d->kind,
			   .token = d->token,
			   .scopes = d->scopes,
			   .expires_at = d->expires_at,
			   .data_expires_at = d->data_expires_at };
	int64_t id = d->integration_id;
	enum rc rc = id ? integration_lock(t, id, &i) : OK;

	t->user_id = d->user_id;
	if (!rc && !id)
		rc = integration_add(t, &i, &id);
	o.integration_id = id;
	if (!rc)
		rc = owner_put(t, &o, &c->owner_id);
	if (!rc && d->instead)
		rc = owner_remove(t, id, c->owner_id);
	if (!rc)
		rc = owner_remove_erased(t, id);
	if (!rc)
		rc = trouble_all_over(t, TROUBLE_OWNER, c->owner_id);
	if (!rc)
		rc = trouble_owners_gone(t, id);
	if (!rc)
		rc = draft_attach(t, d->id, id);
	if (!rc)
		d->integration_id = id;
	return rc;
}

static enum rc
ask_meta(struct task *t, struct connecting *c, struct graph_error *err)
{
	size_t n = c->n_chosen;
	struct graph app;
	enum rc rc = connect_app_graph(t, &c->app_id, &app);

	if (!rc)
		rc = connect_graph(t, c->draft->token, &c->graph);
	if (rc)
		return rc;
	c->looks = NEW_ARRAY(t->mem, struct meta_look, n);
	c->changes = NEW_ARRAY(t->mem, struct meta_change, n);
	for (size_t i = 0; i < n; i++)
		c->looks[i] =
			(struct meta_look){ .page_id = c->chosen[i]->meta_id,
					    .token = c->chosen[i]->token };
	rc = pagelook_ask(t, &c->graph, c->app_id, c->looks, n, err);
	for (size_t i = 0; i < n; i++)
		c->changes[i] = (struct meta_change){
			.page_id = c->chosen[i]->meta_id,
			.token = c->chosen[i]->token,
			.fields = c->looks[i].fields ? c->looks[i].fields
						     : "leadgen",
		};
	return rc ? rc : pagelook_subscribe(t, &c->graph, c->changes, n, err);
}

static const char *
member(const struct json *form, const char *name)
{
	const char *text = json_text(json_get(form, name));

	return text ? text : "";
}

/* Its questions are read later: until then they are "". */
static enum rc
keep_form(struct task *t, int64_t page_id, const struct json *form,
	  const char *id)
{
	struct lead_form f = { .meta_id = id,
			       .page_id = page_id,
			       .name = member(form, "name"),
			       .status = member(form, "status"),
			       .locale = "",
			       .questions = "" };
	struct lead_form known;
	enum rc rc = form_by_meta(t, id, &known);

	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	if (!json_int(json_get(form, "leads"), &f.leads_count))
		f.leads_count = 0;
	return form_put(t, &f);
}

static enum rc
keep_forms(struct task *t, const struct draft *d, int64_t page_id,
	   const char *forms_text)
{
	const char *why = NULL;
	const struct json *forms =
		json_parse(t->mem, text_of(forms_text), &why);
	enum rc rc = OK;

	for (const struct json *f = json_first(forms); !rc && f;
	     f = json_next(f)) {
		const char *id = json_id(json_get(f, "id"));
		bool left_out = false;

		if (!id)
			continue;
		rc = keep_form(t, page_id, f, id);
		if (!rc)
			rc = draft_leaves_out(t, d->id, id, &left_out);
		if (!rc)
			rc = form_leave_out(t, id, left_out);
	}
	return rc;
}

struct one {
	struct connecting *c;
	size_t i;
};

static enum rc
keep_connected(struct task *t, void *arg)
{
	const struct one *one = arg;
	struct draft_page *d = one->c->chosen[one->i];
	struct page p = { .meta_id = d->meta_id,
			  .name = d->name,
			  .integration_id = one->c->draft->integration_id,
			  .owner_id = one->c->owner_id,
			  .token = d->token,
			  .tasks = d->tasks };
	int64_t id = 0, released = 0;
	enum rc rc = page_move(t, d->meta_id, p.integration_id);

	if (!rc)
		rc = page_put(t, &p, &id);
	if (!rc)
		rc = page_subscribed(t, id, true);
	if (!rc)
		rc = trouble_all_over(t, TROUBLE_PAGE, id);
	if (!rc)
		rc = queue_release_page(t, d->meta_id, &released);
	if (!rc)
		rc = keep_forms(t, one->c->draft, id, d->forms);
	d->result = "connected";
	d->reason = d->detail = "";
	return rc ? rc : draft_page_result(t, d);
}

static enum rc
keep_failed(struct task *t, struct draft_page *d, const struct graph_error *err)
{
	d->result = "failed";
	d->reason = err->reason;
	d->detail = err->permission ? err->permission : err->words;
	return draft_page_result(t, d);
}

/* One failing page does not stop the others. */
static enum rc
keep_results(struct task *t, struct connecting *c)
{
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < c->n_chosen; i++) {
		struct one one = { c, i };

		if (c->changes[i].err.class != GRAPH_OK) {
			rc = keep_failed(t, c->chosen[i], &c->changes[i].err);
			continue;
		}
		rc = db_tx(t, "keep_connected", keep_connected, &one);
		c->n_connected += rc == OK;
	}
	return rc;
}

/* A page of the integration that was listed and is not chosen any more. */
static enum rc
drop_unchosen(struct task *t, struct connecting *c,
	      const struct draft_page *all, size_t n)
{
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < n; i++) {
		struct meta_change gone = { .page_id = all[i].meta_id,
					    .token = all[i].token };
		struct graph_error err;
		struct page p;

		if (all[i].is_chosen || !all[i].token)
			continue;
		rc = page_by_meta(t, all[i].meta_id, &p);
		if (rc == E_NOTFOUND ||
		    (!rc && p.integration_id != c->draft->integration_id)) {
			task_forgive(t);
			rc = OK;
			continue;
		}
		if (!rc)
			rc = pagelook_subscribe(t, &c->graph, &gone, 1, &err);
		if (rc == E_REMOTE) {
			task_forgive(t);
			rc = OK;
		}
		if (!rc)
			rc = page_remove(t, p.id);
	}
	return rc;
}

static enum rc
finish(struct task *t, void *arg)
{
	const struct connecting *c = arg;
	const struct draft *d = c->draft;
	struct sync_order order = { .integration_id = d->integration_id,
				    .way = d->history ? "history" : "sync" };
	int64_t run = 0;
	bool is_new = false;
	enum rc rc = queue_done(t, c->job);

	if (rc)
		return rc;
	if (c->n_connected == 0) {
		rc = draft_step(t, d->id, DRAFT_CHOOSING);
		return rc ? rc
			  : draft_problem(t, d->id, c->chosen[0]->reason,
					  c->chosen[0]->detail);
	}
	rc = sync_start(t, &order, &run, &is_new);
	if (!rc)
		rc = queue_add(t, JOB_HEALTH, d->integration_id);
	return rc ? rc : draft_finish(t, d->id, d->integration_id, run);
}

/* A new integration without any page is none. */
static enum rc
undo_empty(struct task *t, struct connecting *c, int64_t before)
{
	enum rc rc;

	if (before || c->n_connected > 0)
		return OK;
	rc = owner_remove(t, c->draft->integration_id, 0);
	if (!rc)
		rc = integration_delete(t, c->draft->integration_id);
	if (!rc)
		rc = draft_attach(t, c->draft->id, 0);
	return rc;
}

static enum rc
connect_chosen(struct task *t, struct connecting *c)
{
	struct graph_error err = { .reason = "", .words = "" };
	int64_t before = c->draft->integration_id;
	struct draft_page *all = NULL;
	size_t n = 0;
	enum rc rc = draft_pages(t, c->draft->id, &all, &n);

	if (rc)
		return rc;
	c->chosen = NEW_ARRAY(t->mem, struct draft_page *, n);
	for (size_t i = 0; i < n; i++)
		if (all[i].is_chosen && all[i].token)
			c->chosen[c->n_chosen++] = &all[i];
	if (c->n_chosen == 0)
		return fail(t, E_INPUT, "draft %lld: nothing is chosen",
			    (long long)c->draft->id);
	rc = ask_meta(t, c, &err);
	if (rc == E_REMOTE)
		return connect_refused(t, c->job, c->draft->id, DRAFT_CHOOSING,
				       &err);
	if (!rc)
		rc = db_tx(t, "make_integration", make_integration, c);
	if (!rc)
		rc = keep_results(t, c);
	if (!rc)
		rc = undo_empty(t, c, before);
	if (!rc && c->n_connected > 0)
		rc = drop_unchosen(t, c, all, n);
	return rc ? rc : db_tx(t, "connect_finish", finish, c);
}

/* ---- the job --------------------------------------------------------------------------------- */

enum rc
connect_job(struct task *t, const struct job *j)
{
	struct draft d;
	struct connecting c = { .job = j, .draft = &d };
	enum rc rc = draft_get(t, queue_subject(j), 0, &d);

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return queue_done(t, j);
	}
	if (rc)
		return rc;
	if (d.token && text_is(text_of(d.step), DRAFT_LISTING))
		return connect_list(t, j, &d);
	if (d.token && text_is(text_of(d.step), DRAFT_CONNECTING))
		return connect_chosen(t, &c);
	return queue_done(t, j);
}
