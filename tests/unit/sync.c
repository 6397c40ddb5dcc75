/* sync: runs that meet, and runs whose job was given up. */
#include "work/sync.h"

#include "crm/integration.h"
#include "crm/trouble.h"
#include "testdb.h"
#include "work/sync_private.h"

STATEMENT(test_run_count,
	  "SELECT COUNT(*) AS n FROM sync_run WHERE integration_id = ?");
STATEMENT(test_run_ends, "UPDATE sync_run SET state = ?, ended_at = ?"
			 " WHERE id = ?");
STATEMENT(test_page_asked, "UPDATE page SET asked_at = ? WHERE id = ?");
STATEMENT(test_hours_pass, "UPDATE page p LEFT JOIN sync_run r"
			   " ON r.integration_id = p.integration_id"
			   " SET p.asked_at = p.asked_at - INTERVAL ? HOUR,"
			   " r.ended_at = r.ended_at - INTERVAL ? HOUR"
			   " WHERE p.integration_id = ?");
STATEMENT(test_steps_fail,
	  "UPDATE sync_step SET state = 'failed' WHERE run_id = ?");
STATEMENT(test_step_count, "SELECT COUNT(*) AS n FROM sync_step"
			   " WHERE run_id = ? AND state = 'ready'");
STATEMENT(test_run_waits, "UPDATE sync_run SET waits_until = ?"
			  " WHERE id = ?");
STATEMENT(test_written, "SELECT i.n_begun + COALESCE(SUM(r.n_met), 0) AS n"
			" FROM integration i LEFT JOIN sync_run r"
			" ON r.integration_id = i.id WHERE i.id = ?");

static int64_t
make_integration(void)
{
	const struct integration i = { .name = "Main",
				       .description = "",
				       .strategy = "unassigned" };
	int64_t id = 0;

	assert_int_equal(integration_add(&kit_task, &i, &id), OK);
	return id;
}

static int64_t
start(int64_t integration, bool afresh, bool *is_new)
{
	const struct sync_order order = { .integration_id = integration,
					  .way = "sync",
					  .afresh = afresh };
	int64_t run = 0;

	assert_int_equal(sync_start(&kit_task, &order, &run, is_new), OK);
	return run;
}

static int64_t
make_page(int64_t integration, const char *meta_id)
{
	const struct page p = { .meta_id = meta_id,
				.name = meta_id,
				.integration_id = integration,
				.token = "token",
				.tasks = "" };
	int64_t id = 0;

	assert_int_equal(page_put(&kit_task, &p, &id), OK);
	return id;
}

static int64_t
number(struct db_stmt *q, int64_t id)
{
	int64_t n = 0;

	assert_int_equal(db_one(&kit_task, q, INS(IN(id)), OUTS(OUT("n", &n))),
			 OK);
	return n;
}

static int64_t
runs(int64_t integration)
{
	return number(&test_run_count, integration);
}

static void
end_run(int64_t run, const char *state)
{
	assert_int_equal(db_exec(&kit_task, &test_run_ends,
				 INS(IN(state), IN(kit_task.now), IN(run)),
				 NULL),
			 OK);
}

/* A sync has read it, or was refused. */
static void
asked(int64_t page)
{
	assert_int_equal(page_asked(&kit_task, page), OK);
}

/* Runs that began by themselves so many hours later. */
static int64_t
begun_after(int64_t integration, int64_t hours)
{
	int64_t before = runs(integration);

	assert_int_equal(db_exec(&kit_task, &test_hours_pass,
				 INS(IN(hours), IN(hours), IN(integration)),
				 NULL),
			 OK);
	assert_int_equal(sync_due(&kit_task), OK);
	return runs(integration) - before;
}

static void
meet(const char *scope, int64_t subject, int64_t integration,
     const char *reason)
{
	const struct trouble tr = { .scope = scope,
				    .subject_id = subject,
				    .integration_id = integration,
				    .reason = reason };

	assert_int_equal(trouble_met(&kit_task, &tr), OK);
}

