/* draft: steps of a connection in the making. */
#include "crm/draft.h"

#include "base/crypt.h"
#include "base/text.h"
#include "db/db.h"

enum { LIST_MAX = 20 };
#define STATE_LIFE (10 * MINUTE_MS)

#define DRAFT_COLUMNS                                                          \
	"SELECT id, user_id, COALESCE(integration_id, 0) AS integration_id,"   \
	" name, description, strategy,"                                        \
	" COALESCE(assignee_id, 0) AS assignee_id, step, reason, detail,"      \
	" meta_user_id, meta_name, kind, token_sealed AS token, expires_at,"   \
	" data_expires_at, scopes, instead, history,"                          \
	" COALESCE(sync_run_id, 0) AS sync_run_id, created_at, changed_at"     \
	" FROM connect_draft "

STATEMENT(draft_insert,
	  "INSERT INTO connect_draft (user_id, integration_id, name,"
	  " description, strategy, assignee_id, created_at, changed_at)"
	  " VALUES (?, NULLIF(?, 0), ?, ?, ?, NULLIF(?, 0), ?, ?)");
STATEMENT(draft_by_id, DRAFT_COLUMNS "WHERE id = ? AND ? IN (0, user_id)");
STATEMENT(draft_of_user, DRAFT_COLUMNS "WHERE user_id = ? AND step <> 'done'"
				       " ORDER BY id DESC LIMIT 20");
STATEMENT(draft_delete, "DELETE FROM connect_draft WHERE id = ?");
STATEMENT(draft_delete_of,
	  "DELETE FROM connect_draft WHERE integration_id = ? LIMIT 100");
STATEMENT(draft_delete_old,
	  "DELETE FROM connect_draft WHERE changed_at < ? LIMIT 100");
STATEMENT(draft_delete_person,
	  "DELETE FROM connect_draft WHERE meta_user_id = ? LIMIT 1000");
STATEMENT(draft_set_state,
	  "UPDATE connect_draft SET state_hash = ?, state_ends_at = ?,"
	  " session_id = ?, changed_at = ? WHERE id = ?");
STATEMENT(draft_find_state,
	  "SELECT id FROM connect_draft WHERE state_hash = ?"
	  " AND state_ends_at > ? AND session_id = ?"
	  " AND step IN ('facebook', 'listing', 'choosing') FOR UPDATE");
STATEMENT(draft_use_state,
	  "UPDATE connect_draft SET state_hash = NULL, changed_at = ?"
	  " WHERE id = ?");
STATEMENT(draft_set_login,
	  "UPDATE connect_draft SET step = 'listing', reason = '', detail = '',"
	  " meta_user_id = ?, meta_name = ?, kind = ?, token_sealed = ?,"
	  " expires_at = ?, data_expires_at = ?, scopes = ?, changed_at = ?"
	  " WHERE id = ?");
STATEMENT(draft_set_step,
	  "UPDATE connect_draft SET step = ?, changed_at = ? WHERE id = ?");
STATEMENT(draft_set_problem,
	  "UPDATE connect_draft SET reason = ?, detail = ?, changed_at = ?"
	  " WHERE id = ?");
STATEMENT(draft_set_integration,
	  "UPDATE connect_draft SET integration_id = NULLIF(?, 0)"
	  " WHERE id = ?");
STATEMENT(draft_set_done,
	  "UPDATE connect_draft SET step = 'done', token_sealed = NULL,"
	  " integration_id = ?, sync_run_id = NULLIF(?, 0), changed_at = ?"
	  " WHERE id = ?");
STATEMENT(draft_wipe_tokens,
	  "UPDATE draft_page SET token_sealed = NULL WHERE draft_id = ?");
STATEMENT(draft_page_insert,
	  "INSERT INTO draft_page (draft_id, meta_id, name, token_sealed,"
	  " tasks, of_portfolio, n_forms, n_leads, forms, reason, detail)"
	  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE name = VALUES(name),"
	  " token_sealed = VALUES(token_sealed), tasks = VALUES(tasks),"
	  " n_forms = VALUES(n_forms), n_leads = VALUES(n_leads),"
	  " forms = VALUES(forms), reason = VALUES(reason),"
	  " detail = VALUES(detail)");
