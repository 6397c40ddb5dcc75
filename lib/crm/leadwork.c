/* leadwork: one lead, one act, one line in its timeline. */
#include "crm/leadwork_private.h"

#include "crm/audit.h"
#include "crm/facet.h"
#include "crm/lead.h"
#include "crm/recognise.h"
#include "crm/timeline.h"
#include "crm/user.h"
#include "db/db.h"

const char *const lead_stages[] = { "new", "contacted", "qualified",
				    "won", "lost",	NULL };

STATEMENT(work_lock,
	  "SELECT l.stage,"
	  " COALESCE(l.assignee_id, 0) AS assignee_id,"
	  " COALESCE(u.name, '') AS assignee, l.deleted_at IS NOT NULL AS gone"
	  " FROM `lead` l LEFT JOIN app_user u ON u.id = l.assignee_id"
	  " WHERE l.id = ? AND l.merged_into IS NULL AND l.erased_at IS NULL"
	  " FOR UPDATE");
STATEMENT(work_mark, "UPDATE `lead` SET worked_at = ? WHERE id = ?");
STATEMENT(work_touch, "UPDATE `lead` SET touched_at = COALESCE(touched_at, ?)"
		      " WHERE id = ?");
STATEMENT(work_set_stage, "UPDATE `lead` SET stage = ? WHERE id = ?");
STATEMENT(work_count_tags,
	  "SELECT COUNT(*) AS n FROM lead_tag WHERE lead_id = ?");
STATEMENT(work_has_tag, "SELECT EXISTS (SELECT 1 FROM lead_tag"
			" WHERE lead_id = ? AND tag = ?) AS has");
STATEMENT(work_drop_tag, "DELETE FROM lead_tag WHERE lead_id = ? AND tag = ?");
STATEMENT(work_delete, "UPDATE `lead` SET deleted_at = ?,"
		       " deleted_by = NULLIF(?, 0) WHERE id = ?");
STATEMENT(work_restore, "UPDATE `lead` SET deleted_at = NULL,"
			" deleted_by = NULL WHERE id = ?");
STATEMENT(erase_lead,
	  "UPDATE `lead` SET name = '', first_name = '', last_name = '',"
	  " email = '', phone = '', email_norm = '', phone_e164 = '',"
	  " company = '', job_title = '', street = '', city = '', state = '',"
	  " post_code = '', country = '', erased_at = ?"
	  " WHERE id = ?");
STATEMENT(erase_submissions,
	  "UPDATE submission SET answers = '[]', disclaimers = '', raw = '',"
	  " gave = ''"
	  " WHERE lead_id = ?");
STATEMENT(erase_custom, "DELETE FROM lead_custom WHERE lead_id = ?");
STATEMENT(erase_tags, "DELETE FROM lead_tag WHERE lead_id = ?");
STATEMENT(erase_others, "DELETE FROM lead_other WHERE lead_id = ?");
STATEMENT(erase_events, "DELETE FROM lead_event WHERE lead_id = ?");
STATEMENT(erase_merges, "DELETE FROM lead_merge WHERE kept_id = ?");
STATEMENT(erase_merges_of, "DELETE FROM lead_merge WHERE gone_id = ?");
/* In the timeline of the lead that it was part of for a while. */
STATEMENT(erase_merges_seen,
	  "SELECT id, kept_id FROM lead_merge WHERE gone_id = ? LIMIT 1000");
STATEMENT(erase_mention,
	  "UPDATE lead_event SET words = 'Merged with, or parted from, somebody"
	  " who was erased' WHERE lead_id = ? AND ref_id = ?"
	  " AND kind IN ('merged', 'unmerged')");

