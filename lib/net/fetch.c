/* fetch: libcurl with the doors shut. */
#include "net/fetch.h"

#include <curl/curl.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/step.h"

enum {
	DEADLINE_MS = 20000,
	CONNECT_MS = 10000,
	BODY_MAX = 4 << 20,
	HEADERS_MAX = 100,
};

/* One handle per process keeps its connections alive between calls. */
static CURL *handle;

struct receiving {
	struct task *t;
	struct buf body;
	struct fetch_header *headers;
	size_t n_headers;
};

static size_t
on_body(char *data, size_t one, size_t n, void *arg)
{
	struct receiving *r = arg;

	(void)one;
	buf_add(&r->body, (struct text){ data, n });
	return r->body.failed ? 0 : n;
}

static char *
lower(struct arena *mem, struct text t)
{
	char *s = arena_str(mem, t);

	for (char *c = s; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return s;
}

static size_t
on_header(char *data, size_t one, size_t n, void *arg)
{
	struct receiving *r = arg;
	struct text line = { data, n }, name;

	(void)one;
	if (text_take_until(&line, ':', &name) && r->n_headers < HEADERS_MAX)
		r->headers[r->n_headers++] = (struct fetch_header){
			.name = lower(r->t->mem, name),
			.value = arena_str(r->t->mem, text_trim(line)),
		};
	return n;
}

/* Plain http is for this machine only. */
static bool
allowed(const char *url)
{
	struct text u = text_of(url), host = u;

	if (text_starts(u, "https://"))
		return true;
	if (!text_take_lit(&host, "http://"))
		return false;
	host = text_first(host, text_find(host, '/'));
	if (text_starts(host, "[::1]"))
		return true;
	host = text_first(host, text_find(host, ':'));
	return text_is(host, "127.0.0.1") || text_is(host, "localhost");
}

static void
free_list(void *list)
{
	curl_slist_free_all(list);
}

static struct curl_slist *
header_list(struct task *t, const char *const *headers)
{
	/* No "Expect: 100-continue": it costs a second with some servers. */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	for (; headers && *headers; headers++)
		list = curl_slist_append(list, *headers);
	if (!list)
		log_die("out of memory for a request");
	arena_defer(t->mem, free_list, list);
	return list;
}

static void
set_method(const struct fetch_request *req)
{
	struct text method = text_of(req->method);

	if (text_is(method, "POST")) {
		curl_easy_setopt(handle, CURLOPT_POST, 1L);
		curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)req->body.len);
		curl_easy_setopt(handle, CURLOPT_POSTFIELDS,
				 req->body.len ? req->body.p : "");
	} else if (!text_is(method, "GET")) {
		curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, req->method);
	}
}

static void
set_options(struct task *t, const struct fetch_request *req,
	    struct receiving *r)
{
	long deadline =
		(long)(req->deadline_ms ? req->deadline_ms : DEADLINE_MS);

	curl_easy_reset(handle);
	curl_easy_setopt(handle, CURLOPT_URL, req->url);
	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(handle, CURLOPT_PROXY, "");
	curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, deadline);
	curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(handle, CURLOPT_USERAGENT,
			 "leadport/" LEADPORT_VERSION);
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER,
			 header_list(t, req->headers));
	curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(handle, CURLOPT_WRITEDATA, r);
	curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(handle, CURLOPT_HEADERDATA, r);
	set_method(req);
}

enum rc
fetch(struct task *t, const struct fetch_request *req, struct fetch_answer *out)
{
	size_t max = req->max_bytes ? req->max_bytes : BODY_MAX;
	struct receiving r = { .t = t, .body = buf_in(t->mem, max) };
	int64_t began = clock_steady();
	long status = 0;
	CURLcode code;

	if (!allowed(req->url))
		return fail(t, E_REMOTE, "only https, or http to this machine");
	if (!handle && !(handle = curl_easy_init()))
		log_die("libcurl cannot start");
	r.headers = NEW_ARRAY(t->mem, struct fetch_header, HEADERS_MAX);
	set_options(t, req, &r);
	STEP("before call", req->method);
	if (STEP_FAILS("http", req->method))
		return fail(t, E_REMOTE, "ordered to fail");
	code = curl_easy_perform(handle);
	STEP("after call", req->method);
	if (STEP_FAILS("answer", req->method))
		return fail(t, E_REMOTE, "ordered to lose the answer");
	if (r.body.failed)
		return fail(t, E_INPUT, "answer over %zu bytes", max);
	if (code != CURLE_OK)
		return fail(t, E_REMOTE, "%s", curl_easy_strerror(code));
	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
	*out = (struct fetch_answer){ .status = status,
				      .headers = r.headers,
				      .n_headers = r.n_headers,
				      .took_ms = clock_steady() - began };
	out->body.len = r.body.len;
	out->body.p = buf_str(&r.body);
	return OK;
}

const char *
fetch_header(const struct fetch_answer *a, const char *name)
{
	for (size_t i = 0; i < a->n_headers; i++)
		if (text_is(text_of(a->headers[i].name), name))
			return a->headers[i].value;
	return NULL;
}

struct when
fetch_date(const struct fetch_answer *a)
{
	const char *date = fetch_header(a, "date");
	time_t at = date ? curl_getdate(date, NULL) : -1;

	return (struct when){ at > 0 ? (int64_t)at * SECOND_MS : 0 };
}

/* ---- mail -------------------------------------------------------------------------- */

static size_t
on_upload(char *to, size_t one, size_t n, void *arg)
{
	struct text *left = arg;
	size_t take = left->len < one * n ? left->len : one * n;

	if (take > 0)
		memcpy(to, left->p, take);
	*left = text_from(*left, take);
	return take;
}

static bool
is_of_this_machine(const char *url)
{
	struct text rest = text_of(url), scheme;

	if (!text_take_until(&rest, ':', &scheme))
		return false;
	rest = text_from(rest, 2);
	rest = text_first(rest, text_find(rest, ':'));
	return text_is(rest, "127.0.0.1") || text_is(rest, "localhost");
}

static void
set_letter(CURL *c, const struct fetch_letter *l, struct text *left)
{
	long tls = is_of_this_machine(l->url) ? (long)CURLUSESSL_TRY
					      : (long)CURLUSESSL_ALL;

	curl_easy_setopt(c, CURLOPT_URL, l->url);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_USE_SSL, tls);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)DEADLINE_MS);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, l->from);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, on_upload);
	curl_easy_setopt(c, CURLOPT_READDATA, left);
	if (l->user[0]) {
		curl_easy_setopt(c, CURLOPT_USERNAME, l->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, l->password);
	}
}

enum rc
fetch_mail(struct task *t, const struct fetch_letter *l)
{
	struct curl_slist *to = curl_slist_append(NULL, l->to);
	CURL *c = curl_easy_init();
	struct text left = l->message;
	CURLcode code;

	if (!c || !to)
		log_die("out of memory for a letter");
	set_letter(c, l, &left);
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
	code = curl_easy_perform(c);
	curl_easy_cleanup(c);
	curl_slist_free_all(to);
	if (code != CURLE_OK)
		return fail(t, E_REMOTE, "mail: %s", curl_easy_strerror(code));
	return OK;
}

void
fetch_close(void)
{
	if (handle)
		curl_easy_cleanup(handle);
	handle = NULL;
}
