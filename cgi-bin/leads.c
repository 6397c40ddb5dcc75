/* leads.c: the list of leads by filter and search, and what is new since. */
#include "crm/savedview.h"
#include "crm/leadwork.h"
#include "web/leadacts.h"
#include "web/leadfilter.h"
#include "web/leadrow.h"
#include "web/view.h"

struct list_in {
	struct leadfilter filter;
	const char *before, *after; /* keys; at most one of them */
	/* while leads are selected: what was chosen, when it was refused */
	struct form_list ids;
	const char *to_stage, *to_tag, *reason;
	bool all;
	int64_t user;
};
struct news_in {
	struct leadfilter filter;
	const char *since;
};

struct saved_view {
	int64_t id;
	const char *name;
	struct url open;
};
struct list_view {
	bool mine;	  /* sees only own leads */
	bool all;	  /* Lead Management: may import and export */
	bool paged;	  /* not the first page */
	bool is_filtered; /* something is left out */
	bool by_work;
	bool has_rows, has_chips, has_saved;
	struct leadrow_view *rows;
	size_t n;
	struct chip_view *chips;
	size_t n_chips;
	struct hidden_view *kept; /* the filter, for the search's form */
	size_t n_kept;
	struct saved_view *saved;
	size_t n_saved;
	const char *q, *count, *cut, *query;
	struct url newer, older, watch, filter, newest, touched, export, select;
	struct acts_view *bulk; /* rows are being selected */
};
struct filter_view {
	struct list_view *behind;
	struct select_view *selects;
	size_t n_selects;
	struct hidden_view *kept;
	size_t n_kept;
	const char *from, *until;
	bool test;
	struct url back;
};
struct news_view {
	const char *count;
	struct url show, part;
};
struct save_in {
	const char *name, *query;
};
struct forget_in {
	int64_t id;
};

static const struct form_field list_form[] = {
	LEADFILTER_FORM(struct list_in),
	FORM_TEXT(struct list_in, before, 0, 40),
	FORM_TEXT(struct list_in, after, 0, 40),
	{ 0 },
};
static const struct form_field select_form[] = {
	LEADFILTER_FORM(struct list_in),
	FORM_TEXT(struct list_in, before, 0, 40),
	FORM_TEXT(struct list_in, after, 0, 40),
	FORM_LIST(struct list_in, ids, 20),
	FORM_TEXT(struct list_in, to_stage, 0, 16),
	FORM_TEXT(struct list_in, to_tag, 0, LEAD_TAG_CHARS),
	FORM_TEXT(struct list_in, reason, 0, 200),
	FORM_FLAG(struct list_in, all),
	FORM_INT_OR(struct list_in, user, 0, INT64_MAX, -1),
	{ 0 },
};
static const struct form_field news_form[] = {
	LEADFILTER_FORM(struct news_in),
	FORM_TEXT(struct news_in, since, 0, 40),
	{ 0 },
};
static const struct form_field save_form[] = {
	FORM_TEXT(struct save_in, name, 0, 60),
	FORM_TEXT(struct save_in, query, 0, 2000),
	{ 0 },
};
static const struct form_field forget_form[] = {
	FORM_INT(struct forget_in, id, 1, INT64_MAX),
	{ 0 },
};
static const struct tmpl_field saved_fields[] = {
	FIELD(struct saved_view, id),
	FIELD(struct saved_view, name),
	FIELD(struct saved_view, open),
	{ 0 },
};
static const struct tmpl_field list_fields[] = {
	FIELD(struct list_view, mine),
	FIELD(struct list_view, all),
	FIELD(struct list_view, paged),
	FIELD(struct list_view, is_filtered),
	FIELD(struct list_view, by_work),
	FIELD(struct list_view, has_rows),
	FIELD(struct list_view, has_chips),
	FIELD(struct list_view, has_saved),
	LIST(struct list_view, rows, n, leadrow_fields),
	LIST(struct list_view, chips, n_chips, chip_fields),
	LIST(struct list_view, kept, n_kept, hidden_fields),
	LIST(struct list_view, saved, n_saved, saved_fields),
	FIELD(struct list_view, q),
	FIELD(struct list_view, count),
	FIELD(struct list_view, cut),
	FIELD(struct list_view, query),
	FIELD(struct list_view, newer),
	FIELD(struct list_view, older),
	FIELD(struct list_view, watch),
	FIELD(struct list_view, filter),
	FIELD(struct list_view, newest),
	FIELD(struct list_view, touched),
	FIELD(struct list_view, export),
	FIELD(struct list_view, select),
	ONE(struct list_view, bulk, acts_fields),
	{ 0 },
};
static const struct tmpl_field filter_fields[] = {
	ONE(struct filter_view, behind, list_fields),
	LIST(struct filter_view, selects, n_selects, select_fields),
	LIST(struct filter_view, kept, n_kept, hidden_fields),
	FIELD(struct filter_view, from),
	FIELD(struct filter_view, until),
	FIELD(struct filter_view, test),
	FIELD(struct filter_view, back),
	{ 0 },
};
static const struct tmpl_field news_fields[] = {
	FIELD(struct news_view, count),
	FIELD(struct news_view, show),
	FIELD(struct news_view, part),
	{ 0 },
};

