/* graph_call: tokens, faults, the table of paths, errors. */
#include "graph_call.h"

#include "base/crypt.h"
#include "base/escape.h"
#include "world_record.h"

const char *
graph_param(const struct graph_request *q, const char *name)
{
	for (size_t i = 0; i < q->n_params; i++)
		if (strcmp(q->params[i].name, name) == 0)
			return q->params[i].value;
	return "";
}

bool
graph_has(const struct graph_request *q, const char *name)
{
	return graph_param(q, name)[0] != '\0';
}

bool
graph_take_params(struct task *t, struct graph_request *q, struct text pairs)
{
	struct text pair, name;

	while (text_take_part(&pairs, '&', &pair)) {
		struct buf n = buf_in(t->mem, 1000);
		struct buf v = buf_in(t->mem, pair.len + 1);

		if (!text_take_until(&pair, '=', &name))
			continue;
		if (!unescape_url(&n, name, true) ||
		    !unescape_url(&v, pair, true) ||
		    q->n_params == GRAPH_PARAMS)
			return false;
		q->params[q->n_params++] =
			(struct graph_pair){ buf_str(&n), buf_str(&v) };
	}
	return true;
}

/* ---- errors -------------------------------------------------------------------------- */

static const char *
type_of(int64_t code)
{
	return code == 100 || code == 33 ? "GraphMethodException"
					 : "OAuthException";
}

enum rc
graph_no(struct graph_request *q, int status, int64_t code, int64_t subcode,
	 const char *message)
{
	q->error = (struct sim_error){ .status = status,
				       .code = code,
				       .subcode = subcode,
				       .type = type_of(code),
				       .message = message };
	return OK;
}

enum rc
graph_gone(struct task *t, struct graph_request *q, const char *id)
{
	return graph_no(q, 400, 100, 33,
			arena_fmt(t->mem,
				  "Unsupported get request. Object with ID "
				  "'%s' does not exist, cannot be loaded due "
				  "to missing permissions, or does not support "
				  "this operation.",
				  id));
}

static void
print_error(struct graph_request *q)
{
	struct json_out *o = &q->out;

	json_open(o, '{');
	json_name(o, "error");
	json_open(o, '{');
	json_name(o, "message");
	json_put(o, q->error.message);
	json_name(o, "type");
	json_put(o, q->error.type);
	json_name(o, "code");
	json_put_int(o, q->error.code);
	if (q->error.subcode) {
		json_name(o, "error_subcode");
		json_put_int(o, q->error.subcode);
	}
	if (q->error.transient) {
		json_name(o, "is_transient");
		json_put_bool(o, true);
	}
	json_name(o, "fbtrace_id");
	json_put(o, "SIMULATEDtrace");
	json_close(o, '}');
	json_close(o, '}');
}

/* ---- tokens ----------------------------------------------------------------------------- */

static const struct {
	int64_t subcode;
	const char *message;
} deaths[] = {
	{ 458, "Error validating access token: The user has not authorized "
	       "application 1234567890123." },
	{ 460, "Error validating access token: The session has been "
	       "invalidated because the user changed their password or "
	       "Facebook has changed the session for security reasons." },
	{ 463, "Error validating access token: Session has expired on Friday, "
	       "26-Jun-26 15:48:19 PDT." },
	{ 467, "Error validating access token: The session is invalid because "
	       "the user logged out." },
};

static enum rc
dead_token(struct graph_request *q, int64_t subcode)
{
	for (size_t i = 0; i < COUNT(deaths); i++)
		if (deaths[i].subcode == subcode)
			return graph_no(q, 400, 190, subcode,
					deaths[i].message);
	return graph_no(q, 400, 190, subcode, "Invalid OAuth access token.");
}

static bool
is_app_token(const char *token, const struct sim_app *app)
{
	struct text t = text_of(token), id;

	return text_take_until(&t, '|', &id) && text_is(id, app->id) &&
	       text_is(t, app->secret);
}

