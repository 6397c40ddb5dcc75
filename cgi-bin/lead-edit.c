/* lead-edit.c: a lead's contact data by hand (GET /lead-edit/ID, POST
 * /lead-edit), and a lead entered by hand (GET and POST /lead-edit/new). */
#include "crm/email.h"
#include "crm/leadwork.h"
#include "crm/phone.h"
#include "web/leadacts.h"
#include "web/session.h"

enum { FIELD_NAME_MAX = 40 };

struct edit_in {
	int64_t id, version;
	const char *name, *first_name, *last_name, *email, *phone, *company,
		*job_title, *street, *post_code, *city, *state, *country;
	bool anyway; /* a new lead, though somebody is known by this */
	struct form_list own_ids, own; /* fields of one's own, side by side */
	/* fields that somebody else saved meanwhile: all that were asked about,
	 * and those that stay as typed */
	struct form_list asked, mine;
};
struct field_view {
	const char *name, *label, *value, *type, *fault;
	bool is_other;	   /* somebody else saved another value meanwhile … */
	const char *other; /* … this one; NULL = nothing */
	int64_t max;
};
struct own_view {
	int64_t id;
	const char *name, *value, *other;
	bool is_other;
};
struct edit_view {
	int64_t id, version;
	const char *title_text, *problem;
	bool is_new;
	struct url back;
	struct url known; /* the lead that has this address already */
	struct field_view *fields;
	size_t n_fields;
	struct own_view *own;
	size_t n_own;
};

static const struct form_field ask_form[] = {
	FORM_INT(struct edit_in, id, 1, INT64_MAX),
	{ 0 },
};
#define CONTACT                                                                \
	FORM_TEXT(struct edit_in, name, 0, 255),                               \
		FORM_TEXT(struct edit_in, first_name, 0, 255),                 \
		FORM_TEXT(struct edit_in, last_name, 0, 255),                  \
		FORM_TEXT(struct edit_in, email, 0, 254),                      \
		FORM_TEXT(struct edit_in, phone, 0, 64),                       \
		FORM_TEXT(struct edit_in, company, 0, 255),                    \
		FORM_TEXT(struct edit_in, job_title, 0, 255),                  \
		FORM_TEXT(struct edit_in, street, 0, 255),                     \
		FORM_TEXT(struct edit_in, post_code, 0, 64),                   \
		FORM_TEXT(struct edit_in, city, 0, 255),                       \
		FORM_TEXT(struct edit_in, state, 0, 255),                      \
		FORM_TEXT(struct edit_in, country, 0, 64)
static const struct form_field edit_form[] = {
	FORM_INT(struct edit_in, id, 1, INT64_MAX),
	FORM_INT(struct edit_in, version, 0, INT64_MAX),
	CONTACT,
	FORM_LIST(struct edit_in, own_ids, 20),
	FORM_LIST(struct edit_in, own, CUSTOM_VALUE_MAX),
	FORM_LIST(struct edit_in, asked, FIELD_NAME_MAX),
	FORM_LIST(struct edit_in, mine, FIELD_NAME_MAX),
	{ 0 },
};
static const struct form_field new_form[] = {
	CONTACT,
	FORM_FLAG(struct edit_in, anyway),
	{ 0 },
};
static const struct tmpl_field field_fields[] = {
	FIELD(struct field_view, name),
	FIELD(struct field_view, label),
	FIELD(struct field_view, value),
	FIELD(struct field_view, type),
	FIELD(struct field_view, fault),
	FIELD(struct field_view, other),
	FIELD(struct field_view, is_other),
	FIELD(struct field_view, max),
	{ 0 },
};
static const struct tmpl_field own_fields[] = {
	FIELD(struct own_view, id),	  FIELD(struct own_view, name),
	FIELD(struct own_view, value),	  FIELD(struct own_view, other),
	FIELD(struct own_view, is_other), { 0 },
};
static const struct tmpl_field edit_fields[] = {
	FIELD(struct edit_view, id),
	FIELD(struct edit_view, version),
	FIELD(struct edit_view, title_text),
	FIELD(struct edit_view, problem),
	FIELD(struct edit_view, is_new),
	FIELD(struct edit_view, known),
	FIELD(struct edit_view, back),
	LIST(struct edit_view, fields, n_fields, field_fields),
	LIST(struct edit_view, own, n_own, own_fields),
	{ 0 },
};

