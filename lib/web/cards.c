/* cards: facts of the database, as a person reads them. */
#include "web/cards.h"

#include "crm/assign.h"
#include "crm/draft.h"
#include "crm/integration.h"
#include "crm/page.h"
#include "web/view.h"
#include "work/connect.h"

enum { DAYS = 14, BAR_STEP = 12, BAR_FLOOR = 36, BAR_MAX = 34, BAR_MIN = 4 };

static const struct tmpl_field bar_fields[] = {
	FIELD(struct bar_view, x),
	FIELD(struct bar_view, y),
	FIELD(struct bar_view, height),
	FIELD(struct bar_view, class),
	{ 0 },
};
const struct tmpl_field card_fields[] = {
	FIELD(struct card_view, id),
	FIELD(struct card_view, name),
	FIELD(struct card_view, description),
	ONE(struct card_view, status, status_fields),
	LIST(struct card_view, bars, n_bars, bar_fields),
	FIELD(struct card_view, counts),
	FIELD(struct card_view, n_pages),
	FIELD(struct card_view, assignment),
	FIELD(struct card_view, sync_iso),
	FIELD(struct card_view, sync_full),
	FIELD(struct card_view, sync_ago),
	ONE(struct card_view, work, work_fields),
	ONE(struct card_view, history, work_fields),
	FIELD(struct card_view, polls),
	FIELD(struct card_view, spins),
	FIELD(struct card_view, cause),
	ONE(struct card_view, missing, missing_fields),
	FIELD(struct card_view, can_reconnect),
	FIELD(struct card_view, may_change),
	{ 0 },
};
static const struct tmpl_field draft_fields[] = {
	FIELD(struct draft_view, id),
	FIELD(struct draft_view, name),
	FIELD(struct draft_view, words),
	FIELD(struct draft_view, not_back),
	FIELD(struct draft_view, when_iso),
	FIELD(struct draft_view, when_full),
	FIELD(struct draft_view, when_ago),
	FIELD(struct draft_view, go_on),
	{ 0 },
};
const struct tmpl_field cards_fields[] = {
	FIELD(struct cards_view, has_cards),
	FIELD(struct cards_view, may_add),
	FIELD(struct cards_view, app_missing),
	LIST(struct cards_view, cards, n, card_fields),
	LIST(struct cards_view, drafts, n_drafts, draft_fields),
	ONE(struct cards_view, worst, trouble_fields),
	FIELD(struct cards_view, worst_heading),
	FIELD(struct cards_view, superadmin),
	{ 0 },
};

/* ---- cards ------------------------------------------------------------------------ */

struct desk { /* what all cards are made from */
	struct page *pages;
	struct trouble *troubles;
	struct sync_run *runs;
	size_t n_pages, n_troubles, n_runs;
	int64_t pool;
};

static enum rc
desk_load(struct req *r, int64_t integration_id, struct desk *d)
{
	enum rc rc = page_list(&r->t, integration_id, &d->pages, &d->n_pages);

	if (!rc)
		rc = trouble_list(&r->t, integration_id, &d->troubles,
				  &d->n_troubles);
	if (!rc)
		rc = sync_open(&r->t, &d->runs, &d->n_runs);
	if (!rc)
		rc = assign_pool_size(&r->t, &d->pool);
	return rc;
}

const char *
assignment_words(struct req *r, const struct integration *i, int64_t pool)
{
	struct text strategy = text_of(i->strategy);

	if (text_is(strategy, "user"))
		return arena_fmt(r->t.mem, "Always %s",
				 i->assignee_name[0] ? i->assignee_name
						     : "nobody");
	if (text_is(strategy, "round_robin"))
		return arena_fmt(
			r->t.mem, "Round Robin, %s",
			view_count(r->t.mem, pool, "person", "people"));
	return "Unassigned";
}

static void
set_bars(struct req *r, const int64_t *days, struct card_view *c)
{
	int64_t top = 1, sum = 0;

	for (size_t i = 0; i < DAYS; i++) {
		sum += days[i];
		if (days[i] > top)
			top = days[i];
	}
	c->bars = NEW_ARRAY(r->t.mem, struct bar_view, DAYS);
	c->n_bars = DAYS;
	for (size_t i = 0; i < DAYS; i++) {
		struct bar_view *b = &c->bars[i];

		b->height =
			days[i] ? BAR_MIN + days[i] * (BAR_MAX - BAR_MIN) / top
				: 2;
		b->x = (int64_t)i * BAR_STEP;
		b->y = BAR_FLOOR - b->height;
		if (!days[i])
			b->class = "low";
		else if (i + 1 == DAYS)
			b->class = "today";
	}
	c->counts =
		arena_fmt(r->t.mem, "%s today, %lld in %d days",
			  view_count(r->t.mem, days[DAYS - 1], "lead", "leads"),
			  (long long)sum, DAYS);
}