enum rc
leadwork_hold(struct task *t, struct act *a, bool gone)
{
	struct held *h = &a->held;
	enum rc rc = db_one(t, &work_lock, INS(IN(a->lead_id)),
			    OUTS(OUT("stage", &h->stage),
				 OUT("assignee", &h->assignee),
				 OUT("assignee_id", &h->assignee_id),
				 OUT("gone", &h->gone)));

	a->changed = false;
	if (!rc && h->gone != gone)
		return fail(t, E_NOTFOUND, "lead %lld: %s deleted",
			    (long long)a->lead_id, gone ? "not" : "");
	return rc;
}

enum rc
leadwork_worked(struct task *t, struct act *a)
{
	enum rc rc =
		db_exec(t, &work_mark, INS(IN(t->now), IN(a->lead_id)), NULL);

	a->changed = true;
	return rc ? rc : facet_refresh(t, a->lead_id);
}

static enum rc
touch(struct task *t, int64_t lead_id)
{
	return db_exec(t, &work_touch, INS(IN(t->now), IN(lead_id)), NULL);
}

enum rc
leadwork_run(struct task *t, const char *name,
	     enum rc (*fn)(struct task *t, void *arg), struct act a,
	     bool *changed)
{
	enum rc rc = db_tx(t, name, fn, &a);

	if (!rc && changed)
		*changed = a.changed;
	return rc;
}

/* ---- stage ----------------------------------------------------------------------- */

static const char *
stage_title(struct task *t, const char *stage)
{
	char *title = arena_str(t->mem, text_of(stage));

	if (*title >= 'a' && *title <= 'z')
		*title = (char)(*title - 'a' + 'A');
	return title;
}

static enum rc
set_stage(struct task *t, struct act *a, const char *stage)
{
	const char *words =
		arena_fmt(t->mem, "Stage: %s, was %s", stage_title(t, stage),
			  stage_title(t, a->held.stage));
	enum rc rc = db_exec(t, &work_set_stage, INS(IN(stage), IN(a->lead_id)),
			     NULL);

	if (!rc && strcmp(stage, "new") != 0)
		rc = touch(t, a->lead_id);
	return rc ? rc : timeline_add(t, a->lead_id, "stage", words, NULL);
}

static bool
is_stage(const char *word)
{
	for (size_t i = 0; lead_stages[i]; i++)
		if (!strcmp(lead_stages[i], word))
			return true;
	return false;
}

static enum rc
stage(struct task *t, void *arg)
{
	struct act *a = arg;
	enum rc rc = leadwork_hold(t, a, false);

	if (rc || !strcmp(a->held.stage, a->text))
		return rc;
	rc = set_stage(t, a, a->text);
	return rc ? rc : leadwork_worked(t, a);
}

enum rc
leadwork_stage(struct task *t, int64_t lead_id, const char *to, bool *changed)
{
	if (!is_stage(to))
		return fail(t, E_INPUT, "stage %s: there is none", to);
	return leadwork_run(t, "lead_stage", stage,
			    (struct act){ .lead_id = lead_id, .text = to },
			    changed);
}

/* ---- assignee ----------------------------------------------------------------------- */

static enum rc
assign(struct task *t, void *arg)
{
	struct act *a = arg;
	struct user u = { .name = "nobody" };
	const char *words;
	enum rc rc = leadwork_hold(t, a, false);

	if (rc || a->held.assignee_id == a->user_id)
		return rc;
	if (a->user_id)
		rc = user_get(t, a->user_id, &u);
	if (rc)
		return rc;
	if (a->user_id && !user_takes_leads(&u))
		return fail(t, E_INPUT, "user %lld takes no leads",
			    (long long)a->user_id);
	words = arena_fmt(t->mem, "Assigned to %s%s%s by hand", u.name,
			  a->held.assignee_id ? ", was with " : "",
			  a->held.assignee);
	rc = lead_assign(t, a->lead_id, a->user_id, "person");
	if (!rc)
		rc = timeline_note(t, a->lead_id,
				   a->user_id ? "assigned" : "unassigned",
				   words, a->text, 0);
	return rc ? rc : leadwork_worked(t, a);
}

