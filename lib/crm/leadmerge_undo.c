/* leadmerge_undo: what was one lead becomes two again. */
#include "base/json.h"
#include "crm/fieldmap.h"
#include "crm/leadmerge_private.h"
#include "crm/recognise.h"
#include "crm/timeline.h"
#include "db/db.h"

STATEMENT(merge_select,
	  "SELECT m.id, m.kept_id, m.gone_id, m.merged_at, m.undone_at,"
	  " COALESCE(u.name, '') AS merged_by,"
	  " COALESCE(NULLIF(l.name, ''), NULLIF(l.email, ''),"
	  " NULLIF(l.phone, ''), 'No name') AS gone_title, m.was, m.made"
	  " FROM lead_merge m JOIN `lead` l ON l.id = m.gone_id"
	  " LEFT JOIN app_user u ON u.id = m.merged_by WHERE m.id = ?");
STATEMENT(merge_later, "SELECT EXISTS (SELECT 1 FROM lead_merge"
		       " WHERE kept_id = ? AND id > ? AND undone_at IS NULL)"
		       " AS later");
STATEMENT(merge_hold, "SELECT id FROM lead_merge WHERE id = ? FOR UPDATE");
STATEMENT(merge_undone, "UPDATE lead_merge SET undone_at = ? WHERE id = ?");
/* With what became part of it before. */
STATEMENT(lead_set_parted,
	  "UPDATE `lead` SET merged_into = IF(id = ?, NULL, ?)"
	  " WHERE id = ? OR (merged_into = ? AND id IN (SELECT gone_id"
	  " FROM lead_merge WHERE kept_id = ? AND undone_at IS NULL))");

/* The way back: gone, kept, merge. */
#define PART(kind)                                                             \
	" IN (SELECT ref FROM lead_merge_part WHERE merge_id = ? AND kind"     \
	" = '" kind "')"
STATEMENT(back_others, "DELETE FROM lead_other WHERE ? > 0 AND lead_id = ?"
		       " AND (submission_id" PART(
			       "submission") " OR (submission_id IS NULL"
					     " AND at = (SELECT merged_at FROM "
					     "lead_merge WHERE id = ?)))");
STATEMENT(back_submissions, "UPDATE submission SET lead_id = ?"
			    " WHERE lead_id = ? AND id" PART("submission"));
STATEMENT(back_events, "UPDATE lead_event SET lead_id = ?"
		       " WHERE lead_id = ? AND id" PART("event"));
STATEMENT(back_emails, "UPDATE lead_identity SET lead_id = ? WHERE lead_id = ?"
		       " AND kind = 'email' AND norm" PART("email"));
STATEMENT(back_phones, "UPDATE lead_identity SET lead_id = ? WHERE lead_id = ?"
		       " AND kind = 'phone' AND norm" PART("phone"));
/* But for what an answer brings, too, that came since and stays. */
STATEMENT(back_tags,
	  "DELETE FROM lead_tag WHERE ? > 0 AND lead_id = ? AND tag" PART(
		  "tag") " AND NOT EXISTS (SELECT 1 FROM submission s"
			 " LEFT JOIN file_import f ON f.id = s.import_id"
			 " WHERE s.lead_id = lead_tag.lead_id"
			 " AND NOT s.is_skipped AND lead_tag.tag IN"
			 " (COALESCE(f.tag, ''), CASE s.platform"
			 " WHEN 'fb' THEN 'Facebook Lead Ad'"
			 " WHEN 'ig' THEN 'Instagram Lead Ad' ELSE '' END)"
			 " AND s.imported_at > (SELECT MAX(m.merged_at)"
			 " FROM lead_merge m WHERE m.kept_id = s.lead_id"
			 " AND m.undone_at IS NULL))");
STATEMENT(custom_were, "SELECT CAST(ref AS SIGNED) AS field_id, was"
		       " FROM lead_merge_part WHERE merge_id = ?"
		       " AND kind = 'custom_was' LIMIT 200");
STATEMENT(back_custom, "DELETE FROM lead_custom WHERE ? > 0 AND lead_id = ?"
		       " AND field_id" PART("custom"));

struct merge_row {
	int64_t id, kept_id, gone_id;
	struct when merged_at, undone_at;
	const char *merged_by, *gone_title, *was, *made;
};

