/* leads.c: the list of leads, newest first, and what is new since. */
#include "crm/lead.h"
#include "web/app.h"
#include "web/view.h"

struct list_in {
	const char *before, *after; /* keys; at most one of them */
};
struct news_in {
	const char *since;
};

struct row_view {
	int64_t id;
	const char *title_text, *contact, *answers;
	bool is_facebook, is_instagram;
	const char *platform, *form_name;
	const char *stage, *stage_class;
	struct url stage_icon;
	const char *assignee, *initials;
	const char *when_iso, *when_full, *when_ago, *stored;
};
struct list_view {
	bool mine;  /* sees only own leads */
	bool paged; /* not the first page */
	bool has_rows;
	struct row_view *rows;
	size_t n;
	const char *count;
	struct url newer, older, watch;
};
struct news_view {
	const char *count;
};

static const struct form_field list_form[] = {
	FORM_TEXT(struct list_in, before, 0, 40),
	FORM_TEXT(struct list_in, after, 0, 40),
	{ 0 },
};
static const struct form_field news_form[] = {
	FORM_TEXT(struct news_in, since, 0, 40),
	{ 0 },
};
static const struct tmpl_field row_fields[] = {
	FIELD(struct row_view, id),
	FIELD(struct row_view, title_text),
	FIELD(struct row_view, contact),
	FIELD(struct row_view, answers),
	FIELD(struct row_view, is_facebook),
	FIELD(struct row_view, is_instagram),
	FIELD(struct row_view, platform),
	FIELD(struct row_view, form_name),
	FIELD(struct row_view, stage),
	FIELD(struct row_view, stage_class),
	FIELD(struct row_view, stage_icon),
	FIELD(struct row_view, assignee),
	FIELD(struct row_view, initials),
	FIELD(struct row_view, when_iso),
	FIELD(struct row_view, when_full),
	FIELD(struct row_view, when_ago),
	FIELD(struct row_view, stored),
	{ 0 },
};
static const struct tmpl_field list_fields[] = {
	FIELD(struct list_view, mine),
	FIELD(struct list_view, paged),
	FIELD(struct list_view, has_rows),
	LIST(struct list_view, rows, n, row_fields),
	FIELD(struct list_view, count),
	FIELD(struct list_view, newer),
	FIELD(struct list_view, older),
	FIELD(struct list_view, watch),
	{ 0 },
};
static const struct tmpl_field news_fields[] = {
	FIELD(struct news_view, count),
	{ 0 },
};

/* Without the right to all, only one's own. */
static int64_t
scope(const struct req *r)
{
	return req_may(r, PERM_LEADS) ? 0 : r->user->id;
}

static const char *
contact_of(const struct lead_row *l)
{
	if (l->phone[0])
		return l->phone;
	return l->email[0] ? l->email : "No contact data";
}

static const char *
title_of(const struct lead_row *l)
{
	struct lead lead = { .name = l->name,
			     .email = l->email,
			     .phone = l->phone };

	return lead_title(&lead);
}

static struct row_view
row_of(struct req *r, const struct lead_row *l)
{
	struct arena *mem = r->t.mem;
	const struct stage_view *stage = view_stage(l->stage);
	struct when at = l->submitted_at.ms ? l->submitted_at : l->latest_at;
	int64_t took = l->imported_at.ms - at.ms;

	return (struct row_view){
		.id = l->id,
		.title_text = title_of(l),
		.contact = contact_of(l),
		.answers = l->n_submissions > 1
				   ? view_count(mem, l->n_submissions, "answer",
						"answers")
				   : NULL,
		.is_facebook = strcmp(l->platform, "fb") == 0,
		.is_instagram = strcmp(l->platform, "ig") == 0,
		.platform = view_platform(l->platform),
		.form_name = l->form_name,
		.stage = stage->title,
		.stage_class = stage->class,
		.stage_icon = url_icon(mem, r->page.root, stage->icon),
		.assignee = l->assignee_name,
		.initials = view_initials(mem, l->assignee_name),
		.when_iso = when_iso(mem, at),
		.when_full = when_full(mem, at, req_zone(r)),
		.when_ago = when_ago(mem, at, r->t.now, req_zone(r)),
		.stored = arena_fmt(mem, "stored in %s", span_words(mem, took)),
	};
}

