/* graph: putting calls together, sending them, taking answers apart. */
#include "meta/graph.h"

#include "base/buf.h"
#include "base/crypt.h"
#include "base/escape.h"
#include "base/log.h"
#include "meta/throttle.h"

enum { URL_MAX = 8000, BODY_MAX = 256 << 10, LIST_PAGES = 100 };

const char *
graph_proof(struct task *t, const char *app_secret, const char *token)
{
	uint8_t mac[CRYPT_HASH];

	crypt_hmac_sha256(text_of(app_secret), text_of(token), mac);
	return crypt_hex(t->mem, mac, sizeof(mac));
}

static void
add_param(struct buf *b, const char *name, const char *value)
{
	if (b->len > 0)
		buf_putc(b, '&');
	escape_url(b, text_of(name));
	buf_putc(b, '=');
	escape_url(b, text_of(value));
}

static struct text
encode(struct task *t, const struct graph *g, const struct graph_param *params,
       size_t max)
{
	struct buf b = buf_in(t->mem, max);

	for (; params && params->name; params++)
		add_param(&b, params->name, params->value);
	/* The app's own token, "id|secret", goes without (contract 2.9). */
	if (g->app_secret && g->token && !strchr(g->token, '|'))
		add_param(&b, "appsecret_proof",
			  graph_proof(t, g->app_secret, g->token));
	return b.failed ? (struct text){ NULL, max } : buf_text(&b);
}

/* No answer came, or one that was too large: the words are fetch's, which
 * hold no secret. */
static enum rc
unanswered(struct task *t, enum rc rc, struct graph_error *err)
{
	graph_judge(t, 0, NULL, err);
	if (rc == E_INPUT)
		err->reason = "too_large";
	err->words = arena_str(t->mem, text_of(t->why));
	return E_REMOTE;
}

static enum rc
read_answer(struct task *t, const struct fetch_answer *a,
	    const struct json **reply, struct graph_error *err)
{
	const char *why = NULL;
	const struct json *body = json_parse(t->mem, a->body, &why);

	if (body && !json_get(body, "error") && a->status < 400) {
		*reply = body;
		return OK;
	}
	graph_judge(t, a->status, body, err);
	if (!text_is_utf8(a->body))
		err->reason = "no_utf8";
	return fail(t, E_REMOTE, "Graph: %s %lld/%lld", err->reason,
		    (long long)err->code, (long long)err->subcode);
}

/* What cannot be noted of limits costs nothing that was read already. */
static void
note_limits(struct task *t, const struct graph *g,
	    const struct throttle *before, const struct fetch_answer *a,
	    struct graph_error *err)
{
	struct task quiet = *t;

	task_forgive(&quiet);
	if (throttle_note(&quiet, g, before, a, err))
		log_warn("limits: %s", quiet.why);
}

static enum rc
take_answer(struct task *t, const struct graph *g,
	    const struct throttle *before, const struct fetch_answer *a,
	    const struct json **reply, struct graph_error *err)
{
	enum rc rc = read_answer(t, a, reply, err);

	note_limits(t, g, before, a, rc ? err : NULL);
	return rc;
}

static void
note_clock(const struct graph *g, const struct fetch_answer *a)
{
	struct when at;

	if (!g->answered_at)
		return;
	at = fetch_date(a);
	if (at.ms)
		*g->answered_at = at;
}

/* A person's own login, which has no token yet, is never held back. */
static enum rc
look_first(struct task *t, const struct graph *g, struct throttle *before,
	   struct graph_error *err)
{
	enum rc rc = throttle_look(t, g, before);

	if (rc || !g->token || !before->until.ms)
		return rc;
	return throttle_refuse(t, before, err);
}

