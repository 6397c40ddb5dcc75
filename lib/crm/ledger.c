/* ledger: counts by form, and the names of what is missing. */
#include "crm/ledger.h"

#include "db/db.h"

enum { GAPS = 20, GAPS_LEAST = 5 };

#define KNOWN_MS (26 * HOUR_MS)

/* A lead that was given up may have come by the second path since. */
#define NOT_HERE                                                               \
	" AND NOT EXISTS (SELECT 1 FROM submission h"                          \
	" WHERE h.leadgen_id = j.subject)"
/* The times of leads and the header Date come from several machines. */
#define GRACE "f.counted_at + INTERVAL 5 SECOND"

#define FORM_COLUMNS                                                           \
	"SELECT f.id, p.integration_id, f.meta_id,"                            \
	" IF(f.name = '', f.meta_id, f.name) AS name, f.status,"               \
	" f.is_left_out, p.name AS page_name, p.meta_id AS page_meta_id,"      \
	" f.base_at, f.counted_at, f.fetched_at,"                              \
	" f.accepted_count AS n_accepted, f.expired_count AS n_expired,"       \
	" GREATEST(f.counted - f.base_count, 0) AS n_meta"
/* Here of those that Meta counted until then; removed test leads are not. */
#define STORED(until)                                                          \
	", (SELECT COUNT(*) FROM submission s FORCE INDEX (ledger)"            \
	" WHERE s.form_meta_id = f.meta_id AND s.leadgen_id IS NOT NULL"       \
	" AND s.submitted_at >= f.base_at AND s.submitted_at <= " until        \
	" AND s.id > f.base_submission_id AND NOT (s.is_test AND NOT EXISTS"   \
	" (SELECT 1 FROM `lead` l WHERE l.id = s.lead_id)))"
#define TESTS_ON_THEIR_WAY                                                     \
	" + (SELECT COUNT(*) FROM test_run r"                                  \
	" WHERE r.form_meta_id = f.meta_id AND r.leadgen_id IS NOT NULL"       \
	" AND NOT EXISTS (SELECT 1 FROM submission x"                          \
	" WHERE x.leadgen_id = r.leadgen_id))"
/* Left out once and fetched later: the submission counts. */
#define UNWANTED(until)                                                        \
	" + (SELECT COUNT(*) FROM job u FORCE INDEX (of_form)"                 \
	" WHERE u.form_meta_id = f.meta_id AND u.state = 'done'"               \
	" AND u.reason = 'form_left_out' AND u.submitted_at >= f.base_at"      \
	" AND u.submitted_at <= " until                                        \
	" AND NOT EXISTS (SELECT 1 FROM submission y"                          \
	" WHERE y.leadgen_id = u.subject AND y.submitted_at >= f.base_at"      \
	" AND y.submitted_at <= " until ")) AS n_here"
#define OF_JOBS                                                                \
	", (SELECT COUNT(*) FROM job j FORCE INDEX (of_form)"                  \
	" WHERE j.form_meta_id = f.meta_id"
#define NAMED                                                                  \
	OF_JOBS " AND j.state IN ('ready', 'running')" NOT_HERE                \
		") AS n_waiting" OF_JOBS " AND j.state = 'parked'" NOT_HERE    \
		") AS n_parked" OF_JOBS " AND j.state = 'dead'"                \
		" AND j.reason NOT IN ('lead_expired', 'accepted')" NOT_HERE   \
		") AS n_dead"
#define FORMS(until)                                                           \
	FORM_COLUMNS STORED(until)                                             \
	TESTS_ON_THEIR_WAY UNWANTED(until) NAMED
#define TABLES " FROM lead_form f JOIN page p ON p.id = f.page_id"

/* Chosen first, so that only what is shown is counted. */
#define ONE_PAGE                                                               \
	" JOIN (SELECT g.id FROM lead_form g JOIN page q ON q.id = g.page_id"  \
	" WHERE NOT g.is_left_out AND (? = 0 OR q.integration_id = ?)"         \
	" ORDER BY q.name, q.id, g.name, g.id LIMIT 501 OFFSET ?) k"           \
	" ON k.id = f.id"
#define AFTER " WHERE f.id > ? AND (? = 0 OR p.integration_id = ?)"

STATEMENT(ledger_form_all, FORMS(GRACE) TABLES ONE_PAGE
	  " ORDER BY p.name, p.id, f.name, f.id LIMIT 501");
STATEMENT(ledger_form_after,
	  FORMS(GRACE) TABLES AFTER " ORDER BY f.id LIMIT 500");
STATEMENT(ledger_form_one, FORMS(GRACE) TABLES " WHERE f.id = ?");
STATEMENT(ledger_form_strict_one,
	  FORMS("f.counted_at") TABLES " WHERE f.id = ?");
