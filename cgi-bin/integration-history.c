/*
 * integration-history.c: old leads of chosen forms: GET …/ID asks which, POST
 * …/ID begins, and while it is at work it is paused, resumed and cancelled here.
 * ID is the integration's; it has one import of history at a time.
 */
#include "crm/integration.h"
#include "web/cards.h"
#include "web/session.h"
#include "web/view.h"
#include "work/history.h"
#include "work/wake.h"

enum { ID_MAX = 32, FORMS_SHOWN = 2500, BODY_MAX = 512 << 10 };

struct open_in {
	int64_t id;
};
struct history_in {
	int64_t id, days;
	bool share_out;
	struct form_list pages, forms, forms_shown;
};
struct form_view {
	const char *id, *name, *words;
	bool is_ticked;
};
struct page_view {
	const char *meta_id, *name, *words;
	struct trouble_view *problem;
	struct form_view *forms;
	size_t n_forms;
	bool is_ticked, has_forms;
};
struct history_view {
	int64_t id;
	const char *name;
	struct work_view *work; /* one is at work or paused: then only this */
	struct trouble_view *problem;
	struct page_view *pages;
	size_t n_pages;
	bool can_import, share_out;
	const char *days, *days_fault, *fault;
	const char *estimate, *takes;
};

static const struct form_field open_form[] = {
	FORM_INT(struct open_in, id, 1, INT64_MAX),
	{ 0 },
};
static const struct form_field history_form[] = {
	FORM_INT(struct history_in, id, 1, INT64_MAX),
	FORM_INT(struct history_in, days, 1, SYNC_HISTORY_DAYS),
	FORM_FLAG(struct history_in, share_out),
	FORM_LIST(struct history_in, pages, ID_MAX),
	FORM_LIST(struct history_in, forms, ID_MAX),
	FORM_LIST(struct history_in, forms_shown, ID_MAX),
	{ 0 },
};
static const struct tmpl_field form_fields[] = {
	FIELD(struct form_view, id),
	FIELD(struct form_view, name),
	FIELD(struct form_view, words),
	FIELD(struct form_view, is_ticked),
	{ 0 },
};
static const struct tmpl_field page_fields[] = {
	FIELD(struct page_view, meta_id),
	FIELD(struct page_view, name),
	FIELD(struct page_view, words),
	ONE(struct page_view, problem, trouble_fields),
	LIST(struct page_view, forms, n_forms, form_fields),
	FIELD(struct page_view, is_ticked),
	FIELD(struct page_view, has_forms),
	{ 0 },
};
static const struct tmpl_field history_fields[] = {
	FIELD(struct history_view, id),
	FIELD(struct history_view, name),
	ONE(struct history_view, work, work_fields),
	ONE(struct history_view, problem, trouble_fields),
	LIST(struct history_view, pages, n_pages, page_fields),
	FIELD(struct history_view, can_import),
	FIELD(struct history_view, share_out),
	FIELD(struct history_view, days),
	FIELD(struct history_view, days_fault),
	FIELD(struct history_view, fault),
	FIELD(struct history_view, estimate),
	FIELD(struct history_view, takes),
	{ 0 },
};

/* What the page is made from. */
struct sheet {
	struct integration i;
	struct history_page *pages;
	size_t n_pages;
	const struct history_in *typed; /* NULL: all is ticked */
	struct sync_form *chosen;
	size_t n_chosen;
};

/* Its import that is at work or paused; NULL in *out when there is none. */
static enum rc
open_run(struct req *r, int64_t id, struct sync_run **out)
{
	struct sync_run *run = NEW(r->t.mem, struct sync_run);
	enum rc rc = sync_latest(&r->t, id, "history", run);

	if (rc == E_NOTFOUND) {
		task_forgive(&r->t);
		return OK;
	}
	if (!rc && sync_is_open(run))
		*out = run;
	return rc;
}

/* ---- what is chosen ------------------------------------------------------------- */

static void
choose_all(struct req *r, struct sheet *s)
{
	size_t room = 0;

	for (size_t i = 0; i < s->n_pages; i++)
		room += s->pages[i].n_forms;
	s->chosen = NEW_ARRAY(r->t.mem, struct sync_form, room);
	for (size_t i = 0; i < s->n_pages; i++)
		for (size_t k = 0; k < s->pages[i].n_forms; k++)
			s->chosen[s->n_chosen++] = (struct sync_form){
				s->pages[i].page.meta_id,
				s->pages[i].forms[k].meta_id,
				s->pages[i].forms[k].leads_count
			};
}

static enum rc
choose_typed(struct req *r, struct sheet *s)
{
	const struct history_in *in = s->typed;
	struct history_choice c = { in->pages.at, in->forms.at, in->pages.n,
				    in->forms.n };
	enum rc rc = history_choose(&r->t, s->pages, s->n_pages, &c, &s->chosen,
				    &s->n_chosen);

	if (rc == E_INPUT) {
		task_forgive(&r->t);
		form_fault(&r->faults, "forms",
			   "One of these forms is not here any more. Look at "
			   "the list again.");
		return OK;
	}
	if (!rc && s->n_chosen == 0)
		form_fault(&r->faults, "forms",
			   "Tick a page and at least one of its forms.");
	return rc;
}