/* In the order of the page. */
static const struct line {
	const char *label, *type;
	int64_t max;
	const char *name;
	size_t in_form, in_lead;
} lines[] = {
#define LINE(its_label, its_type, its_max, member)                             \
	{                                                                      \
		its_label, its_type, its_max, #member,                         \
			offsetof(struct edit_in, member),                      \
			offsetof(struct lead, member)                          \
	}
	LINE("Name", "text", 255, name),
	LINE("First name", "text", 255, first_name),
	LINE("Last name", "text", 255, last_name),
	LINE("E-mail", "email", 254, email),
	LINE("Phone", "tel", 64, phone),
	LINE("Company", "text", 255, company),
	LINE("Job title", "text", 255, job_title),
	LINE("Street", "text", 255, street),
	LINE("Post code", "text", 64, post_code),
	LINE("City", "text", 255, city),
	LINE("State", "text", 255, state),
	LINE("Country", "text", 64, country),
};

static const char **
of_form(struct edit_in *in, const struct line *l)
{
	return (const char **)((char *)in + l->in_form);
}

static const char **
of_lead(struct lead *lead, const struct line *l)
{
	return (const char **)((char *)lead + l->in_lead);
}

static struct url
lead_page(struct req *r, int64_t id)
{
	return url_page(r->t.mem, r->page.root, "/lead/%lld", (long long)id);
}

/* What was typed, and beside it what is stored where the two differ; `stored`
 * NULL: there is nothing to compare with. */
static void
set_fields(struct req *r, struct edit_in *in, struct lead *stored,
	   struct edit_view *v)
{
	v->fields = NEW_ARRAY(r->t.mem, struct field_view, COUNT(lines));
	v->n_fields = COUNT(lines);
	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *typed = *of_form(in, &lines[i]);
		const char *other =
			stored ? *of_lead(stored, &lines[i]) : typed;
		bool differs = strcmp(typed, other) != 0;

		v->fields[i] = (struct field_view){
			.name = lines[i].name,
			.label = lines[i].label,
			.type = lines[i].type,
			.max = lines[i].max,
			.value = typed,
			.fault = form_fault_of(&r->faults, lines[i].name),
			.is_other = differs,
			.other = differs && other[0] ? other : NULL,
		};
	}
}

/* What was typed for a field, or NULL. */
static const char *
typed_own(const struct edit_in *in, int64_t id)
{
	for (size_t i = 0; i < in->own_ids.n && i < in->own.n; i++) {
		int64_t at = 0;

		if (text_int(text_of(in->own_ids.at[i]), 1, INT64_MAX, &at) &&
		    at == id)
			return in->own.at[i];
	}
	return NULL;
}

static enum rc
set_own(struct req *r, const struct edit_in *in, bool is_stale,
	struct edit_view *v)
{
	struct lead_custom *all = NULL;
	enum rc rc = custom_for_lead(&r->t, v->id, &all, &v->n_own);

	v->own = NEW_ARRAY(r->t.mem, struct own_view, v->n_own);
	for (size_t i = 0; !rc && i < v->n_own; i++) {
		const char *typed = typed_own(in, all[i].field_id);
		bool differs =
			is_stale && typed && strcmp(typed, all[i].value) != 0;

		v->own[i] = (struct own_view){
			.id = all[i].field_id,
			.name = all[i].name,
			.value = typed ? typed : all[i].value,
			.is_other = differs,
			.other = differs && all[i].value[0] ? all[i].value
							    : NULL,
		};
	}
	return rc;
}

static enum rc
show(struct req *r, int status, struct edit_in *in, struct lead *l,
     const char *problem)
{
	enum rc rc;
	struct edit_view v = {
		.id = l->id,
		.version = status == 422 ? in->version : l->version,
		.title_text = lead_title(l),
		.problem = problem,
		.back = lead_page(r, l->id),
	};

	set_fields(r, in, status == 409 ? l : NULL, &v);
	rc = set_own(r, in, status == 409, &v);
	r->page.title = arena_fmt(r->t.mem, "Edit %s", v.title_text);
	r->page.in_leads = true;
	return rc ? rc : reply_page_status(r, status, &v);
}

