/* drill: begun, made, watched, and cleared away. */
#include "work/drill.h"

#include "base/conf.h"
#include "base/log.h"
#include "crm/integration.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "work/health.h"
#include "work/testlead.h"

enum {
	FROM_HOUR = 2,
	UNTIL_HOUR = 5,
	MAKE_TRIES = 4,
	LOOK_MS = 10 * SECOND_MS,
	DEADLINE_MS = 15 * MINUTE_MS,
	LOST_MS = 6 * HOUR_MS, /* its job has ended without it */
	KEPT_DAYS = 90,
	DUE_MAX = 20,
};

#define DRILL_COLUMNS                                                          \
	"SELECT d.id, d.integration_id, d.state, d.form_meta_id,"              \
	" COALESCE(f.name, '') AS form_name,"                                  \
	" COALESCE(d.test_run_id, 0) AS test_run_id, d.reason, d.began_at,"    \
	" d.made_at, d.arrived_at, d.ended_at FROM drill d"                    \
	" LEFT JOIN lead_form f ON f.meta_id = d.form_meta_id "

STATEMENT(drill_by_id, DRILL_COLUMNS "WHERE d.id = ?");
STATEMENT(drill_last, DRILL_COLUMNS "WHERE d.integration_id = ?"
				    " ORDER BY d.id DESC LIMIT 1");
STATEMENT(drill_lost,
	  DRILL_COLUMNS "WHERE d.state IN ('making', 'waiting')"
			" AND d.began_at < ? ORDER BY d.id LIMIT 20");
/* Minutes apart, so that not all of them ask Meta at once. */
STATEMENT(drill_to_begin,
	  "SELECT i.id FROM integration i WHERE i.is_drilled"
	  " AND i.deleted_at IS NULL AND MOD(i.id * 37, 60) <= ?"
	  " AND NOT EXISTS (SELECT 1 FROM drill d"
	  " WHERE d.integration_id = i.id AND d.night = ?)"
	  " ORDER BY i.id LIMIT 20");
STATEMENT(drill_insert, "INSERT INTO drill (integration_id, night, began_at)"
			" VALUES (?, ?, ?)");
/* The one that failed last, else the next one in the order of their ids. */
STATEMENT(drill_form,
	  "SELECT f.meta_id FROM lead_form f JOIN page p ON p.id = f.page_id"
	  " LEFT JOIN drill d ON d.id = (SELECT MAX(b.id) FROM drill b"
	  " WHERE b.integration_id = ? AND b.id < ?)"
	  " WHERE p.integration_id = ? AND f.status = 'ACTIVE'"
	  " AND NOT f.is_left_out ORDER BY"
	  " d.state = 'failed' AND f.meta_id = d.form_meta_id DESC,"
	  " f.meta_id > d.form_meta_id DESC, f.meta_id LIMIT 1");
STATEMENT(drill_set_form, "UPDATE drill SET form_meta_id = ? WHERE id = ?");
STATEMENT(drill_made,
	  "UPDATE drill SET state = 'waiting', test_run_id = ?, made_at = ?,"
	  " leadgen_id = (SELECT leadgen_id FROM test_run WHERE id = ?)"
	  " WHERE id = ?");
STATEMENT(drill_end, "UPDATE drill SET state = ?, reason = ?, arrived_at = ?,"
		     " ended_at = ? WHERE id = ?");
STATEMENT(drill_known,
	  "SELECT EXISTS (SELECT 1 FROM test_run WHERE leadgen_id = ?"
	  " AND is_drill) OR EXISTS (SELECT 1 FROM drill WHERE leadgen_id = ?)"
	  " OR EXISTS (SELECT 1 FROM drill WHERE state = 'making' AND "
	  "form_meta_id = ?) AS known");
STATEMENT(drill_delete, "DELETE FROM drill WHERE began_at < ?"
			" AND state IN ('arrived', 'failed') LIMIT 500");

