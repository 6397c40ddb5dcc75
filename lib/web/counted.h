/*
 * counted: the tables of the reports page, counted and written as CSV.
 */
#ifndef WEB_COUNTED_H
#define WEB_COUNTED_H
#include "base/buf.h"
#include "crm/report.h"

struct counted_query {
	/* "days", "pages", "stages", "speed" or "turns"; NULL = all of them */
	const char *what;
	const char *by; /* what days are counted by; report.h */
	int64_t integration_id;
	const char *zone;
};
struct counted {
	struct report_span span; /* set by the caller */
	struct report_value *top, *pages;
	struct report_day *days;
	struct report_stage *stages;
	struct report_speed *speeds;
	struct report_turn *turns;
	size_t n_top, n_pages, n_stages, n_speeds, n_turns;
	bool cut; /* speeds are of the newest leads only */
};
NODISCARD enum rc counted_read(struct task *t, const struct counted_query *in,
			       struct counted *c);

/* Columns of the days: the values that have numbers of their own, then
 * "Others" when there are more; "Leads" when there is none. */
size_t counted_series(const struct counted *c);
const char *counted_name(const struct counted *c, const char *by, size_t i);
int64_t counted_n(const struct counted *c, size_t day, size_t i);
/* What a value and a row of speed are called. */
const char *counted_value(const char *by, const struct report_value *v);
const char *counted_speed(const struct report_speed *s);

/* The one table of `in`, in UTF-8 with a byte order mark. */
void counted_csv(struct task *t, const struct counted_query *in,
		 const struct counted *c, struct buf *b);

#endif
