/* user: accounts, and the one-time link that makes the first. */
#include "crm/user.h"

#include "base/clock.h"
#include "base/crypt.h"
#include "crm/audit.h"
#include "crm/email.h"
#include "crm/onetime.h"
#include "db/db.h"

enum { USERS_MAX = 10000, NAME_MAX_RUNES = 120 };
#define USER_COLUMNS                                                           \
	"id, email, name, role, manages_leads, is_active, time_zone, theme,"   \
	" lead_mail, password_hash"

STATEMENT(user_by_id, "SELECT " USER_COLUMNS " FROM app_user WHERE id = ?");
STATEMENT(user_by_address,
	  "SELECT " USER_COLUMNS " FROM app_user WHERE email = ?");
STATEMENT(user_all, "SELECT " USER_COLUMNS " FROM app_user ORDER BY name, id"
		    " LIMIT 10000");
STATEMENT(user_insert,
	  "INSERT INTO app_user (email, name, role, manages_leads, is_active,"
	  " password_hash, time_zone, created_at)"
	  " VALUES (?, ?, ?, ?, TRUE, ?, ?, ?)");
STATEMENT(user_lock,
	  "SELECT " USER_COLUMNS " FROM app_user WHERE id = ? FOR UPDATE");
STATEMENT(user_update, "UPDATE app_user SET name = ?, email = ?, role = ?,"
		       " manages_leads = ?, is_active = ? WHERE id = ?");
STATEMENT(user_update_own, "UPDATE app_user SET name = ?, time_zone = ?,"
			   " theme = ?, lead_mail = ? WHERE id = ?");
STATEMENT(user_update_password,
	  "UPDATE app_user SET password_hash = ? WHERE id = ?");
STATEMENT(user_superadmins,
	  "SELECT id FROM app_user WHERE role = 'superadmin' AND is_active"
	  " AND password_hash <> '' ORDER BY id LIMIT 100 FOR UPDATE");
STATEMENT(user_update_seen, "UPDATE app_user SET seen_at = ? WHERE id = ?");

static const struct {
	enum role role;
	const char *name, *title;
} roles[] = {
	{ ROLE_MEMBER, "member", "Member" },
	{ ROLE_MODERATOR, "moderator", "Moderator" },
	{ ROLE_ADMIN, "admin", "Admin" },
	{ ROLE_SUPERADMIN, "superadmin", "SuperAdmin" },
};

bool
user_takes_leads(const struct user *u)
{
	return u->is_active && u->manages_leads;
}

const char *
role_name(enum role r)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		if (roles[i].role == r)
			return roles[i].name;
	return "";
}

const char *
role_title(enum role r)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		if (roles[i].role == r)
			return roles[i].title;
	return "";
}

enum role
role_of(const char *name)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		if (text_is(text_of(name), roles[i].name))
			return roles[i].role;
	return ROLE_NONE;
}

/* A user as the table gives it: the role still a word. */
struct user_row {
	int64_t id;
	const char *email, *name, *role, *time_zone, *theme, *lead_mail,
		*password_hash;
	bool manages_leads, is_active;
};

static const struct db_col user_cols[] = {
	COL(struct user_row, id),
	COL(struct user_row, email),
	COL(struct user_row, name),
	COL(struct user_row, role),
	COL(struct user_row, manages_leads),
	COL(struct user_row, is_active),
	COL(struct user_row, time_zone),
	COL(struct user_row, theme),
	COL(struct user_row, lead_mail),
	COL(struct user_row, password_hash),
	{ 0 },
};

static struct user
of_row(const struct user_row *row)
{
	return (struct user){
		.id = row->id,
		.email = row->email,
		.name = row->name,
		.role = role_of(row->role),
		.manages_leads = row->manages_leads,
		.is_active = row->is_active,
		.time_zone = row->time_zone,
		.theme = row->theme,
		.lead_mail = row->lead_mail,
		.password_hash = row->password_hash,
	};
}

static enum rc
find(struct task *t, struct db_stmt *q, struct db_ins in, struct user *out)
{
	struct db_list list = { .cols = user_cols,
				.size = sizeof(struct user_row),
				.max = 1 };
	enum rc rc = db_rows(t, q, in, &list);

	if (rc)
		return rc;
	if (list.n == 0)
		return fail(t, E_NOTFOUND, "no such user");
	*out = of_row(list.rows);
	return OK;
}

