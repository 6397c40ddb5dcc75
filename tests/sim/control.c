/* control: one small handler for each thing that can be done to the world. */
#include "control.h"

#include "base/escape.h"
#include "graph_put.h"
#include "net/fetch.h"
#include "signed_request.h"
#include "world_member.h"
#include "world_record.h"
#include "world_switch.h"
#include "world_token.h"

enum { URIS_MAX = 8000, ANSWER_MAX = 256 << 10, APP_REMOVED = 458 };

enum rc
control_body(struct req *r, const struct json **out)
{
	const char *why = "no object";

	*out = json_parse(r->t.mem, r->body, &why);
	if (!json_is_object(*out))
		return fail(&r->t, E_INPUT, "body: %s", why);
	return OK;
}

int64_t
control_number(const struct json *body, const char *name, int64_t otherwise)
{
	int64_t n = otherwise;

	return json_int(json_get(body, name), &n) ? n : otherwise;
}

enum rc
control_json(struct req *r, const struct buf *b)
{
	if (b->failed)
		return fail(&r->t, E_INTERNAL, "answer too long");
	return reply_text(r, 200, "application/json", buf_text(b));
}

enum rc
control_done(struct req *r)
{
	return reply_text(r, 200, "application/json",
			  TEXT("{\"success\":true}"));
}

static enum rc
done(struct req *r, enum rc rc)
{
	return rc ? rc : control_done(r);
}

/* A text that the body must have. */
static enum rc
need(struct req *r, const struct json *body, const char *name, const char **out)
{
	*out = json_text(json_get(body, name));
	if (!*out)
		*out = json_id(json_get(body, name));
	if (!*out)
		return fail(&r->t, E_INPUT, "which %s?", name);
	return OK;
}

/* ---- tokens ------------------------------------------------------------------- */

enum rc
control_kill(struct req *r, const void *form)
{
	const struct json *body = NULL;
	const char *token = NULL;
	int64_t subcode;
	struct text who;
	enum rc rc = control_body(r, &body);

	(void)form;
	if (!rc)
		rc = need(r, body, "token", &token);
	if (rc)
		return rc;
	subcode = control_number(body, "subcode", 0);
	who = text_of(token);
	if (subcode == APP_REMOVED && text_take_lit(&who, "person:"))
		return done(r, world_remove_app(&r->t, who.p));
	return done(r, world_kill_token(&r->t, token, subcode));
}

enum rc
control_expire(struct req *r, const void *form)
{
	const struct json *body = NULL;
	const char *token = NULL;
	enum rc rc = control_body(r, &body);

	(void)form;
	if (!rc)
		rc = need(r, body, "token", &token);
	if (!rc)
		rc = world_expire_token(&r->t, token,
					control_number(body, "seconds", 0));
	return done(r, rc);
}

/* ---- pages ---------------------------------------------------------------------- */

/* {"page":ID,"allowed":bool} and its like. */
static enum rc
set_page(struct req *r, const char *name,
	 enum rc (*set)(struct task *t, const char *id, bool on))
{
	const struct json *body = NULL;
	const char *page = NULL;
	bool on = false;
	enum rc rc = control_body(r, &body);

	if (!rc)
		rc = need(r, body, "page", &page);
	if (!rc && !json_bool(json_get(body, name), &on))
		return fail(&r->t, E_INPUT, "%s is true or false", name);
	return done(r, rc ? rc : set(&r->t, page, on));
}

enum rc
control_leads_access(struct req *r, const void *form)
{
	(void)form;
	return set_page(r, "allowed", world_page_access);
}

enum rc
control_terms(struct req *r, const void *form)
{
	(void)form;
	return set_page(r, "accepted", world_page_terms);
}

/* {"page":ID,"fields":"feed","app":ID}: what an app hears of a page. */
static enum rc
hear(struct req *r, bool nothing)
{
	const struct json *body = NULL;
	const char *page = NULL, *fields = "", *app;
	enum rc rc = control_body(r, &body);

	if (!rc)
		rc = need(r, body, "page", &page);
	if (!rc && !nothing)
		rc = need(r, body, "fields", &fields);
	if (rc)
		return rc;
	app = json_id(json_get(body, "app"));
	return done(r, world_subscribe(&r->t, page, app ? app : SIM_APP_ID,
				       fields));
}

