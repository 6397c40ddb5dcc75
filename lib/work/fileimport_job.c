/* fileimport_job: a file's rows, some at a time. */
#include "base/clock.h"
#include "crm/assign.h"
#include "crm/recognise.h"
#include "crm/user.h"
#include "db/db.h"
#include "work/fileimport_private.h"

enum { BATCH = 50, SLICE_MS = 3000, PASSED_ON_MOST = 60 };

/* Whoever comes behind the last one, or the first of all. */
STATEMENT(file_next_person,
	  "SELECT id FROM app_user WHERE is_active AND manages_leads"
	  " ORDER BY id <= ?, id LIMIT 1");

struct work {
	const struct job *job;
	struct file_reader *reader;
	bool is_check;
	struct file_import run; /* as it was before the batch … */
	struct file_import now; /* … and is after */
	struct file_row rows[BATCH];
	struct file_row *from; /* those that are done at once … */
	size_t n;	       /* … and how many */
	bool more;	       /* of the batch behind them */
	bool last;	       /* no row behind the batch */
};

/* ---- to whom ------------------------------------------------------------------- */

static enum rc
to_person(struct task *t, int64_t id, struct assignment *out)
{
	struct user u;
	enum rc rc = user_get(t, id, &u);

	if (rc)
		return rc;
	if (!user_takes_leads(&u)) {
		out->nobody_why = "target";
		out->words = arena_fmt(t->mem,
				       "Left unassigned: %s takes no "
				       "leads any more",
				       u.name);
		return OK;
	}
	*out = (struct assignment){
		.user_id = u.id,
		.user_name = u.name,
		.nobody_why = "",
		.words = arena_fmt(t->mem,
				   "Assigned to %s, as chosen for this "
				   "file",
				   u.name),
	};
	return OK;
}

static enum rc
to_next(struct task *t, struct file_import *f, struct assignment *out)
{
	int64_t id = 0;
	enum rc rc = db_one(t, &file_next_person, INS(IN(f->user_id)),
			    OUTS(OUT("id", &id)));

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		out->nobody_why = "pool";
		out->words = "Left unassigned: nobody takes leads";
		return OK;
	}
	f->user_id = id;
	return rc ? rc : to_person(t, id, out);
}

static enum rc
assign(struct task *t, void *arg, int64_t holder_id, struct assignment *out)
{
	struct file_import *f = arg;

	*out = (struct assignment){
		.user_name = "",
		.nobody_why = "strategy",
		.words = "Left unassigned, as chosen for this file",
	};
	if (holder_id) {
		out->user_id = holder_id;
		out->words = "Stays with whoever has it";
		return OK;
	}
	if (!strcmp(f->assign, "user"))
		return to_person(t, f->user_id, out);
	return strcmp(f->assign, "share") ? OK : to_next(t, f, out);
}

/* ---- one row --------------------------------------------------------------------- */

static void
count(struct file_import *f, enum arrive_outcome outcome)
{
	switch (outcome) {
	case ARRIVE_NEW:
		f->n_new++;
		break;
	case ARRIVE_JOINED:
		f->n_joined++;
		break;
	case ARRIVE_SKIPPED:
		f->n_skipped++;
		break;
	case ARRIVE_KNOWN:
		f->n_known++;
		break;
	}
}

/* What would become of it. */
static enum rc
foresee(struct task *t, const struct arrival *a, const char *on_known,
	enum arrive_outcome *outcome)
{
	struct lead said = a->said.lead;
	const char *by = NULL;
	int64_t id = 0;
	bool known = false;
	enum rc rc = OK;

	if (a->sub.leadgen_id)
		rc = submission_known(t, a->sub.leadgen_id, &known);
	*outcome = ARRIVE_KNOWN;
	if (rc || known)
		return rc;
	recognise_norms(t, &said);
	rc = recognise_find(t, &said, &id, &by);
	*outcome = ARRIVE_JOINED;
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		*outcome = ARRIVE_NEW;
		return OK;
	}
	if (!strcmp(on_known, "new"))
		*outcome = ARRIVE_NEW;
	else if (!strcmp(on_known, "skip"))
		*outcome = ARRIVE_SKIPPED;
	return rc;
}

