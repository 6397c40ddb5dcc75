/* queue: claims, leases, and the schedule of tries. */
#include "work/queue.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "db/site.h"
#include "testdb.h"
#include "work/inbox.h"

static void
add(const char *id)
{
	const struct queue_lead l = { .leadgen_id = id,
				      .page_meta_id = "1",
				      .received_at = kit_task.now };

	assert_int_equal(queue_add_lead(&kit_task, &l), OK);
}

static size_t
claim(const char *mark, struct job **jobs)
{
	size_t n = 0;

	assert_int_equal(queue_claim(&kit_task, mark, jobs, &n), OK);
	return n;
}

static void
a_lead_is_one_job_however_often_it_is_named(void **state)
{
	struct job *jobs = NULL;

	(void)state;
	add("77");
	add("77");
	assert_int_equal(claim("a", &jobs), 1);
	assert_string_equal(jobs[0].subject, "77");
	assert_int_equal(jobs[0].attempts, 1);
	assert_int_equal(claim("b", &jobs), 0);
}

static void
what_goes_on_has_all_its_tries_anew(void **state)
{
	struct job *jobs = NULL;

	(void)state;
	add("77");
	assert_int_equal(claim("a", &jobs), 1);
	assert_int_equal(queue_retry(&kit_task, jobs, "network", ""), OK);
	kit_task.now = when_add(kit_task.now, MINUTE_MS);
	assert_int_equal(claim("b", &jobs), 1);
	assert_int_equal(jobs[0].attempts, 2);
	assert_int_equal(queue_go_on(&kit_task, jobs), OK);
	assert_int_equal(claim("c", &jobs), 1);
	assert_int_equal(jobs[0].attempts, 1);
}

static void
a_lost_lease_changes_nothing(void **state)
{
	struct job *first = NULL, *second = NULL;
	struct queue_counts c;

	(void)state;
	add("77");
	assert_int_equal(claim("a", &first), 1);
	kit_task.now = when_add(kit_task.now, 61 * SECOND_MS);
	assert_int_equal(claim("b", &second), 1);
	assert_int_equal(queue_done(&kit_task, first), E_CONFLICT);
	task_forgive(&kit_task);
	assert_int_equal(queue_done(&kit_task, second), OK);
	assert_int_equal(queue_count(&kit_task, &c), OK);
	assert_int_equal(c.ready + c.running + c.parked + c.dead, 0);
}

static void
a_try_can_end_in_each_way(void **state)
{
	struct queue_counts c;
	struct job *j = NULL;
	int64_t released = 0;

	(void)state;
	add("1");
	assert_int_equal(claim("a", &j), 1);
	assert_int_equal(queue_retry(&kit_task, j, "meta_trouble", "w"), OK);
	assert_int_equal(claim("b", &j), 0);
	kit_task.now = when_add(kit_task.now, 10 * SECOND_MS);
	assert_int_equal(claim("c", &j), 1);
	assert_int_equal(queue_park(&kit_task, j, "token_expired", "w"), OK);
	assert_int_equal(queue_release_page(&kit_task, "1", &released), OK);
	assert_int_equal(released, 1);
	assert_int_equal(claim("d", &j), 1);
	assert_int_equal(queue_hand_back(&kit_task, "d"), OK);
	assert_int_equal(claim("e", &j), 1);
	assert_int_equal(queue_give_up(&kit_task, j, "not_readable", "w"), OK);
	assert_int_equal(queue_count(&kit_task, &c), OK);
	assert_int_equal(c.dead, 1);
}

static void
waits_grow_within_their_jitter(void **state)
{
	static const int64_t expected[] = { 5,	   30,	  120,	 600,
					    1800,  7200,  21600, 43200,
					    86400, 86400, 11845 };
	int64_t whole = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(expected); i++) {
		whole += expected[i];
		for (int round = 0; round < 50; round++) {
			int64_t ms = queue_backoff(5000, (int64_t)i + 1);

			assert_in_range(ms, expected[i] * 800,
					expected[i] * 1200);
		}
	}
	assert_int_equal(whole, 72 * 3600);
	assert_int_equal(queue_backoff(5000, COUNT(expected) + 1), -1);
}

