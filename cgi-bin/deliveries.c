/*
 * deliveries.c: what Meta sent and what became of it (GET /deliveries, GET
 * /deliveries/ID, GET /deliveries/job/ID), one lead tried again, and a range
 * replayed.
 */
#include "base/conf.h"
#include "base/crypt.h"
#include "crm/submission.h"
#include "web/checks.h"
#include "web/deliveryfigures.h"
#include "web/deliveryfilter.h"
#include "web/deliveryrange.h"
#include "web/deliveryrow.h"
#include "web/session.h"
#include "web/view.h"
#include "work/wake.h"

struct list_in {
	struct deliveryfilter filter;
};
struct id_in {
	int64_t id;
};
struct retry_in {
	int64_t id, delivery; /* the message on whose page it was pressed */
	bool is_list;	      /* or in the list */
	const char *query;    /* its filter */
};
struct deliveries_view {
	/* the list */
	bool is_list, has_rows, is_filtered;
	int64_t days;
	struct deliveryfigures *figures;
	struct option_view *states, *pages;
	size_t n_states, n_pages;
	const char *lead, *query;
	struct delivery_view *rows;
	size_t n_rows;
	struct url older, newest;
	const char *stored; /* how a lead came that is in no row; NULL */
	struct url stored_lead;
	struct check_view *room; /* headroom, above the newest ones */
	size_t n_room;
	bool has_room, is_tight;
	/* one */
	struct delivery_view *one;
	const char *bytes, *hash, *body;
	bool has_leads;
	struct delivery_lead_view *leads;
	size_t n_leads;
	int64_t delivery; /* 0 = no message is kept */
	/* a range, also the days of the list */
	bool is_range, is_counted;
	const char *from, *until, *range_fault, *found;
	int64_t at, id;
};

