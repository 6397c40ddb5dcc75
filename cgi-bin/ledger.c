/*
 * ledger.c: what Meta has of each form beside what is here (GET /ledger), one
 * form by days with the names of what is missing (GET /ledger/ID), both as CSV,
 * fetching it (POST /ledger/fetch/ID), and not expecting it any more (POST
 * /ledger/accept/ID).
 */
#include "web/ledgerrow.h"
#include "web/period.h"
#include "web/progress.h"
#include "web/session.h"
#include "web/view.h"
#include "web/way.h"
#include "work/balance.h"
#include "work/wake.h"

enum { CSV_MAX = 1 << 20, LIST_PAGES_MAX = 1000 };

struct ledger_in {
	const char *period, *from, *to;
	int64_t integration, id, n, page;
};
struct ledger_view {
	const char *heading, *fault, *from, *to;
	struct option_view *integrations, *spans;
	size_t n_integrations, n_spans;
	struct ledger_line_view *lines, *days;
	size_t n_lines, n_days;
	const struct ledger_line_view *one;
	struct ledger_missing_view *missing;
	size_t n_missing;
	const char *since, *sum, *which, *unnamed, *fetch, *accept;
	int64_t acceptable;
	struct work_view *work; /* a sync at work; NULL */
	bool has_missing, has_days;
	const char *sum_class;
	struct url sum_icon, csv, back, previous, next;
};

static const struct form_field ledger_form_fields[] = {
	FORM_INT_OR(struct ledger_in, id, 1, INT64_MAX, 0),
	FORM_INT_OR(struct ledger_in, page, 1, LIST_PAGES_MAX, 1),
	PERIOD_FORM(struct ledger_in),
	{ 0 },
};
static const struct form_field id_form[] = {
	FORM_INT(struct ledger_in, id, 1, INT64_MAX),
	{ 0 },
};
static const struct form_field accept_form[] = {
	FORM_INT(struct ledger_in, id, 1, INT64_MAX),
	FORM_INT(struct ledger_in, n, 1, INT64_MAX),
	{ 0 },
};
static const struct tmpl_field ledger_fields[] = {
	FIELD(struct ledger_view, heading),
	FIELD(struct ledger_view, fault),
	FIELD(struct ledger_view, from),
	FIELD(struct ledger_view, to),
	LIST(struct ledger_view, integrations, n_integrations, option_fields),
	LIST(struct ledger_view, spans, n_spans, option_fields),
	LIST(struct ledger_view, lines, n_lines, ledgerrow_fields),
	LIST(struct ledger_view, days, n_days, ledgerrow_fields),
	ONE(struct ledger_view, one, ledgerrow_fields),
	LIST(struct ledger_view, missing, n_missing, ledgerrow_missing_fields),
	FIELD(struct ledger_view, since),
	FIELD(struct ledger_view, sum),
	FIELD(struct ledger_view, which),
	FIELD(struct ledger_view, unnamed),
	FIELD(struct ledger_view, fetch),
	FIELD(struct ledger_view, accept),
	FIELD(struct ledger_view, acceptable),
	ONE(struct ledger_view, work, work_fields),
	FIELD(struct ledger_view, has_missing),
	FIELD(struct ledger_view, has_days),
	FIELD(struct ledger_view, sum_class),
	FIELD(struct ledger_view, sum_icon),
	FIELD(struct ledger_view, csv),
	FIELD(struct ledger_view, back),
	FIELD(struct ledger_view, previous),
	FIELD(struct ledger_view, next),
	{ 0 },
};

static struct period_asked
asked(const struct ledger_in *in)
{
	return (struct period_asked){ in->period, in->from, in->to,
				      in->integration };
}

/* ---- lines ---------------------------------------------------------------------------- */

static struct ledger_line_view
line_of(struct req *r, const struct ledger_in *in, const struct ledger_form *f)
{
	struct arena *mem = r->t.mem;
	struct ledger_line_view v = ledgerrow_of(r, f);

	v.to = period_url(
		mem,
		url_page(mem, r->page.root, "/ledger/%lld", (long long)f->id),
		asked(in));
	return v;
}

static const struct ledger_sum *
sum_of(const struct ledger_sum *all, size_t n, const char *form_meta_id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].form_meta_id, form_meta_id) == 0)
			return &all[i];
	return NULL;
}

