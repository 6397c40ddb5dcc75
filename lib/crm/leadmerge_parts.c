/* leadmerge_parts: what a merge brought, asked for by what takes it back. */
#include "crm/leadmerge_private.h"
#include "db/db.h"

STATEMENT(merge_of_answer,
	  "SELECT m.id AS merge_id, m.gone_id, m.was FROM lead_merge m"
	  " JOIN lead_merge_part p ON p.merge_id = m.id"
	  " AND p.kind = 'submission' AND p.ref = ? WHERE m.kept_id = ?"
	  " AND m.undone_at IS NULL ORDER BY m.id DESC LIMIT 1");
STATEMENT(merge_gave_tag,
	  "SELECT EXISTS (SELECT 1 FROM lead_merge_part WHERE merge_id = ?"
	  " AND kind = 'tag' AND ref = ?) AS gave");
STATEMENT(merge_gave_own, "SELECT was FROM lead_merge_part WHERE merge_id = ?"
			  " AND kind IN ('custom', 'custom_was') AND ref = ?"
			  " ORDER BY kind DESC LIMIT 1");
STATEMENT(merge_forget_norm, "DELETE FROM lead_merge_part WHERE merge_id = ?"
			     " AND kind = ? AND ref = ?");

static const char *
ref_of(struct task *t, int64_t id)
{
	return arena_fmt(t->mem, "%lld", (long long)id);
}

enum rc
leadmerge_before(struct task *t, int64_t kept_id, int64_t submission_id,
		 struct leadmerge_before *out)
{
	const char *was = "";
	enum rc rc =
		db_one(t, &merge_of_answer,
		       INS(IN(ref_of(t, submission_id)), IN(kept_id)),
		       OUTS(OUT("merge_id", &out->merge_id),
			    OUT("gone_id", &out->gone_id), OUT("was", &was)));

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		*out = (struct leadmerge_before){ 0 };
		return OK;
	}
	return rc ? rc : leadmerge_snapshot(t, was, &out->was);
}

enum rc
leadmerge_gave_tag(struct task *t, int64_t merge_id, struct text tag,
		   bool *gave)
{
	return db_one(t, &merge_gave_tag, INS(IN(merge_id), IN(tag)),
		      OUTS(OUT("gave", gave)));
}

enum rc
leadmerge_gave_own(struct task *t, int64_t merge_id, int64_t field_id,
		   bool *gave, const char **was)
{
	enum rc rc = db_one(t, &merge_gave_own,
			    INS(IN(merge_id), IN(ref_of(t, field_id))),
			    OUTS(OUT("was", was)));

	*gave = rc == OK;
	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	*was = "";
	return OK;
}

enum rc
leadmerge_forget(struct task *t, int64_t merge_id, const struct lead *l)
{
	enum rc rc = db_exec(t, &merge_forget_norm,
			     INS(IN(merge_id), IN("email"), IN(l->email_norm)),
			     NULL);

	return rc ? rc
		  : db_exec(t, &merge_forget_norm,
			    INS(IN(merge_id), IN("phone"), IN(l->phone_e164)),
			    NULL);
}
