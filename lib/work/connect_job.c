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
	struct arena *item_mem; /* of the forms of one page */
	struct draft *draft;
	int64_t owner_id;
	struct graph graph;
	const char *app_id;
	struct draft_page **chosen;
	size_t n_chosen, n_connected;
	bool is_new;		     /* there was no integration before */
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
	enum rc rc = queue_hold(t, c->job->mark);

	t->user_id = d->user_id;
	if (!rc && id)
		rc = integration_lock(t, id, &i);
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
		rc = trouble_gone(t, id);
	if (!rc)
		rc = draft_attach(t, d->id, id);
	if (!rc)
		d->integration_id = id;
	return rc;
}

/* A page whose fields could not be read is not written to: it would lose those
 * that it has. */
static enum rc
subscribe(struct task *t, struct connecting *c, struct graph_error *err)
{
	struct meta_change *sent =
		NEW_ARRAY(t->mem, struct meta_change, c->n_chosen);
	size_t n = 0;
	enum rc rc;

	for (size_t i = 0; i < c->n_chosen; i++) {
		c->changes[i] = (struct meta_change){
			.page_id = c->chosen[i]->meta_id,
			.token = c->chosen[i]->token,
			.fields = c->looks[i].fields,
			.err = c->looks[i].subscribed_err,
		};
		if (c->changes[i].err.class == GRAPH_OK)
			sent[n++] = c->changes[i];
	}
	rc = pagelook_subscribe(t, &c->graph, sent, n, err);
	n = 0;
	for (size_t i = 0; !rc && i < c->n_chosen; i++)
		if (c->changes[i].err.class == GRAPH_OK)
			c->changes[i].err = sent[n++].err;
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
	return rc ? rc : subscribe(t, c, err);
}

/* Its questions are read later: until then they are "". */
static enum rc
keep_form(struct task *t, int64_t page_id, const struct json *form,
	  const char *id)
{
	struct lead_form f = { .meta_id = id,
			       .page_id = page_id,
			       .name = json_text_or(json_get(form, "name"), ""),
			       .status = json_text_or(json_get(form, "status"),
						      ""),
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

struct one {
	struct connecting *c;
	const struct draft_page *page;
	struct draft_page end; /* what it says afterwards */
	int64_t page_id;
};

static enum rc
keep_forms(struct task *t, void *arg)
{
	const struct one *one = arg;
	const char *why = NULL;
	const struct json *forms =
		json_parse(t->mem, text_of(one->end.forms), &why);
	enum rc rc = OK;

	for (const struct json *f = json_first(forms); !rc && f;
	     f = json_next(f)) {
		const char *id = json_id(json_get(f, "id"));
		bool left_out = false;

		if (!id)
			continue;
		rc = keep_form(t, one->page_id, f, id);
		if (!rc)
			rc = draft_leaves_out(t, one->c->draft->id, id,
					      &left_out);
		if (!rc)
			rc = form_leave_out(t, id, left_out);
	}
	return rc;
}

/* Connected elsewhere since it was listed: nobody was asked about that. */
static enum rc
find_taker(struct task *t, struct one *one, bool *taken)
{
	struct draft_page *end = &one->end;
	struct page known;
	enum rc rc = page_by_meta(t, end->meta_id, &known);

	*taken = false;
	if (rc == E_NOTFOUND || rc == E_INTERNAL) {
		task_forgive(t);
		return OK;
	}
	if (rc || known.integration_id == one->c->draft->integration_id ||
	    text_is(text_of(end->reason), "in_use"))
		return rc;
	*taken = true;
	end->result = "failed";
	end->reason = "in_use";
	end->detail = known.integration_name;
	return OK;
}

/* The integration is looked at last, as imports do it, too. */
static enum rc
put_connected(struct task *t, struct one *one)
{
	struct draft_page *end = &one->end;
	struct page p = { .meta_id = end->meta_id,
			  .name = end->name,
			  .integration_id = one->c->draft->integration_id,
			  .owner_id = one->c->owner_id,
			  .token = end->token,
			  .tasks = end->tasks };
	struct integration i;
	int64_t released = 0;
	enum rc rc = page_move(t, p.meta_id, p.integration_id);

	if (!rc)
		rc = page_put(t, &p, &one->page_id);
	if (!rc)
		rc = page_subscribed(t, one->page_id, true);
	if (!rc)
		rc = trouble_all_over(t, TROUBLE_PAGE, one->page_id);
	if (!rc)
		rc = queue_release_page(t, p.meta_id, &released);
	if (!rc)
		rc = task_apart(t, one->c->item_mem, keep_forms, one);
	if (!rc)
		rc = integration_lock(t, p.integration_id, &i);
	end->result = "connected";
	end->reason = end->detail = "";
	return rc;
}

static enum rc
keep_connected(struct task *t, void *arg)
{
	struct one *one = arg;
	bool taken = false;
	enum rc rc = queue_hold(t, one->c->job->mark);

	one->end = *one->page;
	if (!rc)
		rc = find_taker(t, one, &taken);
	if (!rc && !taken)
		rc = put_connected(t, one);
	return rc ? rc : draft_page_result(t, &one->end);
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
		struct one one = { .c = c, .page = c->chosen[i] };

		if (c->changes[i].err.class != GRAPH_OK) {
			rc = keep_failed(t, c->chosen[i], &c->changes[i].err);
			continue;
		}
		rc = db_tx(t, "keep_connected", keep_connected, &one);
		*c->chosen[i] = one.end;
		c->n_connected +=
			!rc && text_is(text_of(one.end.result), "connected");
	}
	return rc;
}

/* Could it have been ticked?  What only lacks a right stays as it is. */
static bool
was_offered(const struct draft_page *p)
{
	struct text reason = text_of(p->reason);

	return p->token && (reason.len == 0 || text_is(reason, "ads_missing") ||
			    text_is(reason, "not_listed"));
}

struct dropping {
	const struct connecting *c;
	const struct draft_page *page;
	bool is_here; /* a page of this integration */
};

static enum rc
find_dropped(struct task *t, struct dropping *d, struct page *p)
{
	enum rc rc = page_by_meta(t, d->page->meta_id, p);

	d->is_here = !rc && p->integration_id == d->c->draft->integration_id;
	if (rc == E_NOTFOUND || rc == E_INTERNAL) {
		task_forgive(t);
		return OK;
	}
	return rc;
}

static enum rc
drop(struct task *t, void *arg)
{
	struct dropping *d = arg;
	struct page p = { 0 };
	enum rc rc = queue_hold(t, d->c->job->mark);

	if (!rc)
		rc = find_dropped(t, d, &p);
	if (!rc && d->is_here)
		rc = trouble_all_over(t, TROUBLE_PAGE, p.id);
	if (!rc && d->is_here)
		rc = page_remove(t, p.id);
	return rc;
}

/* A page of the integration that was offered and is not chosen any more. */
static enum rc
drop_unchosen(struct task *t, struct connecting *c,
	      const struct draft_page *all, size_t n)
{
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < n; i++) {
		struct meta_change gone = { .page_id = all[i].meta_id,
					    .token = all[i].token };
		struct dropping d = { .c = c, .page = &all[i] };
		struct graph_error err;
		struct page p;

		if (all[i].is_chosen || !was_offered(&all[i]))
			continue;
		rc = find_dropped(t, &d, &p);
		if (rc || !d.is_here)
			continue;
		rc = pagelook_subscribe(t, &c->graph, &gone, 1, &err);
		if (rc == E_REMOTE) {
			task_forgive(t);
			rc = OK;
		}
		if (!rc)
			rc = db_tx(t, "drop_page", drop, &d);
	}
	return rc;
}

