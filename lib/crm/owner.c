/* owner: logins at Facebook, sealed. */
#include "crm/owner.h"

#include "base/crypt.h"
#include "base/text.h"
#include "db/db.h"

enum { LIST_MAX = 100 };

#define OWNER_COLUMNS                                                          \
	"SELECT id, integration_id, meta_user_id, name, kind,"                 \
	" token_sealed AS token, scopes, expires_at, data_expires_at,"         \
	" connected_at, checked_at, warned_days FROM integration_owner "

STATEMENT(owner_insert,
	  "INSERT INTO integration_owner (integration_id, meta_user_id, name,"
	  " kind, token_sealed, scopes, expires_at, data_expires_at,"
	  " connected_at, checked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id),"
	  " name = VALUES(name), kind = VALUES(kind),"
	  " token_sealed = VALUES(token_sealed), scopes = VALUES(scopes),"
	  " expires_at = VALUES(expires_at),"
	  " data_expires_at = VALUES(data_expires_at),"
	  " connected_at = VALUES(connected_at),"
	  " checked_at = VALUES(checked_at), warned_days = 0");
STATEMENT(owner_by_id, OWNER_COLUMNS "WHERE id = ?");
STATEMENT(owner_of_integration,
	  OWNER_COLUMNS "WHERE integration_id = ? ORDER BY id LIMIT 50");
STATEMENT(owner_by_person, OWNER_COLUMNS "WHERE meta_user_id = ? LIMIT 100");
STATEMENT(owner_set_checked,
	  "UPDATE integration_owner SET expires_at = ?, data_expires_at = ?,"
	  " scopes = ?, checked_at = ? WHERE id = ?");
STATEMENT(owner_set_warned,
	  "UPDATE integration_owner SET warned_days = ? WHERE id = ?");
STATEMENT(owner_delete, "DELETE FROM integration_owner"
			" WHERE integration_id = ? AND id <> ?");
STATEMENT(owner_delete_erased, "DELETE FROM integration_owner"
			       " WHERE integration_id = ?"
			       " AND token_sealed = ''");
STATEMENT(owner_wipe,
	  "UPDATE integration_owner SET token_sealed = '', name = '',"
	  " meta_user_id = CONCAT('gone-', id), scopes = '' WHERE id = ?");

static const struct db_col owner_cols[] = {
	COL(struct owner, id),
	COL(struct owner, integration_id),
	COL(struct owner, meta_user_id),
	COL(struct owner, name),
	COL(struct owner, kind),
	COL(struct owner, token),
	COL(struct owner, scopes),
	COL(struct owner, expires_at),
	COL(struct owner, data_expires_at),
	COL(struct owner, connected_at),
	COL(struct owner, checked_at),
	COL(struct owner, warned_days),
	{ 0 },
};

/* Bound to integration and person, which are known before the row is. */
static const char *
place(struct task *t, int64_t integration_id, const char *meta_user_id)
{
	return arena_fmt(t->mem, "owner:%lld:%s", (long long)integration_id,
			 meta_user_id);
}

enum rc
owner_put(struct task *t, const struct owner *o, int64_t *id)
{
	const char *sealed =
		crypt_seal(t->mem, t->key, text_of(o->token),
			   place(t, o->integration_id, o->meta_user_id));

	return db_insert(t, &owner_insert,
			 INS(IN(o->integration_id), IN(o->meta_user_id),
			     IN(text_cut(text_of(o->name), 255)), IN(o->kind),
			     IN(sealed), IN(text_cut(text_of(o->scopes), 2000)),
			     IN(o->expires_at), IN(o->data_expires_at),
			     IN(t->now), IN(t->now)),
			 id);
}

/* A wiped login has no token. */
static enum rc
unseal(struct task *t, struct owner *o)
{
	if (!o->token[0]) {
		o->token = NULL;
		return OK;
	}
	o->token = crypt_open(t->mem, t->key, o->token,
			      place(t, o->integration_id, o->meta_user_id));
	if (o->token)
		return OK;
	return fail(t, E_INTERNAL,
		    "login %lld of integration %lld was sealed with another "
		    "key",
		    (long long)o->id, (long long)o->integration_id);
}

static enum rc
find(struct task *t, struct db_stmt *q, struct db_ins in, struct owner **out,
     size_t *n)
{
	struct db_list list = { .cols = owner_cols,
				.size = sizeof(struct owner),
				.max = LIST_MAX };
	enum rc rc = db_rows(t, q, in, &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

static void
drop_tokens(struct owner *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		all[i].token = NULL;
}

enum rc
owner_get(struct task *t, int64_t id, struct owner *out)
{
	struct owner *found = NULL;
	size_t n = 0;
	enum rc rc = find(t, &owner_by_id, INS(IN(id)), &found, &n);

	if (!rc && n == 0)
		return fail(t, E_NOTFOUND, "login %lld: none", (long long)id);
	if (!rc)
		rc = unseal(t, found);
	if (!rc)
		*out = *found;
	return rc;
}

enum rc
owner_list(struct task *t, int64_t integration_id, struct owner **out,
	   size_t *n)
{
	struct owner *all = NULL;
	size_t found = 0;
	enum rc rc = find(t, &owner_of_integration, INS(IN(integration_id)),
			  &all, &found);

	for (size_t i = 0; !rc && i < found; i++)
		rc = unseal(t, &all[i]);
	if (rc)
		return rc;
	*out = all;
	*n = found;
	return OK;
}

enum rc
owner_checked(struct task *t, const struct owner *o)
{
	return db_exec(t, &owner_set_checked,
		       INS(IN(o->expires_at), IN(o->data_expires_at),
			   IN(text_cut(text_of(o->scopes), 2000)), IN(t->now),
			   IN(o->id)),
		       NULL);
}

enum rc
owner_warned(struct task *t, int64_t id, int64_t days)
{
	return db_exec(t, &owner_set_warned, INS(IN(days), IN(id)), NULL);
}

enum rc
owner_remove(struct task *t, int64_t integration_id, int64_t keep_id)
{
	return db_exec(t, &owner_delete, INS(IN(integration_id), IN(keep_id)),
		       NULL);
}

enum rc
owner_remove_erased(struct task *t, int64_t integration_id)
{
	return db_exec(t, &owner_delete_erased, INS(IN(integration_id)), NULL);
}

enum rc
owner_of_person(struct task *t, const char *meta_user_id, struct owner **out,
		size_t *n)
{
	enum rc rc = find(t, &owner_by_person, INS(IN(meta_user_id)), out, n);

	if (!rc)
		drop_tokens(*out, *n);
	return rc;
}

enum rc
owner_erase(struct task *t, int64_t id)
{
	return db_exec(t, &owner_wipe, INS(IN(id)), NULL);
}