static enum rc
set_aside(struct task *t, struct work *w, const struct file_row *row)
{
	bool is_new = w->is_check || !row->raw[0];

	w->now.n_faults += is_new;
	if (!is_new || w->now.n_faults > FILE_FAULTS_MAX)
		return OK;
	return fileimport_refuse(t, w->run.id,
				 &(struct file_fault){ row->row, row->line,
						       row->fault, row->raw });
}

static enum rc
do_row(struct task *t, struct work *w, struct file_row *row)
{
	enum arrive_outcome outcome = ARRIVE_KNOWN;
	enum rc rc;

	if (row->fault)
		return set_aside(t, w, row);
	row->arrival.assign = assign;
	row->arrival.arg = &w->now;
	rc = w->is_check ? foresee(t, &row->arrival, w->run.on_known, &outcome)
			 : arrive(t, &row->arrival, &outcome, NULL);
	if (!rc)
		count(&w->now, outcome);
	return rc;
}

/* ---- a batch ------------------------------------------------------------------------ */

static enum rc
finish(struct task *t, const struct work *w)
{
	enum rc rc = fileimport_state(t, w->run.id,
				      w->is_check ? "checked" : "done");

	return rc ? rc : queue_done(t, w->job);
}

static enum rc
do_rows(struct task *t, struct work *w)
{
	enum rc rc = OK;

	w->now = w->run;
	for (size_t i = 0; !rc && i < w->n; i++)
		rc = do_row(t, w, &w->from[i]);
	if (rc)
		return rc;
	if (w->n > 0)
		w->now.at_row = w->from[w->n - 1].row;
	if (w->is_check)
		w->now.n_rows = w->now.at_row > 0 ? w->now.at_row - 1 : 0;
	rc = fileimport_forward(t, &w->now);
	return rc || !w->last || w->more ? rc : finish(t, w);
}

/* The job first: whoever lost its lease changes nothing.  A run that was
 * stopped meanwhile stays so; one whose person lost the right stops. */
static enum rc
batch(struct task *t, void *arg)
{
	struct work *w = arg;
	struct file_import held;
	enum rc rc = queue_hold(t, w->job->mark);

	if (!rc)
		rc = fileimport_hold(t, w->run.id, &held);
	if (rc)
		return rc;
	if (strcmp(held.state, w->run.state) != 0 ||
	    held.at_row != w->run.at_row)
		return fail(t, E_CONFLICT, "import %lld: stopped meanwhile",
			    (long long)held.id);
	if (w->is_check || user_may_manage(t, held.made_by))
		return do_rows(t, w);
	w->last = true;
	rc = fileimport_state(t, held.id, "stopped");
	return rc ? rc : queue_done(t, w->job);
}

static enum rc
read_batch(struct task *t, struct work *w)
{
	struct csv_row row;

	w->n = 0;
	while (w->n < BATCH) {
		enum rc rc;

		if (!reader_next(w->reader, &row)) {
			w->last = true;
			return OK;
		}
		if (row.number == 1 || row.number <= w->run.at_row)
			continue;
		rc = row_read(t, &w->run, w->reader, &row, &w->rows[w->n++]);
		if (rc)
			return rc;
	}
	return OK;
}

/* A row that the database does not take costs itself alone. */
static enum rc
one_by_one(struct task *t, struct work *w)
{
	size_t n = w->n;
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < n; i++) {
		task_forgive(t);
		w->from = &w->rows[i];
		w->n = 1;
		w->more = i + 1 < n;
		rc = db_tx(t, "file_row", batch, w);
		if (rc == E_INTERNAL || rc == E_INPUT) {
			task_forgive(t);
			w->from->fault =
				arena_fmt(t->mem, "Line %lld cannot be stored.",
					  (long long)w->from->line);
			w->from->raw = "";
			rc = db_tx(t, "file_row", batch, w);
		}
		if (!rc)
			w->run = w->now;
	}
	return rc;
}

