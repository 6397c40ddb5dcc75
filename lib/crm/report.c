/* report: counts by day and by value. */
#include "crm/report.h"

#include "db/db.h"

#define OF_SPAN                                                                \
	" FROM submission s FORCE INDEX (report) WHERE imported_at >= ?"       \
	" AND imported_at < ? AND NOT is_test"                                 \
	" AND (? = 0 OR integration_id = ?)"
#define VALUE                                                                  \
	"COALESCE(CASE ? WHEN 'integration' THEN CAST(integration_id AS CHAR)" \
	" WHEN 'page' THEN page_meta_id WHEN 'form' THEN form_meta_id"         \
	" WHEN 'campaign' THEN campaign_id WHEN 'platform' THEN platform"      \
	" ELSE CAST(given_id AS CHAR) END, '')"

STATEMENT(
	report_total,
	"SELECT COUNT(*) AS n, COALESCE(SUM(is_joined), 0) AS joined" OF_SPAN);
STATEMENT(report_by, "SELECT " VALUE " AS value, COUNT(*) AS n" OF_SPAN
		     " GROUP BY value ORDER BY n DESC, value LIMIT 100");
STATEMENT(report_by_day, "SELECT " VALUE " AS value, COUNT(*) AS n" OF_SPAN
			 " GROUP BY value ORDER BY n DESC LIMIT 10000");
STATEMENT(report_name,
	  "SELECT COALESCE(CASE ? WHEN 'integration' THEN"
	  " (SELECT name FROM integration i WHERE i.id = s.integration_id)"
	  " WHEN 'page' THEN page_name WHEN 'form' THEN form_name"
	  " WHEN 'campaign' THEN campaign_name WHEN 'platform' THEN platform"
	  " ELSE (SELECT name FROM app_user u WHERE u.id = s.given_id)"
	  " END, '') AS name" OF_SPAN " AND " VALUE " = ?"
	  " ORDER BY imported_at DESC LIMIT 1");

STATEMENT(report_stages_all,
	  "SELECT stage, COUNT(*) AS n, SUM(assignee_id IS NULL) AS n_nobody"
	  " FROM `lead` FORCE INDEX (report) WHERE created_at >= ?"
	  " AND created_at < ? AND NOT is_test AND deleted_at IS NULL"
	  " AND merged_into IS NULL GROUP BY stage ORDER BY stage LIMIT 10");
STATEMENT(report_stages_of,
	  "SELECT l.stage, COUNT(*) AS n,"
	  " SUM(l.assignee_id IS NULL) AS n_nobody"
	  " FROM submission s FORCE INDEX (report)"
	  " JOIN `lead` l ON l.id = s.lead_id WHERE s.imported_at >= ?"
	  " AND s.imported_at < ? AND NOT s.is_test AND NOT s.is_joined"
	  " AND s.integration_id = ? AND l.deleted_at IS NULL"
	  " AND l.merged_into IS NULL GROUP BY l.stage ORDER BY l.stage"
	  " LIMIT 10");

STATEMENT(report_turns_of,
	  "SELECT i.id AS integration_id, i.name AS integration,"
	  " u.name AS person, COALESCE(c.n, 0) AS n FROM integration i"
	  " JOIN app_user u ON u.manages_leads AND u.is_active"
	  " LEFT JOIN (SELECT integration_id, given_id, COUNT(*) AS n"
	  " FROM submission FORCE INDEX (report) WHERE imported_at >= ?"
	  " AND NOT is_test AND NOT is_joined AND given_id IS NOT NULL"
	  " GROUP BY integration_id, given_id) c"
	  " ON c.integration_id = i.id AND c.given_id = u.id"
	  " WHERE i.strategy = 'round_robin' AND i.deleted_at IS NULL"
	  " AND (? = 0 OR i.id = ?)"
	  " ORDER BY i.name, i.id, n DESC, u.name LIMIT 1000");

void
report_span_of(struct task *t, struct when first, size_t n, const char *zone,
	       struct report_span *out)
{
	struct when *day = NEW_ARRAY(t->mem, struct when, n + 1);

	for (size_t i = 0; i <= n; i++)
		day[i] = when_midnight(first, (int64_t)i, zone);
	*out = (struct report_span){ .day = day, .n_days = n };
}

static enum rc
count(struct task *t, struct when from, struct when to, int64_t integration_id,
      int64_t *n, int64_t *joined)
{
	return db_one(
		t, &report_total,
		INS(IN(from), IN(to), IN(integration_id), IN(integration_id)),
		OUTS(OUT("n", n), OUT("joined", joined)));
}

