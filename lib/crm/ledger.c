/* ledger: counts by form, and the names of what is missing. */
#include "crm/ledger.h"

#include "db/db.h"

enum { SUMS_MAX = 5000, GAPS = 20, GAPS_LEAST = 5 };

/* A lead that was given up may have come by the second path since. */
#define NOT_HERE                                                               \
	" AND NOT EXISTS (SELECT 1 FROM submission h"                          \
	" WHERE h.leadgen_id = j.subject)"
/* The times of leads and the header Date come from several machines. */
#define COUNTED "f.counted_at + INTERVAL 5 SECOND"
#define FORMS                                                                  \
	"SELECT f.id, p.integration_id, f.meta_id,"                            \
	" IF(f.name = '', f.meta_id, f.name) AS name, f.status, "              \
	"f.is_left_out,"                                                       \
	" p.name AS page_name, p.meta_id AS page_meta_id, f.base_at, "         \
	"f.counted_at, f.fetched_at, f.accepted_count AS n_accepted,"          \
	" GREATEST(f.counted - f.base_count, 0) AS n_meta, f.expired_count "   \
	"AS n_expired,"                                                        \
	" (SELECT COUNT(*) FROM submission s FORCE INDEX (of_form)"            \
	"  WHERE s.form_meta_id = f.meta_id AND s.leadgen_id IS NOT NULL"      \
	"  AND s.submitted_at >= f.base_at AND s.submitted_at <= " COUNTED     \
	"  AND s.id > f.base_submission_id"                                    \
	"  AND NOT (s.is_test AND NOT EXISTS"                                  \
	"  (SELECT 1 FROM `lead` l WHERE l.id = s.lead_id)))"                  \
	" + (SELECT COUNT(*) FROM test_run r WHERE"                            \
	"  r.form_meta_id = f.meta_id AND r.leadgen_id IS NOT NULL"            \
	"  AND NOT EXISTS (SELECT 1 FROM submission s"                         \
	"  WHERE s.leadgen_id = r.leadgen_id))"                                \
	" + (SELECT COUNT(*) FROM job u WHERE u.form_meta_id = f.meta_id"      \
	"  AND u.state = 'done' AND u.reason = 'form_left_out'"                \
	"  AND u.submitted_at >= f.base_at AND u.submitted_at <= " COUNTED ")" \
	" AS n_here,"                                                          \
	" (SELECT COUNT(*) FROM job j WHERE j.form_meta_id = f.meta_id"        \
	"  AND j.state IN ('ready', 'running')" NOT_HERE ") AS n_waiting,"     \
	" (SELECT COUNT(*) FROM job j WHERE j.form_meta_id = f.meta_id"        \
	"  AND j.state = 'parked'" NOT_HERE ") AS n_parked,"                   \
	" (SELECT COUNT(*) FROM job j WHERE j.form_meta_id = f.meta_id"        \
	"  AND j.state = 'dead' AND j.reason NOT IN ('lead_expired',"          \
	"  'accepted')" NOT_HERE ") AS n_dead"                                 \
	" FROM lead_form f JOIN page p ON p.id = f.page_id "

STATEMENT(ledger_form_all, FORMS
	  "WHERE ? = 0 OR p.integration_id = ?"
	  " ORDER BY f.is_left_out, p.name, p.id, f.name, f.id LIMIT 500");
STATEMENT(ledger_form_one, FORMS "WHERE f.id = ?");
STATEMENT(ledger_stored,
	  "SELECT form_meta_id, SUM(NOT is_test) AS stored,"
	  " SUM(is_joined AND NOT is_test) AS joined, SUM(is_test) AS test"
	  " FROM submission FORCE INDEX (report) WHERE imported_at >= ?"
	  " AND imported_at < ? AND (? = 0 OR integration_id = ?)"
	  " AND form_meta_id <> '' AND ? IN ('', form_meta_id)"
	  " GROUP BY form_meta_id ORDER BY form_meta_id LIMIT 5000");