enum rc
leadwork_assign(struct task *t, int64_t lead_id, int64_t user_id,
		const char *reason, bool *changed)
{
	return leadwork_run(t, "lead_assign", assign,
			    (struct act){ .lead_id = lead_id,
					  .user_id = user_id,
					  .text = reason },
			    changed);
}

/* ---- tags and notes ------------------------------------------------------------------- */

static enum rc
tag(struct task *t, void *arg)
{
	struct act *a = arg;
	bool has = false;
	int64_t n = 0;
	enum rc rc = leadwork_hold(t, a, false);

	if (!rc)
		rc = db_one(t, &work_has_tag, INS(IN(a->lead_id), IN(a->text)),
			    OUTS(OUT("has", &has)));
	if (!rc)
		rc = db_one(t, &work_count_tags, INS(IN(a->lead_id)),
			    OUTS(OUT("n", &n)));
	if (rc || has == a->flag)
		return rc;
	if (a->flag && n >= LEAD_TAGS_MAX)
		return fail(t, E_INPUT, "lead %lld: %d tags",
			    (long long)a->lead_id, LEAD_TAGS_MAX);
	rc = a->flag ? lead_tag_add(t, a->lead_id, a->text, NULL)
		     : db_exec(t, &work_drop_tag,
			       INS(IN(a->lead_id), IN(a->text)), NULL);
	if (!rc)
		rc = timeline_add(
			t, a->lead_id, "tagged",
			arena_fmt(t->mem, "Tag \xe2\x80\x9c%s\xe2\x80\x9d %s",
				  a->text, a->flag ? "added" : "removed"),
			NULL);
	return rc ? rc : leadwork_worked(t, a);
}

enum rc
leadwork_tag(struct task *t, int64_t lead_id, const char *word, bool *changed)
{
	return leadwork_run(
		t, "lead_tag", tag,
		(struct act){ .lead_id = lead_id, .text = word, .flag = true },
		changed);
}

enum rc
leadwork_untag(struct task *t, int64_t lead_id, const char *word, bool *changed)
{
	return leadwork_run(t, "lead_untag", tag,
			    (struct act){ .lead_id = lead_id, .text = word },
			    changed);
}

static enum rc
note(struct task *t, void *arg)
{
	struct act *a = arg;
	enum rc rc = leadwork_hold(t, a, false);

	if (!rc)
		rc = timeline_note(t, a->lead_id, "note", "Wrote a note",
				   a->text, 0);
	return rc ? rc : leadwork_worked(t, a);
}

enum rc
leadwork_note(struct task *t, int64_t lead_id, const char *words)
{
	return leadwork_run(t, "lead_note", note,
			    (struct act){ .lead_id = lead_id, .text = words },
			    NULL);
}

static enum rc
called(struct task *t, void *arg)
{
	struct act *a = arg;
	enum rc rc = leadwork_hold(t, a, false);

	if (!rc)
		rc = touch(t, a->lead_id);
	if (!rc)
		rc = timeline_add(t, a->lead_id, "called",
				  a->flag ? "Reached" : "Tried, no answer",
				  NULL);
	if (!rc && a->flag && !strcmp(a->held.stage, "new"))
		rc = set_stage(t, a, "contacted");
	return rc ? rc : leadwork_worked(t, a);
}

enum rc
leadwork_called(struct task *t, int64_t lead_id, bool reached)
{
	return leadwork_run(t, "lead_called", called,
			    (struct act){ .lead_id = lead_id, .flag = reached },
			    NULL);
}

/* ---- deleted and put back ------------------------------------------------------------- */

static enum rc
take_out(struct task *t, void *arg)
{
	struct act *a = arg;
	enum rc rc = leadwork_hold(t, a, false);

	if (!rc)
		rc = db_exec(t, &work_delete,
			     INS(IN(t->now), IN(t->user_id), IN(a->lead_id)),
			     NULL);
	if (!rc)
		rc = recognise_forget(t, a->lead_id);
	if (!rc)
		rc = timeline_add(t, a->lead_id, "deleted", "Deleted this lead",
				  NULL);
	if (!rc)
		rc = facet_words(t, a->lead_id);
	return rc ? rc : leadwork_worked(t, a);
}

