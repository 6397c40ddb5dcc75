/* savedview: kept filters. */
#include "crm/savedview.h"

#include "db/db.h"

STATEMENT(savedview_select, "SELECT id, name, query FROM saved_view"
			    " WHERE user_id = ? ORDER BY name LIMIT 50");
STATEMENT(savedview_insert,
	  "INSERT INTO saved_view (user_id, name, query, created_at)"
	  " VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE query = VALUES(query)");
STATEMENT(savedview_delete,
	  "DELETE FROM saved_view WHERE user_id = ? AND id = ?");

static const struct db_col savedview_cols[] = {
	COL(struct savedview, id),
	COL(struct savedview, name),
	COL(struct savedview, query),
	{ 0 },
};

enum rc
savedview_list(struct task *t, int64_t user_id, struct savedview **out,
	       size_t *n)
{
	struct db_list list = { .cols = savedview_cols,
				.size = sizeof(struct savedview),
				.max = SAVEDVIEW_MAX };
	enum rc rc = db_rows(t, &savedview_select, INS(IN(user_id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
savedview_put(struct task *t, int64_t user_id, const char *name,
	      const char *query)
{
	struct savedview *all = NULL;
	size_t n = 0;
	bool known = false;
	enum rc rc = savedview_list(t, user_id, &all, &n);

	for (size_t i = 0; !rc && i < n; i++)
		known = known || !strcmp(all[i].name, name);
	if (!rc && n == SAVEDVIEW_MAX && !known)
		return fail(t, E_CONFLICT, "%d saved views", SAVEDVIEW_MAX);
	return rc ? rc
		  : db_exec(t, &savedview_insert,
			    INS(IN(user_id), IN(name), IN(query), IN(t->now)),
			    NULL);
}

enum rc
savedview_remove(struct task *t, int64_t user_id, int64_t id)
{
	return db_exec(t, &savedview_delete, INS(IN(user_id), IN(id)), NULL);
}
