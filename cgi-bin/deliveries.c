/*
 * deliveries.c: what Meta sent and what became of it (GET /deliveries, GET
 * /deliveries/ID), one lead tried again, and a range replayed.
 */
#include "base/conf.h"
#include "base/crypt.h"
#include "web/checks.h"
#include "web/deliveryrow.h"
#include "web/option.h"
#include "web/session.h"
#include "web/view.h"
#include "work/queue.h"
#include "work/wake.h"

struct list_in {
	const char *state, *lead;
	int64_t before;
};
struct id_in {
	int64_t id;
};
struct retry_in {
	int64_t id, delivery;
};
struct range_in {
	const char *from, *until;
};
struct deliveries_view {
	/* the list */
	bool is_list, has_rows, is_filtered;
	int64_t n_today, n_waiting, n_parked, n_dead, days;
	const char *waits, *refused;
	struct option_view *states;
	size_t n_states;
	const char *lead;
	struct delivery_view *rows;
	size_t n_rows;
	struct url older, newest;
	struct check_view *room; /* headroom, above the newest ones */
	size_t n_room;
	bool has_room, is_tight;
	/* one */
	struct delivery_view *one;
	const char *bytes, *hash, *body;
	bool has_leads;
	struct delivery_lead_view *leads;
	size_t n_leads;
	int64_t delivery;
	/* a range */
	bool is_range, is_counted;
	const char *from, *until, *range_fault, *found;
};

static const char *const state_names[] = { "", "waiting", "parked", "dead",
					   NULL };
static const char *const state_titles[] = { "All", "Waiting", "Parked",
					    "Given up" };
static const struct form_field list_form[] = {
	FORM_CHOICE(struct list_in, state, state_names),
	FORM_TEXT(struct list_in, lead, 0, 32),
	FORM_INT_OR(struct list_in, before, 1, INT64_MAX, 0),
	{ 0 },
};
static const struct form_field id_form[] = {
	FORM_INT(struct id_in, id, 1, INT64_MAX),
	{ 0 },
};
static const struct form_field retry_form[] = {
	FORM_INT(struct retry_in, id, 1, INT64_MAX),
	FORM_INT(struct retry_in, delivery, 1, INT64_MAX),
	{ 0 },
};
static const struct form_field range_form[] = {
	FORM_TEXT(struct range_in, from, 0, 10),
	FORM_TEXT(struct range_in, until, 0, 10),
	{ 0 },
};
static const struct tmpl_field deliveries_fields[] = {
	FIELD(struct deliveries_view, is_list),
	FIELD(struct deliveries_view, has_rows),
	FIELD(struct deliveries_view, is_filtered),
	FIELD(struct deliveries_view, n_today),
	FIELD(struct deliveries_view, days),
	FIELD(struct deliveries_view, n_waiting),
	FIELD(struct deliveries_view, n_parked),
	FIELD(struct deliveries_view, n_dead),
	FIELD(struct deliveries_view, waits),
	FIELD(struct deliveries_view, refused),
	LIST(struct deliveries_view, states, n_states, option_fields),
	FIELD(struct deliveries_view, lead),
	LIST(struct deliveries_view, rows, n_rows, deliveryrow_fields),
	FIELD(struct deliveries_view, older),
	FIELD(struct deliveries_view, newest),
	LIST(struct deliveries_view, room, n_room, check_fields),
	FIELD(struct deliveries_view, has_room),
	FIELD(struct deliveries_view, is_tight),
	ONE(struct deliveries_view, one, deliveryrow_fields),
	FIELD(struct deliveries_view, bytes),
	FIELD(struct deliveries_view, hash),
	FIELD(struct deliveries_view, body),
	FIELD(struct deliveries_view, has_leads),
	LIST(struct deliveries_view, leads, n_leads, delivery_lead_fields),
	FIELD(struct deliveries_view, delivery),
	FIELD(struct deliveries_view, is_range),
	FIELD(struct deliveries_view, is_counted),
	FIELD(struct deliveries_view, from),
	FIELD(struct deliveries_view, until),
	FIELD(struct deliveries_view, range_fault),
	FIELD(struct deliveries_view, found),
	{ 0 },
};

static enum rc
show(struct req *r, int code, struct deliveries_view *v)
{
	r->page.title = "Deliveries";
	r->page.in_settings = true;
	r->page.in_deliveries = true;
	return reply_page_status(r, code, v);
}

/* ---- the list --------------------------------------------------------------------- */

