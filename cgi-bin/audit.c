/* audit.c: who did what (GET /audit), and whether the chain still holds (POST
 * /audit/check). */
#include "crm/audit.h"
#include "crm/user.h"
#include "web/app.h"
#include "web/option.h"
#include "web/session.h"
#include "web/view.h"

enum { SHOWN = 50 };

struct audit_in {
	int64_t user, before;
	const char *kind;
};
struct entry_view {
	int64_t id;
	const char *when_iso, *when_full, *actor, *words, *subject, *act;
	const char *address;
};
struct audit_view {
	struct option_view *people, *kinds;
	size_t n_people, n_kinds;
	bool has_rows, is_filtered;
	struct entry_view *rows;
	size_t n_rows;
	struct url older, newest;
};

/* The first word of an act. */
static const char *const kind_names[] = { "",	  "lead", "user", "integration",
					  "form", "app",  NULL };
static const char *const kind_titles[] = { "Everything",      "Leads",
					   "Users",	      "Integrations",
					   "Fields of forms", "Meta app" };
static const struct form_field audit_form[] = {
	FORM_CHOICE(struct audit_in, kind, kind_names),
	FORM_INT_OR(struct audit_in, user, 0, INT64_MAX, 0),
	FORM_INT_OR(struct audit_in, before, 1, INT64_MAX, 0),
	{ 0 },
};
static const struct tmpl_field entry_fields[] = {
	FIELD(struct entry_view, id),
	FIELD(struct entry_view, when_iso),
	FIELD(struct entry_view, when_full),
	FIELD(struct entry_view, actor),
	FIELD(struct entry_view, words),
	FIELD(struct entry_view, subject),
	FIELD(struct entry_view, act),
	FIELD(struct entry_view, address),
	{ 0 },
};
static const struct tmpl_field audit_fields[] = {
	LIST(struct audit_view, people, n_people, option_fields),
	LIST(struct audit_view, kinds, n_kinds, option_fields),
	FIELD(struct audit_view, has_rows),
	FIELD(struct audit_view, is_filtered),
	LIST(struct audit_view, rows, n_rows, entry_fields),
	FIELD(struct audit_view, older),
	FIELD(struct audit_view, newest),
	{ 0 },
};

static struct url
page_of(struct req *r, const struct audit_in *in, int64_t before)
{
	struct arena *mem = r->t.mem;
	struct url u = url_page(mem, r->page.root, "/audit");

	if (in->user)
		u = url_with(mem, u, "user",
			     arena_fmt(mem, "%lld", (long long)in->user));
	if (in->kind[0])
		u = url_with(mem, u, "kind", in->kind);
	if (before)
		u = url_with(mem, u, "before",
			     arena_fmt(mem, "%lld", (long long)before));
	return u;
}

static enum rc
set_people(struct req *r, int64_t chosen, struct audit_view *v)
{
	struct arena *mem = r->t.mem;
	const char *now = arena_fmt(mem, "%lld", (long long)chosen);
	struct user *all = NULL;
	size_t n = 0;
	enum rc rc = user_list(&r->t, &all, &n);

	if (rc)
		return rc;
	v->people = NEW_ARRAY(mem, struct option_view, n + 1);
	option_add(v->people, &v->n_people, "0", "Everyone", now);
	for (size_t i = 0; i < n; i++)
		option_add(v->people, &v->n_people,
			   arena_fmt(mem, "%lld", (long long)all[i].id),
			   all[i].name, now);
	return OK;
}

/* The command line acts without an account and from this machine. */
static const char *
actor_of(const struct audit_entry *e)
{
	if (e->actor[0])
		return e->actor;
	return e->actor_id ? "Somebody without an account by now"
			   : "The system";
}

static void
set_rows(struct req *r, const struct audit_entry *all, size_t n,
	 struct audit_view *v)
{
	struct arena *mem = r->t.mem;

	v->rows = NEW_ARRAY(mem, struct entry_view, n);
	v->n_rows = n;
	v->has_rows = n > 0;
	for (size_t i = 0; i < n; i++)
		v->rows[i] = (struct entry_view){
			.id = all[i].id,
			.when_iso = when_iso(mem, all[i].at),
			.when_full = when_full(mem, all[i].at, req_zone(r)),
			.actor = actor_of(&all[i]),
			.words = all[i].words,
			.subject = all[i].subject,
			.act = all[i].act,
			.address = all[i].address[0] ? all[i].address
						     : "this machine",
		};
}

static enum rc
audit(struct req *r, const void *form)
{
	const struct audit_in *in = form;
	const struct audit_filter filter = { in->user, in->kind, in->before };
	struct audit_view v = { .is_filtered =
					in->user || in->before || in->kind[0] };
	struct audit_entry *all = NULL;
	size_t n = 0;
	enum rc rc = audit_list(&r->t, &filter, SHOWN + 1, &all, &n);

	if (!rc)
		rc = set_people(r, in->user, &v);
	if (rc)
		return rc;
	if (n > SHOWN) {
		n = SHOWN;
		v.older = page_of(r, in, all[n - 1].id);
	}
	if (in->before)
		v.newest = page_of(r, in, 0);
	set_rows(r, all, n, &v);
	v.kinds = NEW_ARRAY(r->t.mem, struct option_view, COUNT(kind_titles));
	for (size_t i = 0; kind_names[i]; i++)
		option_add(v.kinds, &v.n_kinds, kind_names[i], kind_titles[i],
			   in->kind);
	r->page.title = "Audit";
	r->page.in_audit = true;
	return reply_page(r, &v);
}

static enum rc
check(struct req *r, const void *form)
{
	static const struct audit_in all = { .kind = "" };
	struct audit_check c = { 0 };
	const char *words;
	enum rc rc = audit_verify(&r->t, &c);

	(void)form;
	if (rc)
		return rc;
	if (c.why)
		words = arena_fmt(r->t.mem,
				  "The chain is broken at entry %lld. %s The "
				  "%lld before it hold.",
				  (long long)c.bad_id, c.why, (long long)c.n);
	else
		words = arena_fmt(
			r->t.mem, "Chain intact, %s.",
			view_count(r->t.mem, c.n, "entry", "entries"));
	rc = session_flash(&r->t, r->session_id, words, c.why != NULL);
	/* A break is shown where it is. */
	return rc ? rc
		  : reply_see_other(r,
				    page_of(r, &all, c.why ? c.bad_id + 1 : 0));
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/audit",
	  .perm = PERM_ADMIN,
	  .form = audit_form,
	  .form_size = sizeof(struct audit_in),
	  .handle = audit,
	  .page = "audit.html",
	  .fields = audit_fields },
	{ .method = POST,
	  .path = "/audit/check",
	  .perm = PERM_ADMIN,
	  .handle = check },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