enum rc
control_subscribe(struct req *r, const void *form)
{
	(void)form;
	return hear(r, false);
}

enum rc
control_unsubscribe(struct req *r, const void *form)
{
	(void)form;
	return hear(r, true);
}

/* ---- the app ----------------------------------------------------------------------- */

static enum rc
set_redirects(struct req *r, const struct json *list)
{
	struct buf b = buf_in(r->t.mem, URIS_MAX);

	for (const struct json *j = json_first(list); j; j = json_next(j))
		if (json_text(j))
			buf_fmt(&b, "%s%s", b.len ? "\n" : "", json_text(j));
	return world_app_redirects(&r->t,
				   json_is_array(list) ? buf_str(&b) : NULL);
}

enum rc
control_app(struct req *r, const void *form)
{
	static const struct {
		const char *name, *to;
	} flags[] = { { "live", "app_live" }, { "active", "app_active" } };
	const struct json *body = NULL;
	enum rc rc = control_body(r, &body);

	(void)form;
	for (size_t i = 0; !rc && i < COUNT(flags); i++)
		if (json_get(body, flags[i].name))
			rc = switch_set(&r->t, flags[i].to,
					json_get(body, flags[i].name));
	if (!rc && json_get(body, "redirect_uris"))
		rc = set_redirects(r, json_get(body, "redirect_uris"));
	return done(r, rc);
}

enum rc
control_steal(struct req *r, const void *form)
{
	const struct json *body = NULL;
	const char *url = NULL;
	enum rc rc = control_body(r, &body);

	(void)form;
	if (!rc)
		rc = need(r, body, "callback_url", &url);
	return done(r, rc ? rc : world_app_steal(&r->t, url));
}

/* ---- callbacks with a signed_request (contract 2.10) ---------------------------------- */

static enum rc
post_signed(struct req *r, const char *url, const char *person)
{
	static const char *const headers[] = {
		"Content-Type: application/x-www-form-urlencoded",
		"User-Agent: facebookplatform/1.0 "
		"(+http://developers.facebook.com)",
		NULL,
	};
	struct fetch_request req = { .method = "POST",
				     .url = url,
				     .headers = headers,
				     .deadline_ms = 10000 };
	struct fetch_answer answer = { 0 };
	struct buf form = buf_in(r->t.mem, 4000);
	struct buf b = buf_in(r->t.mem, ANSWER_MAX);
	struct json_out out = { .to = &b };
	struct sim_app app;
	enum rc rc = world_app(&r->t, SIM_APP_ID, &app);

	if (rc)
		return rc;
	buf_puts(&form, "signed_request=");
	escape_url(&form, text_of(signed_request(&r->t, app.secret, person)));
	req.body = buf_text(&form);
	if (fetch(&r->t, &req, &answer))
		task_forgive(&r->t);
	json_open(&out, '{');
	put_int(&out, "status", answer.status);
	json_name(&out, "body");
	json_put_text(&out, answer.body);
	json_close(&out, '}');
	return control_json(r, &b);
}

static enum rc
call_back(struct req *r, bool removes)
{
	const struct json *body = NULL;
	const char *person = NULL, *url = NULL;
	enum rc rc = control_body(r, &body);

	if (!rc)
		rc = need(r, body, "person", &person);
	if (!rc)
		rc = need(r, body, "url", &url);
	if (!rc && removes)
		rc = world_remove_app(&r->t, person);
	return rc ? rc : post_signed(r, url, person);
}

enum rc
control_deauthorize(struct req *r, const void *form)
{
	(void)form;
	return call_back(r, true);
}

enum rc
control_deletion(struct req *r, const void *form)
{
	(void)form;
	return call_back(r, false);
}

/* ---- as at the beginning ----------------------------------------------------------------- */

/* Leads, who is subscribed and what people granted stay. */
enum rc
control_reset(struct req *r, const void *form)
{
	static enum rc (*const steps[])(struct task * t) = {
		switches_reset, faults_reset,	     usage_reset,
		records_reset,	world_revive_tokens, world_pages_reset,
		world_seed,
	};
	enum rc rc = OK;

	(void)form;
	for (size_t i = 0; !rc && i < COUNT(steps); i++)
		rc = steps[i](&r->t);
	if (!rc)
		rc = world_app_steal(&r->t, NULL);
	if (!rc)
		rc = world_app_redirects(&r->t, NULL);
	return done(r, rc);
}
