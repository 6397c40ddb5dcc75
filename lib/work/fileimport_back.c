/* fileimport_back: what an answer of a file gave a lead that was here before. */
#include "crm/recognise.h"
#include "db/db.h"
#include "work/fileimport_private.h"

/* Another answer of the lead that brings the tag: by its own file, or as Meta's. */
STATEMENT(back_other_tagger,
	  "SELECT s.id FROM submission s"
	  " LEFT JOIN file_import f ON f.id = s.import_id"
	  " WHERE s.lead_id = ? AND NOT s.is_skipped"
	  " AND NOT (s.import_id <=> ?) AND (f.tag = ?"
	  " OR ? = CASE s.platform WHEN 'fb' THEN 'Facebook Lead Ad'"
	  " WHEN 'ig' THEN 'Instagram Lead Ad' END)"
	  " ORDER BY s.import_id IS NOT NULL, s.id LIMIT 1");
/* Its own undo takes the tag back then. */
STATEMENT(back_hand_over,
	  "UPDATE submission SET gave = CONCAT(gave, 'tag ', ?, '\n')"
	  " WHERE id = ? AND import_id IS NOT NULL AND is_joined");
STATEMENT(back_drop_tag, "DELETE FROM lead_tag WHERE lead_id = ? AND tag = ?");

struct back {
	struct file_import *f;
	const struct undo_row *row;
	const struct lead *now;
	struct fieldmap_person said;
	const char *left;
};

static void
leave(struct task *t, struct back *b, const char *title)
{
	b->left = arena_fmt(t->mem, "%s%s%s", b->left, b->left[0] ? ", " : "",
			    title);
	b->f->n_left++;
}

/* ---- fields -------------------------------------------------------------------- */

static void
name_changed(struct task *t, struct back *b)
{
	struct text rest = text_of(b->row->filled), part;

	while (text_take_part(&rest, ' ', &part)) {
		const char *target = arena_str(t->mem, part);
		const char *is = fieldmap_column(b->now, target);
		const char *was = fieldmap_column(&b->said.lead, target);

		if (is && is[0] && strcmp(is, was) != 0)
			leave(t, b, fieldmap_title(target));
	}
}

/* Known by what is left, not by what the answer told.  Counted as an edit, so
 * that nobody who has the lead open brings it all back. */
static enum rc
take_fields(struct task *t, struct back *b)
{
	struct lead left = *b->now;
	enum rc rc;

	name_changed(t, b);
	fieldmap_unfill(&left, b->row->filled, &b->said.lead);
	recognise_norms(t, &left);
	rc = lead_edit(t, &left);
	if (!rc)
		rc = recognise_not(t, b->now, b->now->id);
	return rc ? rc : recognise_also(t, &left, b->now->id);
}

/* ---- own fields, tags, the person ------------------------------------------------ */

static const char *
said_of(const struct back *b, int64_t field_id)
{
	for (size_t i = 0; i < b->said.n_custom; i++)
		if (b->said.custom[i].field_id == field_id)
			return b->said.custom[i].value;
	return "";
}

static enum rc
leave_own(struct task *t, struct back *b, int64_t field_id)
{
	struct custom_field *all = NULL;
	size_t n = 0;
	enum rc rc = custom_list(t, &all, &n);

	for (size_t i = 0; !rc && i < n; i++)
		if (all[i].id == field_id)
			leave(t, b, all[i].name);
	return rc;
}

static enum rc
take_own(struct task *t, struct back *b, int64_t field_id)
{
	struct text said =
		text_cut(text_of(said_of(b, field_id)), CUSTOM_VALUE_MAX);
	struct custom_value none = { field_id, "" };
	const char *is = "";
	enum rc rc = custom_get(t, b->now->id, field_id, &is);

	if (rc || !is[0])
		return rc;
	return text_is(said, is) ? custom_set(t, b->now->id, &none, NULL)
				 : leave_own(t, b, field_id);
}

static enum rc
take_tag(struct task *t, const struct back *b, struct text tag)
{
	int64_t other = 0;
	enum rc rc = db_one(t, &back_other_tagger,
			    INS(IN(b->now->id), IN(b->f->id), IN(tag), IN(tag)),
			    OUTS(OUT("id", &other)));

	if (!rc)
		return db_exec(t, &back_hand_over, INS(IN(tag), IN(other)),
			       NULL);
	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	return db_exec(t, &back_drop_tag, INS(IN(b->now->id), IN(tag)), NULL);
}

/* Nobody has it then, for the reason that nobody had it before. */
static enum rc
take_person(struct task *t, struct back *b, int64_t user_id, struct text why)
{
	int64_t has = b->now->assignee_id;

	if (has == user_id)
		return lead_assign(t, b->now->id, 0, arena_str(t->mem, why));
	if (has)
		leave(t, b, "Assigned to");
	return OK;
}

static enum rc
take_line(struct task *t, struct back *b, struct text line)
{
	int64_t id = 0;

	if (text_take_lit(&line, "tag "))
		return take_tag(t, b, line);
	if (text_take_lit(&line, "custom ") &&
	    text_int(line, 1, INT64_MAX, &id))
		return take_own(t, b, id);
	if (text_take_lit(&line, "person ") &&
	    text_take_int(&line, INT64_MAX, &id) && text_take_char(&line, ' '))
		return take_person(t, b, id, line);
	return fail(t, E_INTERNAL, "submission %lld: gave what?",
		    (long long)b->row->id);
}

enum rc
fileimport_take_back(struct task *t, struct file_import *f,
		     const struct undo_row *row, const struct lead *now,
		     const char **left)
{
	struct back b = { .f = f, .row = row, .now = now, .left = "" };
	struct text rest = text_of(row->gave), line;
	enum rc rc;

	if (!row->filled[0] && !row->gave[0])
		return OK;
	rc = row_said(t, f, row->form_meta_id, row->answers, &b.said);
	if (!rc)
		rc = take_fields(t, &b);
	while (!rc && text_take_part(&rest, '\n', &line))
		rc = take_line(t, &b, line);
	*left = b.left;
	return rc;
}