static struct url
page_of(struct req *r, const struct list_in *in, int64_t before)
{
	struct arena *mem = r->t.mem;
	struct url u = url_page(mem, r->page.root, "/deliveries");

	if (in->state[0])
		u = url_with(mem, u, "state", in->state);
	if (in->lead[0])
		u = url_with(mem, u, "lead", in->lead);
	if (before)
		u = url_with(mem, u, "before",
			     arena_fmt(mem, "%lld", (long long)before));
	return u;
}

static enum rc
set_refused(struct req *r, struct deliveries_view *v)
{
	struct delivery_refused *all = NULL;
	int64_t sum = 0;
	size_t n = 0;
	enum rc rc = delivery_refusals(&r->t, &all, &n);

	for (size_t i = 0; !rc && i < n; i++)
		sum += all[i].n;
	if (sum > 0)
		v->refused = arena_fmt(
			r->t.mem,
			"%s refused within 7 days, because the signature was "
			"missing or wrong. Nothing of them is kept.",
			view_count(r->t.mem, sum, "message was",
				   "messages were"));
	return rc;
}

static enum rc
set_figures(struct req *r, struct deliveries_view *v)
{
	struct queue_counts q = { 0 };
	enum rc rc = queue_count(&r->t, &q);

	v->n_waiting = q.ready + q.running + q.receipts_new;
	v->n_parked = q.parked;
	v->n_dead = q.dead;
	v->waits =
		q.oldest_ready.ms
			? arena_fmt(r->t.mem, "the oldest for %s",
				    span_words(r->t.mem,
					       r->t.now.ms - q.oldest_ready.ms))
			: "nothing to read from Meta";
	if (!rc)
		rc = delivery_since(&r->t,
				    when_midnight(r->t.now, 0, req_zone(r)),
				    &v->n_today);
	v->days = r->t.conf->limits.receipt_days;
	return rc ? rc : set_refused(r, v);
}

static void
set_room(struct req *r, struct deliveries_view *v)
{
	struct check *all = NULL;

	doctor_room(&r->t, &all, &v->n_room);
	v->has_room = v->n_room > 0;
	v->room = NEW_ARRAY(r->t.mem, struct check_view, v->n_room);
	for (size_t i = 0; i < v->n_room; i++) {
		v->room[i] = check_view_of(r, &all[i], 0);
		v->is_tight |= all[i].state != CHECK_PASS;
	}
}

static enum rc
list(struct req *r, const void *form)
{
	const struct list_in *in = form;
	struct deliveries_view v = { .is_list = true,
				     .lead = in->lead,
				     .is_filtered = in->state[0] ||
						    in->lead[0] || in->before };
	struct delivery *all = NULL;
	size_t n = 0;
	enum rc rc = delivery_list(
		&r->t,
		&(struct delivery_filter){ in->state, in->lead, in->before },
		&all, &n);

	if (!rc)
		rc = set_figures(r, &v);
	if (rc)
		return rc;
	if (!v.is_filtered)
		set_room(r, &v);
	v.n_rows = n;
	v.has_rows = n > 0;
	v.rows = NEW_ARRAY(r->t.mem, struct delivery_view, n);
	for (size_t i = 0; i < n; i++)
		v.rows[i] = deliveryrow_of(r, &all[i]);
	if (n == DELIVERY_PAGE)
		v.older = page_of(r, in, all[n - 1].id);
	if (in->before)
		v.newest = page_of(r, in, 0);
	v.states = NEW_ARRAY(r->t.mem, struct option_view, COUNT(state_titles));
	for (size_t i = 0; state_names[i]; i++)
		option_add(v.states, &v.n_states, state_names[i],
			   state_titles[i], in->state);
	return show(r, 200, &v);
}

/* ---- one delivery -------------------------------------------------------------------- */

static enum rc
set_leads(struct req *r, int64_t id, struct deliveries_view *v)
{
	struct delivery_job *all = NULL;
	enum rc rc = delivery_jobs(&r->t, id, &all, &v->n_leads);

	if (rc)
		return rc;
	v->has_leads = v->n_leads > 0;
	v->leads = NEW_ARRAY(r->t.mem, struct delivery_lead_view, v->n_leads);
	for (size_t i = 0; i < v->n_leads; i++)
		v->leads[i] = deliveryrow_lead(r, &all[i]);
	return OK;
}

/* The bytes hold what Meta said of people: they are for Admins. */
static enum rc
set_body(struct req *r, int64_t id, struct deliveries_view *v)
{
	struct text body = TEXT("");
	enum rc rc;

	if (!req_may(r, PERM_ADMIN))
		return OK;
	rc = delivery_body(&r->t, id, &body);
	if (rc || body.len == 0)
		return rc;
	v->hash = crypt_sha256_hex(r->t.mem, body);
	v->body = text_is_utf8(body) ? arena_str(r->t.mem, body)
				     : "(bytes that are no text)";
	return OK;
}

