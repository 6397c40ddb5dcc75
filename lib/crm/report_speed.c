/* report_speed: how long it took, of a bounded sample. */
#include "base/base.h"
#include "crm/report.h"

#include "db/db.h"

enum { GROUPS_MAX = 100 };

STATEMENT(report_sample,
	  "SELECT x.page_meta_id, x.given_id, x.submitted_at, x.imported_at,"
	  " l.touched_at FROM (SELECT lead_id, page_meta_id,"
	  " CAST(given_id AS CHAR) AS given_id, submitted_at, imported_at"
	  " FROM submission FORCE INDEX (report) WHERE imported_at >= ?"
	  " AND imported_at < ? AND NOT is_test AND NOT is_joined"
	  " AND way IN ('webhook', 'sync') AND (? = 0 OR integration_id = ?)"
	  " ORDER BY imported_at DESC LIMIT 20001) x"
	  " LEFT JOIN `lead` l ON l.id = x.lead_id LIMIT 20001");
STATEMENT(report_page_name,
	  "SELECT COALESCE((SELECT name FROM page WHERE meta_id = ?), '')"
	  " AS name");
STATEMENT(report_person_name,
	  "SELECT COALESCE((SELECT name FROM app_user WHERE id = ?), '')"
	  " AS name");

struct sample {
	const char *page_meta_id, *given_id;
	struct when submitted_at, imported_at, touched_at;
	const char *key; /* of the grouping at hand */
};

static int
by_key(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static int
by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int64_t
report_percentile(const int64_t *sorted, size_t n, int64_t part)
{
	size_t rank = (n * (size_t)part + 99) / 100;

	return n ? sorted[rank ? rank - 1 : 0] : 0;
}

static void
measure(struct task *t, const struct sample *all, size_t n,
	struct report_speed *out)
{
	int64_t *ms = NEW_ARRAY(t->mem, int64_t, n);
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (all[i].submitted_at.ms)
			ms[count++] =
				all[i].imported_at.ms - all[i].submitted_at.ms;
	if (count)
		qsort(ms, count, sizeof(*ms), by_number);
	out->n_stored = (int64_t)count;
	out->stored_median = report_percentile(ms, count, 50);
	out->stored_90 = report_percentile(ms, count, 90);
	count = 0;
	for (size_t i = 0; i < n; i++)
		if (all[i].touched_at.ms)
			ms[count++] =
				all[i].touched_at.ms - all[i].imported_at.ms;
	if (count)
		qsort(ms, count, sizeof(*ms), by_number);
	out->n_touched = (int64_t)count;
	out->touch_median = report_percentile(ms, count, 50);
	out->touch_90 = report_percentile(ms, count, 90);
}

static enum rc
add_groups(struct task *t, struct sample *all, size_t n, const char *of,
	   struct db_stmt *name, struct report_speed *out, size_t *n_out)
{
	size_t groups = 0;
	enum rc rc = OK;

	if (n)
		qsort(all, n, sizeof(*all), by_key);
	for (size_t from = 0, to; !rc && from < n && groups < GROUPS_MAX;
	     from = to) {
		struct report_speed *s = &out[*n_out];

		to = from + 1;
		while (to < n && !strcmp(all[to].key, all[from].key))
			to++;
		if (!all[from].key[0])
			continue;
		s->of = of;
		s->value = all[from].key;
		measure(t, all + from, to - from, s);
		rc = db_one(t, name, INS(IN(s->value)),
			    OUTS(OUT("name", &s->name)));
		++*n_out;
		groups++;
	}
	return rc;
}

enum rc
report_speeds(struct task *t, const struct report_span *s,
	      struct report_speed **out, size_t *n, bool *cut)
{
	static const struct db_col cols[] = { COL(struct sample, page_meta_id),
					      COL(struct sample, given_id),
					      COL(struct sample, submitted_at),
					      COL(struct sample, imported_at),
					      COL(struct sample, touched_at),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct sample),
				.max = REPORT_SAMPLE + 1 };
	struct report_speed *rows =
		NEW_ARRAY(t->mem, struct report_speed, 1 + 2 * GROUPS_MAX);
	size_t n_rows = 1, count;
	struct sample *all;
	enum rc rc = db_rows(t, &report_sample,
			     INS(IN(s->day[0]), IN(s->day[s->n_days]),
				 IN(s->integration_id), IN(s->integration_id)),
			     &list);

	if (rc)
		return rc;
	all = list.rows;
	count = list.n > REPORT_SAMPLE ? REPORT_SAMPLE : list.n;
	rows[0] = (struct report_speed){ .of = "all", .value = "", .name = "" };
	measure(t, all, count, &rows[0]);
	for (size_t i = 0; i < count; i++)
		all[i].key = all[i].page_meta_id;
	rc = add_groups(t, all, count, "page", &report_page_name, rows,
			&n_rows);
	for (size_t i = 0; i < count; i++)
		all[i].key = all[i].given_id ? all[i].given_id : "";
	if (!rc)
		rc = add_groups(t, all, count, "person", &report_person_name,
				rows, &n_rows);
	*out = rows;
	*n = n_rows;
	*cut = list.n > REPORT_SAMPLE;
	return rc;
}
