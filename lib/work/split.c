/* split: one answer taken out of a lead. */
#include "work/split.h"

#include "crm/facet.h"
#include "crm/leadform.h"
#include "crm/recognise.h"
#include "crm/timeline.h"
#include "db/db.h"
#include "work/mapping.h"

STATEMENT(split_select,
	  "SELECT s.lead_id, s.form_meta_id, s.answers, s.filled,"
	  " s.is_joined OR s.is_skipped AS may_go,"
	  " COALESCE(s.import_id, 0) AS import_id,"
	  " (SELECT COUNT(*) FROM submission o"
	  " WHERE o.lead_id = s.lead_id) AS n FROM submission s"
	  " JOIN `lead` l ON l.id = s.lead_id WHERE s.id = ?"
	  " AND l.deleted_at IS NULL AND l.merged_into IS NULL FOR UPDATE");
STATEMENT(split_move, "UPDATE submission SET lead_id = ?, is_joined = FALSE,"
		      " is_skipped = FALSE, filled = '' WHERE id = ?");
STATEMENT(split_tags, "INSERT IGNORE INTO lead_tag (lead_id, tag)"
		      " SELECT ?, tag FROM lead_tag WHERE lead_id = ?");

struct work {
	int64_t submission_id, lead_id, new_id, n;
	const char *form_meta_id, *answers, *filled;
	bool may_go;
	int64_t import_id;
	struct lead old;
	struct fieldmap_person said;
};

static enum rc
read_answer(struct task *t, struct work *w)
{
	struct submission_answer *answers = NULL;
	struct fieldmap_row *rows = NULL;
	size_t n = 0, n_rows = 0;
	struct lead_form form;
	enum rc rc = form_by_meta(t, w->form_meta_id, &form);

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		rc = OK;
	} else if (!rc) {
		rc = fieldmap_get(t, form.id, &rows, &n_rows);
	}
	if (!rc)
		rc = submission_answers(t, w->answers, &answers, &n);
	if (rc)
		return rc;
	mapping_of_stored(t->mem, rows, n_rows, answers, n, &w->said);
	w->said.lead.source = w->old.source;
	w->said.lead.import_id = w->import_id;
	recognise_norms(t, &w->said.lead);
	return OK;
}

/* Each is known by its own from now on. */
static enum rc
part_identities(struct task *t, struct work *w, const struct lead *left)
{
	struct lead gone = w->said.lead;
	enum rc rc;

	if (!strcmp(gone.email_norm, left->email_norm))
		gone.email_norm = "";
	if (!strcmp(gone.phone_e164, left->phone_e164))
		gone.phone_e164 = "";
	rc = recognise_not(t, &gone, w->lead_id);
	return rc ? rc : recognise_also(t, &w->said.lead, w->new_id);
}

static enum rc
make_lead(struct task *t, struct work *w)
{
	enum rc rc = lead_add(t, &w->said.lead, &w->new_id);

	if (!rc)
		rc = custom_fill(t, w->new_id, w->said.custom, w->said.n_custom,
				 NULL);
	if (!rc)
		rc = lead_assign(t, w->new_id, w->old.assignee_id, "person");
	if (!rc)
		rc = db_exec(t, &split_tags, INS(IN(w->new_id), IN(w->lead_id)),
			     NULL);
	return rc ? rc
		  : db_exec(t, &split_move,
			    INS(IN(w->new_id), IN(w->submission_id)), NULL);
}

static enum rc
leave_old(struct task *t, struct work *w)
{
	struct lead left = w->old;
	enum rc rc;

	fieldmap_unfill(&left, w->filled, &w->said.lead);
	recognise_norms(t, &left);
	rc = lead_edit(t, &left);
	if (!rc)
		rc = recognise_others_drop(t, w->lead_id, w->submission_id);
	return rc ? rc : part_identities(t, w, &left);
}

static enum rc
settle(struct task *t, int64_t lead_id, const char *words, int64_t ref_id)
{
	enum rc rc = timeline_note(t, lead_id, "split", words, "", ref_id);

	if (!rc)
		rc = lead_recount(t, lead_id);
	if (!rc)
		rc = facet_refresh(t, lead_id);
	return rc ? rc : facet_words(t, lead_id);
}

static enum rc
split(struct task *t, void *arg)
{
	struct work *w = arg;
	enum rc rc = db_one(
		t, &split_select, INS(IN(w->submission_id)),
		OUTS(OUT("lead_id", &w->lead_id),
		     OUT("form_meta_id", &w->form_meta_id),
		     OUT("answers", &w->answers), OUT("filled", &w->filled),
		     OUT("may_go", &w->may_go), OUT("import_id", &w->import_id),
		     OUT("n", &w->n)));

	if (!rc && (w->n < 2 || !w->may_go))
		return fail(t, E_INPUT, "submission %lld: joined nobody's",
			    (long long)w->submission_id);
	if (!rc)
		rc = lead_get(t, w->lead_id, &w->old);
	if (!rc)
		rc = read_answer(t, w);
	if (!rc)
		rc = make_lead(t, w);
	if (!rc)
		rc = leave_old(t, w);
	if (!rc)
		rc = settle(t, w->lead_id, "An answer was another person's",
			    w->new_id);
	return rc ? rc
		  : settle(t, w->new_id, "Taken out of another lead",
			   w->lead_id);
}

enum rc
split_submission(struct task *t, int64_t submission_id, int64_t *lead_id)
{
	struct work w = { .submission_id = submission_id };
	enum rc rc = db_tx(t, "split", split, &w);

	if (!rc)
		*lead_id = w.new_id;
	return rc;
}
