/* oauth: the dialog's address, codes into tokens, signed requests. */
#include "meta/oauth.h"

#include "base/buf.h"
#include "base/crypt.h"
#include "base/escape.h"

enum { URL_MAX = 8000, LIST_MAX = 4000 };

/* ---- permissions (contract 2.5) ------------------------------------------------ */

static const struct {
	const char *name;
	bool is_needed; /* without it no lead comes in */
} scopes[] = {
	{ "leads_retrieval", true },	   { "pages_show_list", true },
	{ "pages_read_engagement", true }, { "pages_manage_metadata", true },
	{ "pages_manage_ads", true },	   { "ads_management", false },
	{ "business_management", false },
};

const char *
oauth_scopes(void)
{
	return "leads_retrieval,pages_show_list,pages_read_engagement,"
	       "pages_manage_metadata,pages_manage_ads,ads_management,"
	       "business_management";
}

bool
oauth_has(const char *granted, const char *scope)
{
	struct text rest = text_of(granted), part;

	while (text_take_part(&rest, ',', &part))
		if (text_is(text_trim(part), scope))
			return true;
	return false;
}

const char *
oauth_lacks(const char *granted)
{
	for (size_t i = 0; i < COUNT(scopes); i++)
		if (scopes[i].is_needed && !oauth_has(granted, scopes[i].name))
			return scopes[i].name;
	return NULL;
}

/* ---- the dialog (contract 2.1) --------------------------------------------------- */

static void
add(struct buf *b, const char *name, const char *value)
{
	buf_fmt(b, "&%s=", name);
	escape_url(b, text_of(value));
}

const char *
oauth_dialog(struct arena *mem, const char *dialog_url, const char *version,
	     const struct oauth_app *app, const char *state, bool rerequest)
{
	struct buf b = buf_in(mem, URL_MAX);

	buf_fmt(&b, "%s/%s/dialog/oauth?response_type=code", dialog_url,
		version);
	add(&b, "client_id", app->id);
	add(&b, "redirect_uri", app->redirect_uri);
	add(&b, "state", state);
	if (app->config_id) {
		add(&b, "config_id", app->config_id);
		add(&b, "override_default_response_type", "true");
	} else {
		add(&b, "scope", oauth_scopes());
	}
	if (rerequest)
		add(&b, "auth_type", "rerequest");
	return buf_str(&b);
}

/* ---- tokens (contract 2.3, 2.4) ---------------------------------------------------- */

/* In a POST body, so that no secret stands in an address. */
static enum rc
ask_token(struct task *t, const struct graph *g,
	  const struct graph_param *params, const char **token,
	  struct graph_error *err)
{
	struct graph plain = { .url = g->url, .version = g->version };
	const struct graph_call call = { "POST", "oauth/access_token", params };
	const struct json *reply = NULL;
	enum rc rc = graph_do(t, &plain, &call, &reply, err);

	if (rc)
		return rc;
	*token = json_text(json_get(reply, "access_token"));
	if (*token)
		return OK;
	graph_judge(t, 200, NULL, err);
	return fail(t, E_REMOTE, "no token in the answer");
}

enum rc
oauth_exchange(struct task *t, const struct graph *g,
	       const struct oauth_app *app, const char *code,
	       const char **token, struct graph_error *err)
{
	const char *brief = NULL;
	const struct graph_param first[] = {
		{ "client_id", app->id },
		{ "client_secret", app->secret },
		{ "redirect_uri", app->redirect_uri },
		{ "code", code },
		{ 0 },
	};
	enum rc rc = ask_token(t, g, first, &brief, err);
	const struct graph_param second[] = {
		{ "grant_type", "fb_exchange_token" },
		{ "client_id", app->id },
		{ "client_secret", app->secret },
		{ "fb_exchange_token", brief },
		{ 0 },
	};

	return rc ? rc : ask_token(t, g, second, token, err);
}

enum rc
oauth_check_app(struct task *t, const struct graph *g,
		const struct oauth_app *app, struct graph_error *err)
{
	const char *token = NULL;
	const struct graph_param params[] = {
		{ "grant_type", "client_credentials" },
		{ "client_id", app->id },
		{ "client_secret", app->secret },
		{ 0 },
	};

	return ask_token(t, g, params, &token, err);
}

/* ---- who, and what was granted ------------------------------------------------------- */

static void
list_add(struct buf *b, const char *word)
{
	buf_fmt(b, "%s%s", b->len ? "," : "", word);
}

