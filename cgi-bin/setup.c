/* setup.c: the one-time link makes the first SuperAdmin. */
#include "base/conf.h"
#include "base/crypt.h"
#include "crm/email.h"
#include "web/app.h"
#include "web/session.h"

struct link_in {
	const char *key;
};
struct setup_in {
	const char *key, *name, *email, *password, *zone;
};
struct setup_view {
	const char *key, *name, *email, *zone;
	const char *name_fault, *email_fault, *password_fault, *zone_fault;
	const char *problem;
	const char *closed, *way; /* the link does not work (any more) */
};

static const struct form_field link_form[] = {
	FORM_TEXT(struct link_in, key, 0, 100),
	{ 0 },
};
static const struct form_field setup_form[] = {
	FORM_TEXT(struct setup_in, key, 0, 100),
	FORM_TEXT(struct setup_in, name, 1, 120),
	FORM_TEXT(struct setup_in, email, 1, 254),
	FORM_SECRET(struct setup_in, password, 0, 200),
	FORM_TEXT(struct setup_in, zone, 1, 64),
	{ 0 },
};
static const struct tmpl_field setup_fields[] = {
	FIELD(struct setup_view, key),
	FIELD(struct setup_view, name),
	FIELD(struct setup_view, email),
	FIELD(struct setup_view, zone),
	FIELD(struct setup_view, name_fault),
	FIELD(struct setup_view, email_fault),
	FIELD(struct setup_view, password_fault),
	FIELD(struct setup_view, zone_fault),
	FIELD(struct setup_view, problem),
	FIELD(struct setup_view, closed),
	FIELD(struct setup_view, way),
	{ 0 },
};

static enum rc
show(struct req *r, int status, const struct setup_view *v)
{
	r->page.title = v->closed ? v->closed : "Welcome";
	return reply_page_status(r, status, v);
}

/* The link was refused: say which way leads on. */
static enum rc
closed(struct req *r, enum rc why)
{
	struct setup_view v = {
		.closed = "This link was used or is too old",
		.way = "On the server, leadport init prints a new one.",
	};

	task_forgive(&r->t);
	if (why == E_CONFLICT) {
		v.closed = "This installation has its SuperAdmin already";
		v.way = "Ask there for an account.";
	}
	return show(r, why == E_CONFLICT ? 409 : 404, &v);
}

static bool
is_closed(enum rc rc)
{
	return rc == E_NOTFOUND || rc == E_CONFLICT;
}

static enum rc
welcome(struct req *r, const void *form)
{
	const struct link_in *in = form;
	struct setup_view v = { .key = in->key,
				.zone = r->t.conf->site.time_zone };
	enum rc rc = user_setup_check(&r->t, in->key);

	if (is_closed(rc))
		return closed(r, rc);
	return rc ? rc : show(r, 200, &v);
}

static void
find_faults(struct req *r, const struct setup_in *in)
{
	const char *fault = password_fault(text_of(in->password));

	if (!email_valid(text_of(in->email)))
		form_fault(&r->faults, "email", "Enter an e-mail address.");
	if (fault)
		form_fault(&r->faults, "password", fault);
	if (!zone_known(in->zone))
		form_fault(&r->faults, "zone",
			   "This time zone is not known. Example: "
			   "Europe/Dublin.");
}

static enum rc
show_faults(struct req *r, const struct setup_in *in)
{
	struct setup_view v = {
		.key = in->key,
		.name = in->name,
		.email = in->email,
		.zone = in->zone,
		.name_fault = form_fault_of(&r->faults, "name"),
		.email_fault = form_fault_of(&r->faults, "email"),
		.password_fault = form_fault_of(&r->faults, "password"),
		.zone_fault = form_fault_of(&r->faults, "zone"),
		.problem = r->faults.n > 1 ? "Some fields need another look."
					   : NULL,
	};

	return show(r, 422, &v);
}

static enum rc
begin(struct req *r, int64_t user_id)
{
	const char *token = NULL;
	struct session s = { 0 };
	enum rc rc = session_begin(&r->t, user_id, r->address,
				   req_header(r, "User-Agent"), &token);

	if (!rc)
		rc = session_find(&r->t, token, &s);
	if (!rc)
		rc = session_flash(&r->t, s.id,
				   "Welcome. You are SuperAdmin of this "
				   "installation.",
				   false);
	if (rc)
		return rc;
	reply_cookie(r, token);
	return reply_see_other(r,
			       url_page(r->t.mem, r->page.root, "/platform"));
}

static enum rc
make(struct req *r, const void *form)
{
	const struct setup_in *in = form;
	struct user u = { .name = in->name,
			  .email = in->email,
			  .time_zone = in->zone };
	int64_t id = 0;
	enum rc rc = user_setup_check(&r->t, in->key);

	if (is_closed(rc))
		return closed(r, rc);
	if (rc)
		return rc;
	find_faults(r, in);
	if (r->faults.n > 0)
		return show_faults(r, in);
	rc = user_setup(&r->t, in->key, &u, text_of(in->password), &id);
	return rc ? rc : begin(r, id);
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/setup",
	  .perm = PERM_PUBLIC,
	  .form = link_form,
	  .form_size = sizeof(struct link_in),
	  .handle = welcome,
	  .page = "setup.html",
	  .fields = setup_fields },
	{ .method = POST,
	  .path = "/setup",
	  .perm = PERM_PUBLIC,
	  .form = setup_form,
	  .form_size = sizeof(struct setup_in),
	  .handle = make,
	  .page = "setup.html",
	  .fields = setup_fields,
	  .faults_to_handler = true },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
