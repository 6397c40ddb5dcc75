/* reply: pages, redirects and error pages, with the headers they all carry. */
#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "web/app_private.h"
#include "web/io.h"

enum { STREAM_CEILING = 64 << 20 }; /* memory of one part */

struct error_view {
	int64_t status;
	const char *heading, *words, *reference;
	struct url way_back;
	const char *way_words;
};

const struct tmpl_field global_fields[] = {
	FIELD(struct globals, root),
	FIELD(struct globals, home),
	FIELD(struct globals, title),
	FIELD(struct globals, csrf),
	FIELD(struct globals, theme),
	FIELD(struct globals, user_name),
	FIELD(struct globals, user_role),
	FIELD(struct globals, may_moderate),
	FIELD(struct globals, is_admin),
	FIELD(struct globals, is_superadmin),
	FIELD(struct globals, in_leads),
	FIELD(struct globals, in_reports),
	FIELD(struct globals, in_overview),
	FIELD(struct globals, in_users),
	FIELD(struct globals, in_settings),
	FIELD(struct globals, in_audit),
	FIELD(struct globals, in_integrations),
	FIELD(struct globals, in_deliveries),
	FIELD(struct globals, in_platform),
	FIELD(struct globals, flash_ok),
	FIELD(struct globals, flash_err),
	FIELD(struct globals, banner),
	FIELD(struct globals, banner_words),
	FIELD(struct globals, banner_class),
	FIELD(struct globals, banner_button),
	FIELD(struct globals, banner_way),
	FIELD(struct globals, banner_icon),
	FIELD(struct globals, has_plots),
	FIELD(struct globals, is_behind),
	FIELD(struct globals, refresh_s),
	FIELD(struct globals, refresh_query),
	{ 0 },
};

const struct tmpl_field error_fields[] = {
	FIELD(struct error_view, status),
	FIELD(struct error_view, heading),
	FIELD(struct error_view, words),
	FIELD(struct error_view, reference),
	FIELD(struct error_view, way_back),
	FIELD(struct error_view, way_words),
	{ 0 },
};

/* What a person reads; the last row stands for everything else. */
static const struct {
	int status;
	const char *heading, *words;
} error_words[] = {
	{ 400, "That did not work",
	  "The request was not complete or not allowed. Nothing was changed." },
	{ 401, "Not accepted", "The signature is missing or wrong." },
	{ 403, "You cannot open this page",
	  "Your role does not include it. Contact your system administrator. "
	  "A SuperAdmin or Admin can give you the right." },
	{ 404, "Nothing here", "The address may be old or mistyped." },
	{ 405, "That did not work",
	  "This address cannot be used in that way. Nothing was changed." },
	{ 409, "Someone else changed this",
	  "Go back, reload the page and look at it again." },
	{ 411, "That did not work", "The length of the request is missing." },
	{ 413, "Too large", "What was sent is larger than this page accepts." },
	{ 429, "Too many tries", "Wait a little, then try again." },
	{ 502, "Meta does not answer",
	  "We keep trying. Leads wait safely at Meta." },
	{ 503, "The database does not answer",
	  "Reload in a minute; leads are safe at Meta." },
	{ 500, "Something broke here",
	  "This is our mistake, noted under the number below. Nothing was "
	  "lost." },
};

int
status_of(enum rc rc)
{
	switch (rc) {
	case OK:
		return 200;
	case E_INPUT:
		return 400;
	case E_DENIED:
		return 403;
	case E_NOTFOUND:
		return 404;
	case E_CONFLICT:
		return 409;
	case E_BUSY:
		return 503;
	case E_REMOTE:
		return 502;
	case E_INTERNAL:
		return 500;
	}
	return 500;
}

