/* said: answers read back, and one taken out from among them. */
#include "work/said.h"

#include "crm/leadform.h"
#include "crm/recognise.h"
#include "crm/submission.h"
#include "db/db.h"
#include "work/fileimport_private.h"
#include "work/mapping.h"

enum { OTHERS_MAX = 100 };

STATEMENT(said_select,
	  "SELECT id, COALESCE(import_id, 0) AS import_id, is_skipped,"
	  " form_meta_id, IF(LENGTH(answers) <= 16384, answers, '[]')"
	  " AS answers FROM submission s WHERE lead_id = ? AND id <> ?"
	  " AND (? = 0 OR NOT (import_id <=> ?)) AND (? = 0 OR EXISTS"
	  " (SELECT 1 FROM lead_merge_part p WHERE p.merge_id = ?"
	  " AND p.kind = 'submission' AND p.ref = CAST(s.id AS CHAR)))"
	  " AND (? IS NULL OR imported_at > ?) ORDER BY id LIMIT 100");
/* Whoever takes that one out takes the field, too. */
STATEMENT(said_fills,
	  "UPDATE submission SET filled = TRIM(CONCAT(filled, ' ', ?))"
	  " WHERE id = ? AND is_joined"
	  " AND NOT FIND_IN_SET(?, REPLACE(filled, ' ', ','))");

STATEMENT(said_gives,
	  "UPDATE submission SET gave = CONCAT(gave, 'custom ', ?, '\n')"
	  " WHERE id = ? AND import_id IS NOT NULL AND is_joined");

enum rc
said_read(struct task *t, int64_t import_id, const char *form_meta_id,
	  const char *answers, struct fieldmap_person *out)
{
	struct submission_answer *all = NULL;
	struct fieldmap_row *rows = NULL;
	struct file_import f;
	struct lead_form form;
	size_t n = 0, n_rows = 0;
	enum rc rc = OK;

	if (import_id)
		rc = fileimport_get(t, import_id, &f);
	if (!rc)
		rc = submission_answers(t, answers, &all, &n);
	if (rc)
		return rc;
	if (import_id && !f.is_meta) {
		row_said(t->mem, &f, all, n, out);
		recognise_norms(t, &out->lead);
		return OK;
	}
	rc = form_by_meta(t, form_meta_id, &form);
	if (!rc)
		rc = fieldmap_get(t, form.id, &rows, &n_rows);
	if (rc == E_NOTFOUND) { /* not connected: by what is guessed */
		task_forgive(t);
		rc = OK;
	}
	if (rc)
		return rc;
	mapping_of_stored(t->mem, rows, n_rows, all, n, out);
	recognise_norms(t, &out->lead);
	return OK;
}

/* ---- the others ------------------------------------------------------------------ */

struct other_row {
	int64_t id, import_id;
	bool is_skipped;
	const char *form_meta_id, *answers;
};

enum rc
said_others(struct task *t, const struct said_but *but, struct said_others *out)
{
	static const struct db_col cols[] = {
		COL(struct other_row, id),
		COL(struct other_row, import_id),
		COL(struct other_row, is_skipped),
		COL(struct other_row, form_meta_id),
		COL(struct other_row, answers),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct other_row),
				.max = OTHERS_MAX };
	enum rc rc = db_rows(t, &said_select,
			     INS(IN(but->lead_id), IN(but->submission_id),
				 IN(but->import_id), IN(but->import_id),
				 IN(but->merge_id), IN(but->merge_id),
				 IN(but->since), IN(but->since)),
			     &list);
	const struct other_row *row = list.rows;

	*out = (struct said_others){ NEW_ARRAY(t->mem, struct said, list.n),
				     list.n };
	for (size_t i = 0; !rc && i < list.n; i++) {
		struct said *s = &out->all[i];

		s->id = row[i].id;
		s->import_id = row[i].import_id;
		s->is_skipped = row[i].is_skipped;
		rc = said_read(t, row[i].import_id, row[i].form_meta_id,
			       row[i].answers, &s->person);
	}
	return rc;
}

static bool
tells(const struct said *s, int64_t submission_id)
{
	return s->id > submission_id && !s->is_skipped;
}

/* ---- fields ------------------------------------------------------------------------ */

static enum rc
pass_on(struct task *t, struct lead *left, const char *target,
	const struct said *heir)
{
	const char *value = fieldmap_column(&heir->person.lead, target);
	enum rc rc = db_exec(t, &said_fills,
			     INS(IN(target), IN(heir->id), IN(target)), NULL);

	fieldmap_set(left, target, value);
	return rc ? rc : recognise_stands(t, left->id, target, value);
}

static enum rc
unfill_one(struct task *t, struct lead *left, const char *target,
	   int64_t submission_id, const struct said_others *others)
{
	for (size_t i = 0; i < others->n; i++) {
		const struct said *s = &others->all[i];

		if (tells(s, submission_id) &&
		    fieldmap_column(&s->person.lead, target)[0])
			return pass_on(t, left, target, s);
	}
	fieldmap_set(left, target, "");
	return OK;
}