enum rc
user_get(struct task *t, int64_t id, struct user *out)
{
	return find(t, &user_by_id, INS(IN(id)), out);
}

bool
user_may_manage(struct task *t, int64_t id)
{
	struct user u = { 0 };

	if (id == 0)
		return true;
	if (user_get(t, id, &u) != OK) {
		task_forgive(t);
		return false;
	}
	return u.is_active && (u.manages_leads || u.role >= ROLE_MODERATOR);
}

enum rc
user_hold(struct task *t, int64_t id, struct user *out)
{
	return find(t, &user_lock, INS(IN(id)), out);
}

enum rc
user_by_email(struct task *t, const char *email, struct user *out)
{
	const char *norm = email_norm(t->mem, text_of(email));

	if (!norm)
		return fail(t, E_NOTFOUND, "no such user");
	return find(t, &user_by_address, INS(IN(norm)), out);
}

enum rc
user_list(struct task *t, struct user **out, size_t *n)
{
	struct db_list list = { .cols = user_cols,
				.size = sizeof(struct user_row),
				.max = USERS_MAX };
	enum rc rc = db_rows(t, &user_all, INS(), &list);
	const struct user_row *rows = list.rows;
	struct user *users;

	if (rc)
		return rc;
	users = NEW_ARRAY(t->mem, struct user, list.n);
	for (size_t i = 0; i < list.n; i++)
		users[i] = of_row(&rows[i]);
	*out = users;
	*n = list.n;
	return OK;
}

static enum rc
check(struct task *t, const struct user *u)
{
	struct text name = text_trim(text_of(u->name));

	if (!email_valid(text_trim(text_of(u->email))))
		return fail(t, E_INPUT, "Enter an e-mail address.");
	if (name.len == 0 || !text_is_utf8(name) ||
	    text_runes(name) > NAME_MAX_RUNES)
		return fail(t, E_INPUT, "Enter a name of 1 to %d characters.",
			    NAME_MAX_RUNES);
	if (u->role == ROLE_NONE)
		return fail(t, E_INPUT,
			    "The role is member, moderator, admin or "
			    "superadmin.");
	if (u->time_zone && u->time_zone[0] && !zone_known(u->time_zone))
		return fail(t, E_INPUT, "This time zone is not known.");
	return OK;
}

/* What somebody is from now on, for the audit. */
static enum rc
tell(struct task *t, const char *act, const struct user *u)
{
	return audit_add(
		t, act, arena_fmt(t->mem, "user %lld", (long long)u->id),
		arena_fmt(t->mem, "Made %s %s%s%s", u->email,
			  role_title(u->role),
			  u->manages_leads ? ", with Lead Management" : "",
			  u->is_active ? "" : ", not active"));
}

struct newcomer {
	struct user user;
	const char *password_hash;
};

static enum rc
insert(struct task *t, void *arg)
{
	struct newcomer *n = arg;
	struct user *u = &n->user;
	enum rc rc =
		db_insert(t, &user_insert,
			  INS(IN(u->email), IN(text_trim(text_of(u->name))),
			      IN(role_name(u->role)), IN(u->manages_leads),
			      IN(n->password_hash),
			      IN(u->time_zone ? u->time_zone : ""), IN(t->now)),
			  &u->id);

	return rc ? rc : tell(t, "user.add", u);
}

static enum rc
taken(struct task *t)
{
	task_forgive(t);
	return fail(t, E_CONFLICT, "This e-mail address has an account.");
}

enum rc
user_add(struct task *t, const struct user *u, struct text password,
	 int64_t *id)
{
	struct newcomer n = { .user = *u, .password_hash = "" };
	const char *fault = password.p ? password_fault(password) : NULL;
	enum rc rc = check(t, u);

	if (rc)
		return rc;
	if (fault)
		return fail(t, E_INPUT, "%s", fault);
	n.user.email = email_norm(t->mem, text_of(u->email));
	n.user.is_active = true;
	if (password.p)
		n.password_hash = password_hash(t->mem, password);
	rc = db_tx(t, "user_add", insert, &n);
	if (rc == E_CONFLICT)
		return taken(t);
	if (!rc)
		*id = n.user.id;
	return rc;
}