static int64_t
last_run(int64_t integration)
{
	struct sync_run r = { 0 };

	assert_int_equal(sync_latest(&kit_task, integration, "", &r), OK);
	return r.id;
}

static const char *
state_of(int64_t run)
{
	struct sync_run r;

	assert_int_equal(sync_get(&kit_task, run, &r), OK);
	return r.state;
}

static size_t
claim(const char *mark, struct job **jobs)
{
	size_t n = 0;

	assert_int_equal(queue_claim_other(&kit_task, mark, jobs, &n), OK);
	return n;
}

static void
who_presses_twice_shares_one_run(void **state)
{
	int64_t id = make_integration();
	bool is_new = false;
	int64_t first = start(id, false, &is_new);

	(void)state;
	assert_true(is_new);
	assert_int_equal(start(id, false, &is_new), first);
	assert_false(is_new);
}

static void
a_run_begun_afresh_ends_the_one_before(void **state)
{
	int64_t id = make_integration();
	bool is_new = false;
	int64_t first = start(id, false, &is_new);
	int64_t second = start(id, true, &is_new);

	(void)state;
	assert_true(is_new);
	assert_true(second != first);
	assert_string_equal(state_of(first), "stopped");
	assert_string_equal(state_of(second), "running");
}

static void
a_run_whose_job_was_given_up_has_failed(void **state)
{
	int64_t id = make_integration();
	struct job *jobs = NULL;
	bool is_new = false;
	int64_t run = start(id, false, &is_new);

	(void)state;
	assert_int_equal(sync_end_dead(&kit_task), OK);
	assert_string_equal(state_of(run), "running");
	assert_int_equal(claim("a", &jobs), 1);
	assert_int_equal(queue_give_up(&kit_task, jobs, "internal", ""), OK);
	assert_int_equal(sync_end_dead(&kit_task), OK);
	assert_string_equal(state_of(run), "failed");
	assert_true(start(id, false, &is_new) != run);
	assert_true(is_new);
}

static void
a_job_that_was_given_up_comes_back_for_who_presses(void **state)
{
	int64_t id = make_integration();
	struct job *jobs = NULL;
	bool is_new = false;
	int64_t run = start(id, false, &is_new);

	(void)state;
	assert_int_equal(claim("a", &jobs), 1);
	assert_int_equal(queue_give_up(&kit_task, jobs, "internal", ""), OK);
	assert_int_equal(start(id, false, &is_new), run);
	assert_int_equal(claim("b", &jobs), 1);
}

static void
a_deleted_integration_has_no_run(void **state)
{
	int64_t id = make_integration(), run = 0;
	const struct sync_order order = { .integration_id = id, .way = "sync" };
	bool is_new = false;

	(void)state;
	assert_int_equal(integration_delete(&kit_task, id), OK);
	assert_int_equal(sync_start(&kit_task, &order, &run, &is_new),
			 E_NOTFOUND);
}

/* ---- runs that nobody asked for ------------------------------------------------ */

static void
a_first_run_that_did_not_end_well_is_not_the_last(void **state)
{
	static const char *const ends[] = { "failed", "stopped" };

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		int64_t id = make_integration();
		bool is_new = false;

		asked(make_page(id, i ? "901" : "900"));
		end_run(start(id, false, &is_new), ends[i]);
		assert_int_equal(begun_after(id, 1), 0);
		assert_int_equal(begun_after(id, 25), 1);
		end_run(last_run(id), "done");
	}
}

static void
a_warning_holds_nothing_up(void **state)
{
	static const char *const warnings[] = { "not_listed", "not_subscribed",
						"terms_open", "ads_missing" };
	int64_t id = make_integration(), page = make_page(id, "900");
	bool is_new = false;

	(void)state;
	end_run(start(id, false, &is_new), "done");
	for (size_t i = 0; i < COUNT(warnings); i++)
		meet(TROUBLE_PAGE, page, id, warnings[i]);
	assert_int_equal(begun_after(id, 25), 1);
	assert_int_equal(number(&test_step_count, last_run(id)), 1);
}

