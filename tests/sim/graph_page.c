/* graph_page: pages, their subscriptions, the app, and tokens looked at. */
#include "base/escape.h"
#include "graph_call.h"
#include "net/fetch.h"

static void
put(struct json_out *o, const char *name, const char *value)
{
	if (!value)
		return;
	json_name(o, name);
	json_put(o, value);
}

/* JSON that is stored as text. */
static void
put_raw(struct json_out *o, const char *name, const char *json)
{
	json_name(o, name);
	buf_puts(o->to, json);
	o->comma = true;
}

static void
put_success(struct json_out *o)
{
	json_open(o, '{');
	json_name(o, "success");
	json_put_bool(o, true);
	json_close(o, '}');
}

/* ---- pages ---------------------------------------------------------------------------- */

static int64_t
limit_of(const struct graph_request *q)
{
	int64_t n = 25;

	if (!text_int(text_of(graph_param(q, "limit")), 1, q->sw->max_limit,
		      &n))
		return 25;
	return n;
}

static int64_t
cursor_of(const struct graph_request *q)
{
	int64_t n = 0;

	if (!text_int(text_of(graph_param(q, "after")), 0, INT64_MAX, &n))
		return 0;
	return n;
}

static void
put_paging(struct task *t, struct json_out *o, int64_t last, bool more)
{
	json_name(o, "paging");
	json_open(o, '{');
	json_name(o, "cursors");
	json_open(o, '{');
	put(o, "before", "0");
	put(o, "after", arena_fmt(t->mem, "%lld", (long long)last));
	json_close(o, '}');
	if (more)
		put(o, "next",
		    "https://graph.facebook.com/v26.0/next?access_token=cut");
	json_close(o, '}');
}

static enum rc
put_account(struct task *t, struct graph_request *q, const struct sim_page *p)
{
	const char *token = NULL;
	enum rc rc = OK;

	/* The last ones are those without a token. */
	if (p->number <= q->sw->accounts_pages - q->sw->pages_without_token)
		rc = world_page_token(t, p->id, &q->who, &token);
	if (rc)
		return rc;
	json_open(&q->out, '{');
	put(&q->out, "access_token", token);
	put(&q->out, "category", p->category);
	put(&q->out, "name", p->name);
	put(&q->out, "id", p->id);
	put_raw(&q->out, "tasks", p->tasks);
	json_close(&q->out, '}');
	return OK;
}

enum rc
graph_accounts(struct task *t, struct graph_request *q)
{
	struct sim_page *pages = NULL;
	int64_t limit = limit_of(q);
	size_t n = 0;
	enum rc rc;

	if (strcmp(q->who.type, "page") == 0)
		return graph_no(q, 400, 100, 0,
				"(#100) Tried accessing nonexisting field "
				"(accounts) on node type (Page)");
	rc = world_fill_pages(t, q->sw->accounts_pages);
	if (!rc)
		rc = world_pages(t, cursor_of(q), q->sw->accounts_pages,
				 limit + 1, &pages, &n);
	if (rc)
		return rc;
	json_open(&q->out, '{');
	json_name(&q->out, "data");
	json_open(&q->out, '[');
	for (size_t i = 0; !rc && i < n && (int64_t)i < limit; i++)
		rc = put_account(t, q, &pages[i]);
	json_close(&q->out, ']');
	if (n > 0) {
		bool more = (int64_t)n > limit;

		put_paging(t, &q->out,
			   pages[more ? (size_t)limit - 1 : n - 1].number,
			   more);
	}
	json_close(&q->out, '}');
	return rc;
}

enum rc
graph_page(struct task *t, struct graph_request *q)
{
	struct sim_page p;
	const char *token = q->who.token;
	enum rc rc = world_page(t, q->id, &p);

	if (!rc && strcmp(q->who.type, "page") != 0)
		rc = world_page_token(t, p.id, &q->who, &token);
	if (rc)
		return rc;
	json_open(&q->out, '{');
	if (world_listed(graph_param(q, "fields"), "access_token"))
		put(&q->out, "access_token", token);
	if (world_listed(graph_param(q, "fields"), "name"))
		put(&q->out, "name", p.name);
	put(&q->out, "id", p.id);
	json_close(&q->out, '}');
	return OK;
}

/* ---- subscriptions of a page (contract 4) ------------------------------------------------ */

static void
put_list(struct task *t, struct json_out *o, const char *name, const char *list)
{
	struct text rest = text_of(list), part;

	json_name(o, name);
	json_open(o, '[');
	while (text_take_part(&rest, ',', &part))
		json_put(o, arena_str(t->mem, text_trim(part)));
	json_close(o, ']');
}

static enum rc
show_subscribed(struct task *t, struct graph_request *q)
{
	struct sim_subscription *all = NULL;
	size_t n = 0;
	enum rc rc = world_subscriptions(t, q->id, &all, &n);

	if (rc)
		return rc;
	json_open(&q->out, '{');
	json_name(&q->out, "data");
	json_open(&q->out, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&q->out, '{');
		put(&q->out, "name", all[i].name);
		put(&q->out, "id", all[i].app_id);
		put_list(t, &q->out, "subscribed_fields", all[i].fields);
		json_close(&q->out, '}');
	}
	json_close(&q->out, ']');
	json_close(&q->out, '}');
	return OK;
}