STATEMENT(ledger_received,
	  "SELECT form_meta_id, COUNT(*) AS received,"
	  " SUM(state = 'parked') AS parked,"
	  " SUM(state = 'dead' AND reason <> 'lead_expired') AS dead,"
	  " SUM(state = 'dead' AND reason = 'lead_expired') AS expired"
	  " FROM job FORCE INDEX (received) WHERE kind = 'lead'"
	  " AND received_at >= ? AND received_at < ? AND form_meta_id <> ''"
	  " AND ? IN ('', form_meta_id) AND (? = 0 OR form_meta_id IN (SELECT"
	  " f.meta_id FROM lead_form f JOIN page p ON p.id = f.page_id"
	  " WHERE p.integration_id = ?))"
	  " GROUP BY form_meta_id ORDER BY form_meta_id LIMIT 5000");
STATEMENT(ledger_leads,
	  "SELECT id AS job_id, subject AS leadgen_id, state, reason,"
	  " submitted_at, received_at FROM job j WHERE form_meta_id = ?"
	  " AND state IN ('ready', 'running', 'parked', 'dead')"
	  " AND reason <> 'accepted' AND kind = 'lead'" NOT_HERE
	  " ORDER BY id DESC LIMIT 100");
STATEMENT(ledger_times,
	  "SELECT submitted_at FROM submission WHERE form_meta_id = ?"
	  " AND submitted_at IS NOT NULL AND NOT is_test"
	  " ORDER BY submitted_at DESC LIMIT 21");

static const struct db_col form_cols[] = {
	COL(struct ledger_form, id),
	COL(struct ledger_form, integration_id),
	COL(struct ledger_form, meta_id),
	COL(struct ledger_form, name),
	COL(struct ledger_form, status),
	COL(struct ledger_form, is_left_out),
	COL(struct ledger_form, page_name),
	COL(struct ledger_form, page_meta_id),
	COL(struct ledger_form, base_at),
	COL(struct ledger_form, counted_at),
	COL(struct ledger_form, fetched_at),
	COL(struct ledger_form, n_meta),
	COL(struct ledger_form, n_here),
	COL(struct ledger_form, n_accepted),
	COL(struct ledger_form, n_expired),
	COL(struct ledger_form, n_waiting),
	COL(struct ledger_form, n_parked),
	COL(struct ledger_form, n_dead),
	{ 0 },
};

static enum rc
forms(struct task *t, struct db_stmt *q, struct db_ins in,
      struct ledger_form **out, size_t *n)
{
	struct db_list list = { .cols = form_cols,
				.size = sizeof(struct ledger_form),
				.max = LEDGER_FORMS_MAX };
	enum rc rc = db_rows(t, q, in, &list);
	struct ledger_form *all = list.rows;

	if (rc)
		return rc;
	for (size_t i = 0; i < list.n; i++) {
		int64_t lacks =
			all[i].n_meta - all[i].n_here - all[i].n_accepted;

		if (all[i].base_at.ms && lacks > 0)
			all[i].n_missing = lacks;
	}
	*out = all;
	*n = list.n;
	return OK;
}

bool
ledger_is_known(const struct ledger_form *f, struct when now)
{
	return f->base_at.ms && now.ms - f->counted_at.ms < 26 * HOUR_MS;
}

enum rc
ledger_forms(struct task *t, int64_t integration_id, struct ledger_form **out,
	     size_t *n)
{
	return forms(t, &ledger_form_all,
		     INS(IN(integration_id), IN(integration_id)), out, n);
}

enum rc
ledger_form(struct task *t, int64_t id, struct ledger_form *out)
{
	struct ledger_form *all = NULL;
	size_t n = 0;
	enum rc rc = forms(t, &ledger_form_one, INS(IN(id)), &all, &n);

	if (rc)
		return rc;
	if (n == 0)
		return fail(t, E_NOTFOUND, "form %lld", (long long)id);
	*out = all[0];
	return OK;
}

/* ---- a span of days ------------------------------------------------------------- */

static enum rc
stored(struct task *t, const struct report_span *s, const char *form,
       struct db_list *list)
{
	static const struct db_col cols[] = {
		COL(struct ledger_sum, form_meta_id),
		COL(struct ledger_sum, stored),
		COL(struct ledger_sum, joined),
		COL(struct ledger_sum, test),
		{ 0 },
	};

