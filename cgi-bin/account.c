/* account.c: what people choose for themselves: looks, letters, password; and
 * where they are logged in. */
#include "base/crypt.h"
#include "crm/audit.h"
#include "web/app.h"
#include "web/browser.h"
#include "web/option.h"
#include "web/session.h"

struct own_in {
	const char *name, *zone, *theme, *lead_mail;
};
struct password_in {
	const char *old, *password;
};
struct end_in {
	int64_t id;
};
struct account_view {
	const char *name, *email, *own_name, *name_fault, *zone, *zone_fault;
	const char *old_fault, *password_fault;
	bool is_told; /* letters about connections go to Admins */
	struct option_view *themes, *mails;
	size_t n_themes, n_mails;
	struct browser_view *browsers;
	size_t n_browsers;
	bool has_others;
};

static const char *const themes[] = { "device", "light", "dark", NULL };
static const char *const theme_titles[] = { "As the device", "Light", "Dark" };
static const char *const mails[] = { "at_once", "digest", "off", NULL };
static const char *const mail_titles[] = { "At once", "Once an hour", "Never" };

static const struct form_field own_form[] = {
	FORM_TEXT(struct own_in, name, 0, 120),
	FORM_TEXT(struct own_in, zone, 0, 64),
	FORM_CHOICE(struct own_in, theme, themes),
	FORM_CHOICE(struct own_in, lead_mail, mails),
	{ 0 },
};
static const struct form_field password_form[] = {
	FORM_SECRET(struct password_in, old, 0, 200),
	FORM_SECRET(struct password_in, password, 0, 200),
	{ 0 },
};
static const struct form_field end_form[] = {
	FORM_INT(struct end_in, id, 1, INT64_MAX),
	{ 0 },
};
static const struct tmpl_field fields[] = {
	FIELD(struct account_view, name),
	FIELD(struct account_view, email),
	FIELD(struct account_view, own_name),
	FIELD(struct account_view, name_fault),
	FIELD(struct account_view, zone),
	FIELD(struct account_view, zone_fault),
	FIELD(struct account_view, old_fault),
	FIELD(struct account_view, password_fault),
	FIELD(struct account_view, is_told),
	LIST(struct account_view, themes, n_themes, option_fields),
	LIST(struct account_view, mails, n_mails, option_fields),
	LIST(struct account_view, browsers, n_browsers, browser_fields),
	FIELD(struct account_view, has_others),
	{ 0 },
};

static struct option_view *
options(struct req *r, const char *const *values, const char *const *titles,
	const char *chosen, size_t *n)
{
	enum { MOST = 3 };
	struct option_view *all = NEW_ARRAY(r->t.mem, struct option_view, MOST);

	*n = 0;
	while (*n < MOST && values[*n])
		option_add(all, n, values[*n], titles[*n], chosen);
	return all;
}

static enum rc
show(struct req *r, int status, const struct own_in *own,
     struct account_view *v)
{
	enum rc rc;

	v->name = r->user->name;
	v->email = r->user->email;
	v->own_name = own->name;
	v->zone = own->zone;
	v->is_told = req_may(r, PERM_ADMIN);
	v->themes = options(r, themes, theme_titles, own->theme, &v->n_themes);
	v->mails = options(r, mails, mail_titles, own->lead_mail, &v->n_mails);
	v->name_fault = form_fault_of(&r->faults, "name");
	v->zone_fault = form_fault_of(&r->faults, "zone");
	v->old_fault = form_fault_of(&r->faults, "old");
	v->password_fault = form_fault_of(&r->faults, "password");
	r->page.title = "Account";
	rc = browsers_of(r, r->user->id, &v->browsers, &v->n_browsers);
	v->has_others = v->n_browsers > 1;
	return rc ? rc : reply_page_status(r, status, v);
}

static struct own_in
stored(const struct req *r)
{
	return (struct own_in){
		.name = r->user->name,
		.zone = r->user->time_zone,
		.theme = r->user->theme[0] ? r->user->theme : themes[0],
		.lead_mail = r->user->lead_mail,
	};
}

static enum rc
account(struct req *r, const void *form)
{
	struct account_view v = { 0 };
	struct own_in own = stored(r);

	(void)form;
	return show(r, 200, &own, &v);
}

