/* leadmerge: two leads become one, noted for the way back. */
#include "crm/leadmerge_private.h"

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
STATEMENT(lead_set_work, "UPDATE `lead` SET stage = ?,"
			 " assignee_id = NULLIF(?, 0), created_at = ?,"
			 " latest_at = ?, touched_at = ?, worked_at = ?"
			 " WHERE id = ?");
/* What became part of the one that goes becomes part of the kept one, so that
 * each leads to a living lead in one step. */
STATEMENT(lead_set_merged, "UPDATE `lead` SET merged_into = ?"
			   " WHERE id = ? OR merged_into = ?");

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
/* Of both there is something else: what the kept lead has is set aside. */
STATEMENT(custom_beside,
	  "INSERT IGNORE INTO lead_other (lead_id, field, value, value_hash,"
	  " submission_id, at) SELECT ?, CONCAT('custom:', field_id),"
	  " LEFT(value, 320), SHA2(LEFT(value, 320), 256), NULL, ?"
	  " FROM lead_custom WHERE lead_id = ? AND field_id = ?");
STATEMENT(custom_both,
	  "SELECT k.field_id, k.value AS kept, g.value AS gone"
	  " FROM lead_custom k JOIN lead_custom g ON g.field_id = k.field_id"
	  " WHERE k.lead_id = ? AND g.lead_id = ? AND k.value <> g.value"
	  " LIMIT 200");
STATEMENT(note_custom_was,
	  "INSERT INTO lead_merge_part (merge_id, kind, ref, was)"
	  " VALUES (?, 'custom_was', ?, ?)");
STATEMENT(give_others,
	  "INSERT IGNORE INTO lead_other (lead_id, field, value, value_hash,"
	  " submission_id, at) SELECT ?, field, value, value_hash,"
	  " submission_id, at FROM lead_other WHERE lead_id = ?"
	  " AND submission_id IS NOT NULL");

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

enum rc
leadmerge_store(struct task *t, const struct lead *l)
{
	enum rc rc = lead_edit(t, l);

	return rc ? rc
		  : db_exec(t, &lead_set_work,
			    INS(IN(l->stage), IN(l->assignee_id),
				IN(l->created_at), IN(l->latest_at),
				IN(l->touched_at), IN(t->now), IN(l->id)),
			    NULL);
}

enum rc
leadmerge_settle(struct task *t, int64_t lead_id)
{
	enum rc rc = lead_recount(t, lead_id);

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

/* Own fields that both have: one value stands, the other is kept beside it; the
 * way back finds what stood there. */
static enum rc
choose_custom(struct task *t, const struct merging *m)
{
	struct both {
		int64_t field_id;
		const char *kept, *gone;
	};
	static const struct db_col cols[] = { COL(struct both, field_id),
					      COL(struct both, kept),
					      COL(struct both, gone),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct both),
				.max = CUSTOM_FIELDS_MAX };
	enum rc rc = db_rows(t, &custom_both,
			     INS(IN(m->kept_id), IN(m->gone_id)), &list);

	for (size_t i = 0; !rc && i < list.n; i++) {
		const struct both *b = (const struct both *)list.rows + i;
		struct custom_value v = { b->field_id, b->gone };
		bool take =
			taken(m, fieldmap_custom_target(t->mem, b->field_id));

		rc = db_exec(t, &custom_beside,
			     INS(IN(m->kept_id), IN(t->now),
				 IN(take ? m->kept_id : m->gone_id),
				 IN(b->field_id)),
			     NULL);
		if (!rc && take)
			rc = db_exec(t, &note_custom_was,
				     INS(IN(m->merge_id), IN(b->field_id),
					 IN(b->kept)),
				     NULL);
		if (!rc && take)
			rc = custom_set(t, m->kept_id, &v, NULL);
	}
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
	rc = leadmerge_store(t, &made);
	if (!rc)
		rc = keep_beside(t, &made, kept, gone);
	if (!rc)
		rc = choose_custom(t, m);
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
			    INS(IN(m->kept_id), IN(m->gone_id), IN(m->gone_id)),
			    NULL);
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
		rc = leadmerge_settle(t, kept.id);
	return rc ? rc : leadmerge_settle(t, gone.id);
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
