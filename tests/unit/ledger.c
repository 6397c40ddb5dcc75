/* ledger: what is counted, from which key, and when an alarm stands. */
#include "crm/ledger.h"

#include "crm/integration.h"
#include "crm/leadform.h"
#include "meta/accounts.h"
#include "testdb.h"
#include "work/balance.h"
#include "work/gone.h"

STATEMENT(get_accepted,
	  "SELECT accepted_count AS n FROM lead_form WHERE id = ?");
STATEMENT(get_troubles, "SELECT COUNT(*) AS n FROM trouble WHERE reason = ?");
STATEMENT(get_trouble_of,
	  "SELECT COUNT(*) AS n FROM trouble WHERE scope = 'form'"
	  " AND reason = 'leads_missing' AND subject_id = ?");

#define AT "'2026-09-01 12:00:00'"
/* Counted at AT, 10 of Meta's since the day before. */
#define FORM_ROWS                                                              \
	"INSERT INTO integration (id, name, strategy, created_at)"             \
	" VALUES (1, 'Main', 'unassigned', " AT ");\n"                         \
	"INSERT INTO page (id, meta_id, integration_id, name, token_sealed,"   \
	" connected_at) VALUES (1, '71', 1, 'Page', '', " AT ");\n"            \
	"INSERT INTO lead_form (id, meta_id, page_id, name, status, "          \
	"questions,"                                                           \
	" read_at, counted, counted_at, base_at) VALUES (1, '81', 1, 'Form',"  \
	" 'ACTIVE', '[]', " AT ", 10, " AT ", " AT " - INTERVAL 1 DAY);\n"

static int
up(void **state)
{
	testdb_up(state);
	return db_script(&kit_task, TEXT(FORM_ROWS));
}

#define FORM_CASE(fn) cmocka_unit_test_setup_teardown(fn, up, testdb_down)

static void
sql(const char *script)
{
	assert_int_equal(db_script(&kit_task, text_of(script)), OK);
}

/* Submissions of the form, the first numbered `id`, submitted at `at` of SQL. */
static void
store(int id, int n, const char *at)
{
	sql(arena_fmt(kit_mem,
		      "INSERT INTO submission (id, leadgen_id, lead_id,"
		      " form_meta_id, answers, raw, submitted_at, imported_at)"
		      " SELECT seq, seq, seq, '81', '[]', '{}', %s, %s FROM"
		      " seq_%d_to_%d",
		      at, at, id, id + n - 1));
}

static int64_t
number(struct db_stmt *q, struct db_ins in)
{
	int64_t n = -1;

	assert_int_equal(db_one(&kit_task, q, in, OUTS(OUT("n", &n))), OK);
	return n;
}

static struct ledger_form
form(void)
{
	struct ledger_form f;

	assert_int_equal(ledger_form(&kit_task, 1, &f), OK);
	return f;
}

static void
look(void)
{
	assert_int_equal(balance_look(&kit_task, 0), OK);
}

/* ---- keys --------------------------------------------------------------------- */

extern struct db_stmt *const __start_db_stmt_list[];
extern struct db_stmt *const __stop_db_stmt_list[];

struct plan {
	const char *table, *key, *extra;
};

/* How the statement reads the table that it calls `table`. */
static struct plan
plan_of(const char *name, const char *table, struct db_ins in)
{
	static const struct db_col cols[] = { COL(struct plan, table),
					      COL(struct plan, key),
					      COL_AS("Extra", struct plan,
						     extra),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct plan),
				.max = 100 };
	struct db_stmt *const *at = __start_db_stmt_list;
	static struct db_stmt explain;

	while (at < __stop_db_stmt_list && strcmp((*at)->name, name) != 0)
		at++;
	assert_true(at < __stop_db_stmt_list);
	explain = (struct db_stmt){ .name = "explain",
				    .sql = arena_fmt(kit_mem, "EXPLAIN %s",
						     (*at)->sql) };
	if (db_rows(&kit_task, &explain, in, &list))
		fail_msg("%s", kit_task.why);
	for (size_t i = 0; i < list.n; i++) {
		const struct plan *p = (const struct plan *)list.rows + i;

		if (p->table && strcmp(p->table, table) == 0)
			return *p;
	}
	fail_msg("%s does not read %s", name, table);
	return (struct plan){ 0 };
}

