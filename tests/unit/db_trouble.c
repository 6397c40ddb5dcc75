/* db under faults: connections that die or stay silent, statements that are
 * out of date or wrong. */
#include "db/db.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "db/db_private.h"
#include "thing.h"

STATEMENT(get_all, "SELECT * FROM thing WHERE id = ?");
STATEMENT(get_word_as_number, "SELECT word AS n FROM thing WHERE id = ?");
STATEMENT(get_huge, "SELECT CAST(18446744073709551615 AS UNSIGNED) AS n");
STATEMENT(set_everywhere, "UPDATE thing SET n = ?");
STATEMENT(add_column, "ALTER TABLE thing ADD COLUMN first INT FIRST");
STATEMENT(settings, "SELECT @@sql_safe_updates AS safe, @@autocommit AS auto,"
		    " @@time_zone AS zone, @@tx_isolation AS isolation,"
		    " @@character_set_connection AS charset");
STATEMENT(no_such_table, "SELECT id FROM nowhere");

static void
each_connection_has_the_house_settings(void **state)
{
	const char *zone = NULL, *isolation = NULL, *charset = NULL;
	bool safe = false, automatic = false;

	(void)state;
	assert_int_equal(
		db_one(&kit_task, &settings, INS(),
		       OUTS(OUT("safe", &safe), OUT("auto", &automatic),
			    OUT("zone", &zone), OUT("isolation", &isolation),
			    OUT("charset", &charset))),
		OK);
	assert_true(safe);
	assert_true(automatic);
	assert_string_equal(zone, "+00:00");
	assert_string_equal(isolation, "READ-COMMITTED");
	assert_string_equal(charset, "utf8mb4");
	assert_int_equal(db_exec(&kit_task, &set_everywhere, INS(IN(0)), NULL),
			 E_INTERNAL);
}

static void
rows_that_matched_are_counted_also_when_unchanged(void **state)
{
	int64_t n = 0;

	(void)state;
	assert_int_equal(db_exec(&kit_task, &set_n, INS(IN(10), IN(1)), &n),
			 OK);
	assert_int_equal(n, 1);
	assert_int_equal(db_exec(&kit_task, &set_n, INS(IN(10), IN(9)), &n),
			 OK);
	assert_int_equal(n, 0);
}

static void
values_are_counted(void **state)
{
	int64_t n = 5;

	(void)state;
	assert_int_equal(db_exec(&kit_task, &set_n, INS(IN(1)), &n),
			 E_INTERNAL);
	assert_string_equal(kit_task.why, "set_n: 1 values for 2 places");
	task_forgive(&kit_task);
	assert_int_equal(
		db_exec(&kit_task, &set_n, INS(IN(1), IN(1), IN(1)), &n),
		E_INTERNAL);
	assert_string_equal(kit_task.why, "set_n: 3 values for 2 places");
	assert_int_equal(n, 5);
	task_forgive(&kit_task);
	assert_int_equal(n_of(1), 10);
}

static void
a_value_that_does_not_fit_is_refused(void **state)
{
	int64_t n = 5;

	(void)state;
	assert_int_equal(db_one(&kit_task, &get_word_as_number, INS(IN(1)),
				OUTS(OUT("n", &n))),
			 E_INTERNAL);
	assert_non_null(strstr(kit_task.why, "get_word_as_number"));
	task_forgive(&kit_task);
	assert_int_equal(
		db_one(&kit_task, &get_huge, INS(), OUTS(OUT("n", &n))),
		E_INTERNAL);
	assert_int_equal(n, 5);
}

static void
a_read_outlives_a_killed_connection(void **state)
{
	int64_t before = connection_of(&kit_task);

	(void)state;
	assert_int_equal(n_of(1), 10);
	cut();
	assert_int_equal(n_of(1), 10);
	assert_int_not_equal(connection_of(&kit_task), before);
}

static void
a_write_on_a_killed_connection_is_busy_and_the_next_one_works(void **state)
{
	(void)state;
	cut();
	assert_int_equal(db_exec(&kit_task, &set_n, INS(IN(11), IN(1)), NULL),
			 E_BUSY);
	assert_non_null(strstr(kit_task.why, "set_n"));
	task_forgive(&kit_task);
	assert_int_equal(n_of(1), 10);
	assert_int_equal(db_exec(&kit_task, &set_n, INS(IN(11), IN(1)), NULL),
			 OK);
	assert_int_equal(n_of(1), 11);
}

