/* graph.c: the simulated Graph API (/graph/v26.0/…), single calls and
 * batches. */
#include <signal.h>

#include "graph_call.h"
#include "graph_put.h"
#include "raw.h"
#include "web/app.h"
#include "web/io.h"
#include "world_record.h"

enum { BATCH_MAX = 50, BODY_MAX = 4 << 20 };

static const char json_type[] = "application/json; charset=UTF-8";

/* ---- usage (contract 7) --------------------------------------------------- */

static enum rc
percent_of(struct req *r, const struct graph_request *q, const char *scope,
	   const char *id, int64_t *percent)
{
	int64_t budget = strcmp(scope, "app") == 0 ? q->sw->app_budget
						   : q->sw->page_budget;
	enum rc rc =
		usage_read(&r->t, scope, id, q->sw->usage_window_s, percent);

	*percent = *percent * 100 / budget;
	return rc;
}

/* Every answer carries them: percentages of the budgets. */
static enum rc
add_usage(struct req *r, const struct graph_request *q)
{
	int64_t app = 0, page = 0;
	enum rc rc = percent_of(r, q, "app", SIM_APP_ID, &app);

	if (!rc && q->who.page_id)
		rc = percent_of(r, q, "page", q->who.page_id, &page);
	if (rc)
		return rc;
	reply_header(r, "facebook-api-version", SIM_VERSION);
	if (q->sw->usage_malformed) {
		reply_header(r, "X-App-Usage", "{\"call_count\":");
		reply_header(r, "X-Business-Use-Case-Usage", "[]{");
		return OK;
	}
	reply_header(r, "X-App-Usage",
		     arena_fmt(r->t.mem,
			       "{\"call_count\":%lld,\"total_cputime\":0,"
			       "\"total_time\":0}",
			       (long long)app));
	if (!q->who.page_id)
		return OK;
	reply_header(
		r, "X-Business-Use-Case-Usage",
		arena_fmt(r->t.mem,
			  "{\"%s\":[{\"type\":\"leadgen\",\"call_count\":%lld,"
			  "\"total_cputime\":1,\"total_time\":1,"
			  "\"estimated_time_to_regain_access\":%lld}]}",
			  q->who.page_id, (long long)page,
			  (long long)(page > 100 || q->error.code == 80005
					      ? q->sw->regain_minutes
					      : 0)));
	return OK;
}

/* The connection is lost while the answer is under way: less comes than was
 * promised.  The program then begins anew in its place, so that nobody meets
 * it while it ends. */
NORETURN static void
cut_off(void)
{
	static const char half[] = "Status: 200 OK\r\n"
				   "Content-Type: application/json\r\n"
				   "Connection: close\r\n"
				   "Content-Length: 4000\r\n\r\n{\"data\":[";
	sigset_t none;

	if (!io_write(half, sizeof(half) - 1))
		_exit(1);
	io_finish();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execl("/proc/self/exe", "graph.fcgi", (char *)NULL);
	_exit(1);
}

static enum rc
send_answer(struct req *r, const struct graph_request *q, int status,
	    const struct buf *body)
{
	enum rc rc = add_usage(r, q);

	if (status == GRAPH_CUT)
		cut_off();
	if (status == GRAPH_ITEM_NULL)
		status = 200;
	return rc ? rc : reply_text(r, status, json_type, buf_text(body));
}

/* ---- batch (contract 5) -------------------------------------------------------- */

static const char *
item_text(const struct json *item, const char *name, const char *otherwise)
{
	const char *text = json_text(json_get(item, name));

	return text ? text : otherwise;
}

/* The proof stands outside for the token of all, inside for an item's own. */
static bool
take_proof(struct req *r, const struct graph_request *outer,
	   struct graph_request *q)
{
	if (q->token != outer->token || !graph_has(outer, "appsecret_proof"))
		return true;
	return params_add(r->t.mem, &q->params, "appsecret_proof",
			  graph_param(outer, "appsecret_proof")) &&
	       params_add(r->t.mem, &q->params, "appsecret_time",
			  graph_param(outer, "appsecret_time"));
}

static enum rc
read_item(struct req *r, const struct graph_request *outer,
	  const struct json *item, struct graph_request *q)
{
	struct text url = text_of(item_text(item, "relative_url", ""));
	struct text path;

	*q = (struct graph_request){ .method = item_text(item, "method", "GET"),
				     .sw = outer->sw,
				     .in_batch = true };
	text_take_char(&url, '/');
	if (!text_take_lit(&url, SIM_VERSION "/"))
		return fail(&r->t, E_INPUT, "relative_url without version");
	path = text_first(url, text_find(url, '?'));
	q->path = arena_str(r->t.mem, path);
	if (!params_take(r->t.mem, &q->params, text_from(url, path.len + 1)) ||
	    !params_take(r->t.mem, &q->params,
			 text_of(item_text(item, "body", ""))))
		return fail(&r->t, E_INPUT, "broken relative_url");
	q->token = item_text(item, "access_token", NULL);
	if (!q->token && graph_has(q, "access_token"))
		q->token = graph_param(q, "access_token");
	if (!q->token)
		q->token = outer->token;
	if (!take_proof(r, outer, q))
		return fail(&r->t, E_INPUT, "too many parameters");
	return OK;
}

