/* counted: what tables of reports hold, in memory and as CSV. */
#include "web/counted.h"

#include "base/escape.h"
#include "web/view.h"

enum { TURN_DAYS = 30 };

static enum rc
count_days(struct task *t, const struct counted_query *in, struct counted *c)
{
	enum rc rc = report_values(t, &c->span, in->by, REPORT_TOP, &c->top,
				   &c->n_top);

	return rc ? rc
		  : report_days(t, &c->span, in->by, c->top, c->n_top,
				&c->days);
}

enum rc
counted_read(struct task *t, const struct counted_query *in, struct counted *c)
{
	const char *what = in->what;
	struct when since = when_add(t->now, -TURN_DAYS * DAY_MS);
	enum rc rc = OK;

	if (!what || !strcmp(what, "days"))
		rc = count_days(t, in, c);
	if (!rc && (!what || !strcmp(what, "pages")))
		rc = report_values(t, &c->span, "page", REPORT_VALUES_MAX,
				   &c->pages, &c->n_pages);
	if (!rc && (!what || !strcmp(what, "stages")))
		rc = report_stages(t, &c->span, &c->stages, &c->n_stages);
	if (!rc && (!what || !strcmp(what, "speed")))
		rc = report_speeds(t, &c->span, &c->speeds, &c->n_speeds,
				   &c->cut);
	if (!rc && (!what || !strcmp(what, "turns")))
		rc = report_turns(t, since, in->integration_id, &c->turns,
				  &c->n_turns);
	return rc;
}

const char *
counted_value(const char *by, const struct report_value *v)
{
	if (!strcmp(by, "platform"))
		return v->value[0] ? view_platform(v->value) : "Not from Meta";
	if (!v->value[0])
		return strcmp(by, "assignee") ? "Not known" : "Nobody";
	return v->name[0] ? v->name : v->value;
}

size_t
counted_series(const struct counted *c)
{
	return c->n_top > REPORT_TOP ? REPORT_TOP + 1 : c->n_top ? c->n_top : 1;
}

const char *
counted_name(const struct counted *c, const char *by, size_t i)
{
	if (c->n_top == 0)
		return "Leads";
	return i < REPORT_TOP ? counted_value(by, &c->top[i]) : "Others";
}

int64_t
counted_n(const struct counted *c, size_t day, size_t i)
{
	return i < REPORT_TOP ? c->days[day].n[i] : c->days[day].others;
}

const char *
counted_speed(const struct report_speed *s)
{
	if (!strcmp(s->of, "all"))
		return "All";
	return s->name[0] ? s->name : s->value;
}

/* ---- CSV ------------------------------------------------------------------------- */

static void
put_text(struct buf *b, bool first, const char *s)
{
	if (!first)
		buf_putc(b, ',');
	escape_csv(b, text_of(s));
}

static void
csv_days(struct task *t, const struct counted_query *in,
	 const struct counted *c, struct buf *b)
{
	put_text(b, true, "Day");
	for (size_t i = 0; i < counted_series(c); i++)
		put_text(b, false, counted_name(c, in->by, i));
	buf_puts(b, "\r\n");
	for (size_t d = 0; d < c->span.n_days; d++) {
		put_text(b, true, day_text(t->mem, c->span.day[d], in->zone));
		for (size_t i = 0; i < counted_series(c); i++)
			buf_fmt(b, ",%lld", (long long)counted_n(c, d, i));
		buf_puts(b, "\r\n");
	}
}

static void
csv_speed(const struct counted *c, struct buf *b)
{
	buf_puts(b, "Of,Name,Stored,Median ms,90 of 100 ms,Touched,"
		    "Median ms,90 of 100 ms\r\n");
	for (size_t i = 0; i < c->n_speeds; i++) {
		const struct report_speed *s = &c->speeds[i];

		put_text(b, true, s->of);
		put_text(b, false, counted_speed(s));
		buf_fmt(b, ",%lld,%lld,%lld,%lld,%lld,%lld\r\n",
			(long long)s->n_stored, (long long)s->stored_median,
			(long long)s->stored_90, (long long)s->n_touched,
			(long long)s->touch_median, (long long)s->touch_90);
	}
}

static void
csv_rest(const struct counted_query *in, const struct counted *c, struct buf *b)
{
	if (!strcmp(in->what, "pages"))
		buf_puts(b, "Page,Leads\r\n");
	for (size_t i = 0; i < c->n_pages; i++) {
		put_text(b, true, counted_value("page", &c->pages[i]));
		buf_fmt(b, ",%lld\r\n", (long long)c->pages[i].n);
	}
	if (!strcmp(in->what, "stages"))
		buf_puts(b, "Stage,Leads,Nobody has\r\n");
	for (size_t i = 0; i < c->n_stages; i++) {
		put_text(b, true, view_stage(c->stages[i].stage)->title);
		buf_fmt(b, ",%lld,%lld\r\n", (long long)c->stages[i].n,
			(long long)c->stages[i].n_nobody);
	}
	if (!strcmp(in->what, "turns"))
		buf_puts(b, "Integration,Person,Leads\r\n");
	for (size_t i = 0; i < c->n_turns; i++) {
		put_text(b, true, c->turns[i].integration);
		put_text(b, false, c->turns[i].person);
		buf_fmt(b, ",%lld\r\n", (long long)c->turns[i].n);
	}
}

void
counted_csv(struct task *t, const struct counted_query *in,
	    const struct counted *c, struct buf *b)
{
	buf_puts(b, "\xef\xbb\xbf");
	if (!strcmp(in->what, "days"))
		csv_days(t, in, c, b);
	else if (!strcmp(in->what, "speed"))
		csv_speed(c, b);
	else
		csv_rest(in, c, b);
}
