/* users.c: the people who log in (GET /users). */
#include "crm/staff.h"
#include "web/app.h"
#include "web/option.h"
#include "web/view.h"

struct users_in {
	const char *role;
	int64_t page;
};
struct user_view {
	int64_t id;
	const char *name, *email, *initials, *role;
	const char *state, *state_class; /* "Active", "Invited", "Not active" */
	struct url state_icon;
	bool manages_leads;
	const char *leads;			     /* "48", "1,000 or more" */
	const char *seen_iso, *seen_full, *seen_ago; /* NULL = never */
};
struct users_view {
	struct option_view *roles;
	size_t n_roles;
	bool has_rows;
	struct user_view *rows;
	size_t n_rows;
	const char *count;
	struct url newer, older;
};

/* "" = everyone. */
static const char *const role_names[] = { "",	   "member",	 "moderator",
					  "admin", "superadmin", NULL };
static const struct form_field users_form[] = {
	FORM_CHOICE(struct users_in, role, role_names),
	FORM_INT_OR(struct users_in, page, 1, 1000, 1),
	{ 0 },
};
static const struct tmpl_field user_fields[] = {
	FIELD(struct user_view, id),
	FIELD(struct user_view, name),
	FIELD(struct user_view, email),
	FIELD(struct user_view, initials),
	FIELD(struct user_view, role),
	FIELD(struct user_view, state),
	FIELD(struct user_view, state_class),
	FIELD(struct user_view, state_icon),
	FIELD(struct user_view, manages_leads),
	FIELD(struct user_view, leads),
	FIELD(struct user_view, seen_iso),
	FIELD(struct user_view, seen_full),
	FIELD(struct user_view, seen_ago),
	{ 0 },
};
static const struct tmpl_field users_fields[] = {
	LIST(struct users_view, roles, n_roles, option_fields),
	FIELD(struct users_view, has_rows),
	LIST(struct users_view, rows, n_rows, user_fields),
	FIELD(struct users_view, count),
	FIELD(struct users_view, newer),
	FIELD(struct users_view, older),
	{ 0 },
};

static void
set_state(struct req *r, const struct staff *s, struct user_view *v)
{
	const char *icon = "ok";

	v->state = "Active";
	v->state_class = "ok";
	if (!s->user.is_active) {
		v->state = "Not active";
		v->state_class = "idle";
		icon = "skip";
	} else if (s->is_invited) {
		v->state = "Invited";
		v->state_class = "busy";
		icon = "clock";
	}
	v->state_icon = url_icon(r->t.mem, r->page.root, icon);
}

static enum rc
view_of(struct req *r, const struct staff *s, struct user_view *v)
{
	struct arena *mem = r->t.mem;
	int64_t leads = 0;
	enum rc rc = staff_open_leads(&r->t, s->user.id, &leads);

	*v = (struct user_view){
		.id = s->user.id,
		.name = s->user.name,
		.email = s->user.email,
		.initials = view_initials(mem, s->user.name),
		.role = role_title(s->user.role),
		.manages_leads = s->user.manages_leads,
		.leads = arena_fmt(mem, "%lld%s", (long long)leads,
				   leads == STAFF_LEADS_MAX ? " or more" : ""),
	};
	set_state(r, s, v);
	if (s->seen_at.ms) {
		v->seen_iso = when_iso(mem, s->seen_at);
		v->seen_full = when_full(mem, s->seen_at, req_zone(r));
		v->seen_ago = when_ago(mem, s->seen_at, r->t.now, req_zone(r));
	}
	return rc;
}

static struct url
page_of(struct req *r, const struct users_in *in, int64_t page)
{
	struct arena *mem = r->t.mem;
	struct url u = url_page(mem, r->page.root, "/users");

	if (in->role[0])
		u = url_with(mem, u, "role", in->role);
	return url_with(mem, u, "page",
			arena_fmt(mem, "%lld", (long long)page));
}

static void
set_roles(struct req *r, const char *chosen, struct users_view *v)
{
	v->roles = NEW_ARRAY(r->t.mem, struct option_view, COUNT(role_names));
	option_add(v->roles, &v->n_roles, "", "Everyone", chosen);
	for (size_t i = 1; role_names[i]; i++)
		option_add(v->roles, &v->n_roles, role_names[i],
			   role_title(role_of(role_names[i])), chosen);
}

static enum rc
users(struct req *r, const void *form)
{
	const struct users_in *in = form;
	struct users_view v = { 0 };
	struct staff *all = NULL;
	int64_t total = 0;
	enum rc rc = staff_list(&r->t, role_of(in->role),
				(in->page - 1) * STAFF_PAGE, &all, &v.n_rows,
				&total);

	if (!rc)
		v.rows = NEW_ARRAY(r->t.mem, struct user_view, v.n_rows);
	for (size_t i = 0; !rc && i < v.n_rows; i++)
		rc = view_of(r, &all[i], &v.rows[i]);
	if (rc)
		return rc;
	v.has_rows = v.n_rows > 0;
	v.count = view_count(r->t.mem, total, "person", "people");
	if (in->page > 1)
		v.newer = page_of(r, in, in->page - 1);
	if (in->page * STAFF_PAGE < total)
		v.older = page_of(r, in, in->page + 1);
	set_roles(r, in->role, &v);
	r->page.title = "Users";
	r->page.in_users = true;
	return reply_page(r, &v);
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/users",
	  .perm = PERM_ADMIN,
	  .form = users_form,
	  .form_size = sizeof(struct users_in),
	  .handle = users,
	  .page = "users.html",
	  .fields = users_fields },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
