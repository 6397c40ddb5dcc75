/* app: start, the loop, and the order in which a request is dealt with. */
#include "web/app.h"

#include "base/crypt.h"
#include "base/log.h"
#include "web/app_private.h"
#include "web/io.h"
#include "web/route.h"

enum {
	BODY_DEFAULT = 64 << 10,
	QUERY_MAX = 16 << 10,
	DRAIN_MAX = 16 << 20,
	DRAIN_FILE = 512 << 20,
};

const char *
req_header(struct req *r, const char *name)
{
	char *env = arena_fmt(r->t.mem, "HTTP_%s", name);

	for (char *c = env; *c; c++) {
		if (*c == '-')
			*c = '_';
		else if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	}
	return io_env(env);
}

/* ---- start ---------------------------------------------------------------- */

/* "https://host/crm" has the root "/crm". */
static const char *
root_of(const char *base_url)
{
	struct text url = text_of(base_url), scheme, rest;

	if (!text_take_until(&url, ':', &scheme))
		return "";
	rest = text_from(url, 2);
	return rest.p + text_find(rest, '/');
}

static void
check_route(const struct route *route)
{
	if (route->perm == PERM_MISSING)
		log_die("route %s has no permission", route->path);
	if ((route->perm == PERM_RAW) != (route->verify != NULL))
		log_die("route %s: a raw route, and only that, has a verifier",
			route->path);
	if (!route->handle || !method_name(route->method))
		log_die("route %s has no handler", route->path);
}

static const struct tmpl *
load_page(struct app *app, const char *name, const struct tmpl_field *fields)
{
	struct arena *mem = app->site.mem;
	struct buf err = buf_in(mem, 1000);
	const struct tmpl *page =
		tmpl_load(mem, site_file(mem, &app->site.conf, "templates"),
			  name, fields, global_fields, &err);

	if (!page)
		log_die("%s", buf_str(&err));
	return page;
}

static void
load_pages(struct app *app)
{
	app->pages =
		NEW_ARRAY(app->site.mem, const struct tmpl *, app->n_routes);
	for (size_t i = 0; i < app->n_routes; i++) {
		const struct route *route = &app->routes[i];

		check_route(route);
		if (route->page)
			app->pages[i] =
				load_page(app, route->page, route->fields);
	}
	app->error_page = load_page(app, "error.html", error_fields);
}

static void
start(struct app *app, const char *program)
{
	struct arena *mem = arena_new(1 << 20);
	struct buf err = buf_in(mem, 1000);
	const struct conf *conf = &app->site.conf;

	if (!site_open(&app->site, program, &err))
		log_die("%s", buf_str(&err));
	arena_free(mem);
	app->task_mem = arena_new(TASK_CEILING);
	app->secure = text_starts(text_of(conf->site.base_url), "https:");
	app->cookie = app->secure ? "__Host-leadport" : "leadport";
	app->root = root_of(conf->site.base_url);
	app->csp = arena_fmt(
		app->site.mem,
		"default-src 'none'; script-src 'self'; style-src 'self'; "
		"img-src 'self' data:; connect-src 'self'; "
		"form-action 'self' %s",
		conf->meta.dialog_url);
	load_pages(app);
	if (!io_open())
		log_die("neither FastCGI nor CGI: %s is started by a web "
			"server",
			program);
}

/* ---- one request ----------------------------------------------------------- */

static const char *
new_reference(struct arena *mem)
{
	static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	char ref[7] = "";

	for (size_t i = 0; i + 1 < sizeof(ref); i++)
		ref[i] = letters[crypt_below(sizeof(letters) - 1)];
	return arena_str(mem, text_of(ref));
}

/* Behind the trusted proxy the last hop it saw is the peer. */
static const char *
peer_address(struct req *r)
{
	const char *peer = io_env("REMOTE_ADDR");
	const char *proxy = r->t.conf->site.trusted_proxy;
	const char *via = req_header(r, "X-Forwarded-For");
	struct text hops = text_of(via), last = { 0 };

	if (!peer)
		return "";
	if (!via || !proxy[0] || !text_is(text_of(peer), proxy))
		return arena_str(r->t.mem, text_first(text_of(peer), 45));
	while (text_take_part(&hops, ',', &last))
		continue;
	return arena_str(r->t.mem, text_first(text_trim(last), 45));
}