static enum rc
saved(struct req *r, const char *words)
{
	enum rc rc = session_flash(&r->t, r->session_id, words, false);

	return rc ? rc
		  : reply_see_other(
			    r, url_page(r->t.mem, r->page.root, "/account"));
}

static enum rc
save_own(struct req *r, const void *form)
{
	const struct own_in *in = form;
	bool device = text_is(text_of(in->theme), themes[0]);
	struct user u = { .id = r->user->id,
			  .name = in->name,
			  .time_zone = in->zone,
			  .theme = device ? "" : in->theme,
			  .lead_mail = in->lead_mail };
	struct account_view v = { 0 };
	enum rc rc;

	if (!in->name[0]) {
		form_fault(&r->faults, "name", "Enter a name.");
		return show(r, 422, in, &v);
	}
	rc = user_set_own(&r->t, &u);
	if (rc == E_INPUT) {
		form_fault(&r->faults, "zone",
			   arena_str(r->t.mem, text_of(r->t.why)));
		task_forgive(&r->t);
		return show(r, 422, in, &v);
	}
	return rc ? rc : saved(r, "Changes saved.");
}

/* Whoever sits at an open browser must not lock its person out; wrong tries are
 * slowed down like logins. */
static enum rc
check_old(struct req *r, const struct password_in *in)
{
	struct when until = { 0 };
	enum rc rc =
		session_login_wait(&r->t, r->user->email, r->address, &until);
	bool ok;

	if (rc)
		return rc;
	if (until.ms) {
		form_fault(
			&r->faults, "old",
			arena_fmt(r->t.mem, "Too many tries. Go on at %s.",
				  when_minute(r->t.mem, until, req_zone(r))));
		return OK;
	}
	ok = password_ok(r->user->password_hash, text_of(in->old));
	if (!ok)
		form_fault(&r->faults, "old",
			   "This is not the password you log in with.");
	return session_login_tried(&r->t, r->user->email, r->address, ok);
}

static enum rc
save_password(struct req *r, const void *form)
{
	const struct password_in *in = form;
	const char *fault = password_fault(text_of(in->password));
	struct account_view v = { 0 };
	struct own_in own = stored(r);
	enum rc rc = check_old(r, in);

	if (rc)
		return rc;
	if (fault)
		form_fault(&r->faults, "password", fault);
	if (r->faults.n > 0)
		return show(r, 422, &own, &v);
	rc = user_set_password(&r->t, r->user->id, text_of(in->password));
	if (!rc)
		rc = session_end_others(&r->t, r->user->id, r->session_id);
	if (!rc)
		rc = audit_add(&r->t, "user.password",
			       arena_fmt(r->t.mem, "user %lld",
					 (long long)r->user->id),
			       "Changed the own password");
	return rc ? rc
		  : saved(r, "Password changed. Other browsers are logged "
			     "out.");
}

static enum rc
end_one(struct req *r, const void *form)
{
	const struct end_in *in = form;
	enum rc rc;

	if (in->id == r->session_id)
		return fail(&r->t, E_INPUT,
			    "This browser is ended by Log out.");
	rc = session_end_own(&r->t, r->user->id, in->id);
	return rc ? rc : saved(r, "That browser is logged out.");
}

static enum rc
end_others(struct req *r, const void *form)
{
	enum rc rc = session_end_others(&r->t, r->user->id, r->session_id);

	(void)form;
	return rc ? rc : saved(r, "All other browsers are logged out.");
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/account",
	  .perm = PERM_USER,
	  .handle = account,
	  .page = "account.html",
	  .fields = fields },
	{ .method = POST,
	  .path = "/account/own",
	  .perm = PERM_USER,
	  .form = own_form,
	  .form_size = sizeof(struct own_in),
	  .handle = save_own,
	  .page = "account.html",
	  .fields = fields },
	{ .method = POST,
	  .path = "/account/password",
	  .perm = PERM_USER,
	  .form = password_form,
	  .form_size = sizeof(struct password_in),
	  .handle = save_password,
	  .page = "account.html",
	  .fields = fields },
	{ .method = POST,
	  .path = "/account/end",
	  .perm = PERM_USER,
	  .form = end_form,
	  .form_size = sizeof(struct end_in),
	  .handle = end_one },
	{ .method = POST,
	  .path = "/account/end-others",
	  .perm = PERM_USER,
	  .handle = end_others },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