static enum rc
answer_item(struct req *r, const struct graph_request *outer,
	    const struct json *item, struct json_out *out)
{
	struct graph_request q;
	int status = 0;
	enum rc rc = read_item(r, outer, item, &q);

	if (!rc)
		rc = graph_answer(&r->t, &q, &status);
	if (rc)
		return rc;
	if (status == GRAPH_CUT)
		cut_off();
	if (status == GRAPH_ITEM_NULL) {
		json_put(out, NULL);
		return OK;
	}
	json_open(out, '{');
	put_int(out, "code", status);
	if (strcmp(graph_param(outer, "include_headers"), "false") != 0)
		put_raw(out, "headers",
			"[{\"name\":\"Content-Type\",\"value\":"
			"\"text/javascript; charset=UTF-8\"}]");
	json_name(out, "body");
	json_put_text(out, buf_text(&q.body));
	json_close(out, '}');
	return OK;
}

static size_t
count(const struct json *list)
{
	size_t n = 0;

	for (const struct json *j = json_first(list); j; j = json_next(j))
		n++;
	return n;
}

static enum rc
answer_batch(struct req *r, struct graph_request *q)
{
	const char *why = NULL;
	const struct json *batch =
		json_parse(r->t.mem, text_of(graph_param(q, "batch")), &why);
	struct buf body = buf_in(r->t.mem, GRAPH_ANSWER);
	struct json_out out = { .to = &body };
	enum rc rc = OK;

	if (count(batch) > BATCH_MAX)
		return reply_text(
			r, 400, json_type,
			TEXT("{\"error\":{\"message\":\"Too many requests in "
			     "batch message. Maximum batch size is 50\","
			     "\"type\":\"GraphBatchException\"}}"));
	json_open(&out, '[');
	for (const struct json *j = json_first(batch); !rc && j;
	     j = json_next(j))
		rc = answer_item(r, q, j, &out);
	json_close(&out, ']');
	return rc ? rc : send_answer(r, q, 200, &body);
}

/* A batch as a whole can fail like a call of its own. */
static enum rc
batch(struct req *r, struct graph_request *q)
{
	int status = 0;
	enum rc rc;

	q->path = "batch";
	rc = graph_answer(&r->t, q, &status);
	if (rc)
		return rc;
	if (status != 200 || q->body.len == 0 || q->body.p[0] != '{' ||
	    q->error.code)
		return send_answer(r, q, status, &q->body);
	return answer_batch(r, q);
}

/* ---- one request --------------------------------------------------------------- */

static enum rc
single(struct req *r, struct graph_request *q)
{
	int status = 0;
	enum rc rc = graph_answer(&r->t, q, &status);

	return rc ? rc : send_answer(r, q, status, &q->body);
}

static const char *
bearer(struct req *r, const struct graph_request *q)
{
	struct text header = text_of(req_header(r, "Authorization"));

	if (text_take_lit(&header, "Bearer ") ||
	    text_take_lit(&header, "OAuth "))
		return arena_str(r->t.mem, header);
	return graph_has(q, "access_token") ? graph_param(q, "access_token")
					    : NULL;
}

static void
wait_ms(int64_t ms)
{
	struct timespec wait = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&wait, NULL);
}

static enum rc
graph(struct req *r, const void *form)
{
	struct switches sw;
	struct graph_request q = { .sw = &sw };
	struct text path = text_of(r->path);
	enum rc rc = switches_load(&r->t, &sw);

	(void)form;
	if (rc)
		return rc;
	q.method = r->method == GET    ? "GET"
		   : r->method == POST ? "POST"
				       : "DELETE";
	if (!text_take_lit(&path, "/graph/" SIM_VERSION))
		return reply_text(
			r, 400, json_type,
			TEXT("{\"error\":{\"message\":\"(#2635) You are "
			     "calling a deprecated version of the Ads API. "
			     "Please update to the latest version: "
			     "v26.0.\",\"type\":\"OAuthException\","
			     "\"code\":2635}}"));
	text_take_char(&path, '/');
	q.path = arena_str(r->t.mem, path);
	if (!params_take(r->t.mem, &q.params, r->query) ||
	    !params_take(r->t.mem, &q.params, r->body))
		return fail(&r->t, E_INPUT, "broken parameters");
	q.token = bearer(r, &q);
	wait_ms(sw.answer_ms);
	return graph_has(&q, "batch") ? batch(r, &q) : single(r, &q);
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/graph/*",
	  .perm = PERM_RAW,
	  .verify = accept_all,
	  .handle = graph },
	{ .method = POST,
	  .path = "/graph/*",
	  .perm = PERM_RAW,
	  .verify = accept_all,
	  .handle = graph,
	  .max_body = BODY_MAX },
	{ .method = DELETE,
	  .path = "/graph/*",
	  .perm = PERM_RAW,
	  .verify = accept_all,
	  .handle = graph },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
