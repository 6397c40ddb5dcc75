/* leadform: what is known of a page's forms. */
#include "crm/leadform.h"

#include "base/json.h"
#include "base/text.h"
#include "db/db.h"

enum { LIST_MAX = 5000 };

#define FORM_COLUMNS_WITH(questions)                                           \
	"SELECT id, meta_id, page_id, name, status, locale, " questions        \
	", leads_count, is_left_out, read_at, synced_at FROM lead_form "
#define FORM_COLUMNS FORM_COLUMNS_WITH("questions, confirmed")
#define LISTED_COLUMNS FORM_COLUMNS_WITH("'' AS questions, '' AS confirmed")

STATEMENT(form_by_id, FORM_COLUMNS "WHERE id = ?");
STATEMENT(form_by_meta_id, FORM_COLUMNS "WHERE meta_id = ?");
STATEMENT(form_of_page, LISTED_COLUMNS
	  "WHERE page_id = ? ORDER BY status <> 'ACTIVE', name, id LIMIT 5000");
STATEMENT(form_select_consents,
	  "SELECT consents, read_at FROM lead_form WHERE meta_id = ?");
STATEMENT(form_replace,
	  "INSERT INTO lead_form (meta_id, page_id, name, status, locale,"
	  " questions, consents, leads_count, read_at, confirmed)"
	  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, questions)"
	  " ON DUPLICATE KEY UPDATE page_id = VALUES(page_id),"
	  " name = VALUES(name), status = VALUES(status),"
	  " locale = VALUES(locale), questions = VALUES(questions),"
	  " consents = IF(VALUES(consents) = '', consents, VALUES(consents)),"
	  " leads_count = VALUES(leads_count), read_at = VALUES(read_at),"
	  " confirmed = IF(confirmed IN ('', '[]'), VALUES(questions),"
	  " confirmed)");
STATEMENT(form_confirm_questions,
	  "UPDATE lead_form SET confirmed = questions WHERE id = ?");
STATEMENT(form_select_place, "SELECT p.integration_id, p.name FROM lead_form f"
			     " JOIN page p ON p.id = f.page_id WHERE f.id = ?");
STATEMENT(form_select_names,
	  "SELECT f.id, IF(f.name = '', f.meta_id, f.name) AS name,"
	  " p.name AS page_name FROM lead_form f"
	  " JOIN page p ON p.id = f.page_id"
	  " ORDER BY p.name, p.id, f.name, f.id LIMIT 5000");
/* Assigned from left to right: base_at is the old one where it is asked.  What
 * is stored by the first count is in it, though its second be the same. */
STATEMENT(form_set_counted,
	  "UPDATE lead_form SET fetched_at = IF(counted < ?, NULL, fetched_at),"
	  " counted = ?, expired_count = ?, counted_at = ?,"
	  " base_count = IF(base_at IS NULL, counted, base_count),"
	  " base_submission_id = IF(base_at IS NULL, ?, base_submission_id),"
	  " base_at = COALESCE(base_at, counted_at) WHERE id = ?");
STATEMENT(form_set_uncounted,
	  "UPDATE lead_form SET base_count = base_count - (base_at > ?),"
	  " counted = counted - (counted_at >= ?)"
	  " WHERE meta_id = ? AND counted_at IS NOT NULL");
STATEMENT(form_set_fetched, "UPDATE lead_form SET fetched_at = ? WHERE id = ?");
/* The database's clock, too: a later look begins there, and what lies between
 * it and a clock that is ahead would never be asked for. */
STATEMENT(form_set_synced,
	  "UPDATE lead_form SET synced_at ="
	  " LEAST(CAST(? AS DATETIME(3)), UTC_TIMESTAMP(3)) WHERE id = ?");
STATEMENT(form_set_accepted,
	  "UPDATE lead_form SET accepted_count = ? WHERE id = ?");
STATEMENT(form_set_missing, "UPDATE lead_form SET missing_count = ?"
			    " WHERE id = ? AND missing_count <> ?");
STATEMENT(form_take_lock, "SELECT id FROM lead_form WHERE id = ? FOR UPDATE");
STATEMENT(form_set_left_out,
	  "UPDATE lead_form SET synced_at = IF(is_left_out AND NOT ?, (SELECT"
	  " p.last_sync_at FROM page p WHERE p.id = lead_form.page_id),"
	  " synced_at), is_left_out = ? WHERE meta_id = ?");

static const struct db_col form_cols[] = {
	COL(struct lead_form, id),
	COL(struct lead_form, meta_id),
	COL(struct lead_form, page_id),
	COL(struct lead_form, name),
	COL(struct lead_form, status),
	COL(struct lead_form, locale),
	COL(struct lead_form, questions),
	COL(struct lead_form, confirmed),
	COL(struct lead_form, leads_count),
	COL(struct lead_form, is_left_out),
	COL(struct lead_form, read_at),
	COL(struct lead_form, synced_at),
	{ 0 },
};

static enum rc
find(struct task *t, struct db_stmt *q, struct db_ins in, const char *what,
     struct lead_form *out)
{
	struct db_list list = { .cols = form_cols,
				.size = sizeof(struct lead_form),
				.max = 1 };
	enum rc rc = db_rows(t, q, in, &list);

