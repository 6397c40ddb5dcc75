/* session: the brake on guessing passwords. */
#include "web/session.h"

#include "testdb.h"

STATEMENT(test_attempts, "SELECT COUNT(*) AS n FROM login_attempt");

static bool
may_try(const char *email, const char *address)
{
	struct when until = { 0 };

	assert_int_equal(session_login_wait(&kit_task, email, address, &until),
			 OK);
	return until.ms == 0;
}

static void
fail_from(const char *email, const char *address, int times)
{
	for (int i = 0; i < times; i++)
		assert_int_equal(
			session_login_tried(&kit_task, email, address, false),
			OK);
}

static void
five_failures_close_the_pair_and_nobody_else(void **state)
{
	(void)state;
	fail_from("ann@example.com", "192.0.2.1", 4);
	assert_true(may_try("ann@example.com", "192.0.2.1"));
	fail_from(" ANN@example.com", "192.0.2.1", 1);
	assert_false(may_try("ann@example.com", "192.0.2.1"));
	assert_true(may_try("bob@example.com", "192.0.2.1"));
	assert_true(may_try("ann@example.com", "192.0.2.2"));
	kit_task.now = when_add(kit_task.now, 16 * MINUTE_MS);
	assert_true(may_try("ann@example.com", "192.0.2.1"));
}

static void
a_right_password_opens_the_pair_again(void **state)
{
	(void)state;
	fail_from("ann@example.com", "192.0.2.1", 4);
	assert_int_equal(session_login_tried(&kit_task, "ann@example.com",
					     "192.0.2.1", true),
			 OK);
	fail_from("ann@example.com", "192.0.2.1", 4);
	assert_true(may_try("ann@example.com", "192.0.2.1"));
}

/* A customer has 2^64 of them. */
static void
addresses_of_one_network_count_together(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		fail_from("ann@example.com",
			  arena_fmt(kit_mem, "2001:db8:1:2:%x::%d", i + 1, i),
			  1);
	assert_false(may_try("ann@example.com", "2001:db8:1:2::77"));
	assert_true(may_try("ann@example.com", "2001:db8:1:3::77"));
	fail_from("ann@example.com", "::ffff:192.0.2.1", 5);
	assert_false(may_try("ann@example.com", "::ffff:192.0.2.1"));
	assert_true(may_try("ann@example.com", "::ffff:192.0.2.2"));
	assert_true(may_try("ann@example.com", "not an address"));
}

/* Whoever guesses from everywhere fills no disk. */
static void
failures_of_addresses_that_never_return_are_forgotten(void **state)
{
	int64_t n = 0;

	(void)state;
	for (int i = 0; i < 50; i++)
		fail_from("ann@example.com",
			  arena_fmt(kit_mem, "198.51.100.%d", i), 1);
	kit_task.now = when_add(kit_task.now, 2 * HOUR_MS);
	fail_from("ann@example.com", "192.0.2.1", 1);
	assert_int_equal(
		db_one(&kit_task, &test_attempts, INS(), OUTS(OUT("n", &n))),
		OK);
	assert_int_equal(n, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DB_CASE(five_failures_close_the_pair_and_nobody_else),
		DB_CASE(a_right_password_opens_the_pair_again),
		DB_CASE(addresses_of_one_network_count_together),
		DB_CASE(failures_of_addresses_that_never_return_are_forgotten),
	};

	return RUN(tests);
}
