/* queue_end: the ends of a try, and the schedule of tries. */
#include "base/conf.h"
#include "base/crypt.h"
#include "base/text.h"
#include "db/db.h"
#include "work/queue.h"

STATEMENT(job_end, "UPDATE job SET state = ?, reason = ?, reason_words = ?,"
		   " ended_at = ?, lease_owner = NULL, lease_until = NULL"
		   " WHERE id = ? AND lease_owner = ?");
STATEMENT(job_again,
	  "UPDATE job SET state = 'ready', run_at = ?, reason = ?,"
	  " reason_words = ?, attempts = attempts - ?, lease_owner = NULL,"
	  " lease_until = NULL WHERE id = ? AND lease_owner = ?");

static enum rc
held(struct task *t, const struct job *j, enum rc rc, int64_t changed)
{
	if (rc || changed == 1)
		return rc;
	return fail(t, E_CONFLICT, "job %lld: lease lost", (long long)j->id);
}

static enum rc
end(struct task *t, const struct job *j, const char *state, const char *reason,
    const char *words)
{
	int64_t changed = 0;
	enum rc rc = db_exec(t, &job_end,
			     INS(IN(state), IN(text_cut(text_of(reason), 64)),
				 IN(text_cut(text_of(words), 255)), IN(t->now),
				 IN(j->id), IN(j->mark)),
			     &changed);

	return held(t, j, rc, changed);
}

/* `back`: how many of its tries are not counted. */
static enum rc
again(struct task *t, const struct job *j, struct when at, int64_t back,
      const char *reason, const char *words)
{
	int64_t changed = 0;
	enum rc rc = db_exec(t, &job_again,
			     INS(IN(at), IN(text_cut(text_of(reason), 64)),
				 IN(text_cut(text_of(words), 255)), IN(back),
				 IN(j->id), IN(j->mark)),
			     &changed);

	return held(t, j, rc, changed);
}

enum rc
queue_done(struct task *t, const struct job *j)
{
	return end(t, j, "done", "", "");
}

enum rc
queue_skip(struct task *t, const struct job *j, const char *reason,
	   const char *words)
{
	return end(t, j, "done", reason, words);
}

enum rc
queue_park(struct task *t, const struct job *j, const char *reason,
	   const char *words)
{
	return end(t, j, "parked", reason, words);
}

enum rc
queue_give_up(struct task *t, const struct job *j, const char *reason,
	      const char *words)
{
	return end(t, j, "dead", reason, words);
}

enum rc
queue_retry(struct task *t, const struct job *j, const char *reason,
	    const char *words)
{
	int64_t wait =
		queue_backoff(t->conf->limits.retry_first_ms, j->attempts);

	if (wait < 0)
		return end(t, j, "dead", reason, words);
	return again(t, j, when_add(t->now, wait), 0, reason, words);
}

enum rc
queue_wait(struct task *t, const struct job *j, struct when until,
	   const char *reason, const char *words)
{
	return again(t, j, until, 1, reason, words);
}

enum rc
queue_go_on(struct task *t, const struct job *j)
{
	return again(t, j, t->now, j->attempts, "", "");
}

enum rc
queue_pass_on(struct task *t, const struct job *j, const char *reason,
	      const char *words)
{
	/* Not in step with workers that look each second: always the same
	 * one would be there first. */
	int64_t wait = SECOND_MS / 2 + (int64_t)crypt_below(SECOND_MS);

	return again(t, j, when_add(t->now, wait), 0, reason, words);
}

int64_t
queue_backoff(int64_t first_ms, int64_t attempts)
{
	static const int64_t times[] = { 1,    6,    24,    120,   360, 1440,
					 4320, 8640, 17280, 17280, 2369 };
	size_t step = attempts < 1 ? 0 : (size_t)attempts - 1;
	int64_t wait;

	if (step >= COUNT(times))
		return -1;
	wait = first_ms * times[step];
	/* 80 to 120 %: jobs that failed together must not return together. */
	return wait * (800 + (int64_t)crypt_below(401)) / 1000;
}
