/*
 * password.c: a password chosen by whoever has a one-time link (GET and POST
 * /password), and the letter that brings one (GET /password without a key,
 * POST /password/letter).
 */
#include "base/crypt.h"
#include "crm/audit.h"
#include "crm/onetime.h"
#include "net/mail.h"
#include "web/app.h"
#include "web/session.h"
#include "work/wake.h"
#include "work/welcome.h"

struct key_in {
	const char *key;
};
struct letter_in {
	const char *email;
};
struct choice_in {
	const char *key, *password;
};
struct password_view {
	bool is_choice, is_sent, has_mail;
	const char *key, *email, *problem, *fault;
	const char *who; /* whose password it is going to be */
};

static const struct form_field key_form[] = {
	FORM_TEXT(struct key_in, key, 0, 100),
	{ 0 },
};
static const struct form_field letter_form[] = {
	FORM_TEXT(struct letter_in, email, 0, 254),
	{ 0 },
};
static const struct form_field choice_form[] = {
	FORM_TEXT(struct choice_in, key, 0, 100),
	FORM_SECRET(struct choice_in, password, 0, 200),
	{ 0 },
};
static const struct tmpl_field password_fields[] = {
	FIELD(struct password_view, is_choice),
	FIELD(struct password_view, is_sent),
	FIELD(struct password_view, has_mail),
	FIELD(struct password_view, key),
	FIELD(struct password_view, email),
	FIELD(struct password_view, problem),
	FIELD(struct password_view, fault),
	FIELD(struct password_view, who),
	{ 0 },
};

/* The page of the letter, with what is wrong. */
static enum rc
show_letter(struct req *r, int status, struct password_view *v)
{
	v->has_mail = mail_is_set(&r->t);
	r->page.title = "Reset your password";
	return reply_page_status(r, status, v);
}

static enum rc
too_old(struct req *r)
{
	struct password_view v = {
		.problem = "This link was used or is too old."
	};

	task_forgive(&r->t);
	return show_letter(r, 404, &v);
}

/* The link and its person, who must be active. */
static enum rc
follow(struct req *r, const char *key, struct onetime *link, struct user *u)
{
	enum rc rc = onetime_find(&r->t, key, link);

	if (!rc && !link->user_id)
		rc = fail(&r->t, E_NOTFOUND, "a link for something else");
	if (!rc)
		rc = user_get(&r->t, link->user_id, u);
	if (!rc && !u->is_active)
		rc = fail(&r->t, E_NOTFOUND, "its person is not active");
	return rc;
}

static enum rc
show_choice(struct req *r, int status, const char *key, const char *fault,
	    const struct user *u)
{
	struct password_view v = {
		.is_choice = true, .key = key, .fault = fault, .who = u->email
	};

	r->page.title = "New password";
	return reply_page_status(r, status, &v);
}

static enum rc
open_page(struct req *r, const void *form)
{
	const struct key_in *in = form;
	struct onetime link;
	struct user u;
	enum rc rc;

	if (!in->key[0])
		return show_letter(r, 200, &(struct password_view){ 0 });
	rc = follow(r, in->key, &link, &u);
	if (rc == E_NOTFOUND)
		return too_old(r);
	return rc ? rc : show_choice(r, 200, in->key, NULL, &u);
}

/* The same answer whether the address is known or not. */
static enum rc
send_letter(struct req *r, const void *form)
{
	const struct letter_in *in = form;
	struct password_view v = { .is_sent = true };
	enum rc rc = OK;

	if (!mail_is_set(&r->t))
		return show_letter(r, 200, &(struct password_view){ 0 });
	rc = welcome_reset(&r->t, in->email);
	if (rc)
		return rc;
	wake_worker(&r->t);
	return show_letter(r, 200, &v);
}

/* Logged in at once, here and nowhere else. */
static enum rc
enter(struct req *r, const struct user *u)
{
	const char *token = NULL;
	enum rc rc = session_end_all(&r->t, u->id);

	if (!rc)
		rc = session_begin(&r->t, u->id, r->address,
				   req_header(r, "User-Agent"), &token);
	if (!rc)
		reply_cookie(r, token);
	return rc ? rc
		  : reply_see_other(r,
				    url_page(r->t.mem, r->page.root, "/leads"));
}

static enum rc
choose(struct req *r, const void *form)
{
	const struct choice_in *in = form;
	const char *fault = password_fault(text_of(in->password));
	struct onetime link;
	struct user u;
	enum rc rc = follow(r, in->key, &link, &u);

	if (rc == E_NOTFOUND)
		return too_old(r);
	if (rc)
		return rc;
	if (fault)
		return show_choice(r, 422, in->key, fault, &u);
	rc = user_set_password(&r->t, u.id, text_of(in->password));
	if (!rc)
		rc = onetime_use(&r->t, &link);
	if (!rc)
		rc = audit_add(
			&r->t, "user.password",
			arena_fmt(r->t.mem, "user %lld", (long long)u.id),
			arena_fmt(r->t.mem,
				  "The password of %s was set by a link",
				  u.email));
	return rc ? rc : enter(r, &u);
}

#define PAGE                                                                   \
	.perm = PERM_PUBLIC, .page = "password.html", .fields = password_fields
static const struct route routes[] = {
	{ .method = GET,
	  .path = "/password",
	  .form = key_form,
	  .form_size = sizeof(struct key_in),
	  .handle = open_page,
	  PAGE },
	{ .method = POST,
	  .path = "/password",
	  .form = choice_form,
	  .form_size = sizeof(struct choice_in),
	  .handle = choose,
	  PAGE },
	{ .method = POST,
	  .path = "/password/letter",
	  .form = letter_form,
	  .form_size = sizeof(struct letter_in),
	  .handle = send_letter,
	  PAGE },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
