/* graph_me: the person behind a token, what they granted, their pages
 * (contract 2.6, 2.7). */
#include "graph_call.h"
#include "graph_put.h"
#include "world_member.h"

#define NO_FIELD "(#100) Tried accessing nonexisting field "
#define NOBODY                                                                 \
	"An active access token must be used to query information about the "  \
	"current user."

enum rc
graph_me(struct task *t, struct graph_request *q)
{
	bool is_user = strcmp(q->who.type, "user") == 0;
	struct sim_member m = { .id = q->who.user_id,
				.name = "Leadport system user" };
	enum rc rc;

	if (strcmp(q->who.type, "app") == 0)
		return graph_no(q, 400, 2500, 0, NOBODY);
	if (strcmp(q->who.type, "page") == 0) {
		q->id = q->page_id = q->who.page_id;
		return graph_page(t, q);
	}
	if (is_user &&
	    world_listed(graph_param(q, "fields"), "client_business_id"))
		return graph_no(q, 400, 100, 0,
				NO_FIELD "(client_business_id) on node type "
					 "(User)");
	rc = world_member(t, q->who.user_id, &m);
	if (rc == E_NOTFOUND)
		task_forgive(t);
	else if (rc)
		return rc;
	json_open(&q->out, '{');
	put(&q->out, "name", m.name);
	put(&q->out, "id", m.id);
	json_close(&q->out, '}');
	return OK;
}

/* ---- /me/permissions ----------------------------------------------------------- */

static enum rc
show_permissions(struct task *t, struct graph_request *q)
{
	struct sim_permission *all = NULL;
	size_t n = 0;
	enum rc rc = world_permissions(t, q->who.user_id, &all, &n);

	if (rc)
		return rc;
	put_data(&q->out);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(all[i].permission, q->sw->missing_scope) == 0)
			continue;
		json_open(&q->out, '{');
		put(&q->out, "permission", all[i].permission);
		put(&q->out, "status", all[i].status);
		json_close(&q->out, '}');
	}
	put_data_end(&q->out);
	return OK;
}

/* A system user's permissions are in no table: it has them all. */
/* A person or a system user: what edges of "me" are for. */
static bool
is_person(const struct graph_request *q)
{
	return strcmp(q->who.type, "page") != 0 &&
	       strcmp(q->who.type, "app") != 0;
}

static enum rc
refuse_other(struct task *t, struct graph_request *q, const char *edge)
{
	if (strcmp(q->who.type, "app") == 0)
		return graph_no(q, 400, 2500, 0, NOBODY);
	return graph_no(
		q, 400, 100, 0,
		arena_fmt(t->mem, NO_FIELD "(%s) on node type (Page)", edge));
}

static enum rc
show_scopes(struct task *t, struct graph_request *q)
{
	struct text rest = text_of(q->scopes), part;

	put_data(&q->out);
	while (text_take_part(&rest, ',', &part)) {
		json_open(&q->out, '{');
		put(&q->out, "permission", arena_str(t->mem, part));
		put(&q->out, "status", "granted");
		json_close(&q->out, '}');
	}
	put_data_end(&q->out);
	return OK;
}

enum rc
graph_permissions(struct task *t, struct graph_request *q)
{
	struct sim_member m;
	enum rc rc;

	if (!is_person(q))
		return refuse_other(t, q, "permissions");
	rc = world_member(t, q->who.user_id, &m);
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return show_scopes(t, q);
	}
	if (!rc && graph_is(q, "GET"))
		return show_permissions(t, q);
	if (!rc && q->rest[0])
		rc = world_revoke(t, m.id, q->rest);
	else if (!rc)
		rc = world_remove_app(t, m.id);
	if (!rc)
		put_success(&q->out);
	return rc;
}

/* ---- pages ------------------------------------------------------------------------ */

static enum rc
put_page(struct task *t, struct graph_request *q, const struct sim_role *r,
	 bool acts)
{
	const char *token = NULL;
	enum rc rc = OK;

	if (acts)
		rc = world_page_token(t, r->page_id, &q->who, &token);
	if (rc)
		return rc;
	json_open(&q->out, '{');
	put(&q->out, "access_token", token);
	put(&q->out, "category", r->category);
	put(&q->out, "name", r->name);
	put(&q->out, "id", r->page_id);
	put_raw(&q->out, "tasks", r->tasks);
	json_close(&q->out, '}');
	return OK;
}

