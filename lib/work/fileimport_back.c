/* fileimport_back: what an answer of a file gave a lead is taken from it. */
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
/* One that came later, and stayed with that person; of a file that gives its
 * leads to nobody it says nothing. */
STATEMENT(back_other_given,
	  "SELECT s.id FROM submission s"
	  " LEFT JOIN file_import f ON f.id = s.import_id"
	  " WHERE s.lead_id = ? AND s.id > ? AND s.given_id = ?"
	  " AND NOT s.is_skipped AND NOT (s.import_id <=> ?)"
	  " AND COALESCE(f.assign, '') <> 'nobody'"
	  " ORDER BY s.import_id IS NOT NULL, s.id LIMIT 1");
/* The undo of its own file takes it back then. */
STATEMENT(back_hand_over,
	  "UPDATE submission SET gave = CONCAT(gave, ?, '\n')"
	  " WHERE id = ? AND import_id IS NOT NULL AND is_joined");
STATEMENT(back_drop_tag, "DELETE FROM lead_tag WHERE lead_id = ? AND tag = ?");

/* From one of the leads that have it. */
struct back {
	const struct undoing *u;
	struct said_holder *h;
	struct said_others others;
	bool is_first; /* the answer's own: what changes hands does so once */
	bool changed;
	const char *words; /* what somebody changed since */
};

static void
leave(struct task *t, struct back *b, const char *title)
{
	if (!b->is_first)
		return;
	b->words = arena_fmt(t->mem, "%s%s%s", b->words,
			     b->words[0] ? ", " : "", title);
	b->u->f->n_left++;
}

static enum rc
hand_over(struct task *t, struct text line, int64_t submission_id)
{
	return db_exec(t, &back_hand_over, INS(IN(line), IN(submission_id)),
		       NULL);
}

/* ---- fields -------------------------------------------------------------------- */

static void
name_changed(struct task *t, struct back *b, const char *filled)
{
	struct text rest = text_of(filled), part;

	while (text_take_part(&rest, ' ', &part)) {
		const char *target = arena_str(t->mem, part);
		const char *is = fieldmap_column(&b->h->left, target);
		const char *was = fieldmap_column(&b->u->said.lead, target);

		if (is && is[0] && strcmp(is, was) != 0)
			leave(t, b, fieldmap_title(target));
	}
}

/* Counted as an edit, so that nobody who has the lead open brings it all
 * back. */
static enum rc
take_fields(struct task *t, struct back *b)
{
	const struct lead before = b->h->left;
	struct lead *left = &b->h->left;
	const char *filled =
		said_keep_own(t->mem, b->h, b->u->filled, &b->u->said.lead);
	size_t n = 0;
	const struct fieldmap_field *all = fieldmap_fields(&n);
	enum rc rc;

	name_changed(t, b, filled);
	rc = said_unfill(t, left, filled, &b->u->said.lead, b->u->row->id,
			 &b->others);
	recognise_norms(t, left);
	for (size_t i = 0; !rc && i < n; i++)
		if (strcmp(fieldmap_column(&before, all[i].target),
			   fieldmap_column(left, all[i].target)) != 0) {
			b->changed = false; /* that is counted here */
			return lead_edit(t, left);
		}
	return rc;
}

/* ---- own fields, tags, the person ------------------------------------------------ */

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

/* What the field becomes: the lead's own of before a merge, what a later answer
 * says, or nothing. */
static enum rc
set_own(struct task *t, struct back *b, int64_t field_id, const char *own)
{
	const struct said *heir =
		said_own_later(&b->others, b->u->row->id, field_id);
	struct custom_value v = { field_id, own };
	enum rc rc = OK;

	if (!own[0] && heir) {
		v.value = said_own(&heir->person, field_id);
		if (b->is_first)
			rc = said_own_given(t, heir, field_id);
	}
	return rc ? rc : custom_set(t, b->h->left.id, &v, &b->changed);
}

static enum rc
take_own(struct task *t, struct back *b, int64_t field_id)
{
	struct text said = text_cut(text_of(said_own(&b->u->said, field_id)),
				    CUSTOM_VALUE_MAX);
	const char *is = "", *own = "";
	bool gave = true;
	enum rc rc = custom_get(t, b->h->left.id, field_id, &is);

	if (!rc && b->h->by.merge_id)
		rc = leadmerge_gave_own(t, b->h->by.merge_id, field_id, &gave,
					&own);
	if (rc || !is[0] || !gave)
		return rc;
	return text_is(said, is) ? set_own(t, b, field_id, own)
				 : leave_own(t, b, field_id);
}