/* The lead, if this person may work on it and it is not deleted. */
static enum rc
open_lead(struct req *r, int64_t id, struct lead *l)
{
	enum rc rc = lead_get(&r->t, id, l);

	if (!rc)
		rc = leadacts_guard(r, l);
	if (!rc && (l->deleted_at.ms || l->merged_into))
		return fail(&r->t, E_NOTFOUND, "lead %lld: deleted",
			    (long long)id);
	return rc;
}

static enum rc
ask(struct req *r, const void *form)
{
	struct edit_in in = *(const struct edit_in *)form;
	struct lead l = { 0 };
	enum rc rc = open_lead(r, in.id, &l);

	if (rc == E_NOTFOUND && l.merged_into) { /* part of another by now */
		task_forgive(&r->t);
		return reply_see_other(r, lead_page(r, l.merged_into));
	}
	if (rc)
		return rc;
	for (size_t i = 0; i < COUNT(lines); i++)
		*of_form(&in, &lines[i]) = *of_lead(&l, &lines[i]);
	return show(r, 200, &in, &l, NULL);
}

static enum rc
stale(struct req *r, struct edit_in *in)
{
	struct lead l;
	enum rc rc;

	task_forgive(&r->t);
	rc = open_lead(r, in->id, &l);
	return rc ? rc
		  : show(r, 409, in, &l,
			 "Somebody else saved this lead meanwhile, or an "
			 "answer that came filled it in. Where the two "
			 "differ, what is stored is taken, unless you tick "
			 "what to keep of yours.");
}

static enum rc
read_own(struct req *r, const struct edit_in *in, struct custom_value **out,
	 size_t *n)
{
	*n = in->own_ids.n;
	*out = NEW_ARRAY(r->t.mem, struct custom_value, *n);
	if (in->own.n != *n)
		return fail(&r->t, E_INPUT, "own fields without a value each");
	for (size_t i = 0; i < *n; i++) {
		(*out)[i].value = in->own.at[i];
		if (!text_int(text_of(in->own_ids.at[i]), 1, INT64_MAX,
			      &(*out)[i].field_id))
			return fail(&r->t, E_INPUT, "an id that is none");
	}
	return OK;
}

static bool
takes_theirs(const struct edit_in *in, const char *field)
{
	return form_list_has(&in->asked, field) &&
	       !form_list_has(&in->mine, field);
}

/* What was asked about and is not kept becomes what is stored. */
static enum rc
take_theirs(struct req *r, struct edit_in *in, struct lead *stored)
{
	const char **own = NEW_ARRAY(r->t.mem, const char *, in->own.n);
	enum rc rc = OK;

	for (size_t i = 0; i < COUNT(lines); i++)
		if (takes_theirs(in, lines[i].name))
			*of_form(in, &lines[i]) = *of_lead(stored, &lines[i]);
	for (size_t i = 0; !rc && i < in->own.n; i++) {
		int64_t id = 0;

		own[i] = in->own.at[i];
		if (i < in->own_ids.n &&
		    text_int(text_of(in->own_ids.at[i]), 1, INT64_MAX, &id) &&
		    takes_theirs(
			    in, arena_fmt(r->t.mem, "own-%lld", (long long)id)))
			rc = custom_get(&r->t, in->id, id, &own[i]);
	}
	in->own.at = own;
	return rc;
}

/* What Meta gave and nobody touched may be as it is. */
static void
check(struct req *r, const struct edit_in *in, const struct lead *stored)
{
	struct text email = text_of(in->email);

	if (email.len && !email_valid(email) && !text_is(email, stored->email))
		form_fault(&r->faults, "email", "Enter an e-mail address.");
	if (in->phone[0] && !phone_plausible(text_of(in->phone)) &&
	    strcmp(in->phone, stored->phone) != 0)
		form_fault(&r->faults, "phone", "Enter a phone number.");
}

