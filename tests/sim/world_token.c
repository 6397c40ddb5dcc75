/* world_token: access tokens, their descent and their death. */
#include "world.h"

STATEMENT(sim_token_read,
	  "SELECT token, type, app_id, user_id, page_id, issued_at,"
	  " dead_subcode IS NOT NULL AS is_dead, dead_subcode"
	  " FROM sim_token WHERE token = ?");

enum rc
world_token(struct task *t, const char *token, struct sim_token *out)
{
	return db_one(t, &sim_token_read, INS(IN(token)),
		      OUTS(OUT("token", &out->token), OUT("type", &out->type),
			   OUT("app_id", &out->app_id),
			   OUT("user_id", &out->user_id),
			   OUT("page_id", &out->page_id),
			   OUT("issued_at", &out->issued_at),
			   OUT("is_dead", &out->is_dead),
			   OUT("dead_subcode", &out->dead_subcode)));
}

STATEMENT(sim_token_of_page,
	  "SELECT token FROM sim_token WHERE page_id = ? AND parent = ?"
	  " AND dead_subcode IS NULL LIMIT 1");
STATEMENT(sim_token_add,
	  "INSERT INTO sim_token"
	  " (token, type, app_id, user_id, page_id, parent, issued_at)"
	  " VALUES (?, ?, ?, ?, ?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE token = sim_token.token");

enum rc
world_page_token(struct task *t, const char *page_id,
		 const struct sim_token *parent, const char **out)
{
	const char *token;
	int64_t n = 0;
	enum rc rc = db_one(t, &sim_token_of_page,
			    INS(IN(page_id), IN(parent->token)),
			    OUTS(OUT("token", out)));

	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	rc = world_take(t, "token", 1, &n);
	if (rc)
		return rc;
	token = arena_fmt(t->mem, "SIM-PAGE-TOKEN-%s-%lld", page_id,
			  (long long)n);
	*out = token;
	return db_exec(t, &sim_token_add,
		       INS(IN(token), IN("page"), IN(parent->app_id),
			   IN(parent->user_id), IN(page_id), IN(parent->token),
			   IN(t->now)),
		       NULL);
}

enum rc
world_add_token(struct task *t, const char *token, const char *type,
		const char *app_id)
{
	const char *none = NULL;

	return db_exec(t, &sim_token_add,
		       INS(IN(token), IN(type), IN(app_id),
			   IN("122100000000000001"), IN(none), IN(none),
			   IN(t->now)),
		       NULL);
}

STATEMENT(sim_token_kill, "UPDATE sim_token SET dead_subcode = ?"
			  " WHERE token = ? OR parent = ?");
STATEMENT(sim_token_kill_page,
	  "UPDATE sim_token SET dead_subcode = ? WHERE page_id = ?");

enum rc
world_kill_token(struct task *t, const char *token, int64_t subcode)
{
	struct text page = text_of(token);
	int64_t dead = 0;
	enum rc rc;

	if (text_take_lit(&page, "page:"))
		rc = db_exec(t, &sim_token_kill_page,
			     INS(IN(subcode), IN(page)), &dead);
	else
		rc = db_exec(t, &sim_token_kill,
			     INS(IN(subcode), IN(token), IN(token)), &dead);
	if (!rc && dead == 0)
		return fail(t, E_NOTFOUND, "no such token");
	return rc;
}

STATEMENT(sim_token_revive,
	  "UPDATE sim_token SET dead_subcode = NULL WHERE token > ''");

enum rc
world_revive_tokens(struct task *t)
{
	return db_exec(t, &sim_token_revive, INS(), NULL);
}
