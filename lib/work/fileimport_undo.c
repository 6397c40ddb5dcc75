/* fileimport_undo: what a file brought is taken back. */
#include "crm/facet.h"
#include "crm/timeline.h"
#include "db/db.h"
#include "work/fileimport_private.h"

enum { BATCH = 50, ROW_CEILING = 32 << 20 };

STATEMENT(undo_next,
	  "SELECT id, import_row, lead_id, COALESCE(leadgen_id, '')"
	  " AS leadgen_id, is_test, is_joined, is_skipped,"
	  " COALESCE(given_id, 0) AS given_id, CASE platform WHEN 'fb'"
	  " THEN 'Facebook Lead Ad' WHEN 'ig' THEN 'Instagram Lead Ad'"
	  " ELSE '' END AS platform_tag,"
	  " form_meta_id, submitted_at, answers, filled,"
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
STATEMENT(undo_adopt_lead,
	  "UPDATE `lead` SET source = IF(? = 0, 'meta', 'import'),"
	  " import_id = NULLIF(?, 0) WHERE id = ?");
STATEMENT(undo_adopt_answer,
	  "UPDATE submission SET is_joined = FALSE, is_skipped = FALSE"
	  " WHERE id = ?");
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
		COL(struct undo_row, is_joined),
		COL(struct undo_row, is_skipped),
		COL(struct undo_row, given_id),
		COL(struct undo_row, platform_tag),
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

/* ---- a lead that stays ----------------------------------------------------------- */

/* What the file made is all its own, until another answer is the lead's. */
static void
made_of(struct task *t, struct undoing *u)
{
	static const struct lead none = { .name = "",
					  .first_name = "",
					  .last_name = "",
					  .email = "",
					  .phone = "",
					  .company = "",
					  .job_title = "",
					  .street = "",
					  .city = "",
					  .state = "",
					  .post_code = "",
					  .country = "" };
	const struct fieldmap_person *p = &u->said;
	const char *const tags[] = { u->row->platform_tag, u->f->tag };

	u->filled = fieldmap_filled(t->mem, &none, &p->lead);
	u->gave = "";
	for (size_t i = 0; i < p->n_custom; i++)
		u->gave = arena_fmt(t->mem, "%scustom %lld\n", u->gave,
				    (long long)p->custom[i].field_id);
	for (size_t i = 0; i < COUNT(tags); i++)
		if (tags[i][0])
			u->gave = arena_fmt(t->mem, "%stag %s\n", u->gave,
					    tags[i]);
	if (u->row->given_id)
		u->gave = arena_fmt(t->mem, "%sperson %lld strategy\n", u->gave,
				    (long long)u->row->given_id);
}

/* The next answer is what made the lead, then. */
static enum rc
adopt(struct task *t, struct undoing *u)
{
	struct said *heir = u->others.all;
	enum rc rc;

	made_of(t, u);
	if (u->others.n == 0)
		return OK;
	heir->is_skipped = false;
	rc = db_exec(t, &undo_adopt_lead,
		     INS(IN(heir->import_id), IN(heir->import_id),
			 IN(u->row->lead_id)),
		     NULL);
	return rc ? rc
		  : db_exec(t, &undo_adopt_answer, INS(IN(heir->id)), NULL);
}

static enum rc
leave_lead(struct task *t, struct undoing *u, bool made_it)
{
	const struct undo_row *row = u->row;
	const struct said_but but = { .lead_id = row->lead_id,
				      .submission_id = row->id,
				      .import_id = u->f->id };
	enum rc rc = said_read(t, u->f->id, row->form_meta_id, row->answers,
			       &u->said);

	if (!rc)
		rc = said_others(t, &but, &u->others);
	if (!rc && made_it && !row->is_joined && !row->is_skipped)
		rc = adopt(t, u);
	if (!rc)
		rc = fileimport_take_back(t, u);
	if (!rc)
		rc = drop_answer(t, row);
	if (!rc)
		rc = lead_recount(t, row->lead_id);
	if (!rc)
		rc = timeline_add(t, row->lead_id, "split",
				  undone(t, u->f, u->words), NULL);
	if (!rc)
		rc = facet_refresh(t, row->lead_id);
	return rc ? rc : facet_words(t, row->lead_id);
}

/* ---- one answer -------------------------------------------------------------------- */

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
	struct undoing *u = NEW(t->mem, struct undoing);
	bool is_worked = false, has_others = false, made_it;
	enum rc rc;

	*u = (struct undoing){
		.f = f, .row = row, .filled = row->filled, .gave = row->gave
	};
	rc = said_holders(t, row->lead_id, row->id, &u->holders);
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
	/* To merge it with another lead is to work on it. */
	made_it = u->holders.at[u->holders.n - 1].left.import_id == f->id;
	is_worked |= u->holders.n > 1;
	if ((made_it && is_worked) || is_out(&u->holders.at[0].left, row)) {
		f->n_kept++;
		return OK;
	}
	f->n_undone++;
	if (made_it && !has_others)
		return drop_lead(t, row);
	return leave_lead(t, u, made_it);
}

struct undo_turn {
	struct file_import *f;
	const struct undo_row *row;
};

static enum rc
undo_turn(struct task *t, void *arg)
{
	const struct undo_turn *w = arg;

	return undo_one(t, w->f, w->row);
}

/* Each on memory of its own: a lead may have many long answers. */
static enum rc
undo_rows(struct task *t, struct file_import *f, const struct undo_row *rows,
	  size_t n)
{
	struct arena *mem = arena_new(ROW_CEILING);
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < n; i++) {
		struct undo_turn w = { f, &rows[i] };

		rc = task_apart(t, mem, undo_turn, &w);
	}
	arena_free(mem);
	return rc;
}

enum rc
fileimport_undo_some(struct task *t, struct file_import *f, bool *last)
{
	struct undo_row *rows = NULL;
	size_t n = 0;
	enum rc rc = next_rows(t, f, &rows, &n);

	if (!rc)
		rc = undo_rows(t, f, rows, n);
	if (rc)
		return rc;
	if (n > 0)
		f->at_row = rows[n - 1].import_row;
	*last = n < BATCH;
	return OK;
}
