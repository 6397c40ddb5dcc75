/* guard: who is asking, and may they? */
#include "base/log.h"
#include "base/crypt.h"
#include "web/app_private.h"
#include "web/session.h"
#include "web/way.h"

#define VISITOR "v."

static bool
is_visitor(const struct req *r)
{
	return !r->token || text_starts(text_of(r->token), VISITOR);
}

bool
role_has(enum role role, bool manages_leads, enum perm perm)
{
	switch (perm) {
	case PERM_PUBLIC:
	case PERM_RAW:
		return true;
	case PERM_USER:
		return role >= ROLE_MEMBER;
	case PERM_LEADS:
		return role >= ROLE_MODERATOR ||
		       (role == ROLE_MEMBER && manages_leads);
	case PERM_CARDS:
		return role >= ROLE_MODERATOR;
	case PERM_ADMIN:
		return role >= ROLE_ADMIN;
	case PERM_SUPERADMIN:
		return role == ROLE_SUPERADMIN;
	case PERM_MISSING:
		break;
	}
	return false;
}

bool
req_may(const struct req *r, enum perm perm)
{
	if (!r->user)
		return perm == PERM_PUBLIC;
	return role_has(r->user->role, r->user->manages_leads, perm);
}

const char *
req_zone(const struct req *r)
{
	if (r->user && r->user->time_zone[0])
		return r->user->time_zone;
	return r->t.conf->site.time_zone;
}

static void
fill_globals(struct req *r)
{
	r->page.user_name = r->user->name;
	r->page.user_role = role_title(r->user->role);
	r->page.theme = r->user->theme;
	r->page.may_moderate = req_may(r, PERM_CARDS);
	r->page.is_admin = req_may(r, PERM_ADMIN);
	r->page.is_superadmin = req_may(r, PERM_SUPERADMIN);
	r->page.home = url_page(r->t.mem, r->page.root, "/leads");
}

/* Words kept for the next page are shown by a whole page only. */
static enum rc
take_flash(struct req *r, const struct session *s)
{
	if (!s->flash || r->is_fragment || r->method != GET)
		return OK;
	if (s->flash_is_error)
		r->page.flash_err = s->flash;
	else
		r->page.flash_ok = s->flash;
	return session_flash(&r->t, s->id, NULL, false);
}

static enum rc
find_session(struct req *r)
{
	struct session *s = NEW(r->t.mem, struct session);
	enum rc rc;

	if (is_visitor(r))
		return OK;
	rc = session_find(&r->t, r->token, s);
	if (rc == E_NOTFOUND) {
		task_forgive(&r->t);
		return OK;
	}
	if (rc)
		return rc;
	r->user = &s->user;
	r->session_id = s->id;
	r->t.user_id = s->user.id;
	fill_globals(r);
	rc = take_flash(r, s);
	if (!rc && r->page.is_admin && r->method == GET && !r->is_fragment)
		rc = way_banner(r);
	return rc;
}

/* Every form needs a csrf value, and that needs a cookie first.  A visitor's
 * token is marked, so that an ended session can be told from none. */
static void
give_token(struct req *r)
{
	if (!r->token && r->method == GET && !r->is_fragment) {
		r->token = arena_fmt(r->t.mem, VISITOR "%s",
				     crypt_token(r->t.mem));
		reply_cookie(r, r->token);
	}
	r->page.csrf = r->token ? session_csrf(&r->t, r->token) : "";
}

/* To the login page, and from there back to where they wanted to go. */
static enum rc
send_to_login(struct req *r, bool had_session)
{
	struct url to = url_page(r->t.mem, r->page.root, "/login");

	if (r->method == GET && !r->is_fragment)
		to = url_with(r->t.mem, to, "to",
			      arena_fmt(r->t.mem, "%s%s%.*s", r->path,
					r->query.len ? "?" : "",
					TEXT_ARG(r->query)));
	if (had_session)
		to = url_with(r->t.mem, to, "ended", "1");
	return reply_see_other(r, to);
}

enum rc
guard_enter(struct req *r)
{
	bool had_session = !is_visitor(r);
	enum rc rc;

	if (r->route->perm == PERM_RAW)
		return OK;
	rc = find_session(r);
	if (rc)
		return rc;
	give_token(r);
	if (req_may(r, r->route->perm))
		return OK;
	if (!r->user)
		return send_to_login(r, had_session);
	return fail(&r->t, E_DENIED, "%s lacks the right",
		    role_name(r->user->role));
}

enum rc
guard_csrf(struct req *r, const char *csrf)
{
	if (r->token && csrf &&
	    crypt_same_text(text_of(csrf),
			    text_of(session_csrf(&r->t, r->token))))
		return OK;
	r->reply->words = "This page was open too long, or cookies are "
			  "switched off. Go back, reload it and try again.";
	return fail(&r->t, E_DENIED, "csrf value %s",
		    csrf ? "wrong" : "missing");
}