static enum rc
add_permission(struct task *t, const struct json *item, void *arg)
{
	struct buf *lists = arg; /* granted, then the rest */
	const char *name = json_text(json_get(item, "permission"));
	const char *status = json_text(json_get(item, "status"));

	(void)t;
	if (name && status)
		list_add(&lists[strcmp(status, "granted") != 0], name);
	return OK;
}

enum rc
oauth_person(struct task *t, const struct graph *g, struct oauth_person *out,
	     struct graph_error *err)
{
	static const struct graph_param fields[] = { { "fields", "id,name" },
						     { 0 } };
	const struct graph_call me = { "GET", "me", fields };
	const struct graph_call permissions = { "GET", "me/permissions", NULL };
	struct buf lists[2] = { buf_in(t->mem, LIST_MAX),
				buf_in(t->mem, LIST_MAX) };
	const struct json *reply = NULL;
	enum rc rc = graph_do(t, g, &me, &reply, err);

	if (!rc)
		rc = graph_list(t, g, &permissions, add_permission, lists, err);
	/* Once the person is known, debug_token tells the scopes as well. */
	if (rc == E_REMOTE && reply) {
		task_forgive(t);
		rc = OK;
	}
	if (rc)
		return rc;
	out->id = json_id(json_get(reply, "id"));
	out->name = json_text(json_get(reply, "name"));
	if (!out->id)
		return fail(t, E_REMOTE, "no id in the answer to me");
	if (!out->name)
		out->name = "";
	out->granted = buf_str(&lists[0]);
	out->declined = buf_str(&lists[1]);
	return OK;
}

/* ---- signed_request (contract 2.10) ---------------------------------------------------- */

/* base64url without padding; false for anything else. */
static bool
unbase64(struct arena *mem, struct text in, struct text *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789-_";
	char *room = arena_alloc(mem, in.len + 1);
	uint32_t bits = 0, held = 0;
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		const char *at = in.p[i] ? strchr(digits, in.p[i]) : NULL;

		if (!at)
			return false;
		bits = (bits << 6 | (uint32_t)(at - digits)) & 0xffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			room[n++] = (char)(bits >> held & 0xff);
		}
	}
	*out = (struct text){ room, n };
	return in.len % 4 != 1;
}

enum rc
oauth_signed_request(struct task *t, struct text request,
		     const char *app_secret, const char **user_id)
{
	struct text signature, payload = request, given, doc;
	const char *why = "no object", *algorithm;
	const struct json *body;
	uint8_t mac[CRYPT_HASH];

	if (!text_take_until(&payload, '.', &signature) ||
	    text_find(payload, '.') < payload.len ||
	    !unbase64(t->mem, signature, &given) ||
	    !unbase64(t->mem, payload, &doc))
		return fail(t, E_INPUT, "signed_request: not two parts");
	crypt_hmac_sha256(text_of(app_secret), payload, mac);
	if (given.len != sizeof(mac) || !crypt_equal(given.p, mac, sizeof(mac)))
		return fail(t, E_DENIED, "signed_request: signature wrong");
	body = json_parse(t->mem, doc, &why);
	algorithm = json_text(json_get(body, "algorithm"));
	if (!algorithm ||
	    !text_eq_nocase(text_of(algorithm), TEXT("HMAC-SHA256")))
		return fail(t, E_INPUT, "signed_request: %s",
			    body ? "another algorithm" : why);
	*user_id = json_id(json_get(body, "user_id"));
	if (!*user_id)
		return fail(t, E_INPUT, "signed_request: no user_id");
	return OK;
}

/* ---- versions (contract 8) ----------------------------------------------------------------- */

const struct graph_version graph_versions[] = {
	{ "v26.0", { 0 } },
	{ "v25.0", { INT64_C(1848441600000) } }, /* 2028-07-29 */
	{ "v24.0", { INT64_C(1834444800000) } }, /* 2028-02-18 */
	{ "v23.0", { INT64_C(1822953600000) } }, /* 2027-10-08 */
	{ "v22.0", { INT64_C(1810771200000) } }, /* 2027-05-20 */
	{ "v21.0", { INT64_C(1800489600000) } }, /* 2027-01-21 */
};
const size_t n_graph_versions = COUNT(graph_versions);

const struct graph_version *
graph_version_of(const char *name)
{
	for (size_t i = 0; i < COUNT(graph_versions); i++)
		if (text_is(text_of(name), graph_versions[i].name))
			return &graph_versions[i];
	return NULL;
}
