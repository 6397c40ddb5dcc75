/* remap: runs, and one batch of submissions after the other. */
#include "work/remap.h"

#include "base/conf.h"
#include "base/text.h"
#include "crm/audit.h"
#include "crm/facet.h"
#include "crm/leadform.h"
#include "crm/recognise.h"
#include "crm/timeline.h"
#include "db/db.h"
#include "work/learn.h"
#include "work/mapping.h"

enum { BATCH = 50, LONG_ANSWERS = 512 << 10, ROW_CEILING = 32 << 20 };

#define RUN_COLUMNS                                                            \
	"SELECT id, form_id, state, asked_by IS NULL AS is_learning, up_to,"   \
	" at_id, n_all, n_seen, n_changed, started_at, ended_at"               \
	" FROM remap_run "
/* What nobody asked for began because questions became known. */
#define ASKED " AND asked_by IS NOT NULL"
/* Leads in no list any more are left alone. */
#define LIVING                                                                 \
	" JOIN `lead` l ON l.id = s.lead_id AND l.deleted_at IS NULL"          \
	" AND l.erased_at IS NULL AND l.merged_into IS NULL"

STATEMENT(remap_count_leads,
	  "SELECT COUNT(DISTINCT s.lead_id) AS leads FROM submission s" LIVING
	  " WHERE s.form_meta_id = ?");
STATEMENT(remap_extent, "SELECT COUNT(*) AS n, COALESCE(MAX(id), 0) AS last"
			" FROM submission WHERE form_meta_id = ?");
/* Or one that is being taken in just now. */
STATEMENT(remap_any,
	  "SELECT EXISTS (SELECT 1 FROM submission WHERE form_meta_id = ?)"
	  " OR EXISTS (SELECT 1 FROM page p JOIN job j"
	  " ON j.page_meta_id = p.meta_id AND j.kind = 'lead'"
	  " AND j.state = 'running' WHERE p.id = ?)"
	  " OR EXISTS (SELECT 1 FROM sync_run r JOIN sync_step s"
	  " ON s.run_id = r.id AND s.form_meta_id = ? AND s.state = 'ready'"
	  " WHERE r.state = 'running') AS found");
STATEMENT(remap_set_extent,
	  "UPDATE remap_run SET up_to = ?, n_all = ? WHERE id = ?");
STATEMENT(remap_insert,
	  "INSERT INTO remap_run (form_id, up_to, n_all, asked_by, started_at)"
	  " VALUES (?, ?, ?, NULLIF(?, 0), ?)");
STATEMENT(remap_end_running,
	  "UPDATE remap_run SET state = 'stopped', ended_at = ?"
	  " WHERE form_id = ? AND state = 'running'" ASKED);
STATEMENT(remap_of_form,
	  RUN_COLUMNS "WHERE form_id = ?" ASKED " ORDER BY id DESC LIMIT 1");
STATEMENT(remap_by_id, RUN_COLUMNS "WHERE id = ? FOR UPDATE");
STATEMENT(remap_batch,
	  "SELECT s.id, s.lead_id, IF(LENGTH(s.answers) <= ?, s.answers, '[]')"
	  " AS answers, s.way <> 'import' AS is_told, l.id IS NOT NULL AS lives"
	  " FROM submission s LEFT" LIVING
	  " WHERE s.form_meta_id = ? AND s.id > ? AND s.id <= ?"
	  " ORDER BY s.id LIMIT 50");
STATEMENT(remap_forward, "UPDATE remap_run SET at_id = ?, n_seen = n_seen + ?,"
			 " n_changed = n_changed + ? WHERE id = ?");
STATEMENT(remap_end, "UPDATE remap_run SET state = ?, ended_at = ?"
		     " WHERE id = ? AND state = 'running'");
STATEMENT(remap_end_dead_runs,
	  "UPDATE remap_run r SET state = 'failed', ended_at = ?"
	  " WHERE state = 'running' AND EXISTS (SELECT 1 FROM job j"
	  " WHERE j.kind = 'remap' AND j.state = 'dead' AND"
	  " j.subject = CAST(r.id AS CHAR CHARACTER SET ascii)) LIMIT 100");