static struct url
page_of(struct req *r, const struct ledger_in *in, int64_t page)
{
	struct arena *mem = r->t.mem;
	struct url u = url_page(mem, r->page.root, "/ledger");

	return url_with(mem, period_url(mem, u, asked(in)), "page",
			arena_fmt(mem, "%lld", (long long)page));
}

/* What is shown is not all, and the sum is only of it. */
static void
set_pages(struct req *r, const struct ledger_in *in, bool more,
	  struct ledger_view *v)
{
	int64_t before = (in->page - 1) * LEDGER_FORMS_MAX;

	v->which = arena_fmt(r->t.mem, "Forms %lld to %lld, by page and name",
			     (long long)before + 1,
			     (long long)(before + (int64_t)v->n_lines));
	v->sum = arena_fmt(r->t.mem, "Of these forms: %s", v->sum);
	if (in->page > 1)
		v->previous = page_of(r, in, in->page - 1);
	if (more && in->page < LIST_PAGES_MAX)
		v->next = page_of(r, in, in->page + 1);
}

/* Beside the sum: what is not known is no alarm yet, and what is not all is no
 * good news. */
static void
set_sign(struct req *r, int64_t missing, bool unknown, bool cut,
	 struct ledger_view *v)
{
	const char *class = cut ? "idle" : "ok", *icon = cut ? "info" : "ok";

	if (missing || unknown) {
		class = missing ? "err" : "warn";
		icon = missing ? "error" : "warn";
	}
	v->sum_class = class;
	v->sum_icon = url_icon(r->t.mem, r->page.root, icon);
}

static enum rc
set_lines(struct req *r, const struct ledger_in *in,
	  const struct report_span *span, struct ledger_view *v)
{
	struct ledger_form *forms = NULL;
	struct ledger_sum *sums = NULL;
	size_t n = 0, n_sums = 0;
	int64_t missing = 0;
	bool unknown = false, more = false, cut;
	enum rc rc = ledger_forms(&r->t, in->integration, in->page, &forms, &n);

	if (!rc)
		rc = ledger_sums(&r->t, span, &sums, &n_sums);
	if (rc)
		return rc;
	more = n > LEDGER_FORMS_MAX;
	if (more)
		n = LEDGER_FORMS_MAX;
	v->lines = NEW_ARRAY(r->t.mem, struct ledger_line_view, n);
	for (size_t i = 0; i < n; i++) {
		const struct ledger_sum *sum =
			sum_of(sums, n_sums, forms[i].meta_id);
		struct ledger_line_view *line = &v->lines[v->n_lines++];

		*line = line_of(r, in, &forms[i]);
		if (sum)
			ledgerrow_add(line, sum);
		missing += forms[i].n_missing;
		unknown |= !ledger_is_known(&forms[i], r->t.now);
	}
	cut = more || in->page > 1;
	set_sign(r, missing, unknown, cut, v);
	v->sum = missing   ? view_count(r->t.mem, missing, "lead is missing",
					"leads are missing")
		 : unknown ? "0 missing, but not every form was counted lately"
			   : "0 missing";
	if (cut)
		set_pages(r, in, more, v);
	return OK;
}

/* ---- one form ------------------------------------------------------------------------- */

/* The latest first. */
static enum rc
set_days(struct req *r, const char *form_meta_id,
	 const struct report_span *span, struct ledger_view *v)
{
	struct ledger_sum *days = NULL;
	size_t n = 0;
	enum rc rc = ledger_days(&r->t, span, form_meta_id, &days, &n);

	if (rc)
		return rc;
	v->days = NEW_ARRAY(r->t.mem, struct ledger_line_view, n);
	while (n-- > 0) {
		struct ledger_line_view *line = &v->days[v->n_days++];

		ledgerrow_add(line, &days[n]);
		line->name = when_day(r->t.mem, days[n].at, req_zone(r));
	}
	v->has_days = v->n_days > 0;
	return OK;
}

static const char *
since_words(struct req *r, const struct ledger_form *f)
{
	struct arena *mem = r->t.mem;

	if (!f->base_at.ms)
		return "Meta was not asked yet. The next sync does.";
	return arena_fmt(
		mem, "Meta counted %lld since %s, as of %s.%s",
		(long long)f->n_meta, when_day(mem, f->base_at, req_zone(r)),
		when_point(mem, f->counted_at, r->t.now, req_zone(r)),
		f->n_expired ? arena_fmt(mem,
					 " Of all its leads %lld are gone at "
					 "Meta: older than 90 days.",
					 (long long)f->n_expired)
			     : "");
}

