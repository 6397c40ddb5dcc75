/* integration: connections, without what Meta gave for them. */
#include "crm/integration.h"

#include "crm/audit.h"
#include "crm/user.h"
#include "db/db.h"

enum { LIST_MAX = 1000, ARRIVALS_MAX = 4000 };

#define INTEGRATION_COLUMNS                                                    \
	"SELECT i.id, i.name, i.description, i.strategy,"                      \
	" COALESCE(i.assignee_id, 0) AS assignee_id,"                          \
	" COALESCE(u.name, '') AS assignee_name, i.last_turn_id,"              \
	" i.on_known, i.is_drilled,"                                           \
	" i.created_at, i.last_sync_at FROM integration i"                     \
	" LEFT JOIN app_user u ON u.id = i.assignee_id"                        \
	" WHERE i.deleted_at IS NULL "

STATEMENT(integration_insert,
	  "INSERT INTO integration (name, description, strategy, assignee_id,"
	  " created_at, created_by)"
	  " VALUES (?, ?, ?, NULLIF(?, 0), ?, NULLIF(?, 0))");
STATEMENT(integration_update,
	  "UPDATE integration SET name = ?, description = ?, strategy = ?,"
	  " assignee_id = NULLIF(?, 0), on_known = COALESCE(?, on_known)"
	  " WHERE id = ? AND deleted_at IS NULL");
STATEMENT(integration_by_id, INTEGRATION_COLUMNS "AND i.id = ?");
STATEMENT(integration_take_lock,
	  "SELECT id FROM integration WHERE id = ? AND deleted_at IS NULL"
	  " FOR UPDATE");
STATEMENT(integration_all,
	  INTEGRATION_COLUMNS "ORDER BY i.name, i.id LIMIT 1000");
STATEMENT(integration_drill, "UPDATE integration SET is_drilled = ?"
			     " WHERE id = ? AND is_drilled <> ?");
STATEMENT(integration_turn,
	  "UPDATE integration SET last_turn_id = ? WHERE id = ?");
STATEMENT(integration_mark_synced,
	  "UPDATE integration SET last_sync_at = ? WHERE id = ?");
STATEMENT(integration_mark_checked,
	  "UPDATE integration SET checked_at = ? WHERE id = ?");
STATEMENT(integration_to_check,
	  "SELECT i.id FROM integration i WHERE i.deleted_at IS NULL"
	  " AND (i.checked_at IS NULL OR i.checked_at < ?"
	  " OR (i.checked_at < ? AND EXISTS (SELECT 1 FROM trouble tr"
	  " WHERE tr.integration_id = i.id AND tr.scope <> 'form'))"
	  " OR (i.checked_at < ? AND EXISTS (SELECT 1 FROM trouble tr"
	  " WHERE tr.integration_id = i.id AND (tr.reason IN ('leads_access',"
	  " 'checkpoint', 'unconfirmed', 'two_factor', 'terms_open')"
	  " OR (tr.scope = 'page' AND tr.reason IN ('permission',"
	  " 'api_blocked', 'app_secret', 'app_id', 'app_capability',"
	  " 'other_app', 'version_ended'))))))"
	  " ORDER BY i.checked_at LIMIT 100");
STATEMENT(integration_mark_deleted,
	  "UPDATE integration SET deleted_at = ? WHERE id = ?");
STATEMENT(integration_quarters,
	  "SELECT FROM_UNIXTIME(FLOOR(UNIX_TIMESTAMP(imported_at) / 900) * 900)"
	  " AS quarter, COUNT(*) AS n FROM submission"
	  " WHERE integration_id = ? AND imported_at >= ? AND NOT is_test"
	  " GROUP BY quarter ORDER BY quarter LIMIT 4000");
STATEMENT(integration_count_leads,
	  "SELECT COUNT(DISTINCT l.id) AS n FROM submission s"
	  " JOIN `lead` l ON l.id = s.lead_id WHERE s.integration_id = ?");

static const struct db_col integration_cols[] = {
	COL(struct integration, id),
	COL(struct integration, name),
	COL(struct integration, description),
	COL(struct integration, strategy),
	COL(struct integration, assignee_id),
	COL(struct integration, assignee_name),
	COL(struct integration, last_turn_id),
	COL(struct integration, on_known),
	COL(struct integration, is_drilled),
	COL(struct integration, created_at),
	COL(struct integration, last_sync_at),
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

	if (rc == E_NOTFOUND)
		task_forgive(t);
	else if (rc)
		return rc;
	if (rc || !u.is_active || !u.manages_leads)
		return fail(t, E_INPUT,
			    "The assignee must be active and have Lead "
			    "Management.");
	return OK;
}

enum rc
integration_check(struct task *t, const struct integration *i,
		  const char **field)
{
	struct text strategy = text_of(i->strategy);
	bool to_user = text_is(strategy, "user");

	*field = "name";
	if (!length_ok(i->name, 1, INTEGRATION_NAME_MAX))
		return fail(t, E_INPUT,
			    "The account name has 1 to 120 characters.");
	*field = "description";
	if (!length_ok(i->description, 0, INTEGRATION_DESCRIPTION_MAX))
		return fail(t, E_INPUT,
			    "The description has at most 500 characters.");
	*field = "on_known";
	if (i->on_known && strcmp(i->on_known, "join") != 0 &&
	    strcmp(i->on_known, "new") != 0 && strcmp(i->on_known, "skip") != 0)
		return fail(t, E_INPUT, "It is join, new or skip.");
	*field = "strategy";
	if (!to_user && !text_is(strategy, "unassigned") &&
	    !text_is(strategy, "round_robin"))
		return fail(t, E_INPUT,
			    "The strategy is unassigned, user or "
			    "round_robin.");
	*field = "assignee";
	if (to_user != (i->assignee_id != 0))
		return fail(t, E_INPUT,
			    "An assignee goes with the strategy "
			    "user, and only with it.");
	return to_user ? check_assignee(t, i->assignee_id) : OK;
}

