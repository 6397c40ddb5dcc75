/* setting: named values, sealed where their name says so. */
#include "crm/setting.h"

#include "base/crypt.h"
#include "db/db.h"

enum { OLD_SECRET_HOURS = 48 };

STATEMENT(setting_select, "SELECT value, set_at FROM setting WHERE name = ?");
STATEMENT(setting_replace,
	  "INSERT INTO setting (name, value, set_at) VALUES (?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE value = VALUES(value),"
	  " set_at = VALUES(set_at)");

static bool
is_sealed(const char *name)
{
	return text_ends(text_of(name), ".sealed");
}

static const char *
place(struct task *t, const char *name)
{
	return arena_fmt(t->mem, "setting:%s", name);
}

static enum rc
read_setting(struct task *t, const char *name, const char **value,
	     struct when *set_at)
{
	const char *found = NULL;
	enum rc rc = db_one(t, &setting_select, INS(IN(name)),
			    OUTS(OUT("value", &found), OUT("set_at", set_at)));

	if (rc == E_NOTFOUND)
		task_forgive(t);
	else if (rc)
		return rc;
	if (found && is_sealed(name)) {
		found = crypt_open(t->mem, t->key, found, place(t, name));
		if (!found)
			return fail(t, E_INTERNAL,
				    "setting %s was sealed with another key",
				    name);
	}
	*value = found;
	return OK;
}

enum rc
setting_get(struct task *t, const char *name, const char **value)
{
	struct when set_at;

	return read_setting(t, name, value, &set_at);
}

enum rc
setting_old_secret(struct task *t, const char **value)
{
	struct when set_at = { 0 };
	enum rc rc = read_setting(t, SETTING_APP_SECRET_OLD, value, &set_at);

	if (!rc && when_add(set_at, OLD_SECRET_HOURS * HOUR_MS).ms < t->now.ms)
		*value = NULL;
	return rc;
}

enum rc
setting_put(struct task *t, const char *name, const char *value)
{
	const char *kept = value;

	if (is_sealed(name))
		kept = crypt_seal(t->mem, t->key, text_of(value),
				  place(t, name));
	return db_exec(t, &setting_replace, INS(IN(name), IN(kept), IN(t->now)),
		       NULL);
}
