/*
 * reports.c: what came, from where, to whom and how fast (GET /reports), and
 * each table as CSV (GET /reports/csv).
 */
#include "base/buf.h"
#include "web/app.h"
#include "web/counted.h"
#include "web/ledgerrow.h"
#include "web/period.h"
#include "web/view.h"

enum { CSV_MAX = 1 << 20, PAGES_SHOWN = 12 };

static const char *const bys[] = { "platform", "integration", "page", "form",
				   "campaign", "assignee",    NULL };
static const char *const by_titles[] = { "Platform", "Integration", "Page",
					 "Form",     "Campaign",    "Person" };
static const char *const tables[] = { "days",  "pages", "stages",
				      "speed", "turns", NULL };

struct reports_in {
	const char *period, *by, *what;
	const char *from, *to; /* of period "own": 2026-09-28 */
	int64_t integration;
};
struct cell_view {
	int64_t n;
};
struct row_view {
	const char *name, *short_name, *note, *more;
	struct cell_view *cells;
	size_t n_cells;
	const char *stored_median, *stored_90, *touch_median, *touch_90;
	int64_t n, difference;
};
struct legend_view {
	const char *class, *name;
};
struct reports_view {
	const char *heading, *fault, *from, *to;
	struct option_view *integrations, *spans, *groups;
	size_t n_integrations, n_spans, n_groups;
	bool none;
	int64_t n_leads, n_joined, n_nobody;
	struct missing_view *missing;
	const char *leads_note, *touch, *touch_note, *sample;
	struct legend_view *series;
	size_t n_series;
	struct row_view *days, *pages, *stages, *speeds, *turns;
	size_t n_days, n_pages, n_stages, n_speeds, n_turns;
	struct url days_csv, pages_csv, stages_csv, speed_csv, turns_csv;
};

static const struct form_field reports_form[] = {
	PERIOD_FORM(struct reports_in),
	{ .name = "by",
	  .kind = FORM_KIND_CHOICE,
	  .choices = bys,
	  .optional = true,
	  .offset = FORM_AT(struct reports_in, by, const char *) },
	{ .name = "what",
	  .kind = FORM_KIND_CHOICE,
	  .choices = tables,
	  .optional = true,
	  .offset = FORM_AT(struct reports_in, what, const char *) },
	{ 0 },
};
static const struct tmpl_field cell_fields[] = {
	FIELD(struct cell_view, n),
	{ 0 },
};
static const struct tmpl_field legend_fields[] = {
	FIELD(struct legend_view, class),
	FIELD(struct legend_view, name),
	{ 0 },
};
static const struct tmpl_field row_fields[] = {
	FIELD(struct row_view, name),
	FIELD(struct row_view, short_name),
	FIELD(struct row_view, note),
	FIELD(struct row_view, more),
	LIST(struct row_view, cells, n_cells, cell_fields),
	FIELD(struct row_view, stored_median),
	FIELD(struct row_view, stored_90),
	FIELD(struct row_view, touch_median),
	FIELD(struct row_view, touch_90),
	FIELD(struct row_view, n),
	FIELD(struct row_view, difference),
	{ 0 },
};
static const struct tmpl_field reports_fields[] = {
	FIELD(struct reports_view, heading),
	FIELD(struct reports_view, fault),
	FIELD(struct reports_view, from),
	FIELD(struct reports_view, to),
	LIST(struct reports_view, integrations, n_integrations, option_fields),
	LIST(struct reports_view, spans, n_spans, option_fields),
	LIST(struct reports_view, groups, n_groups, option_fields),
	FIELD(struct reports_view, none),
	FIELD(struct reports_view, n_leads),
	FIELD(struct reports_view, n_joined),
	FIELD(struct reports_view, n_nobody),
	ONE(struct reports_view, missing, missing_fields),
	FIELD(struct reports_view, leads_note),
	FIELD(struct reports_view, touch),
	FIELD(struct reports_view, touch_note),
	FIELD(struct reports_view, sample),
	LIST(struct reports_view, series, n_series, legend_fields),
	LIST(struct reports_view, days, n_days, row_fields),
	LIST(struct reports_view, pages, n_pages, row_fields),
	LIST(struct reports_view, stages, n_stages, row_fields),
	LIST(struct reports_view, speeds, n_speeds, row_fields),
	LIST(struct reports_view, turns, n_turns, row_fields),
	FIELD(struct reports_view, days_csv),
	FIELD(struct reports_view, pages_csv),
	FIELD(struct reports_view, stages_csv),
	FIELD(struct reports_view, speed_csv),
	FIELD(struct reports_view, turns_csv),
	{ 0 },
};

