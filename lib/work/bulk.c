/* bulk: runs, and some leads after the other. */
#include "work/bulk.h"

#include "base/buf.h"
#include "base/json.h"
#include "crm/audit.h"
#include "crm/leadwork.h"
#include "db/db.h"
#include "work/leadmail.h"

enum { BATCH = 50, FILTER_BYTES = 4 << 10 };

STATEMENT(bulk_insert,
	  "INSERT INTO bulk_run (act, stage, tag, user_id, reason, filter,"
	  " only_open, n_all, more, asked_by, started_at)"
	  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, 0), ?)");
#define RUN                                                                    \
	"SELECT id, act, stage, tag, user_id, reason, filter, only_open,"      \
	" state, place_at, place_id, n_all, more, n_seen, n_changed,"          \
	" COALESCE(asked_by, 0) AS asked_by, started_at, ended_at"             \
	" FROM bulk_run WHERE id = ?"
STATEMENT(bulk_select, RUN);
STATEMENT(bulk_lock, RUN " FOR UPDATE");
STATEMENT(bulk_forward,
	  "UPDATE bulk_run SET place_at = ?, place_id = ?, user_id = ?,"
	  " n_seen = n_seen + ?, n_changed = n_changed + ? WHERE id = ?");
STATEMENT(bulk_end, "UPDATE bulk_run SET state = ?, ended_at = ?"
		    " WHERE id = ? AND state = 'running'");
STATEMENT(bulk_end_dead_runs,
	  "UPDATE bulk_run r SET state = 'failed', ended_at = ?"
	  " WHERE state = 'running' AND EXISTS (SELECT 1 FROM job j"
	  " WHERE j.kind = 'bulk' AND j.state = 'dead' AND"
	  " j.subject = CAST(r.id AS CHAR CHARACTER SET ascii)) LIMIT 100");
STATEMENT(bulk_is_open, "SELECT stage NOT IN ('won', 'lost') AS open"
			" FROM `lead` WHERE id = ?");
/* Whoever comes behind the last one, or the first of all. */
STATEMENT(bulk_next_person,
	  "SELECT id FROM app_user WHERE is_active AND manages_leads"
	  " ORDER BY id <= ?, id LIMIT 1");

struct run_row { /* bulk_run as it stands */
	int64_t id, user_id, place_id, n_all, n_seen, n_changed, asked_by;
	const char *act, *stage, *tag, *reason, *filter, *state;
	bool only_open, more;
	struct when place_at, started_at, ended_at;
};

/* ---- the filter, kept ------------------------------------------------------------- */

static const char *
filter_text(struct arena *mem, const struct lead_filter *f)
{
	struct buf b = buf_in(mem, FILTER_BYTES);
	struct json_out o = { .to = &b };

	json_open(&o, '{');
	for (int k = 0; k < FACET_COUNT; k++)
		if (f->facet[k] && f->facet[k][0]) {
			json_name(&o, facet_name((enum facet)k));
			json_put(&o, f->facet[k]);
		}
	json_name(&o, "from");
	json_put_int(&o, f->from.ms);
	json_name(&o, "until");
	json_put_int(&o, f->until.ms);
	json_name(&o, "search");
	json_put(&o, f->search ? f->search : "");
	json_name(&o, "test");
	json_put_bool(&o, f->test);
	json_close(&o, '}');
	return buf_str(&b);
}

static enum rc
read_filter(struct task *t, const char *text, struct lead_filter *f)
{
	const char *why = NULL;
	const struct json *j = json_parse(t->mem, text_of(text), &why);

	*f = (struct lead_filter){ 0 };
	if (!j)
		return fail(t, E_INTERNAL, "the filter of a run: %s", why);
	for (int k = 0; k < FACET_COUNT; k++)
		f->facet[k] = json_text(json_get(j, facet_name((enum facet)k)));
	f->search = json_text_or(json_get(j, "search"), "");
	if (!json_int(json_get(j, "from"), &f->from.ms) ||
	    !json_int(json_get(j, "until"), &f->until.ms) ||
	    !json_bool(json_get(j, "test"), &f->test))
		return fail(t, E_INTERNAL, "the filter of a run lacks a part");
	return OK;
}

/* ---- one lead ----------------------------------------------------------------------- */

static enum rc
give(struct task *t, const struct bulk *b, int64_t lead_id, bool *changed)
{
	enum rc rc =
		leadwork_assign(t, lead_id, b->user_id, b->reason, changed);

	if (!rc && *changed && b->user_id && b->user_id != t->user_id)
		rc = leadmail_given(
			t, &(struct lead_news){ .lead_id = lead_id,
						.user_id = b->user_id });
	return rc;
}

