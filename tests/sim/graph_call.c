/* graph_call: the table of paths, and the order in which a call is judged. */
#include "graph_call.h"

#include "world_record.h"

const char *
graph_param(const struct graph_request *q, const char *name)
{
	return params_get(&q->params, name);
}

bool
graph_has(const struct graph_request *q, const char *name)
{
	return graph_param(q, name)[0] != '\0';
}

bool
graph_is(const struct graph_request *q, const char *method)
{
	return strcmp(q->method, method) == 0;
}

int64_t
graph_limit(const struct graph_request *q)
{
	int64_t n = 25;

	if (!text_int(text_of(graph_param(q, "limit")), 1, q->sw->max_limit,
		      &n))
		return 25;
	return n;
}

/* ---- faults at chosen calls -------------------------------------------------- */

static bool
is_about(const struct graph_request *q, const char *object)
{
	return !object || strcmp(q->id, object) == 0 ||
	       (q->page_id && strcmp(q->page_id, object) == 0);
}

static enum rc
look_for_fault(struct task *t, struct graph_request *q, int *status)
{
	struct sim_fault *all = NULL;
	size_t n = 0;
	enum rc rc = faults_load(t, &all, &n);

	for (size_t i = 0; !rc && i < n; i++) {
		bool strikes = false;

		if (strcmp(all[i].kind, "any") != 0 &&
		    strcmp(all[i].kind, q->kind) != 0)
			continue;
		if (!is_about(q, all[i].object))
			continue;
		rc = fault_count(t, &all[i], &strikes);
		if (!rc && strikes && !q->error.code && !*status)
			graph_strike(t, q, all[i].error, status);
	}
	return rc;
}

/* ---- the table of paths ------------------------------------------------------ */

enum need { NO_TOKEN, ANY_TOKEN, PAGE_TOKEN };

#define READS_FORMS "pages_manage_ads"
#define READS_LEADS "leads_retrieval"
#define PORTFOLIO "business_management"

static const struct graph_path {
	const char *object; /* kind behind the id; NULL: the word itself */
	const char *word;   /* first segment, when object is NULL */
	const char *edge;   /* second segment, "" = the node */
	const char *kind;
	enum need need; /* PAGE_TOKEN: that of the page itself */
	const char *scopes;
	graph_handler *answer;
} paths[] = {
#define WORD(word, edge, kind, need, scopes, answer)                           \
	{                                                                      \
		NULL, word, edge, kind, need, scopes, answer                   \
	}
#define NODE(object, edge, kind, need, scopes, answer)                         \
	{                                                                      \
		object, NULL, edge, kind, need, scopes, answer                 \
	}
	WORD("oauth", "access_token", "oauth", NO_TOKEN, "",
	     graph_access_token),
	WORD("debug_token", "", "debug_token", ANY_TOKEN, "",
	     graph_debug_token),
	WORD("batch", "", "batch", ANY_TOKEN, "", graph_app), /* as a whole */
	WORD("app", "", "app", ANY_TOKEN, "", graph_app),
	NODE("app", "", "app", ANY_TOKEN, "", graph_app),
	NODE("app", "subscriptions", "subscriptions", ANY_TOKEN, "",
	     graph_app_subscriptions),
	WORD("me", "", "me", ANY_TOKEN, "", graph_me),
	WORD("me", "permissions", "permissions", ANY_TOKEN, "",
	     graph_permissions),
	WORD("me", "accounts", "accounts", ANY_TOKEN, "pages_show_list",
	     graph_accounts),
	WORD("me", "businesses", "businesses", ANY_TOKEN, PORTFOLIO,
	     graph_businesses),
	NODE("business", "owned_pages", "owned_pages", ANY_TOKEN, PORTFOLIO,
	     graph_business_pages),
	NODE("business", "client_pages", "client_pages", ANY_TOKEN, PORTFOLIO,
	     graph_business_pages),
	NODE("page", "", "page", ANY_TOKEN, "", graph_page),
	NODE("page", "leadgen_forms", "forms", PAGE_TOKEN, READS_FORMS,
	     graph_page_forms),
	NODE("page", "subscribed_apps", "subscribed_apps", PAGE_TOKEN,
	     "pages_manage_metadata", graph_subscribed),
	NODE("form", "", "form", PAGE_TOKEN, READS_FORMS, graph_form),
	NODE("form", "leads", "leads", PAGE_TOKEN, READS_LEADS,
	     graph_form_leads),
	NODE("form", "test_leads", "test_leads", PAGE_TOKEN,
	     READS_LEADS "," READS_FORMS, graph_test_leads),
	NODE("lead", "", "lead", PAGE_TOKEN, READS_LEADS, graph_lead),
};

