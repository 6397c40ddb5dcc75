/*
 * user-edit.c: one person who logs in: made by invitation, changed, logged out,
 * and relieved of leads when leaving.  ID is app_user.id.
 */
#include "crm/email.h"
#include "crm/staff.h"
#include "net/mail.h"
#include "web/app.h"
#include "web/browser.h"
#include "web/option.h"
#include "web/session.h"
#include "web/view.h"
#include "work/bulk.h"
#include "work/wake.h"
#include "work/welcome.h"

struct edit_in {
	int64_t id;
	const char *name, *email, *role;
	bool manages, active;
	const char *leads; /* of whoever leaves: what becomes of them */
	int64_t to;
};
struct ask_in {
	int64_t id, session;
};
struct edit_view {
	int64_t id, person; /* the same: a browser has an id, too */
	const char *who;    /* as stored */
	const char *name, *email, *role, *role_title;
	const char *name_fault, *email_fault, *role_fault, *to_fault;
	const char *problem, *locked; /* why nothing here can be changed */
	const char *link;	      /* to copy, this once */
	bool is_new, is_own, is_invited, manages, active, has_mail,
		has_browsers;
	struct option_view *roles;
	size_t n_roles;
	struct browser_view *browsers;
	size_t n_browsers;
	/* leaving */
	const char *open; /* "48 open leads" */
	bool may_share;
	struct option_view *people;
	size_t n_people;
};

static const char *const role_names[] = { "member", "moderator", "admin",
					  "superadmin", NULL };
static const char *const lead_choices[] = { "", "keep", "give", "share", NULL };

#define PERSON                                                                 \
	FORM_TEXT(struct edit_in, name, 0, 120),                               \
		FORM_TEXT(struct edit_in, email, 0, 254),                      \
		FORM_CHOICE(struct edit_in, role, role_names),                 \
		FORM_FLAG(struct edit_in, manages)
static const struct form_field new_form[] = { PERSON, { 0 } };
static const struct form_field edit_form[] = {
	FORM_INT(struct edit_in, id, 1, INT64_MAX),
	PERSON,
	FORM_FLAG(struct edit_in, active),
	FORM_CHOICE(struct edit_in, leads, lead_choices),
	FORM_INT_OR(struct edit_in, to, 1, INT64_MAX, 0),
	{ 0 },
};
static const struct form_field open_form[] = {
	FORM_INT(struct ask_in, id, 1, INT64_MAX),
	{ 0 },
};
static const struct form_field end_form[] = {
	FORM_INT(struct ask_in, id, 1, INT64_MAX),
	FORM_INT(struct ask_in, session, 1, INT64_MAX),
	{ 0 },
};
static const struct tmpl_field edit_fields[] = {
	FIELD(struct edit_view, id),
	FIELD(struct edit_view, person),
	FIELD(struct edit_view, who),
	FIELD(struct edit_view, name),
	FIELD(struct edit_view, email),
	FIELD(struct edit_view, role),
	FIELD(struct edit_view, role_title),
	FIELD(struct edit_view, name_fault),
	FIELD(struct edit_view, email_fault),
	FIELD(struct edit_view, role_fault),
	FIELD(struct edit_view, to_fault),
	FIELD(struct edit_view, problem),
	FIELD(struct edit_view, locked),
	FIELD(struct edit_view, link),
	FIELD(struct edit_view, is_new),
	FIELD(struct edit_view, is_own),
	FIELD(struct edit_view, is_invited),
	FIELD(struct edit_view, manages),
	FIELD(struct edit_view, active),
	FIELD(struct edit_view, has_mail),
	FIELD(struct edit_view, has_browsers),
	LIST(struct edit_view, roles, n_roles, option_fields),
	LIST(struct edit_view, browsers, n_browsers, browser_fields),
	FIELD(struct edit_view, open),
	FIELD(struct edit_view, may_share),
	LIST(struct edit_view, people, n_people, option_fields),
	{ 0 },
};

/* ---- shown ------------------------------------------------------------------- */

