/*
 * integration-edit.c: name, description, strategy, forms and fire drill of an
 * integration.
 */
#include "crm/leadform.h"
#include "crm/page.h"
#include "web/account.h"
#include "web/cards.h"
#include "web/option.h"
#include "web/session.h"
#include "web/view.h"
#include "work/drill.h"

enum { ID_MAX = 32, FORMS_SHOWN = 2500, BODY_MAX = 512 << 10 };

struct open_in {
	int64_t id;
};
struct edit_in {
	int64_t id;
	const char *name, *description, *strategy, *on_known;
	int64_t assignee;
	bool drill;
	struct form_list forms_shown; /* Meta ids that could be unticked */
	struct form_list forms;	      /* and those that stayed ticked */
};
struct form_view {
	const char *id, *name, *words;
	bool is_ticked;
};
struct page_view {
	const char *name;
	struct form_view *forms;
	size_t n_forms;
};
struct edit_view {
	int64_t id;
	const char *title_name, *kept;
	struct account_view *account;
	struct option_view *known; /* what becomes of somebody who is here */
	size_t n_known;
	struct page_view *pages; /* those with forms */
	size_t n_pages;
	bool has_forms, drill;
};

static const struct form_field open_form[] = {
	FORM_INT(struct open_in, id, 1, INT64_MAX),
	{ 0 },
};
static const char *const known_ways[] = { "join", "new", "skip", NULL };
static const char *const known_titles[] = { "Join that lead", "Make a new lead",
					    "Only keep the answer" };
static const struct form_field edit_form[] = {
	FORM_INT(struct edit_in, id, 1, INT64_MAX),
	ACCOUNT_FORM(struct edit_in),
	FORM_CHOICE(struct edit_in, on_known, known_ways),
	FORM_FLAG(struct edit_in, drill),
	FORM_LIST(struct edit_in, forms_shown, ID_MAX),
	FORM_LIST(struct edit_in, forms, ID_MAX),
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
	FIELD(struct page_view, name),
	LIST(struct page_view, forms, n_forms, form_fields),
	{ 0 },
};
static const struct tmpl_field edit_fields[] = {
	FIELD(struct edit_view, id),
	FIELD(struct edit_view, title_name),
	FIELD(struct edit_view, kept),
	ONE(struct edit_view, account, account_fields),
	LIST(struct edit_view, known, n_known, option_fields),
	LIST(struct edit_view, pages, n_pages, page_fields),
	FIELD(struct edit_view, has_forms),
	FIELD(struct edit_view, drill),
	{ 0 },
};

/* ---- shown --------------------------------------------------------------------- */

static struct form_view
form_row(struct req *r, const struct lead_form *f, const struct edit_in *typed)
{
	struct arena *mem = r->t.mem;

	return (struct form_view){
		.id = f->meta_id,
		.name = f->name[0] ? f->name : f->meta_id,
		.words = arena_fmt(
			mem, "%s at Meta%s",
			view_count(mem, f->leads_count, "lead", "leads"),
			text_is(text_of(f->status), "ACTIVE") ? ""
							      : ", not active"),
		.is_ticked =
			typed && form_list_has(&typed->forms_shown, f->meta_id)
				? form_list_has(&typed->forms, f->meta_id)
				: !f->is_left_out,
	};
}

static enum rc
set_pages(struct req *r, const struct edit_in *typed, struct edit_view *v)
{
	struct page *all = NULL;
	size_t n = 0, room = FORMS_SHOWN;
	enum rc rc = page_list(&r->t, v->id, &all, &n);

	if (rc)
		return rc;
	v->pages = NEW_ARRAY(r->t.mem, struct page_view, n);
	for (size_t i = 0; !rc && i < n; i++) {
		struct page_view *p = &v->pages[v->n_pages];
		struct lead_form *forms = NULL;
		size_t n_forms = 0;

		rc = form_list(&r->t, all[i].id, &forms, &n_forms);
		if (rc || n_forms == 0 || n_forms > room)
			continue;
		room -= n_forms;
		p->name = all[i].name;
		p->n_forms = n_forms;
		p->forms = NEW_ARRAY(r->t.mem, struct form_view, n_forms);
		for (size_t k = 0; k < n_forms; k++)
			p->forms[k] = form_row(r, &forms[k], typed);
		v->n_pages++;
	}
	v->has_forms = v->n_pages > 0;
	return rc;
}