enum rc
leadmerge_snapshot(struct task *t, const char *text, struct lead *l)
{
	size_t n = 0;
	const struct fieldmap_field *all = fieldmap_fields(&n);
	const char *why = "";
	const struct json *j = json_parse(t->mem, text_of(text), &why);

	for (size_t i = 0; i < n; i++)
		fieldmap_set(l, all[i].target,
			     json_text_or(json_get(j, all[i].target), ""));
	l->stage = json_text_or(json_get(j, "stage"), "new");
	if (!json_int(json_get(j, "assignee"), &l->assignee_id) ||
	    !json_int(json_get(j, "created"), &l->created_at.ms) ||
	    !json_int(json_get(j, "latest"), &l->latest_at.ms) ||
	    !json_int(json_get(j, "touched"), &l->touched_at.ms))
		return fail(t, E_INTERNAL, "the snapshot of a merge: %s", why);
	return OK;
}

static enum rc
find(struct task *t, int64_t id, struct merge_row *out)
{
	static const struct db_col cols[] = {
		COL(struct merge_row, id),
		COL(struct merge_row, kept_id),
		COL(struct merge_row, gone_id),
		COL(struct merge_row, merged_at),
		COL(struct merge_row, undone_at),
		COL(struct merge_row, merged_by),
		COL(struct merge_row, gone_title),
		COL(struct merge_row, was),
		COL(struct merge_row, made),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct merge_row),
				.max = 1 };
	enum rc rc = db_rows(t, &merge_select, INS(IN(id)), &list);

	if (!rc && list.n == 0)
		return fail(t, E_NOTFOUND, "no merge %lld", (long long)id);
	if (!rc)
		*out = *(const struct merge_row *)list.rows;
	return rc;
}

enum rc
leadmerge_get(struct task *t, int64_t merge_id, struct leadmerge *out)
{
	struct merge_row row;
	enum rc rc = find(t, merge_id, &row);

	if (!rc)
		*out = (struct leadmerge){ row.id,	  row.kept_id,
					   row.gone_id,	  row.gone_title,
					   row.merged_by, row.merged_at,
					   row.undone_at };
	return rc;
}

struct undoing {
	int64_t merge_id;
	bool sure;
	const char *changed;
};

static void
name_changed(struct task *t, struct undoing *u, const char *title)
{
	u->changed = u->changed ? arena_fmt(t->mem, "%s, %s", u->changed, title)
				: title;
}

/* Back to what it was, but for what somebody changed since. */
static struct lead
back_to(struct task *t, struct undoing *u, const struct lead *now,
	const struct lead *made, const struct lead *was)
{
	struct lead back = *now;
	size_t n = 0;
	const struct fieldmap_field *all = fieldmap_fields(&n);

	u->changed = NULL;
	for (size_t i = 0; i < n; i++) {
		const char *field = all[i].target;

		if (!strcmp(fieldmap_column(now, field),
			    fieldmap_column(made, field)))
			fieldmap_set(&back, field, fieldmap_column(was, field));
		else
			name_changed(t, u, all[i].title);
	}
	if (!strcmp(now->stage, made->stage))
		back.stage = was->stage;
	else
		name_changed(t, u, "Stage");
	if (now->assignee_id == made->assignee_id)
		back.assignee_id = was->assignee_id;
	else
		name_changed(t, u, "Assigned to");
	if (now->latest_at.ms == made->latest_at.ms)
		back.latest_at = was->latest_at;
	if (now->touched_at.ms == made->touched_at.ms)
		back.touched_at = was->touched_at;
	back.created_at = was->created_at;
	return back;
}

static enum rc
take_back(struct task *t, const struct merge_row *row)
{
	struct db_stmt *const all[] = { &back_submissions, &back_events,
					&back_emails,	   &back_phones,
					&back_tags,	   &back_custom };
	enum rc rc = db_exec(t, &back_others,
			     INS(IN(row->gone_id), IN(row->kept_id),
				 IN(row->id), IN(row->id)),
			     NULL);

	for (size_t i = 0; !rc && i < COUNT(all); i++)
		rc = db_exec(
			t, all[i],
			INS(IN(row->gone_id), IN(row->kept_id), IN(row->id)),
			NULL);
	return rc ? rc
		  : db_exec(t, &lead_set_parted,
			    INS(IN(row->gone_id), IN(row->gone_id),
				IN(row->gone_id), IN(row->kept_id),
				IN(row->gone_id)),
			    NULL);
}

/* Own fields that took the other lead's value get their own again, but where
 * somebody changed them since. */