static enum rc
send_request(struct task *t, const struct graph *g, struct fetch_request *req,
	     const struct json **reply, struct graph_error *err)
{
	const char *headers[3] = { NULL, NULL, NULL };
	struct fetch_answer answer;
	struct throttle before;
	size_t n = 0;
	enum rc rc = look_first(t, g, &before, err);

	if (rc)
		return rc;
	if (g->token)
		headers[n++] =
			arena_fmt(t->mem, "Authorization: Bearer %s", g->token);
	if (req->body.len > 0)
		headers[n++] =
			"Content-Type: application/x-www-form-urlencoded";
	req->headers = headers;
	rc = fetch(t, req, &answer);
	req->headers = NULL;
	if (rc)
		return unanswered(t, rc, err);
	note_clock(g, &answer);
	return take_answer(t, g, &before, &answer, reply, err);
}

enum rc
graph_do(struct task *t, const struct graph *g, const struct graph_call *call,
	 const struct json **reply, struct graph_error *err)
{
	bool post = text_is(text_of(call->method), "POST");
	struct text params =
		encode(t, g, call->params, post ? BODY_MAX : URL_MAX);
	struct fetch_request req = { .method = call->method };
	const char *url =
		arena_fmt(t->mem, "%s/%s/%s", g->url, g->version, call->path);

	*err = (struct graph_error){ .reason = "", .words = "" };
	if (!params.p && params.len > 0)
		return fail(t, E_INTERNAL, "%s: parameters too long",
			    call->path);
	if (post)
		req.body = params;
	else if (params.len > 0)
		url = arena_fmt(t->mem, "%s%c%.*s", url,
				strchr(call->path, '?') ? '&' : '?',
				TEXT_ARG(params));
	req.url = url;
	return send_request(t, g, &req, reply, err);
}

/* ---- batch -------------------------------------------------------------------------- */

/* A token of its own needs a proof of its own (contract 5). */
static const char *
item_url(struct task *t, const struct graph *g, const struct graph_item *item)
{
	const char *url = arena_fmt(t->mem, "%s/%s", g->version, item->path);

	if (!item->token || !g->app_secret)
		return url;
	return arena_fmt(t->mem, "%s%cappsecret_proof=%s", url,
			 strchr(url, '?') ? '&' : '?',
			 graph_proof(t, g->app_secret, item->token));
}

static void
put_item(struct task *t, const struct graph *g, const struct graph_item *item,
	 struct json_out *out)
{
	json_open(out, '{');
	json_name(out, "method");
	json_put(out, item->method ? item->method : "GET");
	json_name(out, "relative_url");
	json_put(out, item_url(t, g, item));
	if (item->body) {
		json_name(out, "body");
		json_put(out, item->body);
	}
	if (item->token) {
		json_name(out, "access_token");
		json_put(out, item->token);
	}
	json_close(out, '}');
}

static const char *
batch_text(struct task *t, const struct graph *g,
	   const struct graph_item *items, size_t n)
{
	struct buf b = buf_in(t->mem, BODY_MAX);
	struct json_out out = { .to = &b };

	json_open(&out, '[');
	for (size_t i = 0; i < n; i++)
		put_item(t, g, &items[i], &out);
	json_close(&out, ']');
	return b.failed ? NULL : buf_str(&b);
}

/* One element of the answer; null is an item that Meta did not finish. */
static void
take_item(struct task *t, const struct json *part, struct graph_item *item)
{
	const char *text = json_text(json_get(part, "body"));
	const char *why = NULL;
	const struct json *body =
		text ? json_parse(t->mem, text_of(text), &why) : NULL;
	int64_t status = 0;

	if (!json_int(json_get(part, "code"), &status))
		status = 0;
	if (body && status == 200 && !json_get(body, "error"))
		item->reply = body;
	else
		graph_judge(t, status, body, &item->err);
}

/* A batch is answered though items of it met a limit, which then holds for
 * what is asked next. */
static void
note_item(struct task *t, const struct graph *g, struct graph_item *item)
{
	const struct throttle before = { 0 };
	const struct fetch_answer none = { 0 };
	struct graph as = *g;

	if (item->reply || item->err.class != GRAPH_THROTTLED)
		return;
	if (item->token)
		as = (struct graph){ .token = item->token };
	note_limits(t, &as, &before, &none, &item->err);
}

