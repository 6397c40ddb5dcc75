/*
 * fieldmap.c: Fields of one form: which field each question fills, seen on a
 * real lead, and applied to leads that are here already.  ID is lead_form.id.
 */
#include "crm/audit.h"
#include "crm/customfield.h"
#include "crm/formdrift.h"
#include "crm/integration.h"
#include "crm/leadform.h"
#include "web/cards.h"
#include "web/fieldrows.h"
#include "web/session.h"
#include "web/view.h"
#include "work/remap.h"
#include "work/wake.h"

enum { BODY_MAX = 512 << 10, STOP_POLLING = 286 };

struct open_in {
	int64_t id, from;
};
struct ask_in {
	int64_t id;
};
struct custom_in {
	int64_t id, field;
	const char *name;
	bool hidden;
};
struct custom_view {
	int64_t id, form_id;
	const char *name, *shown_name;
	bool is_hidden;
};
struct run_view {
	int64_t id, done, all;
	const char *words;
	bool is_running;
};
struct page_view {
	int64_t id, integration_id;
	const char *name, *page_name, *integration;
	struct fieldrows *rows;
	struct run_view *run;
	struct custom_view *custom;
	size_t n_custom;
	bool has_custom;
	const char *apply_words; /* the question after saving; NULL = none */
	const char *custom_fault;
};

static const struct form_field open_form[] = {
	FORM_INT(struct open_in, id, 1, INT64_MAX),
	FORM_INT_OR(struct open_in, from, 1, INT64_MAX, 0),
	{ 0 },
};
static const struct form_field ask_form[] = {
	FORM_INT(struct ask_in, id, 1, INT64_MAX),
	{ 0 },
};
static const struct form_field custom_form[] = {
	FORM_INT(struct custom_in, id, 1, INT64_MAX),
	FORM_INT(struct custom_in, field, 1, INT64_MAX),
	FORM_TEXT(struct custom_in, name, 1, CUSTOM_NAME_MAX),
	FORM_FLAG(struct custom_in, hidden),
	{ 0 },
};
static const struct tmpl_field custom_fields[] = {
	FIELD(struct custom_view, id),
	FIELD(struct custom_view, form_id),
	FIELD(struct custom_view, name),
	FIELD(struct custom_view, shown_name),
	FIELD(struct custom_view, is_hidden),
	{ 0 },
};
static const struct tmpl_field run_fields[] = {
	FIELD(struct run_view, id),	    FIELD(struct run_view, done),
	FIELD(struct run_view, all),	    FIELD(struct run_view, words),
	FIELD(struct run_view, is_running), { 0 },
};
static const struct tmpl_field page_fields[] = {
	FIELD(struct page_view, id),
	FIELD(struct page_view, integration_id),
	FIELD(struct page_view, name),
	FIELD(struct page_view, page_name),
	FIELD(struct page_view, integration),
	ONE(struct page_view, rows, fieldrows_fields),
	ONE(struct page_view, run, run_fields),
	LIST(struct page_view, custom, n_custom, custom_fields),
	FIELD(struct page_view, has_custom),
	FIELD(struct page_view, apply_words),
	FIELD(struct page_view, custom_fault),
	{ 0 },
};

/* ---- shown --------------------------------------------------------------------- */

static struct run_view *
run_of(struct req *r, const struct remap_run *run)
{
	struct run_view *v = NEW(r->t.mem, struct run_view);
	struct arena *mem = r->t.mem;
	const char *changed = view_count(mem, run->n_changed, "lead filled in",
					 "leads filled in");

	v->id = run->form_id;
	v->done = run->n_seen;
	v->all = run->n_all > run->n_seen ? run->n_all : run->n_seen;
	v->is_running = text_is(text_of(run->state), "running");
	v->words = arena_fmt(mem, "%lld of %s, %s", (long long)run->n_seen,
			     view_count(mem, run->n_all, "answer", "answers"),
			     changed);
	if (text_is(text_of(run->state), "done"))
		v->words = arena_fmt(mem, "Applied: %s", changed);
	else if (!v->is_running)
		v->words = arena_fmt(mem, "Ended early: %s", v->words);
	return v;
}

