/* db_tx: what a transaction does when its connection dies or another one is
 * in the way. */
#include "db/db.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include "db/db_private.h"
#include "thing.h"

STATEMENT(rival_fill,
	  "INSERT INTO thing (id, n) VALUES (11, 0), (12, 0), (13, 0),"
	  " (14, 0), (15, 0), (16, 0), (17, 0), (18, 0), (19, 0)");
STATEMENT(rival_set_n, "UPDATE thing SET n = ? WHERE id = ?");
STATEMENT(count_waiting,
	  "SELECT COUNT(*) AS n FROM information_schema.innodb_trx"
	  " WHERE trx_state = 'LOCK WAIT'");
STATEMENT(other_set_n, "UPDATE thing SET n = ? WHERE id = ?");
STATEMENT(impatient, "SET innodb_lock_wait_timeout = 1");
STATEMENT(patient, "SET innodb_lock_wait_timeout = 60");

static void
a_transaction_begins_on_a_new_connection(void **state)
{
	(void)state;
	cut();
	assert_int_equal(db_tx(&kit_task, "one", set_one, NULL), OK);
	assert_int_equal(n_of(1), 99);
}

static enum rc
lose_and_hide_it(struct task *t, void *arg)
{
	int *tries = arg;
	enum rc rc = set_one(t, NULL);

	if (rc || ++*tries > 1)
		return rc;
	cut();
	rc = db_exec(t, &set_n, INS(IN(98), IN(2)), NULL);
	assert_int_equal(rc, E_BUSY);
	task_forgive(t);
	/* It must not slip through on a new connection. */
	assert_int_equal(db_exec(t, &set_n, INS(IN(98), IN(2)), NULL), E_BUSY);
	task_forgive(t);
	return OK;
}

static void
a_lost_transaction_takes_no_more_statements(void **state)
{
	int tries = 0;

	(void)state;
	assert_int_equal(db_tx(&kit_task, "hide", lose_and_hide_it, &tries),
			 OK);
	assert_int_equal(tries, 2);
	assert_int_equal(n_of(1), 99);
	assert_int_equal(n_of(2), 20);
}

static enum rc
lose_before_commit(struct task *t, void *arg)
{
	int *tries = arg;
	enum rc rc = set_one(t, NULL);

	++*tries;
	if (!rc)
		cut();
	return rc;
}

static void
a_connection_lost_at_commit_is_busy_and_not_tried_again(void **state)
{
	int tries = 0;

	(void)state;
	assert_int_equal(db_tx(&kit_task, "late", lose_before_commit, &tries),
			 E_BUSY);
	assert_int_equal(tries, 1);
	task_forgive(&kit_task);
	assert_int_equal(n_of(1), 10);
}

/* Another process wants rows 2 and 1 while we want 1 and 2.  It has changed
 * more than we have, so that ours is the transaction that is rolled back. */
struct deadlock {
	int tries;
	bool hide; /* go on as if nothing had been */
	int go;	   /* written to: row 1 is ours, come and want it */
};

static enum rc
rival_takes(struct task *t, void *arg)
{
	int *ends = arg;
	char c = 'r';
	enum rc rc = db_exec(t, &rival_fill, INS(), NULL);

	if (!rc)
		rc = db_exec(t, &rival_set_n, INS(IN(22), IN(2)), NULL);
	if (rc || write(ends[1], &c, 1) != 1 || read(ends[0], &c, 1) != 1)
		return (fail)(t, E_INTERNAL, "rival");
	return db_exec(t, &rival_set_n, INS(IN(11), IN(1)), NULL);
}

static pid_t
start_rival(int *end)
{
	int ends[2];
	char ready;
	pid_t child;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct task t = kit_task;
		int both[2] = { ends[0], ends[0] };

		close(ends[1]);
		t.db = db_new(&testdb_conf);
		if (db_exec(&t, &patient, INS(), NULL))
			_exit(1);
		_exit(db_tx(&t, "rival", rival_takes, both) ? 1 : 0);
	}
	close(ends[0]);
	assert_int_equal(read(ends[1], &ready, 1), 1);
	*end = ends[1];
	return child;
}