/* Locks the SuperAdmins, so that two changes cannot both take the last. */
static enum rc
keeps_superadmin(struct task *t, const struct user *u)
{
	struct db_list list = {
		.cols = (const struct db_col[]){ COL(struct user_row, id),
						 { 0 } },
		.size = sizeof(struct user_row),
		.max = 100,
	};
	enum rc rc = db_rows(t, &user_superadmins, INS(), &list);
	const struct user_row *rows = list.rows;

	if (rc)
		return rc;
	if (u->role == ROLE_SUPERADMIN && u->is_active)
		return OK;
	if (list.n == 1 && rows[0].id == u->id)
		return fail(t, E_CONFLICT,
			    "Someone has to hold the keys: "
			    "this is the last SuperAdmin.");
	return OK;
}

/* Its rights, or where its letters go. */
static bool
differs(const struct user *was, const struct user *now)
{
	return was->role != now->role ||
	       was->manages_leads != now->manages_leads ||
	       was->is_active != now->is_active ||
	       !text_eq(text_of(was->email), text_of(now->email));
}

static enum rc
change(struct task *t, void *arg)
{
	const struct user *u = arg;
	struct user was = { 0 };
	enum rc rc = keeps_superadmin(t, u);

	if (!rc)
		rc = user_hold(t, u->id, &was);
	if (rc)
		return rc;
	rc = db_exec(t, &user_update,
		     INS(IN(text_trim(text_of(u->name))), IN(u->email),
			 IN(role_name(u->role)), IN(u->manages_leads),
			 IN(u->is_active), IN(u->id)),
		     NULL);
	if (rc == E_CONFLICT)
		return taken(t);
	/* A link was meant for who that was, where that was. */
	if (!rc && differs(&was, u))
		rc = onetime_end_all(t, u->id);
	return rc ? rc : tell(t, "user.set", u);
}

enum rc
user_change(struct task *t, const struct user *u)
{
	struct user copy = *u;
	enum rc rc = check(t, u);

	if (rc)
		return rc;
	copy.email = email_norm(t->mem, text_of(u->email));
	return db_tx(t, "user_change", change, &copy);
}

enum rc
user_seen(struct task *t, int64_t id)
{
	return db_exec(t, &user_update_seen, INS(IN(t->now), IN(id)), NULL);
}

enum rc
user_set_password(struct task *t, int64_t id, struct text password)
{
	const char *fault = password_fault(password);

	if (fault)
		return fail(t, E_INPUT, "%s", fault);
	return db_exec(t, &user_update_password,
		       INS(IN(password_hash(t->mem, password)), IN(id)), NULL);
}

enum rc
user_set_own(struct task *t, const struct user *u)
{
	if (u->time_zone[0] && !zone_known(u->time_zone))
		return fail(t, E_INPUT,
			    "This time zone is not known. One is "
			    "Europe/Dublin.");
	return db_exec(t, &user_update_own,
		       INS(IN(u->name), IN(u->time_zone), IN(u->theme),
			   IN(u->lead_mail), IN(u->id)),
		       NULL);
}

/* ---- first start ------------------------------------------------------------ */

enum rc
user_any_superadmin(struct task *t, bool *out)
{
	struct db_list list = {
		.cols = (const struct db_col[]){ COL(struct user_row, id),
						 { 0 } },
		.size = sizeof(struct user_row),
		.max = 100,
	};
	enum rc rc = db_rows(t, &user_superadmins, INS(), &list);

	if (!rc)
		*out = list.n > 0;
	return rc;
}

enum rc
user_setup_link(struct task *t, const char **token)
{
	return onetime_make(t, ONETIME_SETUP, 0, token);
}

static enum rc
find_link(struct task *t, const char *token, struct onetime *link)
{
	bool any = false;
	enum rc rc = user_any_superadmin(t, &any);

	if (rc)
		return rc;
	if (any)
		return fail(t, E_CONFLICT, "there is a SuperAdmin already");
	rc = onetime_find(t, token, link);
	if (!rc && strcmp(link->purpose, ONETIME_SETUP) != 0)
		return fail(t, E_NOTFOUND, "a link for something else");
	return rc;
}

enum rc
user_setup_check(struct task *t, const char *token)
{
	struct onetime link;

	return find_link(t, token, &link);
}

enum rc
user_setup(struct task *t, const char *token, const struct user *u,
	   struct text password, int64_t *id)
{
	struct user first = *u;
	struct onetime link;
	enum rc rc = find_link(t, token, &link);

	if (rc)
		return rc;
	first.role = ROLE_SUPERADMIN;
	first.manages_leads = true;
	rc = user_add(t, &first, password, id);
	return rc ? rc : onetime_use(t, &link);
}