static int64_t
n_of_all(void)
{
	int64_t n = -1;

	assert_int_equal(
		db_one(&kit_task, &get_all, INS(IN(1)), OUTS(OUT("n", &n))),
		OK);
	return n;
}

static void
statements_follow_an_altered_table(void **state)
{
	(void)state;
	assert_int_equal(n_of(1), 10);
	assert_int_equal(n_of_all(), 10);
	assert_int_equal(db_exec(&other, &add_column, INS(), NULL), OK);
	assert_int_equal(n_of(1), 10);
	assert_int_equal(n_of_all(), 10);
	assert_int_equal(n_of_all(), 10);
}

static void
one_statement_serves_two_connections(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		int64_t ours = connection_of(&kit_task);

		assert_int_not_equal(connection_of(&other), ours);
	}
}

static void
many_statements_need_no_memory_of_the_task(void **state)
{
	size_t before;

	(void)state;
	assert_int_equal(set_one(&kit_task, NULL), OK);
	before = arena_used(kit_mem);
	for (int i = 0; i < 100; i++)
		assert_int_equal(set_one(&kit_task, NULL), OK);
	assert_int_equal(arena_used(kit_mem), before);
}

/* Connections are taken by the kernel; nobody ever greets. */
static void
a_silent_server_is_away_in_time(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	struct conf away = testdb_conf_for("x");
	struct task t = kit_task;
	int64_t began = clock_steady();
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	away.database.socket = NULL;
	away.database.host = "127.0.0.1";
	away.database.port = ntohs(a.sin_port);
	t.db = db_new(&away);
	assert_int_equal(db_ping(&t), E_BUSY);
	assert_true(clock_steady() - began < 25 * SECOND_MS);
	db_free(t.db);
	close(fd);
}

static void
error_numbers_have_their_meaning(void **state)
{
	static const unsigned busy[] = { 1040, 1047, 1053, 1180, 1205, 1213,
					 1927, 2002, 2003, 2006, 2013, 4031 };
	static const unsigned lost[] = { 1047, 1053, 1180, 1927, 2002,
					 2003, 2006, 2013, 4031 };

	(void)state;
	for (size_t i = 0; i < COUNT(busy); i++)
		assert_int_equal(db_code_rc(busy[i]), E_BUSY);
	for (size_t i = 0; i < COUNT(lost); i++)
		assert_true(db_code_lost(lost[i]));
	assert_int_equal(db_code_rc(1062), E_CONFLICT);
	assert_int_equal(db_code_rc(1064), E_INTERNAL);
	assert_int_equal(db_code_rc(1146), E_INTERNAL);
	assert_false(db_code_lost(1205));
	assert_true(db_code_passing(1205) && db_code_passing(1213));
	assert_true(db_code_stale(1243) && db_code_stale(1615));
	assert_string_equal(db_code_words(1366, "'Anna'"), "");
	assert_string_equal(db_code_words(1146, "no table"), "no table");
}

static int bad_ones, bad_others;

static void
hear_bad(const char *name, const char *why)
{
	if (strcmp(name, "no_such_table") == 0 && strstr(why, "nowhere"))
		bad_ones++;
	if (strcmp(name, "get_n") == 0)
		bad_others++;
}

static void
the_check_finds_the_wrong_statement(void **state)
{
	size_t n = 0;

	(void)state;
	assert_int_equal(db_check_all(&kit_task, &n, hear_bad), OK);
	assert_true(n > 10);
	assert_int_equal(bad_ones, 1);
	assert_int_equal(bad_others, 0);
	assert_int_equal(kit_task.failed, OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		THING_CASE(each_connection_has_the_house_settings),
		THING_CASE(rows_that_matched_are_counted_also_when_unchanged),
		THING_CASE(values_are_counted),
		THING_CASE(a_value_that_does_not_fit_is_refused),
		THING_CASE(a_read_outlives_a_killed_connection),
		THING_CASE(
			a_write_on_a_killed_connection_is_busy_and_the_next_one_works),
		THING_CASE(statements_follow_an_altered_table),
		THING_CASE(one_statement_serves_two_connections),
		THING_CASE(many_statements_need_no_memory_of_the_task),
		THING_CASE(a_silent_server_is_away_in_time),
		THING_CASE(the_check_finds_the_wrong_statement),
		CASE(error_numbers_have_their_meaning),
	};

	return RUN(tests);
}
