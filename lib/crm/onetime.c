/* onetime: tokens and the rows of their hashes. */
#include "crm/onetime.h"

#include "base/conf.h"
#include "base/crypt.h"
#include "base/text.h"
#include "db/db.h"

STATEMENT(onetime_end,
	  "UPDATE one_time_link SET used_at = ? WHERE user_id <=> NULLIF(?, 0)"
	  " AND purpose = ? AND used_at IS NULL");
STATEMENT(onetime_insert,
	  "INSERT INTO one_time_link (purpose, user_id, token_hash, expires_at)"
	  " VALUES (?, NULLIF(?, 0), ?, ?)");
STATEMENT(onetime_select,
	  "SELECT id, purpose, COALESCE(user_id, 0) AS user_id"
	  " FROM one_time_link WHERE token_hash = ? AND used_at IS NULL"
	  " AND expires_at > ? FOR UPDATE");
STATEMENT(onetime_used,
	  "UPDATE one_time_link SET used_at = ?"
	  " WHERE (id = ? OR user_id = NULLIF(?, 0)) AND used_at IS NULL");

static int64_t
life_of(const char *purpose)
{
	struct text p = text_of(purpose);

	if (text_is(p, ONETIME_INVITE))
		return 7 * DAY_MS;
	return text_is(p, ONETIME_RESET) ? 30 * MINUTE_MS : DAY_MS;
}

enum rc
onetime_make(struct task *t, const char *purpose, int64_t user_id,
	     const char **token)
{
	const char *fresh = crypt_token(t->mem);
	const char *hash = crypt_sha256_hex(t->mem, text_of(fresh));
	enum rc rc = db_exec(t, &onetime_end,
			     INS(IN(t->now), IN(user_id), IN(purpose)), NULL);

	if (!rc)
		rc = db_exec(t, &onetime_insert,
			     INS(IN(purpose), IN(user_id), IN(hash),
				 IN(when_add(t->now, life_of(purpose)))),
			     NULL);
	if (!rc)
		*token = fresh;
	return rc;
}

const char *
onetime_url(struct task *t, const char *token)
{
	return arena_fmt(t->mem, "%s/password?key=%s", t->conf->site.base_url,
			 token);
}

enum rc
onetime_find(struct task *t, const char *token, struct onetime *out)
{
	const char *hash = crypt_sha256_hex(t->mem, text_of(token));

	return db_one(t, &onetime_select, INS(IN(hash), IN(t->now)),
		      OUTS(OUT("id", &out->id), OUT("purpose", &out->purpose),
			   OUT("user_id", &out->user_id)));
}

enum rc
onetime_end_all(struct task *t, int64_t user_id)
{
	return db_exec(t, &onetime_used, INS(IN(t->now), IN(0), IN(user_id)),
		       NULL);
}

enum rc
onetime_use(struct task *t, const struct onetime *link)
{
	return db_exec(t, &onetime_used,
		       INS(IN(t->now), IN(link->id), IN(link->user_id)), NULL);
}