enum rc
said_unfill(struct task *t, struct lead *left, const char *filled,
	    const struct lead *said, int64_t submission_id,
	    const struct said_others *others)
{
	struct text rest = text_of(filled), part;
	enum rc rc = OK;

	while (!rc && text_take_part(&rest, ' ', &part)) {
		const char *target = arena_str(t->mem, part);
		const char *is = fieldmap_column(left, target);

		if (is && is[0] && !strcmp(is, fieldmap_column(said, target)))
			rc = unfill_one(t, left, target, submission_id, others);
	}
	return rc;
}

const char *
said_own(const struct fieldmap_person *p, int64_t field_id)
{
	for (size_t i = 0; i < p->n_custom; i++)
		if (p->custom[i].field_id == field_id)
			return p->custom[i].value;
	return "";
}

const struct said *
said_own_later(const struct said_others *others, int64_t submission_id,
	       int64_t field_id)
{
	for (size_t i = 0; i < others->n; i++) {
		const struct said *s = &others->all[i];

		if (tells(s, submission_id) &&
		    said_own(&s->person, field_id)[0])
			return s;
	}
	return NULL;
}

enum rc
said_own_given(struct task *t, const struct said *heir, int64_t field_id)
{
	return db_exec(t, &said_gives, INS(IN(field_id), IN(heir->id)), NULL);
}

/* ---- leads that have it -------------------------------------------------------------- */

enum rc
said_holders(struct task *t, int64_t lead_id, int64_t submission_id,
	     struct said_holders *out)
{
	int64_t id = lead_id;

	for (out->n = 0; id && out->n < SAID_HOLDERS_MAX; out->n++) {
		struct said_holder *h = &out->at[out->n];
		enum rc rc = lead_hold(t, id, &h->left);

		if (!rc)
			rc = leadmerge_before(t, id, submission_id, &h->by);
		if (rc)
			return rc;
		id = h->by.gone_id;
	}
	return OK;
}

const char *
said_keep_own(struct arena *mem, struct said_holder *h, const char *filled,
	      const struct lead *said)
{
	struct text rest = text_of(filled), part;
	const char *theirs = "";

	while (text_take_part(&rest, ' ', &part)) {
		const char *target = arena_str(mem, part);
		const char *is = fieldmap_column(&h->left, target), *own = "";

		if (h->by.merge_id && is)
			own = fieldmap_column(&h->by.was, target);
		if (!own[0])
			theirs = arena_fmt(mem, "%s%s%s", theirs,
					   theirs[0] ? " " : "", target);
		else if (!strcmp(is, fieldmap_column(said, target)))
			fieldmap_set(&h->left, target, own);
	}
	return theirs;
}

/* ---- known by ------------------------------------------------------------------------ */

static void
unless_of(struct lead *gone, const struct lead *other)
{
	if (!strcmp(gone->email_norm, other->email_norm))
		gone->email_norm = "";
	if (!strcmp(gone->phone_e164, other->phone_e164))
		gone->phone_e164 = "";
}

enum rc
said_forget(struct task *t, const struct said_holders *h,
	    const struct lead *said, const struct said_others *others)
{
	struct lead gone = *said;
	int64_t lead_id = h->at[0].left.id;
	enum rc rc = OK;

	for (size_t i = 0; i < h->n; i++)
		unless_of(&gone, &h->at[i].left);
	for (size_t i = 0; i < others->n; i++)
		if (!others->all[i].is_skipped)
			unless_of(&gone, &others->all[i].person.lead);
	if (!gone.email_norm[0] && !gone.phone_e164[0])
		return OK;
	for (size_t i = 0; !rc && i + 1 < h->n; i++)
		rc = leadmerge_forget(t, h->at[i].by.merge_id, &gone);
	if (!rc)
		rc = recognise_not(t, &gone, lead_id);
	/* Others that became part of it may be known by the same. */
	return rc ? rc : recognise_parts(t, lead_id);
}

/* ---- beside ------------------------------------------------------------------------ */

static const struct said *
who_says(const struct said_others *others, const struct lead_other *o)
{
	for (size_t i = 0; i < others->n; i++) {
		const struct said *s = &others->all[i];
		const char *value = fieldmap_column(&s->person.lead, o->field);

		if (!s->is_skipped && value &&
		    text_is(recognise_beside(value), o->value))
			return s;
	}
	return NULL;
}

enum rc
said_drop_beside(struct task *t, int64_t lead_id, int64_t submission_id,
		 const struct said_others *others)
{
	struct lead_other *all = NULL;
	size_t n = 0;
	enum rc rc = recognise_others(t, lead_id, &all, &n);

	for (size_t i = 0; !rc && i < n; i++) {
		const struct said *s = all[i].submission_id == submission_id
					       ? who_says(others, &all[i])
					       : NULL;

		if (s)
			rc = recognise_others_pass(t, all[i].id, s->id);
	}
	return rc ? rc : recognise_others_drop(t, lead_id, submission_id);
}