/* ---- ways on ------------------------------------------------------------------- */

static struct url
here(struct req *r, const struct leadfilter *in, const char *way,
     struct lead_key key)
{
	struct url list = url_page(r->t.mem, r->page.root, "/leads");

	return url_with(r->t.mem, leadfilter_url(r, in, list, ""), way,
			lead_key_text(r->t.mem, key));
}

/* The newest row is what later arrivals are counted from. */
static struct url
watch_from(struct req *r, const struct leadfilter *in,
	   const struct lead_filter *f, const struct lead_list *l)
{
	struct url news = url_page(r->t.mem, r->page.root, "/leads/news");
	struct lead_key key = { { 1 }, 0 };

	if (l->n > 0)
		key = leadlist_key(f, &l->rows[0]);
	return url_with(r->t.mem, leadfilter_url(r, in, news, ""), "since",
			lead_key_text(r->t.mem, key));
}

static void
set_ways(struct req *r, const struct leadfilter *in, const struct lead_query *q,
	 const struct lead_list *l, struct list_view *v)
{
	const struct lead_filter *f = &q->filter;
	bool up = q->after.at.ms != 0;
	struct lead_key first = l->reached, last = l->reached;

	v->paged = up || q->before.at.ms != 0;
	if (!v->paged && !f->by_work)
		v->watch = watch_from(r, in, f, l);
	if (l->n > 0) {
		first = leadlist_key(f, &l->rows[0]);
		last = leadlist_key(f, &l->rows[l->n - 1]);
	}
	if (l->cut && up)
		first = l->reached;
	else if (l->cut)
		last = l->reached;
	if (first.at.ms && (up ? l->more : v->paged))
		v->newer = here(r, in, "after", first);
	if (last.at.ms && (up || l->more))
		v->older = here(r, in, "before", last);
}

static void
set_filter_ways(struct req *r, const struct leadfilter *in, struct list_view *v)
{
	struct arena *mem = r->t.mem;
	struct url list = url_page(mem, r->page.root, "/leads");
	struct url all = leadfilter_url(r, in, list, "");
	const char *mark = strchr(all.safe, '?');

	v->filter = leadfilter_url(
		r, in, url_page(mem, r->page.root, "/leads/filter"), "");
	v->export = leadfilter_url(
		r, in, url_page(mem, r->page.root, "/lead-export"), "");
	v->select = leadfilter_url(
		r, in, url_page(mem, r->page.root, "/leads/select"), "");
	v->newest = leadfilter_url(r, in, list, "sort");
	v->touched = url_with(mem, v->newest, "sort", "touched");
	v->query = mark ? mark + 1 : "";
}

static enum rc
set_saved(struct req *r, struct list_view *v)
{
	struct savedview *all = NULL;
	enum rc rc = savedview_list(&r->t, r->user->id, &all, &v->n_saved);

	if (rc)
		return rc;
	v->saved = NEW_ARRAY(r->t.mem, struct saved_view, v->n_saved);
	for (size_t i = 0; i < v->n_saved; i++) {
		struct url list = url_page(r->t.mem, r->page.root, "/leads");

		v->saved[i] = (struct saved_view){
			.id = all[i].id,
			.name = all[i].name,
			.open = url_query(r->t.mem, list, all[i].query),
		};
	}
	v->has_saved = v->n_saved > 0;
	return OK;
}