static struct url
page_at(struct req *r, const char *way, const struct lead_row *l)
{
	struct lead_key key = { l->latest_at, l->id };

	return url_with(r->t.mem, url_page(r->t.mem, r->page.root, "/leads"),
			way, lead_key_text(r->t.mem, key));
}

/* The newest row is what later arrivals are counted from. */
static struct url
watch_from(struct req *r, const struct lead_row *rows, size_t n)
{
	struct lead_key key = { { 1 }, 0 };

	if (n > 0)
		key = (struct lead_key){ rows[0].latest_at, rows[0].id };
	return url_with(r->t.mem,
			url_page(r->t.mem, r->page.root, "/leads/news"),
			"since", lead_key_text(r->t.mem, key));
}

static void
set_ways(struct req *r, const struct lead_query *q, const struct lead_row *rows,
	 size_t n, bool more, struct list_view *v)
{
	bool up = q->after.at.ms != 0;

	v->paged = up || q->before.at.ms != 0;
	if (!v->paged)
		v->watch = watch_from(r, rows, n);
	if (n == 0)
		return;
	if (up ? more : v->paged)
		v->newer = page_at(r, "after", &rows[0]);
	if (up || more)
		v->older = page_at(r, "before", &rows[n - 1]);
}

static enum rc
show(struct req *r, const struct lead_query *q)
{
	struct list_view v = { .mine = q->assignee_id != 0 };
	struct lead_row *rows = NULL;
	bool more = false;
	enum rc rc = lead_find(&r->t, q, &rows, &v.n, &more);

	if (rc)
		return rc;
	v.has_rows = v.n > 0;
	v.rows = NEW_ARRAY(r->t.mem, struct row_view, v.n);
	for (size_t i = 0; i < v.n; i++)
		v.rows[i] = row_of(r, &rows[i]);
	v.count =
		arena_fmt(r->t.mem, "%s, newest first",
			  view_count(r->t.mem, (int64_t)v.n, "lead", "leads"));
	set_ways(r, q, rows, v.n, more, &v);
	r->page.title = "Leads";
	r->page.in_leads = true;
	return reply_page(r, &v);
}

static enum rc
list(struct req *r, const void *form)
{
	const struct list_in *in = form;
	struct lead_query q = { .assignee_id = scope(r) };

	if (in->before[0] && in->after[0])
		return fail(&r->t, E_INPUT, "before and after");
	if (in->before[0] && !lead_key_parse(text_of(in->before), &q.before))
		return fail(&r->t, E_INPUT, "before is no key");
	if (in->after[0] && !lead_key_parse(text_of(in->after), &q.after))
		return fail(&r->t, E_INPUT, "after is no key");
	return show(r, &q);
}

/* The table alone, for htmx. */
static enum rc
list_part(struct req *r, const void *form)
{
	struct lead_query q = { .assignee_id = scope(r) };

	(void)form;
	return show(r, &q);
}

static enum rc
news(struct req *r, const void *form)
{
	const struct news_in *in = form;
	struct news_view v = { 0 };
	struct lead_key key;
	int64_t n = 0;
	enum rc rc;

	if (!lead_key_parse(text_of(in->since), &key))
		return fail(&r->t, E_INPUT, "since is no key");
	rc = lead_count_newer(&r->t, scope(r), key, &n);
	if (rc)
		return rc;
	if (n > 0)
		v.count =
			n >= 100 ? "More than 99 new leads."
				 : arena_fmt(r->t.mem, "%s.",
					     view_count(r->t.mem, n, "new lead",
							"new leads"));
	return reply_page(r, &v);
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/leads",
	  .perm = PERM_USER,
	  .form = list_form,
	  .form_size = sizeof(struct list_in),
	  .handle = list,
	  .page = "leads.html",
	  .fields = list_fields },
	{ .method = GET,
	  .path = "/leads/list",
	  .perm = PERM_USER,
	  .handle = list_part,
	  .page = "leads-list.html",
	  .fields = list_fields },
	{ .method = GET,
	  .path = "/leads/news",
	  .perm = PERM_USER,
	  .form = news_form,
	  .form_size = sizeof(struct news_in),
	  .handle = news,
	  .page = "leads-news.html",
	  .fields = news_fields },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
