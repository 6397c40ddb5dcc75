/*
 * integration.c: View Details: what is wrong, pages and forms, who is behind
 * it, who gets the leads, what happened lately (GET /integration/ID).
 */
#include "base/text.h"
#include "crm/assign.h"
#include "crm/integration.h"
#include "crm/leadform.h"
#include "crm/page.h"
#include "crm/submission.h"
#include "web/cards.h"
#include "web/people.h"
#include "web/view.h"
#include "work/drill.h"

enum { DAYS = 30, NEWS = 10 };
#define FRESH_MS (5 * MINUTE_MS) /* a sync that ended is shown so long */

struct integration_in {
	int64_t id;
};
struct wrong_view {
	struct trouble_view *trouble;
	bool by_sync; /* Sync Now mends it */
};
struct form_view {
	const char *name, *counts;
	bool is_left_out;
	struct url fields; /* none for whoever may not choose them */
};
struct page_view {
	const char *name;
	struct status_view *status;
	int64_t n_leads;
	const char *lead_iso, *lead_full, *lead_ago;
	const char *sync_iso, *sync_full, *sync_ago;
	const char *forms_words;
	struct form_view *forms;
	size_t n_forms;
	bool has_forms;
};
struct news_view {
	struct when at; /* not shown: the order */
	struct url icon, lead;
	const char *before, *name, *after;
	const char *when_iso, *when_full, *when_short;
};
struct details_view {
	struct card_view *card;
	int64_t id; /* these three for the menu */
	const char *name;
	bool may_change;
	const char *description, *leads_30, *leads_today;
	struct wrong_view *wrong;
	size_t n_wrong;
	struct work_view *work, *history;
	struct page_view *pages;
	size_t n_pages;
	bool has_pages, is_turns;
	struct owner_view *owners;
	size_t n_owners;
	struct turn_view *turns;
	size_t n_turns;
	const char *strategy, *assignee, *assignment, *drill;
	struct news_view *news;
	size_t n_news;
};

static const struct form_field integration_form[] = {
	FORM_INT(struct integration_in, id, 1, INT64_MAX),
	{ 0 },
};
static const struct tmpl_field wrong_fields[] = {
	ONE(struct wrong_view, trouble, trouble_fields),
	FIELD(struct wrong_view, by_sync),
	{ 0 },
};
static const struct tmpl_field form_fields[] = {
	FIELD(struct form_view, name),
	FIELD(struct form_view, counts),
	FIELD(struct form_view, is_left_out),
	FIELD(struct form_view, fields),
	{ 0 },
};
static const struct tmpl_field page_fields[] = {
	FIELD(struct page_view, name),
	ONE(struct page_view, status, status_fields),
	FIELD(struct page_view, n_leads),
	FIELD(struct page_view, lead_iso),
	FIELD(struct page_view, lead_full),
	FIELD(struct page_view, lead_ago),
	FIELD(struct page_view, sync_iso),
	FIELD(struct page_view, sync_full),
	FIELD(struct page_view, sync_ago),
	FIELD(struct page_view, forms_words),
	LIST(struct page_view, forms, n_forms, form_fields),
	FIELD(struct page_view, has_forms),
	{ 0 },
};
static const struct tmpl_field news_fields[] = {
	FIELD(struct news_view, icon),
	FIELD(struct news_view, lead),
	FIELD(struct news_view, before),
	FIELD(struct news_view, name),
	FIELD(struct news_view, after),
	FIELD(struct news_view, when_iso),
	FIELD(struct news_view, when_full),
	FIELD(struct news_view, when_short),
	{ 0 },
};
static const struct tmpl_field details_fields[] = {
	ONE(struct details_view, card, card_fields),
	FIELD(struct details_view, id),
	FIELD(struct details_view, name),
	FIELD(struct details_view, may_change),
	FIELD(struct details_view, description),
	FIELD(struct details_view, leads_30),
	FIELD(struct details_view, leads_today),
	LIST(struct details_view, wrong, n_wrong, wrong_fields),
	ONE(struct details_view, work, work_fields),
	ONE(struct details_view, history, work_fields),
	LIST(struct details_view, pages, n_pages, page_fields),
	FIELD(struct details_view, has_pages),
	FIELD(struct details_view, is_turns),
	LIST(struct details_view, owners, n_owners, owner_fields),
	LIST(struct details_view, turns, n_turns, turn_fields),
	FIELD(struct details_view, strategy),
	FIELD(struct details_view, assignee),
	FIELD(struct details_view, assignment),
	FIELD(struct details_view, drill),
	LIST(struct details_view, news, n_news, news_fields),
	{ 0 },
};