/* appsecret_proof is checked when sent, and demanded by switch. */
static enum rc
check_proof(struct task *t, struct graph_request *q, const struct sim_app *app)
{
	const char *proof = graph_param(q, "appsecret_proof");
	uint8_t mac[CRYPT_HASH];

	if (!proof[0])
		return q->sw->require_proof
			       ? graph_no(q, 400, 100, 0,
					  "API calls from the server require "
					  "an appsecret_proof argument")
			       : OK;
	crypt_hmac_sha256(text_of(app->secret), text_of(q->token), mac);
	if (strcmp(proof, crypt_hex(t->mem, mac, sizeof(mac))) != 0)
		return graph_no(q, 400, 100, 0,
				"Invalid appsecret_proof provided in the API "
				"argument");
	return OK;
}

static enum rc
check_token(struct task *t, struct graph_request *q)
{
	struct sim_app app;
	enum rc rc = world_app(t, SIM_APP_ID, &app);

	if (rc)
		return rc;
	if (!q->token)
		return graph_no(q, 400, 104, 0,
				"An access token is required to request this "
				"resource.");
	if (is_app_token(q->token, &app)) {
		q->who = (struct sim_token){ .token = q->token,
					     .type = "app",
					     .app_id = app.id };
		return OK;
	}
	rc = world_token(t, q->token, &q->who);
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return graph_no(q, 400, 190, 0, "Invalid OAuth access token.");
	}
	if (rc)
		return rc;
	if (q->who.is_dead)
		return dead_token(q, q->who.dead_subcode);
	return check_proof(t, q, &app);
}

enum rc
graph_need_page(struct task *t, struct graph_request *q, const char *page_id,
		bool *ok)
{
	(void)t;
	*ok = false;
	if (strcmp(q->who.type, "page") != 0) {
		if (strcmp(q->sw->page_token_error, "210") == 0)
			return graph_no(q, 400, 210, 0,
					"(#210) A page access token is "
					"required to request this resource.");
		return graph_no(q, 400, 190, 2069032,
				"User Access Token Is Not Supported");
	}
	if (strcmp(q->who.page_id, page_id) != 0)
		return graph_no(q, 400, 10, 0,
				"(#10) Requested Page Does Not Match Page "
				"Access Token");
	*ok = true;
	return OK;
}

/* ---- faults at chosen calls --------------------------------------------------------------- */

static const struct {
	const char *name;
	int status;
	int64_t code, subcode;
	bool transient;
	const char *message;
} faults[] = {
	{ "1", 500, 1, 0, false, "An unknown error has occurred." },
	{ "2", 500, 2, 0, true,
	  "An unexpected error has occurred. Please retry your request "
	  "later." },
	{ "4", 400, 4, 0, true, "(#4) Application request limit reached" },
	{ "17", 400, 17, 0, false, "(#17) User request limit reached" },
	{ "32", 400, 32, 0, false, "(#32) Page request limit reached" },
	{ "613", 400, 613, 0, false,
	  "(#613) Calls to this api have exceeded "
	  "the rate limit." },
	{ "80005", 400, 80005, 0, false,
	  "There have been too many leadgen api calls to this Page account." },
	{ "200", 403, 200, 0, false,
	  "(#200) Requires leads_retrieval permission to manage the object" },
	{ "103", 403, 103, 0, false,
	  "CRM access has been revoked from Lead Access Manager" },
	{ "100/33", 400, 100, 33, false, "Unsupported get request." },
	{ "190/460", 400, 190, 460, false,
	  "Error validating access token: The session has been invalidated." },
	{ "190/463", 400, 190, 463, false,
	  "Error validating access token: Session has expired." },
	{ "190/467", 400, 190, 467, false,
	  "Error validating access token: The session is invalid." },
};

/* Faults below JSON: what the web server sends instead of an answer. */
static bool
raw_fault(struct graph_request *q, const char *error, int *status)
{
	if (strcmp(error, "html") == 0) {
		buf_puts(&q->body, "<html><body>Bad gateway</body></html>");
		*status = 502;
	} else if (strcmp(error, "unavailable200") == 0) {
		buf_puts(&q->body, "Service Unavailable");
		*status = 200;
	} else if (strcmp(error, "truncated") == 0) {
		buf_puts(&q->body, "{\"id\":\"12");
		*status = 200;
	} else if (strcmp(error, "empty") == 0) {
		*status = 200;
	} else {
		return false;
	}
	return true;
}