/* ---- the list --------------------------------------------------------------------- */

static const char *
count_words(struct req *r, const struct list_view *v, int64_t n, bool more)
{
	const char *order = v->by_work ? "last touched" : "newest";

	return arena_fmt(r->t.mem, "%s, %s first",
			 view_least(r->t.mem, n, more, "lead", "leads"), order);
}

static enum rc
set_rows(struct req *r, const struct list_in *in, const struct lead_query *q,
	 struct list_view *v)
{
	struct lead_list l;
	enum rc rc = leadlist_find(&r->t, q, &l);

	if (rc)
		return rc;
	v->n = l.n;
	v->has_rows = v->n > 0;
	v->rows = NEW_ARRAY(r->t.mem, struct leadrow_view, v->n);
	for (size_t i = 0; i < v->n; i++)
		v->rows[i] = leadrow_of(r, &l.rows[i]);
	v->count = count_words(r, v, l.count, l.count_more);
	set_ways(r, &in->filter, q, &l, v);
	if (l.cut)
		v->cut = "Thousands of leads were looked at for this part of "
			 "the list. Go on to look further.";
	return OK;
}

static enum rc
load(struct req *r, const struct list_in *in, struct list_view *v)
{
	struct lead_query q = { 0 };
	enum rc rc = leadfilter_read(r, &in->filter, &q.filter);

	if (rc)
		return rc;
	if (in->before[0] && in->after[0])
		return fail(&r->t, E_INPUT, "before and after");
	if (in->before[0] && !lead_key_parse(text_of(in->before), &q.before))
		return fail(&r->t, E_INPUT, "before is no key");
	if (in->after[0] && !lead_key_parse(text_of(in->after), &q.after))
		return fail(&r->t, E_INPUT, "after is no key");
	*v = (struct list_view){ .all = req_may(r, PERM_LEADS),
				 .mine = !req_may(r, PERM_LEADS),
				 .by_work = q.filter.by_work,
				 .q = in->filter.q,
				 .is_filtered = leadfilter_any(&in->filter) };
	rc = set_rows(r, in, &q, v);
	if (!rc)
		rc = leadfilter_chips(r, &in->filter, &v->chips, &v->n_chips);
	v->has_chips = v->n_chips > 0;
	leadfilter_hidden(r, &in->filter, "q", &v->kept, &v->n_kept);
	set_filter_ways(r, &in->filter, v);
	r->page.title = "Leads";
	r->page.in_leads = true;
	return rc;
}

static enum rc
list(struct req *r, const void *form)
{
	struct list_view v;
	enum rc rc = load(r, form, &v);

	if (!rc)
		rc = set_saved(r, &v);
	return rc ? rc : reply_page(r, &v);
}

/* The table alone, at each pause of typing. */
static enum rc
list_part(struct req *r, const void *form)
{
	struct list_view v;
	enum rc rc = load(r, form, &v);

	return rc ? rc : reply_page(r, &v);
}

static void
set_ticks(struct req *r, const struct list_in *in, struct list_view *v)
{
	for (size_t i = 0; i < v->n; i++)
		v->rows[i].is_ticked = form_list_has(
			&in->ids,
			arena_fmt(r->t.mem, "%lld", (long long)v->rows[i].id));
	v->bulk->every = in->all;
	v->bulk->typed_tag = in->to_tag;
	v->bulk->typed_reason = in->reason;
}

/* With a box at each row, and what can be done with the ticked ones. */
static enum rc
select_rows(struct req *r, const void *form)
{
	const struct list_in *in = form;
	struct list_view v;
	enum rc rc = load(r, in, &v);

	if (!rc)
		rc = set_saved(r, &v);
	if (!rc)
		rc = leadacts_of_many(r, in->to_stage, in->user, &v.bulk);
	if (!rc)
		set_ticks(r, in, &v);
	r->page.title = "Select leads";
	v.watch = (struct url){ 0 };
	return rc ? rc : reply_page(r, &v);
}