	if (rc)
		return rc;
	if (list.n == 0)
		return fail(t, E_NOTFOUND, "form %s is not known", what);
	*out = *(const struct lead_form *)list.rows;
	return OK;
}

enum rc
form_get(struct task *t, int64_t id, struct lead_form *out)
{
	return find(t, &form_by_id, INS(IN(id)),
		    arena_fmt(t->mem, "%lld", (long long)id), out);
}

enum rc
form_by_meta(struct task *t, const char *meta_id, struct lead_form *out)
{
	return find(t, &form_by_meta_id, INS(IN(meta_id)), meta_id, out);
}

enum rc
form_list(struct task *t, int64_t page_id, struct lead_form **out, size_t *n)
{
	struct db_list list = { .cols = form_cols,
				.size = sizeof(struct lead_form),
				.max = LIST_MAX };
	enum rc rc = db_rows(t, &form_of_page, INS(IN(page_id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
form_names(struct task *t, struct form_name **out, size_t *n)
{
	static const struct db_col cols[] = { COL(struct form_name, id),
					      COL(struct form_name, name),
					      COL(struct form_name, page_name),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct form_name),
				.max = LIST_MAX };
	enum rc rc = db_rows(t, &form_select_names, INS(), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
form_place(struct task *t, int64_t id, int64_t *integration_id,
	   const char **page_name)
{
	return db_one(t, &form_select_place, INS(IN(id)),
		      OUTS(OUT("integration_id", integration_id),
			   OUT("name", page_name)));
}

/* For a column of codes. */
static struct text
code(const char *s, size_t max)
{
	struct text t = text_cut(text_of(s), max);

	return text_is_code(t) ? t : TEXT("");
}

enum rc
form_put(struct task *t, const struct lead_form *f)
{
	return db_exec(t, &form_replace,
		       INS(IN(f->meta_id), IN(f->page_id),
			   IN(text_cut(text_of(f->name), 255)),
			   IN(code(f->status, 32)), IN(code(f->locale, 16)),
			   IN(f->questions), IN(f->consents ? f->consents : ""),
			   IN(f->leads_count), IN(t->now)),
		       NULL);
}

enum rc
form_consents(struct task *t, const char *meta_id, struct form_consent **out,
	      size_t *n, struct when *read_at)
{
	enum { MOST = 50 };
	const char *text = "", *why = NULL;
	const struct json *j = NULL;
	enum rc rc =
		db_one(t, &form_select_consents, INS(IN(meta_id)),
		       OUTS(OUT("consents", &text), OUT("read_at", read_at)));

	*n = 0;
	*out = NEW_ARRAY(t->mem, struct form_consent, MOST);
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return OK;
	}
	if (!rc && text[0])
		j = json_first(json_parse(t->mem, text_of(text), &why));
	for (; j && *n < MOST; j = json_next(j))
		(*out)[(*n)++] = (struct form_consent){
			json_text_or(json_get(j, "key"), ""),
			json_text_or(json_get(j, "text"), "")
		};
	return rc;
}

enum rc
form_counted(struct task *t, int64_t id, const struct form_count *c)
{
	/* Meta's times are of whole seconds. */
	struct when second = { c->at.ms / SECOND_MS * SECOND_MS };

	if (!c->at.ms)
		return OK;
	return db_exec(t, &form_set_counted,
		       INS(IN(c->leads), IN(c->leads), IN(c->expired),
			   IN(second), IN(c->latest_id), IN(id)),
		       NULL);
}

enum rc
form_fetched(struct task *t, int64_t id, struct when at)
{
	return db_exec(t, &form_set_fetched, INS(IN(at), IN(id)), NULL);
}

enum rc
form_synced(struct task *t, int64_t id, struct when at)
{
	return db_exec(t, &form_set_synced, INS(IN(at), IN(id)), NULL);
}

enum rc
form_lock(struct task *t, int64_t id)
{
	int64_t locked = 0;

	return db_one(t, &form_take_lock, INS(IN(id)),
		      OUTS(OUT("id", &locked)));
}

enum rc
form_accept(struct task *t, int64_t id, int64_t n)
{
	return db_exec(t, &form_set_accepted, INS(IN(n), IN(id)), NULL);
}

enum rc
form_missing(struct task *t, int64_t id, int64_t n)
{
	return db_exec(t, &form_set_missing, INS(IN(n), IN(id), IN(n)), NULL);
}

enum rc
form_uncount(struct task *t, const char *meta_id, struct when at)
{
	struct when second = { at.ms / SECOND_MS * SECOND_MS };

	return db_exec(t, &form_set_uncounted,
		       INS(IN(second), IN(second), IN(meta_id)), NULL);
}

enum rc
form_leave_out(struct task *t, const char *meta_id, bool left_out)
{
	return db_exec(t, &form_set_left_out,
		       INS(IN(left_out), IN(left_out), IN(meta_id)), NULL);
}

enum rc
form_set_confirmed(struct task *t, int64_t id)
{
	return db_exec(t, &form_confirm_questions, INS(IN(id)), NULL);
}