/* By the search for another answer that gave it, too: it is that one's gift from
 * now on, and *stays. */
static enum rc
pass_on(struct task *t, const struct back *b, struct text line,
	struct db_stmt *search, struct db_ins in, bool *stays)
{
	int64_t heir = 0;
	enum rc rc = db_one(t, search, in, OUTS(OUT("id", &heir)));

	*stays = !rc;
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return OK;
	}
	return rc || !b->is_first ? rc : hand_over(t, line, heir);
}

static enum rc
take_tag(struct task *t, struct back *b, struct text line, struct text tag)
{
	bool gave = true, stays = false;
	enum rc rc = OK;

	if (b->h->by.merge_id)
		rc = leadmerge_gave_tag(t, b->h->by.merge_id, tag, &gave);
	if (rc || !gave)
		return rc;
	rc = pass_on(
		t, b, line, &back_other_tagger,
		INS(IN(b->u->row->lead_id), IN(b->u->f->id), IN(tag), IN(tag)),
		&stays);
	if (rc || stays)
		return rc;
	return db_exec(t, &back_drop_tag, INS(IN(b->h->left.id), IN(tag)),
		       NULL);
}

/* Nobody has it then, for the reason that nobody had it before, unless a later
 * answer went to whoever has it. */
static enum rc
take_person(struct task *t, struct back *b, struct text line, int64_t user_id,
	    struct text why)
{
	int64_t has = b->h->left.assignee_id;
	bool stays = false;
	enum rc rc;

	if (!has || (b->h->by.merge_id && b->h->by.was.assignee_id))
		return OK;
	if (has != user_id) {
		leave(t, b, "Assigned to");
		return OK;
	}
	rc = pass_on(t, b, line, &back_other_given,
		     INS(IN(b->u->row->lead_id), IN(b->u->row->id), IN(has),
			 IN(b->u->f->id)),
		     &stays);
	if (rc || stays)
		return rc;
	return lead_assign(t, b->h->left.id, 0, arena_str(t->mem, why));
}

static enum rc
take_line(struct task *t, struct back *b, struct text line)
{
	struct text whole = line;
	int64_t id = 0;

	if (text_take_lit(&line, "tag "))
		return take_tag(t, b, whole, line);
	if (text_take_lit(&line, "custom ") &&
	    text_int(line, 1, INT64_MAX, &id))
		return take_own(t, b, id);
	if (text_take_lit(&line, "person ") &&
	    text_take_int(&line, INT64_MAX, &id) && text_take_char(&line, ' '))
		return take_person(t, b, whole, id, line);
	return fail(t, E_INTERNAL, "submission %lld: gave what?",
		    (long long)b->u->row->id);
}

/* ---- from each lead that has it ---------------------------------------------------- */

static enum rc
take_from(struct task *t, struct undoing *u, size_t i)
{
	struct back b = { .u = u,
			  .h = &u->holders.at[i],
			  .is_first = i == 0,
			  .others = u->others,
			  .words = "" };
	const struct said_but with_it = {
		.lead_id = u->row->lead_id,
		.submission_id = u->row->id,
		.import_id = u->f->id,
		.merge_id = i > 0 ? u->holders.at[i - 1].by.merge_id : 0,
	};
	struct text rest = text_of(u->gave), line;
	enum rc rc = i > 0 ? said_others(t, &with_it, &b.others) : OK;

	if (!rc)
		rc = take_fields(t, &b);
	while (!rc && text_take_part(&rest, '\n', &line))
		rc = take_line(t, &b, line);
	if (!rc && b.changed)
		rc = lead_edited(t, b.h->left.id);
	if (b.is_first)
		u->words = b.words;
	return rc;
}

/* By what it has now, which a later answer may have filled in; a deleted lead by
 * nothing. */
static enum rc
known_anew(struct task *t, struct undoing *u)
{
	const struct lead *left = &u->holders.at[0].left;
	enum rc rc = OK;

	if (left->deleted_at.ms || u->row->is_skipped)
		return OK;
	rc = said_forget(t, &u->holders, &u->said.lead, &u->others);
	return rc ? rc : recognise_also(t, left, left->id);
}

enum rc
fileimport_take_back(struct task *t, struct undoing *u)
{
	enum rc rc = OK;

	u->words = "";
	for (size_t i = 0; !rc && i < u->holders.n; i++)
		rc = take_from(t, u, i);
	if (!rc)
		rc = known_anew(t, u);
	return rc ? rc
		  : said_drop_beside(t, u->row->lead_id, u->row->id,
				     &u->others);
}
