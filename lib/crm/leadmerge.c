/* leadmerge: moving what belongs to a lead, and noting it for the way back. */
#include "crm/leadmerge.h"

#include "base/buf.h"
#include "base/json.h"
#include "crm/facet.h"
#include "crm/fieldmap.h"
#include "crm/recognise.h"
#include "crm/timeline.h"
#include "db/db.h"

enum { SNAPSHOT_BYTES = 16 << 10 };

STATEMENT(merge_lock, "SELECT id FROM `lead` WHERE id IN (?, ?)"
		      " AND deleted_at IS NULL AND merged_into IS NULL"
		      " ORDER BY id FOR UPDATE");
STATEMENT(merge_insert,
	  "INSERT INTO lead_merge (kept_id, gone_id, was, made, merged_at,"
	  " merged_by) VALUES (?, ?, ?, '', ?, NULLIF(?, 0))");
STATEMENT(merge_made, "UPDATE lead_merge SET made = ? WHERE id = ?");
STATEMENT(merge_undone, "UPDATE lead_merge SET undone_at = ? WHERE id = ?");
STATEMENT(merge_select,
	  "SELECT m.id, m.kept_id, m.gone_id, m.merged_at, m.undone_at,"
	  " COALESCE(u.name, '') AS merged_by,"
	  " COALESCE(NULLIF(l.name, ''), NULLIF(l.email, ''),"
	  " NULLIF(l.phone, ''), 'No name') AS gone_title, m.was, m.made"
	  " FROM lead_merge m JOIN `lead` l ON l.id = m.gone_id"
	  " LEFT JOIN app_user u ON u.id = m.merged_by WHERE m.id = ?");
STATEMENT(merge_hold, "SELECT id FROM lead_merge WHERE id = ? FOR UPDATE");
STATEMENT(lead_set_work, "UPDATE `lead` SET stage = ?,"
			 " assignee_id = NULLIF(?, 0), created_at = ?,"
			 " latest_at = ?, touched_at = ?, worked_at = ?"
			 " WHERE id = ?");
STATEMENT(lead_recount,
	  "UPDATE `lead` SET n_submissions = (SELECT COUNT(*) FROM submission"
	  " WHERE lead_id = ? AND NOT is_skipped), latest_submission_id ="
	  " (SELECT MAX(id) FROM submission WHERE lead_id = ?) WHERE id = ?");
STATEMENT(lead_set_merged,
	  "UPDATE `lead` SET merged_into = NULLIF(?, 0) WHERE id = ?");

/* What the other lead has is noted, then given.  Notes: merge, gone, kept;
 * gifts: kept, gone. */
#define NOTE(kind, columns)                                                    \
	"INSERT INTO lead_merge_part (merge_id, kind, ref) SELECT ?, " kind    \
	", " columns " WHERE lead_id = ?"
STATEMENT(note_submissions, NOTE("'submission'", "id FROM submission"));
STATEMENT(note_events, NOTE("'event'", "id FROM lead_event"));
STATEMENT(note_identities, NOTE("kind", "norm FROM lead_identity"));
STATEMENT(note_tags,
	  NOTE("'tag'", "tag FROM lead_tag") " AND tag NOT IN (SELECT tag FROM "
					     "lead_tag WHERE lead_id = ?)");
STATEMENT(note_custom,
	  NOTE("'custom'",
	       "field_id FROM lead_custom") " AND field_id NOT IN"
					    " (SELECT field_id FROM "
					    "lead_custom WHERE lead_id = ?)");
STATEMENT(give_submissions,
	  "UPDATE submission SET lead_id = ? WHERE lead_id = ?");
STATEMENT(give_events, "UPDATE lead_event SET lead_id = ? WHERE lead_id = ?");
STATEMENT(give_identities,
	  "UPDATE lead_identity SET lead_id = ? WHERE lead_id = ?");
STATEMENT(give_tags, "INSERT IGNORE INTO lead_tag (lead_id, tag)"
		     " SELECT ?, tag FROM lead_tag WHERE lead_id = ?");
STATEMENT(give_custom,
	  "INSERT IGNORE INTO lead_custom (lead_id, field_id, value)"
	  " SELECT ?, field_id, value FROM lead_custom WHERE lead_id = ?");
STATEMENT(give_others,
	  "INSERT IGNORE INTO lead_other (lead_id, field, value, value_hash,"
	  " submission_id, at) SELECT ?, field, value, value_hash,"
	  " submission_id, at FROM lead_other WHERE lead_id = ?"
	  " AND submission_id IS NOT NULL");

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
STATEMENT(back_tags, "DELETE FROM lead_tag WHERE ? > 0 AND lead_id = ?"
		     " AND tag" PART("tag"));
STATEMENT(back_custom, "DELETE FROM lead_custom WHERE ? > 0 AND lead_id = ?"
		       " AND field_id" PART("custom"));