/* `values` may be what was typed; the title is of what is stored. */
static void
set_known(struct req *r, const char *chosen, struct edit_view *v)
{
	v->known = NEW_ARRAY(r->t.mem, struct option_view, COUNT(known_titles));
	for (size_t i = 0; i < COUNT(known_titles); i++)
		option_add(v->known, &v->n_known, known_ways[i],
			   known_titles[i], chosen);
}

static enum rc
show(struct req *r, int status, const struct integration *stored,
     const struct integration *values, const struct edit_in *typed)
{
	struct edit_view v = { .id = stored->id,
			       .title_name = stored->name,
			       .drill = typed ? typed->drill
					      : stored->is_drilled };
	int64_t leads = 0;
	enum rc rc = integration_leads(&r->t, stored->id, &leads);

	v.account = NEW(r->t.mem, struct account_view);
	if (!rc)
		rc = account_load(r, values, v.account);
	if (!rc)
		rc = set_pages(r, typed, &v);
	if (rc)
		return rc;
	v.kept = arena_fmt(r->t.mem, "Applies to leads from now on. %s.",
			   view_count(r->t.mem, leads, "lead keeps its owner",
				      "leads keep their owner"));
	set_known(r, values->on_known ? values->on_known : stored->on_known,
		  &v);
	cards_place(r, arena_fmt(r->t.mem, "Edit %s", stored->name));
	return reply_page_status(r, status, &v);
}

static enum rc
edit(struct req *r, const void *form)
{
	const struct open_in *in = form;
	struct integration i;
	enum rc rc = integration_get(&r->t, in->id, &i);

	return rc ? rc : show(r, 200, &i, &i, NULL);
}

/* ---- saved ------------------------------------------------------------------------ */

/* Only forms of this integration's pages; others are not looked at. */
static enum rc
save_forms(struct req *r, const struct edit_in *in)
{
	struct page *pages = NULL;
	size_t n = 0;
	enum rc rc = page_list(&r->t, in->id, &pages, &n);

	for (size_t i = 0; !rc && i < n; i++) {
		struct lead_form *forms = NULL;
		size_t n_forms = 0;

		rc = form_list(&r->t, pages[i].id, &forms, &n_forms);
		for (size_t k = 0; !rc && k < n_forms; k++) {
			const struct lead_form *f = &forms[k];
			bool out = !form_list_has(&in->forms, f->meta_id);

			if (form_list_has(&in->forms_shown, f->meta_id) &&
			    out != f->is_left_out)
				rc = form_leave_out(&r->t, f->meta_id, out);
		}
	}
	return rc;
}

static enum rc
save(struct req *r, const void *form)
{
	const struct edit_in *in = form;
	struct integration stored;
	struct integration i = { .id = in->id,
				 .name = in->name,
				 .description = in->description,
				 .strategy = in->strategy,
				 .on_known = in->on_known,
				 .assignee_id = in->assignee };
	enum rc rc = integration_get(&r->t, in->id, &stored);

	if (!rc)
		rc = account_check(r, &i);
	if (rc)
		return rc;
	if (r->faults.n > 0)
		return show(r, 422, &stored, &i, in);
	rc = integration_change(&r->t, &i);
	if (!rc)
		rc = drill_switch(&r->t, in->id, in->drill);
	if (!rc)
		rc = save_forms(r, in);
	if (!rc)
		rc = session_flash(
			&r->t, r->session_id,
			"Changes saved. They apply to leads from now on.",
			false);
	if (rc)
		return rc;
	return reply_see_other(r, url_page(r->t.mem, r->page.root,
					   "/integration/%lld",
					   (long long)in->id));
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/integration-edit/{id}",
	  .perm = PERM_ADMIN,
	  .form = open_form,
	  .form_size = sizeof(struct open_in),
	  .handle = edit,
	  .page = "integration-edit.html",
	  .fields = edit_fields },
	{ .method = POST,
	  .path = "/integration-edit/{id}",
	  .perm = PERM_ADMIN,
	  .form = edit_form,
	  .form_size = sizeof(struct edit_in),
	  .handle = save,
	  .page = "integration-edit.html",
	  .fields = edit_fields,
	  .faults_to_handler = true,
	  .max_body = BODY_MAX },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