static enum rc
set_run(struct req *r, int64_t form_id, struct page_view *v)
{
	struct remap_run run;
	enum rc rc = remap_latest(&r->t, form_id, &run);

	if (rc == E_NOTFOUND) {
		task_forgive(&r->t);
		return OK;
	}
	if (!rc)
		v->run = run_of(r, &run);
	if (!rc && v->run->is_running)
		r->page.refresh_s = 5;
	return rc;
}

static enum rc
set_custom(struct req *r, struct page_view *v)
{
	struct custom_field *all = NULL;
	enum rc rc = custom_list(&r->t, &all, &v->n_custom);

	v->has_custom = v->n_custom > 0;
	v->custom = NEW_ARRAY(r->t.mem, struct custom_view, v->n_custom);
	for (size_t i = 0; !rc && i < v->n_custom; i++)
		v->custom[i] =
			(struct custom_view){ all[i].id, v->id, all[i].name,
					      all[i].name, all[i].is_hidden };
	return rc;
}

static enum rc
show(struct req *r, int status, const struct lead_form *f,
     const struct fieldrows_in *typed, int64_t from, struct page_view *v)
{
	enum rc rc =
		form_place(&r->t, f->id, &v->integration_id, &v->page_name);

	struct integration i = { .name = "" };

	if (!rc)
		rc = integration_get(&r->t, v->integration_id, &i);
	v->integration = i.name;
	v->id = f->id;
	v->name = f->name[0] ? f->name : f->meta_id;
	v->rows = NEW(r->t.mem, struct fieldrows);
	if (!rc)
		rc = fieldrows_load(r, f, typed, from, v->rows);
	if (!rc)
		rc = set_run(r, f->id, v);
	if (!rc)
		rc = set_custom(r, v);
	if (rc)
		return rc;
	cards_place(r, arena_fmt(r->t.mem, "Fields of %s", v->name));
	return reply_page_status(r, status, v);
}

static enum rc
open_page(struct req *r, const void *form)
{
	const struct open_in *in = form;
	struct page_view v = { .id = in->id };
	struct lead_form f;
	enum rc rc = form_get(&r->t, in->id, &f);

	return rc ? rc : show(r, 200, &f, NULL, in->from, &v);
}

/* The choice as it stands in the form, not saved. */
static enum rc
preview(struct req *r, const void *form)
{
	const struct fieldrows_in *in = form;
	struct page_view v = { .id = in->id };
	struct lead_form f;
	enum rc rc = form_get(&r->t, in->id, &f);

	return rc ? rc : show(r, 200, &f, in, 0, &v);
}

/* ---- saved ------------------------------------------------------------------------ */

static enum rc
to_fields(struct req *r, int64_t id)
{
	return reply_see_other(r, url_page(r->t.mem, r->page.root,
					   "/fieldmap/%lld", (long long)id));
}

static enum rc
save(struct req *r, const void *form)
{
	const struct fieldrows_in *in = form;
	struct page_view v = { .id = in->id };
	struct lead_form f;
	int64_t leads = 0;
	enum rc rc = form_get(&r->t, in->id, &f);

	if (rc)
		return rc;
	fieldrows_check(r, in);
	if (r->faults.n > 0)
		return show(r, 422, &f, in, 0, &v);
	rc = fieldrows_save(r, &f, in);
	if (!rc)
		rc = form_confirm(&r->t, f.id);
	if (!rc)
		rc = audit_add(
			&r->t, "form.fields",
			arena_fmt(r->t.mem, "form %lld", (long long)f.id),
			"Changed the fields of a form");
	if (!rc)
		rc = remap_count(&r->t, f.id, &leads);
	if (!rc)
		rc = session_flash(&r->t, r->session_id,
				   "Changes saved. They apply to leads from "
				   "now on.",
				   false);
	if (rc)
		return rc;
	if (leads == 0)
		return to_fields(r, f.id);
	return reply_see_other(r, url_page(r->t.mem, r->page.root,
					   "/fieldmap/apply/%lld",
					   (long long)f.id));
}

static enum rc
ask(struct req *r, const void *form)
{
	const struct ask_in *in = form;
	struct page_view v = { .id = in->id };
	struct lead_form f;
	int64_t leads = 0;
	enum rc rc = form_get(&r->t, in->id, &f);

	if (!rc)
		rc = remap_count(&r->t, in->id, &leads);
	if (rc)
		return rc;
	v.apply_words =
		arena_fmt(r->t.mem, "Also apply to the %s already here?",
			  view_count(r->t.mem, leads, "lead", "leads"));
	return show(r, 200, &f, NULL, 0, &v);
}