static enum rc
sheet_load(struct req *r, int64_t id, const struct history_in *typed,
	   struct sheet *s)
{
	enum rc rc = integration_get(&r->t, id, &s->i);

	s->typed = typed;
	if (!rc)
		rc = history_pages(&r->t, id, &s->pages, &s->n_pages);
	if (rc)
		return rc;
	if (typed)
		return choose_typed(r, s);
	choose_all(r, s);
	return OK;
}

/* ---- shown ------------------------------------------------------------------------ */

static struct form_view
form_row(struct req *r, const struct sheet *s, const struct lead_form *f)
{
	struct arena *mem = r->t.mem;
	bool active = text_is(text_of(f->status), "ACTIVE");

	return (struct form_view){
		.id = f->meta_id,
		.name = f->name[0] ? f->name : f->meta_id,
		.words = arena_fmt(
			mem, "%s at Meta as of %s%s",
			view_count(mem, f->leads_count, "lead", "leads"),
			when_ago(mem, f->read_at, r->t.now, req_zone(r)),
			active ? "" : ", not active"),
		.is_ticked = !s->typed ||
			     form_list_has(&s->typed->forms, f->meta_id),
	};
}

static struct page_view
page_row(struct req *r, const struct sheet *s, const struct history_page *p)
{
	struct page_view v = {
		.meta_id = p->page.meta_id,
		.name = p->page.name,
		.forms = NEW_ARRAY(r->t.mem, struct form_view, p->n_forms),
		.has_forms = p->n_forms > 0,
		.is_ticked = !s->typed ||
			     form_list_has(&s->typed->pages, p->page.meta_id),
	};

	if (!v.has_forms)
		v.words = "No form of it is known here, or all are left out. "
			  "Sync Now looks for new ones.";
	if (p->broken) {
		v.problem = NEW(r->t.mem, struct trouble_view);
		*v.problem = way_trouble(r, p->broken);
	}
	for (size_t i = 0; i < p->n_forms; i++)
		v.forms[v.n_forms++] = form_row(r, s, &p->forms[i]);
	return v;
}

static void
set_pages(struct req *r, const struct sheet *s, struct history_view *v)
{
	size_t room = FORMS_SHOWN;

	v->pages = NEW_ARRAY(r->t.mem, struct page_view, s->n_pages);
	for (size_t i = 0; i < s->n_pages; i++) {
		if (s->pages[i].n_forms > room)
			continue;
		room -= s->pages[i].n_forms;
		v->pages[v->n_pages] = page_row(r, s, &s->pages[i]);
		v->can_import |= v->pages[v->n_pages++].has_forms;
	}
}

static void
set_estimate(struct req *r, const struct sheet *s, struct history_view *v)
{
	struct arena *mem = r->t.mem;
	struct history_estimate e;

	history_estimate(&r->t, s->pages, s->n_pages, s->chosen, s->n_chosen,
			 &e);
	if (e.n_forms == 0) {
		v->estimate = "No form is chosen.";
		return;
	}
	v->estimate = arena_fmt(mem, "At most %s in %s of %s.",
				view_count(mem, e.n_leads, "lead", "leads"),
				view_count(mem, e.n_forms, "form", "forms"),
				view_count(mem, e.n_pages, "page", "pages"));
	v->takes = arena_fmt(
		mem,
		"About %s to Meta; within what Meta allows %s that takes "
		"up to %s.",
		view_count(mem, e.n_calls, "call", "calls"),
		e.n_pages == 1 ? "the page" : "the pages",
		span_words(mem, e.ms));
}

/* `status` 200, or why it does not begin. */
static enum rc
show(struct req *r, int status, const struct sheet *s,
     struct trouble_view *problem)
{
	const struct history_in *in = s->typed;
	struct history_view v = {
		.id = s->i.id,
		.name = s->i.name,
		.problem = problem,
		.share_out = in && in->share_out,
		.days = arena_fmt(r->t.mem, "%lld",
				  in && in->days ? (long long)in->days
						 : SYNC_HISTORY_DAYS),
		.days_fault = form_fault_of(&r->faults, "days"),
		.fault = form_fault_of(&r->faults, "forms"),
	};

	set_pages(r, s, &v);
	set_estimate(r, s, &v);
	cards_place(r, arena_fmt(r->t.mem, "Import history of %s", s->i.name));
	return reply_page_status(r, status, &v);
}

static enum rc
show_work(struct req *r, int status, const struct integration *i,
	  const struct sync_run *run)
{
	struct history_view v = { .id = i->id,
				  .name = i->name,
				  .days = "",
				  .estimate = "",
				  .work = work_of(r, run) };

	if (v.work->poll.safe)
		r->page.refresh_s = 5;
	cards_place(r, arena_fmt(r->t.mem, "Import history of %s", i->name));
	return reply_page_status(r, status, &v);
}