	*list = (struct db_list){ .cols = cols,
				  .size = sizeof(struct ledger_sum),
				  .max = SUMS_MAX };
	return db_rows(t, &ledger_stored,
		       INS(IN(s->day[0]), IN(s->day[s->n_days]),
			   IN(s->integration_id), IN(s->integration_id),
			   IN(form)),
		       list);
}

static enum rc
received(struct task *t, const struct report_span *s, const char *form,
	 struct db_list *list)
{
	static const struct db_col cols[] = {
		COL(struct ledger_sum, form_meta_id),
		COL(struct ledger_sum, received),
		COL(struct ledger_sum, parked),
		COL(struct ledger_sum, dead),
		COL(struct ledger_sum, expired),
		{ 0 },
	};

	*list = (struct db_list){ .cols = cols,
				  .size = sizeof(struct ledger_sum),
				  .max = SUMS_MAX };
	return db_rows(t, &ledger_received,
		       INS(IN(s->day[0]), IN(s->day[s->n_days]), IN(form),
			   IN(s->integration_id), IN(s->integration_id)),
		       list);
}

/* Both are sorted by form: one walk makes one of them. */
static void
join(struct task *t, const struct db_list *a, const struct db_list *b,
     struct ledger_sum **out, size_t *n)
{
	const struct ledger_sum *x = a->rows, *y = b->rows;
	struct ledger_sum *all =
		NEW_ARRAY(t->mem, struct ledger_sum, a->n + b->n + 1);
	size_t i = 0, j = 0, k = 0;

	while (i < a->n || j < b->n) {
		int order = i == a->n	? 1
			    : j == b->n ? -1
					: strcmp(x[i].form_meta_id,
						 y[j].form_meta_id);
		struct ledger_sum *s = &all[k++];

		*s = order <= 0 ? x[i++] : (struct ledger_sum){ 0 };
		if (order < 0)
			continue;
		s->form_meta_id = y[j].form_meta_id;
		s->received = y[j].received;
		s->parked = y[j].parked;
		s->dead = y[j].dead;
		s->expired = y[j].expired;
		j++;
	}
	*out = all;
	*n = k;
}

enum rc
ledger_sums(struct task *t, const struct report_span *s, const char *form,
	    struct ledger_sum **out, size_t *n)
{
	struct db_list here, told;
	enum rc rc = stored(t, s, form, &here);

	if (!rc)
		rc = received(t, s, form, &told);
	if (!rc)
		join(t, &here, &told, out, n);
	return rc;
}

/* ---- one form ------------------------------------------------------------------------ */

enum rc
ledger_missing(struct task *t, const char *form_meta_id,
	       struct ledger_lead **out, size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct ledger_lead, job_id),
		COL(struct ledger_lead, leadgen_id),
		COL(struct ledger_lead, state),
		COL(struct ledger_lead, reason),
		COL(struct ledger_lead, submitted_at),
		COL(struct ledger_lead, received_at),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct ledger_lead),
				.max = LEDGER_LEADS_MAX };
	enum rc rc = db_rows(t, &ledger_leads, INS(IN(form_meta_id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

struct time_row {
	struct when submitted_at;
};

enum rc
ledger_rhythm(struct task *t, const char *form_meta_id,
	      struct ledger_rhythm *out)
{
	static const struct db_col cols[] = {
		COL(struct time_row, submitted_at),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct time_row),
				.max = GAPS + 1 };
	int64_t gaps[GAPS] = { 0 };
	const struct time_row *row;
	enum rc rc = db_rows(t, &ledger_times, INS(IN(form_meta_id)), &list);

	if (rc)
		return rc;
	if (list.n < GAPS_LEAST + 1)
		return fail(t, E_NOTFOUND, "too few leads to tell a rhythm");
	row = list.rows;
	for (size_t i = 0; i + 1 < list.n; i++)
		gaps[i] = row[i].submitted_at.ms - row[i + 1].submitted_at.ms;
	qsort(gaps, list.n - 1, sizeof(gaps[0]), by_size);
	*out = (struct ledger_rhythm){
		.gap_ms = report_percentile(gaps, list.n - 1, 50),
		.latest = row[0].submitted_at,
	};
	return OK;
}
