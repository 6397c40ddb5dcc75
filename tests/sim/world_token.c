/* world_token: tokens as rows. */
#include "world_token.h"

#include "base/crypt.h"

enum { PAGE_OF_SHORT_S = 3600 };

STATEMENT(sim_token_read,
	  "SELECT token, type, app_id, user_id, page_id, issued_at, login_at,"
	  " expires_at, is_long, dead_subcode IS NOT NULL AS is_dead,"
	  " dead_subcode FROM sim_token WHERE token = ?");

enum rc
world_token(struct task *t, const char *token, struct sim_token *out)
{
	return db_one(t, &sim_token_read, INS(IN(token)),
		      OUTS(OUT("token", &out->token), OUT("type", &out->type),
			   OUT("app_id", &out->app_id),
			   OUT("user_id", &out->user_id),
			   OUT("page_id", &out->page_id),
			   OUT("issued_at", &out->issued_at),
			   OUT("login_at", &out->login_at),
			   OUT("expires_at", &out->expires_at),
			   OUT("is_long", &out->is_long),
			   OUT("is_dead", &out->is_dead),
			   OUT("dead_subcode", &out->dead_subcode)));
}

STATEMENT(sim_token_add,
	  "INSERT INTO sim_token (token, type, app_id, user_id, page_id,"
	  " parent, issued_at, login_at, expires_at, is_long)"
	  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE token = sim_token.token");

static enum rc
add(struct task *t, const struct sim_token *k, const char *parent)
{
	return db_exec(t, &sim_token_add,
		       INS(IN(k->token), IN(k->type), IN(k->app_id),
			   IN(k->user_id), IN(k->page_id), IN(parent),
			   IN(k->issued_at), IN(k->login_at), IN(k->expires_at),
			   IN(k->is_long)),
		       NULL);
}

enum rc
world_add_token(struct task *t, const struct sim_token *k)
{
	return add(t, k, NULL);
}

enum rc
world_user_token(struct task *t, const struct switches *sw,
		 const char *member_id, const struct sim_token *old,
		 struct sim_token *out)
{
	int64_t life = old ? sw->long_token_s : sw->short_token_s;

	*out = (struct sim_token){
		.token = arena_fmt(t->mem, "EAAB%s", crypt_token(t->mem)),
		.type = "user",
		.app_id = SIM_APP_ID,
		.user_id = member_id,
		.issued_at = t->now,
		.login_at = old ? old->login_at : t->now,
		.expires_at = when_add(t->now, life * SECOND_MS),
		.is_long = old != NULL,
	};
	return add(t, out, NULL);
}

STATEMENT(sim_token_of_page,
	  "SELECT token FROM sim_token WHERE page_id = ? AND parent = ?"
	  " AND dead_subcode IS NULL"
	  " AND (expires_at IS NULL OR expires_at > ?) LIMIT 1");

/* From a long-lived token one without an end, else for an hour. */
static enum rc
new_page_token(struct task *t, const char *page_id,
	       const struct sim_token *parent, const char **out)
{
	struct sim_token k = *parent;
	int64_t n = 0;
	enum rc rc = world_take(t, "token", 1, &n);

	if (rc)
		return rc;
	k.token = arena_fmt(t->mem, "SIM-PAGE-TOKEN-%s-%lld", page_id,
			    (long long)n);
	k.type = "page";
	k.page_id = page_id;
	k.issued_at = t->now;
	k.expires_at = parent->is_long
			       ? (struct when){ 0 }
			       : when_add(t->now, PAGE_OF_SHORT_S * SECOND_MS);
	*out = k.token;
	return add(t, &k, parent->token);
}

enum rc
world_page_token(struct task *t, const char *page_id,
		 const struct sim_token *parent, const char **out)
{
	enum rc rc = db_one(t, &sim_token_of_page,
			    INS(IN(page_id), IN(parent->token), IN(t->now)),
			    OUTS(OUT("token", out)));

	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	return new_page_token(t, page_id, parent, out);
}

/* ---- death --------------------------------------------------------------------- */

STATEMENT(sim_token_kill, "UPDATE sim_token SET dead_subcode = ?"
			  " WHERE token = ? OR parent = ?");
STATEMENT(sim_token_kill_page,
	  "UPDATE sim_token SET dead_subcode = ? WHERE page_id = ?");
STATEMENT(sim_token_kill_person,
	  "UPDATE sim_token SET dead_subcode = ? WHERE user_id = ?");

enum rc
world_kill_token(struct task *t, const char *which, int64_t subcode)
{
	struct text id = text_of(which);
	int64_t dead = 0;
	enum rc rc;

	if (text_take_lit(&id, "page:"))
		rc = db_exec(t, &sim_token_kill_page, INS(IN(subcode), IN(id)),
			     &dead);
	else if (text_take_lit(&id, "person:"))
		rc = db_exec(t, &sim_token_kill_person,
			     INS(IN(subcode), IN(id)), &dead);
	else
		rc = db_exec(t, &sim_token_kill,
			     INS(IN(subcode), IN(id), IN(id)), &dead);
	if (!rc && dead == 0)
		return fail(t, E_NOTFOUND, "no such token");
	return rc;
}

STATEMENT(sim_token_expire,
	  "UPDATE sim_token SET expires_at = ?"
	  " WHERE token = ? OR parent = ? OR page_id = ? OR user_id = ?");

enum rc
world_expire_token(struct task *t, const char *which, int64_t seconds)
{
	struct when end = when_add(t->now, seconds * SECOND_MS);
	struct text id = text_of(which), none = TEXT(""), page = none,
		    person = none;
	int64_t n = 0;
	enum rc rc;

	if (text_take_lit(&id, "page:")) {
		page = id;
		id = none;
	} else if (text_take_lit(&id, "person:")) {
		person = id;
		id = none;
	}
	rc = db_exec(t, &sim_token_expire,
		     INS(IN(end), IN(id), IN(id), IN(page), IN(person)), &n);
	if (!rc && n == 0)
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
