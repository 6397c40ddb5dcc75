/* drill: asked for, begun, known by its lead, told of. */
#include "base/conf.h"
#include "crm/integration.h"
#include "crm/trouble.h"
#include "work/drill_private.h"
#include "work/testlead.h"

enum {
	LOST_MS = 6 * HOUR_MS, /* its job has ended without it */
	LEFT_MS = 5 * MINUTE_MS,
	KEPT_DAYS = 90,
};

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
/* Leads of drills that no drill at work will clear away. */
STATEMENT(drill_to_clear,
	  "SELECT MAX(d.id) AS id FROM test_run r"
	  " JOIN drill d ON d.integration_id = r.integration_id"
	  " WHERE r.is_drill AND r.created_at < ? GROUP BY d.integration_id"
	  " HAVING SUM(d.state IN ('making', 'waiting')) = 0 LIMIT 20");
STATEMENT(drill_insert, "INSERT INTO drill (integration_id, night, began_at)"
			" VALUES (?, ?, ?)");
STATEMENT(drill_known,
	  "SELECT EXISTS (SELECT 1 FROM test_run WHERE leadgen_id = ?"
	  " AND is_drill) OR EXISTS (SELECT 1 FROM drill WHERE leadgen_id = ?)"
	  " AS known");
/* By its form and time; the clocks of Meta and ours may differ. */
STATEMENT(drill_unknown,
	  "SELECT EXISTS (SELECT 1 FROM drill WHERE form_meta_id = ?"
	  " AND integration_id = ? AND leadgen_id IS NULL AND"
	  " (state = 'making' OR (state IN ('failed', 'put_off')"
	  " AND began_at < ? + INTERVAL 1 MINUTE"
	  " AND ended_at > ? - INTERVAL 1 MINUTE))) AND NOT EXISTS"
	  " (SELECT 1 FROM test_run WHERE leadgen_id = ?) AS known");
STATEMENT(drill_delete, "DELETE FROM drill WHERE began_at < ?"
			" AND state NOT IN ('making', 'waiting') LIMIT 500");

static const struct db_col drill_cols[] = {
	COL(struct drill, id),	      COL(struct drill, integration_id),
	COL(struct drill, state),     COL(struct drill, form_meta_id),
	COL(struct drill, form_name), COL(struct drill, test_run_id),
	COL(struct drill, reason),    COL(struct drill, began_at),
	COL(struct drill, made_at),   COL(struct drill, arrived_at),
	COL(struct drill, ended_at),  { 0 },
};

enum rc
drill_find(struct task *t, struct db_stmt *q, struct db_ins in,
	   struct drill **out, size_t *n)
{
	struct db_list list = { .cols = drill_cols,
				.size = sizeof(struct drill),
				.max = DRILL_FOUND_MAX };
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
	enum rc rc =
		drill_find(t, &drill_last, INS(IN(integration_id)), &found, &n);

	if (!rc && n == 0)
		return fail(t, E_NOTFOUND, "integration %lld: no drill yet",
			    (long long)integration_id);
	if (!rc)
		*out = *found;
	return rc;
}

const char *
drill_why(struct arena *mem, const char *reason)
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
		return arena_fmt(mem, "Failed: %s", drill_why(mem, d->reason));
	if (text_is(state, "put_off"))
		return "Not run: Meta\u2019s limit of calls was used up";
	if (text_is(state, "making") && d->reason[0])
		return "Put off: Meta\u2019s limit of calls is used up";
	return text_is(state, "waiting") ? "On its way" : "Being made at Meta";
}

static enum rc
look_for_unknown(struct task *t, const struct submission *s, bool *is)
{
	const struct testlead_note note = {
		.integration_id = s->integration_id,
		.page_meta_id = s->page_meta_id,
		.form_meta_id = s->form_meta_id,
		.leadgen_id = s->leadgen_id,
		.created_at = s->submitted_at.ms ? s->submitted_at : t->now,
	};
	enum rc rc = db_one(t, &drill_unknown,
			    INS(IN(s->form_meta_id), IN(s->integration_id),
				IN(note.created_at), IN(note.created_at),
				IN(s->leadgen_id)),
			    OUTS(OUT("known", is)));

	return rc || !*is ? rc : testlead_note(t, &note);
}

enum rc
drill_meet(struct task *t, const struct submission *s, bool *is)
{
	enum rc rc = db_one(t, &drill_known,
			    INS(IN(s->leadgen_id), IN(s->leadgen_id)),
			    OUTS(OUT("known", is)));

	return rc || *is ? rc : look_for_unknown(t, s, is);
}

/* ---- the round ------------------------------------------------------------------------------ */

int64_t
drill_minutes_into(struct task *t, struct when at)
{
	const char *zone = t->conf->site.time_zone;
	struct text clock = text_of(when_minute(t->mem, at, zone)), hour;
	int64_t h = 0, m = 0;

	if (!text_take_until(&clock, ':', &hour) ||
	    !text_int(hour, 0, 23, &h) || !text_int(clock, 0, 59, &m) ||
	    h < DRILL_FROM_HOUR || h >= DRILL_UNTIL_HOUR)
		return -1;
	return (h - DRILL_FROM_HOUR) * 60 + m;
}

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

struct id_row {
	int64_t id;
};

static enum rc
ids(struct task *t, struct db_stmt *q, struct db_ins in, struct id_row **out,
    size_t *n)
{
	static const struct db_col cols[] = { COL(struct id_row, id), { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct id_row),
				.max = DRILL_FOUND_MAX };
	enum rc rc = db_rows(t, q, in, &list);

	*out = list.rows;
	*n = rc ? 0 : list.n;
	return rc;
}

static enum rc
begin_due(struct task *t)
{
	struct beginning b = { .night = day_text(t->mem, t->now,
						 t->conf->site.time_zone) };
	int64_t minutes = drill_minutes_into(t, t->now);
	struct id_row *due = NULL;
	size_t n = 0;
	enum rc rc = OK;

	if (minutes >= 0)
		rc = ids(t, &drill_to_begin, INS(IN(minutes), IN(b.night)),
			 &due, &n);
	for (size_t i = 0; !rc && i < n; i++) {
		b.integration_id = due[i].id;
		rc = db_tx(t, "drill_begin", begin, &b);
		if (rc == E_CONFLICT) { /* another worker was here first */
			task_forgive(t);
			rc = OK;
		}
	}
	return rc;
}

/* By the job of the latest drill, as if it had just ended; one that waits for
 * Meta stays as it is. */
static enum rc
clear_left(struct task *t)
{
	struct id_row *left = NULL;
	size_t n = 0;
	enum rc rc = ids(t, &drill_to_clear,
			 INS(IN(when_add(t->now, -LEFT_MS))), &left, &n);

	for (size_t i = 0; !rc && i < n; i++)
		rc = queue_add(t, JOB_DRILL, left[i].id);
	return rc;
}

static enum rc
end_lost(struct task *t)
{
	struct drill *lost = NULL;
	size_t n = 0;
	enum rc rc = drill_find(t, &drill_lost,
				INS(IN(when_add(t->now, -LOST_MS))), &lost, &n);

	for (size_t i = 0; !rc && i < n; i++)
		rc = drill_lost_job(t, &lost[i]);
	return rc;
}

enum rc
drill_due(struct task *t)
{
	enum rc rc = end_lost(t);

	if (!rc)
		rc = begin_due(t);
	return rc ? rc : clear_left(t);
}

enum rc
drill_purge(struct task *t)
{
	return db_exec(t, &drill_delete,
		       INS(IN(when_add(t->now, -KEPT_DAYS * DAY_MS))), NULL);
}