static enum rc
count_days(struct req *r, int64_t id, struct card_view *c)
{
	struct arrivals *all = NULL;
	int64_t days[DAYS] = { 0 };
	size_t n = 0;
	enum rc rc = integration_arrivals(
		&r->t, id, when_add(r->t.now, -DAYS * DAY_MS), &all, &n);

	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++) {
		int64_t ago = when_days_between(all[i].quarter, r->t.now,
						req_zone(r));

		if (ago >= 0 && ago < DAYS)
			days[DAYS - 1 - ago] += all[i].n;
	}
	set_bars(r, days, c);
	return OK;
}

/* One at work rather than one that waits for Meta. */
static const struct sync_run *
run_of(struct req *r, const struct desk *d, int64_t integration_id,
       bool history)
{
	const struct sync_run *found = NULL;

	for (size_t i = 0; i < d->n_runs; i++) {
		const struct sync_run *run = &d->runs[i];

		if (run->integration_id == integration_id &&
		    sync_is_history(run) == history &&
		    (!found || found->waits_until.ms > r->t.now.ms))
			found = run;
	}
	return found;
}

/* Its own and those of the app; the worst stands first in the list. */
static const struct trouble *
trouble_of(const struct desk *d, int64_t integration_id)
{
	for (size_t i = 0; i < d->n_troubles; i++)
		if (!d->troubles[i].integration_id ||
		    d->troubles[i].integration_id == integration_id)
			return &d->troubles[i];
	return NULL;
}

/* A sync, a history, or both. */
static void
set_work(struct req *r, const struct desk *d, struct card_view *c)
{
	const struct sync_run *sync = run_of(r, d, c->id, false);
	const struct sync_run *history = run_of(r, d, c->id, true);

	if (sync)
		c->work = work_of(r, sync);
	if (history)
		c->history = work_of(r, history);
	c->polls = sync || (history && !history->paused_at.ms);
}

/* Status, cause and progress. */
static void
set_state(struct req *r, const struct desk *d, struct card_view *c)
{
	const struct trouble *tr = trouble_of(d, c->id);
	const struct reason *reason = tr ? reason_of(tr->reason) : NULL;
	struct trouble_view v;

	c->status = NEW(r->t.mem, struct status_view);
	*c->status =
		way_status(r, reason ? reason->level : (enum reason_level)0);
	set_work(r, d, c);
	c->spins = c->polls && (!reason || reason->level != REASON_ERROR);
	if (c->spins)
		*c->status = *(c->work ? c->work : c->history)->status;
	if (!reason)
		return;
	v = way_trouble(r, tr);
	c->cause = v.card;
	c->can_reconnect = c->may_change && reason->level == REASON_ERROR &&
			   reason->way == WAY_RECONNECT;
}

enum rc
cards_missing(struct req *r, struct card_view *c)
{
	if (c->missing)
		return OK;
	c->missing = NEW(r->t.mem, struct missing_view);
	return ledgerrow_total(r, c->id, c->missing);
}

static enum rc
card_of(struct req *r, const struct desk *d, const struct integration *i,
	struct card_view *c)
{
	struct arena *mem = r->t.mem;
	enum rc rc = OK;

	*c = (struct card_view){
		.id = i->id,
		.name = i->name,
		.description = i->description,
		.assignment = assignment_words(r, i, d->pool),
		.may_change = req_may(r, PERM_ADMIN),
	};
	for (size_t p = 0; p < d->n_pages; p++)
		c->n_pages += d->pages[p].integration_id == i->id;
	if (i->last_sync_at.ms) {
		c->sync_iso = when_iso(mem, i->last_sync_at);
		c->sync_full = when_full(mem, i->last_sync_at, req_zone(r));
		c->sync_ago =
			when_ago(mem, i->last_sync_at, r->t.now, req_zone(r));
	}
	set_state(r, d, c);
	if (!c->cause && !c->polls && c->sync_iso)
		rc = cards_missing(r, c);
	return rc ? rc : count_days(r, i->id, c);
}

/* Error, Syncing, Needs attention, Waiting, Active. */
static int
rank(const struct card_view *c)
{
	static const char *const words[] = { "Error", "Syncing",
					     "Needs attention", "Waiting" };

	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(c->status->word, words[i]) == 0)
			return (int)i;
	return (int)COUNT(words);
}

static enum rc
set_cards(struct req *r, struct cards_view *v)
{
	struct integration *all = NULL;
	struct desk d = { 0 };
	struct card_view *cards;
	size_t n = 0;
	enum rc rc = integration_list(&r->t, &all, &n);

	if (!rc)
		rc = desk_load(r, 0, &d);
	cards = NEW_ARRAY(r->t.mem, struct card_view, n);
	for (size_t i = 0; !rc && i < n; i++)
		rc = card_of(r, &d, &all[i], &cards[i]);
	if (rc)
		return rc;
	v->cards = NEW_ARRAY(r->t.mem, struct card_view, n);
	for (int k = 0; k <= 4; k++)
		for (size_t i = 0; i < n; i++)
			if (rank(&cards[i]) == k)
				v->cards[v->n++] = cards[i];
	return OK;
}

