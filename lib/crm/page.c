/* page: pages with their sealed tokens. */
#include "crm/page.h"

#include "base/crypt.h"
#include "base/text.h"
#include "db/db.h"

#define PAGE_COLUMNS                                                           \
	" p.id, p.meta_id, p.name, p.integration_id,"                          \
	" COALESCE(p.owner_id, 0) AS owner_id, p.tasks, p.subscribed_at,"      \
	" p.n_leads, p.connected_at, p.last_lead_at, p.last_sync_at,"          \
	" COALESCE(p.asked_at > UTC_TIMESTAMP(3) - INTERVAL 1 HOUR, FALSE)"    \
	" AS is_fresh, p.checked_at,"                                          \
	" i.name AS integration_name FROM page p"                              \
	" JOIN integration i ON i.id = p.integration_id "

STATEMENT(page_by_meta_id,
	  "SELECT p.token_sealed AS token," PAGE_COLUMNS "WHERE p.meta_id = ?");
STATEMENT(page_of, "SELECT NULL AS token," PAGE_COLUMNS
		   "WHERE ? IN (0, p.integration_id)"
		   " ORDER BY p.name, p.id LIMIT 5000");
STATEMENT(page_insert,
	  "INSERT INTO page (meta_id, integration_id, name, token_sealed,"
	  " tasks, owner_id, connected_at)"
	  " VALUES (?, ?, ?, ?, ?, NULLIF(?, 0), ?)");
STATEMENT(page_renew, "UPDATE page SET name = ?, token_sealed = ?, tasks = ?,"
		      " owner_id = NULLIF(?, 0)"
		      " WHERE meta_id = ? AND integration_id = ?");
STATEMENT(page_set_token,
	  "UPDATE page SET token_sealed = ?, owner_id = NULLIF(?, 0)"
	  " WHERE meta_id = ? AND integration_id = ?");
STATEMENT(page_change_hands,
	  "UPDATE page SET integration_id = ? WHERE meta_id = ?");
STATEMENT(page_mark_subscribed,
	  "UPDATE page SET subscribed_at = IF(?, COALESCE(subscribed_at, ?),"
	  " NULL) WHERE id = ?");
STATEMENT(page_mark_checked, "UPDATE page SET checked_at = ? WHERE id = ?");
/* Not later than now by the database's clock, as of forms (leadform.c). */
STATEMENT(page_mark_asked,
	  "UPDATE page SET asked_at = UTC_TIMESTAMP(3) WHERE id = ?");
STATEMENT(page_mark_synced, "UPDATE page SET last_sync_at ="
			    " LEAST(CAST(? AS DATETIME(3)), UTC_TIMESTAMP(3))"
			    " WHERE meta_id = ?");
STATEMENT(page_count_lead, "UPDATE page SET n_leads = n_leads + 1,"
			   " last_lead_at = ? WHERE id = ?");
STATEMENT(page_delete_forms, "DELETE FROM lead_form WHERE page_id = ?");
STATEMENT(page_delete, "DELETE FROM page WHERE id = ?");

static const struct db_col page_cols[] = {
	COL(struct page, id),
	COL(struct page, meta_id),
	COL(struct page, name),
	COL(struct page, integration_id),
	COL(struct page, owner_id),
	COL(struct page, token),
	COL(struct page, tasks),
	COL(struct page, subscribed_at),
	COL(struct page, n_leads),
	COL(struct page, connected_at),
	COL(struct page, last_lead_at),
	COL(struct page, last_sync_at),
	COL(struct page, is_fresh),
	COL(struct page, checked_at),
	COL(struct page, integration_name),
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
	enum rc rc =
		db_exec(t, &page_renew,
			INS(IN(name), IN(sealed), IN(p->tasks), IN(p->owner_id),
			    IN(p->meta_id), IN(p->integration_id)),
			&changed);

	if (!rc)
		rc = page_by_meta(t, p->meta_id, &known);
	if (rc)
		return rc;
	if (changed == 0)
		return fail(t, E_CONFLICT, "%s", known.integration_name);
	*id = known.id;
	return OK;
}

enum rc
page_put(struct task *t, const struct page *p, int64_t *id)
{
	const char *sealed = crypt_seal(t->mem, t->key, text_of(p->token),
					place(t, p->meta_id));
	struct text name = text_cut(text_of(p->name), 255);
	enum rc rc = db_insert(t, &page_insert,
			       INS(IN(p->meta_id), IN(p->integration_id),
				   IN(name), IN(sealed), IN(p->tasks),
				   IN(p->owner_id), IN(t->now)),
			       id);

	if (rc != E_CONFLICT)
		return rc;
	task_forgive(t);
	return renew(t, p, name, sealed, id);
}

enum rc
page_new_token(struct task *t, const struct page *p)
{
	const char *sealed = crypt_seal(t->mem, t->key, text_of(p->token),
					place(t, p->meta_id));
	int64_t changed = 0;
	enum rc rc = db_exec(t, &page_set_token,
			     INS(IN(sealed), IN(p->owner_id), IN(p->meta_id),
				 IN(p->integration_id)),
			     &changed);

	if (!rc && changed == 0)
		return fail(t, E_NOTFOUND, "page %s went meanwhile",
			    p->meta_id);
	return rc;
}

enum rc
page_move(struct task *t, const char *meta_id, int64_t integration_id)
{
	return db_exec(t, &page_change_hands,
		       INS(IN(integration_id), IN(meta_id)), NULL);
}

enum rc
page_subscribed(struct task *t, int64_t id, bool is)
{
	return db_exec(t, &page_mark_subscribed,
		       INS(IN(is), IN(t->now), IN(id)), NULL);
}

enum rc
page_checked(struct task *t, int64_t id)
{
	return db_exec(t, &page_mark_checked, INS(IN(t->now), IN(id)), NULL);
}

enum rc
page_synced(struct task *t, const char *meta_id, struct when at)
{
	return db_exec(t, &page_mark_synced, INS(IN(at), IN(meta_id)), NULL);
}

enum rc
page_asked(struct task *t, int64_t id)
{
	return db_exec(t, &page_mark_asked, INS(IN(id)), NULL);
}

enum rc
page_arrived(struct task *t, int64_t id)
{
	return db_exec(t, &page_count_lead, INS(IN(t->now), IN(id)), NULL);
}

enum rc
page_remove(struct task *t, int64_t id)
{
	enum rc rc = db_exec(t, &page_delete_forms, INS(IN(id)), NULL);

	return rc ? rc : db_exec(t, &page_delete, INS(IN(id)), NULL);
}