static void
a_broken_page_holds_no_other_up(void **state)
{
	int64_t id = make_integration(), page = make_page(id, "900");
	int64_t other = make_page(id, "901"), run;
	bool is_new = false;

	(void)state;
	end_run(start(id, false, &is_new), "done");
	asked(page);
	asked(other);
	meet(TROUBLE_PAGE, page, id, "leads_access");
	assert_int_equal(begun_after(id, 25), 1);
	run = last_run(id);
	assert_int_equal(number(&test_step_count, run), 1);
	/* Asked for, the broken one is read, too. */
	assert_int_equal(start(id, false, &is_new), run);
	assert_int_equal(number(&test_step_count, run), 2);
	end_run(run, "done");
	meet(TROUBLE_PAGE, other, id, "leads_access");
	assert_int_equal(begun_after(id, 25), 0);
}

static void
a_page_that_is_mended_is_read_with_those_that_are_due(void **state)
{
	int64_t id = make_integration(), page = make_page(id, "900");
	int64_t other = make_page(id, "901"), run;
	const struct page mended = { .id = page,
				     .meta_id = "900",
				     .integration_id = id };
	bool is_new = false;

	(void)state;
	end_run(start(id, false, &is_new), "done");
	asked(page);
	asked(other);
	assert_int_equal(sync_page(&kit_task, &mended), OK);
	run = last_run(id);
	assert_int_equal(number(&test_step_count, run), 1);
	/* The run has failed at it, and meets it mended. */
	assert_int_equal(
		db_exec(&kit_task, &test_steps_fail, INS(IN(run)), NULL), OK);
	assert_int_equal(number(&test_step_count, run), 0);
	assert_int_equal(sync_page(&kit_task, &mended), OK);
	assert_int_equal(last_run(id), run);
	assert_int_equal(number(&test_step_count, run), 1);
	end_run(run, "done");
	assert_int_equal(begun_after(id, 25), 1);
	assert_int_equal(number(&test_step_count, last_run(id)), 2);
}

static void
a_run_of_some_forms_that_becomes_one_of_all_reads_their_pages(void **state)
{
	int64_t id = make_integration(), page = make_page(id, "901"), run = 0;
	const struct sync_form form = { .page_meta_id = "900",
					.form_meta_id = "77" };
	const struct sync_order fetch = { .integration_id = id,
					  .way = "sync",
					  .forms = &form,
					  .n_forms = 1,
					  .since = kit_task.now };
	const struct page mended = { .id = page,
				     .meta_id = "901",
				     .integration_id = id };
	bool is_new = false;

	(void)state;
	asked(make_page(id, "900"));
	asked(page);
	assert_int_equal(sync_start(&kit_task, &fetch, &run, &is_new), OK);
	assert_int_equal(number(&test_step_count, run), 1);
	assert_int_equal(sync_page(&kit_task, &mended), OK);
	assert_int_equal(last_run(id), run);
	/* The form, the list of its page, and that of the mended one. */
	assert_int_equal(number(&test_step_count, run), 3);
}

static void
a_clock_that_was_ahead_holds_nothing_up(void **state)
{
	int64_t id = make_integration(), page = make_page(id, "900");
	struct when now = kit_task.now;
	bool is_new = false;

	(void)state;
	end_run(start(id, false, &is_new), "done");
	assert_int_equal(db_exec(&kit_task, &test_page_asked,
				 INS(IN(when_add(now, 3 * DAY_MS)), IN(page)),
				 NULL),
			 OK);
	assert_int_equal(begun_after(id, 0), 1);
}

/* ---- runs that were asked to stop ------------------------------------------------ */