static const struct graph_path *
find_path(const char *object, const char *first, const char *edge)
{
	for (size_t i = 0; i < COUNT(paths); i++) {
		const struct graph_path *p = &paths[i];
		bool fits = p->object ? object && !strcmp(p->object, object)
				      : !strcmp(p->word, first);

		if (fits && strcmp(p->edge, edge) == 0)
			return p;
	}
	return NULL;
}

static enum rc
match(struct task *t, struct graph_request *q, const struct graph_path **out)
{
	struct text rest = text_of(q->path), first = { 0 }, edge = { 0 };
	struct sim_object object = { 0 };
	enum rc rc;

	text_take_part(&rest, '/', &first);
	text_take_part(&rest, '/', &edge);
	q->id = arena_str(t->mem, first);
	q->rest = arena_str(t->mem, rest);
	rc = world_object(t, q->id, &object);
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		rc = OK;
	}
	q->page_id = object.page_id;
	*out = find_path(object.kind, q->id, arena_str(t->mem, edge));
	q->kind = *out ? (*out)->kind : "unknown";
	return rc;
}

/* Type of the token first, then what it may: as Meta judges. */
static enum rc
admit(struct task *t, struct graph_request *q, const struct graph_path *path,
      bool *done)
{
	enum rc rc;

	if (path && path->need == NO_TOKEN)
		return OK;
	rc = graph_check_token(t, q);
	if (!rc && !q->error.code)
		rc = graph_budget(t, q);
	if (rc || q->error.code || !path)
		return rc;
	if (path->need == PAGE_TOKEN)
		graph_need_page(q, done);
	if (!q->error.code && !*done)
		graph_need_scopes(t, q, path->scopes);
	return OK;
}

static enum rc
answer(struct task *t, struct graph_request *q, int *status)
{
	const struct graph_path *path = NULL;
	bool done = false;
	enum rc rc = world_app(t, SIM_APP_ID, &q->app);

	if (!rc)
		rc = match(t, q, &path);
	if (!rc)
		rc = look_for_fault(t, q, status);
	if (!rc && !*status && !q->error.code)
		rc = admit(t, q, path, &done);
	if (rc || done || *status || q->error.code)
		return rc;
	return path ? path->answer(t, q) : graph_gone(t, q, q->id);
}

enum rc
graph_answer(struct task *t, struct graph_request *q, int *status)
{
	int64_t began = clock_steady();
	struct sim_call call;
	enum rc rc;

	*status = 0;
	q->body = buf_in(t->mem, GRAPH_ANSWER);
	q->out = (struct json_out){ .to = &q->body };
	rc = answer(t, q, status);
	if (rc)
		return rc;
	if (q->error.code) {
		graph_print_error(q);
		*status = q->error.status;
	} else if (!*status) {
		*status = 200;
	}
	call = (struct sim_call){ .at = t->now,
				  .kind = q->kind,
				  .method = q->method,
				  .path = q->path,
				  .status = *status,
				  .code = q->error.code,
				  .ms = clock_steady() - began,
				  .in_batch = q->in_batch };
	return call_add(t, &call);
}