static void
assert_covered(const char *name, const char *table, struct db_ins in)
{
	struct plan p = plan_of(name, table, in);

	assert_non_null(p.key);
	assert_string_equal(p.key, "ledger");
	if (!strstr(p.extra, "Using index") ||
	    strstr(p.extra, "Using index condition"))
		fail_msg("%s reads rows: %s", name, p.extra);
}

static void
submissions_are_counted_from_a_key_that_holds_all_that_is_asked(void **state)
{
	struct when to = kit_task.now, from = when_add(to, -DAY_MS);

	(void)state;
	store(1, 2000, AT " - INTERVAL seq SECOND");
	assert_covered("ledger_form_one", "s", INS(IN(1)));
	assert_covered("ledger_form_after", "s", INS(IN(0), IN(0), IN(0)));
	assert_covered("ledger_form_all", "s", INS(IN(0), IN(0), IN(0)));
	assert_covered("ledger_times", "submission", INS(IN("81")));
	assert_covered("ledger_stored_quarters", "submission",
		       INS(IN(from), IN(to), IN("81")));
}

/* ---- counts ------------------------------------------------------------------- */

static void
a_lead_that_was_not_wanted_and_came_later_counts_once(void **state)
{
	(void)state;
	store(1, 1, AT " - INTERVAL 1 HOUR");
	sql("INSERT INTO job (kind, subject, form_meta_id, received_at,"
	    " submitted_at, state, reason, run_at, created_at)"
	    " SELECT 'lead', seq, '81', " AT ", " AT " - INTERVAL 1 HOUR,"
	    " 'done', 'form_left_out', " AT ", " AT " FROM seq_1_to_2");
	assert_int_equal(form().n_here, 2);
	assert_int_equal(form().n_missing, 8);
}

static void
days_are_those_of_the_zone_also_when_the_clocks_change(void **state)
{
	static const char *const zones[] = { "Europe/Dublin", "Asia/Kathmandu",
					     "America/St_Johns" };
	struct report_span s;
	struct ledger_sum *days;
	struct when first;
	size_t n;

	(void)state;
	/* Both sides of each midnight, and a form that is not asked for. */
	for (size_t z = 0; z < COUNT(zones); z++) {
		sql("DELETE FROM submission WHERE id > 0;\n"
		    "DELETE FROM job WHERE id > 0;\n");
		assert_true(day_parse(TEXT("2026-10-24"), zones[z], &first));
		report_span_of(&kit_task, first, 4, zones[z], &s);
		for (int d = 1; d <= 3; d++) {
			const char *midnight = when_iso(kit_mem, s.day[d]);
			const char *at = arena_fmt(kit_mem, "'%.10s %.8s'",
						   midnight, midnight + 11);

			store(d * 10, d, at);
			store(d * 10 + 5, 1,
			      arena_fmt(kit_mem, "%s - INTERVAL 1 SECOND", at));
			sql(arena_fmt(kit_mem,
				      "INSERT INTO job (kind, subject,"
				      " form_meta_id, received_at, run_at,"
				      " created_at, state, reason) VALUES"
				      " ('lead', 'a%d', '81', %s, %s, %s,"
				      " 'parked', 'x'), ('lead', 'b%d', '82',"
				      " %s, %s, %s, 'ready', '')",
				      d, at, at, at, d, at, at, at));
		}
		assert_int_equal(ledger_days(&kit_task, &s, "81", &days, &n),
				 OK);
		assert_int_equal(n, 4);
		for (size_t d = 0; d < n; d++) {
			assert_int_equal(days[d].at.ms, s.day[d].ms);
			assert_int_equal(days[d].stored, d + (d < 3));
			assert_int_equal(days[d].received, d > 0);
			assert_int_equal(days[d].parked, d > 0);
		}
	}
	sql("DELETE FROM submission WHERE id < 20;\n");
	assert_int_equal(ledger_days(&kit_task, &s, "81", &days, &n), OK);
	assert_int_equal(n, 3);
	assert_int_equal(days[0].at.ms, s.day[1].ms);
}

