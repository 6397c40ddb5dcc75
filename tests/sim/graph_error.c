/* graph_error: errors in Meta's words (contract 6). */
#include "graph_call.h"
#include "graph_put.h"

static const char method_exception[] = "GraphMethodException";

enum rc
graph_no(struct graph_request *q, int status, int64_t code, int64_t subcode,
	 const char *message)
{
	q->error = (struct sim_error){ .status = status,
				       .code = code,
				       .subcode = subcode,
				       .message = message };
	return OK;
}

enum rc
graph_gone(struct task *t, struct graph_request *q, const char *id)
{
	const char *words = arena_fmt(
		t->mem,
		"Unsupported %s request. Object with ID '%s' does not exist, "
		"cannot be loaded due to missing permissions, or does not "
		"support this operation. Please read the Graph API "
		"documentation at "
		"https://developers.facebook.com/docs/graph-api",
		graph_is(q, "GET")	? "get"
		: graph_is(q, "DELETE") ? "delete"
					: "post",
		id);

	q->error = (struct sim_error){ .status = 400,
				       .code = 100,
				       .subcode = 33,
				       .type = method_exception,
				       .message = words };
	return OK;
}

void
graph_lacks(struct task *t, struct graph_request *q, const char *permission)
{
	q->error = (struct sim_error){
		.status = 403,
		.code = 200,
		.message = arena_fmt(t->mem,
				     "(#200) Requires %.60s permission to "
				     "manage the object",
				     permission),
	};
}

void
graph_print_error(struct graph_request *q)
{
	struct json_out *o = &q->out;
	const struct sim_error *e = &q->error;

	q->body.len = 0;
	o->comma = false;
	json_open(o, '{');
	json_name(o, "error");
	json_open(o, '{');
	put(o, "message", e->message);
	put(o, "type", e->type ? e->type : "OAuthException");
	put_int(o, "code", e->code);
	if (e->subcode)
		put_int(o, "error_subcode", e->subcode);
	if (e->transient)
		put_bool(o, "is_transient", true);
	put(o, "error_user_title", e->user_title);
	put(o, "error_user_msg", e->user_msg);
	put(o, "fbtrace_id", "SIMULATEDtrace");
	json_close(o, '}');
	json_close(o, '}');
}

/* ---- dead tokens ----------------------------------------------------------------- */

#define VALIDATING "Error validating access token: "

/* Texts of 459, 460, 463, 464, 467, 492 and 2069032 as they were captured;
 * the others in the same manner. */
static const struct {
	int64_t subcode;
	const char *message;
} deaths[] = {
	{ 0, "Invalid OAuth access token." },
	{ 458, VALIDATING "The user has not authorized application " SIM_APP_ID
			  "." },
	{ 459, VALIDATING "You cannot access the app till you log in to "
			  "www.facebook.com and follow the instructions "
			  "given." },
	{ 460, VALIDATING "The session has been invalidated because the user "
			  "changed their password or Facebook has changed the "
			  "session for security reasons." },
	{ 461, VALIDATING "The session was invalidated because the user "
			  "re-installed the application." },
	{ 463, VALIDATING "Session has expired on Friday, 26-Jun-26 15:48:19 "
			  "PDT. The current time is Friday, 26-Jun-26 "
			  "16:20:05 PDT." },
	{ 464, VALIDATING "Sessions for the user are not allowed because the "
			  "user is not a confirmed user." },
	{ 466, VALIDATING "The session was invalidated explicitly using an API "
			  "call." },
	{ 467, VALIDATING "The session is invalid because the user logged "
			  "out." },
	{ 468, VALIDATING "The session has been invalidated because it was not "
			  "used for a long time." },
	{ 483, VALIDATING "The user has blocked their consent for this "
			  "application." },
	{ 492, "The user must be an administrator, editor, or moderator of the "
	       "page in order to impersonate it. If the page business requires "
	       "Two Factor Authentication, the user also needs to enable Two "
	       "Factor Authentication." },
	{ 2069032, "Invalid OAuth 2.0 Access Token" },
};

void
graph_dead(struct graph_request *q, int64_t subcode)
{
	size_t i = COUNT(deaths) - 1;

	while (i > 0 && deaths[i].subcode != subcode)
		i--;
	q->error = (struct sim_error){ .status = 400,
				       .code = 190,
				       .subcode = subcode,
				       .message = deaths[i].message };
	if (subcode != 2069032)
		return;
	q->error.user_title = "User Access Token Is Not Supported";
	q->error.user_msg = "A Page access token is required for this call for "
			    "the new Pages experience.";
}