/* The server renews this table ten times a second. */
static void
wait_for_rival(void)
{
	struct timespec pause = { .tv_nsec = 110 * 1000000 };
	int64_t n = 0;

	for (int i = 0; i < 300 && n == 0; i++) {
		nanosleep(&pause, NULL);
		assert_int_equal(db_one(&other, &count_waiting, INS(),
					OUTS(OUT("n", &n))),
				 OK);
	}
	assert_int_equal(n, 1);
}

static enum rc
set_both(struct task *t, void *arg)
{
	struct deadlock *d = arg;
	enum rc rc = set_one(t, NULL);

	if (rc)
		return rc;
	if (++d->tries == 1) {
		assert_int_equal(write(d->go, "g", 1), 1);
		wait_for_rival();
	}
	rc = db_exec(t, &set_n, INS(IN(99), IN(2)), NULL);
	assert_int_equal(rc, d->tries == 1 ? E_BUSY : OK);
	if (!rc || !d->hide)
		return rc;
	task_forgive(t);
	assert_int_equal(db_exec(t, &set_n, INS(IN(98), IN(3)), NULL), E_BUSY);
	task_forgive(t);
	return OK;
}

static void
meet_rival(bool hide)
{
	struct deadlock d = { .hide = hide };
	pid_t child = start_rival(&d.go);
	int status = -1;

	assert_int_equal(db_tx(&kit_task, "both", set_both, &d), OK);
	assert_int_equal(waitpid(child, &status, 0), child);
	close(d.go);
	assert_int_equal(status, 0);
	assert_int_equal(d.tries, 2);
	assert_int_equal(n_of(1), 99);
	assert_int_equal(n_of(2), 99);
	assert_int_equal(n_of(3), 30);
	assert_int_equal(n_of(19), 0);
}

static void
a_deadlock_is_tried_again(void **state)
{
	(void)state;
	meet_rival(false);
}

static void
a_hidden_deadlock_cannot_be_half_committed(void **state)
{
	(void)state;
	meet_rival(true);
}

static enum rc
set_when_free(struct task *t, void *arg)
{
	int *tries = arg;

	if (++*tries == 2)
		db_rollback(other.db);
	return set_one(t, NULL);
}

static void
a_lock_wait_is_tried_again(void **state)
{
	int tries = 0;

	(void)state;
	assert_int_equal(db_begin(&other), OK);
	assert_int_equal(
		db_exec(&other, &other_set_n, INS(IN(12), IN(1)), NULL), OK);
	assert_int_equal(db_exec(&kit_task, &impatient, INS(), NULL), OK);
	assert_int_equal(db_tx(&kit_task, "wait", set_when_free, &tries), OK);
	assert_int_equal(tries, 2);
	assert_int_equal(n_of(1), 99);
}

static enum rc
always_busy(struct task *t, void *arg)
{
	int *tries = arg;

	++*tries;
	return (fail)(t, E_BUSY, "never had");
}

static void
five_tries_are_enough(void **state)
{
	int tries = 0;

	(void)state;
	assert_int_equal(db_tx(&kit_task, "busy", always_busy, &tries), E_BUSY);
	assert_int_equal(tries, 5);
	assert_string_equal(kit_task.why, "never had");
}

static void
the_end_of_a_task_rolls_back(void **state)
{
	(void)state;
	assert_int_equal(db_begin(&kit_task), OK);
	assert_int_equal(set_one(&kit_task, NULL), OK);
	db_task_end(kit_task.db);
	assert_int_equal(n_of(1), 10);
	assert_int_equal(set_one(&kit_task, NULL), OK);
	db_task_end(kit_task.db);
	assert_int_equal(n_of(1), 99);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		THING_CASE(a_transaction_begins_on_a_new_connection),
		THING_CASE(a_lost_transaction_takes_no_more_statements),
		THING_CASE(
			a_connection_lost_at_commit_is_busy_and_not_tried_again),
		THING_CASE(a_deadlock_is_tried_again),
		THING_CASE(a_hidden_deadlock_cannot_be_half_committed),
		THING_CASE(a_lock_wait_is_tried_again),
		THING_CASE(five_tries_are_enough),
		THING_CASE(the_end_of_a_task_rolls_back),
	};

	return RUN(tests);
}