/* It may have been erased since the batch was read. */
STATEMENT(remap_lock_lead, "SELECT id FROM `lead` WHERE id = ?"
			   " AND erased_at IS NULL FOR UPDATE");

static enum rc
find(struct task *t, struct db_stmt *q, int64_t id, struct remap_run *out)
{
	static const struct db_col cols[] = {
		COL(struct remap_run, id),
		COL(struct remap_run, form_id),
		COL(struct remap_run, state),
		COL(struct remap_run, is_learning),
		COL(struct remap_run, up_to),
		COL(struct remap_run, at_id),
		COL(struct remap_run, n_all),
		COL(struct remap_run, n_seen),
		COL(struct remap_run, n_changed),
		COL(struct remap_run, started_at),
		COL(struct remap_run, ended_at),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct remap_run),
				.max = 1 };
	enum rc rc = db_rows(t, q, INS(IN(id)), &list);

	if (!rc && list.n == 0)
		return fail(t, E_NOTFOUND, "no remap of %lld", (long long)id);
	if (!rc)
		*out = *(const struct remap_run *)list.rows;
	return rc;
}

/* ---- asked for ------------------------------------------------------------------- */

enum rc
remap_count(struct task *t, int64_t form_id, int64_t *leads)
{
	struct lead_form f;
	enum rc rc = form_get(t, form_id, &f);

	return rc ? rc
		  : db_one(t, &remap_count_leads, INS(IN(f.meta_id)),
			   OUTS(OUT("leads", leads)));
}

struct beginning {
	const struct lead_form *form;
	int64_t run_id;
};

static enum rc
find_extent(struct task *t, const struct lead_form *f, struct remap_run *r)
{
	return db_one(t, &remap_extent, INS(IN(f->meta_id)),
		      OUTS(OUT("n", &r->n_all), OUT("last", &r->up_to)));
}

/* `asked_by` 0: it begins by itself. */
static enum rc
add_run(struct task *t, const struct remap_run *r, int64_t asked_by,
	int64_t *run_id)
{
	enum rc rc = db_insert(t, &remap_insert,
			       INS(IN(r->form_id), IN(r->up_to), IN(r->n_all),
				   IN(asked_by), IN(t->now)),
			       run_id);

	return rc ? rc : queue_add(t, JOB_REMAP, *run_id);
}

static enum rc
begin(struct task *t, void *arg)
{
	struct beginning *b = arg;
	struct remap_run r = { .form_id = b->form->id };
	enum rc rc = db_exec(t, &remap_end_running,
			     INS(IN(t->now), IN(b->form->id)), NULL);

	if (!rc)
		rc = find_extent(t, b->form, &r);
	if (!rc)
		rc = add_run(t, &r, t->user_id, &b->run_id);
	return rc ? rc
		  : audit_add(t, "form.apply",
			      arena_fmt(t->mem, "form %lld",
					(long long)b->form->id),
			      "Applied the fields of a form to its leads");
}

enum rc
remap_learn(struct task *t, const struct lead_form *f)
{
	const struct remap_run r = { .form_id = f->id };
	int64_t run_id = 0;
	bool any = false;
	enum rc rc = db_one(t, &remap_any,
			    INS(IN(f->meta_id), IN(f->page_id), IN(f->meta_id)),
			    OUTS(OUT("found", &any)));

	return rc || !any ? rc : add_run(t, &r, 0, &run_id);
}

enum rc
remap_start(struct task *t, int64_t form_id, int64_t *run_id)
{
	struct lead_form f;
	struct beginning b = { .form = &f };
	enum rc rc = form_get(t, form_id, &f);

	if (!rc)
		rc = db_tx(t, "remap_start", begin, &b);
	if (!rc)
		*run_id = b.run_id;
	return rc;
}