static enum rc
apply(struct req *r, const void *form)
{
	const struct ask_in *in = form;
	int64_t run = 0;
	enum rc rc = remap_start(&r->t, in->id, &run);

	if (rc)
		return rc;
	wake_worker(&r->t);
	return to_fields(r, in->id);
}

static enum rc
stop(struct req *r, const void *form)
{
	const struct ask_in *in = form;
	enum rc rc = remap_stop(&r->t, in->id);

	if (rc == E_NOTFOUND) /* it was quicker */
		task_forgive(&r->t);
	else if (rc)
		return rc;
	return to_fields(r, in->id);
}

static enum rc
progress(struct req *r, const void *form)
{
	const struct ask_in *in = form;
	struct remap_run run;
	struct run_view *v;
	enum rc rc;

	if (!r->is_fragment)
		return to_fields(r, in->id);
	rc = remap_latest(&r->t, in->id, &run);
	if (rc)
		return rc;
	v = run_of(r, &run);
	return reply_page_status(r, v->is_running ? 200 : STOP_POLLING, v);
}

/* Another name, or hidden.  A name that another field has is told. */
static enum rc
change_custom(struct req *r, const void *form)
{
	const struct custom_in *in = form;
	const struct custom_field c = { in->field, in->name, in->hidden };
	struct page_view v = { .id = in->id };
	struct lead_form f;
	enum rc rc = form_get(&r->t, in->id, &f);

	if (!rc && r->faults.n == 0)
		rc = custom_change(&r->t, &c);
	if (rc == E_CONFLICT) {
		task_forgive(&r->t);
		form_fault(&r->faults, "name",
			   "Another field has this name already.");
		rc = OK;
	}
	if (rc)
		return rc;
	if (r->faults.n > 0) {
		v.custom_fault = r->faults.at[0].words;
		return show(r, 422, &f, NULL, 0, &v);
	}
	rc = session_flash(&r->t, r->session_id, "Field changed.", false);
	return rc ? rc : to_fields(r, in->id);
}

#define PAGE .perm = PERM_ADMIN, .page = "fieldmap.html", .fields = page_fields
static const struct route routes[] = {
	{ .method = GET,
	  .path = "/fieldmap/{id}",
	  .form = open_form,
	  .form_size = sizeof(struct open_in),
	  .handle = open_page,
	  PAGE },
	{ .method = POST,
	  .path = "/fieldmap/{id}",
	  .form = fieldrows_form,
	  .form_size = sizeof(struct fieldrows_in),
	  .handle = save,
	  .faults_to_handler = true,
	  .max_body = BODY_MAX,
	  PAGE },
	{ .method = POST,
	  .path = "/fieldmap/preview/{id}",
	  .form = fieldrows_form,
	  .form_size = sizeof(struct fieldrows_in),
	  .handle = preview,
	  .max_body = BODY_MAX,
	  PAGE },
	{ .method = GET,
	  .path = "/fieldmap/apply/{id}",
	  .form = ask_form,
	  .form_size = sizeof(struct ask_in),
	  .handle = ask,
	  PAGE },
	{ .method = POST,
	  .path = "/fieldmap/apply/{id}",
	  .form = ask_form,
	  .form_size = sizeof(struct ask_in),
	  .handle = apply,
	  .perm = PERM_ADMIN },
	{ .method = POST,
	  .path = "/fieldmap/stop/{id}",
	  .form = ask_form,
	  .form_size = sizeof(struct ask_in),
	  .handle = stop,
	  .perm = PERM_ADMIN },
	{ .method = GET,
	  .path = "/fieldmap/run/{id}",
	  .form = ask_form,
	  .form_size = sizeof(struct ask_in),
	  .handle = progress,
	  .perm = PERM_ADMIN,
	  .page = "fieldmap-run.html",
	  .fields = run_fields },
	{ .method = POST,
	  .path = "/fieldmap/custom/{id}",
	  .form = custom_form,
	  .form_size = sizeof(struct custom_in),
	  .handle = change_custom,
	  .faults_to_handler = true,
	  PAGE },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
