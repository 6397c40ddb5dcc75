/* assign: the three strategies. */
#include "crm/assign.h"

#include "crm/integration.h"
#include "db/db.h"

enum { POOL_MAX = 1000 };

struct member {
	int64_t id;
	const char *name;
	bool is_active, manages_leads;
};

/* Everyone who has or had a turn by right: whoever lost a right is listed
 * with the reason of being skipped. */
STATEMENT(assign_pool, "SELECT id, name, is_active, manages_leads FROM app_user"
		       " WHERE manages_leads ORDER BY id LIMIT 1000");
STATEMENT(assign_member,
	  "SELECT id, name, is_active, manages_leads FROM app_user"
	  " WHERE id = ?");

STATEMENT(assign_pool_counts,
	  "SELECT u.id AS user_id, u.name,"
	  " IF(u.is_active, '', 'Not active') AS skipped,"
	  " COALESCE(c.n, 0) AS n_leads FROM app_user u"
	  " LEFT JOIN (SELECT l.assignee_id, COUNT(*) AS n FROM submission s"
	  " JOIN `lead` l ON l.id = s.lead_id WHERE s.integration_id = ?"
	  " AND s.imported_at >= ? GROUP BY l.assignee_id) c"
	  " ON c.assignee_id = u.id WHERE u.manages_leads"
	  " ORDER BY u.id <= ?, u.id LIMIT 1000");
STATEMENT(assign_pool_eligible, "SELECT COUNT(*) AS n FROM app_user"
				" WHERE manages_leads AND is_active");

static const struct db_col member_cols[] = {
	COL(struct member, id),
	COL(struct member, name),
	COL(struct member, is_active),
	COL(struct member, manages_leads),
	{ 0 },
};

static bool
eligible(const struct member *m)
{
	return m->is_active && m->manages_leads;
}

static const char *
lacks(const struct member *m)
{
	return m->is_active ? "no Lead Management" : "not active";
}

static enum rc
find_member(struct task *t, int64_t id, struct member **out)
{
	struct db_list list = { .cols = member_cols,
				.size = sizeof(struct member),
				.max = 1 };
	enum rc rc = db_rows(t, &assign_member, INS(IN(id)), &list);

	if (!rc)
		*out = list.n ? list.rows : NULL;
	return rc;
}

static void
give(struct task *t, struct assignment *a, const struct member *m,
     const char *how)
{
	a->user_id = m->id;
	a->user_name = m->name;
	a->nobody_why = "";
	a->words = arena_fmt(t->mem, "Assigned to %s %s", m->name, how);
}

static enum rc
to_one(struct task *t, const struct integration *i, struct assignment *a)
{
	struct member *m = NULL;
	enum rc rc = find_member(t, i->assignee_id, &m);

	if (rc)
		return rc;
	if (m && eligible(m)) {
		give(t, a, m, "by Assign to Specific User");
		why_add(t, &a->why, "ok", "%s gets every lead of %s.", m->name,
			i->name);
	} else if (m) {
		why_add(t, &a->why, "pause",
			"%s should get every lead of %s, but: %s.", m->name,
			i->name, lacks(m));
	}
	return OK;
}

/* The first eligible one behind the pointer, round the end of the list. */
static const struct member *
next_turn(struct task *t, const struct member *pool, size_t n, int64_t last,
	  struct assignment *a)
{
	size_t start = 0;

	while (start < n && pool[start].id <= last)
		start++;
	for (size_t i = 0; i < n; i++) {
		const struct member *m = &pool[(start + i) % n];

		if (eligible(m))
			return m;
		why_add(t, &a->why, "skip", "%s was skipped: %s.", m->name,
			lacks(m));
	}
	return NULL;
}