enum rc
report_sum(struct task *t, const struct report_span *s, struct report_sum *out)
{
	struct when from = s->day[0], to = s->day[s->n_days];
	struct when before = when_add(from, from.ms - to.ms);
	struct report_sum sum = { 0 };
	int64_t joined = 0;
	enum rc rc = count(t, from, to, s->integration_id, &sum.n_leads,
			   &sum.n_joined);

	if (!rc)
		rc = count(t, before, from, s->integration_id, &sum.n_before,
			   &joined);
	if (!rc)
		*out = sum;
	return rc;
}

static enum rc
values(struct task *t, struct db_stmt *q, const struct report_span *s,
       size_t first, size_t last, const char *by, struct db_list *list)
{
	static const struct db_col cols[] = { COL(struct report_value, value),
					      COL(struct report_value, n),
					      { 0 } };

	*list = (struct db_list){ .cols = cols,
				  .size = sizeof(struct report_value),
				  .max = 10000 };
	return db_rows(t, q,
		       INS(IN(by), IN(s->day[first]), IN(s->day[last]),
			   IN(s->integration_id), IN(s->integration_id)),
		       list);
}

static enum rc
name_of(struct task *t, const struct report_span *s, const char *by,
	struct report_value *v)
{
	return db_one(t, &report_name,
		      INS(IN(by), IN(s->day[0]), IN(s->day[s->n_days]),
			  IN(s->integration_id), IN(s->integration_id), IN(by),
			  IN(v->value)),
		      OUTS(OUT("name", &v->name)));
}

enum rc
report_values(struct task *t, const struct report_span *s, const char *by,
	      size_t named, struct report_value **out, size_t *n)
{
	struct db_list list;
	enum rc rc = values(t, &report_by, s, 0, s->n_days, by, &list);
	struct report_value *all = list.rows;

	for (size_t i = 0; !rc && i < list.n; i++) {
		all[i].name = "";
		if (i < named)
			rc = name_of(t, s, by, &all[i]);
	}
	if (rc)
		return rc;
	*out = all;
	*n = list.n;
	return OK;
}

enum rc
report_days(struct task *t, const struct report_span *s, const char *by,
	    const struct report_value *top, size_t n_top,
	    struct report_day **out)
{
	struct report_day *days =
		NEW_ARRAY(t->mem, struct report_day, s->n_days);
	enum rc rc = OK;

	if (n_top > REPORT_TOP)
		n_top = REPORT_TOP;
	for (size_t d = 0; !rc && d < s->n_days; d++) {
		struct db_list list;
		const struct report_value *v;

		rc = values(t, &report_by_day, s, d, d + 1, by, &list);
		v = list.rows;
		for (size_t i = 0; !rc && i < list.n; i++) {
			size_t k = 0;

			while (k < n_top &&
			       strcmp(v[i].value, top[k].value) != 0)
				k++;
			*(k < n_top ? &days[d].n[k] : &days[d].others) +=
				v[i].n;
		}
	}
	*out = days;
	return rc;
}

enum rc
report_stages(struct task *t, const struct report_span *s,
	      struct report_stage **out, size_t *n)
{
	static const struct db_col cols[] = { COL(struct report_stage, stage),
					      COL(struct report_stage, n),
					      COL(struct report_stage,
						  n_nobody),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct report_stage),
				.max = 10 };
	struct when from = s->day[0], to = s->day[s->n_days];
	enum rc rc =
		s->integration_id
			? db_rows(t, &report_stages_of,
				  INS(IN(from), IN(to), IN(s->integration_id)),
				  &list)
			: db_rows(t, &report_stages_all, INS(IN(from), IN(to)),
				  &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

/* Rows come by integration, the most first. */
static void
set_differences(struct report_turn *all, size_t n)
{
	for (size_t from = 0, to; from < n; from = to) {
		to = from + 1;
		while (to < n &&
		       all[to].integration_id == all[from].integration_id)
			to++;
		for (size_t i = from; i < to; i++)
			all[i].difference = all[from].n - all[to - 1].n;
	}
}

enum rc
report_turns(struct task *t, struct when from, int64_t integration_id,
	     struct report_turn **out, size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct report_turn, integration_id),
		COL(struct report_turn, integration),
		COL(struct report_turn, person),
		COL(struct report_turn, n),
		{ 0 }
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct report_turn),
				.max = 1000 };
	enum rc rc = db_rows(
		t, &report_turns_of,
		INS(IN(from), IN(integration_id), IN(integration_id)), &list);

	if (rc)
		return rc;
	set_differences(list.rows, list.n);
	*out = list.rows;
	*n = list.n;
	return OK;
}
