/* fileimport_undo: what a file brought is taken back. */
#include "crm/facet.h"
#include "crm/recognise.h"
#include "crm/timeline.h"
#include "db/db.h"
#include "work/fileimport_private.h"

enum { BATCH = 50 };

STATEMENT(
	undo_next,
	"SELECT id, import_row, lead_id, COALESCE(leadgen_id, '')"
	" AS leadgen_id, is_test, form_meta_id, submitted_at, answers, filled,"
	" gave FROM submission WHERE import_id = ? AND import_row > ?"
	" ORDER BY import_row LIMIT 50");
/* Of a lead that is held. */
STATEMENT(undo_judge,
	  "SELECT l.worked_at > TIMESTAMP'1970-01-02 00:00:00'"
	  " OR l.merged_into IS NOT NULL AS is_worked,"
	  " EXISTS (SELECT 1 FROM submission o WHERE o.lead_id = l.id"
	  " AND NOT (o.import_id <=> ?)) AS has_others"
	  " FROM `lead` l WHERE l.id = ?");
STATEMENT(undo_submission, "DELETE FROM submission WHERE id = ?");
STATEMENT(undo_hide, "UPDATE `lead` SET deleted_at = ? WHERE id = ?");
STATEMENT(undo_lead, "DELETE FROM `lead` WHERE id = ?");

static enum rc
next_rows(struct task *t, const struct file_import *f, struct undo_row **out,
	  size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct undo_row, id),
		COL(struct undo_row, import_row),
		COL(struct undo_row, lead_id),
		COL(struct undo_row, leadgen_id),
		COL(struct undo_row, is_test),
		COL(struct undo_row, submitted_at),
		COL(struct undo_row, form_meta_id),
		COL(struct undo_row, answers),
		COL(struct undo_row, filled),
		COL(struct undo_row, gave),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct undo_row),
				.max = BATCH };
	enum rc rc =
		db_rows(t, &undo_next, INS(IN(f->id), IN(f->at_row)), &list);

	*out = list.rows;
	*n = list.n;
	return rc;
}

/* What Meta told, too, or would have, is told again. */
static enum rc
drop_answer(struct task *t, const struct undo_row *row)
{
	const struct queue_lead l = { .leadgen_id = row->leadgen_id,
				      .form_meta_id = row->form_meta_id,
				      .submitted_at = row->submitted_at };
	enum rc rc = db_exec(t, &undo_submission, INS(IN(row->id)), NULL);

	if (rc || !row->leadgen_id[0] || row->is_test)
		return rc;
	return queue_lead_gone(t, &l);
}

/* Out of lists and search first, as those are derived from the lead. */
static enum rc
drop_lead(struct task *t, const struct undo_row *row)
{
	enum rc rc =
		db_exec(t, &undo_hide, INS(IN(t->now), IN(row->lead_id)), NULL);

	if (!rc)
		rc = facet_refresh(t, row->lead_id);
	if (!rc)
		rc = facet_words(t, row->lead_id);
	if (!rc)
		rc = db_exec(t, &undo_lead, INS(IN(row->lead_id)), NULL);
	return rc ? rc : drop_answer(t, row);
}

/* For the timeline. */
static const char *
undone(struct task *t, const struct file_import *f, const char *left)
{
	const char *words = arena_fmt(t->mem,
				      "The import of \xe2\x80\x9c%s"
				      "\xe2\x80\x9d was undone",
				      f->name);

	if (!left[0])
		return words;
	return arena_fmt(t->mem, "%s; what was changed since stays: %s", words,
			 left);
}

static enum rc
leave_lead(struct task *t, struct file_import *f, const struct undo_row *row,
	   const struct lead *now)
{
	const char *left = "";
	enum rc rc = fileimport_take_back(t, f, row, now, &left);

	if (!rc)
		rc = recognise_others_drop(t, row->lead_id, row->id);
	if (!rc)
		rc = drop_answer(t, row);
	if (!rc)
		rc = lead_recount(t, row->lead_id);
	if (!rc)
		rc = timeline_add(t, row->lead_id, "split", undone(t, f, left),
				  NULL);
	if (!rc)
		rc = facet_refresh(t, row->lead_id);
	return rc ? rc : facet_words(t, row->lead_id);
}

/* Deleted by somebody: Meta's copy of the answer is not to come back, which its
 * id keeps it from.  Of whoever was erased there is nothing else left. */
static bool
is_out(const struct lead *l, const struct undo_row *row)
{
	return l->erased_at.ms || (l->deleted_at.ms && row->leadgen_id[0]);
}

/* Under the lead's lock, so that nobody's work on it is missed.  Two rows of one
 * person: the first took the lead away already. */
static enum rc
undo_one(struct task *t, struct file_import *f, const struct undo_row *row)
{
	struct lead l;
	bool is_worked = false, has_others = false, made_it;
	enum rc rc = lead_hold(t, row->lead_id, &l);

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return drop_answer(t, row);
	}
	if (!rc)
		rc = db_one(t, &undo_judge, INS(IN(f->id), IN(row->lead_id)),
			    OUTS(OUT("is_worked", &is_worked),
				 OUT("has_others", &has_others)));
	if (rc)
		return rc;
	made_it = l.import_id == f->id;
	if ((made_it && is_worked) || is_out(&l, row)) {
		f->n_kept++;
		return OK;
	}
	f->n_undone++;
	if (made_it && !has_others)
		return drop_lead(t, row);
	return leave_lead(t, f, row, &l);
}

enum rc
fileimport_undo_some(struct task *t, struct file_import *f, bool *last)
{
	struct undo_row *rows = NULL;
	size_t n = 0;
	enum rc rc = next_rows(t, f, &rows, &n);

	for (size_t i = 0; !rc && i < n; i++)
		rc = undo_one(t, f, &rows[i]);
	if (rc)
		return rc;
	if (n > 0)
		f->at_row = rows[n - 1].import_row;
	*last = n < BATCH;
	return OK;
}