enum rc
remap_stop(struct task *t, int64_t form_id)
{
	int64_t changed = 0;
	enum rc rc = db_exec(t, &remap_end_running,
			     INS(IN(t->now), IN(form_id)), &changed);

	if (!rc && changed == 0)
		return fail(t, E_NOTFOUND, "no remap of form %lld runs",
			    (long long)form_id);
	return rc;
}

enum rc
remap_end_dead(struct task *t)
{
	return db_exec(t, &remap_end_dead_runs, INS(IN(t->now)), NULL);
}

enum rc
remap_latest(struct task *t, int64_t form_id, struct remap_run *out)
{
	return find(t, &remap_of_form, form_id, out);
}

/* ---- one lead -------------------------------------------------------------------- */

/* Words for the timeline: which fields had nothing before. */
static const char *
filled(struct task *t, const struct lead *known, const struct lead *said)
{
	size_t n = 0;
	const struct fieldmap_field *all = fieldmap_fields(&n);
	const char *words = "";

	for (size_t i = 0; i < n; i++) {
		const char *old = fieldmap_column(known, all[i].target);
		const char *new = fieldmap_column(said, all[i].target);

		if (!old[0] && new[0])
			words = arena_fmt(t->mem, "%s%s%s", words,
					  words[0] ? ", " : "", all[i].title);
	}
	return words;
}

static enum rc
fill_columns(struct task *t, int64_t lead_id, const struct lead *known,
	     const struct lead *said)
{
	struct lead with_norms = *said;
	enum rc rc;

	recognise_norms(t, &with_norms);
	with_norms.is_test = known->is_test;
	rc = lead_fill(t, lead_id, &with_norms);
	if (!rc)
		rc = recognise_also(t, &with_norms, lead_id);
	return rc ? rc : facet_words(t, lead_id);
}

static enum rc
fill_lead(struct task *t, int64_t lead_id, const struct fieldmap_person *p,
	  bool *changed)
{
	struct lead known;
	const char *words;
	bool *added = NEW_ARRAY(t->mem, bool, p->n_custom);
	enum rc rc = lead_get(t, lead_id, &known);

	if (rc)
		return rc;
	words = filled(t, &known, &p->lead);
	if (words[0])
		rc = fill_columns(t, lead_id, &known, &p->lead);
	if (!rc)
		rc = custom_fill(t, lead_id, p->custom, p->n_custom, added);
	*changed = words[0] != '\0';
	for (size_t i = 0; i < p->n_custom; i++)
		*changed |= added[i];
	if (rc || !*changed)
		return rc;
	return timeline_add(
		t, lead_id, "edited",
		words[0] ? arena_fmt(t->mem, "Filled in from the answers: %s",
				     words)
			 : "Fields were filled in from the answers",
		NULL);
}

/* ---- a batch ----------------------------------------------------------------------- */

struct batch_row {
	int64_t id, lead_id;
	const char *answers;
	bool is_told; /* by Meta, not by a file */
	bool lives;
};
struct work {
	const struct job *job;
	struct remap_run run;
	struct lead_form form;
	struct fieldmap_row *rows;
	size_t n_rows;
};

struct one {
	const struct work *work;
	const struct batch_row *row;
	bool changed; /* its lead was */
};

/* On memory of its own.  The lead first: whoever erases it locks it first, too. */
static enum rc
remap_one(struct task *t, void *arg)
{
	struct one *one = arg;
	const struct work *w = one->work;
	const struct batch_row *row = one->row;
	struct learn_answers a = { .submission_id = row->id };
	struct fieldmap_person p;
	int64_t id = 0;
	enum rc rc = submission_answers(t, row->answers, &a.all, &a.n);

	if (rc) { /* answers that nobody can read fill nothing */
		task_forgive(t);
		return OK;
	}
	rc = db_one(t, &remap_lock_lead, INS(IN(row->lead_id)),
		    OUTS(OUT("id", &id)));
	if (rc == E_NOTFOUND) { /* nor does what was erased */
		task_forgive(t);
		return OK;
	}
	if (!rc && row->is_told)
		rc = learn_answers(t, &w->form, &a);
	if (rc || (w->run.is_learning && !a.learnt))
		return rc;
	mapping_of_stored(t->mem, w->rows, w->n_rows, a.all, a.n, &p);
	return fill_lead(t, row->lead_id, &p, &one->changed);
}