static const struct form_field list_form[] = {
	DELIVERYFILTER_FORM(struct list_in),
	{ 0 },
};
static const struct form_field id_form[] = {
	FORM_INT(struct id_in, id, 1, INT64_MAX),
	{ 0 },
};
static const struct form_field retry_form[] = {
	FORM_INT(struct retry_in, id, 1, INT64_MAX),
	FORM_INT_OR(struct retry_in, delivery, 0, INT64_MAX, 0),
	FORM_FLAG(struct retry_in, is_list),
	FORM_TEXT(struct retry_in, query, 0, 400),
	{ 0 },
};
static const struct tmpl_field deliveries_fields[] = {
	FIELD(struct deliveries_view, is_list),
	FIELD(struct deliveries_view, has_rows),
	FIELD(struct deliveries_view, is_filtered),
	FIELD(struct deliveries_view, days),
	ONE(struct deliveries_view, figures, deliveryfigures_fields),
	LIST(struct deliveries_view, states, n_states, option_fields),
	LIST(struct deliveries_view, pages, n_pages, option_fields),
	FIELD(struct deliveries_view, lead),
	FIELD(struct deliveries_view, query),
	LIST(struct deliveries_view, rows, n_rows, deliveryrow_fields),
	FIELD(struct deliveries_view, older),
	FIELD(struct deliveries_view, newest),
	FIELD(struct deliveries_view, stored),
	FIELD(struct deliveries_view, stored_lead),
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
	FIELD(struct deliveries_view, at),
	FIELD(struct deliveries_view, id),
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

/* Messages, or the leads and other work that were asked for. */
static enum rc
set_rows(struct req *r, const struct deliveryfilter *in,
	 struct deliveries_view *v)
{
	struct delivery_filter f;
	struct delivery *all = NULL;
	struct delivery_job *jobs = NULL;
	bool of_jobs;
	enum rc rc = deliveryfilter_read(r, in, &f);

	if (rc)
		return rc;
	of_jobs = delivery_is_of_jobs(&f);
	rc = of_jobs ? delivery_job_list(&r->t, &f, &jobs, &v->n_rows)
		     : delivery_list(&r->t, &f, &all, &v->n_rows);
	if (rc)
		return rc;
	v->has_rows = v->n_rows > 0;
	v->rows = NEW_ARRAY(r->t.mem, struct delivery_view, v->n_rows);
	for (size_t i = 0; i < v->n_rows; i++)
		v->rows[i] = of_jobs ? deliveryrow_job(r, &jobs[i])
				     : deliveryrow_of(r, &all[i]);
	if (v->n_rows < DELIVERY_PAGE)
		return OK;
	v->older = of_jobs ? deliveryfilter_url(r, in,
						jobs[v->n_rows - 1].received_at,
						jobs[v->n_rows - 1].id)
			   : deliveryfilter_url(r, in,
						all[v->n_rows - 1].received_at,
						all[v->n_rows - 1].id);
	return OK;
}

/* What no message named and nothing set aside has no row, and may be here. */
static enum rc
set_stored(struct req *r, const struct deliveryfilter *in,
	   struct deliveries_view *v)
{
	int64_t lead_id = 0;
	const char *way = "";
	enum rc rc;

	if (v->has_rows || !text_is_id(text_of(in->lead)))
		return OK;
	rc = submission_find(&r->t, in->lead, &lead_id, &way);
	if (rc == E_NOTFOUND) {
		task_forgive(&r->t);
		return OK;
	}
	if (rc)
		return rc;
	v->stored = deliveryrow_way(way);
	v->stored_lead = url_page(r->t.mem, r->page.root, "/lead/%lld",
				  (long long)lead_id);
	return OK;
}

static enum rc
list(struct req *r, const void *form)
{
	const struct deliveryfilter in =
		deliveryfilter_of(&((const struct list_in *)form)->filter);
	static const struct when newest;
	struct deliveryfigures figures = { 0 };
	struct deliveries_view v = { .is_list = true,
				     .figures = &figures,
				     .days = r->t.conf->limits.receipt_days,
				     .lead = in.lead,
				     .from = in.from,
				     .until = in.until,
				     .query = arena_str(r->t.mem, r->query),
				     .is_filtered = deliveryfilter_any(&in) };
	enum rc rc = set_rows(r, &in, &v);

	if (!rc)
		rc = set_stored(r, &in, &v);
	if (!rc)
		rc = deliveryfigures_of(r, &figures);
	if (!rc)
		rc = deliveryfilter_pages(r, &in, &v.pages, &v.n_pages);
	if (rc)
		return rc;
	if (!v.is_filtered)
		set_room(r, &v);
	if (in.at)
		v.newest = deliveryfilter_url(r, &in, newest, 0);
	deliveryfilter_results(r, &in, &v.states, &v.n_states);
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

/* A lead whose message is not kept, or other work. */
static enum rc
open_job(struct req *r, const void *form)
{
	const struct id_in *in = form;
	struct delivery_view row;
	struct delivery_lead_view lead;
	struct delivery_job j;
	struct deliveries_view v = {
		.one = &row, .has_leads = true, .leads = &lead, .n_leads = 1
	};
	enum rc rc = delivery_job_get(&r->t, in->id, &j);

	if (rc)
		return rc;
	row = deliveryrow_job(r, &j);
	lead = deliveryrow_lead(r, &j);
	return show(r, 200, &v);
}

static enum rc
work_begins(struct req *r, struct url to, const char *words)
{
	enum rc rc = session_flash(&r->t, r->session_id, words, false);

	if (rc)
		return rc;
	wake_worker(&r->t);
	return reply_see_other(r, to);
}

/* Back to where it was pressed.  What is about to be tried moves on by itself
 * between a look and a press: that is no fault. */
static enum rc
retry(struct req *r, const void *form)
{
	const struct retry_in *in = form;
	struct arena *mem = r->t.mem;
	const char *root = r->page.root;
	struct url to =
		url_page(mem, root, "/deliveries/job/%lld", (long long)in->id);
	const char *words = "Tried again at once.";
	enum rc rc = delivery_retry(&r->t, in->id);

	if (rc == E_CONFLICT) {
		task_forgive(&r->t);
		words = "It does not wait any more.";
	} else if (rc) {
		return rc;
	}
	if (in->delivery)
		to = url_page(mem, root, "/deliveries/%lld",
			      (long long)in->delivery);
	else if (in->is_list)
		to = url_query(mem, url_page(mem, root, "/deliveries"),
			       in->query);
	return work_begins(r, to, words);
}

/* ---- a range -------------------------------------------------------------------------- */

static enum rc
show_range(struct req *r, const struct deliveryrange *in,
	   struct deliveries_view *v)
{
	v->is_range = true;
	v->from = in->from;
	v->until = in->until;
	v->at = in->at;
	v->id = in->id;
	return show(r, v->range_fault ? 422 : 200, v);
}

static enum rc
ask_range(struct req *r, const void *form)
{
	const struct deliveryrange *in = form;
	struct deliveries_view v = { 0 };
	struct delivery_range range = { 0 };
	enum rc rc;

	if (!in->from[0] && !in->until[0])
		return show_range(r, in, &v);
	if (!deliveryrange_read(r, in, &range)) {
		if (in->at)
			return fail(&r->t, E_INPUT, "no rest of these days");
		v.range_fault = "Enter a first and a last day, at most a year "
				"apart.";
		return show_range(r, in, &v);
	}
	rc = delivery_count(&r->t, &range);
	if (rc)
		return rc;
	v.is_counted = true;
	v.found = deliveryrange_found(r, in, &range);
	return show_range(r, in, &v);
}

static enum rc
replay(struct req *r, const void *form)
{
	const struct deliveryrange *in = form;
	struct delivery_range range = { 0 };
	enum rc rc;

	if (!deliveryrange_read(r, in, &range))
		return fail(&r->t, E_INPUT, "no range of days");
	rc = delivery_replay(&r->t, &range);
	if (rc)
		return rc;
	return work_begins(
		r, deliveryrange_next(r, in, &range),
		arena_fmt(r->t.mem,
			  "%s opened again. What is stored stays "
			  "as it is.",
			  view_count(r->t.mem, range.n, "delivery is",
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
	  .form = deliveryrange_form,
	  .form_size = sizeof(struct deliveryrange),
	  .handle = ask_range,
	  PAGE },
	{ .method = POST,
	  .path = "/deliveries/replay",
	  .perm = PERM_ADMIN,
	  .form = deliveryrange_form,
	  .form_size = sizeof(struct deliveryrange),
	  .handle = replay },
	{ .method = POST,
	  .path = "/deliveries/retry",
	  .perm = PERM_ADMIN,
	  .form = retry_form,
	  .form_size = sizeof(struct retry_in),
	  .handle = retry },
	{ .method = GET,
	  .path = "/deliveries/job/{id}",
	  .perm = PERM_CARDS,
	  .form = id_form,
	  .form_size = sizeof(struct id_in),
	  .handle = open_job,
	  PAGE },
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