struct merge_row {
	int64_t id, kept_id, gone_id;
	struct when merged_at, undone_at;
	const char *merged_by, *gone_title, *was, *made;
};

/* ---- snapshots ---------------------------------------------------------------- */

static const char *
snapshot_text(struct arena *mem, const struct lead *l)
{
	size_t n = 0;
	const struct fieldmap_field *all = fieldmap_fields(&n);
	struct buf b = buf_in(mem, SNAPSHOT_BYTES);
	struct json_out o = { .to = &b };

	json_open(&o, '{');
	for (size_t i = 0; i < n; i++) {
		json_name(&o, all[i].target);
		json_put(&o, fieldmap_column(l, all[i].target));
	}
	json_name(&o, "stage");
	json_put(&o, l->stage);
	json_name(&o, "assignee");
	json_put_int(&o, l->assignee_id);
	json_name(&o, "created");
	json_put_int(&o, l->created_at.ms);
	json_name(&o, "latest");
	json_put_int(&o, l->latest_at.ms);
	json_name(&o, "touched");
	json_put_int(&o, l->touched_at.ms);
	json_close(&o, '}');
	return b.failed ? NULL : buf_str(&b);
}

static enum rc
read_snapshot(struct task *t, const char *text, struct lead *l)
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

/* ---- both ways ------------------------------------------------------------------ */

static enum rc
lock_both(struct task *t, int64_t a, int64_t b)
{
	struct id_row {
		int64_t id;
	};
	static const struct db_col cols[] = { COL(struct id_row, id), { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct id_row),
				.max = 2 };
	enum rc rc = db_rows(t, &merge_lock, INS(IN(a), IN(b)), &list);

	if (!rc && list.n != 2)
		return fail(t, E_NOTFOUND, "leads %lld and %lld: not both here",
			    (long long)a, (long long)b);
	return rc;
}

static enum rc
store(struct task *t, const struct lead *l)
{
	enum rc rc = lead_edit(t, l);

	return rc ? rc
		  : db_exec(t, &lead_set_work,
			    INS(IN(l->stage), IN(l->assignee_id),
				IN(l->created_at), IN(l->latest_at),
				IN(l->touched_at), IN(t->now), IN(l->id)),
			    NULL);
}

/* Its answers have changed hands: counted, listed and searched anew. */
static enum rc
settle(struct task *t, int64_t lead_id)
{
	enum rc rc = db_exec(t, &lead_recount,
			     INS(IN(lead_id), IN(lead_id), IN(lead_id)), NULL);

	if (!rc)
		rc = facet_refresh(t, lead_id);
	return rc ? rc : facet_words(t, lead_id);
}

/* ---- one ---------------------------------------------------------------------------- */

struct merging {
	int64_t kept_id, gone_id, merge_id;
	const char *const *take;
	size_t n_take;
};

static bool
taken(const struct merging *m, const char *what)
{
	for (size_t i = 0; i < m->n_take; i++)
		if (!strcmp(m->take[i], what))
			return true;
	return false;
}

static struct when
earlier(struct when a, struct when b)
{
	if (!a.ms || !b.ms)
		return a.ms ? a : b;
	return a.ms < b.ms ? a : b;
}

static struct lead
together(const struct merging *m, const struct lead *kept,
	 const struct lead *gone)
{
	struct lead made = *kept;
	size_t n = 0;
	const struct fieldmap_field *all = fieldmap_fields(&n);

	for (size_t i = 0; i < n; i++) {
		const char *field = all[i].target;
		const char *other = fieldmap_column(gone, field);

		if (other[0] &&
		    (!fieldmap_column(kept, field)[0] || taken(m, field)))
			fieldmap_set(&made, field, other);
	}
	if (taken(m, "stage"))
		made.stage = gone->stage;
	if (!made.assignee_id || taken(m, "assignee"))
		made.assignee_id = gone->assignee_id ? gone->assignee_id
						     : made.assignee_id;
	made.created_at = earlier(kept->created_at, gone->created_at);
	made.touched_at = earlier(kept->touched_at, gone->touched_at);
	if (gone->latest_at.ms > made.latest_at.ms)
		made.latest_at = gone->latest_at;
	return made;
}

static enum rc
give_all(struct task *t, const struct merging *m)
{
	struct db_stmt *const plain_notes[] = { &note_submissions, &note_events,
						&note_identities };
	struct db_stmt *const missing_notes[] = { &note_tags, &note_custom };
	struct db_stmt *const gifts[] = { &give_submissions, &give_events,
					  &give_identities,  &give_tags,
					  &give_custom,	     &give_others };
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < COUNT(plain_notes); i++)
		rc = db_exec(t, plain_notes[i],
			     INS(IN(m->merge_id), IN(m->gone_id)), NULL);
	for (size_t i = 0; !rc && i < COUNT(missing_notes); i++)
		rc = db_exec(
			t, missing_notes[i],
			INS(IN(m->merge_id), IN(m->gone_id), IN(m->kept_id)),
			NULL);
	for (size_t i = 0; !rc && i < COUNT(gifts); i++)
		rc = db_exec(t, gifts[i], INS(IN(m->kept_id), IN(m->gone_id)),
			     NULL);
	return rc;
}