/* An Admin is not offered what only a SuperAdmin may give. */
static void
set_roles(struct req *r, const char *chosen, struct edit_view *v)
{
	v->roles = NEW_ARRAY(r->t.mem, struct option_view, COUNT(role_names));
	for (size_t i = 0; role_names[i]; i++) {
		enum role role = role_of(role_names[i]);

		if (role != ROLE_SUPERADMIN || req_may(r, PERM_SUPERADMIN))
			option_add(v->roles, &v->n_roles, role_names[i],
				   role_title(role), chosen);
	}
}

/* What was typed, in a page that `v` begins. */
static enum rc
show(struct req *r, int status, const struct edit_in *in, struct edit_view *v)
{
	v->name = in->name;
	v->email = in->email;
	v->role = in->role;
	v->role_title = role_title(role_of(in->role));
	v->manages = in->manages;
	v->active = in->active;
	v->has_mail = mail_is_set(&r->t);
	v->name_fault = form_fault_of(&r->faults, "name");
	v->email_fault = form_fault_of(&r->faults, "email");
	v->role_fault = form_fault_of(&r->faults, "role");
	v->to_fault = form_fault_of(&r->faults, "to");
	set_roles(r, in->role, v);
	r->page.title = v->is_new ? "Add user" : v->who;
	r->page.in_users = true;
	return reply_page_status(r, status, v);
}

static enum rc
show_stored(struct req *r, int status, const struct edit_in *in,
	    struct edit_view *v)
{
	struct staff s;
	enum rc rc = staff_get(&r->t, in->id, &s);

	if (rc)
		return rc;
	v->id = v->person = s.user.id;
	v->who = s.user.name;
	v->is_own = s.user.id == r->user->id;
	v->is_invited = s.is_invited;
	v->locked = staff_refusal(r->user, &s.user, &s.user);
	rc = browsers_of(r, s.user.id, &v->browsers, &v->n_browsers);
	v->has_browsers = v->n_browsers > 0;
	return rc ? rc : show(r, status, in, v);
}

static struct edit_in
as_stored(const struct user *u)
{
	return (struct edit_in){ .id = u->id,
				 .name = u->name,
				 .email = u->email,
				 .role = role_name(u->role),
				 .manages = u->manages_leads,
				 .active = u->is_active };
}

static enum rc
show_user(struct req *r, int64_t id, struct edit_view *v)
{
	struct user u;
	struct edit_in in;
	enum rc rc = user_get(&r->t, id, &u);

	if (rc)
		return rc;
	in = as_stored(&u);
	return show_stored(r, 200, &in, v);
}

static enum rc
open_user(struct req *r, const void *form)
{
	const struct ask_in *in = form;

	return show_user(r, in->id, &(struct edit_view){ 0 });
}

static enum rc
open_new(struct req *r, const void *form)
{
	struct edit_in in = { .name = "",
			      .email = "",
			      .role = role_names[0],
			      .manages = true,
			      .active = true };

	(void)form;
	return show(r, 200, &in, &(struct edit_view){ .is_new = true });
}

/* ---- saved ------------------------------------------------------------------- */

static struct user
typed(const struct edit_in *in)
{
	return (struct user){ .id = in->id,
			      .name = in->name,
			      .email = in->email,
			      .role = role_of(in->role),
			      .manages_leads = in->manages,
			      .is_active = in->active };
}

static void
find_faults(struct req *r, const struct edit_in *in)
{
	if (!in->name[0])
		form_fault(&r->faults, "name", "Enter a name.");
	if (!email_valid(text_trim(text_of(in->email))))
		form_fault(&r->faults, "email", "Enter an e-mail address.");
}

/* What the rules or the table said no to becomes words on the page. */
static bool
is_refusal(enum rc rc)
{
	return rc == E_DENIED || rc == E_CONFLICT || rc == E_INPUT;
}

