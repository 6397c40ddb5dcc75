/* page: pages with their sealed tokens, and what is known of their forms. */
#include "crm/page.h"

#include "base/crypt.h"
#include "base/text.h"
#include "db/db.h"

enum { PAGES_MAX = 5000 };

STATEMENT(page_by_meta_id,
	  "SELECT id, meta_id, name, integration_id, token_sealed AS token,"
	  " tasks, subscribed_at FROM page WHERE meta_id = ?");
STATEMENT(page_of,
	  "SELECT id, meta_id, name, integration_id, NULL AS token, tasks,"
	  " subscribed_at FROM page WHERE ? IN (0, integration_id)"
	  " ORDER BY name, id LIMIT 5000");
STATEMENT(page_insert,
	  "INSERT INTO page (meta_id, integration_id, name, token_sealed,"
	  " tasks, connected_at) VALUES (?, ?, ?, ?, ?, ?)");
STATEMENT(page_renew, "UPDATE page SET name = ?, token_sealed = ?, tasks = ?"
		      " WHERE meta_id = ? AND integration_id = ?");
STATEMENT(page_mark_subscribed,
	  "UPDATE page SET subscribed_at = ? WHERE id = ?");
STATEMENT(form_by_meta_id,
	  "SELECT id, meta_id, page_id, name, status, locale, questions,"
	  " read_at FROM lead_form WHERE meta_id = ?");
STATEMENT(form_replace,
	  "INSERT INTO lead_form (meta_id, page_id, name, status, locale,"
	  " questions, read_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE page_id = VALUES(page_id),"
	  " name = VALUES(name), status = VALUES(status),"
	  " locale = VALUES(locale), questions = VALUES(questions),"
	  " read_at = VALUES(read_at)");

static const struct db_col page_cols[] = {
	COL(struct page, id),
	COL(struct page, meta_id),
	COL(struct page, name),
	COL(struct page, integration_id),
	COL(struct page, token),
	COL(struct page, tasks),
	COL(struct page, subscribed_at),
	{ 0 },
};

/* Bound to the page's Meta id, which is known before the row is. */
static const char *
place(struct task *t, const char *meta_id)
{
	return arena_fmt(t->mem, "page:%s", meta_id);
}

enum rc
page_by_meta(struct task *t, const char *meta_id, struct page *out)
{
	struct db_list list = { .cols = page_cols,
				.size = sizeof(struct page),
				.max = 1 };
	enum rc rc = db_rows(t, &page_by_meta_id, INS(IN(meta_id)), &list);
	struct page *p = list.rows;

	if (rc)
		return rc;
	if (list.n == 0)
		return fail(t, E_NOTFOUND, "page %s is not connected", meta_id);
	p->token = crypt_open(t->mem, t->key, p->token, place(t, meta_id));
	if (!p->token)
		return fail(t, E_INTERNAL,
			    "token of page %s was sealed with another key",
			    meta_id);
	*out = *p;
	return OK;
}

enum rc
page_list(struct task *t, int64_t integration_id, struct page **out, size_t *n)
{
	struct db_list list = { .cols = page_cols,
				.size = sizeof(struct page),
				.max = PAGES_MAX };
	enum rc rc = db_rows(t, &page_of, INS(IN(integration_id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

static enum rc
renew(struct task *t, const struct page *p, struct text name,
      const char *sealed, int64_t *id)
{
	struct page known = { 0 };
	int64_t changed = 0;
	enum rc rc = db_exec(t, &page_renew,
			     INS(IN(name), IN(sealed), IN(p->tasks),
				 IN(p->meta_id), IN(p->integration_id)),
			     &changed);

	if (rc)
		return rc;
	if (changed == 0)
		return fail(t, E_CONFLICT,
			    "page %s belongs to another integration",
			    p->meta_id);
	rc = page_by_meta(t, p->meta_id, &known);
	if (!rc)
		*id = known.id;
	return rc;
}

enum rc
page_put(struct task *t, const struct page *p, int64_t *id)
{
	const char *sealed = crypt_seal(t->mem, t->key, text_of(p->token),
					place(t, p->meta_id));
	struct text name = text_cut(text_of(p->name), 255);
	enum rc rc =
		db_insert(t, &page_insert,
			  INS(IN(p->meta_id), IN(p->integration_id), IN(name),
			      IN(sealed), IN(p->tasks), IN(t->now)),
			  id);

	if (rc != E_CONFLICT)
		return rc;
	task_forgive(t);
	return renew(t, p, name, sealed, id);
}

enum rc
page_subscribed(struct task *t, int64_t id)
{
	return db_exec(t, &page_mark_subscribed, INS(IN(t->now), IN(id)), NULL);
}

/* ---- forms ------------------------------------------------------------------------ */

static const struct db_col form_cols[] = {
	COL(struct lead_form, id),
	COL(struct lead_form, meta_id),
	COL(struct lead_form, page_id),
	COL(struct lead_form, name),
	COL(struct lead_form, status),
	COL(struct lead_form, locale),
	COL(struct lead_form, questions),
	COL(struct lead_form, read_at),
	{ 0 },
};

enum rc
form_by_meta(struct task *t, const char *meta_id, struct lead_form *out)
{
	struct db_list list = { .cols = form_cols,
				.size = sizeof(struct lead_form),
				.max = 1 };
	enum rc rc = db_rows(t, &form_by_meta_id, INS(IN(meta_id)), &list);

	if (rc)
		return rc;
	if (list.n == 0)
		return fail(t, E_NOTFOUND, "form %s is not known", meta_id);
	*out = *(const struct lead_form *)list.rows;
	return OK;
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
			   IN(f->questions), IN(t->now)),
		       NULL);
}