static void
forward(int64_t ms)
{
	kit_task.now = when_add(kit_task.now, ms);
}

static int64_t
dead_jobs(void)
{
	struct queue_counts c;

	assert_int_equal(queue_count(&kit_task, &c), OK);
	return c.dead;
}

/* Somebody mended the connection after a week: that is a beginning. */
static void
a_released_job_has_all_its_tries_again(void **state)
{
	struct job *j = NULL;
	int64_t released = 0;

	(void)state;
	add("1");
	assert_int_equal(claim("a", &j), 1);
	assert_int_equal(queue_park(&kit_task, j, "token_expired", "w"), OK);
	forward(7 * DAY_MS);
	assert_int_equal(queue_release_page(&kit_task, "1", &released), OK);
	assert_int_equal(claim("b", &j), 1);
	assert_int_equal(j->attempts, 1);
	assert_int_equal(queue_retry(&kit_task, j, "network", "w"), OK);
	assert_int_equal(dead_jobs(), 0);
}

static void
waiting_as_meta_said_uses_up_no_try(void **state)
{
	struct job *j = NULL;

	(void)state;
	add("1");
	for (int i = 0; i < 100; i++) {
		assert_int_equal(claim("a", &j), 1);
		forward(HOUR_MS);
		assert_int_equal(queue_wait(&kit_task, j, kit_task.now,
					    "throttled", "w"),
				 OK);
	}
	assert_int_equal(claim("b", &j), 1);
	assert_int_equal(queue_retry(&kit_task, j, "network", "w"), OK);
	assert_int_equal(dead_jobs(), 0);
}

static void
what_is_passed_on_comes_in_a_moment_and_is_counted(void **state)
{
	struct job *j = NULL;

	(void)state;
	add("1");
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(claim("a", &j), 1);
		assert_int_equal(j->attempts, i);
		assert_int_equal(queue_pass_on(&kit_task, j, "other_host", "w"),
				 OK);
		assert_int_equal(claim("b", &j), 0);
		forward(2 * SECOND_MS);
	}
}

static void
a_renewed_lease_holds(void **state)
{
	struct job *j = NULL;
	int64_t n = 0;

	(void)state;
	add("1");
	add("2");
	assert_int_equal(claim("a", &j), 2);
	assert_int_equal(queue_done(&kit_task, &j[0]), OK);
	forward(50 * SECOND_MS);
	assert_int_equal(queue_renew(&kit_task, "a", &n), OK);
	assert_int_equal(n, 1);
	forward(50 * SECOND_MS);
	assert_int_equal(claim("b", &j), 0);
	forward(11 * SECOND_MS);
	assert_int_equal(claim("b", &j), 1);
	assert_int_equal(queue_renew(&kit_task, "a", &n), OK);
	assert_int_equal(n, 0);
}

/* One lead that ends its worker takes no other with it for long. */
static void
what_ends_workers_is_tried_alone_and_given_up(void **state)
{
	struct job *j = NULL;
	int tries = 2;

	(void)state;
	add("1");
	add("2");
	add("3");
	assert_int_equal(claim("a", &j), 3);
	forward(61 * SECOND_MS);
	assert_int_equal(claim("b", &j), 3);
	forward(61 * SECOND_MS);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(claim("c", &j), 1);
		assert_int_equal(queue_done(&kit_task, j), OK);
	}
	for (; claim("d", &j) == 1; tries++)
		forward(61 * SECOND_MS);
	assert_int_equal(tries, 20);
	assert_int_equal(dead_jobs(), 1);
}

/* Work that keeps coming does not keep a lost job waiting. */
static void
lost_jobs_come_before_ready_ones(void **state)
{
	struct job *j = NULL;

	(void)state;
	add("1");
	assert_int_equal(claim("a", &j), 1);
	forward(61 * SECOND_MS);
	add("2");
	assert_int_equal(claim("b", &j), 1);
	assert_string_equal(j->subject, "1");
	assert_int_equal(claim("c", &j), 1);
	assert_string_equal(j->subject, "2");
}