static enum rc
back_own(struct task *t, const struct merge_row *row)
{
	struct was_row {
		int64_t field_id;
		const char *was;
	};
	static const struct db_col cols[] = { COL(struct was_row, field_id),
					      COL(struct was_row, was),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct was_row),
				.max = CUSTOM_FIELDS_MAX };
	enum rc rc = db_rows(t, &custom_were, INS(IN(row->id)), &list);

	for (size_t i = 0; !rc && i < list.n; i++) {
		const struct was_row *w = (const struct was_row *)list.rows + i;
		struct custom_value v = { w->field_id, w->was };
		const char *now = "", *theirs = "";

		rc = custom_get(t, row->kept_id, v.field_id, &now);
		if (!rc)
			rc = custom_get(t, row->gone_id, v.field_id, &theirs);
		if (!rc && !strcmp(now, theirs))
			rc = custom_set(t, row->kept_id, &v, NULL);
	}
	return rc;
}

static enum rc
part(struct task *t, const struct merge_row *row, const struct lead *now,
     struct lead *back)
{
	enum rc rc;

	recognise_norms(t, back);
	rc = leadmerge_store(t, back);
	if (!rc)
		rc = back_own(t, row);
	if (!rc)
		rc = take_back(t, row);
	if (!rc)
		rc = recognise_not(t, now, row->kept_id);
	if (!rc)
		rc = recognise_also(t, back, row->kept_id);
	if (!rc)
		rc = db_exec(t, &merge_undone, INS(IN(t->now), IN(row->id)),
			     NULL);
	if (!rc)
		rc = timeline_note(t, row->kept_id, "unmerged",
				   arena_fmt(t->mem, "Parted from %s again",
					     row->gone_title),
				   "", row->id);
	if (!rc)
		rc = timeline_add(t, row->gone_id, "unmerged",
				  "A lead of its own again", NULL);
	if (!rc)
		rc = leadmerge_settle(t, row->kept_id);
	return rc ? rc : leadmerge_settle(t, row->gone_id);
}

/* Both leads, in the order in which a merge locks them. */
static enum rc
hold_both(struct task *t, const struct merge_row *row, struct lead *now)
{
	bool kept_first = row->kept_id < row->gone_id;
	enum rc rc =
		lead_hold(t, kept_first ? row->kept_id : row->gone_id, now);

	if (!rc)
		rc = lead_hold(t, kept_first ? row->gone_id : row->kept_id,
			       now);
	return rc ? rc : lead_get(t, row->kept_id, now);
}

/* E_NOTFOUND unless it is the latest of a lead that is here, and young. */
static enum rc
may_be_undone(struct task *t, const struct merge_row *row,
	      const struct lead *now)
{
	struct when oldest = when_add(t->now, -LEADMERGE_DAYS * DAY_MS);
	bool later = false;
	enum rc rc = db_one(t, &merge_later, INS(IN(row->kept_id), IN(row->id)),
			    OUTS(OUT("later", &later)));

	if (rc)
		return rc;
	if (row->undone_at.ms || row->merged_at.ms < oldest.ms || later)
		return fail(t, E_NOTFOUND, "merge %lld: not any more",
			    (long long)row->id);
	if (now->deleted_at.ms || now->merged_into)
		return fail(t, E_NOTFOUND, "lead %lld: not here any more",
			    (long long)now->id);
	return OK;
}

static enum rc
undo(struct task *t, void *arg)
{
	struct undoing *u = arg;
	struct merge_row row = { 0 };
	struct lead now = { 0 }, was = { 0 }, made = { 0 }, back;
	enum rc rc = db_one(t, &merge_hold, INS(IN(u->merge_id)),
			    OUTS(OUT("id", &u->merge_id)));

	if (!rc)
		rc = find(t, u->merge_id, &row);
	if (!rc)
		rc = hold_both(t, &row, &now);
	if (!rc)
		rc = may_be_undone(t, &row, &now);
	if (!rc)
		rc = leadmerge_snapshot(t, row.was, &was);
	if (!rc)
		rc = leadmerge_snapshot(t, row.made, &made);
	if (rc)
		return rc;
	back = back_to(t, u, &now, &made, &was);
	if (u->changed && !u->sure)
		return fail(t, E_CONFLICT, "changed since");
	return part(t, &row, &now, &back);
}

enum rc
leadmerge_undo(struct task *t, int64_t merge_id, bool sure,
	       const char **changed)
{
	struct undoing u = { .merge_id = merge_id, .sure = sure };
	enum rc rc = db_tx(t, "lead_unmerge", undo, &u);

	*changed = u.changed;
	return rc;
}