STATEMENT(ledger_leads,
	  "SELECT id AS job_id, subject AS leadgen_id, state, reason,"
	  " submitted_at, received_at FROM job j WHERE form_meta_id = ?"
	  " AND state IN ('ready', 'running', 'parked', 'dead')"
	  " AND reason <> 'accepted' AND kind = 'lead'" NOT_HERE
	  " ORDER BY id DESC LIMIT 100");
STATEMENT(ledger_form_uncounted,
	  "SELECT IF(f.name = '', f.meta_id, f.name) AS name, f.counted_at"
	  " FROM lead_form f JOIN page p ON p.id = f.page_id"
	  " WHERE NOT f.is_left_out AND (? = 0 OR p.integration_id = ?)"
	  " AND (f.counted_at IS NULL OR f.counted_at <= ?)"
	  " ORDER BY f.counted_at, f.id LIMIT 1");
STATEMENT(ledger_total_of,
	  "SELECT COUNT(*) AS n_forms, COALESCE(SUM(is_known), 0) AS n_known,"
	  " COALESCE(SUM(missing_count), 0) AS n_missing,"
	  " MIN(IF(is_known, counted_at, NULL)) AS counted_at"
	  " FROM (SELECT f.missing_count, f.counted_at,"
	  " f.base_at IS NOT NULL AND f.counted_at > ? AS is_known"
	  " FROM lead_form f JOIN page p ON p.id = f.page_id"
	  " WHERE NOT f.is_left_out AND (? = 0 OR p.integration_id = ?)) w");
/* The age is by the database's clock: hosts whose clocks differ would each undo
 * what the other says of a silence. */
STATEMENT(ledger_times,
	  "SELECT submitted_at,"
	  " TIMESTAMPDIFF(MICROSECOND, submitted_at, UTC_TIMESTAMP(3)) DIV 1000"
	  " AS age_ms FROM submission FORCE INDEX (ledger)"
	  " WHERE form_meta_id = ? AND submitted_at IS NOT NULL AND NOT is_test"
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
				.max = LEDGER_FORMS_MAX + 1 };
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
	return f->base_at.ms && now.ms - f->counted_at.ms < KNOWN_MS;
}

enum rc
ledger_uncounted(struct task *t, int64_t integration_id, const char **name,
		 struct when *counted_at)
{
	return db_one(t, &ledger_form_uncounted,
		      INS(IN(integration_id), IN(integration_id),
			  IN(when_add(t->now, -KNOWN_MS))),
		      OUTS(OUT("name", name), OUT("counted_at", counted_at)));
}

enum rc
ledger_total(struct task *t, int64_t integration_id, struct ledger_total *out)
{
	return db_one(t, &ledger_total_of,
		      INS(IN(when_add(t->now, -KNOWN_MS)), IN(integration_id),
			  IN(integration_id)),
		      OUTS(OUT("n_forms", &out->n_forms),
			   OUT("n_known", &out->n_known),
			   OUT("n_missing", &out->n_missing),
			   OUT("counted_at", &out->counted_at)));
}

enum rc
ledger_forms(struct task *t, int64_t integration_id, int64_t page,
	     struct ledger_form **out, size_t *n)
{
	int64_t before = (page - 1) * LEDGER_FORMS_MAX;

	return forms(t, &ledger_form_all,
		     INS(IN(integration_id), IN(integration_id), IN(before)),
		     out, n);
}

enum rc
ledger_forms_after(struct task *t, int64_t integration_id, int64_t after,
		   struct ledger_form **out, size_t *n)
{
	return forms(t, &ledger_form_after,
		     INS(IN(after), IN(integration_id), IN(integration_id)),
		     out, n);
}

static enum rc
one(struct task *t, struct db_stmt *q, int64_t id, struct ledger_form *out)
{
	struct ledger_form *all = NULL;
	size_t n = 0;
	enum rc rc = forms(t, q, INS(IN(id)), &all, &n);

	if (rc)
		return rc;
	if (n == 0)
		return fail(t, E_NOTFOUND, "form %lld", (long long)id);
	*out = all[0];
	return OK;
}

enum rc
ledger_form(struct task *t, int64_t id, struct ledger_form *out)
{
	return one(t, &ledger_form_one, id, out);
}

enum rc
ledger_form_strict(struct task *t, int64_t id, struct ledger_form *out)
{
	return one(t, &ledger_form_strict_one, id, out);
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
	int64_t age_ms;
};

enum rc
ledger_rhythm(struct task *t, const char *form_meta_id,
	      struct ledger_rhythm *out)
{
	static const struct db_col cols[] = {
		COL(struct time_row, submitted_at),
		COL(struct time_row, age_ms),
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
		.silent_ms = row[0].age_ms,
	};
	return OK;
}
