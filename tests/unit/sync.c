/* sync: runs that meet, and runs whose job was given up. */
#include "work/sync.h"

#include "crm/integration.h"
#include "testdb.h"

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

int
main(void)
{
	const struct CMUnitTest cases[] = {
		DB_CASE(who_presses_twice_shares_one_run),
		DB_CASE(a_run_begun_afresh_ends_the_one_before),
		DB_CASE(a_run_whose_job_was_given_up_has_failed),
		DB_CASE(a_job_that_was_given_up_comes_back_for_who_presses),
		DB_CASE(a_deleted_integration_has_no_run),
	};

	return RUN(cases);
}