static struct period_asked
asked_days(const struct reports_in *in)
{
	return (struct period_asked){ in->period, in->from, in->to,
				      in->integration };
}

static struct counted_query
asked(struct req *r, const struct reports_in *in, const char *what)
{
	return (struct counted_query){ .what = what,
				       .by = in->by,
				       .integration_id = in->integration,
				       .zone = req_zone(r) };
}

/* ---- CSV ----------------------------------------------------------- */

static enum rc
csv(struct req *r, const void *form)
{
	const struct reports_in *in = form;
	struct buf b = buf_in(r->t.mem, CSV_MAX);
	struct counted_query q;
	struct counted c = { 0 };
	const char *fault = period_read(r, asked_days(in), &c.span);
	enum rc rc;

	if (fault)
		return fail(&r->t, E_INPUT, "%s", fault);
	q = asked(r, in, in->what);
	rc = counted_read(&r->t, &q, &c);
	if (rc)
		return rc;
	counted_csv(&r->t, &q, &c, &b);
	if (b.failed)
		return fail(&r->t, E_INTERNAL, "CSV over %d bytes", CSV_MAX);
	reply_as_file(r, arena_fmt(r->t.mem, "%s.csv", in->what));
	return reply_text(r, 200, "text/csv; charset=utf-8", buf_text(&b));
}

/* ---- the page --------------------------------------------------------------------- */

static const char *
span_or_dash(struct req *r, int64_t n, int64_t ms)
{
	return n ? span_words(r->t.mem, ms) : "\xe2\x80\x93";
}

static void
set_days(struct req *r, const struct reports_in *in, const struct counted *c,
	 struct reports_view *v)
{
	static const char *const classes[] = { "", "p2", "p3", "p4", "p5" };
	struct arena *mem = r->t.mem;
	size_t n = counted_series(c);

	v->series = NEW_ARRAY(mem, struct legend_view, n);
	v->n_series = n;
	for (size_t i = 0; i < n; i++)
		v->series[i] =
			(struct legend_view){ classes[i],
					      counted_name(c, in->by, i) };
	v->n_days = c->span.n_days;
	v->days = NEW_ARRAY(mem, struct row_view, v->n_days);
	for (size_t d = 0; d < v->n_days; d++) {
		struct row_view *row = &v->days[d];

		row->name = when_day(mem, c->span.day[d], req_zone(r));
		row->short_name =
			when_date(mem, c->span.day[d], r->t.now, req_zone(r));
		row->cells = NEW_ARRAY(mem, struct cell_view, n);
		row->n_cells = n;
		for (size_t i = 0; i < n; i++)
			row->cells[i].n = counted_n(c, d, i);
	}
}

static void
set_tables(struct req *r, const struct counted *c, struct reports_view *v)
{
	struct arena *mem = r->t.mem;

	v->n_pages = c->n_pages < PAGES_SHOWN ? c->n_pages : PAGES_SHOWN;
	v->pages = NEW_ARRAY(mem, struct row_view, v->n_pages);
	for (size_t i = 0; i < v->n_pages; i++)
		v->pages[i] = (struct row_view){
			.name = counted_value("page", &c->pages[i]),
			.n = c->pages[i].n,
		};
	v->n_stages = c->n_stages;
	v->stages = NEW_ARRAY(mem, struct row_view, v->n_stages);
	for (size_t i = 0; i < v->n_stages; i++) {
		v->stages[i] = (struct row_view){
			.name = view_stage(c->stages[i].stage)->title,
			.n = c->stages[i].n,
		};
		v->n_nobody += c->stages[i].n_nobody;
	}
	v->n_turns = c->n_turns;
	v->turns = NEW_ARRAY(mem, struct row_view, v->n_turns);
	for (size_t i = 0; i < v->n_turns; i++)
		v->turns[i] = (struct row_view){
			.name = c->turns[i].integration,
			.note = c->turns[i].person,
			.n = c->turns[i].n,
			.difference = c->turns[i].difference,
		};
}