static void
what_is_asked_for_after_a_stop_is_a_run_of_its_own(void **state)
{
	int64_t id = make_integration();
	bool is_new = false;
	int64_t first = start(id, false, &is_new), second;

	(void)state;
	assert_int_equal(sync_stop(&kit_task, first), OK);
	second = start(id, false, &is_new);
	assert_true(is_new);
	assert_true(second != first);
	assert_string_equal(state_of(first), "stopped");
	assert_string_equal(state_of(second), "running");
}

static void
one_that_waits_for_meta_stops_at_once(void **state)
{
	int64_t id = make_integration();
	bool is_new = false;
	int64_t run = start(id, false, &is_new);

	(void)state;
	assert_int_equal(
		db_exec(&kit_task, &test_run_waits,
			INS(IN(when_add(kit_task.now, HOUR_MS)), IN(run)),
			NULL),
		OK);
	assert_int_equal(sync_stop(&kit_task, run), OK);
	assert_string_equal(state_of(run), "stopped");
}

/* ---- a cluster ----------------------------------------------------------------- */

/* Two nodes see that they decide about one row when both have changed it; a
 * change to the values that it had is none. */
static void
who_decides_by_a_row_changes_it(void **state)
{
	int64_t id = make_integration(), before = number(&test_written, id);
	struct arena *item_mem = arena_new(1 << 20);
	struct job *jobs = NULL;
	bool is_new = false;
	int64_t run = start(id, false, &is_new), begun, met;

	(void)state;
	begun = number(&test_written, id);
	assert_true(begun > before);
	start(id, false, &is_new);
	met = number(&test_written, id);
	assert_true(met > begun + 1);
	end_run(run, "stopped");
	assert_int_equal(claim("a", &jobs), 1);
	assert_int_equal(sync_job(&kit_task, item_mem, jobs), OK);
	assert_true(number(&test_written, id) > met);
	arena_free(item_mem);
}

/* A list may go on, end, or lead back. */
static void
cursors_lead_on_or_back(void **state)
{
	static const struct {
		const char *at, *mark, *next;
		enum sync_onward leads;
	} cases[] = {
		{ "", "", NULL, SYNC_END },    { "", "", "", SYNC_END },
		{ "", "", "a", SYNC_MORE },    { "c", "b", "d", SYNC_MORE },
		{ "c", "b", NULL, SYNC_END },  { "c", "b", "c", SYNC_ROUND },
		{ "c", "b", "b", SYNC_ROUND },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct sync_work w = {
			.step = { .next_cursor = cases[i].at,
				  .mark_cursor = cases[i].mark },
		};

		assert_int_equal(sync_onward(&w, cases[i].next),
				 cases[i].leads);
	}
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
		DB_CASE(who_presses_twice_shares_one_run),
		DB_CASE(a_run_begun_afresh_ends_the_one_before),
		DB_CASE(a_run_whose_job_was_given_up_has_failed),
		DB_CASE(a_job_that_was_given_up_comes_back_for_who_presses),
		DB_CASE(a_deleted_integration_has_no_run),
		DB_CASE(a_first_run_that_did_not_end_well_is_not_the_last),
		DB_CASE(a_warning_holds_nothing_up),
		DB_CASE(a_broken_page_holds_no_other_up),
		DB_CASE(a_page_that_is_mended_is_read_with_those_that_are_due),
		DB_CASE(a_run_of_some_forms_that_becomes_one_of_all_reads_their_pages),
		DB_CASE(a_clock_that_was_ahead_holds_nothing_up),
		DB_CASE(what_is_asked_for_after_a_stop_is_a_run_of_its_own),
		DB_CASE(one_that_waits_for_meta_stops_at_once),
		DB_CASE(who_decides_by_a_row_changes_it),
		cmocka_unit_test(cursors_lead_on_or_back),
	};

	return RUN(cases);
}