static void
a_receipt_becomes_jobs_once(void **state)
{
	static const char body[] =
		"{\"object\":\"page\",\"entry\":[{\"id\":\"5\",\"changes\":["
		"{\"field\":\"leadgen\",\"value\":{\"leadgen_id\":\"11\"}},"
		"{\"field\":\"leadgen\",\"value\":{\"leadgen_id\":\"12\"}},"
		"{\"field\":\"leadgen\",\"value\":{\"leadgen_id\":"
		"\"444444444444\"}},{\"field\":\"feed\"}]}]}";
	struct arena *one_mem = arena_new(TASK_CEILING);
	struct queue_counts c;
	int64_t id = 0, opened = 0;

	(void)state;
	assert_int_equal(
		inbox_store(&kit_task, text_of(body), SIGNATURE_GOOD, &id), OK);
	assert_int_equal(
		inbox_store(&kit_task, TEXT("not json"), SIGNATURE_GOOD, &id),
		OK);
	assert_int_equal(inbox_open(&kit_task, one_mem, &opened), OK);
	assert_int_equal(opened, 2);
	assert_int_equal(inbox_open(&kit_task, one_mem, &opened), OK);
	assert_int_equal(opened, 0);
	assert_int_equal(queue_count(&kit_task, &c), OK);
	assert_int_equal(c.ready, 2);
	assert_int_equal(c.receipts_new, 0);
	arena_free(one_mem);
}

/* `n` changes of one lead each, as Meta packs them. */
static struct text
big_delivery(size_t n, int64_t first)
{
	struct buf b = buf_in(kit_mem, 3 << 20);

	buf_puts(&b, "{\"object\":\"page\",\"entry\":[{\"id\":\"5\","
		     "\"time\":1751736579,\"changes\":[");
	for (size_t i = 0; i < n; i++)
		buf_fmt(&b,
			"%s{\"field\":\"leadgen\",\"value\":{\"leadgen_id\":"
			"%lld,\"page_id\":123456789012345,\"form_id\":"
			"234567890123456,\"ad_id\":345678901234567,"
			"\"adgroup_id\":345678901234567,\"created_time\":"
			"1751736579,\"note\":\"%0100d\"}}",
			i ? "," : "", (long long)first + (long long)i, 0);
	buf_puts(&b, "]}]}");
	assert_false(b.failed);
	return buf_text(&b);
}

/* After an outage many large ones wait at once. */
static void
waiting_deliveries_fit_one_task(void **state)
{
	struct arena *task_mem = arena_new(TASK_CEILING);
	struct arena *one_mem = arena_new(TASK_CEILING);
	struct task t = kit_task;
	struct queue_counts c;
	int64_t id = 0, opened = 0;

	(void)state;
	t.mem = task_mem;
	for (int64_t i = 0; i < 20; i++)
		assert_int_equal(
			inbox_store(&kit_task,
				    big_delivery(1000, 1000000 * i + 1),
				    SIGNATURE_GOOD, &id),
			OK);
	assert_int_equal(inbox_open(&t, one_mem, &opened), OK);
	assert_int_equal(opened, 20);
	assert_int_equal(inbox_store(&kit_task, big_delivery(9000, 90000001),
				     SIGNATURE_GOOD, &id),
			 OK);
	assert_int_equal(inbox_open(&t, one_mem, &opened), OK);
	assert_int_equal(opened, 1);
	assert_int_equal(queue_count(&kit_task, &c), OK);
	assert_int_equal(c.ready, 29000);
	arena_free(one_mem);
	arena_free(task_mem);
}

STATEMENT(test_receipts,
	  "INSERT INTO receipt (received_at, verdict, body, state)"
	  " SELECT ?, 'good', 'x', ? FROM seq_1_to_1200");
STATEMENT(test_count, "SELECT COUNT(*) AS n FROM receipt");

static int64_t
receipts(void)
{
	int64_t n = 0;

	assert_int_equal(
		db_one(&kit_task, &test_count, INS(), OUTS(OUT("n", &n))), OK);
	return n;
}