STATEMENT(draft_page_list,
	  "SELECT draft_id, meta_id, name, token_sealed AS token, tasks,"
	  " of_portfolio, n_forms, n_leads, forms, reason, detail, is_chosen,"
	  " result FROM draft_page WHERE draft_id = ? ORDER BY name, meta_id"
	  " LIMIT 5000");
STATEMENT(draft_page_delete, "DELETE FROM draft_page WHERE draft_id = ?");
STATEMENT(draft_page_set_result,
	  "UPDATE draft_page SET result = ?, reason = ?, detail = ?"
	  " WHERE draft_id = ? AND meta_id = ?");
STATEMENT(draft_page_unchoose,
	  "UPDATE draft_page SET is_chosen = FALSE, result = ''"
	  " WHERE draft_id = ?");
STATEMENT(draft_page_set_chosen,
	  "UPDATE draft_page SET is_chosen = TRUE WHERE draft_id = ?"
	  " AND meta_id = ? AND token_sealed IS NOT NULL"
	  " AND reason IN ('', 'ads_missing', 'not_listed', 'in_use')");
STATEMENT(draft_set_choice,
	  "UPDATE connect_draft SET step = 'connecting', instead = ?,"
	  " history = ?, reason = '', detail = '', changed_at = ?"
	  " WHERE id = ? AND step = 'choosing'");
STATEMENT(draft_left_out_clear,
	  "DELETE FROM draft_left_out WHERE draft_id = ?");
STATEMENT(draft_left_out_add,
	  "INSERT IGNORE INTO draft_left_out (draft_id, form_id)"
	  " VALUES (?, ?)");
STATEMENT(draft_left_out_has,
	  "SELECT EXISTS (SELECT 1 FROM draft_left_out WHERE draft_id = ?"
	  " AND form_id = ?) AS has");

static const struct db_col draft_cols[] = {
	COL(struct draft, id),
	COL(struct draft, user_id),
	COL(struct draft, integration_id),
	COL(struct draft, name),
	COL(struct draft, description),
	COL(struct draft, strategy),
	COL(struct draft, assignee_id),
	COL(struct draft, step),
	COL(struct draft, reason),
	COL(struct draft, detail),
	COL(struct draft, meta_user_id),
	COL(struct draft, meta_name),
	COL(struct draft, kind),
	COL(struct draft, token),
	COL(struct draft, expires_at),
	COL(struct draft, data_expires_at),
	COL(struct draft, scopes),
	COL(struct draft, instead),
	COL(struct draft, history),
	COL(struct draft, sync_run_id),
	COL(struct draft, created_at),
	COL(struct draft, changed_at),
	{ 0 },
};

static const char *
place(struct task *t, int64_t id)
{
	return arena_fmt(t->mem, "draft:%lld", (long long)id);
}

static const char *
page_place(struct task *t, int64_t id, const char *meta_id)
{
	return arena_fmt(t->mem, "draft:%lld:%s", (long long)id, meta_id);
}

/* NULL stays NULL; what does not open is E_INTERNAL. */
static enum rc
unseal(struct task *t, const char **token, const char *where)
{
	if (!*token)
		return OK;
	*token = crypt_open(t->mem, t->key, *token, where);
	if (*token)
		return OK;
	return fail(t, E_INTERNAL, "%s was sealed with another key", where);
}

static struct text
cut(const char *s, size_t max)
{
	return text_cut(text_of(s ? s : ""), max);
}

enum rc
draft_add(struct task *t, const struct draft *d, int64_t *id)
{
	return db_insert(t, &draft_insert,
			 INS(IN(d->user_id), IN(d->integration_id),
			     IN(cut(d->name, 120)),
			     IN(cut(d->description, 500)), IN(d->strategy),
			     IN(d->assignee_id), IN(t->now), IN(t->now)),
			 id);
}

enum rc
draft_get(struct task *t, int64_t id, int64_t user_id, struct draft *out)
{
	struct db_list list = { .cols = draft_cols,
				.size = sizeof(struct draft),
				.max = 1 };
	enum rc rc = db_rows(t, &draft_by_id, INS(IN(id), IN(user_id)), &list);
	struct draft *d = list.rows;

	if (rc)
		return rc;
	if (list.n == 0)
		return fail(t, E_NOTFOUND, "draft %lld: none", (long long)id);
	rc = unseal(t, &d->token, place(t, id));
	if (!rc)
		*out = *d;
	return rc;
}

