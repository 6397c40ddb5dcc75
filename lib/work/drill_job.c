/* drill_job: a drill made, watched, ended, and cleared away. */
#include "base/conf.h"
#include "base/log.h"
#include "crm/integration.h"
#include "crm/trouble.h"
#include "work/drill_private.h"
#include "work/health.h"
#include "work/testlead.h"

enum {
	MAKE_TRIES = 4,
	LOOK_MS = 10 * SECOND_MS,
	DEADLINE_MS = 15 * MINUTE_MS,
	CLEAR_MS = HOUR_MS, /* between tries to remove what Meta keeps */
	CLEAR_FOR_MS = 3 * DAY_MS,
};

STATEMENT(drill_by_id, DRILL_COLUMNS "WHERE d.id = ?");
/* The one that did not arrive last, else the next one in the order of their ids. */
STATEMENT(drill_form,
	  "SELECT f.meta_id FROM lead_form f JOIN page p ON p.id = f.page_id"
	  " LEFT JOIN drill d ON d.id = (SELECT MAX(b.id) FROM drill b"
	  " WHERE b.integration_id = ? AND b.id < ?)"
	  " WHERE p.integration_id = ? AND f.status = 'ACTIVE'"
	  " AND NOT f.is_left_out ORDER BY"
	  " d.state IN ('failed', 'put_off')"
	  " AND f.meta_id = d.form_meta_id DESC,"
	  " f.meta_id > d.form_meta_id DESC, f.meta_id LIMIT 1");
STATEMENT(drill_set_form, "UPDATE drill SET form_meta_id = ? WHERE id = ?");
STATEMENT(drill_made,
	  "UPDATE drill SET state = 'waiting', reason = '',"
	  " test_run_id = ?, made_at = ?,"
	  " leadgen_id = (SELECT leadgen_id FROM test_run WHERE id = ?)"
	  " WHERE id = ?");
STATEMENT(drill_end, "UPDATE drill SET state = ?, reason = ?, arrived_at = ?,"
		     " ended_at = ? WHERE id = ?");
STATEMENT(drill_waits, "UPDATE drill SET reason = ? WHERE id = ?");
/* Its own, and what nobody else clears away. */
STATEMENT(drill_left,
	  "SELECT r.id, r.created_at FROM test_run r WHERE r.is_drill"
	  " AND r.integration_id = ? AND (r.id = ? OR NOT EXISTS"
	  " (SELECT 1 FROM drill d WHERE d.integration_id = r.integration_id"
	  " AND d.state IN ('making', 'waiting'))) ORDER BY r.id LIMIT 20");

/* ---- over -------------------------------------------------------------------------- */

struct step {
	const struct job *job; /* NULL: it has none any more */
	struct drill d;
	const char *ends_as;	/* "arrived", "failed", "put_off" */
	const char *reason;	/* unless it arrived */
	struct when arrived_at; /* if it did */
};

static enum rc
raise_alarm(struct task *t, const struct step *s)
{
	struct trouble tr = { .scope = TROUBLE_INTEGRATION,
			      .subject_id = s->d.integration_id,
			      .integration_id = s->d.integration_id,
			      .reason = "drill_failed",
			      .detail = drill_why(t->mem, s->reason) };
	struct integration i;
	enum rc rc = integration_get(t, s->d.integration_id, &i);

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return OK;
	}
	if (rc || !i.is_drilled)
		return rc;
	log_warn("fire drill %lld: %s", (long long)s->d.id, tr.detail);
	rc = trouble_met(t, &tr);
	/* What stands in the way may be something that a look finds. */
	return rc ? rc : health_ask(t, i.id);
}

/* Its lead is cleared away by the next step. */
static enum rc
keep_end(struct task *t, void *arg)
{
	const struct step *s = arg;
	struct text as = text_of(s->ends_as);
	enum rc rc = s->job ? queue_go_on(t, s->job)
			    : queue_add(t, JOB_DRILL, s->d.id);

	if (!rc)
		rc = db_exec(t, &drill_end,
			     INS(IN(s->ends_as), IN(s->reason),
				 IN(s->arrived_at), IN(t->now), IN(s->d.id)),
			     NULL);
	if (rc || text_is(as, "put_off"))
		return rc;
	return text_is(as, "arrived")
		       ? trouble_over(t, TROUBLE_INTEGRATION,
				      s->d.integration_id, "drill_failed")
		       : raise_alarm(t, s);
}

static enum rc
ends(struct task *t, struct step *s, const char *as, const char *reason)
{
	s->ends_as = as;
	s->reason = reason;
	return db_tx(t, "drill_ends", keep_end, s);
}

static enum rc
fails(struct task *t, struct step *s, const char *reason)
{
	return ends(t, s, "failed", reason);
}

enum rc
drill_lost_job(struct task *t, const struct drill *d)
{
	struct step s = { .d = *d };

	return fails(t, &s, "internal");
}

/* ---- made ---------------------------------------------------------------------------- */

static enum rc
keep_made(struct task *t, void *arg)
{
	const struct step *s = arg;
	enum rc rc = queue_wait(t, s->job, when_add(t->now, LOOK_MS), "", "");

	return rc ? rc
		  : db_exec(t, &drill_made,
			    INS(IN(s->d.test_run_id), IN(s->d.made_at),
				IN(s->d.test_run_id), IN(s->d.id)),
			    NULL);
}