static enum rc
next_rows(struct task *t, const struct work *w, struct batch_row **out,
	  size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct batch_row, id),	COL(struct batch_row, lead_id),
		COL(struct batch_row, answers), COL(struct batch_row, is_told),
		COL(struct batch_row, lives),	{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct batch_row),
				.max = BATCH };
	enum rc rc = db_rows(t, &remap_batch,
			     INS(IN(LONG_ANSWERS), IN(w->form.meta_id),
				 IN(w->run.at_id), IN(w->run.up_to)),
			     &list);

	*out = list.rows;
	*n = list.n;
	return rc;
}

static enum rc
end(struct task *t, const struct work *w, const char *state)
{
	return db_exec(t, &remap_end, INS(IN(state), IN(t->now), IN(w->run.id)),
		       NULL);
}

static enum rc
do_batch(struct task *t, struct work *w)
{
	struct arena *row_mem = arena_new(ROW_CEILING);
	struct batch_row *rows = NULL;
	int64_t n_changed = 0;
	size_t n = 0;
	enum rc rc = fieldmap_get(t, w->form.id, &w->rows, &w->n_rows);

	if (!rc)
		rc = next_rows(t, w, &rows, &n);
	for (size_t i = 0; !rc && i < n; i++) {
		struct one one = { .work = w, .row = &rows[i] };

		if (rows[i].lives)
			rc = task_apart(t, row_mem, remap_one, &one);
		n_changed += one.changed;
	}
	arena_free(row_mem);
	if (!rc && n > 0)
		rc = db_exec(t, &remap_forward,
			     INS(IN(rows[n - 1].id), IN((int64_t)n),
				 IN(n_changed), IN(w->run.id)),
			     NULL);
	if (rc || n == BATCH)
		return rc ? rc : queue_go_on(t, w->job);
	rc = end(t, w, "done");
	return rc ? rc : queue_done(t, w->job);
}

/* Whoever was told nothing of the form before it was known takes its lead in
 * while its lease lasts: only then a learning run looks how far it goes. */
static enum rc
begin_learning(struct task *t, struct work *w)
{
	struct when at = when_add(w->run.started_at,
				  t->conf->limits.lease_seconds * SECOND_MS);
	enum rc rc;

	if (at.ms > t->now.ms)
		return queue_wait(t, w->job, at, "", "");
	rc = find_extent(t, &w->form, &w->run);
	if (!rc)
		rc = db_exec(
			t, &remap_set_extent,
			INS(IN(w->run.up_to), IN(w->run.n_all), IN(w->run.id)),
			NULL);
	return rc ? rc : do_batch(t, w);
}

/* The job first: whoever lost its lease changes nothing.  Its row and the
 * run's are locked until the batch stands. */
static enum rc
step(struct task *t, void *arg)
{
	struct work *w = arg;
	enum rc rc = queue_hold(t, w->job->mark);

	if (!rc)
		rc = find(t, &remap_by_id, queue_subject(w->job), &w->run);
	if (rc == E_NOTFOUND || (!rc && strcmp(w->run.state, "running") != 0)) {
		task_forgive(t);
		return queue_done(t, w->job);
	}
	if (!rc)
		rc = form_get(t, w->run.form_id, &w->form);
	if (rc == E_NOTFOUND) { /* its page was disconnected */
		task_forgive(t);
		rc = end(t, w, "stopped");
		return rc ? rc : queue_done(t, w->job);
	}
	if (rc)
		return rc;
	return w->run.is_learning && w->run.up_to == 0 ? begin_learning(t, w)
						       : do_batch(t, w);
}

enum rc
remap_job(struct task *t, const struct job *j)
{
	struct work w = { .job = j };

	return db_tx(t, "remap", step, &w);
}
