/* world_member: people and their pages. */
#include "world_member.h"

STATEMENT(sim_member_add, "INSERT INTO sim_member (id, name) VALUES (?, ?)"
			  " ON DUPLICATE KEY UPDATE name = VALUES(name)");

enum rc
world_add_member(struct task *t, const char *id, const char *name)
{
	return db_exec(t, &sim_member_add, INS(IN(id), IN(name)), NULL);
}

STATEMENT(sim_business_add, "INSERT INTO sim_business (id, name) VALUES (?, ?)"
			    " ON DUPLICATE KEY UPDATE name = VALUES(name)");

enum rc
world_add_business(struct task *t, const char *id, const char *name)
{
	return db_exec(t, &sim_business_add, INS(IN(id), IN(name)), NULL);
}

static const struct db_col member_cols[] = { COL(struct sim_member, id),
					     COL(struct sim_member, name),
					     { 0 } };
STATEMENT(sim_member_list,
	  "SELECT id, name FROM sim_member ORDER BY id LIMIT 100");

enum rc
world_members(struct task *t, struct sim_member **out, size_t *n)
{
	struct db_list list = { .cols = member_cols,
				.size = sizeof(**out),
				.max = MEMBERS };
	enum rc rc = db_rows(t, &sim_member_list, INS(), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

STATEMENT(sim_member_read, "SELECT id, name FROM sim_member WHERE id = ?");

enum rc
world_member(struct task *t, const char *id, struct sim_member *out)
{
	return db_one(t, &sim_member_read, INS(IN(id)),
		      OUTS(OUT("id", &out->id), OUT("name", &out->name)));
}

/* ---- pages ------------------------------------------------------------------- */

STATEMENT(sim_role_add,
	  "INSERT INTO sim_role (member_id, page_id, position, tasks,"
	  " business_id, edge) VALUES (?, ?, ?, ?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE position = VALUES(position)");

enum rc
world_add_role(struct task *t, const char *member_id, const struct sim_role *r)
{
	return db_exec(t, &sim_role_add,
		       INS(IN(member_id), IN(r->page_id), IN(r->position),
			   IN(r->tasks), IN(r->business_id), IN(r->edge)),
		       NULL);
}

static const struct db_col role_cols[] = {
	COL(struct sim_role, position), COL(struct sim_role, page_id),
	COL(struct sim_role, tasks),	COL(struct sim_role, business_id),
	COL(struct sim_role, edge),	COL(struct sim_role, name),
	COL(struct sim_role, category), COL(struct sim_role, portfolio),
	COL(struct sim_role, ticked),	{ 0 },
};

STATEMENT(sim_role_list,
	  "SELECT r.position, r.page_id, r.tasks, r.business_id, r.edge,"
	  " p.name, p.category, b.name AS portfolio,"
	  " k.page_id IS NOT NULL AS ticked"
	  " FROM sim_role r JOIN sim_page p ON p.id = r.page_id"
	  " LEFT JOIN sim_business b ON b.id = r.business_id"
	  " LEFT JOIN sim_ticked k ON k.member_id = r.member_id"
	  " AND k.page_id = r.page_id"
	  " WHERE r.member_id = ? ORDER BY r.position LIMIT 1000");
/* Switch person_pages: the first pages of the world instead. */
STATEMENT(sim_role_many,
	  "SELECT p.number AS position, p.id AS page_id, p.tasks,"
	  " NULL AS business_id, NULL AS edge, p.name, p.category,"
	  " NULL AS portfolio, k.page_id IS NOT NULL AS ticked"
	  " FROM sim_page p LEFT JOIN sim_ticked k ON k.member_id = ?"
	  " AND k.page_id = p.id"
	  " WHERE p.number <= ? ORDER BY p.number LIMIT 1000");

enum rc
world_roles(struct task *t, const struct switches *sw, const char *member_id,
	    struct sim_role **out, size_t *n)
{
	struct db_list list = { .cols = role_cols,
				.size = sizeof(**out),
				.max = ROLES };
	enum rc rc;

	if (sw->person_pages == 0) {
		rc = db_rows(t, &sim_role_list, INS(IN(member_id)), &list);
	} else {
		rc = world_fill_pages(t, sw->person_pages);
		if (!rc)
			rc = db_rows(t, &sim_role_many,
				     INS(IN(member_id), IN(sw->person_pages)),
				     &list);
	}
	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
world_role(struct task *t, const struct switches *sw, const char *member_id,
	   const char *page_id, struct sim_role **out)
{
	struct sim_role *all = NULL;
	size_t n = 0;
	enum rc rc = world_roles(t, sw, member_id, &all, &n);

	*out = NULL;
	for (size_t i = 0; i < n && !*out; i++)
		if (strcmp(all[i].page_id, page_id) == 0)
			*out = &all[i];
	return rc;
}

bool
world_role_acts(const struct sim_role *r)
{
	static const char *const tasks[] = { "MANAGE",	     "CREATE_CONTENT",
					     "MODERATE",     "ADVERTISE",
					     "MANAGE_LEADS", "FULL_CONTROL" };

	for (size_t i = 0; i < COUNT(tasks); i++)
		if (text_has(text_of(r->tasks), tasks[i]))
			return true;
	return false;
}