static int
refused(struct req *r, enum rc rc, struct edit_view *v)
{
	v->problem = arena_str(r->t.mem, text_of(r->t.why));
	task_forgive(&r->t);
	return rc == E_DENIED ? 403 : rc == E_CONFLICT ? 409 : 422;
}

static enum rc
to_user(struct req *r, int64_t id, const char *words)
{
	enum rc rc = session_flash(&r->t, r->session_id, words, false);

	return rc ? rc
		  : reply_see_other(r,
				    url_page(r->t.mem, r->page.root,
					     "/user-edit/%lld", (long long)id));
}

/* A letter, or a link to copy where no letter can go. */
static enum rc
welcome(struct req *r, int64_t id)
{
	struct edit_view v = { 0 };
	struct user u;
	enum rc rc = user_get(&r->t, id, &u);

	if (!rc && mail_is_set(&r->t)) {
		rc = welcome_invite(&r->t, &u);
		return rc ? rc
			  : to_user(r, id,
				    arena_fmt(r->t.mem,
					      "An invitation is on its way to "
					      "%s.",
					      u.email));
	}
	if (!rc)
		rc = welcome_link(&r->t, &u, &v.link);
	return rc ? rc : show_user(r, id, &v);
}

static enum rc
make(struct req *r, const void *form)
{
	const struct edit_in *in = form;
	struct edit_view v = { .is_new = true };
	struct user u = typed(in);
	int64_t id = 0;
	enum rc rc;

	find_faults(r, in);
	if (r->faults.n > 0)
		return show(r, 422, in, &v);
	rc = staff_invite(&r->t, r->user, &u, &id);
	if (is_refusal(rc))
		return show(r, refused(r, rc, &v), in, &v);
	return rc ? rc : welcome(r, id);
}

/* ---- leaving --------------------------------------------------------------------- */

/* Everybody who takes leads but the one who leaves. */
static enum rc
set_people(struct req *r, int64_t leaver, struct edit_view *v)
{
	struct user *all = NULL;
	size_t n = 0;
	enum rc rc = user_list(&r->t, &all, &n);

	if (rc)
		return rc;
	v->people = NEW_ARRAY(r->t.mem, struct option_view, n);
	for (size_t i = 0; i < n; i++)
		if (all[i].id != leaver && user_takes_leads(&all[i]))
			option_add(v->people, &v->n_people,
				   arena_fmt(r->t.mem, "%lld",
					     (long long)all[i].id),
				   all[i].name, "");
	v->may_share = v->n_people > 0;
	return OK;
}

static enum rc
ask_about_leads(struct req *r, const struct edit_in *in, int64_t leads,
		int status)
{
	struct edit_view v = { 0 };
	enum rc rc = set_people(r, in->id, &v);

	v.open = arena_fmt(
		r->t.mem, "%s%s",
		view_count(r->t.mem, leads, "open lead", "open leads"),
		leads == STAFF_LEADS_MAX ? " or more" : "");
	return rc ? rc : show_stored(r, status, in, &v);
}

static enum rc
check_heir(struct req *r, const struct edit_in *in)
{
	struct user heir = { 0 };
	enum rc rc = OK;

	if (!text_is(text_of(in->leads), "give"))
		return OK;
	if (in->to && in->to != in->id)
		rc = user_get(&r->t, in->to, &heir);
	if (rc == E_NOTFOUND) {
		task_forgive(&r->t);
		rc = OK;
	}
	if (!rc && !user_takes_leads(&heir))
		form_fault(&r->faults, "to",
			   "Choose a person who takes leads.");
	return rc;
}

static bool
rights_change(const struct user *was, const struct edit_in *in)
{
	return was->role != role_of(in->role) ||
	       was->manages_leads != in->manages ||
	       was->is_active != in->active;
}

