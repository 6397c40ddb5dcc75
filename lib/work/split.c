/* split: one answer taken out of a lead. */
#include "work/split.h"

#include "crm/facet.h"
#include "crm/recognise.h"
#include "crm/timeline.h"
#include "db/db.h"
#include "work/said.h"

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
	struct said_holders holders;
	struct said_others others;
};

static enum rc
read_answer(struct task *t, struct work *w)
{
	const struct said_but but = { .lead_id = w->lead_id,
				      .submission_id = w->submission_id };
	enum rc rc = said_holders(t, w->lead_id, w->submission_id, &w->holders);

	w->old = w->holders.at[0].left;
	if (!rc)
		rc = said_read(t, w->import_id, w->form_meta_id, w->answers,
			       &w->said);
	w->said.lead.source = w->old.source;
	w->said.lead.import_id = w->import_id;
	return rc ? rc : said_others(t, &but, &w->others);
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

/* From the lead that it is taken out of, and those that came with it. */
static enum rc
unfill(struct task *t, struct work *w, size_t i)
{
	struct said_holder *h = &w->holders.at[i];
	struct said_others others = w->others;
	const char *filled = said_keep_own(t->mem, h, w->filled, &w->said.lead);
	struct said_but with_it = { .lead_id = w->lead_id,
				    .submission_id = w->submission_id };
	enum rc rc = OK;

	if (i > 0) {
		with_it.merge_id = w->holders.at[i - 1].by.merge_id;
		rc = said_others(t, &with_it, &others);
	}
	if (!rc)
		rc = said_unfill(t, &h->left, filled, &w->said.lead,
				 w->submission_id, &others);
	recognise_norms(t, &h->left);
	return rc ? rc : lead_edit(t, &h->left);
}

/* Each is known by its own from now on. */
static enum rc
leave_old(struct task *t, struct work *w)
{
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < w->holders.n; i++)
		rc = unfill(t, w, i);
	if (!rc)
		rc = said_drop_beside(t, w->lead_id, w->submission_id,
				      &w->others);
	if (!rc)
		rc = said_forget(t, &w->holders, &w->said.lead, &w->others);
	return rc ? rc : recognise_also(t, &w->said.lead, w->new_id);
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
