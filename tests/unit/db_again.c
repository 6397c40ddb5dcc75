/* db: what is sent again after each of the errors that a cluster gives, and
 * what is not.  A trigger gives them: the @remaining next writes fail. */
#include "db/db.h"

#include <poll.h>
#include <sys/wait.h>

#include "db/db_private.h"
#include "thing.h"

STATEMENT(arm, "SET @code = ?, @remaining = ?");
STATEMENT(writes_left, "SELECT @remaining AS n");
STATEMENT(add_one, "UPDATE thing SET n = n + 1 WHERE id = ?");
STATEMENT(add_to_two,
	  "UPDATE thing SET n = n + 1 WHERE id IN (1, 2) ORDER BY id LIMIT 2");
STATEMENT(add_backwards, "UPDATE thing SET n = n + 100 WHERE id IN (1, 2)"
			 " ORDER BY id DESC LIMIT 2");
STATEMENT(deadlocks, "SELECT CAST(variable_value AS INT) AS n"
		     " FROM information_schema.global_status"
		     " WHERE variable_name = 'innodb_deadlocks'");

enum { WRITES = 100 };

static const char trigger[] =
	"CREATE TRIGGER fails BEFORE UPDATE ON thing FOR EACH ROW BEGIN"
	" SET @remaining = @remaining - 1; IF @remaining >= 0 THEN"
	" SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = @code; END IF; END";

static int
again_up(void **state)
{
	thing_up(state);
	assert_int_equal(db_script(&kit_task, text_of(trigger)), OK);
	return 0;
}

static void
let_fail(int code, int times)
{
	assert_int_equal(
		db_exec(&kit_task, &arm, INS(IN(code), IN(times)), NULL), OK);
}

/* How many writes the trigger saw; -1: the connection is another one. */
static int64_t
writes_seen(int64_t of)
{
	int64_t left = 0;

	assert_int_equal(
		db_one(&kit_task, &writes_left, INS(), OUTS(OUT("n", &left))),
		OK);
	return left == 0 ? -1 : of - left;
}

static enum rc
add_one_to_first(struct task *t, void *arg)
{
	int *tries = arg;

	if (tries)
		++*tries;
	return db_exec(t, &add_one, INS(IN(1)), NULL);
}

static const struct {
	int code;
	const char *what;
	enum rc alone;	/* a write outside a transaction that fails on */
	int64_t writes; /* how often it was sent; -1: then elsewhere */
	bool heals;	/* it works when it failed once only */
	enum rc in_tx;	/* a transaction whose write fails once */
} cases[] = {
	{ 1213, "deadlock, certification", E_BUSY, DB_TRIES, true, OK },
	{ 1205, "lock wait, causal read", E_BUSY, DB_TRIES, true, OK },
	/* Refused by a node on its own: the next connection may serve. */
	{ 1047, "node not ready", OK, -1, true, OK },
	/* It may have counted: whoever asked decides. */
	{ 1180, "error during COMMIT", E_BUSY, -1, false, OK },
	{ 1927, "connection killed", E_BUSY, -1, false, OK },
	{ 1317, "interrupted", E_BUSY, 1, false, OK },
	{ 1062, "taken", E_CONFLICT, 1, false, E_CONFLICT },
	{ 1146, "no such table", E_INTERNAL, 1, false, E_INTERNAL },
};

static void
a_write_by_itself_is_sent_again_when_nothing_came_of_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum rc rc;
		int64_t before = n_of(1);

		let_fail(cases[i].code, WRITES);
		rc = add_one_to_first(&kit_task, NULL);
		task_forgive(&kit_task);
		if (rc != cases[i].alone ||
		    writes_seen(WRITES) != cases[i].writes)
			fail_msg("%s: %s", cases[i].what, rc_name(rc));
		assert_int_equal(n_of(1), before + (rc == OK));
		let_fail(cases[i].code, 1);
		before = n_of(1);
		rc = add_one_to_first(&kit_task, NULL);
		task_forgive(&kit_task);
		if ((rc == OK) != cases[i].heals)
			fail_msg("%s once: %s", cases[i].what, rc_name(rc));
		assert_int_equal(n_of(1), before + (rc == OK));
		let_fail(0, 0);
	}
}

static void
a_transaction_runs_again_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t before = n_of(1);
		int tries = 0;
		enum rc rc;

		let_fail(cases[i].code, 1);
		rc = db_tx(&kit_task, "again", add_one_to_first, &tries);
		task_forgive(&kit_task);
		if (rc != cases[i].in_tx || tries != (rc ? 1 : 2))
			fail_msg("%s: %s after %d tries", cases[i].what,
				 rc_name(rc), tries);
		assert_int_equal(n_of(1), before + (rc == OK));
		let_fail(0, 0);
	}
}

/* In a transaction one statement is never sent again by itself: what was done
 * before it is gone. */
static void
a_statement_within_a_transaction_is_sent_once(void **state)
{
	(void)state;
	assert_int_equal(db_begin(&kit_task), OK);
	let_fail(1213, WRITES);
	assert_int_equal(add_one_to_first(&kit_task, NULL), E_BUSY);
	task_forgive(&kit_task);
	db_rollback(kit_task.db);
	assert_int_equal(writes_seen(WRITES), 1);
}

/* ---- a real deadlock ---------------------------------------------------- */

enum { ROUNDS_MAX = 20000 };

static int64_t
count_deadlocks(void)
{
	int64_t n = 0;

	assert_int_equal(
		db_one(&kit_task, &deadlocks, INS(), OUTS(OUT("n", &n))), OK);
	return n;
}

/* In another process, the other way round: until the pipe is closed. */
NORETURN static void
add_against(int stop, int say)
{
	struct pollfd at = { .fd = stop, .events = POLLIN };
	struct task t = kit_task;
	int rounds = 0;

	t.db = db_new(&testdb_conf);
	while (poll(&at, 1, 0) == 0) {
		if (db_exec(&t, &add_backwards, INS(), NULL))
			_exit(1);
		rounds++;
	}
	_exit(write(say, &rounds, sizeof(rounds)) != sizeof(rounds));
}

static void
no_write_is_lost_to_a_deadlock(void **state)
{
	int64_t before = count_deadlocks();
	int ours = 0, theirs = 0, status = 1, stop[2], say[2];
	pid_t child;

	(void)state;
	assert_int_equal(pipe(stop) | pipe(say), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(stop[1]);
		add_against(stop[0], say[1]);
	}
	for (; ours < ROUNDS_MAX && count_deadlocks() == before; ours++)
		assert_int_equal(db_exec(&kit_task, &add_to_two, INS(), NULL),
				 OK);
	assert_true(count_deadlocks() > before);
	close(stop[1]);
	assert_int_equal(read(say[0], &theirs, sizeof(theirs)), sizeof(theirs));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(n_of(1), 10 + ours + theirs * 100);
	assert_int_equal(n_of(2), 20 + ours + theirs * 100);
	close(stop[0]);
	close(say[0]);
	close(say[1]);
}

#define AGAIN_CASE(fn) cmocka_unit_test_setup_teardown(fn, again_up, thing_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		AGAIN_CASE(
			a_write_by_itself_is_sent_again_when_nothing_came_of_it),
		AGAIN_CASE(a_transaction_runs_again_whole),
		AGAIN_CASE(a_statement_within_a_transaction_is_sent_once),
		THING_CASE(no_write_is_lost_to_a_deadlock),
	};

	return RUN(tests);
}