static void
open_request(struct app *app, struct req *r)
{
	const char *query = io_env("QUERY_STRING");
	const char *cookies;

	site_task(&app->site, app->task_mem, &r->t);
	r->reply = NEW(r->t.mem, struct app_reply);
	r->reply->app = app;
	r->reply->headers = buf_in(r->t.mem, 16 << 10);
	r->method = method_of(io_env("REQUEST_METHOD"));
	r->path = route_path(r->t.mem, io_env("SCRIPT_NAME"),
			     io_env("PATH_INFO"));
	r->query = text_of(query);
	r->address = peer_address(r);
	r->t.address = r->address;
	r->reference = new_reference(r->t.mem);
	r->is_fragment = req_header(r, "HX-Request") != NULL;
	cookies = req_header(r, "Cookie");
	r->token = form_cookie(r->t.mem, cookies, app->cookie);
	if (r->token && strlen(r->token) > 64)
		r->token = NULL;
	r->page = (struct globals){ .root = app->root,
				    .home = url_page(r->t.mem, app->root,
						     "/login"),
				    .title = "Leadport",
				    .csrf = "",
				    .theme = "",
				    .user_name = "",
				    .user_role = "" };
	log_reference(r->reference);
}

/* A server whose program does not read breaks the connection, and the sender
 * never sees the answer: read on for a while. */
static void
drain(const struct req *r)
{
	char drop[16384];
	size_t left = r->route->takes_file ? DRAIN_FILE : DRAIN_MAX;
	size_t got = sizeof(drop);

	while (left > 0 && got == sizeof(drop)) {
		got = io_read(drop, sizeof(drop));
		left -= got;
	}
}

static int
too_large(const struct req *r)
{
	drain(r);
	return 413;
}

static int64_t
most_of(const struct req *r)
{
	if (r->route->takes_file)
		return r->t.conf->limits.upload_max_bytes;
	return r->route->max_body ? (int64_t)r->route->max_body : BODY_DEFAULT;
}

/* The body, or a status that says why not.  One with a file is read later. */
static int
read_body(struct req *r)
{
	const char *length = io_env("CONTENT_LENGTH");
	int64_t n = 0;
	char *body;

	if (r->query.len > QUERY_MAX)
		return 413;
	if (r->method != POST)
		return 200;
	if (!length || !length[0])
		return 411;
	if (!text_int(text_of(length), 0, INT64_MAX, &n))
		return 400;
	if (n > most_of(r))
		return too_large(r);
	r->body_length = n;
	if (r->route->takes_file)
		return 200;
	body = arena_grow(r->t.mem, NULL, 0, (size_t)n + 1);
	if (io_read(body, (size_t)n) != (size_t)n)
		return 400;
	body[n] = '\0';
	r->body = (struct text){ body, (size_t)n };
	return 200;
}

struct call {
	struct req *r;
	const void *form;
	size_t headers, faults; /* before the handler added its own */
};

/* A transaction that failed or is tried again has replied nothing. */
static void
forget_reply(struct call *c)
{
	c->r->reply->status = 0;
	c->r->reply->headers.len = c->headers;
	c->r->faults.n = c->faults;
}

static enum rc
call_handler(struct task *t, void *arg)
{
	struct call *c = arg;

	(void)t;
	forget_reply(c);
	return c->r->route->handle(c->r, c->form);
}

static enum rc
call_in_tx(struct call *c)
{
	enum rc rc = db_tx(&c->r->t, c->r->route->path, call_handler, c);

	if (rc)
		forget_reply(c);
	return rc;
}

static enum rc
run_raw(struct req *r)
{
	enum rc rc = r->route->verify(r, NULL);

	if (rc || r->reply->status)
		return rc;
	return r->route->handle(r, NULL);
}

