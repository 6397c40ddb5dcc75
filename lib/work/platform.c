/* platform: settings of the Meta app, and its webhook subscription. */
#include "work/platform.h"

#include "base/conf.h"
#include "base/crypt.h"
#include "crm/audit.h"
#include "crm/draft.h"
#include "crm/owner.h"
#include "crm/setting.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "meta/oauth.h"
#include "meta/throttle.h"
#include "work/connect.h"

enum { SECRET_MIN = 8, SECRET_MAX = 128, CODE_LENGTH = 20 };

STATEMENT(platform_secret_at, "SELECT set_at FROM setting WHERE name = ?");
STATEMENT(platform_delivery, "SELECT MAX(received_at) AS latest FROM receipt");
STATEMENT(deletion_insert,
	  "INSERT INTO deletion_request (code, meta_user_id, asked_at)"
	  " VALUES (?, ?, ?)");
STATEMENT(deletion_done, "UPDATE deletion_request SET meta_user_id = NULL,"
			 " done_at = ? WHERE code = ?");
STATEMENT(deletion_look, "SELECT asked_at, done_at FROM deletion_request"
			 " WHERE code = ?");

/* ---- looking ------------------------------------------------------------------ */

static enum rc
read_times(struct task *t, struct platform *p)
{
	enum rc rc = db_one(t, &platform_secret_at, INS(IN(SETTING_APP_SECRET)),
			    OUTS(OUT("set_at", &p->secret_at)));

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		rc = OK;
	}
	return rc ? rc
		  : db_one(t, &platform_delivery, INS(),
			   OUTS(OUT("latest", &p->last_delivery)));
}

enum rc
platform_get(struct task *t, struct platform *out)
{
	const char *base = t->conf->site.base_url, *secret = "";
	struct platform p = {
		.callback = arena_fmt(t->mem, "%s/webhook", base),
		.redirect = arena_fmt(t->mem, "%s/oauth-callback", base),
		.deauthorize = arena_fmt(t->mem, "%s/deauthorize", base),
		.deletion = arena_fmt(t->mem, "%s/data-deletion", base),
	};
	const struct {
		const char *name;
		const char **value;
	} settings[] = {
		{ SETTING_APP_ID, &p.app_id },
		{ SETTING_APP_SECRET, &secret },
		{ SETTING_VERIFY_TOKEN, &p.verify_token },
		{ SETTING_LOGIN_CONFIG, &p.config_id },
		{ SETTING_GRAPH_VERSION, &p.graph_version },
	};
	enum rc rc = read_times(t, &p);

	for (size_t i = 0; !rc && i < COUNT(settings); i++) {
		rc = setting_get(t, settings[i].name, settings[i].value);
		if (!rc && !*settings[i].value)
			*settings[i].value = "";
	}
	if (rc)
		return rc;
	p.has_secret = secret && secret[0];
	if (!p.graph_version[0])
		p.graph_version = t->conf->meta.graph_version;
	*out = p;
	return OK;
}

/* ---- entering ------------------------------------------------------------------- */

/* Meta's secrets are 32 hex digits; other lengths are let through for other
 * Graph APIs, blanks and controls never. */
static bool
is_secret(const char *s)
{
	size_t n = 0;

	for (; s[n]; n++)
		if (s[n] <= ' ' || s[n] > '~')
			return false;
	return n >= SECRET_MIN && n <= SECRET_MAX;
}

static enum rc
check(struct task *t, const struct platform_change *c, const char **field)
{
	*field = "app_id";
	if (c->app_id && !text_is_id(text_of(c->app_id)))
		return fail(t, E_INPUT, "The app ID is a number.");
	*field = "secret";
	if (c->secret && !is_secret(c->secret))
		return fail(t, E_INPUT,
			    "The app secret has 8 to 128 characters, without "
			    "blanks. Meta's has 32.");
	*field = "verify_token";
	if (c->verify_token && !is_secret(c->verify_token))
		return fail(t, E_INPUT,
			    "The verify token has 8 to 128 characters, without "
			    "blanks.");
	*field = "config_id";
	if (c->config_id && c->config_id[0] &&
	    !text_is_id(text_of(c->config_id)))
		return fail(t, E_INPUT, "The configuration ID is a number.");
	*field = "graph_version";
	if (c->graph_version && !graph_version_of(c->graph_version))
		return fail(t, E_INPUT, "Choose a Graph version of the list.");
	*field = NULL;
	return OK;
}

