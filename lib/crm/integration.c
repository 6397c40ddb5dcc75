/* integration: connections and their owners' tokens. */
#include "crm/integration.h"

#include "base/crypt.h"
#include "crm/user.h"
#include "db/db.h"

#define INTEGRATION_COLUMNS                                                    \
	"SELECT id, name, description, strategy,"                              \
	" COALESCE(assignee_id, 0) AS assignee_id, last_turn_id, status,"      \
	" reason, reason_words FROM integration "

STATEMENT(integration_insert,
	  "INSERT INTO integration (name, description, strategy, assignee_id,"
	  " created_at, created_by)"
	  " VALUES (?, ?, ?, NULLIF(?, 0), ?, NULLIF(?, 0))");
STATEMENT(integration_by_id, INTEGRATION_COLUMNS "WHERE id = ?");
STATEMENT(integration_by_id_locked,
	  INTEGRATION_COLUMNS "WHERE id = ? FOR UPDATE");
STATEMENT(integration_all, INTEGRATION_COLUMNS "ORDER BY name, id LIMIT 1000");
STATEMENT(integration_turn,
	  "UPDATE integration SET last_turn_id = ? WHERE id = ?");
STATEMENT(integration_status,
	  "UPDATE integration SET status = IF(? = '', 'active', 'error'),"
	  " reason = ?, reason_words = ? WHERE id = ?");
STATEMENT(owner_put,
	  "INSERT INTO integration_owner (integration_id, meta_user_id, kind,"
	  " token_sealed, expires_at, data_expires_at, connected_at)"
	  " VALUES (?, ?, ?, ?, ?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE kind = VALUES(kind),"
	  " token_sealed = VALUES(token_sealed),"
	  " expires_at = VALUES(expires_at),"
	  " data_expires_at = VALUES(data_expires_at),"
	  " connected_at = VALUES(connected_at)");
STATEMENT(owner_latest,
	  "SELECT meta_user_id, kind, token_sealed, expires_at,"
	  " data_expires_at FROM integration_owner WHERE integration_id = ?"
	  " ORDER BY connected_at DESC, id DESC LIMIT 1");

static const struct db_col integration_cols[] = {
	COL(struct integration, id),
	COL(struct integration, name),
	COL(struct integration, description),
	COL(struct integration, strategy),
	COL(struct integration, assignee_id),
	COL(struct integration, last_turn_id),
	COL(struct integration, status),
	COL(struct integration, reason),
	COL(struct integration, reason_words),
	{ 0 },
};

static bool
length_ok(const char *s, size_t min, size_t max)
{
	size_t n = text_runes(text_of(s));

	return text_is_utf8(text_of(s)) && n >= min && n <= max;
}

static enum rc
check_assignee(struct task *t, int64_t user_id)
{
	struct user u;
	enum rc rc = user_get(t, user_id, &u);

	if (rc)
		return rc;
	if (!u.is_active || !u.manages_leads)
		return fail(t, E_INPUT,
			    "The assignee must be active and have Lead "
			    "Management.");
	return OK;
}

static enum rc
check(struct task *t, const struct integration *i)
{
	struct text strategy = text_of(i->strategy);
	bool to_user = text_is(strategy, "user");

	if (!length_ok(i->name, 1, 120))
		return fail(t, E_INPUT,
			    "The account name has 1 to 120 characters.");
	if (!length_ok(i->description, 0, 500))
		return fail(t, E_INPUT,
			    "The description has at most 500 characters.");
	if (!to_user && !text_is(strategy, "unassigned") &&
	    !text_is(strategy, "round_robin"))
		return fail(t, E_INPUT,
			    "The strategy is unassigned, user or "
			    "round_robin.");
	if (to_user != (i->assignee_id != 0))
		return fail(t, E_INPUT,
			    "An assignee goes with the strategy "
			    "user, and only with it.");
	return to_user ? check_assignee(t, i->assignee_id) : OK;
}

enum rc
integration_add(struct task *t, const struct integration *i, int64_t *id)
{
	enum rc rc = check(t, i);

	if (rc)
		return rc;
	return db_insert(t, &integration_insert,
			 INS(IN(i->name), IN(i->description), IN(i->strategy),
			     IN(i->assignee_id), IN(t->now), IN(t->user_id)),
			 id);
}

static enum rc
find(struct task *t, struct db_stmt *q, int64_t id, struct integration *out)
{
	struct db_list list = { .cols = integration_cols,
				.size = sizeof(struct integration),
				.max = 1 };
	enum rc rc = db_rows(t, q, INS(IN(id)), &list);

	if (rc)
		return rc;
	if (list.n == 0)
		return fail(t, E_NOTFOUND, "integration %lld: none",
			    (long long)id);
	*out = *(const struct integration *)list.rows;
	return OK;
}

enum rc
integration_get(struct task *t, int64_t id, struct integration *out)
{
	return find(t, &integration_by_id, id, out);
}

enum rc
integration_lock(struct task *t, int64_t id, struct integration *out)
{
	return find(t, &integration_by_id_locked, id, out);
}

enum rc
integration_list(struct task *t, struct integration **out, size_t *n)
{
	struct db_list list = { .cols = integration_cols,
				.size = sizeof(struct integration),
				.max = 1000 };
	enum rc rc = db_rows(t, &integration_all, INS(), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
integration_set_turn(struct task *t, int64_t id, int64_t user_id)
{
	return db_exec(t, &integration_turn, INS(IN(user_id), IN(id)), NULL);
}

enum rc
integration_set_status(struct task *t, int64_t id, const char *reason,
		       const char *words)
{
	return db_exec(t, &integration_status,
		       INS(IN(reason), IN(reason),
			   IN(text_cut(text_of(words), 255)), IN(id)),
		       NULL);
}

/* ---- owners ---------------------------------------------------------------------- */

static const char *
place(struct task *t, int64_t integration_id, const char *meta_user_id)
{
	return arena_fmt(t->mem, "owner:%lld:%s", (long long)integration_id,
			 meta_user_id);
}

enum rc
integration_own(struct task *t, const struct owner *o)
{
	const char *sealed =
		crypt_seal(t->mem, t->key, text_of(o->token),
			   place(t, o->integration_id, o->meta_user_id));

	return db_exec(t, &owner_put,
		       INS(IN(o->integration_id), IN(o->meta_user_id),
			   IN(o->kind), IN(sealed), IN(o->expires_at),
			   IN(o->data_expires_at), IN(t->now)),
		       NULL);
}

enum rc
integration_owner(struct task *t, int64_t integration_id, struct owner *out)
{
	struct owner o = { .integration_id = integration_id };
	const char *sealed = NULL;
	enum rc rc =
		db_one(t, &owner_latest, INS(IN(integration_id)),
		       OUTS(OUT("meta_user_id", &o.meta_user_id),
			    OUT("kind", &o.kind), OUT("token_sealed", &sealed),
			    OUT("expires_at", &o.expires_at),
			    OUT("data_expires_at", &o.data_expires_at)));

	if (rc)
		return rc;
	o.token = crypt_open(t->mem, t->key, sealed,
			     place(t, integration_id, o.meta_user_id));
	if (!o.token)
		return fail(t, E_INTERNAL,
			    "token of integration %lld was sealed with "
			    "another key",
			    (long long)integration_id);
	*out = o;
	return OK;
}