/* Whatever was not chosen stays beside what was. */
static enum rc
keep_beside(struct task *t, const struct lead *made, const struct lead *kept,
	    const struct lead *gone)
{
	enum rc rc = recognise_differs(t, made, kept, 0);

	return rc ? rc : recognise_differs(t, made, gone, 0);
}

static enum rc
make_one(struct task *t, struct merging *m, const struct lead *kept,
	 const struct lead *gone)
{
	struct lead made = together(m, kept, gone);
	const char *text;
	enum rc rc;

	recognise_norms(t, &made);
	rc = store(t, &made);
	if (!rc)
		rc = keep_beside(t, &made, kept, gone);
	if (!rc)
		rc = give_all(t, m);
	text = snapshot_text(t->mem, &made);
	if (!rc && !text)
		return fail(t, E_INPUT, "a lead too long to be merged");
	if (!rc)
		rc = db_exec(t, &merge_made, INS(IN(text), IN(m->merge_id)),
			     NULL);
	return rc ? rc
		  : db_exec(t, &lead_set_merged,
			    INS(IN(m->kept_id), IN(m->gone_id)), NULL);
}

static enum rc
merge(struct task *t, void *arg)
{
	struct merging *m = arg;
	struct lead kept, gone;
	enum rc rc = lock_both(t, m->kept_id, m->gone_id);

	if (!rc)
		rc = lead_get(t, m->kept_id, &kept);
	if (!rc)
		rc = lead_get(t, m->gone_id, &gone);
	if (rc)
		return rc;
	if (kept.is_test || gone.is_test)
		return fail(t, E_INPUT, "test leads are not merged");
	rc = db_insert(t, &merge_insert,
		       INS(IN(kept.id), IN(gone.id),
			   IN(snapshot_text(t->mem, &kept)), IN(t->now),
			   IN(t->user_id)),
		       &m->merge_id);
	if (!rc)
		rc = make_one(t, m, &kept, &gone);
	if (!rc)
		rc = timeline_note(
			t, kept.id, "merged",
			arena_fmt(t->mem, "Merged with %s", lead_title(&gone)),
			"", m->merge_id);
	if (!rc)
		rc = settle(t, kept.id);
	return rc ? rc : settle(t, gone.id);
}

enum rc
leadmerge(struct task *t, int64_t kept_id, int64_t gone_id,
	  const char *const *take, size_t n_take, int64_t *merge_id)
{
	struct merging m = { .kept_id = kept_id,
			     .gone_id = gone_id,
			     .take = take,
			     .n_take = n_take };
	enum rc rc;

	if (kept_id == gone_id)
		return fail(t, E_INPUT, "a lead with itself");
	rc = db_tx(t, "lead_merge", merge, &m);
	if (!rc)
		*merge_id = m.merge_id;
	return rc;
}

/* ---- two again ------------------------------------------------------------------------ */

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
		  : db_exec(t, &lead_set_merged, INS(IN(0), IN(row->gone_id)),
			    NULL);
}

static enum rc
part(struct task *t, const struct merge_row *row, const struct lead *now,
     struct lead *back)
{
	enum rc rc;

	recognise_norms(t, back);
	rc = store(t, back);
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
		rc = timeline_add(t, row->kept_id, "unmerged",
				  arena_fmt(t->mem, "Parted from %s again",
					    row->gone_title),
				  NULL);
	if (!rc)
		rc = timeline_add(t, row->gone_id, "unmerged",
				  "A lead of its own again", NULL);
	if (!rc)
		rc = settle(t, row->kept_id);
	return rc ? rc : settle(t, row->gone_id);
}

static enum rc
undo(struct task *t, void *arg)
{
	struct undoing *u = arg;
	struct merge_row row;
	struct lead now, was = { 0 }, made = { 0 }, back;
	enum rc rc = db_one(t, &merge_hold, INS(IN(u->merge_id)),
			    OUTS(OUT("id", &u->merge_id)));

	if (!rc)
		rc = find(t, u->merge_id, &row);
	if (!rc &&
	    (row.undone_at.ms ||
	     row.merged_at.ms < when_add(t->now, -LEADMERGE_DAYS * DAY_MS).ms))
		return fail(t, E_NOTFOUND, "merge %lld: not any more",
			    (long long)row.id);
	if (!rc)
		rc = lead_get(t, row.kept_id, &now);
	if (!rc && (now.deleted_at.ms || now.merged_into))
		return fail(t, E_NOTFOUND, "lead %lld: not here any more",
			    (long long)now.id);
	if (!rc)
		rc = read_snapshot(t, row.was, &was);
	if (!rc)
		rc = read_snapshot(t, row.made, &made);
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