/* A busy page fills more than one bite a day; what was never opened stays. */
static void
receipts_are_kept_for_their_days_only(void **state)
{
	static const char *const states[] = { "opened", "refused", "new" };
	struct when old = when_add(kit_task.now, -31 * DAY_MS);

	(void)state;
	for (size_t i = 0; i < COUNT(states); i++)
		assert_int_equal(db_exec(&kit_task, &test_receipts,
					 INS(IN(old), IN(states[i])), NULL),
				 OK);
	assert_int_equal(db_exec(&kit_task, &test_receipts,
				 INS(IN(kit_task.now), IN("opened")), NULL),
			 OK);
	assert_int_equal(inbox_purge(&kit_task), OK);
	assert_int_equal(receipts(), 2400);
}

/* ---- several workers -------------------------------------------------------- */

STATEMENT(rival_fill, "INSERT INTO setting (name, value, set_at)"
		      " SELECT CONCAT('rival', seq), 'x', UTC_TIMESTAMP(3)"
		      " FROM seq_1_to_20");
STATEMENT(rival_take, "UPDATE job SET reason = 'rival' WHERE id = ?");
STATEMENT(rival_sees, "SELECT COUNT(*) AS n FROM information_schema.innodb_trx"
		      " WHERE trx_state = 'LOCK WAIT'");

/* The server renews this table ten times a second. */
static enum rc
until_somebody_waits(struct task *t)
{
	struct timespec pause = { .tv_nsec = 110 * 1000000 };
	int64_t n = 0;
	enum rc rc = OK;

	for (int i = 0; !rc && i < 50 && n == 0; i++) {
		nanosleep(&pause, NULL);
		rc = db_one(t, &rival_sees, INS(), OUTS(OUT("n", &n)));
	}
	return rc;
}

/* Has the second job of a claim and then wants the first; it has changed more,
 * so that the claim's owner is the one who is rolled back. */
static enum rc
rival_takes(struct task *t, void *arg)
{
	const int *end = arg;
	enum rc rc = db_exec(t, &rival_fill, INS(), NULL);

	if (!rc)
		rc = db_exec(t, &rival_take, INS(IN(2)), NULL);
	if (rc || write(*end, "r", 1) != 1)
		return (fail)(t, E_INTERNAL, "rival");
	rc = until_somebody_waits(t);
	return rc ? rc : db_exec(t, &rival_take, INS(IN(1)), NULL);
}

static pid_t
start_rival(void)
{
	int ends[2];
	char ready;
	pid_t child;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct task t = kit_task;

		t.db = db_new(&testdb_conf);
		_exit(db_tx(&t, "rival", rival_takes, &ends[0]) ? 1 : 0);
	}
	close(ends[0]);
	assert_int_equal(read(ends[1], &ready, 1), 1);
	close(ends[1]);
	return child;
}

/* Left to its lease, the claim would stand still for a minute. */
static void
a_claim_survives_a_deadlock(void **state)
{
	struct job *jobs = NULL;
	int64_t n = 0;
	int status;
	pid_t rival;

	(void)state;
	add("1");
	add("2");
	assert_int_equal(claim("a", &jobs), 2);
	rival = start_rival();
	assert_int_equal(queue_renew(&kit_task, "a", &n), OK);
	assert_int_equal(n, 2);
	assert_int_equal(waitpid(rival, &status, 0), rival);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DB_CASE(a_lead_is_one_job_however_often_it_is_named),
		DB_CASE(what_goes_on_has_all_its_tries_anew),
		DB_CASE(a_lost_lease_changes_nothing),
		DB_CASE(a_try_can_end_in_each_way),
		DB_CASE(waits_grow_within_their_jitter),
		DB_CASE(a_released_job_has_all_its_tries_again),
		DB_CASE(waiting_as_meta_said_uses_up_no_try),
		DB_CASE(what_is_passed_on_comes_in_a_moment_and_is_counted),
		DB_CASE(a_renewed_lease_holds),
		DB_CASE(what_ends_workers_is_tried_alone_and_given_up),
		DB_CASE(lost_jobs_come_before_ready_ones),
		DB_CASE(a_receipt_becomes_jobs_once),
		DB_CASE(waiting_deliveries_fit_one_task),
		DB_CASE(receipts_are_kept_for_their_days_only),
		DB_CASE(a_claim_survives_a_deadlock),
	};

	return RUN(tests);
}