/* ---- what is wrong ------------------------------------------------------------- */

/* What a login suffers from, its pages suffer from too: said once. */
static bool
is_of_login(const struct troubles *all, const struct trouble *tr)
{
	struct text reason = text_of(tr->reason);

	if (!text_is(text_of(tr->scope), TROUBLE_PAGE))
		return false;
	for (size_t i = 0; i < all->n; i++)
		if (text_is(text_of(all->at[i].scope), TROUBLE_OWNER) &&
		    text_is(reason, all->at[i].reason))
			return true;
	return false;
}

static void
set_wrong(struct req *r, const struct troubles *all, struct details_view *v)
{
	v->wrong = NEW_ARRAY(r->t.mem, struct wrong_view, all->n);
	/* The banner of other pages is here in full. */
	if (r->page.banner_of == v->id)
		r->page.banner = NULL;
	for (size_t i = 0; i < all->n; i++) {
		struct wrong_view *w = &v->wrong[v->n_wrong];
		enum reason_way way = reason_of(all->at[i].reason)->way;

		if (is_of_login(all, &all->at[i]))
			continue;
		v->n_wrong++;
		w->trouble = NEW(r->t.mem, struct trouble_view);
		*w->trouble = way_trouble(r, &all->at[i]);
		w->by_sync = way == WAY_SUBSCRIBE;
		if (w->by_sync)
			w->trouble->way.safe = NULL;
	}
}

/* ---- pages and their forms --------------------------------------------------------- */

static enum rc
set_forms(struct req *r, const struct page *p, struct page_view *v)
{
	struct arena *mem = r->t.mem;
	struct lead_form *all = NULL;
	int64_t out = 0;
	enum rc rc = form_list(&r->t, p->id, &all, &v->n_forms);

	if (rc)
		return rc;
	v->forms = NEW_ARRAY(mem, struct form_view, v->n_forms);
	for (size_t i = 0; i < v->n_forms; i++) {
		const char *status = all[i].status;

		out += all[i].is_left_out;
		v->forms[i] = (struct form_view){
			.name = all[i].name[0] ? all[i].name : all[i].meta_id,
			.counts = arena_fmt(mem, "%s at Meta%s",
					    view_count(mem, all[i].leads_count,
						       "lead", "leads"),
					    text_is(text_of(status), "ACTIVE")
						    ? ""
						    : ", not active"),
			.is_left_out = all[i].is_left_out,
		};
		if (req_may(r, PERM_ADMIN))
			v->forms[i].fields =
				url_page(mem, r->page.root, "/fieldmap/%lld",
					 (long long)all[i].id);
	}
	v->has_forms = v->n_forms > 0;
	v->forms_words = arena_fmt(
		mem, "%s%s",
		view_count(mem, (int64_t)v->n_forms, "form", "forms"),
		out ? arena_fmt(mem, ", %lld left out", (long long)out) : "");
	return OK;
}

static void
set_times(struct req *r, const struct page *p, struct page_view *v)
{
	struct arena *mem = r->t.mem;
	const char *zone = req_zone(r);

	if (p->last_lead_at.ms) {
		v->lead_iso = when_iso(mem, p->last_lead_at);
		v->lead_full = when_full(mem, p->last_lead_at, zone);
		v->lead_ago = when_ago(mem, p->last_lead_at, r->t.now, zone);
	}
	if (p->last_sync_at.ms) {
		v->sync_iso = when_iso(mem, p->last_sync_at);
		v->sync_full = when_full(mem, p->last_sync_at, zone);
		v->sync_ago = when_ago(mem, p->last_sync_at, r->t.now, zone);
	}
}

