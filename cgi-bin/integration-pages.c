/*
 * integration-pages.c: from the login to connected pages: listing, choosing,
 * connecting, done.  The draft's step decides what is shown.
 */
#include "base/conf.h"
#include "crm/integration.h"
#include "web/cards.h"
#include "web/choose.h"
#include "web/session.h"
#include "web/view.h"
#include "work/connect.h"
#include "work/wake.h"

enum { BODY_MAX = 512 << 10 };
#define LONG_MS (20 * SECOND_MS) /* longer than it usually takes */

struct draft_in {
	int64_t draft;
	bool all;
};
struct result_view {
	const char *name, *words;
	struct status_view *status;
};
struct busy_view {
	int64_t id;
	const char *label, *words;
	struct trouble_view *problem;
};
struct pages_view {
	int64_t id, integration_id;
	const char *name;
	bool is_facebook, is_busy, is_choosing, is_done, is_reconnect;
	struct url go_on;
	struct trouble_view *problem;
	struct busy_view *busy;
	struct choose_view *choose;
	struct result_view *results;
	size_t n_results;
	const char *done_words;
	struct work_view *work;
};

static const struct form_field draft_form[] = {
	FORM_INT(struct draft_in, draft, 1, INT64_MAX),
	FORM_FLAG(struct draft_in, all),
	{ 0 },
};
static const struct tmpl_field result_fields[] = {
	FIELD(struct result_view, name),
	FIELD(struct result_view, words),
	ONE(struct result_view, status, status_fields),
	{ 0 },
};
static const struct tmpl_field busy_fields[] = {
	FIELD(struct busy_view, id),
	FIELD(struct busy_view, label),
	FIELD(struct busy_view, words),
	ONE(struct busy_view, problem, trouble_fields),
	{ 0 },
};
static const struct tmpl_field pages_fields[] = {
	FIELD(struct pages_view, id),
	FIELD(struct pages_view, integration_id),
	FIELD(struct pages_view, name),
	FIELD(struct pages_view, is_facebook),
	FIELD(struct pages_view, is_busy),
	FIELD(struct pages_view, is_choosing),
	FIELD(struct pages_view, is_done),
	FIELD(struct pages_view, is_reconnect),
	FIELD(struct pages_view, go_on),
	ONE(struct pages_view, problem, trouble_fields),
	ONE(struct pages_view, busy, busy_fields),
	ONE(struct pages_view, choose, choose_fields),
	LIST(struct pages_view, results, n_results, result_fields),
	FIELD(struct pages_view, done_words),
	ONE(struct pages_view, work, work_fields),
	{ 0 },
};

static bool
at_step(const struct draft *d, const char *step)
{
	return text_is(text_of(d->step), step);
}

static enum rc
to_draft(struct req *r, int64_t id)
{
	return reply_see_other(r, url_page(r->t.mem, r->page.root,
					   "/integration-pages/%lld",
					   (long long)id));
}

/* What the draft says went wrong, or NULL. */
static struct trouble_view *
problem_of(struct req *r, const struct draft *d)
{
	return d->reason[0] ? way_problem(r, d->reason, d->detail, d->meta_name)
			    : NULL;
}

/* ---- each step ------------------------------------------------------------------ */

static void
set_go_on(struct req *r, const struct draft *d, struct pages_view *v)
{
	struct url u = d->integration_id
			       ? url_page(r->t.mem, r->page.root,
					  "/integration-reconnect/%lld",
					  (long long)d->integration_id)
			       : url_page(r->t.mem, r->page.root,
					  "/integration-connect");

	v->go_on = url_with(r->t.mem, u, "draft",
			    arena_fmt(r->t.mem, "%lld", (long long)d->id));
}

static struct busy_view *
busy_of(struct req *r, const struct draft *d)
{
	struct busy_view *v = NEW(r->t.mem, struct busy_view);
	bool listing = at_step(d, DRAFT_LISTING);
	bool is_long = r->t.now.ms - d->changed_at.ms > LONG_MS;

	*v = (struct busy_view){
		.id = d->id,
		.label =
			listing ? "Asking Facebook for the pages, their rights "
				  "and forms"
				: "Connecting the pages",
		.words =
			is_long ? "This takes longer than usual. It goes on by "
				  "itself; you can leave this page."
				: "Usually a few seconds.",
		.problem = problem_of(r, d),
	};
	return v;
}

