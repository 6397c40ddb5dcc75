/* staff: lists of accounts, and the rules of who changes whom. */
#include "crm/staff.h"

#include "db/db.h"

STATEMENT(staff_ids,
	  "SELECT id, password_hash = '' AS is_invited, seen_at,"
	  " COUNT(*) OVER () AS total FROM app_user"
	  " WHERE ? = '' OR role = ? ORDER BY name, id LIMIT ? OFFSET ?");
STATEMENT(staff_one, "SELECT id, password_hash = '' AS is_invited, seen_at,"
		     " 1 AS total FROM app_user WHERE id = ?");
/* Each stage by itself is a stretch of the index. */
#define OPEN_OF(stage)                                                         \
	"(SELECT id FROM `lead` WHERE assignee_id = ? AND stage = '" stage     \
	"' AND deleted_at IS NULL AND merged_into IS NULL AND NOT is_test"     \
	" LIMIT 1000)"
STATEMENT(staff_leads,
	  "SELECT COUNT(*) AS n FROM (" OPEN_OF("new") " UNION ALL " OPEN_OF(
		  "contacted") " UNION ALL " OPEN_OF("qualified") ") AS open");

struct staff_row {
	int64_t id, total;
	bool is_invited;
	struct when seen_at;
};
static const struct db_col staff_cols[] = {
	COL(struct staff_row, id),
	COL(struct staff_row, total),
	COL(struct staff_row, is_invited),
	COL(struct staff_row, seen_at),
	{ 0 },
};

static enum rc
of_row(struct task *t, const struct staff_row *row, struct staff *out)
{
	out->is_invited = row->is_invited;
	out->seen_at = row->seen_at;
	return user_get(t, row->id, &out->user);
}

enum rc
staff_list(struct task *t, enum role role, int64_t skip, struct staff **out,
	   size_t *n, int64_t *total)
{
	struct db_list list = { .cols = staff_cols,
				.size = sizeof(struct staff_row),
				.max = STAFF_PAGE };
	enum rc rc = db_rows(t, &staff_ids,
			     INS(IN(role_name(role)), IN(role_name(role)),
				 IN((int64_t)STAFF_PAGE), IN(skip)),
			     &list);
	const struct staff_row *rows = list.rows;
	struct staff *all = NULL;

	if (!rc)
		all = NEW_ARRAY(t->mem, struct staff, list.n);
	for (size_t i = 0; !rc && i < list.n; i++)
		rc = of_row(t, &rows[i], &all[i]);
	if (rc)
		return rc;
	*out = all;
	*n = list.n;
	*total = list.n > 0 ? rows[0].total : 0;
	return OK;
}

enum rc
staff_get(struct task *t, int64_t id, struct staff *out)
{
	struct db_list list = { .cols = staff_cols,
				.size = sizeof(struct staff_row),
				.max = 1 };
	enum rc rc = db_rows(t, &staff_one, INS(IN(id)), &list);

	if (!rc && list.n == 0)
		return fail(t, E_NOTFOUND, "no such user");
	return rc ? rc : of_row(t, list.rows, out);
}

enum rc
staff_open_leads(struct task *t, int64_t id, int64_t *n)
{
	int64_t found = 0;
	enum rc rc = db_one(t, &staff_leads, INS(IN(id), IN(id), IN(id)),
			    OUTS(OUT("n", &found)));

	if (!rc)
		*n = found < STAFF_LEADS_MAX ? found : STAFF_LEADS_MAX;
	return rc;
}

/* ---- rules -------------------------------------------------------------------- */

static bool
same_rights(const struct user *a, const struct user *b)
{
	return a->role == b->role && a->manages_leads == b->manages_leads &&
	       a->is_active == b->is_active;
}

const char *
staff_refusal(const struct user *actor, const struct user *was,
	      const struct user *will)
{
	bool super = will->role == ROLE_SUPERADMIN ||
		     (was && was->role == ROLE_SUPERADMIN);

	if (actor->role < ROLE_ADMIN || !actor->is_active)
		return "Only an Admin or SuperAdmin may do this.";
	if (super && actor->role != ROLE_SUPERADMIN)
		return "Only a SuperAdmin makes or changes a SuperAdmin.";
	if (was && was->id == actor->id && !same_rights(was, will))
		return "Nobody changes the own role or rights. Ask another "
		       "Admin.";
	return NULL;
}

enum rc
staff_invite(struct task *t, const struct user *actor, const struct user *u,
	     int64_t *id)
{
	const char *refusal = staff_refusal(actor, NULL, u);

	if (refusal)
		return fail(t, E_DENIED, "%s", refusal);
	return user_add(t, u, (struct text){ 0 }, id);
}

struct changing {
	const struct user *actor, *will;
};

static enum rc
change(struct task *t, void *arg)
{
	const struct changing *c = arg;
	struct user actor, was;
	const char *refusal;
	enum rc rc = user_hold(t, c->actor->id, &actor);

	if (!rc)
		rc = user_hold(t, c->will->id, &was);
	if (rc)
		return rc;
	refusal = staff_refusal(&actor, &was, c->will);
	if (refusal)
		return fail(t, E_DENIED, "%s", refusal);
	return user_change(t, c->will);
}

enum rc
staff_change(struct task *t, const struct user *actor, const struct user *will)
{
	return db_tx(t, "staff_change", change,
		     &(struct changing){ actor, will });
}