/* Meta may sign with the secret before for a while. */
static enum rc
keep_old_secret(struct task *t, const char *secret)
{
	const char *old = NULL;
	enum rc rc = setting_get(t, SETTING_APP_SECRET, &old);

	if (rc || !old || !secret || strcmp(old, secret) == 0)
		return rc;
	return setting_put(t, SETTING_APP_SECRET_OLD, old);
}

static enum rc
make_verify_token(struct task *t)
{
	const char *have = NULL;
	enum rc rc = setting_get(t, SETTING_VERIFY_TOKEN, &have);

	if (rc || have)
		return rc;
	return setting_put(t, SETTING_VERIFY_TOKEN, crypt_token(t->mem));
}

static enum rc
store(struct task *t, void *arg)
{
	const struct platform_change *c = arg;
	const struct {
		const char *name, *value;
	} settings[] = {
		{ SETTING_APP_ID, c->app_id },
		{ SETTING_APP_SECRET, c->secret },
		{ SETTING_VERIFY_TOKEN, c->verify_token },
		{ SETTING_LOGIN_CONFIG, c->config_id },
		{ SETTING_GRAPH_VERSION, c->graph_version },
	};
	enum rc rc = keep_old_secret(t, c->secret);

	for (size_t i = 0; !rc && i < COUNT(settings); i++)
		if (settings[i].value)
			rc = setting_put(t, settings[i].name,
					 settings[i].value);
	if (!rc)
		rc = make_verify_token(t);
	if (!rc && c->app_id)
		rc = throttle_forget_app(t);
	return rc ? rc
		  : audit_add(t, "app.set", "",
			      c->secret ? "Changed the Meta app and its secret"
					: "Changed the Meta app");
}

enum rc
platform_set(struct task *t, const struct platform_change *c,
	     const char **field)
{
	struct platform_change copy = *c;
	enum rc rc = check(t, c, field);

	return rc ? rc : db_tx(t, "platform_set", store, &copy);
}

/* ---- the webhook of the app (contract 1.6) ------------------------------------------ */

/* Our own subscription among the app's. */
static const struct json *
page_subscription(const struct json *reply)
{
	const struct json *j = json_first(json_get(reply, "data"));

	for (; j; j = json_next(j)) {
		const char *object = json_text(json_get(j, "object"));

		if (object && !strcmp(object, "page"))
			return j;
	}
	return NULL;
}

/* The app asks with its ID and secret: a token that is not good is a secret
 * that is not right. */
static enum rc
refused(enum rc rc, const struct graph_error *err, const char **reason)
{
	if (rc == E_REMOTE)
		*reason = err->class == GRAPH_RECONNECT ? "app_secret"
							: err->reason;
	return rc;
}

static const char *
ours(struct task *t)
{
	return arena_fmt(t->mem, "%s/webhook", t->conf->site.base_url);
}

enum rc
platform_callback(struct task *t, const char **url, bool *is_ours,
		  const char **reason)
{
	struct graph_error err = { .reason = "", .words = "" };
	const struct json *reply = NULL;
	struct graph_call call = { .method = "GET" };
	const char *app_id = NULL;
	struct graph g;
	enum rc rc = connect_app_graph(t, &app_id, &g);

	if (rc)
		return rc;
	call.path = arena_fmt(t->mem, "%s/subscriptions", app_id);
	rc = refused(graph_do(t, &g, &call, &reply, &err), &err, reason);
	if (rc)
		return rc;
	*url = json_text(json_get(page_subscription(reply), "callback_url"));
	*is_ours = *url && strcmp(*url, ours(t)) == 0;
	return OK;
}

static const char *
host_of(struct task *t, const char *url)
{
	struct text rest = text_of(url), scheme;

	if (text_take_until(&rest, ':', &scheme))
		rest = text_from(rest, 2);
	return arena_str(t->mem, text_first(rest, text_find(rest, '/')));
}