static enum rc
store(struct req *r, const struct user *was, const struct edit_in *in)
{
	struct user will = typed(in);
	int64_t run = 0;
	enum rc rc = staff_change(&r->t, r->user, &will);

	if (!rc && rights_change(was, in))
		rc = session_end_all(&r->t, in->id);
	if (rc)
		return rc;
	if (in->leads[0] && !text_is(text_of(in->leads), "keep") &&
	    user_takes_leads(was) && !user_takes_leads(&will)) {
		rc = bulk_hand_over(
			&r->t, &will,
			text_is(text_of(in->leads), "give") ? in->to : 0, &run);
		if (rc)
			return rc;
		wake_worker(&r->t);
		return reply_see_other(r, url_page(r->t.mem, r->page.root,
						   "/lead-bulk/%lld",
						   (long long)run));
	}
	return to_user(r, in->id, "Changes saved.");
}

static enum rc
save(struct req *r, const void *form)
{
	const struct edit_in *in = form;
	struct edit_view v = { 0 };
	struct user was;
	int64_t leads = 0;
	enum rc rc = user_get(&r->t, in->id, &was);

	if (rc)
		return rc;
	find_faults(r, in);
	if (r->faults.n > 0)
		return show_stored(r, 422, in, &v);
	if (user_takes_leads(&was) && !(in->active && in->manages)) {
		rc = staff_open_leads(&r->t, in->id, &leads);
		if (!rc)
			rc = check_heir(r, in);
		if (rc)
			return rc;
		if (leads > 0 && (!in->leads[0] || r->faults.n > 0))
			return ask_about_leads(r, in, leads,
					       r->faults.n ? 422 : 200);
	}
	rc = store(r, &was, in);
	if (is_refusal(rc))
		return show_stored(r, refused(r, rc, &v), in, &v);
	return rc;
}

/* ---- links and browsers ------------------------------------------------------------ */

/* E_DENIED: this person is not this one's to look after. */
static enum rc
guard(struct req *r, int64_t id, struct user *u)
{
	const char *refusal;
	enum rc rc = user_get(&r->t, id, u);

	if (rc)
		return rc;
	refusal = staff_refusal(r->user, u, u);
	return refusal ? fail(&r->t, E_DENIED, "%s", refusal) : OK;
}

static enum rc
make_link(struct req *r, const void *form)
{
	const struct ask_in *in = form;
	struct edit_view v = { 0 };
	struct user u;
	enum rc rc = guard(r, in->id, &u);

	if (!rc && !u.is_active)
		return fail(&r->t, E_INPUT, "whoever is not active has none");
	if (!rc)
		rc = welcome_link(&r->t, &u, &v.link);
	return rc ? rc : show_user(r, in->id, &v);
}

static enum rc
end_browser(struct req *r, const void *form)
{
	const struct ask_in *in = form;
	struct user u;
	enum rc rc = guard(r, in->id, &u);

	if (!rc)
		rc = session_end_own(&r->t, in->id, in->session);
	return rc ? rc : to_user(r, in->id, "That browser is logged out.");
}

#define PAGE .perm = PERM_ADMIN, .page = "user-edit.html", .fields = edit_fields
static const struct route routes[] = {
	{ .method = GET, .path = "/user-edit/new", .handle = open_new, PAGE },
	{ .method = POST,
	  .path = "/user-edit/new",
	  .form = new_form,
	  .form_size = sizeof(struct edit_in),
	  .handle = make,
	  .faults_to_handler = true,
	  PAGE },
	{ .method = GET,
	  .path = "/user-edit/{id}",
	  .form = open_form,
	  .form_size = sizeof(struct ask_in),
	  .handle = open_user,
	  PAGE },
	{ .method = POST,
	  .path = "/user-edit/{id}",
	  .form = edit_form,
	  .form_size = sizeof(struct edit_in),
	  .handle = save,
	  .faults_to_handler = true,
	  PAGE },
	{ .method = POST,
	  .path = "/user-edit/link/{id}",
	  .form = open_form,
	  .form_size = sizeof(struct ask_in),
	  .handle = make_link,
	  PAGE },
	{ .method = POST,
	  .path = "/user-edit/end/{id}",
	  .perm = PERM_ADMIN,
	  .form = end_form,
	  .form_size = sizeof(struct ask_in),
	  .handle = end_browser },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
