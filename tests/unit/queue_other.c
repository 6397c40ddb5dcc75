/* queue: work other than leads. */
#include "testdb.h"
#include "work/queue.h"

STATEMENT(other_made, "SELECT created_at AS made FROM job");

/* As much a new piece of work as one that was never asked for before. */
static void
other_work_dates_from_when_it_was_asked_for(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct when asked = kit_task.now, made = { 0 };
		struct job *jobs = NULL;
		size_t n = 0;

		assert_int_equal(queue_add(&kit_task, JOB_HEALTH, 5), OK);
		kit_task.now = when_add(asked, HOUR_MS);
		assert_int_equal(queue_add(&kit_task, JOB_HEALTH, 5), OK);
		assert_int_equal(queue_claim_other(&kit_task, "a", &jobs, &n),
				 0);
		assert_int_equal(jobs->received_at.ms, asked.ms);
		assert_int_equal(db_one(&kit_task, &other_made, INS(),
					OUTS(OUT("made", &made))),
				 0);
		assert_int_equal(made.ms, asked.ms);
		assert_int_equal(queue_give_up(&kit_task, jobs, "", ""), OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DB_CASE(other_work_dates_from_when_it_was_asked_for),
	};

	return RUN(tests);
}