static enum rc
tell(struct task *t, const char *act, int64_t id, const char *words)
{
	return audit_add(t, act,
			 arena_fmt(t->mem, "integration %lld", (long long)id),
			 words);
}

enum rc
integration_add(struct task *t, const struct integration *i, int64_t *id)
{
	const char *field = NULL;
	enum rc rc = integration_check(t, i, &field);

	if (rc)
		return rc;
	rc = db_insert(t, &integration_insert,
		       INS(IN(i->name), IN(i->description), IN(i->strategy),
			   IN(i->assignee_id), IN(t->now), IN(t->user_id)),
		       id);
	return rc ? rc
		  : tell(t, "integration.add", *id,
			 arena_fmt(t->mem, "Connected %s", i->name));
}

static enum rc
none(struct task *t, int64_t id)
{
	return fail(t, E_NOTFOUND, "integration %lld: none", (long long)id);
}

enum rc
integration_change(struct task *t, const struct integration *i)
{
	int64_t changed = 0;
	const char *field = NULL;
	enum rc rc = integration_check(t, i, &field);

	if (!rc)
		rc = db_exec(t, &integration_update,
			     INS(IN(i->name), IN(i->description),
				 IN(i->strategy), IN(i->assignee_id),
				 IN(i->on_known), IN(i->id)),
			     &changed);
	if (!rc && !changed)
		return none(t, i->id);
	return rc ? rc
		  : tell(t, "integration.set", i->id,
			 arena_fmt(t->mem, "Changed %s: %s", i->name,
				   i->strategy));
}

enum rc
integration_get(struct task *t, int64_t id, struct integration *out)
{
	struct db_list list = { .cols = integration_cols,
				.size = sizeof(struct integration),
				.max = 1 };
	enum rc rc = db_rows(t, &integration_by_id, INS(IN(id)), &list);

	if (rc)
		return rc;
	if (list.n == 0)
		return none(t, id);
	*out = *(const struct integration *)list.rows;
	return OK;
}

/* The lock first and alone: a join would lock the assignee's row too. */
enum rc
integration_lock(struct task *t, int64_t id, struct integration *out)
{
	int64_t locked = 0;
	enum rc rc = db_one(t, &integration_take_lock, INS(IN(id)),
			    OUTS(OUT("id", &locked)));

	return rc ? rc : integration_get(t, id, out);
}

enum rc
integration_list(struct task *t, struct integration **out, size_t *n)
{
	struct db_list list = { .cols = integration_cols,
				.size = sizeof(struct integration),
				.max = LIST_MAX };
	enum rc rc = db_rows(t, &integration_all, INS(), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
integration_set_drilled(struct task *t, int64_t id, bool is)
{
	int64_t changed = 0;
	enum rc rc = db_exec(t, &integration_drill, INS(IN(is), IN(id), IN(is)),
			     &changed);

	if (rc || changed == 0)
		return rc;
	return tell(t, "integration.set", id,
		    is ? "Nightly fire drill on" : "Nightly fire drill off");
}

enum rc
integration_set_turn(struct task *t, int64_t id, int64_t user_id)
{
	return db_exec(t, &integration_turn, INS(IN(user_id), IN(id)), NULL);
}

enum rc
integration_synced(struct task *t, int64_t id)
{
	return db_exec(t, &integration_mark_synced, INS(IN(t->now), IN(id)),
		       NULL);
}

enum rc
integration_checked(struct task *t, int64_t id)
{
	return db_exec(t, &integration_mark_checked, INS(IN(t->now), IN(id)),
		       NULL);
}

enum rc
integration_due(struct task *t, struct integration_id **out, size_t *n)
{
	static const struct db_col cols[] = { COL(struct integration_id, id),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct integration_id),
				.max = 100 };
	enum rc rc = db_rows(t, &integration_to_check,
			     INS(IN(when_add(t->now, -DAY_MS)),
				 IN(when_add(t->now, -HOUR_MS)),
				 IN(when_add(t->now, -5 * MINUTE_MS))),
			     &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
integration_delete(struct task *t, int64_t id)
{
	enum rc rc = db_exec(t, &integration_mark_deleted,
			     INS(IN(t->now), IN(id)), NULL);

	return rc ? rc
		  : tell(t, "integration.delete", id,
			 "Deleted a connection; its leads stay");
}

enum rc
integration_arrivals(struct task *t, int64_t id, struct when from,
		     struct arrivals **out, size_t *n)
{
	static const struct db_col cols[] = { COL(struct arrivals, quarter),
					      COL(struct arrivals, n),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct arrivals),
				.max = ARRIVALS_MAX };
	enum rc rc =
		db_rows(t, &integration_quarters, INS(IN(id), IN(from)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
integration_leads(struct task *t, int64_t id, int64_t *n)
{
	return db_one(t, &integration_count_leads, INS(IN(id)),
		      OUTS(OUT("n", n)));
}