enum rc
bulk_one(struct task *t, const struct bulk *b, int64_t lead_id, bool *changed)
{
	struct text act = text_of(b->act);
	enum rc rc;

	if (text_is(act, BULK_STAGE))
		rc = leadwork_stage(t, lead_id, b->stage, changed);
	else if (text_is(act, BULK_TAG))
		rc = leadwork_tag(t, lead_id, b->tag, changed);
	else if (text_is(act, BULK_UNTAG))
		rc = leadwork_untag(t, lead_id, b->tag, changed);
	else
		rc = give(t, b, lead_id, changed);
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		*changed = false;
		return OK;
	}
	return rc;
}

/* ---- asked for ------------------------------------------------------------------------ */

struct beginning {
	const struct bulk *bulk;
	int64_t run_id;
};

static enum rc
begin(struct task *t, void *arg)
{
	static const struct lead_key all;
	struct beginning *w = arg;
	const struct bulk *b = w->bulk;
	int64_t n = 0;
	bool more = false;
	enum rc rc =
		leadlist_count(t, &b->filter, all, LEAD_COUNT_MAX, &n, &more);

	if (!rc)
		rc = db_insert(t, &bulk_insert,
			       INS(IN(b->act), IN(b->stage), IN(b->tag),
				   IN(text_is(text_of(b->act), BULK_SHARE)
					      ? 0
					      : b->user_id),
				   IN(b->reason),
				   IN(filter_text(t->mem, &b->filter)),
				   IN(b->only_open), IN(n), IN(more),
				   IN(t->user_id), IN(t->now)),
			       &w->run_id);
	if (!rc)
		rc = audit_add(
			t, "lead.bulk",
			arena_fmt(t->mem, "run %lld", (long long)w->run_id),
			arena_fmt(t->mem, "Began %s of %lld%s leads", b->act,
				  (long long)n, more ? " or more" : ""));
	return rc ? rc : queue_add(t, JOB_BULK, w->run_id);
}

enum rc
bulk_start(struct task *t, const struct bulk *b, int64_t *run_id)
{
	struct bulk whole = *b;
	struct beginning w = { .bulk = &whole };
	enum rc rc;

	whole.stage = b->stage ? b->stage : "";
	whole.tag = b->tag ? b->tag : "";
	whole.reason = b->reason ? b->reason : "";
	rc = db_tx(t, "bulk_start", begin, &w);
	if (!rc)
		*run_id = w.run_id;
	return rc;
}

enum rc
bulk_hand_over(struct task *t, const struct user *leaver, int64_t to,
	       int64_t *run_id)
{
	struct bulk b = {
		.act = to ? BULK_ASSIGN : BULK_SHARE,
		.reason = arena_fmt(t->mem, "%s takes no leads any more",
				    leaver->name),
		.user_id = to,
		.only_open = true,
	};

	b.filter.facet[FACET_ASSIGNEE] =
		arena_fmt(t->mem, "%lld", (long long)leaver->id);
	return bulk_start(t, &b, run_id);
}

static enum rc
find(struct task *t, struct db_stmt *q, int64_t id, struct run_row *out)
{
	static const struct db_col cols[] = {
		COL(struct run_row, id),
		COL(struct run_row, act),
		COL(struct run_row, stage),
		COL(struct run_row, tag),
		COL(struct run_row, user_id),
		COL(struct run_row, reason),
		COL(struct run_row, filter),
		COL(struct run_row, only_open),
		COL(struct run_row, state),
		COL(struct run_row, place_at),
		COL(struct run_row, place_id),
		COL(struct run_row, n_all),
		COL(struct run_row, more),
		COL(struct run_row, n_seen),
		COL(struct run_row, n_changed),
		COL(struct run_row, asked_by),
		COL(struct run_row, started_at),
		COL(struct run_row, ended_at),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct run_row),
				.max = 1 };
	enum rc rc = db_rows(t, q, INS(IN(id)), &list);

	if (!rc && list.n == 0)
		return fail(t, E_NOTFOUND, "no run %lld", (long long)id);
	if (!rc)
		*out = *(const struct run_row *)list.rows;
	return rc;
}

static struct bulk
bulk_of(const struct run_row *row)
{
	return (struct bulk){ .act = row->act,
			      .stage = row->stage,
			      .tag = row->tag,
			      .reason = row->reason,
			      .user_id = row->user_id,
			      .only_open = row->only_open };
}