static enum rc
set_results(struct req *r, const struct draft *d, struct pages_view *v)
{
	struct draft_page *all = NULL;
	size_t n = 0, good = 0;
	enum rc rc = draft_pages(&r->t, d->id, &all, &n);

	if (rc)
		return rc;
	v->results = NEW_ARRAY(r->t.mem, struct result_view, n);
	for (size_t i = 0; i < n; i++) {
		bool ok = text_is(text_of(all[i].result), "connected");
		struct result_view *to = &v->results[v->n_results];

		if (!all[i].is_chosen)
			continue;
		good += ok;
		to->name = all[i].name;
		to->words = ok ? "Its leads come in from now on."
			       : way_words(r, all[i].reason, all[i].detail);
		to->status = NEW(r->t.mem, struct status_view);
		*to->status =
			way_status(r, ok ? (enum reason_level)0 : REASON_ERROR);
		to->status->word = ok ? "Connected" : "Not connected";
		v->n_results++;
	}
	v->done_words = arena_fmt(
		r->t.mem,
		v->is_reconnect ? "Connected again: %s. Fetching what came "
				  "meanwhile."
				: "Connected: %s.",
		view_count(r->t.mem, (int64_t)good, "page", "pages"));
	return OK;
}

static enum rc
set_work(struct req *r, const struct draft *d, struct pages_view *v)
{
	struct sync_run run;
	enum rc rc = d->sync_run_id ? sync_get(&r->t, d->sync_run_id, &run)
				    : E_NOTFOUND;

	if (rc == E_NOTFOUND)
		task_forgive(&r->t);
	else if (!rc)
		v->work = work_of(r, &run);
	return rc == E_NOTFOUND ? OK : rc;
}

/* A draft that came to its end names the integration that it made, too. */
static enum rc
tell_reconnect(struct req *r, const struct draft *d, bool *is)
{
	struct integration i = { 0 };
	enum rc rc = d->integration_id
			     ? integration_get(&r->t, d->integration_id, &i)
			     : OK;

	if (rc == E_NOTFOUND) {
		task_forgive(&r->t);
		rc = OK;
	}
	*is = i.id && i.created_at.ms < d->created_at.ms;
	return rc;
}

/* ---- the page ---------------------------------------------------------------------- */

static const char *
title_of(struct req *r, const struct draft *d)
{
	if (at_step(d, DRAFT_CHOOSING))
		return arena_fmt(r->t.mem, "Choose pages for %s", d->name);
	if (at_step(d, DRAFT_DONE))
		return arena_fmt(r->t.mem, "%s is connected", d->name);
	return arena_fmt(r->t.mem, "Connecting %s", d->name);
}

static enum rc
show(struct req *r, int status, const struct draft *d,
     const struct choose_in *typed, bool all)
{
	struct pages_view v = {
		.id = d->id,
		.integration_id = d->integration_id,
		.name = d->name,
		.is_facebook = at_step(d, DRAFT_FACEBOOK),
		.is_choosing = at_step(d, DRAFT_CHOOSING),
		.is_done = at_step(d, DRAFT_DONE),
		.problem = problem_of(r, d),
	};
	enum rc rc = tell_reconnect(r, d, &v.is_reconnect);

	if (rc)
		return rc;
	v.is_busy = !v.is_facebook && !v.is_choosing && !v.is_done;
	set_go_on(r, d, &v);
	if (v.is_busy) {
		v.busy = busy_of(r, d);
		v.problem = NULL;
		r->page.refresh_s = 3;
	} else if (v.is_choosing) {
		/* An empty list says it by itself. */
		if (text_is(text_of(d->reason), "no_pages"))
			v.problem = NULL;
		v.choose = NEW(r->t.mem, struct choose_view);
		rc = choose_load(r, d, typed, all, v.choose);
	} else if (v.is_done) {
		rc = set_results(r, d, &v);
		if (!rc)
			rc = set_work(r, d, &v);
	}
	if (rc)
		return rc;
	cards_place(r, title_of(r, d));
	return reply_page_status(r, status, &v);
}

