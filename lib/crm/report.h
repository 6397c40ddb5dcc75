/*
 * report: counting what came in a span of days.  Owns no table; it reads the
 * indexes `report` of submission and lead.
 *
 * A submission counts on the day it was stored, for the page, form and person
 * that it came with, and stays counted when its lead is deleted or merged
 * later.  Test leads do not count.
 */
#ifndef CRM_REPORT_H
#define CRM_REPORT_H
#include "base/task.h"

enum { REPORT_DAYS_MAX = 366, REPORT_TOP = 4, REPORT_VALUES_MAX = 100 };
/* Percentiles are of so many submissions at most, the newest. */
enum { REPORT_SAMPLE = 20000 };

struct report_span {
	const struct when *day; /* where each begins; one more: the end */
	size_t n_days;
	int64_t integration_id; /* 0 = all */
};
/* `n` days from the one that holds `first`, in the zone. */
void report_span_of(struct task *t, struct when first, size_t n,
		    const char *zone, struct report_span *out);

struct report_sum {
	int64_t n_leads;  /* submissions */
	int64_t n_joined; /* of these, of people who were known before */
	int64_t n_before; /* submissions of as many days before */
};
NODISCARD enum rc report_sum(struct task *t, const struct report_span *s,
			     struct report_sum *out);

struct report_value {
	const char *value, *name; /* name: as it was latest in the span */
	int64_t n;
};
/* `by` is "integration", "page", "form", "campaign", "platform" or "assignee":
 * who got it when it came.  The most first, at most REPORT_VALUES_MAX; the
 * first `named` of them get their names, the others "". */
NODISCARD enum rc report_values(struct task *t, const struct report_span *s,
				const char *by, size_t named,
				struct report_value **out, size_t *n);
struct report_day {
	int64_t n[REPORT_TOP]; /* of the first values of `top` */
	int64_t others;
};
/* Of `top` the first REPORT_TOP have numbers of their own. */
NODISCARD enum rc report_days(struct task *t, const struct report_span *s,
			      const char *by, const struct report_value *top,
			      size_t n_top, struct report_day **out);

struct report_stage {
	const char *stage;
	int64_t n, n_nobody; /* now; n_nobody: nobody has them */
};
/* People who were new in these days and are here. */
NODISCARD enum rc report_stages(struct task *t, const struct report_span *s,
				struct report_stage **out, size_t *n);

struct report_speed {
	const char *of; /* "all", "page" or "person" */
	const char *value, *name;
	int64_t n_stored, stored_median, stored_90; /* milliseconds */
	int64_t n_touched, touch_median, touch_90;
};
/* New people of webhooks and syncs: from submitting until stored, and from
 * stored until the first touch, for those that were touched.  All first, then
 * pages, then people; at most 201.  *cut: there were more than the sample. */
NODISCARD enum rc report_speeds(struct task *t, const struct report_span *s,
				struct report_speed **out, size_t *n,
				bool *cut);

struct report_turn {
	int64_t integration_id;
	const char *integration, *person;
	int64_t n;	    /* new people, since `from` */
	int64_t difference; /* of its integration: the most less the least */
};
/* Everyone who takes turns in an integration of Round Robin, by integration;
 * at most 1,000. */
NODISCARD enum rc report_turns(struct task *t, struct when from,
			       int64_t integration_id, struct report_turn **out,
			       size_t *n);

/* The share of `part` per cent in n sorted numbers, by nearest rank; 0 of
 * none. */
int64_t report_percentile(const int64_t *sorted, size_t n, int64_t part);

#endif
