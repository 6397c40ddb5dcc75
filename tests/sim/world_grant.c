/* world_grant: permissions, ticked pages and codes of people. */
#include "base/crypt.h"
#include "world_member.h"
#include "world_token.h"

enum { APP_REMOVED = 458 };

const struct sim_scope sim_scopes[] = {
	{ "leads_retrieval", "Read the leads of your lead forms" },
	{ "pages_show_list", "See the list of your Pages" },
	{ "pages_read_engagement", "Read content of your Pages" },
	{ "pages_manage_metadata", "Subscribe to events of your Pages" },
	{ "pages_manage_ads", "See and manage ads of your Pages" },
	{ "ads_management", "Manage your ads" },
	{ "business_management", "See your business portfolios" },
	{ "ads_read", "Read the figures of your ads" },
	{ "pages_manage_posts", "Publish on your Pages" },
	{ "pages_messaging", "Answer messages of your Pages" },
	{ "email", "See your e-mail address" },
	{ "public_profile", "See your name and picture" },
};
const size_t sim_scopes_n = COUNT(sim_scopes);

static const struct db_col permission_cols[] = {
	COL(struct sim_permission, permission),
	COL(struct sim_permission, status),
	{ 0 },
};
STATEMENT(sim_permission_list,
	  "SELECT permission, status FROM sim_permission WHERE member_id = ?"
	  " ORDER BY permission LIMIT 100");

enum rc
world_permissions(struct task *t, const char *member_id,
		  struct sim_permission **out, size_t *n)
{
	struct db_list list = { .cols = permission_cols,
				.size = sizeof(**out),
				.max = PERMISSIONS };
	enum rc rc =
		db_rows(t, &sim_permission_list, INS(IN(member_id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

STATEMENT(sim_permission_set,
	  "INSERT INTO sim_permission (member_id, permission, status)"
	  " VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE status = VALUES(status)");
STATEMENT(sim_permission_drop, "DELETE FROM sim_permission"
			       " WHERE member_id = ? AND status = 'granted'");
STATEMENT(sim_permission_forget,
	  "DELETE FROM sim_permission WHERE member_id = ?");
STATEMENT(sim_tick, "INSERT INTO sim_ticked (member_id, page_id) VALUES (?, ?)"
		    " ON DUPLICATE KEY UPDATE page_id = VALUES(page_id)");
STATEMENT(sim_untick, "DELETE FROM sim_ticked WHERE member_id = ?");

static enum rc
set_all(struct task *t, const char *member_id, const char *const *names,
	size_t n, const char *status)
{
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < n; i++)
		rc = db_exec(t, &sim_permission_set,
			     INS(IN(member_id), IN(names[i]), IN(status)),
			     NULL);
	return rc;
}

struct granting {
	const char *member_id;
	const struct sim_grant *g;
};

static enum rc
grant(struct task *t, void *arg)
{
	const struct granting *a = arg;
	const struct sim_grant *g = a->g;
	enum rc rc =
		db_exec(t, &sim_permission_drop, INS(IN(a->member_id)), NULL);

	if (!rc)
		rc = set_all(t, a->member_id, g->granted, g->n_granted,
			     "granted");
	if (!rc)
		rc = set_all(t, a->member_id, g->declined, g->n_declined,
			     "declined");
	if (!rc)
		rc = db_exec(t, &sim_untick, INS(IN(a->member_id)), NULL);
	for (size_t i = 0; !rc && i < g->n_pages; i++)
		rc = db_exec(t, &sim_tick,
			     INS(IN(a->member_id), IN(g->pages[i])), NULL);
	return rc;
}

enum rc
world_grant(struct task *t, const char *member_id, const struct sim_grant *g)
{
	struct granting arg = { member_id, g };

	return db_tx(t, "sim_grant", grant, &arg);
}

enum rc
world_revoke(struct task *t, const char *member_id, const char *permission)
{
	return set_all(t, member_id, &permission, 1, "declined");
}

enum rc
world_remove_app(struct task *t, const char *member_id)
{
	const char *tokens = arena_fmt(t->mem, "person:%s", member_id);
	enum rc rc =
		db_exec(t, &sim_permission_forget, INS(IN(member_id)), NULL);

	if (!rc)
		rc = db_exec(t, &sim_untick, INS(IN(member_id)), NULL);
	if (!rc)
		rc = world_kill_token(t, tokens, APP_REMOVED);
	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	return OK;
}

/* ---- codes ----------------------------------------------------------------------- */

STATEMENT(sim_code_add,
	  "INSERT INTO sim_code (code, member_id, redirect_uri, made_at)"
	  " VALUES (?, ?, ?, ?)");

enum rc
world_add_code(struct task *t, const char *member_id, const char *redirect_uri,
	       const char **code)
{
	*code = arena_fmt(t->mem, "AQ%s%s", crypt_token(t->mem),
			  crypt_token(t->mem));
	return db_exec(
		t, &sim_code_add,
		INS(IN(*code), IN(member_id), IN(redirect_uri), IN(t->now)),
		NULL);
}

STATEMENT(sim_code_read,
	  "SELECT code, member_id, redirect_uri, made_at, used_at"
	  " FROM sim_code WHERE code = ?");

enum rc
world_code(struct task *t, const char *code, struct sim_code *out)
{
	return db_one(t, &sim_code_read, INS(IN(code)),
		      OUTS(OUT("code", &out->code),
			   OUT("member_id", &out->member_id),
			   OUT("redirect_uri", &out->redirect_uri),
			   OUT("made_at", &out->made_at),
			   OUT("used_at", &out->used_at)));
}

STATEMENT(sim_code_use, "UPDATE sim_code SET used_at = ?"
			" WHERE code = ? AND used_at IS NULL");

enum rc
world_use_code(struct task *t, const char *code, bool *first)
{
	int64_t n = 0;
	enum rc rc = db_exec(t, &sim_code_use, INS(IN(t->now), IN(code)), &n);

	*first = n == 1;
	return rc;
}
