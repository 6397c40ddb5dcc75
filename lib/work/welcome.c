/* welcome: letters with a link that sets a password. */
#include "work/welcome.h"

#include "base/conf.h"
#include "crm/audit.h"
#include "crm/onetime.h"
#include "db/db.h"
#include "work/notify.h"

enum { RESETS_AN_HOUR = 3 };

STATEMENT(welcome_resets, "SELECT COUNT(*) AS n FROM mail WHERE user_id = ?"
			  " AND link = 'reset' AND created_at > ?");

enum rc
welcome_invite(struct task *t, const struct user *u)
{
	const char *site = t->conf->site.base_url;

	return notify_letter(
		t,
		&(struct notice){
			.address = u->email,
			.subject = "Your account in Leadport",
			.body = arena_fmt(
				t->mem,
				"%s,\n\nyou have an account at %s. Choose your "
				"password here:\n" NOTIFY_LINK
				"\n\nThe link works once, within 7 days.\n",
				u->name, site),
			.user_id = u->id,
			.link = ONETIME_INVITE,
		},
		NULL);
}

static enum rc
write_reset(struct task *t, const struct user *u)
{
	return notify_letter(
		t,
		&(struct notice){
			.address = u->email,
			.subject = "Reset your password",
			.body = arena_fmt(
				t->mem,
				"%s,\n\nsomebody asked for a new password of "
				"your account at %s. Choose it "
				"here:\n" NOTIFY_LINK
				"\n\nThe link works once, within 30 minutes. "
				"Was it not you? Then do nothing: your "
				"password "
				"stays as it is.\n",
				u->name, t->conf->site.base_url),
			.user_id = u->id,
			.link = ONETIME_RESET,
		},
		NULL);
}

enum rc
welcome_reset(struct task *t, const char *email)
{
	struct user u;
	int64_t n = 0;
	enum rc rc = user_by_email(t, email, &u);

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return OK;
	}
	if (!rc)
		rc = db_one(t, &welcome_resets,
			    INS(IN(u.id), IN(when_add(t->now, -HOUR_MS))),
			    OUTS(OUT("n", &n)));
	if (rc || !u.is_active || n >= RESETS_AN_HOUR)
		return rc;
	return write_reset(t, &u);
}

enum rc
welcome_link(struct task *t, const struct user *u, const char **url)
{
	const char *purpose =
		u->password_hash[0] ? ONETIME_RESET : ONETIME_INVITE;
	const char *token = NULL;
	enum rc rc = onetime_make(t, purpose, u->id, &token);

	if (!rc)
		rc = audit_add(t, "user.link",
			       arena_fmt(t->mem, "user %lld", (long long)u->id),
			       arena_fmt(t->mem,
					 "Made a link that sets %s's password",
					 u->email));
	if (!rc)
		*url = onetime_url(t, token);
	return rc;
}