/* On memory of its own, at the time of its own. */
static enum rc
do_batch(struct task *t, struct arena *item_mem, struct work *w)
{
	struct task item = *t;
	enum rc rc;

	item.mem = item_mem;
	item.now = clock_now();
	item.failed = OK;
	item.user_id = w->run.made_by;
	rc = read_batch(&item, w);
	w->from = w->rows;
	w->more = false;
	if (!rc)
		rc = db_tx(&item, "file_batch", batch, w);
	if (!rc)
		w->run = w->now;
	else if (rc != E_CONFLICT && rc != E_BUSY && w->n > 0)
		rc = one_by_one(&item, w);
	if (rc)
		rc = fail(t, rc, "%s", item.why);
	arena_reset(item_mem);
	return rc;
}

/* ---- a slice ---------------------------------------------------------------------------- */

/* The header again; the rows that are done are read over by the first batch. */
static enum rc
reopen(struct task *t, struct work *w)
{
	struct csv_row header;
	enum rc rc = reader_open(t, fileimport_path(t, w->run.id), w->reader);

	if (rc)
		return rc;
	if (reader_next(w->reader, &header) && w->run.is_meta &&
	    !leadfile_recognise(t->mem, &header, &w->reader->meta))
		return fail(t, E_INTERNAL, "import %lld: another file",
			    (long long)w->run.id);
	return OK;
}

static enum rc
read_some(struct task *t, struct arena *item_mem, struct work *w)
{
	int64_t end = clock_steady() + SLICE_MS;
	enum rc rc = reopen(t, w);

	while (!rc && !w->last && clock_steady() < end)
		rc = do_batch(t, item_mem, w);
	if (w->reader->fd >= 0)
		reader_close(w->reader);
	if (!rc && w->last && !w->is_check)
		return fileimport_put_away(t, w->run.id);
	return rc || w->last ? rc : queue_go_on(t, w->job);
}

struct undo_work {
	const struct job *job;
	int64_t id;
	bool last;
};

static enum rc
undo_batch(struct task *t, void *arg)
{
	struct undo_work *u = arg;
	struct file_import f;
	enum rc rc = queue_hold(t, u->job->mark);

	if (!rc)
		rc = fileimport_hold(t, u->id, &f);
	if (!rc)
		rc = fileimport_undo_some(t, &f, &u->last);
	if (!rc)
		rc = fileimport_forward(t, &f);
	if (rc || !u->last)
		return rc;
	rc = fileimport_state(t, u->id, "undone");
	return rc ? rc : queue_done(t, u->job);
}

static enum rc
undo_some(struct task *t, struct arena *item_mem, struct undo_work *u)
{
	int64_t end = clock_steady() + SLICE_MS;
	enum rc rc = OK;

	while (!rc && !u->last && clock_steady() < end) {
		struct task item = *t;

		item.mem = item_mem;
		item.failed = OK;
		rc = db_tx(&item, "file_undo", undo_batch, u);
		if (rc)
			rc = fail(t, rc, "%s", item.why);
		arena_reset(item_mem);
	}
	return rc || u->last ? rc : queue_go_on(t, u->job);
}

/* A file lies on the host that took it in: its worker has to come by.  One
 * that nobody has ends its run. */
static enum rc
lost_file(struct task *t, const struct job *j, int64_t id)
{
	enum rc rc;

	task_forgive(t);
	if (j->attempts < PASSED_ON_MOST)
		return queue_pass_on(t, j, "other_host",
				     "The file is on another web host");
	rc = fileimport_state(t, id, "failed");
	return rc ? rc : queue_done(t, j);
}

enum rc
fileimport_job(struct task *t, struct arena *item_mem, const struct job *j)
{
	struct file_reader reader = { .fd = -1 };
	struct work *w = NEW(t->mem, struct work);
	enum rc rc = fileimport_get(t, queue_subject(j), &w->run);
	struct text state;

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return queue_done(t, j);
	}
	if (rc)
		return rc;
	state = text_of(w->run.state);
	w->job = j;
	w->reader = &reader;
	w->is_check = text_is(state, "checking");
	if (text_is(state, "undoing"))
		return undo_some(t, item_mem,
				 &(struct undo_work){ j, w->run.id, false });
	if (!w->is_check && !text_is(state, "running"))
		return queue_done(t, j);
	rc = read_some(t, item_mem, w);
	if (rc == E_CONFLICT) { /* stopped meanwhile: look again at once */
		task_forgive(t);
		return queue_go_on(t, j);
	}
	return rc == E_NOTFOUND ? lost_file(t, j, w->run.id) : rc;
}