/* Those of which nothing but Meta's number tells. */
static const char *
unnamed_words(struct req *r, const struct ledger_form *f, int64_t n)
{
	struct arena *mem = r->t.mem;
	const char *leads = view_count(mem, n, "lead that Meta counts was",
				       "leads that Meta counts were");

	if (!f->fetched_at.ms)
		return arena_fmt(mem,
				 "%s not announced to us. Only its list can "
				 "name them.",
				 leads);
	return arena_fmt(mem,
			 "%s not announced to us, and not in Meta\u2019s list "
			 "as of %s.",
			 leads,
			 when_point(mem, f->fetched_at, r->t.now, req_zone(r)));
}

static void
set_words(struct req *r, const struct ledger_form *f, struct ledger_view *v)
{
	struct arena *mem = r->t.mem;
	int64_t named = f->n_waiting + f->n_parked + f->n_dead;
	int64_t n = f->n_missing > named ? f->n_missing : named;

	v->since = since_words(r, f);
	v->sum = v->one->balance;
	set_sign(r, f->n_missing, !ledger_is_known(f, r->t.now), false, v);
	if (n > named)
		v->unnamed = unnamed_words(r, f, n - named);
	if (!req_may(r, PERM_ADMIN) || n == 0)
		return;
	v->fetch = arena_fmt(mem, "Fetch %lld missing", (long long)n);
	v->acceptable = balance_acceptable(f);
	if (v->acceptable)
		v->accept = arena_fmt(mem, "Accept %lld as missing",
				      (long long)v->acceptable);
}

/* What was pressed here is seen here. */
static enum rc
set_work(struct req *r, const struct ledger_form *f, struct ledger_view *v)
{
	struct sync_run run;
	enum rc rc = sync_latest(&r->t, f->integration_id, "sync", &run);

	if (rc == E_NOTFOUND) {
		task_forgive(&r->t);
		return OK;
	}
	if (rc || !sync_is_open(&run))
		return rc;
	v->work = work_of(r, &run);
	if (run.waits_until.ms <= r->t.now.ms)
		r->page.refresh_s = 5;
	return OK;
}

static enum rc
set_one(struct req *r, const struct ledger_in *in,
	const struct report_span *span, struct ledger_view *v)
{
	struct ledger_form f;
	struct ledger_line_view *line = NEW(r->t.mem, struct ledger_line_view);
	enum rc rc = ledger_form(&r->t, in->id, &f);

	if (rc)
		return rc;
	*line = line_of(r, in, &f);
	v->one = line;
	set_words(r, &f, v);
	rc = set_work(r, &f, v);
	if (!rc)
		rc = ledgerrow_missing(r, &f, &v->missing, &v->n_missing);
	v->has_missing = v->n_missing > 0;
	return rc ? rc : set_days(r, f.meta_id, span, v);
}

/* ---- pages ---------------------------------------------------------------------------- */

static enum rc
fill(struct req *r, const struct ledger_in *in, struct ledger_view *v)
{
	struct report_span span = { 0 };
	const char *zone = req_zone(r);
	enum rc rc = period_integrations(r, in->integration, &v->integrations,
					 &v->n_integrations);

	period_options(r->t.mem, in->period, &v->spans, &v->n_spans);
	v->fault = period_read(r, asked(in), &span);
	if (rc || v->fault)
		return rc;
	v->from = day_text(r->t.mem, span.day[0], zone);
	v->to = day_text(r->t.mem, span.day[span.n_days - 1], zone);
	v->heading = arena_fmt(
		r->t.mem, "%s to %s", when_day(r->t.mem, span.day[0], zone),
		when_day(r->t.mem, span.day[span.n_days - 1], zone));
	return in->id ? set_one(r, in, &span, v) : set_lines(r, in, &span, v);
}

static enum rc
show(struct req *r, const void *form)
{
	const struct ledger_in *in = form;
	struct arena *mem = r->t.mem;
	const char *root = r->page.root;
	struct ledger_view v = { .from = in->from, .to = in->to };
	enum rc rc = fill(r, in, &v);

	if (rc)
		return rc;
	v.csv = period_url(mem,
			   in->id ? url_page(mem, root, "/ledger/csv/%lld",
					     (long long)in->id)
				  : url_page(mem, root, "/ledger/csv"),
			   asked(in));
	v.back = period_url(mem, url_page(mem, root, "/ledger"), asked(in));
	r->page.title = "Ledger";
	r->page.in_reports = true;
	return reply_page_status(r, v.fault ? 422 : 200, &v);
}