/* Form, CSRF, handler: what a request of a person goes through. */
static enum rc
run_form(struct req *r, const struct route_match *m)
{
	struct form_source src = {
		.path_name = m->path_name,
		.path_value = m->path_value,
		.query = r->query,
		.body = r->body,
		.content_type =
			r->method == POST ? io_env("CONTENT_TYPE") : NULL,
	};
	struct call call;
	struct uploading *file = NULL;
	const char *csrf = NULL;
	void *form = arena_alloc(r->t.mem, r->route->form_size);
	enum rc rc = OK;

	if (r->route->takes_file)
		rc = upload_begin(&r->t, src.content_type, r->body_length,
				  &file, &src.body);
	if (!rc)
		rc = form_read(&r->t, &src, r->route->form, form, &r->faults,
			       &csrf);
	if (!rc && r->method != GET)
		rc = guard_csrf(r, csrf);
	if (!rc && file)
		rc = upload_keep(&r->t, file, &r->upload);
	if (rc)
		return rc;
	if (r->faults.n > 0 && !r->route->faults_to_handler)
		return fail(&r->t, E_INPUT, "field %s", r->faults.at[0].field);
	call = (struct call){ .r = r,
			      .form = form,
			      .headers = r->reply->headers.len,
			      .faults = r->faults.n };
	if (r->method == GET || r->route->own_tx)
		return call_handler(&r->t, &call);
	return call_in_tx(&call);
}

static enum rc
run(struct req *r, const struct route_match *m)
{
	enum rc rc = guard_enter(r);

	if (rc || r->reply->status)
		return rc;
	rc = r->route->perm == PERM_RAW ? run_raw(r) : run_form(r, m);
	if (!rc && !r->reply->status)
		return fail(&r->t, E_INTERNAL, "%s: no reply", r->path);
	return rc;
}

static enum rc
answer(struct app *app, struct req *r)
{
	struct route_match m = route_find(r->t.mem, app->routes, app->n_routes,
					  r->method, r->path);
	int status;
	enum rc rc;

	r->route = m.route;
	if (!m.route) {
		if (m.path_known)
			reply_header(r, "Allow", m.allow);
		reply_error(r, m.path_known ? 405 : 404);
		return OK;
	}
	status = read_body(r);
	if (status != 200) {
		reply_error(r, status);
		return OK;
	}
	rc = run(r, &m);
	if (r->route->takes_file && !r->upload.path)
		drain(r);
	if (rc)
		reply_error(r, status_of(rc));
	return rc;
}

static void
note(const struct req *r, enum rc rc, int64_t began)
{
	long long took = (long long)(clock_steady() - began);
	int status = r->reply->status;

	if (status >= 500)
		log_error("%s %s %d %s: %s", method_name(r->method), r->path,
			  status, rc_name(rc), r->t.why);
	else if (status >= 400)
		log_warn("%s %s %d %s", method_name(r->method), r->path, status,
			 r->t.why);
	else if (r->route->perm != PERM_RAW)
		log_info("%s %s %d %lld ms", method_name(r->method), r->path,
			 status, took);
}

static void
serve(struct app *app)
{
	struct req r = { 0 };
	const char *method = io_env("REQUEST_METHOD");
	int64_t began = clock_steady();
	enum rc rc;

	open_request(app, &r);
	rc = answer(app, &r);
	upload_forget(&r.upload);
	if (!reply_send(&r, !text_is(text_of(method), "HEAD")))
		log_warn("%s: the peer is gone", r.path);
	io_finish();
	note(&r, rc, began);
	log_reference("");
	site_task_end(&r.t);
}

int
app_main(int argc, char **argv, const struct route *routes, size_t n)
{
	static struct app app;
	int64_t idle;

	(void)argc;
	app.routes = routes;
	app.n_routes = n;
	start(&app, argv[0]);
	idle = app.site.conf.limits.idle_exit;
	while (io_accept(idle) == IO_REQUEST)
		serve(&app);
	arena_free(app.task_mem);
	site_close(&app.site);
	return 0;
}