static enum rc
page(struct req *r, const void *form)
{
	const struct draft_in *in = form;
	struct draft d;
	enum rc rc = draft_get(&r->t, in->draft, r->user->id, &d);

	return rc ? rc : show(r, 200, &d, NULL, in->all);
}

/* Asked for each second while the worker is at it. */
static enum rc
progress(struct req *r, const void *form)
{
	const struct draft_in *in = form;
	struct draft d;
	enum rc rc = draft_get(&r->t, in->draft, r->user->id, &d);

	if (rc)
		return rc;
	if (!at_step(&d, DRAFT_LISTING) && !at_step(&d, DRAFT_CONNECTING))
		return to_draft(r, d.id);
	return reply_page(r, busy_of(r, &d));
}

/* ---- what is done here --------------------------------------------------------------- */

/* E_CONFLICT is a second click: the first one is at work. */
static enum rc
choose(struct req *r, const void *form)
{
	const struct choose_in *in = form;
	struct draft_choice choice;
	struct draft d;
	enum rc rc = draft_get(&r->t, in->draft, r->user->id, &d);

	if (rc)
		return rc;
	if (!at_step(&d, DRAFT_CHOOSING))
		return to_draft(r, d.id);
	rc = choose_read(r, in, &choice);
	if (rc)
		return rc;
	if (r->faults.n > 0)
		return show(r, 422, &d, in, false);
	rc = connect_choose(&r->t, d.id, &choice);
	if (rc == E_INPUT) {
		task_forgive(&r->t);
		form_fault(&r->faults, "pages",
			   "One of these pages is not ready any more. Look at "
			   "the list again.");
		return show(r, 422, &d, in, false);
	}
	if (rc == E_CONFLICT)
		task_forgive(&r->t);
	else if (rc)
		return rc;
	wake_worker(&r->t);
	return to_draft(r, d.id);
}

static enum rc
again(struct req *r, const void *form)
{
	const struct draft_in *in = form;
	struct draft d;
	enum rc rc = draft_get(&r->t, in->draft, r->user->id, &d);

	if (!rc && at_step(&d, DRAFT_CHOOSING)) {
		rc = connect_list_again(&r->t, d.id);
		if (rc == E_CONFLICT) {
			task_forgive(&r->t);
			rc = OK;
		}
		wake_worker(&r->t);
	}
	return rc ? rc : to_draft(r, d.id);
}

/* To Facebook once more, which asks for what was declined. */
static enum rc
facebook(struct req *r, const void *form)
{
	const struct draft_in *in = form;
	const char *address = NULL;
	struct draft d;
	enum rc rc = draft_get(&r->t, in->draft, r->user->id, &d);

	if (rc)
		return rc;
	if (at_step(&d, DRAFT_CONNECTING) || at_step(&d, DRAFT_DONE))
		return to_draft(r, d.id);
	rc = connect_dialog(&r->t, d.id, r->session_id, true, &address);
	if (rc)
		return rc;
	return reply_see_other(
		r, url_dialog(r->t.mem, r->t.conf->meta.dialog_url, address));
}

#define ROUTE(verb, where, does)                                               \
	.method = (verb), .path = (where), .perm = PERM_ADMIN,                 \
	.form = draft_form, .form_size = sizeof(struct draft_in),              \
	.handle = (does)

static const struct route routes[] = {
	{ ROUTE(GET, "/integration-pages/{draft}", page),
	  .page = "integration-pages.html", .fields = pages_fields },
	{ ROUTE(GET, "/integration-pages/progress/{draft}", progress),
	  .page = "integration-pages-progress.html", .fields = busy_fields },
	{ .method = POST,
	  .path = "/integration-pages/{draft}",
	  .perm = PERM_ADMIN,
	  .form = choose_form,
	  .form_size = sizeof(struct choose_in),
	  .handle = choose,
	  .page = "integration-pages.html",
	  .fields = pages_fields,
	  .own_tx = true,
	  .max_body = BODY_MAX },
	{ ROUTE(POST, "/integration-pages/again/{draft}", again),
	  .own_tx = true },
	{ ROUTE(POST, "/integration-pages/facebook/{draft}", facebook) },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