/* Until the limit ends, or to the next night. */
static enum rc
put_off(struct task *t, struct step *s, const struct graph_error *err)
{
	struct when until = when_add(t->now, err->wait_s * SECOND_MS);
	enum rc rc;

	if (drill_minutes_into(t, until) < 0 ||
	    until.ms - t->now.ms >
		    (DRILL_UNTIL_HOUR - DRILL_FROM_HOUR) * HOUR_MS)
		return ends(t, s, "put_off", err->reason);
	rc = db_exec(t, &drill_waits, INS(IN(err->reason), IN(s->d.id)), NULL);
	return rc ? rc
		  : queue_wait(t, s->job, until, err->reason,
			       "Put off: a limit of Meta");
}

/* Meta said no.  What passes is tried again. */
static enum rc
not_made(struct task *t, struct step *s, enum rc rc,
	 const struct graph_error *err)
{
	const char *reason = err->reason;

	if (rc == E_BUSY)
		return rc;
	task_forgive(t);
	if (rc == E_REMOTE && err->class == GRAPH_THROTTLED)
		return put_off(t, s, err);
	if (!reason[0])
		reason = rc == E_CONFLICT ? "test_lead_exists" : "internal";
	if (s->job->attempts < MAKE_TRIES)
		return queue_retry(t, s->job, reason, "");
	return fails(t, s, reason);
}

/* The form is written down first: the lead may come before Meta's answer. */
static enum rc
make(struct task *t, struct step *s)
{
	struct testlead_wish wish = { .integration_id = s->d.integration_id,
				      .replace = true,
				      .is_drill = true };
	struct graph_error err;
	enum rc rc = db_one(t, &drill_form,
			    INS(IN(s->d.integration_id), IN(s->d.id),
				IN(s->d.integration_id)),
			    OUTS(OUT("meta_id", &wish.form_meta_id)));

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return fails(t, s, "no_form");
	}
	if (!rc)
		rc = db_exec(t, &drill_set_form,
			     INS(IN(wish.form_meta_id), IN(s->d.id)), NULL);
	if (!rc)
		rc = queue_hold(t, s->job->mark);
	if (rc)
		return rc;
	s->d.made_at = t->now;
	rc = testlead_make(t, &wish, &s->d.test_run_id, &err);
	return rc ? not_made(t, s, rc, &err)
		  : db_tx(t, "drill_made", keep_made, s);
}

/* ---- watched, and cleared away ---------------------------------------------------------- */

static enum rc
watch(struct task *t, struct step *s)
{
	struct testlead l;
	enum rc rc = testlead_look(t, s->d.test_run_id, &l);

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return fails(t, s, "removed");
	}
	if (rc)
		return rc;
	if (l.imported_at.ms) {
		s->arrived_at = l.imported_at;
		return ends(t, s, "arrived", "");
	}
	if (t->now.ms > s->d.made_at.ms + DEADLINE_MS)
		return text_is(text_of(l.job_reason), "throttled")
			       ? ends(t, s, "put_off", l.job_reason)
			       : fails(t, s, "late");
	return queue_wait(t, s->job, when_add(t->now, LOOK_MS), "", "");
}

struct left {
	int64_t id;
	struct when created_at;
};

/* For a while it waits for Meta. */
static enum rc
clear_one(struct task *t, const struct step *s, const struct left *l,
	  bool *stays)
{
	bool gone = true;
	enum rc rc = queue_hold(t, s->job->mark);

	if (rc)
		return rc;
	if (t->now.ms - l->created_at.ms > CLEAR_FOR_MS)
		rc = testlead_remove(t, l->id);
	else
		rc = testlead_take_back(t, l->id, &gone);
	if (rc == E_NOTFOUND) { /* somebody has removed it */
		task_forgive(t);
		return OK;
	}
	*stays |= !gone;
	return rc;
}

/* Meta may have made one and not have said so. */
static enum rc
clear_unknown(struct task *t, const struct step *s)
{
	enum rc rc;

	if (s->d.test_run_id || !s->d.form_meta_id[0])
		return OK;
	rc = queue_hold(t, s->job->mark);
	if (!rc)
		rc = testlead_sweep(t, s->d.integration_id, s->d.form_meta_id);
	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	return OK;
}

static enum rc
clear_away(struct task *t, const struct step *s)
{
	static const struct db_col cols[] = { COL(struct left, id),
					      COL(struct left, created_at),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct left),
				.max = DRILL_FOUND_MAX };
	bool stays = false;
	enum rc rc = db_rows(t, &drill_left,
			     INS(IN(s->d.integration_id), IN(s->d.test_run_id)),
			     &list);

	for (size_t i = 0; !rc && i < list.n; i++)
		rc = clear_one(t, s, (const struct left *)list.rows + i,
			       &stays);
	if (!rc)
		rc = clear_unknown(t, s);
	if (rc)
		return rc;
	return stays ? queue_wait(t, s->job, when_add(t->now, CLEAR_MS), "", "")
		     : queue_done(t, s->job);
}

enum rc
drill_job(struct task *t, const struct job *j)
{
	struct step s = { .job = j, .reason = "" };
	struct drill *found = NULL;
	struct text state;
	size_t n = 0;
	enum rc rc = drill_find(t, &drill_by_id, INS(IN(queue_subject(j))),
				&found, &n);

	if (rc || n == 0)
		return rc ? rc : queue_done(t, j);
	s.d = *found;
	state = text_of(s.d.state);
	if (text_is(state, "making"))
		return make(t, &s);
	return text_is(state, "waiting") ? watch(t, &s) : clear_away(t, &s);
}