static enum rc
save(struct req *r, const void *form)
{
	struct edit_in in = *(const struct edit_in *)form;
	struct custom_value *own = NULL;
	size_t n_own = 0;
	struct lead l;
	enum rc rc = open_lead(r, in.id, &l);

	if (!rc)
		rc = take_theirs(r, &in, &l);
	if (rc)
		return rc;
	if (in.version == l.version) /* else it is asked about first */
		check(r, &in, &l);
	if (r->faults.n > 0)
		return show(r, 422, &in, &l, NULL);
	for (size_t i = 0; i < COUNT(lines); i++)
		*of_lead(&l, &lines[i]) = *of_form(&in, &lines[i]);
	l.version = in.version;
	rc = read_own(r, &in, &own, &n_own);
	if (!rc)
		rc = leadwork_edit(&r->t, &l, own, n_own, NULL);
	if (rc == E_CONFLICT)
		return stale(r, &in);
	if (!rc)
		rc = session_flash(&r->t, r->session_id, "Changes saved.",
				   false);
	return rc ? rc : reply_see_other(r, lead_page(r, in.id));
}

/* ---- a new one ----------------------------------------------------------------- */

static enum rc
show_new(struct req *r, int status, struct edit_in *in, int64_t known)
{
	struct edit_view v = {
		.is_new = true,
		.back = url_page(r->t.mem, r->page.root, "/leads"),
	};

	if (known)
		v.known = lead_page(r, known);
	set_fields(r, in, NULL, &v);
	r->page.title = "New lead";
	r->page.in_leads = true;
	return reply_page_status(r, status, &v);
}

static enum rc
ask_new(struct req *r, const void *form)
{
	struct edit_in in = { 0 };

	(void)form;
	for (size_t i = 0; i < COUNT(lines); i++)
		*of_form(&in, &lines[i]) = "";
	return show_new(r, 200, &in, 0);
}

static enum rc
save_new(struct req *r, const void *form)
{
	struct edit_in in = *(const struct edit_in *)form;
	struct lead l = { 0 };
	const char *by = "";
	int64_t id = 0;
	enum rc rc;

	if (in.email[0] && !email_valid(text_of(in.email)))
		form_fault(&r->faults, "email", "Enter an e-mail address.");
	if (in.phone[0] && !phone_plausible(text_of(in.phone)))
		form_fault(&r->faults, "phone", "Enter a phone number.");
	if (!in.name[0] && !in.email[0] && !in.phone[0])
		form_fault(&r->faults, "name",
			   "Enter a name, an e-mail address or a phone "
			   "number.");
	if (r->faults.n > 0)
		return show_new(r, 422, &in, 0);
	for (size_t i = 0; i < COUNT(lines); i++)
		*of_lead(&l, &lines[i]) = *of_form(&in, &lines[i]);
	rc = leadwork_enter(&r->t, &l, in.anyway, &id, &by);
	if (rc == E_CONFLICT) {
		task_forgive(&r->t);
		form_fault(&r->faults, strcmp(by, "phone") ? "email" : "phone",
			   "A lead has this already.");
		return show_new(r, 409, &in, id);
	}
	if (!rc)
		rc = session_flash(&r->t, r->session_id, "Lead saved.", false);
	return rc ? rc : reply_see_other(r, lead_page(r, id));
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/lead-edit/new",
	  .perm = PERM_LEADS,
	  .handle = ask_new,
	  .page = "lead-edit.html",
	  .fields = edit_fields },
	{ .method = POST,
	  .path = "/lead-edit/new",
	  .perm = PERM_LEADS,
	  .form = new_form,
	  .form_size = sizeof(struct edit_in),
	  .handle = save_new,
	  .page = "lead-edit.html",
	  .fields = edit_fields,
	  .faults_to_handler = true },
	{ .method = GET,
	  .path = "/lead-edit/{id}",
	  .perm = PERM_USER,
	  .form = ask_form,
	  .form_size = sizeof(struct edit_in),
	  .handle = ask,
	  .page = "lead-edit.html",
	  .fields = edit_fields },
	{ .method = POST,
	  .path = "/lead-edit",
	  .perm = PERM_USER,
	  .form = edit_form,
	  .form_size = sizeof(struct edit_in),
	  .handle = save,
	  .page = "lead-edit.html",
	  .fields = edit_fields,
	  .faults_to_handler = true },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