static const char *
reason_phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {
		{ 200, "OK" },
		{ 286, "Stop Polling" },
		{ 303, "See Other" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 411, "Length Required" },
		{ 413, "Content Too Large" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < COUNT(phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Status";
}

void
reply_header(struct req *r, const char *name, const char *value)
{
	struct buf *b = &r->reply->headers;

	buf_fmt(b, "%s: ", name);
	escape_header(b, text_of(value));
	buf_puts(b, "\r\n");
}

void
reply_form_target(struct req *r, const char *origin)
{
	r->reply->form_target = origin;
}

void
reply_cookie(struct req *r, const char *token)
{
	const struct app *app = r->reply->app;
	const char *value = arena_fmt(
		r->t.mem, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s",
		app->cookie, token ? token : "", app->secure ? "; Secure" : "",
		token ? "" : "; Max-Age=0");

	reply_header(r, "Set-Cookie", value);
}

static enum rc
render(struct req *r, const struct tmpl *page, int status, const void *view)
{
	struct buf body = buf_in(r->t.mem, PAGE_CEILING);

	if (!tmpl_render(page, view, &r->page, &body))
		return fail(&r->t, E_INTERNAL, "page over %d bytes",
			    PAGE_CEILING);
	r->reply->status = status;
	r->reply->type = "text/html; charset=utf-8";
	r->reply->body = buf_text(&body);
	return OK;
}

enum rc
reply_page_status(struct req *r, int status, const void *view)
{
	const struct app *app = r->reply->app;

	return render(r, app->pages[r->route - app->routes], status, view);
}

enum rc
reply_page(struct req *r, const void *view)
{
	return reply_page_status(r, 200, view);
}

enum rc
reply_see_other(struct req *r, struct url to)
{
	if (!to.safe)
		return fail(&r->t, E_INTERNAL, "redirect to nowhere");
	/* htmx follows a 303 inside the fragment; this loads the page. */
	if (r->is_fragment)
		reply_header(r, "HX-Redirect", to.safe);
	else
		reply_header(r, "Location", to.safe);
	r->reply->status = r->is_fragment ? 200 : 303;
	r->reply->type = "text/plain; charset=utf-8";
	r->reply->body = TEXT("");
	return OK;
}

enum rc
reply_text(struct req *r, int status, const char *type, struct text text)
{
	r->reply->status = status;
	r->reply->type = type;
	r->reply->body = text;
	return OK;
}

void
reply_as_file(struct req *r, const char *filename)
{
	reply_header(
		r, "Content-Disposition",
		arena_fmt(r->t.mem, "attachment; filename=\"%s\"", filename));
}

enum rc
reply_stream(struct req *r, const char *type, const char *filename,
	     stream_part *more, void *arg)
{
	reply_as_file(r, filename);
	r->reply->status = 200;
	r->reply->type = type;
	r->reply->more = more;
	r->reply->more_arg = arg;
	return OK;
}

/* For machines and fragments, and when the error page itself fails. */
static void
error_as_text(struct req *r, int status, const char *heading)
{
	r->reply->status = status;
	r->reply->type = "text/plain; charset=utf-8";
	r->reply->body = text_of(
		arena_fmt(r->t.mem, "%s (%s)\n", heading, r->reference));
}

void
reply_error(struct req *r, int status)
{
	struct error_view v = { .status = status, .reference = r->reference };
	size_t i = 0;

	r->reply->more = NULL;
	while (i + 1 < COUNT(error_words) && error_words[i].status != status)
		i++;
	v.heading = error_words[i].heading;
	v.words = error_words[i].words;
	if (r->reply->words)
		v.words = r->reply->words;
	/* The first fault of a form is said in its own words. */
	else if (status == 400 && r->faults.n > 0)
		v.words = r->faults.at[0].words;
	v.way_back = r->page.home;
	v.way_words = r->user ? "Leads" : "Log in";
	r->page.title = v.heading;
	if ((r->route && r->route->perm == PERM_RAW) || r->is_fragment ||
	    render(r, r->reply->app->error_page, status, &v) != OK)
		error_as_text(r, status, v.heading);
}

/* The head is out: what goes wrong now can only be told at the end of what was
 * sent. */
static bool
send_stream(struct req *r)
{
	struct arena *mem = arena_new(STREAM_CEILING);
	bool last = false, sent = true;

	while (!last && sent) {
		struct task part = r->t;
		struct buf b = buf_in(mem, STREAM_PART);
		enum rc rc;

		part.mem = mem;
		part.failed = OK;
		rc = r->reply->more(&part, &b, r->reply->more_arg, &last);
		if (rc || b.failed) {
			log_error("%s: broken off: %s", r->path,
				  rc ? part.why : "a part is too long");
			b = buf_in(mem, STREAM_PART);
			buf_fmt(&b,
				"\"Broken off here, not complete (%s)\"\r\n",
				r->reference);
			last = true;
		}
		sent = b.len == 0 || io_write(b.p, b.len);
		arena_reset(mem);
	}
	arena_free(mem);
	return sent;
}

bool
reply_send(struct req *r, bool with_body)
{
	const struct app_reply *reply = r->reply;
	struct buf out = buf_in(r->t.mem, 64 << 10);
	bool page = text_starts(text_of(reply->type), "text/html");

	buf_fmt(&out, "Status: %d %s\r\n", reply->status,
		reason_phrase(reply->status));
	buf_fmt(&out, "Content-Type: %s\r\n", reply->type);
	if (!reply->more)
		buf_fmt(&out, "Content-Length: %zu\r\n", reply->body.len);
	buf_puts(&out, "X-Content-Type-Options: nosniff\r\n"
		       "Referrer-Policy: no-referrer\r\n"
		       "Cache-Control: no-store\r\n");
	if (page)
		buf_fmt(&out,
			"Content-Security-Policy: %s%s%s; base-uri 'none'; "
			"frame-ancestors 'none'\r\n",
			reply->app->csp, reply->form_target ? " " : "",
			reply->form_target ? reply->form_target : "");
	if (reply->app->secure)
		buf_puts(&out, "Strict-Transport-Security: "
			       "max-age=31536000\r\n");
	buf_add(&out, buf_text(&reply->headers));
	buf_puts(&out, "\r\n");
	if (!io_write(out.p, out.len))
		return false;
	if (reply->more && with_body)
		return send_stream(r);
	return !with_body || reply->body.len == 0 ||
	       io_write(reply->body.p, reply->body.len);
}