enum rc
draft_list(struct task *t, int64_t user_id, struct draft **out, size_t *n)
{
	struct db_list list = { .cols = draft_cols,
				.size = sizeof(struct draft),
				.max = LIST_MAX };
	enum rc rc = db_rows(t, &draft_of_user, INS(IN(user_id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	for (size_t i = 0; i < *n; i++)
		(*out)[i].token = NULL;
	return OK;
}

enum rc
draft_remove(struct task *t, int64_t id)
{
	return db_exec(t, &draft_delete, INS(IN(id)), NULL);
}

enum rc
draft_forget(struct task *t, int64_t integration_id)
{
	return db_exec(t, &draft_delete_of, INS(IN(integration_id)), NULL);
}

enum rc
draft_purge(struct task *t)
{
	return db_exec(t, &draft_delete_old, INS(IN(when_add(t->now, -DAY_MS))),
		       NULL);
}

enum rc
draft_forget_person(struct task *t, const char *meta_user_id)
{
	return db_exec(t, &draft_delete_person, INS(IN(meta_user_id)), NULL);
}

/* ---- there and back ------------------------------------------------------------ */

enum rc
draft_state(struct task *t, int64_t id, int64_t session_id, const char **state)
{
	const char *fresh = crypt_token(t->mem);
	const char *hash = crypt_sha256_hex(t->mem, text_of(fresh));
	enum rc rc = db_exec(t, &draft_set_state,
			     INS(IN(hash), IN(when_add(t->now, STATE_LIFE)),
				 IN(session_id), IN(t->now), IN(id)),
			     NULL);

	if (!rc)
		*state = fresh;
	return rc;
}

struct coming_back {
	const char *hash;
	int64_t session_id, draft_id;
};

static enum rc
use_state(struct task *t, void *arg)
{
	struct coming_back *c = arg;
	enum rc rc = db_one(t, &draft_find_state,
			    INS(IN(c->hash), IN(t->now), IN(c->session_id)),
			    OUTS(OUT("id", &c->draft_id)));

	if (rc)
		return rc;
	return db_exec(t, &draft_use_state, INS(IN(t->now), IN(c->draft_id)),
		       NULL);
}

enum rc
draft_by_state(struct task *t, const char *state, int64_t session_id,
	       struct draft *out)
{
	struct coming_back c = {
		.hash = crypt_sha256_hex(t->mem, text_of(state)),
		.session_id = session_id,
	};
	enum rc rc = db_tx(t, "draft_by_state", use_state, &c);

	return rc ? rc : draft_get(t, c.draft_id, 0, out);
}

enum rc
draft_login(struct task *t, const struct draft *d)
{
	const char *sealed =
		crypt_seal(t->mem, t->key, text_of(d->token), place(t, d->id));

	return db_exec(t, &draft_set_login,
		       INS(IN(cut(d->meta_user_id, 32)),
			   IN(cut(d->meta_name, 255)), IN(d->kind), IN(sealed),
			   IN(d->expires_at), IN(d->data_expires_at),
			   IN(cut(d->scopes, 2000)), IN(t->now), IN(d->id)),
		       NULL);
}

enum rc
draft_step(struct task *t, int64_t id, const char *step)
{
	return db_exec(t, &draft_set_step, INS(IN(step), IN(t->now), IN(id)),
		       NULL);
}

enum rc
draft_problem(struct task *t, int64_t id, const char *reason,
	      const char *detail)
{
	return db_exec(
		t, &draft_set_problem,
		INS(IN(reason), IN(cut(detail, 255)), IN(t->now), IN(id)),
		NULL);
}

enum rc
draft_attach(struct task *t, int64_t id, int64_t integration_id)
{
	return db_exec(t, &draft_set_integration,
		       INS(IN(integration_id), IN(id)), NULL);
}

enum rc
draft_finish(struct task *t, int64_t id, int64_t integration_id,
	     int64_t sync_run_id)
{
	enum rc rc = db_exec(
		t, &draft_set_done,
		INS(IN(integration_id), IN(sync_run_id), IN(t->now), IN(id)),
		NULL);

	return rc ? rc : db_exec(t, &draft_wipe_tokens, INS(IN(id)), NULL);
}

/* ---- pages ----------------------------------------------------------------------- */

static const struct db_col page_cols[] = {
	COL(struct draft_page, draft_id), COL(struct draft_page, meta_id),
	COL(struct draft_page, name),	  COL(struct draft_page, token),
	COL(struct draft_page, tasks),	  COL(struct draft_page, of_portfolio),
	COL(struct draft_page, n_forms),  COL(struct draft_page, n_leads),
	COL(struct draft_page, forms),	  COL(struct draft_page, reason),
	COL(struct draft_page, detail),	  COL(struct draft_page, is_chosen),
	COL(struct draft_page, result),	  { 0 },
};

enum rc
draft_page_put(struct task *t, const struct draft_page *p)
{
	const char *sealed =
		p->token ? crypt_seal(t->mem, t->key, text_of(p->token),
				      page_place(t, p->draft_id, p->meta_id))
			 : NULL;

	return db_exec(t, &draft_page_insert,
		       INS(IN(p->draft_id), IN(p->meta_id),
			   IN(cut(p->name, 255)), IN(sealed),
			   IN(cut(p->tasks, 500)), IN(p->of_portfolio),
			   IN(p->n_forms), IN(p->n_leads), IN(p->forms),
			   IN(p->reason), IN(cut(p->detail, 255))),
		       NULL);
}

enum rc
draft_pages(struct task *t, int64_t draft_id, struct draft_page **out,
	    size_t *n)
{
	struct db_list list = { .cols = page_cols,
				.size = sizeof(struct draft_page),
				.max = DRAFT_PAGES };
	enum rc rc = db_rows(t, &draft_page_list, INS(IN(draft_id)), &list);
	struct draft_page *all = list.rows;

	for (size_t i = 0; !rc && i < list.n; i++)
		rc = unseal(t, &all[i].token,
			    page_place(t, draft_id, all[i].meta_id));
	if (rc)
		return rc;
	*out = all;
	*n = list.n;
	return OK;
}

enum rc
draft_pages_clear(struct task *t, int64_t draft_id)
{
	return db_exec(t, &draft_page_delete, INS(IN(draft_id)), NULL);
}

enum rc
draft_page_result(struct task *t, const struct draft_page *p)
{
	return db_exec(t, &draft_page_set_result,
		       INS(IN(p->result), IN(p->reason),
			   IN(cut(p->detail, 255)), IN(p->draft_id),
			   IN(p->meta_id)),
		       NULL);
}

struct choosing {
	int64_t id;
	const struct draft_choice *choice;
};

static enum rc
choose(struct task *t, void *arg)
{
	const struct choosing *c = arg;
	int64_t changed = 0;
	enum rc rc = db_exec(t, &draft_set_choice,
			     INS(IN(c->choice->instead), IN(c->choice->history),
				 IN(t->now), IN(c->id)),
			     &changed);

	if (!rc && changed == 0)
		return fail(t, E_CONFLICT, "draft %lld: not choosing",
			    (long long)c->id);
	if (!rc)
		rc = db_exec(t, &draft_page_unchoose, INS(IN(c->id)), NULL);
	for (size_t i = 0; !rc && i < c->choice->n_pages; i++) {
		rc = db_exec(t, &draft_page_set_chosen,
			     INS(IN(c->id), IN(c->choice->pages[i])), &changed);
		if (!rc && changed == 0)
			return fail(t, E_INPUT, "a page that is not ready");
	}
	if (!rc)
		rc = db_exec(t, &draft_left_out_clear, INS(IN(c->id)), NULL);
	for (size_t i = 0; !rc && i < c->choice->n_left_out; i++)
		rc = db_exec(t, &draft_left_out_add,
			     INS(IN(c->id), IN(c->choice->left_out[i])), NULL);
	return rc;
}

enum rc
draft_choose(struct task *t, int64_t draft_id, const struct draft_choice *c)
{
	struct choosing work = { draft_id, c };

	return db_tx(t, "draft_choose", choose, &work);
}

enum rc
draft_leaves_out(struct task *t, int64_t draft_id, const char *form_meta_id,
		 bool *out)
{
	return db_one(t, &draft_left_out_has,
		      INS(IN(draft_id), IN(form_meta_id)),
		      OUTS(OUT("has", out)));
}