/* A new integration without any page is none. */
static enum rc
undo_empty(struct task *t, const struct connecting *c)
{
	const struct draft *d = c->draft;
	enum rc rc = OK;

	if (c->is_new) {
		rc = owner_remove(t, d->integration_id, 0);
		if (!rc)
			rc = integration_delete(t, d->integration_id);
		if (!rc)
			rc = draft_attach(t, d->id, 0);
	}
	if (!rc)
		rc = draft_step(t, d->id, DRAFT_CHOOSING);
	return rc ? rc
		  : draft_problem(t, d->id, c->chosen[0]->reason,
				  c->chosen[0]->detail);
}

static enum rc
finish(struct task *t, void *arg)
{
	const struct connecting *c = arg;
	const struct draft *d = c->draft;
	struct sync_order order = { .integration_id = d->integration_id,
				    .way = d->history ? "history" : "sync",
				    .afresh = true };
	int64_t run = 0;
	bool is_new = false;
	enum rc rc = queue_done(t, c->job);

	if (rc)
		return rc;
	if (c->n_connected == 0)
		return undo_empty(t, c);
	rc = sync_start(t, &order, &run, &is_new);
	if (!rc)
		rc = queue_add(t, JOB_HEALTH, d->integration_id);
	return rc ? rc : draft_finish(t, d->id, d->integration_id, run);
}

static enum rc
connect_chosen(struct task *t, struct connecting *c)
{
	struct graph_error err = { .reason = "", .words = "" };
	struct draft_page *all = NULL;
	size_t n = 0;
	enum rc rc = draft_pages(t, c->draft->id, &all, &n);

	if (rc)
		return rc;
	c->is_new = c->draft->integration_id == 0;
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
	if (!rc && c->n_connected > 0)
		rc = drop_unchosen(t, c, all, n);
	return rc ? rc : db_tx(t, "connect_finish", finish, c);
}

/* The integration was deleted while it was being reconnected: nothing is left
 * to be done. */
static enum rc
end_if_gone(struct task *t, const struct connecting *c)
{
	int64_t id = c->draft->integration_id;
	struct integration i;
	const char *why = arena_str(t->mem, text_of(t->why));
	enum rc rc;

	task_forgive(t);
	rc = id ? integration_get(t, id, &i) : OK;
	if (!rc)
		return fail(t, E_NOTFOUND, "%s", why);
	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	rc = queue_done(t, c->job);
	return rc ? rc : draft_remove(t, c->draft->id);
}

/* ---- the job --------------------------------------------------------------------------------- */

enum rc
connect_job(struct task *t, struct arena *item_mem, const struct job *j)
{
	struct draft d;
	struct connecting c = { .job = j, .item_mem = item_mem, .draft = &d };
	enum rc rc = draft_get(t, queue_subject(j), 0, &d);

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return queue_done(t, j);
	}
	if (rc)
		return rc;
	if (d.token && text_is(text_of(d.step), DRAFT_LISTING))
		return connect_list(t, j, &d);
	if (!d.token || !text_is(text_of(d.step), DRAFT_CONNECTING))
		return queue_done(t, j);
	rc = connect_chosen(t, &c);
	return rc == E_NOTFOUND ? end_if_gone(t, &c) : rc;
}