enum rc
bulk_get(struct task *t, int64_t run_id, struct bulk_run *out)
{
	struct run_row row;
	enum rc rc = find(t, &bulk_select, run_id, &row);

	if (!rc)
		*out = (struct bulk_run){
			.id = row.id,
			.bulk = bulk_of(&row),
			.state = row.state,
			.n_all = row.n_all,
			.more = row.more,
			.n_seen = row.n_seen,
			.n_changed = row.n_changed,
			.asked_by = row.asked_by,
			.started_at = row.started_at,
			.ended_at = row.ended_at,
		};
	return rc;
}

enum rc
bulk_stop(struct task *t, int64_t run_id)
{
	return db_exec(t, &bulk_end, INS(IN("stopped"), IN(t->now), IN(run_id)),
		       NULL);
}

enum rc
bulk_end_dead(struct task *t)
{
	return db_exec(t, &bulk_end_dead_runs, INS(IN(t->now)), NULL);
}

/* ---- a batch ------------------------------------------------------------------------------ */

struct work {
	const struct job *job;
	struct run_row run;
	struct bulk bulk;
	int64_t n_changed;
};

/* Whose turn it is.  E_INPUT: nobody takes leads. */
static enum rc
next_person(struct task *t, struct work *w)
{
	int64_t id = 0;
	enum rc rc = db_one(t, &bulk_next_person, INS(IN(w->bulk.user_id)),
			    OUTS(OUT("id", &id)));

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return fail(t, E_INPUT, "nobody takes leads");
	}
	if (!rc)
		w->bulk.user_id = id;
	return rc;
}

static enum rc
do_one(struct task *t, struct work *w, int64_t lead_id)
{
	bool open = true, changed = false;
	enum rc rc = OK;

	if (w->bulk.only_open)
		rc = db_one(t, &bulk_is_open, INS(IN(lead_id)),
			    OUTS(OUT("open", &open)));
	if (rc || !open)
		return rc;
	if (text_is(text_of(w->bulk.act), BULK_SHARE))
		rc = next_person(t, w);
	if (!rc)
		rc = bulk_one(t, &w->bulk, lead_id, &changed);
	/* A lead with all the tags it may have stops no other. */
	if (rc == E_INPUT && text_is(text_of(w->bulk.act), BULK_TAG)) {
		task_forgive(t);
		return OK;
	}
	w->n_changed += changed;
	return rc;
}

static enum rc
end(struct task *t, const struct work *w, const char *state)
{
	enum rc rc = db_exec(t, &bulk_end,
			     INS(IN(state), IN(t->now), IN(w->run.id)), NULL);

	return rc ? rc : queue_done(t, w->job);
}

static enum rc
do_batch(struct task *t, struct work *w)
{
	struct lead_key place = { w->run.place_at, w->run.place_id };
	int64_t ids[BATCH];
	size_t n = 0;
	bool last = false;
	enum rc rc = read_filter(t, w->run.filter, &w->bulk.filter);

	if (!rc)
		rc = leadlist_ids(t, &w->bulk.filter, &place, BATCH, ids, &n,
				  &last);
	for (size_t i = 0; !rc && i < n; i++)
		rc = do_one(t, w, ids[i]);
	if (rc == E_INPUT) { /* whoever was to have them takes none by now */
		task_forgive(t);
		return end(t, w, "failed");
	}
	if (!rc)
		rc = db_exec(t, &bulk_forward,
			     INS(IN(place.at), IN(place.id),
				 IN(w->bulk.user_id), IN((int64_t)n),
				 IN(w->n_changed), IN(w->run.id)),
			     NULL);
	if (rc)
		return rc;
	return last ? end(t, w, "done") : queue_go_on(t, w->job);
}

/* The job first: whoever lost its lease changes nothing. */
static enum rc
step(struct task *t, void *arg)
{
	struct work *w = arg;
	enum rc rc = queue_hold(t, w->job->mark);

	if (!rc)
		rc = find(t, &bulk_lock, queue_subject(w->job), &w->run);
	if (rc == E_NOTFOUND || (!rc && strcmp(w->run.state, "running") != 0)) {
		task_forgive(t);
		return queue_done(t, w->job);
	}
	if (rc)
		return rc;
	if (!user_may_manage(t, w->run.asked_by))
		return end(t, w, "stopped");
	w->bulk = bulk_of(&w->run);
	w->n_changed = 0;
	t->user_id = w->run.asked_by;
	return do_batch(t, w);
}

enum rc
bulk_job(struct task *t, const struct job *j)
{
	struct work w = { .job = j };
	enum rc rc = db_tx(t, "bulk", step, &w);

	t->user_id = 0;
	return rc;
}