enum rc
cards_one(struct req *r, int64_t integration_id, struct card_view *out)
{
	struct integration i;
	struct desk d = { 0 };
	enum rc rc = integration_get(&r->t, integration_id, &i);

	if (!rc)
		rc = desk_load(r, integration_id, &d);
	return rc ? rc : card_of(r, &d, &i, out);
}

/* ---- drafts --------------------------------------------------------------------------- */

static const char *
draft_words(struct req *r, const struct draft *d)
{
	struct text step = text_of(d->step);

	if (d->reason[0])
		return way_words(r, d->reason, d->detail);
	if (text_is(step, DRAFT_FACEBOOK))
		return "You did not come back from Facebook. Nothing is lost.";
	if (text_is(step, DRAFT_LISTING))
		return "Its pages are being listed.";
	if (text_is(step, DRAFT_CONNECTING))
		return "Its pages are being connected.";
	return "Its pages wait to be chosen.";
}

static struct draft_view
draft_of(struct req *r, const struct draft *d)
{
	struct arena *mem = r->t.mem;
	bool at_facebook = text_is(text_of(d->step), DRAFT_FACEBOOK);
	struct draft_view v = {
		.id = d->id,
		.name = d->name,
		.words = draft_words(r, d),
		.not_back = at_facebook && !d->reason[0],
		.when_iso = when_iso(mem, d->changed_at),
		.when_full = when_full(mem, d->changed_at, req_zone(r)),
		.when_ago = when_ago(mem, d->changed_at, r->t.now, req_zone(r)),
	};
	const char *id = arena_fmt(mem, "%lld", (long long)d->id);

	if (!at_facebook)
		v.go_on = url_page(mem, r->page.root, "/integration-pages/%lld",
				   (long long)d->id);
	else if (d->integration_id)
		v.go_on = url_with(mem,
				   url_page(mem, r->page.root,
					    "/integration-reconnect/%lld",
					    (long long)d->integration_id),
				   "draft", id);
	else
		v.go_on = url_with(
			mem,
			url_page(mem, r->page.root, "/integration-connect"),
			"draft", id);
	return v;
}

static enum rc
set_drafts(struct req *r, struct cards_view *v)
{
	struct draft *all = NULL;
	size_t n = 0;
	enum rc rc = draft_list(&r->t, r->user->id, &all, &n);

	if (rc)
		return rc;
	v->drafts = NEW_ARRAY(r->t.mem, struct draft_view, n);
	v->n_drafts = n;
	for (size_t i = 0; i < n; i++)
		v->drafts[i] = draft_of(r, &all[i]);
	return OK;
}

/* ---- the whole ---------------------------------------------------------------------------- */

/* The banner of other pages stands here below the heading. */
static enum rc
set_worst(struct req *r, struct cards_view *v)
{
	enum rc rc = r->page.banner ? OK : way_banner(r);

	if (rc || !r->page.banner)
		return rc;
	v->worst = NEW(r->t.mem, struct trouble_view);
	v->worst->sentence = r->page.banner_words;
	v->worst->class = r->page.banner_class;
	v->worst->button = r->page.banner_button;
	v->worst->way = r->page.banner_way;
	v->worst->icon = r->page.banner_icon;
	v->worst_heading = r->page.banner;
	r->page.banner = NULL;
	return OK;
}

static enum rc
set_superadmin(struct req *r, struct cards_view *v)
{
	struct user *all = NULL;
	size_t n = 0;
	enum rc rc = user_list(&r->t, &all, &n);

	if (rc)
		return rc;
	v->superadmin = "a SuperAdmin";
	for (size_t i = n; i-- > 0;)
		if (all[i].role == ROLE_SUPERADMIN && all[i].is_active)
			v->superadmin = all[i].name;
	return OK;
}

enum rc
cards_load(struct req *r, struct cards_view *out)
{
	enum rc rc = set_cards(r, out);

	out->may_add = req_may(r, PERM_ADMIN);
	out->app_missing = !connect_app_is_set(&r->t);
	if (!rc)
		rc = set_worst(r, out);
	if (!rc && out->may_add)
		rc = set_drafts(r, out);
	if (!rc && out->app_missing)
		rc = set_superadmin(r, out);
	if (rc)
		return rc;
	out->has_cards = out->n + out->n_drafts > 0;
	for (size_t i = 0; i < out->n; i++)
		if (out->cards[i].polls)
			r->page.refresh_s = 5;
	return OK;
}

void
cards_place(struct req *r, const char *title)
{
	r->page.title = title;
	r->page.in_settings = true;
	r->page.in_integrations = true;
}

enum rc
cards_behind(struct req *r, const char *title, struct cards_view **out)
{
	struct cards_view *v = NEW(r->t.mem, struct cards_view);
	enum rc rc = cards_load(r, v);

	if (rc)
		return rc;
	cards_place(r, title);
	r->page.is_behind = true;
	r->page.refresh_s = 0;
	for (size_t i = 0; i < v->n; i++)
		v->cards[i].polls = false;
	*out = v;
	return OK;
}
