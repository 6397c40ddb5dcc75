/* graph_app: the app and its subscription (contract 1.6), and tokens looked at
 * (contract 2.8). */
#include "base/escape.h"
#include "graph_call.h"
#include "graph_put.h"
#include "net/fetch.h"
#include "world_member.h"

enum rc
graph_app(struct task *t, struct graph_request *q)
{
	(void)t;
	json_open(&q->out, '{');
	put(&q->out, "id", q->app.id);
	put(&q->out, "name", q->app.name);
	json_close(&q->out, '}');
	return OK;
}

/* ---- the subscription ----------------------------------------------------------- */

static enum rc
show_subscription(struct task *t, struct graph_request *q)
{
	struct text rest = text_of(q->app.fields), part;

	put_data(&q->out);
	if (q->app.callback_url) {
		json_open(&q->out, '{');
		put(&q->out, "object", "page");
		put(&q->out, "callback_url", q->app.callback_url);
		put_bool(&q->out, "active", true);
		json_name(&q->out, "fields");
		json_open(&q->out, '[');
		while (text_take_part(&rest, ',', &part)) {
			json_open(&q->out, '{');
			put(&q->out, "name", arena_str(t->mem, part));
			put(&q->out, "version", SIM_VERSION);
			json_close(&q->out, '}');
		}
		json_close(&q->out, ']');
		json_close(&q->out, '}');
	}
	put_data_end(&q->out);
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
subscribe_app(struct task *t, struct graph_request *q)
{
	const char *callback = graph_param(q, "callback_url");
	enum rc rc;

	if (strcmp(graph_param(q, "object"), "page") != 0)
		return graph_no(q, 400, 100, 0,
				"(#100) The parameter object is required");
	if (!verified(t, callback, graph_param(q, "verify_token")))
		return graph_no(q, 400, 2200, 0,
				"(#2200) callback verification failed with "
				"the following errors: HTTP Status Code");
	q->app.callback_url = callback;
	q->app.fields = graph_param(q, "fields");
	q->app.include_values =
		strcmp(graph_param(q, "include_values"), "false") != 0;
	rc = world_app_subscribe(t, &q->app);
	if (!rc)
		put_success(&q->out);
	return rc;
}

enum rc
graph_app_subscriptions(struct task *t, struct graph_request *q)
{
	enum rc rc;

	if (strcmp(q->who.type, "app") != 0)
		return graph_no(q, 400, 15, 0,
				"(#15) This method must be called with an app "
				"access_token.");
	if (graph_is(q, "GET"))
		return show_subscription(t, q);
	if (graph_is(q, "POST"))
		return subscribe_app(t, q);
	q->app.callback_url = NULL;
	rc = world_app_subscribe(t, &q->app);
	if (!rc)
		put_success(&q->out);
	return rc;
}

/* ---- debug_token ------------------------------------------------------------------- */

static const char *
type_name(const struct sim_token *who)
{
	if (strcmp(who->type, "system_user") == 0)
		return "SYSTEM_USER";
	if (strcmp(who->type, "page") == 0)
		return "PAGE";
	return strcmp(who->type, "app") == 0 ? "APP" : "USER";
}

static int64_t
seconds(struct when w)
{
	return w.ms / SECOND_MS;
}

/* The clock of data access runs for members only: 0 = not applicable. */
static int64_t
data_access_end(const struct switches *sw, const struct sim_token *who,
		bool is_member)
{
	return is_member ? seconds(when_add(who->login_at,
					    sw->data_access_days * DAY_MS))
			 : 0;
}

/* Permissions about pages name the ticked ones; a page that is missing was
 * not ticked. */
static void
put_granular(struct task *t, struct json_out *o, const char *scopes,
	     const char *page_ids)
{
	struct text rest = text_of(scopes), part;

	json_name(o, "granular_scopes");
	json_open(o, '[');
	while (text_take_part(&rest, ',', &part)) {
		json_open(o, '{');
		put(o, "scope", arena_str(t->mem, part));
		if (page_ids && (text_starts(part, "pages_") ||
				 text_is(part, "leads_retrieval")))
			put_list(t, o, "target_ids", page_ids);
		json_close(o, '}');
	}
	json_close(o, ']');
}

static enum rc
ticked_pages(struct task *t, const struct switches *sw, const char *member_id,
	     const char **out)
{
	struct sim_role *all = NULL;
	struct buf b = buf_in(t->mem, 64 << 10);
	size_t n = 0;
	enum rc rc = world_roles(t, sw, member_id, &all, &n);

	for (size_t i = 0; i < n; i++)
		if (all[i].ticked)
			buf_fmt(&b, "%s%s", b.len ? "," : "", all[i].page_id);
	*out = buf_str(&b);
	return rc;
}

static enum rc
put_valid(struct task *t, struct graph_request *q, const struct sim_token *who)
{
	struct json_out *o = &q->out;
	const char *scopes = "", *pages = NULL;
	struct sim_member m;
	bool is_member = false;
	enum rc rc = graph_scopes(t, q->sw, who, &scopes);

	if (!rc && who->user_id) {
		rc = world_member(t, who->user_id, &m);
		is_member = rc == OK;
		if (rc == E_NOTFOUND) {
			task_forgive(t);
			rc = OK;
		}
	}
	if (!rc && is_member)
		rc = ticked_pages(t, q->sw, m.id, &pages);
	if (rc)
		return rc;
	put(o, "type", type_name(who));
	put(o, "application", q->app.name);
	put_int(o, "data_access_expires_at",
		data_access_end(q->sw, who, is_member));
	put_int(o, "expires_at", seconds(who->expires_at));
	put_bool(o, "is_valid", true);
	if (who->is_long)
		put_int(o, "issued_at", seconds(who->issued_at));
	put(o, "profile_id", who->page_id);
	put_list(t, o, "scopes", scopes);
	put_granular(t, o, scopes, pages);
	put(o, "user_id", who->user_id);
	return OK;
}

/* "error" has "subcode" here, not "error_subcode". */
static void
put_invalid(struct graph_request *q)
{
	struct json_out *o = &q->out;

	json_name(o, "error");
	json_open(o, '{');
	put_int(o, "code", q->error.code);
	put(o, "message", q->error.message);
	if (q->error.subcode)
		put_int(o, "subcode", q->error.subcode);
	json_close(o, '}');
	put_bool(o, "is_valid", false);
	put_raw(o, "scopes", "[]");
	q->error.code = 0;
}

enum rc
graph_debug_token(struct task *t, struct graph_request *q)
{
	struct graph_request other = { .method = "GET",
				       .sw = q->sw,
				       .app = q->app };
	enum rc rc;

	other.token = graph_param(q, "input_token");
	if (!other.token[0])
		return graph_no(q, 400, 100, 0,
				"(#100) The parameter input_token is required");
	rc = graph_check_token(t, &other);
	if (rc)
		return rc;
	if (other.who.app_id && strcmp(other.who.app_id, q->app.id) != 0)
		return graph_no(q, 400, 100, 0,
				"(#100) The App_id in the input_token did not "
				"match the Viewing App");
	q->error = other.error;
	/* A missing proof is no fault of the token that is looked at. */
	if (q->error.code == 100)
		q->error.code = 0;
	json_open(&q->out, '{');
	json_name(&q->out, "data");
	json_open(&q->out, '{');
	if (other.who.app_id)
		put(&q->out, "app_id", other.who.app_id);
	if (q->error.code)
		put_invalid(q);
	else
		rc = put_valid(t, q, &other.who);
	json_close(&q->out, '}');
	json_close(&q->out, '}');
	return rc;
}