static enum rc
set_pages(struct req *r, const struct troubles *wrong, struct details_view *v)
{
	struct page *all = NULL;
	enum rc rc = page_list(&r->t, v->id, &all, &v->n_pages);

	if (rc)
		return rc;
	v->pages = NEW_ARRAY(r->t.mem, struct page_view, v->n_pages);
	v->has_pages = v->n_pages > 0;
	for (size_t i = 0; !rc && i < v->n_pages; i++) {
		struct page_view *p = &v->pages[i];

		p->name = all[i].name;
		p->n_leads = all[i].n_leads;
		p->status = people_badge(r, wrong, TROUBLE_PAGE, all[i].id);
		if (!p->status) {
			p->status = NEW(r->t.mem, struct status_view);
			*p->status = way_status(r, (enum reason_level)0);
		}
		set_times(r, &all[i], p);
		rc = set_forms(r, &all[i], p);
	}
	return rc;
}

/* ---- who gets the leads ---------------------------------------- */

static enum rc
set_assignment(struct req *r, const struct integration *i,
	       struct details_view *v)
{
	int64_t pool = 0;
	enum rc rc = assign_pool_size(&r->t, &pool);

	if (rc)
		return rc;
	v->assignment = assignment_words(r, i, pool);
	v->assignee = i->assignee_name;
	v->strategy = "Unassigned";
	if (text_is(text_of(i->strategy), "user"))
		v->strategy = "Assign to Specific User";
	if (!text_is(text_of(i->strategy), "round_robin"))
		return OK;
	v->strategy = "Round Robin";
	v->is_turns = true;
	return people_turns(r, i, &v->turns, &v->n_turns);
}

static enum rc
set_drill(struct req *r, const struct integration *i, struct details_view *v)
{
	struct arena *mem = r->t.mem;
	struct drill d;
	enum rc rc = drill_latest(&r->t, i->id, &d);

	v->drill = i->is_drilled ? "On, between 2 and 5 at night" : "Off";
	if (rc == E_NOTFOUND)
		task_forgive(&r->t);
	else if (!rc)
		v->drill = arena_fmt(
			mem, "%s. The latest, %s: %s", v->drill,
			when_ago(mem, d.began_at, r->t.now, req_zone(r)),
			drill_words(mem, &d));
	return rc == E_NOTFOUND ? OK : rc;
}

/* ---- what happened lately -------------------------------------------------------------- */

static void
add_news(struct req *r, struct details_view *v, struct when at,
	 const char *icon, struct news_view n)
{
	struct arena *mem = r->t.mem;

	n.at = at;
	n.icon = url_icon(mem, r->page.root, icon);
	n.when_iso = when_iso(mem, at);
	n.when_full = when_full(mem, at, req_zone(r));
	n.when_short = when_point(mem, at, r->t.now, req_zone(r));
	v->news[v->n_news++] = n;
}

static void
add_lead(struct req *r, struct details_view *v, const struct submission_news *s)
{
	struct arena *mem = r->t.mem;
	struct news_view n = { .before = "Lead of ",
			       .name = s->lead_name[0] ? s->lead_name
						       : "a person" };

	if (s->lead_id)
		n.lead = url_page(mem, r->page.root, "/lead/%lld",
				  (long long)s->lead_id);
	if (text_is(text_of(s->way), "history"))
		n.after = " imported as history";
	else if (text_is(text_of(s->way), "sync"))
		n.after = " recovered by sync";
	else
		n.after =
			arena_fmt(mem, " stored %s after submission",
				  span_words(mem, s->imported_at.ms -
							  s->submitted_at.ms));
	add_news(r, v, s->imported_at, "ok", n);
}

static int
newest_first(const void *a, const void *b)
{
	const struct news_view *x = a, *y = b;

	return (x->at.ms < y->at.ms) - (x->at.ms > y->at.ms);
}

static const char *
began_words(const struct sync_run *run)
{
	return sync_is_history(run) ? "Import of history began" : "Sync began";
}