static const struct db_col drill_cols[] = {
	COL(struct drill, id),	      COL(struct drill, integration_id),
	COL(struct drill, state),     COL(struct drill, form_meta_id),
	COL(struct drill, form_name), COL(struct drill, test_run_id),
	COL(struct drill, reason),    COL(struct drill, began_at),
	COL(struct drill, made_at),   COL(struct drill, arrived_at),
	COL(struct drill, ended_at),  { 0 },
};

static enum rc
find(struct task *t, struct db_stmt *q, struct db_ins in, struct drill **out,
     size_t *n)
{
	struct db_list list = { .cols = drill_cols,
				.size = sizeof(struct drill),
				.max = DUE_MAX };
	enum rc rc = db_rows(t, q, in, &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

/* ---- asked for, and looked at ---------------------------------------------------- */

enum rc
drill_switch(struct task *t, int64_t integration_id, bool on)
{
	enum rc rc = integration_set_drilled(t, integration_id, on);

	return rc || on ? rc
			: trouble_over(t, TROUBLE_INTEGRATION, integration_id,
				       "drill_failed");
}

enum rc
drill_latest(struct task *t, int64_t integration_id, struct drill *out)
{
	struct drill *found = NULL;
	size_t n = 0;
	enum rc rc = find(t, &drill_last, INS(IN(integration_id)), &found, &n);

	if (!rc && n == 0)
		return fail(t, E_NOTFOUND, "integration %lld: no drill yet",
			    (long long)integration_id);
	if (!rc)
		*out = *found;
	return rc;
}

/* Why it failed, in words. */
static const char *
why(struct arena *mem, const char *reason)
{
	static const struct reason_facts none;

	if (text_is(text_of(reason), "late"))
		return "it was not stored within 15 minutes";
	if (text_is(text_of(reason), "no_form"))
		return "no active form is known";
	if (text_is(text_of(reason), "removed"))
		return "somebody removed it";
	return reason_card(mem, reason_of(reason), &none);
}

const char *
drill_words(struct arena *mem, const struct drill *d)
{
	struct text state = text_of(d->state);

	if (text_is(state, "arrived"))
		return arena_fmt(
			mem, "Arrived within %s",
			span_words(mem, d->arrived_at.ms - d->made_at.ms));
	if (text_is(state, "failed"))
		return arena_fmt(mem, "Failed: %s", why(mem, d->reason));
	return text_is(state, "waiting") ? "On its way" : "Being made at Meta";
}

enum rc
drill_is(struct task *t, const char *leadgen_id, const char *form_meta_id,
	 bool *is)
{
	return db_one(t, &drill_known,
		      INS(IN(leadgen_id), IN(leadgen_id), IN(form_meta_id)),
		      OUTS(OUT("known", is)));
}

/* ---- over -------------------------------------------------------------------------- */

struct step {
	const struct job *job; /* NULL: it has none any more */
	struct drill d;
	const char *reason;	/* it has failed */
	struct when arrived_at; /* or arrived */
};

static enum rc
raise_alarm(struct task *t, const struct step *s)
{
	struct trouble tr = { .scope = TROUBLE_INTEGRATION,
			      .subject_id = s->d.integration_id,
			      .integration_id = s->d.integration_id,
			      .reason = "drill_failed",
			      .detail = why(t->mem, s->reason) };
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
	bool arrived = s->arrived_at.ms != 0;
	enum rc rc = s->job ? queue_go_on(t, s->job) : OK;

	if (!rc)
		rc = db_exec(t, &drill_end,
			     INS(IN(arrived ? "arrived" : "failed"),
				 IN(arrived ? "" : s->reason),
				 IN(s->arrived_at), IN(t->now), IN(s->d.id)),
			     NULL);
	if (rc)
		return rc;
	return arrived ? trouble_over(t, TROUBLE_INTEGRATION,
				      s->d.integration_id, "drill_failed")
		       : raise_alarm(t, s);
}

static enum rc
fails(struct task *t, struct step *s, const char *reason)
{
	s->reason = reason;
	return db_tx(t, "drill_fails", keep_end, s);
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

/* Meta said no.  What passes is tried again. */
static enum rc
not_made(struct task *t, struct step *s, enum rc rc, const char *reason)
{
	if (rc == E_BUSY)
		return rc;
	task_forgive(t);
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
	const char *reason = "";
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
	rc = testlead_make(t, &wish, &s->d.test_run_id, &reason);
	return rc ? not_made(t, s, rc, reason)
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
		return db_tx(t, "drill_arrived", keep_end, s);
	}
	if (t->now.ms > s->d.made_at.ms + DEADLINE_MS)
		return fails(t, s, "late");
	return queue_wait(t, s->job, when_add(t->now, LOOK_MS), "", "");
}

static enum rc
clear_away(struct task *t, const struct step *s)
{
	enum rc rc =
		s->d.test_run_id ? testlead_remove(t, s->d.test_run_id) : OK;

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		rc = OK;
	}
	return rc ? rc : queue_done(t, s->job);
}

enum rc
drill_job(struct task *t, const struct job *j)
{
	struct step s = { .job = j, .reason = "" };
	struct drill *found = NULL;
	struct text state;
	size_t n = 0;
	enum rc rc =
		find(t, &drill_by_id, INS(IN(queue_subject(j))), &found, &n);

	if (rc || n == 0)
		return rc ? rc : queue_done(t, j);
	s.d = *found;
	state = text_of(s.d.state);
	if (text_is(state, "making"))
		return make(t, &s);
	return text_is(state, "waiting") ? watch(t, &s) : clear_away(t, &s);
}

/* ---- the round ------------------------------------------------------------------------------ */

struct beginning {
	int64_t integration_id;
	const char *night;
};

static enum rc
begin(struct task *t, void *arg)
{
	const struct beginning *b = arg;
	int64_t id = 0;
	enum rc rc = db_insert(
		t, &drill_insert,
		INS(IN(b->integration_id), IN(b->night), IN(t->now)), &id);

	return rc ? rc : queue_add(t, JOB_DRILL, id);
}

/* Minutes since the window opened; -1 outside of it. */
static int64_t
minutes_into(struct task *t, const char *zone)
{
	struct text clock = text_of(when_minute(t->mem, t->now, zone)), hour;
	int64_t h = 0, m = 0;

	if (!text_take_until(&clock, ':', &hour) ||
	    !text_int(hour, 0, 23, &h) || !text_int(clock, 0, 59, &m) ||
	    h < FROM_HOUR || h >= UNTIL_HOUR)
		return -1;
	return (h - FROM_HOUR) * 60 + m;
}

static enum rc
begin_due(struct task *t)
{
	struct id_row {
		int64_t id;
	};
	static const struct db_col cols[] = { COL(struct id_row, id), { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct id_row),
				.max = DUE_MAX };
	const char *zone = t->conf->site.time_zone;
	struct beginning b = { .night = day_text(t->mem, t->now, zone) };
	int64_t minutes = minutes_into(t, zone);
	enum rc rc = minutes < 0
			     ? OK
			     : db_rows(t, &drill_to_begin,
				       INS(IN(minutes), IN(b.night)), &list);

	for (size_t i = 0; !rc && i < list.n; i++) {
		b.integration_id = ((const struct id_row *)list.rows)[i].id;
		rc = db_tx(t, "drill_begin", begin, &b);
		if (rc == E_CONFLICT) { /* another worker was here first */
			task_forgive(t);
			rc = OK;
		}
	}
	return rc;
}

static enum rc
end_lost(struct task *t)
{
	struct drill *lost = NULL;
	size_t n = 0;
	enum rc rc = find(t, &drill_lost, INS(IN(when_add(t->now, -LOST_MS))),
			  &lost, &n);

	for (size_t i = 0; !rc && i < n; i++) {
		struct step s = { .d = lost[i] };

		rc = fails(t, &s, "internal");
	}
	return rc;
}

enum rc
drill_due(struct task *t)
{
	enum rc rc = end_lost(t);

	return rc ? rc : begin_due(t);
}

enum rc
drill_purge(struct task *t)
{
	return db_exec(t, &drill_delete,
		       INS(IN(when_add(t->now, -KEPT_DAYS * DAY_MS))), NULL);
}