static enum rc
post_subscription(struct task *t, const char **reason)
{
	struct graph_error err = { .reason = "", .words = "" };
	const char *app_id = NULL, *verify = NULL;
	const struct json *reply = NULL;
	struct graph g;
	enum rc rc = connect_app_graph(t, &app_id, &g);

	if (!rc)
		rc = make_verify_token(t);
	if (!rc)
		rc = setting_get(t, SETTING_VERIFY_TOKEN, &verify);
	if (rc)
		return rc;
	const struct graph_param params[] = {
		{ "object", "page" },	    { "callback_url", ours(t) },
		{ "fields", "leadgen" },    { "include_values", "true" },
		{ "verify_token", verify }, { 0 },
	};
	const struct graph_call call = {
		"POST", arena_fmt(t->mem, "%s/subscriptions", app_id), params
	};

	return refused(graph_do(t, &g, &call, &reply, &err), &err, reason);
}

enum rc
platform_subscribe(struct task *t, bool take_over, const char **reason)
{
	const char *url = NULL;
	bool is_ours = false;
	enum rc rc = platform_callback(t, &url, &is_ours, reason);

	if (rc)
		return rc;
	if (url && !is_ours && !take_over) {
		*reason = host_of(t, url);
		return fail(t, E_CONFLICT, "the app delivers to %s", *reason);
	}
	rc = post_subscription(t, reason);
	if (!rc)
		rc = trouble_over(t, TROUBLE_APP, 0, "callback_elsewhere");
	return rc ? rc : trouble_over(t, TROUBLE_APP, 0, "callback_missing");
}

/* ---- people who leave (contract 2.10) ------------------------------------------------- */

enum rc
platform_deauthorized(struct task *t, const char *meta_user_id)
{
	struct owner *owners = NULL;
	size_t n = 0;
	enum rc rc = owner_of_person(t, meta_user_id, &owners, &n);

	for (size_t i = 0; !rc && i < n; i++) {
		struct trouble tr = { .scope = TROUBLE_OWNER,
				      .subject_id = owners[i].id,
				      .integration_id =
					      owners[i].integration_id,
				      .reason = "app_removed",
				      .detail = "" };

		rc = trouble_met(t, &tr);
	}
	return rc;
}

struct erasure {
	const char *meta_user_id, *code;
};

static enum rc
erase(struct task *t, void *arg)
{
	const struct erasure *e = arg;
	struct owner *owners = NULL;
	size_t n = 0;
	enum rc rc = db_exec(t, &deletion_insert,
			     INS(IN(e->code), IN(e->meta_user_id), IN(t->now)),
			     NULL);

	if (!rc)
		rc = platform_deauthorized(t, e->meta_user_id);
	if (!rc)
		rc = owner_of_person(t, e->meta_user_id, &owners, &n);
	for (size_t i = 0; !rc && i < n; i++)
		rc = owner_erase(t, owners[i].id);
	if (!rc)
		rc = draft_forget_person(t, e->meta_user_id);
	return rc ? rc
		  : db_exec(t, &deletion_done, INS(IN(t->now), IN(e->code)),
			    NULL);
}

enum rc
platform_erase(struct task *t, const char *meta_user_id, const char **code)
{
	uint8_t hash[CRYPT_HASH];
	struct erasure e = { .meta_user_id = meta_user_id };
	enum rc rc;

	/* Letters and digits only, as Meta wants it. */
	crypt_sha256(text_of(crypt_token(t->mem)), hash);
	e.code = arena_str(t->mem, text_first(text_of(crypt_hex(t->mem, hash,
								sizeof(hash))),
					      CODE_LENGTH));
	rc = db_tx(t, "platform_erase", erase, &e);
	if (!rc)
		*code = e.code;
	return rc;
}

enum rc
platform_erasure(struct task *t, const char *code, struct when *asked,
		 struct when *done)
{
	return db_one(t, &deletion_look, INS(IN(code)),
		      OUTS(OUT("asked_at", asked), OUT("done_at", done)));
}