enum rc
leadwork_delete(struct task *t, int64_t lead_id)
{
	return leadwork_run(t, "lead_delete", take_out,
			    (struct act){ .lead_id = lead_id }, NULL);
}

static enum rc
put_back(struct task *t, void *arg)
{
	struct act *a = arg;
	struct lead l;
	enum rc rc = leadwork_hold(t, a, true);

	if (!rc)
		rc = db_exec(t, &work_restore, INS(IN(a->lead_id)), NULL);
	if (!rc)
		rc = lead_get(t, a->lead_id, &l);
	if (!rc)
		rc = recognise_anew(t, &l);
	if (!rc)
		rc = timeline_add(t, a->lead_id, "restored",
				  "Put this lead back", NULL);
	if (!rc)
		rc = facet_words(t, a->lead_id);
	return rc ? rc : leadwork_worked(t, a);
}

enum rc
leadwork_restore(struct task *t, int64_t lead_id)
{
	return leadwork_run(t, "lead_restore", put_back,
			    (struct act){ .lead_id = lead_id }, NULL);
}

/* ---- erased ---------------------------------------------------------------------- */

static enum rc
forget_mentions(struct task *t, int64_t lead_id)
{
	struct seen {
		int64_t id, kept_id;
	};
	static const struct db_col cols[] = { COL(struct seen, id),
					      COL(struct seen, kept_id),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct seen),
				.max = 1000 };
	enum rc rc = db_rows(t, &erase_merges_seen, INS(IN(lead_id)), &list);

	for (size_t i = 0; !rc && i < list.n; i++) {
		const struct seen *m = (const struct seen *)list.rows + i;

		rc = db_exec(t, &erase_mention, INS(IN(m->kept_id), IN(m->id)),
			     NULL);
	}
	return rc;
}

static enum rc
erase_rows(struct task *t, int64_t lead_id)
{
	struct db_stmt *const all[] = { &erase_submissions, &erase_custom,
					&erase_tags,	    &erase_others,
					&erase_events,	    &erase_merges,
					&erase_merges_of };
	enum rc rc = recognise_forget(t, lead_id);

	if (!rc)
		rc = forget_mentions(t, lead_id);
	if (!rc)
		rc = db_exec(t, &erase_lead, INS(IN(t->now), IN(lead_id)),
			     NULL);
	for (size_t i = 0; !rc && i < COUNT(all); i++)
		rc = db_exec(t, all[i], INS(IN(lead_id)), NULL);
	return rc;
}

/* Leads that became part of it are the same person's. */
static enum rc
erase_person(struct task *t, int64_t lead_id)
{
	struct lead_id *all = NULL;
	size_t n = 0;
	enum rc rc = lead_with_parts(t, lead_id, &all, &n);

	for (size_t i = 0; !rc && i < n; i++)
		rc = erase_rows(t, all[i].id);
	return rc;
}

static enum rc
erase(struct task *t, void *arg)
{
	struct act *a = arg;
	enum rc rc = leadwork_hold(t, a, true);

	if (!rc)
		rc = erase_person(t, a->lead_id);
	if (!rc)
		rc = timeline_add(t, a->lead_id, "erased",
				  "Erased this person for good", NULL);
	if (!rc)
		rc = facet_words(t, a->lead_id);
	if (!rc)
		rc = audit_add(
			t, "lead.erase",
			arena_fmt(t->mem, "lead %lld", (long long)a->lead_id),
			"Erased a person for good");
	return rc ? rc : leadwork_worked(t, a);
}

enum rc
leadwork_erase(struct task *t, int64_t lead_id)
{
	return leadwork_run(t, "lead_erase", erase,
			    (struct act){ .lead_id = lead_id }, NULL);
}