static enum rc
open_one(struct req *r, const void *form)
{
	const struct id_in *in = form;
	struct delivery_view row;
	struct deliveries_view v = { .delivery = in->id };
	struct delivery d;
	enum rc rc = delivery_get(&r->t, in->id, &d);

	if (rc)
		return rc;
	row = deliveryrow_of(r, &d);
	v.one = &row;
	v.bytes = view_count(r->t.mem, d.bytes, "byte", "bytes");
	rc = set_leads(r, in->id, &v);
	if (!rc)
		rc = set_body(r, in->id, &v);
	return rc ? rc : show(r, 200, &v);
}

static enum rc
to_list(struct req *r, int64_t id, const char *words)
{
	enum rc rc = session_flash(&r->t, r->session_id, words, false);

	if (rc)
		return rc;
	wake_worker(&r->t);
	return reply_see_other(
		r, id ? url_page(r->t.mem, r->page.root, "/deliveries/%lld",
				 (long long)id)
		      : url_page(r->t.mem, r->page.root, "/deliveries"));
}

static enum rc
retry(struct req *r, const void *form)
{
	const struct retry_in *in = form;
	enum rc rc = delivery_retry(&r->t, in->id);

	return rc ? rc : to_list(r, in->delivery, "Tried again at once.");
}

/* ---- a range -------------------------------------------------------------------------- */

/* Whole days, as they are where the person is. */
static bool
read_range(struct req *r, const struct range_in *in, struct delivery_range *out)
{
	struct when last;

	if (!day_parse(text_of(in->from), req_zone(r), &out->from) ||
	    !day_parse(text_of(in->until), req_zone(r), &out->until))
		return false;
	out->until = when_midnight(out->until, 1, req_zone(r));
	last = when_add(out->from, 366 * DAY_MS);
	return out->from.ms < out->until.ms && out->until.ms <= last.ms;
}

static enum rc
show_range(struct req *r, const struct range_in *in, struct deliveries_view *v)
{
	v->is_range = true;
	v->from = in->from;
	v->until = in->until;
	return show(r, v->range_fault ? 422 : 200, v);
}

static enum rc
ask_range(struct req *r, const void *form)
{
	const struct range_in *in = form;
	struct deliveries_view v = { 0 };
	struct delivery_range range = { 0 };
	enum rc rc;

	if (!in->from[0] && !in->until[0])
		return show_range(r, in, &v);
	if (!read_range(r, in, &range)) {
		v.range_fault = "Enter a first and a last day, at most a year "
				"apart.";
		return show_range(r, in, &v);
	}
	rc = delivery_count(&r->t, &range);
	if (rc)
		return rc;
	v.is_counted = true;
	v.found = arena_fmt(
		r->t.mem, "%s, %lld expected to be new.",
		view_count(r->t.mem, range.n, "delivery", "deliveries"),
		(long long)range.n_missing);
	return show_range(r, in, &v);
}

static enum rc
replay(struct req *r, const void *form)
{
	const struct range_in *in = form;
	struct delivery_range range = { 0 };
	enum rc rc;

	if (!read_range(r, in, &range))
		return fail(&r->t, E_INPUT, "no range of days");
	rc = delivery_replay(&r->t, &range);
	return rc ? rc
		  : to_list(r, 0,
			    arena_fmt(r->t.mem,
				      "%s opened again. What is stored stays "
				      "as it is.",
				      view_count(r->t.mem, range.n,
						 "delivery is",
						 "deliveries are")));
}

#define PAGE .page = "deliveries.html", .fields = deliveries_fields
static const struct route routes[] = {
	{ .method = GET,
	  .path = "/deliveries",
	  .perm = PERM_CARDS,
	  .form = list_form,
	  .form_size = sizeof(struct list_in),
	  .handle = list,
	  PAGE },
	{ .method = GET,
	  .path = "/deliveries/replay",
	  .perm = PERM_ADMIN,
	  .form = range_form,
	  .form_size = sizeof(struct range_in),
	  .handle = ask_range,
	  PAGE },
	{ .method = POST,
	  .path = "/deliveries/replay",
	  .perm = PERM_ADMIN,
	  .form = range_form,
	  .form_size = sizeof(struct range_in),
	  .handle = replay },
	{ .method = POST,
	  .path = "/deliveries/retry",
	  .perm = PERM_ADMIN,
	  .form = retry_form,
	  .form_size = sizeof(struct retry_in),
	  .handle = retry },
	{ .method = GET,
	  .path = "/deliveries/{id}",
	  .perm = PERM_CARDS,
	  .form = id_form,
	  .form_size = sizeof(struct id_in),
	  .handle = open_one,
	  PAGE },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