enum rc
graph_subscribed(struct task *t, struct graph_request *q)
{
	const char *fields = "";
	bool ok = false;
	enum rc rc = graph_need_page(t, q, q->id, &ok);

	if (rc || !ok)
		return rc;
	if (strcmp(q->method, "GET") == 0)
		return show_subscribed(t, q);
	if (strcmp(q->method, "POST") == 0)
		fields = graph_param(q, "subscribed_fields");
	if (strcmp(q->method, "POST") == 0 && !fields[0])
		return graph_no(q, 400, 100, 0,
				"(#100) The parameter subscribed_fields is "
				"required");
	rc = world_subscribe(t, q->id, q->who.app_id, fields);
	if (!rc)
		put_success(&q->out);
	return rc;
}

/* ---- the app (contract 1.6, 2.8) ------------------------------------------------------------ */

enum rc
graph_app(struct task *t, struct graph_request *q)
{
	struct sim_app app;
	enum rc rc = world_app(t, SIM_APP_ID, &app);

	if (rc)
		return rc;
	json_open(&q->out, '{');
	put(&q->out, "id", app.id);
	put(&q->out, "name", app.name);
	json_close(&q->out, '}');
	return OK;
}

static enum rc
show_subscription(struct task *t, struct graph_request *q,
		  const struct sim_app *app)
{
	(void)t;
	json_open(&q->out, '{');
	json_name(&q->out, "data");
	json_open(&q->out, '[');
	if (app->callback_url) {
		json_open(&q->out, '{');
		put(&q->out, "object", "page");
		put(&q->out, "callback_url", app->callback_url);
		json_name(&q->out, "active");
		json_put_bool(&q->out, true);
		put_raw(&q->out, "fields",
			"[{\"name\":\"leadgen\",\"version\":\"v26.0\"}]");
		json_close(&q->out, '}');
	}
	json_close(&q->out, ']');
	json_close(&q->out, '}');
	return OK;
}

/* The callback must echo the challenge, bare (contract 1.1). */
static bool
verified(struct task *t, const char *callback, const char *token)
{
	struct buf url = buf_in(t->mem, 4000);
	struct fetch_request req = { .method = "GET", .deadline_ms = 5000 };
	struct fetch_answer answer;

	buf_fmt(&url,
		"%s?hub.mode=subscribe&hub.challenge=1158201444"
		"&hub.verify_token=",
		callback);
	escape_url(&url, text_of(token));
	req.url = buf_str(&url);
	if (fetch(t, &req, &answer)) {
		task_forgive(t);
		return false;
	}
	return answer.status == 200 && text_is(answer.body, "1158201444");
}

static enum rc
subscribe_app(struct task *t, struct graph_request *q, struct sim_app *app)
{
	const char *callback = graph_param(q, "callback_url");
	enum rc rc;

	if (!verified(t, callback, graph_param(q, "verify_token")))
		return graph_no(q, 400, 2200, 0,
				"(#2200) callback verification failed with "
				"the following errors: HTTP Status Code");
	app->callback_url = callback;
	app->fields = graph_param(q, "fields");
	app->include_values =
		strcmp(graph_param(q, "include_values"), "false") != 0;
	rc = world_app_subscribe(t, app);
	if (!rc)
		put_success(&q->out);
	return rc;
}

enum rc
graph_app_subscriptions(struct task *t, struct graph_request *q)
{
	struct sim_app app;
	enum rc rc = world_app(t, SIM_APP_ID, &app);

	if (rc)
		return rc;
	if (strcmp(q->who.type, "app") != 0)
		return graph_no(q, 400, 15, 0,
				"(#15) This method must be called with an app "
				"access_token.");
	if (strcmp(q->method, "GET") == 0)
		return show_subscription(t, q, &app);
	if (strcmp(q->method, "POST") == 0)
		return subscribe_app(t, q, &app);
	app.callback_url = NULL;
	rc = world_app_subscribe(t, &app);
	if (!rc)
		put_success(&q->out);
	return rc;
}

static void
put_debug(struct graph_request *q, const struct sim_token *who)
{
	struct json_out *o = &q->out;
	bool alive = who->token && !who->is_dead;

	json_open(o, '{');
	json_name(o, "data");
	json_open(o, '{');
	put(o, "app_id", SIM_APP_ID);
	if (alive) {
		put(o, "type",
		    strcmp(who->type, "system_user") == 0 ? "SYSTEM_USER"
		    : strcmp(who->type, "page") == 0	  ? "PAGE"
							  : "USER");
		put(o, "user_id", who->user_id);
		json_name(o, "expires_at");
		json_put_int(o, 0);
	}
	json_name(o, "is_valid");
	json_put_bool(o, alive);
	put_raw(o, "scopes",
		alive ? "[\"leads_retrieval\",\"pages_show_list\","
			"\"pages_manage_metadata\",\"pages_manage_ads\","
			"\"pages_read_engagement\"]"
		      : "[]");
	json_close(o, '}');
	json_close(o, '}');
}

enum rc
graph_debug_token(struct task *t, struct graph_request *q)
{
	struct sim_token who = { 0 };
	enum rc rc = world_token(t, graph_param(q, "input_token"), &who);

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		who.token = NULL;
		rc = OK;
	}
	if (!rc)
		put_debug(q, &who);
	return rc;
}
