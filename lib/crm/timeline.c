/* timeline: events of a lead, and the reasons behind them. */
#include "crm/timeline.h"

#include "base/json.h"
#include "db/db.h"

enum { EVENTS_MAX = 500, WHY_BYTES = 60000 };

STATEMENT(event_insert,
	  "INSERT INTO lead_event (lead_id, at, kind, actor_id, words, why,"
	  " note, ref_id)"
	  " VALUES (?, ?, ?, NULLIF(?, 0), ?, ?, ?, NULLIF(?, 0))");
STATEMENT(event_list,
	  "SELECT e.id, e.at, e.kind, e.words, e.why, e.note,"
	  " COALESCE(e.ref_id, 0) AS ref_id, COALESCE(u.name, '') AS actor"
	  " FROM lead_event e LEFT JOIN app_user u ON u.id = e.actor_id"
	  " WHERE e.lead_id = ? ORDER BY e.id DESC LIMIT 500");

void
why_add(struct task *t, struct why_log *log, const char *mark, const char *fmt,
	...)
{
	va_list args;

	if (log->n == WHY_MAX) {
		log->at[WHY_MAX - 1] =
			(struct why){ "skip", "Further people were looked at "
					      "in the same way." };
		return;
	}
	va_start(args, fmt);
	log->at[log->n].mark = mark;
	log->at[log->n].words = arena_vfmt(t->mem, fmt, args);
	va_end(args);
	log->n++;
}

static const char *
why_json(struct task *t, const struct why_log *why)
{
	struct buf b = buf_in(t->mem, WHY_BYTES);
	struct json_out out = { .to = &b };

	json_open(&out, '[');
	for (size_t i = 0; i < why->n; i++) {
		json_open(&out, '{');
		json_name(&out, "mark");
		json_put(&out, why->at[i].mark);
		json_name(&out, "words");
		json_put(&out, why->at[i].words);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	return b.failed ? "" : buf_str(&b);
}

struct event_row {
	int64_t id, ref_id;
	struct when at;
	const char *kind, *words, *why, *note, *actor;
};

static enum rc
add(struct task *t, int64_t lead_id, const struct event_row *e)
{
	return db_exec(t, &event_insert,
		       INS(IN(lead_id), IN(t->now), IN(e->kind), IN(t->user_id),
			   IN(text_cut(text_of(e->words), 500)), IN(e->why),
			   IN(e->note), IN(e->ref_id)),
		       NULL);
}

enum rc
timeline_add(struct task *t, int64_t lead_id, const char *kind,
	     const char *words, const struct why_log *why)
{
	return add(t, lead_id,
		   &(struct event_row){
			   .kind = kind,
			   .words = words,
			   .why = why && why->n ? why_json(t, why) : "",
			   .note = "",
		   });
}

enum rc
timeline_note(struct task *t, int64_t lead_id, const char *kind,
	      const char *words, const char *note, int64_t ref_id)
{
	return add(t, lead_id,
		   &(struct event_row){ .kind = kind,
					.words = words,
					.why = "",
					.note = note,
					.ref_id = ref_id });
}

static const struct db_col event_cols[] = {
	COL(struct event_row, id),
	COL(struct event_row, at),
	COL(struct event_row, kind),
	COL(struct event_row, words),
	COL(struct event_row, why),
	COL(struct event_row, note),
	COL(struct event_row, actor),
	COL(struct event_row, ref_id),
	{ 0 },
};

/* An event without reasons has an empty column. */
static void
read_why(struct task *t, const char *json, struct lead_event *e)
{
	const char *fault = NULL;
	const struct json *doc = json_parse(t->mem, text_of(json), &fault);
	struct why *why = NEW_ARRAY(t->mem, struct why, WHY_MAX);
	size_t n = 0;

	for (const struct json *j = json_first(doc); j && n < WHY_MAX;
	     j = json_next(j)) {
		const char *mark = json_text(json_get(j, "mark"));
		const char *words = json_text(json_get(j, "words"));

		if (mark && words)
			why[n++] = (struct why){ mark, words };
	}
	e->why = why;
	e->n_why = n;
}

enum rc
timeline_of_lead(struct task *t, int64_t lead_id, struct lead_event **out,
		 size_t *n)
{
	struct db_list list = { .cols = event_cols,
				.size = sizeof(struct event_row),
				.max = EVENTS_MAX };
	enum rc rc = db_rows(t, &event_list, INS(IN(lead_id)), &list);
	const struct event_row *rows = list.rows;
	struct lead_event *events;

	if (rc)
		return rc;
	events = NEW_ARRAY(t->mem, struct lead_event, list.n);
	for (size_t i = 0; i < list.n; i++) {
		events[i] = (struct lead_event){ .id = rows[i].id,
						 .at = rows[i].at,
						 .kind = rows[i].kind,
						 .words = rows[i].words,
						 .actor = rows[i].actor,
						 .note = rows[i].note,
						 .ref_id = rows[i].ref_id };
		if (rows[i].why[0])
			read_why(t, rows[i].why, &events[i]);
	}
	*out = events;
	*n = list.n;
	return OK;
}