static void
what_meta_does_not_count_is_not_none(void **state)
{
	const char *why = NULL;
	const struct json *silent = json_parse(
		kit_mem, TEXT("{\"id\":\"81\",\"name\":\"Form\"}"), &why);
	const struct json *none =
		json_parse(kit_mem, TEXT("{\"leads_count\":0}"), &why);
	const struct form_count count = { 0 };

	(void)state;
	assert_false(accounts_form_of(&kit_task, silent, "81").is_counted);
	assert_true(accounts_form_of(&kit_task, none, "81").is_counted);
	assert_int_equal(form_counted(&kit_task, 1, &count), OK);
	assert_int_equal(form().n_meta, 10);
}

/* ---- alarms ------------------------------------------------------------------- */

static void
a_lead_of_the_moment_of_the_count_takes_nothing_from_what_was_accepted(
	void **state)
{
	(void)state;
	store(1, 8, AT " - INTERVAL 1 HOUR");
	sql("UPDATE lead_form SET accepted_count = 2 WHERE id = 1");
	/* Meta's number did not hold it yet. */
	store(9, 1, AT " + INTERVAL 2 SECOND");
	look();
	assert_int_equal(number(&get_accepted, INS(IN(1))), 2);
	sql("UPDATE lead_form SET counted = 11, counted_at = " AT
	    " + INTERVAL 1 HOUR WHERE id = 1");
	look();
	assert_int_equal(number(&get_troubles, INS(IN("leads_missing"))), 0);
	/* One that was accepted comes after all. */
	store(10, 1, AT " - INTERVAL 1 HOUR");
	look();
	assert_int_equal(number(&get_accepted, INS(IN(1))), 1);
}

static void
every_form_is_looked_at_however_many_there_are(void **state)
{
	struct ledger_form *all;
	size_t n = 0;

	(void)state;
	store(1, 10, AT " - INTERVAL 1 HOUR");
	sql("INSERT INTO lead_form (id, meta_id, page_id, name, status,"
	    " questions, read_at, counted, counted_at, base_at)"
	    " SELECT seq, 1000 + seq, 1, CONCAT('G', 10000 + seq), 'ACTIVE',"
	    " '[]', " AT ", seq = 1003, " AT ", " AT " - INTERVAL 1 DAY"
	    " FROM seq_2_to_1003");
	look();
	assert_int_equal(number(&get_troubles, INS(IN("leads_missing"))), 1);
	assert_int_equal(number(&get_trouble_of, INS(IN(1003))), 1);
	assert_int_equal(ledger_forms(&kit_task, 0, 2, &all, &n), OK);
	assert_int_equal(n, 501);
	assert_int_equal(all[0].id, 501);
	assert_int_equal(ledger_forms(&kit_task, 1, 3, &all, &n), OK);
	assert_int_equal(n, 3);
	assert_int_equal(all[2].n_missing, 1);
}

static void
silence_is_told_by_the_clock_of_the_database(void **state)
{
	(void)state;
	store(1, 10,
	      "UTC_TIMESTAMP(3) - INTERVAL 20 HOUR - INTERVAL 2 * seq HOUR");
	sql("UPDATE lead_form SET counted_at = UTC_TIMESTAMP(3),"
	    " base_at = UTC_TIMESTAMP(3) - INTERVAL 9 DAY WHERE id = 1");
	kit_task.now = when_add(clock_now(), 6 * HOUR_MS);
	look();
	assert_int_equal(number(&get_troubles, INS(IN("form_silent"))), 0);
	sql("UPDATE submission SET submitted_at = submitted_at -"
	    " INTERVAL 4 HOUR WHERE id > 0");
	kit_task.now = when_add(clock_now(), -6 * HOUR_MS);
	look();
	assert_int_equal(number(&get_troubles, INS(IN("form_silent"))), 1);
}

