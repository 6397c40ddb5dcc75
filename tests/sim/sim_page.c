/* sim_page: the world at a glance. */
#include "sim_page.h"

#include "world_member.h"
#include "world_switch.h"

enum { PAGES_SHOWN = 200, NAMES_MAX = 4000 };

struct form_row {
	const char *name, *status;
	int64_t leads;
	struct url link;
};
struct page_row {
	const char *name, *id;
	bool heard, blocked, no_terms;
	struct form_row *forms;
	size_t n_forms;
};
struct member_row {
	const char *name, *id, *pages;
};
struct switch_view {
	const char *name, *value;
	bool changed;
};
struct sim_view {
	const char *callback; /* NULL = not subscribed */
	bool live, stolen;
	struct page_row *pages;
	struct member_row *people;
	struct switch_view *switches;
	size_t n_pages, n_people, n_switches;
};

static const struct tmpl_field form_fields[] = {
	FIELD(struct form_row, name),
	FIELD(struct form_row, status),
	FIELD(struct form_row, leads),
	FIELD(struct form_row, link),
	{ 0 },
};
static const struct tmpl_field page_fields[] = {
	FIELD(struct page_row, name),
	FIELD(struct page_row, id),
	FIELD(struct page_row, heard),
	FIELD(struct page_row, blocked),
	FIELD(struct page_row, no_terms),
	LIST(struct page_row, forms, n_forms, form_fields),
	{ 0 },
};
static const struct tmpl_field member_fields[] = {
	FIELD(struct member_row, name),
	FIELD(struct member_row, id),
	FIELD(struct member_row, pages),
	{ 0 },
};
static const struct tmpl_field switch_fields[] = {
	FIELD(struct switch_view, name),
	FIELD(struct switch_view, value),
	FIELD(struct switch_view, changed),
	{ 0 },
};
const struct tmpl_field sim_page_fields[] = {
	FIELD(struct sim_view, callback),
	FIELD(struct sim_view, live),
	FIELD(struct sim_view, stolen),
	LIST(struct sim_view, pages, n_pages, page_fields),
	LIST(struct sim_view, people, n_people, member_fields),
	LIST(struct sim_view, switches, n_switches, switch_fields),
	{ 0 },
};

static enum rc
add_forms(struct req *r, struct page_row *row)
{
	struct when horizon = { 1 };
	struct sim_form *forms = NULL;
	size_t n = 0;
	enum rc rc = world_forms(&r->t, row->id, horizon, 0, WORLD_FORMS,
				 &forms, &n);

	if (rc)
		return rc;
	row->forms = NEW_ARRAY(r->t.mem, struct form_row, n);
	row->n_forms = n;
	for (size_t i = 0; i < n; i++)
		row->forms[i] = (struct form_row){
			.name = forms[i].name,
			.status = forms[i].status,
			.leads = forms[i].leads,
			.link = url_page(r->t.mem, r->page.root, "/form/%s",
					 forms[i].id),
		};
	return OK;
}

static enum rc
add_page(struct req *r, const struct sim_page *p, struct page_row *row)
{
	struct sim_subscription *all = NULL;
	size_t n = 0;
	enum rc rc = world_subscriptions(&r->t, p->id, &all, &n);

	*row = (struct page_row){ .name = p->name,
				  .id = p->id,
				  .blocked = !p->leads_access,
				  .no_terms = !p->terms };
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].app_id, SIM_APP_ID) == 0)
			row->heard = world_listed(all[i].fields, "leadgen");
	return rc ? rc : add_forms(r, row);
}

static enum rc
add_pages(struct req *r, struct sim_view *v)
{
	struct sim_page *pages = NULL;
	enum rc rc = world_pages(&r->t, 0, INT64_MAX, PAGES_SHOWN, &pages,
				 &v->n_pages);

	if (rc)
		return rc;
	v->pages = NEW_ARRAY(r->t.mem, struct page_row, v->n_pages);
	for (size_t i = 0; !rc && i < v->n_pages; i++)
		rc = add_page(r, &pages[i], &v->pages[i]);
	return rc;
}

static enum rc
add_person(struct req *r, const struct switches *sw, const struct sim_member *m,
	   struct member_row *row)
{
	struct buf names = buf_in(r->t.mem, NAMES_MAX);
	struct sim_role *roles = NULL;
	size_t n = 0;
	enum rc rc = world_roles(&r->t, sw, m->id, &roles, &n);

	for (size_t i = 0; i < n; i++)
		buf_fmt(&names, "%s%s", i ? ", " : "", roles[i].name);
	*row = (struct member_row){ m->name, m->id, buf_str(&names) };
	return rc;
}

static enum rc
add_people(struct req *r, const struct switches *sw, struct sim_view *v)
{
	struct sim_member *all = NULL;
	enum rc rc = world_members(&r->t, &all, &v->n_people);

	if (rc)
		return rc;
	v->people = NEW_ARRAY(r->t.mem, struct member_row, v->n_people);
	for (size_t i = 0; !rc && i < v->n_people; i++)
		rc = add_person(r, sw, &all[i], &v->people[i]);
	return rc;
}

static void
add_switches(struct req *r, const struct switches *sw, struct sim_view *v)
{
	v->n_switches = switches_count();
	v->switches = NEW_ARRAY(r->t.mem, struct switch_view, v->n_switches);
	for (size_t i = 0; i < v->n_switches; i++) {
		struct switch_view *s = &v->switches[i];

		s->name = switch_name(i);
		s->value = switch_text(r->t.mem, sw, i, &s->changed);
	}
}

enum rc
sim_page(struct req *r, const void *form)
{
	struct sim_view v = { 0 };
	struct switches sw;
	struct sim_app app;
	enum rc rc = switches_load(&r->t, &sw);

	(void)form;
	if (!rc)
		rc = world_app(&r->t, SIM_APP_ID, &app);
	if (!rc)
		rc = add_pages(r, &v);
	if (!rc)
		rc = add_people(r, &sw, &v);
	if (rc)
		return rc;
	add_switches(r, &sw, &v);
	v.callback = app.callback_url;
	v.stolen = app.stolen;
	v.live = sw.app_live;
	r->page.title = "The simulated Meta";
	return reply_page(r, &v);
}