static enum rc
filter(struct req *r, const void *form)
{
	const struct list_in *in = form;
	struct list_view *behind = NEW(r->t.mem, struct list_view);
	struct filter_view v = { .behind = behind,
				 .from = in->filter.from,
				 .until = in->filter.until,
				 .test = in->filter.test[0] };
	struct leadfilter kept = { .q = in->filter.q, .sort = in->filter.sort };
	enum rc rc = load(r, form, behind);

	if (!rc)
		rc = set_saved(r, behind);
	if (!rc)
		rc = leadfilter_selects(r, &in->filter, &v.selects,
					&v.n_selects);
	if (rc)
		return rc;
	leadfilter_hidden(r, &kept, "", &v.kept, &v.n_kept);
	v.back = leadfilter_url(r, &in->filter,
				url_page(r->t.mem, r->page.root, "/leads"), "");
	r->page.title = "Filter leads";
	r->page.is_behind = true;
	return reply_page(r, &v);
}

static enum rc
news(struct req *r, const void *form)
{
	enum { SHOWN = 99 };
	const struct news_in *in = form;
	struct news_view v = { 0 };
	struct lead_filter f;
	struct lead_key key;
	bool more = false;
	int64_t n = 0;
	enum rc rc = leadfilter_read(r, &in->filter, &f);

	if (rc)
		return rc;
	if (!lead_key_parse(text_of(in->since), &key))
		return fail(&r->t, E_INPUT, "since is no key");
	rc = leadlist_count(&r->t, &f, key, SHOWN, &n, &more);
	if (rc)
		return rc;
	if (n > 0)
		v.count = arena_fmt(
			r->t.mem, "%s.",
			view_least(r->t.mem, n, more, "new lead", "new leads"));
	v.show = leadfilter_url(r, &in->filter,
				url_page(r->t.mem, r->page.root, "/leads"), "");
	v.part = leadfilter_url(r, &in->filter,
				url_page(r->t.mem, r->page.root, "/leads/list"),
				"");
	return reply_page(r, &v);
}

/* ---- saved views -------------------------------------------------------------------- */

static enum rc
save(struct req *r, const void *form)
{
	const struct save_in *in = form;
	enum rc rc;

	if (!in->name[0])
		return leadfilter_back(r, in->query, "The view needs a name.",
				       true);
	rc = savedview_put(&r->t, r->user->id, in->name, in->query);
	if (rc == E_CONFLICT) {
		task_forgive(&r->t);
		return leadfilter_back(
			r, in->query,
			"There are 50 views already. Remove one first.", true);
	}
	return rc ? rc : leadfilter_back(r, in->query, "View saved.", false);
}

static enum rc
forget(struct req *r, const void *form)
{
	const struct forget_in *in = form;
	enum rc rc = savedview_remove(&r->t, r->user->id, in->id);

	return rc ? rc : leadfilter_back(r, "", "View removed.", false);
}

#define OF(its_form, type) .form = its_form, .form_size = sizeof(struct type)
static const struct route routes[] = {
	{ .method = GET,
	  .path = "/leads",
	  .perm = PERM_USER,
	  OF(list_form, list_in),
	  .handle = list,
	  .page = "leads.html",
	  .fields = list_fields },
	{ .method = GET,
	  .path = "/leads/list",
	  .perm = PERM_USER,
	  OF(list_form, list_in),
	  .handle = list_part,
	  .page = "leads-list.html",
	  .fields = list_fields },
	{ .method = GET,
	  .path = "/leads/filter",
	  .perm = PERM_USER,
	  OF(list_form, list_in),
	  .handle = filter,
	  .page = "leads-filter.html",
	  .fields = filter_fields },
	{ .method = GET,
	  .path = "/leads/select",
	  .perm = PERM_LEADS,
	  OF(select_form, list_in),
	  .handle = select_rows,
	  .page = "leads.html",
	  .fields = list_fields },
	{ .method = POST,
	  .path = "/leads/save",
	  .perm = PERM_USER,
	  OF(save_form, save_in),
	  .handle = save },
	{ .method = POST,
	  .path = "/leads/forget",
	  .perm = PERM_USER,
	  OF(forget_form, forget_in),
	  .handle = forget },
	{ .method = GET,
	  .path = "/leads/news",
	  .perm = PERM_USER,
	  OF(news_form, news_in),
	  .handle = news,
	  .page = "leads-news.html",
	  .fields = news_fields },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