static bool
is_told_of(int64_t gap_hours, int64_t silent_hours)
{
	sql("DELETE FROM submission WHERE id > 0;\n"
	    "DELETE FROM trouble WHERE scope = 'form' AND subject_id > 0;\n"
	    "UPDATE lead_form SET counted_at ="
	    " UTC_TIMESTAMP(3), base_at = UTC_TIMESTAMP(3) - INTERVAL 900 DAY"
	    " WHERE id = 1");
	store(1, 10,
	      arena_fmt(kit_mem,
			"UTC_TIMESTAMP(3) - INTERVAL %lld HOUR"
			" - INTERVAL %lld * (seq - 1) HOUR",
			(long long)silent_hours, (long long)gap_hours));
	look();
	return number(&get_troubles, INS(IN("form_silent"))) == 1;
}

static void
silence_is_told_of_after_five_gaps_and_for_a_while(void **state)
{
	static const struct {
		int64_t gap, from, until; /* hours */
	} rows[] = {
		{ 0, 24, 14 * 24 },
		{ 1, 24, 14 * 24 },
		{ 24, 5 * 24, 14 * 24 },
		{ 30, 150, 14 * 24 },
		/* Its end comes later than that of quick ones. */
		{ 48, 10 * 24, 20 * 24 },
		{ 68, 340, 680 },
		{ 7 * 24, 35 * 24, 70 * 24 },
	};

	(void)state;
	kit_task.now = clock_now();
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_false(is_told_of(rows[i].gap, rows[i].from - 1));
		assert_true(is_told_of(rows[i].gap, rows[i].from + 1));
		assert_true(is_told_of(rows[i].gap, rows[i].until - 1));
		assert_false(is_told_of(rows[i].gap, rows[i].until + 1));
	}
}

/* ---- leads that are not shown -------------------------------------------------- */

static void
a_lead_of_a_form_that_cannot_be_asked_for_is_tried_again(void **state)
{
	const struct job job = { .form_meta_id = "9", .attempts = 9 };
	const struct job nameless = { .form_meta_id = "", .attempts = 9 };
	struct gone seen = { .looked = true,
			     .page = { .class = GRAPH_OK },
			     .n_forms = GONE_FORMS };
	struct graph_error err = { .class = GRAPH_GONE, .reason = "x" };
	const struct graph graph = { .page = "71" };

	(void)state;
	for (size_t i = 0; i < GONE_FORMS; i++)
		seen.forms[i] = (struct gone_form){
			.id = arena_fmt(kit_mem, "%zu", i),
			.err = { .class = GRAPH_OK },
		};
	assert_int_equal(gone_why(&kit_task, &graph, &job, &seen, &err), OK);
	assert_int_equal(err.class, GRAPH_RETRY);
	/* A form that is not known tells nothing, now or later. */
	err.class = GRAPH_GONE;
	assert_int_equal(gone_why(&kit_task, &graph, &nameless, &seen, &err),
			 OK);
	assert_int_equal(err.class, GRAPH_GONE);
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
		FORM_CASE(
			submissions_are_counted_from_a_key_that_holds_all_that_is_asked),
		FORM_CASE(
			a_lead_that_was_not_wanted_and_came_later_counts_once),
		FORM_CASE(
			days_are_those_of_the_zone_also_when_the_clocks_change),
		FORM_CASE(what_meta_does_not_count_is_not_none),
		FORM_CASE(
			a_lead_of_the_moment_of_the_count_takes_nothing_from_what_was_accepted),
		FORM_CASE(every_form_is_looked_at_however_many_there_are),
		FORM_CASE(silence_is_told_by_the_clock_of_the_database),
		FORM_CASE(silence_is_told_of_after_five_gaps_and_for_a_while),
		CASE(a_lead_of_a_form_that_cannot_be_asked_for_is_tried_again),
	};

	return RUN(cases);
}