static enum rc
take_batch(struct task *t, const struct graph *g, const struct json *reply,
	   struct graph_item *items, size_t n, struct graph_error *err)
{
	const struct json *part = json_first(reply);

	if (!json_is_array(reply)) {
		graph_judge(t, 200, NULL, err);
		return fail(t, E_REMOTE, "Graph: a batch without its array");
	}
	for (size_t i = 0; i < n; i++, part = json_next(part)) {
		items[i].reply = NULL;
		items[i].err =
			(struct graph_error){ .reason = "", .words = "" };
		take_item(t, part, &items[i]);
		note_item(t, g, &items[i]);
	}
	return OK;
}

enum rc
graph_batch(struct task *t, const struct graph *g, struct graph_item *items,
	    size_t n, struct graph_error *err_all)
{
	const char *batch = batch_text(t, g, items, n);
	const struct json *reply = NULL;
	const struct graph_param params[] = {
		{ "batch", batch },
		{ "include_headers", "false" },
		{ 0 },
	};
	const struct graph_call call = { .method = "POST",
					 .path = "",
					 .params = params };
	enum rc rc;

	if (!batch || n > GRAPH_BATCH)
		return fail(t, E_INTERNAL, "batch of %zu", n);
	rc = graph_do(t, g, &call, &reply, err_all);
	return rc ? rc : take_batch(t, g, reply, items, n, err_all);
}

enum rc
graph_batches(struct task *t, const struct graph *g, struct graph_item *items,
	      size_t n, struct graph_error *err_all)
{
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < n; i += GRAPH_BATCH)
		rc = graph_batch(t, g, items + i,
				 n - i < GRAPH_BATCH ? n - i : GRAPH_BATCH,
				 err_all);
	return rc;
}

/* ---- lists ---------------------------------------------------------------------------- */

/* The next page's cursor, or NULL: the last page has cursors too, but no
 * `next`, which itself is not followed: it holds the token (contract 3.2). */
static const char *
next_cursor(const struct json *reply)
{
	const struct json *paging = json_get(reply, "paging");

	if (!json_get(paging, "next"))
		return NULL;
	return json_text(json_get(json_get(paging, "cursors"), "after"));
}

static enum rc
one_page(struct task *t, const struct graph *g, const struct graph_call *call,
	 const char *after, const struct json **reply, struct graph_error *err)
{
	struct graph_param params[12] = { 0 };
	struct graph_call page = *call;
	size_t n = 0;

	for (; call->params && call->params[n].name && n < 10; n++)
		params[n] = call->params[n];
	if (after)
		params[n] = (struct graph_param){ "after", after };
	page.params = params;
	return graph_do(t, g, &page, reply, err);
}

static enum rc
each_of(struct task *t, const struct json *reply,
	enum rc (*each)(struct task *t, const struct json *item, void *arg),
	void *arg)
{
	enum rc rc = OK;

	for (const struct json *item = json_first(json_get(reply, "data"));
	     !rc && item; item = json_next(item))
		rc = each(t, item, arg);
	return rc;
}

enum rc
graph_list_once(struct task *t, const struct graph *g,
		const struct graph_call *call,
		enum rc (*each)(struct task *t, const struct json *item,
				void *arg),
		void *arg, const char **after, struct graph_error *err)
{
	const struct json *reply = NULL;
	enum rc rc = graph_do(t, g, call, &reply, err);

	if (!rc)
		rc = each_of(t, reply, each, arg);
	if (!rc)
		*after = next_cursor(reply);
	return rc;
}

enum rc
graph_list(struct task *t, const struct graph *g, const struct graph_call *call,
	   enum rc (*each)(struct task *t, const struct json *item, void *arg),
	   void *arg, struct graph_error *err)
{
	const char *after = NULL;

	for (int page = 0; page < LIST_PAGES; page++) {
		const struct json *reply = NULL;
		enum rc rc = one_page(t, g, call, after, &reply, err);

		if (!rc)
			rc = each_of(t, reply, each, arg);
		if (rc)
			return rc;
		after = next_cursor(reply);
		if (!after)
			return OK;
	}
	return OK;
}