static enum rc
round_robin(struct task *t, const struct integration *i, struct assignment *a)
{
	struct db_list list = { .cols = member_cols,
				.size = sizeof(struct member),
				.max = POOL_MAX };
	enum rc rc = db_rows(t, &assign_pool, INS(), &list);
	const struct member *m;

	if (rc)
		return rc;
	m = next_turn(t, list.rows, list.n, i->last_turn_id, a);
	if (!m) {
		why_add(t, &a->why, "pause",
			"Round Robin found no active person with Lead "
			"Management.");
		return OK;
	}
	give(t, a, m, "by Round Robin");
	why_add(t, &a->why, "ok",
		"It was the turn of %s, one of %zu with "
		"Lead Management.",
		m->name, list.n);
	return integration_set_turn(t, i->id, m->id);
}

/* Does the lead stay with whoever has it? */
static enum rc
keep_holder(struct task *t, int64_t holder_id, struct assignment *a)
{
	struct member *m = NULL;
	enum rc rc = holder_id ? find_member(t, holder_id, &m) : OK;

	if (rc || !m)
		return rc;
	if (eligible(m)) {
		give(t, a, m, "");
		a->words = arena_fmt(t->mem, "Stays with %s", m->name);
		why_add(t, &a->why, "ok",
			"The lead already belonged to %s, so it stays there.",
			m->name);
	} else {
		why_add(t, &a->why, "pause",
			"The lead belonged to %s, who was skipped: %s.",
			m->name, lacks(m));
	}
	return OK;
}

static enum rc
by_strategy(struct task *t, const struct integration *i, struct assignment *a)
{
	struct text strategy = text_of(i->strategy);

	a->nobody_why = "target";
	if (text_is(strategy, "user"))
		return to_one(t, i, a);
	a->nobody_why = "pool";
	if (text_is(strategy, "round_robin"))
		return round_robin(t, i, a);
	a->nobody_why = "strategy";
	why_add(t, &a->why, "skip", "The strategy of %s is Unassigned.",
		i->name);
	return OK;
}

enum rc
assign_choose(struct task *t, int64_t integration_id, int64_t holder_id,
	      struct assignment *out)
{
	struct assignment a = { .user_name = "",
				.words = "Left unassigned",
				.nobody_why = "" };
	struct integration i;
	enum rc rc = integration_lock(t, integration_id, &i);

	if (!rc)
		rc = keep_holder(t, holder_id, &a);
	if (!rc && !a.user_id)
		rc = by_strategy(t, &i, &a);
	if (!rc)
		*out = a;
	return rc;
}

enum rc
assign_nobody(struct task *t, int64_t holder_id, const char *words,
	      struct assignment *out)
{
	struct member *m = NULL;
	enum rc rc = holder_id ? find_member(t, holder_id, &m) : OK;

	if (rc)
		return rc;
	*out = (struct assignment){ .user_name = "",
				    .words = "Left unassigned",
				    .nobody_why = "strategy" };
	why_add(t, &out->why, "skip", "%s", words);
	if (m) {
		give(t, out, m, "");
		out->words = arena_fmt(t->mem, "Stays with %s", m->name);
	}
	return OK;
}

enum rc
assign_turns(struct task *t, int64_t integration_id, int64_t last_turn_id,
	     struct when from, struct turn **out, size_t *n)
{
	static const struct db_col cols[] = { COL(struct turn, user_id),
					      COL(struct turn, name),
					      COL(struct turn, skipped),
					      COL(struct turn, n_leads),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct turn),
				.max = POOL_MAX };
	enum rc rc = db_rows(
		t, &assign_pool_counts,
		INS(IN(integration_id), IN(from), IN(last_turn_id)), &list);
	struct turn *all = list.rows;
	size_t i = 0;

	if (rc)
		return rc;
	while (i < list.n && all[i].skipped[0])
		i++;
	if (i < list.n)
		all[i].is_next = true;
	*out = all;
	*n = list.n;
	return OK;
}

enum rc
assign_pool_size(struct task *t, int64_t *n)
{
	return db_one(t, &assign_pool_eligible, INS(), OUTS(OUT("n", n)));
}