static enum rc
ask(struct req *r, const void *form)
{
	const struct open_in *in = form;
	struct sheet s = { 0 };
	struct sync_run *run = NULL;
	enum rc rc = sheet_load(r, in->id, NULL, &s);

	if (!rc)
		rc = open_run(r, in->id, &run);
	if (rc)
		return rc;
	return run ? show_work(r, 200, &s.i, run) : show(r, 200, &s, NULL);
}

/* The same page with what is ticked reckoned anew; nothing begins.  The script,
 * which takes the estimate alone, shows no answer that is an error. */
static enum rc
estimate(struct req *r, const void *form)
{
	const struct history_in *in = form;
	struct sheet s = { 0 };
	enum rc rc = sheet_load(r, in->id, in, &s);

	if (rc)
		return rc;
	return show(r, r->faults.n && !r->is_fragment ? 422 : 200, &s, NULL);
}

static enum rc
progress(struct req *r, const void *form)
{
	const struct open_in *in = form;

	return work_reply(r, in->id, "history");
}

/* ---- begun, paused, resumed, cancelled ----------------------------------------------- */

static enum rc
begin_chosen(struct req *r, const struct sheet *s)
{
	const struct history_in *in = s->typed;
	struct sync_order order = {
		.integration_id = in->id,
		.way = "history",
		.since = when_add(r->t.now, -in->days * DAY_MS),
		.is_shared_out = in->share_out,
		.forms = s->chosen,
		.n_forms = s->n_chosen,
	};
	int64_t run = 0;
	bool is_new = false;
	enum rc rc = sync_start(&r->t, &order, &run, &is_new);

	if (rc)
		return rc;
	wake_worker(&r->t);
	return work_to_details(r, in->id);
}

static enum rc
begin(struct req *r, const void *form)
{
	const struct history_in *in = form;
	struct sheet s = { 0 };
	struct sync_run *run = NULL;
	const struct trouble *broken;
	struct trouble_view v;
	enum rc rc = sheet_load(r, in->id, in, &s);

	if (!rc)
		rc = open_run(r, in->id, &run);
	if (rc)
		return rc;
	if (run) {
		r->page.flash_err =
			"An import of history is under way already.";
		return show_work(r, 409, &s.i, run);
	}
	if (r->faults.n > 0)
		return show(r, 422, &s, NULL);
	broken = history_broken(s.pages, s.n_pages, s.chosen, s.n_chosen);
	if (!broken)
		return begin_chosen(r, &s);
	v = way_trouble(r, broken);
	return show(r, 409, &s, &v);
}

/* Over already, or paused already: a second click. */
static enum rc
act(struct req *r, int64_t id, enum rc (*change)(struct task *t, int64_t run))
{
	struct integration i;
	struct sync_run *run = NULL;
	enum rc rc = integration_get(&r->t, id, &i);

	if (!rc)
		rc = open_run(r, id, &run);
	if (rc)
		return rc;
	rc = run ? change(&r->t, run->id) : OK;
	if (rc == E_NOTFOUND)
		task_forgive(&r->t);
	else if (rc)
		return rc;
	wake_worker(&r->t);
	return work_to_details(r, id);
}

static enum rc
rest(struct req *r, const void *form)
{
	return act(r, ((const struct open_in *)form)->id, sync_pause);
}

static enum rc
go_on(struct req *r, const void *form)
{
	return act(r, ((const struct open_in *)form)->id, sync_resume);
}

static enum rc
cancel(struct req *r, const void *form)
{
	return act(r, ((const struct open_in *)form)->id, sync_stop);
}

#define ACT(where, does)                                                       \
	.method = POST, .path = (where), .perm = PERM_ADMIN,                   \
	.form = open_form, .form_size = sizeof(struct open_in),                \
	.handle = (does), .own_tx = true
#define ORDER(where, does)                                                     \
	.method = POST, .path = (where), .perm = PERM_ADMIN,                   \
	.form = history_form, .form_size = sizeof(struct history_in),          \
	.handle = (does), .page = "integration-history.html",                  \
	.fields = history_fields, .faults_to_handler = true,                   \
	.max_body = BODY_MAX

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/integration-history/{id}",
	  .perm = PERM_ADMIN,
	  .form = open_form,
	  .form_size = sizeof(struct open_in),
	  .handle = ask,
	  .page = "integration-history.html",
	  .fields = history_fields },
	{ .method = GET,
	  .path = "/integration-history/progress/{id}",
	  .perm = PERM_CARDS,
	  .form = open_form,
	  .form_size = sizeof(struct open_in),
	  .handle = progress,
	  .page = "integration-sync.html",
	  .fields = work_fields },
	{ ORDER("/integration-history/{id}", begin), .own_tx = true },
	{ ORDER("/integration-history/estimate/{id}", estimate) },
	{ ACT("/integration-history/pause/{id}", rest) },
	{ ACT("/integration-history/resume/{id}", go_on) },
	{ ACT("/integration-history/cancel/{id}", cancel) },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
