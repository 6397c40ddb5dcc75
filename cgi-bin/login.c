/* login.c: in with e-mail and password (GET and POST /login). */
#include "base/crypt.h"
#include "web/app.h"
#include "web/session.h"

struct door_in {	/* what brings people here */
	const char *to; /* where they wanted to go */
	bool ended, out;
};
struct login_in {
	const char *email, *password, *to;
};
struct login_view {
	const char *email, *to, *notice, *problem;
};

static const struct form_field door_form[] = {
	FORM_TEXT(struct door_in, to, 0, 2000),
	FORM_FLAG(struct door_in, ended),
	FORM_FLAG(struct door_in, out),
	{ 0 },
};
static const struct form_field login_form[] = {
	FORM_TEXT(struct login_in, email, 1, 254),
	FORM_SECRET(struct login_in, password, 1, 200),
	FORM_TEXT(struct login_in, to, 0, 2000),
	{ 0 },
};
static const struct tmpl_field login_fields[] = {
	FIELD(struct login_view, email),
	FIELD(struct login_view, to),
	FIELD(struct login_view, notice),
	FIELD(struct login_view, problem),
	{ 0 },
};

static struct url
destination(struct req *r, const char *to)
{
	struct url wanted = url_return(r->t.mem, r->page.root, to);

	return wanted.safe ? wanted
			   : url_page(r->t.mem, r->page.root, "/leads");
}

static enum rc
door(struct req *r, const void *form)
{
	const struct door_in *in = form;
	struct login_view v = { .to = in->to };

	if (r->user)
		return reply_see_other(r, destination(r, in->to));
	if (in->out)
		v.notice = "You are logged out.";
	else if (in->ended)
		v.notice = "Your session has ended. Log in to go on.";
	r->page.title = "Log in";
	return reply_page(r, &v);
}

static enum rc
show_again(struct req *r, const struct login_in *in, int status,
	   const char *problem)
{
	struct login_view v = { .email = in->email,
				.to = in->to,
				.problem = problem };

	r->page.title = "Log in";
	return reply_page_status(r, status, &v);
}

/* An unknown address, or one that has only been invited, costs the same work as
 * a wrong password, so that the time tells nothing. */
static bool
right_for_nobody(struct req *r, struct text password)
{
	(void)password_hash(r->t.mem, password);
	return false;
}

/* E_NOTFOUND for a wrong pair, whichever half is wrong. */
static enum rc
check(struct req *r, const struct login_in *in, struct user *u)
{
	enum rc rc = user_by_email(&r->t, in->email, u);
	struct text password = text_of(in->password);
	bool known = rc == OK, right;

	if (rc == E_NOTFOUND)
		task_forgive(&r->t);
	else if (rc)
		return rc;
	known = known && u->password_hash[0];
	right = known ? password_ok(u->password_hash, password)
		      : right_for_nobody(r, password);
	return known && right && u->is_active ? OK : E_NOTFOUND;
}

static enum rc
enter(struct req *r, const struct login_in *in, const struct user *u)
{
	const char *token = NULL;
	enum rc rc = session_login_tried(&r->t, in->email, r->address, true);

	if (!rc && password_stale(u->password_hash))
		rc = user_set_password(&r->t, u->id, text_of(in->password));
	/* The browser keeps one cookie: what it had would be nobody's. */
	if (!rc && r->session_id)
		rc = session_end(&r->t, r->session_id);
	if (!rc)
		rc = session_begin(&r->t, u->id, r->address,
				   req_header(r, "User-Agent"), &token);
	if (rc)
		return rc;
	reply_cookie(r, token);
	return reply_see_other(r, destination(r, in->to));
}

static enum rc
log_in(struct req *r, const void *form)
{
	const struct login_in *in = form;
	struct when until = { 0 };
	struct user u;
	enum rc rc;

	if (r->faults.n > 0)
		return show_again(r, in, 422, "Enter e-mail and password.");
	rc = session_login_wait(&r->t, in->email, r->address, &until);
	if (rc)
		return rc;
	if (until.ms)
		return show_again(
			r, in, 429,
			arena_fmt(r->t.mem, "Too many tries. Go on at %s.",
				  when_minute(r->t.mem, until, req_zone(r))));
	rc = check(r, in, &u);
	if (!rc)
		return enter(r, in, &u);
	if (rc != E_NOTFOUND)
		return rc;
	rc = session_login_tried(&r->t, in->email, r->address, false);
	if (rc)
		return rc;
	return show_again(r, in, 401, "E-mail or password is not right.");
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/login",
	  .perm = PERM_PUBLIC,
	  .form = door_form,
	  .form_size = sizeof(struct door_in),
	  .handle = door,
	  .page = "login.html",
	  .fields = login_fields },
	{ .method = POST,
	  .path = "/login",
	  .perm = PERM_PUBLIC,
	  .form = login_form,
	  .form_size = sizeof(struct login_in),
	  .handle = log_in,
	  .page = "login.html",
	  .fields = login_fields,
	  .faults_to_handler = true },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
