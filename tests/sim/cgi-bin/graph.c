/* graph.c: the simulated Graph API (/graph/v26.0/…), single calls and
 * batches. */
#include "graph_call.h"
#include "web/app.h"
#include "world_record.h"

enum { BATCH_MAX = 50, BODY_MAX = 4 << 20 };

static enum rc
accept_all(struct req *r, const void *form)
{
	(void)form;
	return r ? OK : E_DENIED;
}

/* Percentages of the budgets, as every answer carries them (contract 7). */
static enum rc
add_usage(struct req *r, const struct graph_request *q, int64_t calls)
{
	const struct sim_usage u = { "app", SIM_APP_ID, calls };
	int64_t total = 0;
	enum rc rc = usage_add(&r->t, &u, q->sw->usage_window_s);

	if (!rc)
		rc = usage_read(&r->t, "app", SIM_APP_ID, q->sw->usage_window_s,
				&total);
	if (rc)
		return rc;
	reply_header(r, "X-App-Usage",
		     arena_fmt(r->t.mem,
			       "{\"call_count\":%lld,\"total_cputime\":0,"
			       "\"total_time\":0}",
			       (long long)(total * 100 / q->sw->app_budget)));
	if (q->who.page_id)
		reply_header(
			r, "X-Business-Use-Case-Usage",
			arena_fmt(r->t.mem,
				  "{\"%s\":[{\"type\":\"leadgen\","
				  "\"call_count\":%lld,\"total_cputime\":1,"
				  "\"total_time\":1,"
				  "\"estimated_time_to_regain_access\":"
				  "%lld}]}",
				  q->who.page_id,
				  (long long)(total * 100 / q->sw->page_budget),
				  (long long)(q->error.code == 80005
						      ? q->sw->regain_minutes
						      : 0)));
	reply_header(r, "facebook-api-version", SIM_VERSION);
	return OK;
}

static const char *
bearer(struct req *r, const struct graph_request *q)
{
	struct text header = text_of(req_header(r, "Authorization"));

	if (text_take_lit(&header, "Bearer "))
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

/* ---- batch (contract 5) ------------------------------------------------------------------ */

static enum rc
answer_item(struct req *r, const struct graph_request *outer,
	    const struct json *item, struct json_out *out)
{
	struct text url = text_of(json_text(json_get(item, "relative_url")));
	struct graph_request q = { .method = "GET",
				   .token = outer->token,
				   .sw = outer->sw,
				   .in_batch = true };
	struct text path;
	int status = 0;
	enum rc rc;

	if (!text_take_lit(&url, SIM_VERSION "/"))
		return fail(&r->t, E_INPUT, "relative_url without version");
	path = text_first(url, text_find(url, '?'));
	q.path = arena_str(r->t.mem, path);
	if (!graph_take_params(&r->t, &q, text_from(url, path.len + 1)))
		return fail(&r->t, E_INPUT, "broken relative_url");
	/* The proof stands outside, for the token of all. */
	if (graph_has(outer, "appsecret_proof"))
		q.params[q.n_params++] =
			(struct graph_pair){ "appsecret_proof",
					     graph_param(outer,
							 "appsecret_proof") };
	rc = graph_answer(&r->t, &q, &status);
	if (rc)
		return rc;
	json_open(out, '{');
	json_name(out, "code");
	json_put_int(out, status);
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
	size_t n = count(batch);
	enum rc rc = OK;

	if (n > BATCH_MAX)
		return reply_text(
			r, 400, "application/json",
			TEXT("{\"error\":{\"message\":\"Too many requests in "
			     "batch message. Maximum batch size is 50\","
			     "\"type\":\"GraphBatchException\"}}"));
	json_open(&out, '[');
	for (const struct json *j = json_first(batch); !rc && j;
	     j = json_next(j))
		rc = answer_item(r, q, j, &out);
	json_close(&out, ']');
	if (!rc)
		rc = add_usage(r, q, (int64_t)n);
	if (rc)
		return rc;
	return reply_text(r, 200, "application/json; charset=UTF-8",
			  buf_text(&body));
}

/* A batch as a whole can fail like a call of its own. */
static enum rc
batch(struct req *r, struct graph_request *q)
{
	int status = 0;
	enum rc rc;

	q->path = "app";
	rc = graph_answer(&r->t, q, &status);
	if (rc)
		return rc;
	if (status != 200)
		return reply_text(r, status, "application/json",
				  buf_text(&q->body));
	return answer_batch(r, q);
}

static enum rc
single(struct req *r, struct graph_request *q)
{
	int status = 0;
	enum rc rc = graph_answer(&r->t, q, &status);

	if (!rc)
		rc = add_usage(r, q, 1);
	if (rc)
		return rc;
	return reply_text(r, status, "application/json; charset=UTF-8",
			  buf_text(&q->body));
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
			r, 400, "application/json",
			TEXT("{\"error\":{\"message\":\"(#2635) You are "
			     "calling a deprecated version of the Ads API. "
			     "Please update to the latest version: "
			     "v26.0.\",\"type\":\"OAuthException\","
			     "\"code\":2635}}"));
	text_take_char(&path, '/');
	q.path = arena_str(r->t.mem, path);
	if (!graph_take_params(&r->t, &q, r->query) ||
	    !graph_take_params(&r->t, &q, r->body))
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