static void
set_speeds(struct req *r, const struct counted *c, struct reports_view *v)
{
	const struct report_speed *all = &c->speeds[0];

	v->n_speeds = c->n_speeds;
	v->speeds = NEW_ARRAY(r->t.mem, struct row_view, v->n_speeds);
	for (size_t i = 0; i < v->n_speeds; i++) {
		const struct report_speed *s = &c->speeds[i];

		v->speeds[i] = (struct row_view){
			.name = counted_speed(s),
			.note = strcmp(s->of, "all") ? s->of : "",
			.stored_median =
				span_or_dash(r, s->n_stored, s->stored_median),
			.stored_90 = span_or_dash(r, s->n_stored, s->stored_90),
			.touch_median =
				span_or_dash(r, s->n_touched, s->touch_median),
			.touch_90 = span_or_dash(r, s->n_touched, s->touch_90),
		};
	}
	v->touch = span_or_dash(r, all->n_touched, all->touch_median);
	v->touch_note = arena_fmt(r->t.mem, "median of %s",
				  view_count(r->t.mem, all->n_touched,
					     "touched lead", "touched leads"));
	if (c->cut)
		v->sample = "Of the newest 20,000 leads of these days.";
}

static enum rc
set_figures(struct req *r, const struct reports_in *in, const struct counted *c,
	    struct reports_view *v)
{
	struct report_sum sum = { 0 };
	enum rc rc = report_sum(&r->t, &c->span, &sum);

	v->missing = NEW(r->t.mem, struct missing_view);
	if (!rc)
		rc = ledgerrow_total(r, in->integration, v->missing);
	if (rc)
		return rc;
	v->n_leads = sum.n_leads;
	v->n_joined = sum.n_joined;
	v->none = sum.n_leads == 0;
	v->leads_note = arena_fmt(r->t.mem, "%lld in as many days before",
				  (long long)sum.n_before);
	return OK;
}

static enum rc
set_options(struct req *r, const struct reports_in *in, struct reports_view *v)
{
	struct arena *mem = r->t.mem;

	period_options(mem, in->period, &v->spans, &v->n_spans);
	v->groups = NEW_ARRAY(mem, struct option_view, COUNT(by_titles));
	while (v->n_groups < COUNT(by_titles))
		option_add(v->groups, &v->n_groups, bys[v->n_groups],
			   by_titles[v->n_groups], in->by);
	return period_integrations(r, in->integration, &v->integrations,
				   &v->n_integrations);
}

static struct url
csv_of(struct req *r, const struct reports_in *in, const char *what)
{
	struct arena *mem = r->t.mem;
	struct url u = url_page(mem, r->page.root, "/reports/csv");

	u = url_with(mem, u, "what", what);
	u = url_with(mem, u, "by", in->by);
	return period_url(mem, u, asked_days(in));
}

static enum rc
load(struct req *r, const struct reports_in *in, struct counted *c,
     struct reports_view *v)
{
	const struct report_span *s = &c->span;
	struct counted_query q = asked(r, in, NULL);
	enum rc rc = counted_read(&r->t, &q, c);

	if (!rc)
		rc = set_figures(r, in, c, v);
	if (rc)
		return rc;
	set_days(r, in, c, v);
	set_tables(r, c, v);
	set_speeds(r, c, v);
	v->from = day_text(r->t.mem, s->day[0], req_zone(r));
	v->to = day_text(r->t.mem, s->day[s->n_days - 1], req_zone(r));
	v->heading = arena_fmt(
		r->t.mem, "%s to %s, by the day on which they were stored",
		when_day(r->t.mem, s->day[0], req_zone(r)),
		when_day(r->t.mem, s->day[s->n_days - 1], req_zone(r)));
	return OK;
}

static enum rc
reports(struct req *r, const void *form)
{
	const struct reports_in *in = form;
	struct reports_view v = { .from = in->from, .to = in->to };
	struct counted c = { 0 };
	enum rc rc = set_options(r, in, &v);

	v.fault = period_read(r, asked_days(in), &c.span);
	if (!rc && !v.fault)
		rc = load(r, in, &c, &v);
	if (rc)
		return rc;
	v.days_csv = csv_of(r, in, "days");
	v.pages_csv = csv_of(r, in, "pages");
	v.stages_csv = csv_of(r, in, "stages");
	v.speed_csv = csv_of(r, in, "speed");
	v.turns_csv = csv_of(r, in, "turns");
	r->page.title = "Reports";
	r->page.in_reports = true;
	r->page.has_plots = true;
	return reply_page_status(r, v.fault ? 422 : 200, &v);
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/reports",
	  .perm = PERM_CARDS,
	  .form = reports_form,
	  .form_size = sizeof(struct reports_in),
	  .handle = reports,
	  .page = "reports.html",
	  .fields = reports_fields },
	{ .method = GET,
	  .path = "/reports/csv",
	  .perm = PERM_CARDS,
	  .form = reports_form,
	  .form_size = sizeof(struct reports_in),
	  .handle = csv },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