static void
strike(struct graph_request *q, const char *error, int *status)
{
	if (raw_fault(q, error, status))
		return;
	for (size_t i = 0; i < COUNT(faults); i++)
		if (strcmp(faults[i].name, error) == 0) {
			q->error = (struct sim_error){
				.status = faults[i].status,
				.code = faults[i].code,
				.subcode = faults[i].subcode,
				.type = type_of(faults[i].code),
				.message = faults[i].message,
				.transient = faults[i].transient,
			};
			return;
		}
}

static enum rc
look_for_fault(struct task *t, struct graph_request *q, int *status)
{
	struct sim_fault *all = NULL;
	size_t n = 0;
	enum rc rc = faults_load(t, &all, &n);

	for (size_t i = 0; !rc && i < n; i++) {
		bool strikes = false;

		if (strcmp(all[i].kind, "any") != 0 &&
		    strcmp(all[i].kind, q->kind) != 0)
			continue;
		rc = fault_count(t, &all[i], &strikes);
		if (!rc && strikes && !q->error.code && !*status)
			strike(q, all[i].error, status);
	}
	return rc;
}

/* ---- the table of paths ---------------------------------------------------------------------- */

static const struct graph_path {
	const char *object; /* kind behind the id; NULL: the word itself */
	const char *word;   /* first segment, when object is NULL */
	const char *edge;   /* second segment, "" = the node */
	const char *kind;
	graph_handler *answer;
} paths[] = {
	{ NULL, "me", "accounts", "accounts", graph_accounts },
	{ NULL, "debug_token", "", "debug_token", graph_debug_token },
	{ NULL, "app", "", "app", graph_app },
	{ "app", NULL, "", "app", graph_app },
	{ "app", NULL, "subscriptions", "subscriptions",
	  graph_app_subscriptions },
	{ "page", NULL, "", "page", graph_page },
	{ "page", NULL, "leadgen_forms", "forms", graph_page_forms },
	{ "page", NULL, "subscribed_apps", "subscribed_apps",
	  graph_subscribed },
	{ "form", NULL, "", "form", graph_form },
	{ "form", NULL, "leads", "leads", graph_form_leads },
	{ "form", NULL, "test_leads", "test_leads", graph_test_leads },
	{ "lead", NULL, "", "lead", graph_lead },
};

static const struct graph_path *
find_path(const char *object, const char *first, const char *edge)
{
	for (size_t i = 0; i < COUNT(paths); i++) {
		const struct graph_path *p = &paths[i];
		bool fits = p->object ? object && !strcmp(p->object, object)
				      : !strcmp(p->word, first);

		if (fits && strcmp(p->edge, edge) == 0)
			return p;
	}
	return NULL;
}

static enum rc
match(struct task *t, struct graph_request *q, const struct graph_path **out)
{
	struct text rest = text_of(q->path), first = { 0 };
	struct sim_object object = { 0 };
	enum rc rc;

	text_take_part(&rest, '/', &first);
	q->id = arena_str(t->mem, first);
	rc = world_object(t, q->id, &object);
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		rc = OK;
	}
	*out = find_path(object.kind, q->id, arena_str(t->mem, rest));
	q->kind = *out ? (*out)->kind : "unknown";
	return rc;
}

static enum rc
answer(struct task *t, struct graph_request *q, int *status)
{
	const struct graph_path *path = NULL;
	enum rc rc = match(t, q, &path);

	if (!rc)
		rc = look_for_fault(t, q, status);
	if (!rc && !*status && !q->error.code)
		rc = check_token(t, q);
	if (rc || *status || q->error.code)
		return rc;
	return path ? path->answer(t, q) : graph_gone(t, q, q->id);
}

enum rc
graph_answer(struct task *t, struct graph_request *q, int *status)
{
	int64_t began = clock_steady();
	struct sim_call call;
	enum rc rc;

	*status = 0;
	q->body = buf_in(t->mem, GRAPH_ANSWER);
	q->out = (struct json_out){ .to = &q->body };
	rc = answer(t, q, status);
	if (rc)
		return rc;
	if (q->error.code) {
		q->body.len = 0;
		q->out.comma = false;
		print_error(q);
		*status = q->error.status;
	} else if (!*status) {
		*status = 200;
	}
	call = (struct sim_call){ .at = t->now,
				  .kind = q->kind,
				  .method = q->method,
				  .path = q->path,
				  .status = *status,
				  .code = q->error.code,
				  .ms = clock_steady() - began,
				  .in_batch = q->in_batch };
	return call_add(t, &call);
}