static enum rc
csv_page(struct req *r, const struct ledger_in *in, struct buf *b, bool *more)
{
	struct ledger_view v = { .from = "", .to = "" };
	bool by_day = in->id != 0;
	enum rc rc = fill(r, in, &v);
	const struct ledger_line_view *lines = by_day ? v.days : v.lines;
	size_t n = by_day ? v.n_days : v.n_lines;

	if (!rc && v.fault)
		rc = fail(&r->t, E_INPUT, "%s", v.fault);
	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++)
		ledgerrow_csv(b, by_day, &lines[i]);
	*more = v.next.safe != NULL;
	return OK;
}

/* Every form, however many pages they are. */
static enum rc
csv(struct req *r, const void *form)
{
	struct ledger_in in = *(const struct ledger_in *)form;
	struct buf b = buf_in(r->t.mem, CSV_MAX);
	bool by_day = in.id != 0, more = true;

	buf_puts(&b, by_day ? "Day,Received,Stored,Joined,Test,Parked,Given "
			      "up,Expired\r\n"
			    : "Form,Page,At Meta,Received,Stored,Joined,Test,"
			      "Parked,Given up,Expired,Balance\r\n");
	for (in.page = 1; more; in.page++) {
		enum rc rc = csv_page(r, &in, &b, &more);

		if (rc)
			return rc;
	}
	if (b.failed)
		return fail(&r->t, E_INTERNAL, "CSV over %d bytes", CSV_MAX);
	reply_as_file(r, "ledger.csv");
	return reply_text(r, 200, "text/csv; charset=utf-8", buf_text(&b));
}

static enum rc
back_to(struct req *r, int64_t id, const char *words, bool is_error)
{
	enum rc rc = session_flash(&r->t, r->session_id, words, is_error);

	return rc ? rc
		  : reply_see_other(r, url_page(r->t.mem, r->page.root,
						"/ledger/%lld", (long long)id));
}

static enum rc
fetch_missing(struct req *r, const void *form)
{
	const struct ledger_in *in = form;
	const char *tried;
	int64_t n = 0;
	bool is_read = false;
	enum rc rc = balance_fetch(&r->t, in->id, &n, &is_read);

	if (rc)
		return rc;
	wake_worker(&r->t);
	tried = view_count(r->t.mem, n, "lead is tried again at once",
			   "leads are tried again at once");
	return back_to(r, in->id,
		       arena_fmt(r->t.mem, "%s%s.", tried,
				 is_read ? ", and the form is read from the "
					   "beginning of its ledger"
					 : ""),
		       false);
}

static enum rc
accept_missing(struct req *r, const void *form)
{
	const struct ledger_in *in = form;
	enum rc rc = balance_accept(&r->t, in->id, in->n);

	if (rc == E_CONFLICT) {
		task_forgive(&r->t);
		return back_to(r, in->id,
			       "Nothing was accepted: the number has changed, "
			       "or Meta\u2019s list was not read yet.",
			       true);
	}
	if (rc)
		return rc;
	return back_to(r, in->id,
		       arena_fmt(r->t.mem,
				 "%s missing no more. One that comes later is "
				 "stored all the same.",
				 view_count(r->t.mem, in->n, "lead counts as",
					    "leads count as")),
		       false);
}

#define CSV                                                                    \
	.perm = PERM_CARDS, .form = ledger_form_fields,                        \
	.form_size = sizeof(struct ledger_in), .handle = csv
#define PAGE                                                                   \
	.perm = PERM_CARDS, .form_size = sizeof(struct ledger_in),             \
	.handle = show, .page = "ledger.html", .fields = ledger_fields
static const struct route routes[] = {
	{ .method = GET, .path = "/ledger", .form = ledger_form_fields, PAGE },
	{ .method = GET, .path = "/ledger/csv", CSV },
	{ .method = GET, .path = "/ledger/csv/{id}", CSV },
	{ .method = POST,
	  .path = "/ledger/fetch/{id}",
	  .perm = PERM_ADMIN,
	  .form = id_form,
	  .form_size = sizeof(struct ledger_in),
	  .handle = fetch_missing },
	{ .method = POST,
	  .path = "/ledger/accept/{id}",
	  .perm = PERM_ADMIN,
	  .form = accept_form,
	  .form_size = sizeof(struct ledger_in),
	  .handle = accept_missing },
	{ .method = GET,
	  .path = "/ledger/{id}",
	  .form = ledger_form_fields,
	  PAGE },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