static enum rc
set_news(struct req *r, struct details_view *v)
{
	struct submission_news *leads = NULL;
	struct sync_run *runs = NULL;
	size_t n_leads = 0, n_runs = 0;
	enum rc rc = submission_recent(&r->t, v->id, NEWS, &leads, &n_leads);

	if (!rc)
		rc = sync_recent(&r->t, v->id, &runs, &n_runs);
	if (rc)
		return rc;
	v->news = NEW_ARRAY(r->t.mem, struct news_view, n_leads + n_runs);
	for (size_t i = 0; i < n_leads; i++)
		add_lead(r, v, &leads[i]);
	for (size_t i = 0; i < n_runs; i++) {
		const struct work_view *w = work_of(r, &runs[i]);
		const char *after = arena_fmt(r->t.mem, ": %s", w->counts);

		add_news(r, v, w->ended ? runs[i].ended_at : runs[i].started_at,
			 "sync",
			 (struct news_view){
				 .before = w->ended ? w->ended
						    : began_words(&runs[i]),
				 .name = "",
				 .after = w->ended ? after : "" });
	}
	if (v->n_news > 1)
		qsort(v->news, v->n_news, sizeof(v->news[0]), newest_first);
	if (v->n_news > NEWS)
		v->n_news = NEWS;
	return OK;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static enum rc
set_figures(struct req *r, struct details_view *v)
{
	struct arrivals *all = NULL;
	int64_t sum = 0, today = 0;
	size_t n = 0;
	enum rc rc = integration_arrivals(
		&r->t, v->id, when_add(r->t.now, -DAYS * DAY_MS), &all, &n);

	for (size_t i = 0; !rc && i < n; i++) {
		sum += all[i].n;
		if (!when_days_between(all[i].quarter, r->t.now, req_zone(r)))
			today += all[i].n;
	}
	v->leads_30 = view_number(r->t.mem, sum);
	v->leads_today = view_number(r->t.mem, today);
	return rc;
}

/* The latest of a way while it runs, and for a while after. */
static enum rc
set_work(struct req *r, struct details_view *v, const char *way,
	 struct work_view **out)
{
	struct sync_run run;
	enum rc rc = sync_latest(&r->t, v->id, way, &run);
	struct work_view *w;

	if (rc == E_NOTFOUND) {
		task_forgive(&r->t);
		return OK;
	}
	if (rc || (run.ended_at.ms && run.ended_at.ms < r->t.now.ms - FRESH_MS))
		return rc;
	*out = w = work_of(r, &run);
	if (!w->poll.safe)
		return OK;
	r->page.refresh_s = 5;
	if (w->all)
		r->page.title =
			arena_fmt(r->t.mem, "(%lld %%) %s",
				  (long long)(w->done * 100 / w->all), v->name);
	return OK;
}

static enum rc
load(struct req *r, const struct integration *i, struct details_view *v)
{
	struct troubles wrong = { 0 };
	enum rc rc = trouble_list(&r->t, i->id, &wrong.at, &wrong.n);

	if (rc)
		return rc;
	set_wrong(r, &wrong, v);
	rc = cards_one(r, i->id, v->card);
	if (!rc)
		rc = cards_missing(r, v->card);
	if (!rc)
		rc = set_figures(r, v);
	if (!rc)
		rc = set_work(r, v, "sync", &v->work);
	if (!rc)
		rc = set_work(r, v, "history", &v->history);
	if (!rc)
		rc = set_pages(r, &wrong, v);
	if (!rc)
		rc = people_owners(r, v->id, &wrong, &v->owners, &v->n_owners);
	if (!rc)
		rc = set_assignment(r, i, v);
	if (!rc)
		rc = set_drill(r, i, v);
	return rc ? rc : set_news(r, v);
}

static enum rc
details(struct req *r, const void *form)
{
	const struct integration_in *in = form;
	struct integration i;
	struct details_view v;
	enum rc rc = integration_get(&r->t, in->id, &i);

	if (rc)
		return rc;
	v = (struct details_view){
		.card = NEW(r->t.mem, struct card_view),
		.id = i.id,
		.name = i.name,
		.description = i.description,
		.may_change = req_may(r, PERM_ADMIN),
	};
	cards_place(r, i.name);
	rc = load(r, &i, &v);
	return rc ? rc : reply_page(r, &v);
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/integration/{id}",
	  .perm = PERM_CARDS,
	  .form = integration_form,
	  .form_size = sizeof(struct integration_in),
	  .handle = details,
	  .page = "integration.html",
	  .fields = details_fields },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