/* Held in this way, and ticked in the dialog. */
static bool
is_listed(const struct sim_role *r, const char *business, const char *edge)
{
	if (!r->ticked || !business != !r->business_id)
		return false;
	return !business || (strcmp(r->business_id, business) == 0 &&
			     strcmp(r->edge, edge) == 0);
}

/* The pages of a member, cut by limit and cursor. */
static enum rc
list_roles(struct task *t, struct graph_request *q, const char *business,
	   const char *edge)
{
	struct sim_role *all = NULL;
	int64_t limit = graph_limit(q), after = 0, shown = 0, last = 0;
	bool more = false;
	size_t n = 0;
	enum rc rc = world_roles(t, q->sw, q->who.user_id, &all, &n);

	if (!text_int(text_of(graph_param(q, "after")), 0, INT64_MAX, &after))
		after = 0;
	put_data(&q->out);
	for (size_t i = 0; !rc && i < n && !more; i++) {
		if (all[i].position <= after ||
		    !is_listed(&all[i], business, edge))
			continue;
		more = shown == limit;
		if (more)
			break;
		rc = put_page(t, q, &all[i], world_role_acts(&all[i]));
		last = all[i].position;
		shown++;
	}
	json_close(&q->out, ']');
	if (shown > 0)
		put_paging(t, &q->out, last, more);
	json_close(&q->out, '}');
	return rc;
}

/* A system user reaches the first pages of the world, by switch. */
static enum rc
list_assigned(struct task *t, struct graph_request *q)
{
	int64_t limit = graph_limit(q), after = 0;
	struct sim_page *pages = NULL;
	size_t n = 0, shown;
	enum rc rc = world_fill_pages(t, q->sw->accounts_pages);

	if (!text_int(text_of(graph_param(q, "after")), 0, INT64_MAX, &after))
		after = 0;
	if (!rc)
		rc = world_pages(t, after, q->sw->accounts_pages, limit + 1,
				 &pages, &n);
	if (rc)
		return rc;
	shown = (int64_t)n > limit ? (size_t)limit : n;
	put_data(&q->out);
	for (size_t i = 0; !rc && i < shown; i++) {
		const struct sim_role r = { .page_id = pages[i].id,
					    .name = pages[i].name,
					    .category = pages[i].category,
					    .tasks = pages[i].tasks };

		/* The last ones are those without a token. */
		rc = put_page(t, q, &r,
			      pages[i].number <=
				      q->sw->accounts_pages -
					      q->sw->pages_without_token);
	}
	json_close(&q->out, ']');
	if (shown > 0)
		put_paging(t, &q->out, pages[shown - 1].number, shown < n);
	json_close(&q->out, '}');
	return rc;
}

enum rc
graph_accounts(struct task *t, struct graph_request *q)
{
	struct sim_member m;
	enum rc rc;

	if (!is_person(q))
		return refuse_other(t, q, "accounts");
	rc = world_member(t, q->who.user_id, &m);
	if (rc != E_NOTFOUND)
		return rc ? rc : list_roles(t, q, NULL, NULL);
	task_forgive(t);
	return list_assigned(t, q);
}

/* ---- portfolios --------------------------------------------------------------------- */

enum rc
graph_businesses(struct task *t, struct graph_request *q)
{
	struct sim_role *all = NULL;
	const char *seen = "";
	size_t n = 0;
	enum rc rc = world_roles(t, q->sw, q->who.user_id, &all, &n);

	if (rc)
		return rc;
	put_data(&q->out);
	for (size_t i = 0; i < n; i++) {
		if (!all[i].business_id ||
		    world_listed(seen, all[i].business_id))
			continue;
		seen = arena_fmt(t->mem, "%s,%s", seen, all[i].business_id);
		json_open(&q->out, '{');
		put(&q->out, "id", all[i].business_id);
		put(&q->out, "name", all[i].portfolio);
		json_close(&q->out, '}');
	}
	put_data_end(&q->out);
	return OK;
}

enum rc
graph_business_pages(struct task *t, struct graph_request *q)
{
	return list_roles(t, q, q->id, q->kind);
}
