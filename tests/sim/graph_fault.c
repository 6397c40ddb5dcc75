/* graph_fault: what a test can order to go wrong (contract 6). */
#include "graph_call.h"

/* Faults below JSON: what the web server sends instead of an answer. */
static const struct raw_fault {
	const char *name;
	int status;
	const char *body;
} raw_faults[] = {
	{ "html", 502, "<html><body>Bad gateway</body></html>" },
	{ "html200", 200, "<!doctype html><html><body>Sorry</body></html>" },
	{ "unavailable", 503, "Service Unavailable" },
	{ "unavailable200", 200, "Service Unavailable" },
	{ "429", 429, "Too Many Requests" },
	{ "truncated", 200, "{\"id\":\"12" },
	{ "empty", 200, "" },
	{ "empty500", 500, "" },
	{ "list", 200, "[]" },
	{ "nothing", 200, "{\"data\":[]}" },
	/* A cursor from which a list of leads begins anew. */
	{ "nothing_yet", 200,
	  "{\"data\":[],\"paging\":{\"cursors\":{\"after\":"
	  "\"9999999999999-0\"},\"next\":\"https://graph.facebook.com/\"}}" },
	{ "null", GRAPH_ITEM_NULL, "null" },
	{ "reset", GRAPH_CUT, "" },
};

#define TOO_MANY(what)                                                         \
	"There have been too many calls " what ". Wait a bit and try again. "  \
	"For more info, please refer to "                                      \
	"https://developers.facebook.com/docs/graph-api/overview/"             \
	"rate-limiting."
#define DEPRECATED                                                             \
	"(#2635) You are calling a deprecated version of the Ads API. Please " \
	"update to the latest version: v27.0."

static const struct fault {
	const char *name;
	int status;
	int64_t code, subcode;
	bool transient;
	const char *message;
} faults[] = {
	{ "1", 500, 1, 0, false, "An unknown error has occurred." },
	{ "1/reduce", 500, 1, 0, false,
	  "Please reduce the amount of data you're asking for, then retry your "
	  "request" },
	{ "1/secret", 400, 1, 0, false, "Error validating client secret." },
	{ "2", 500, 2, 0, true,
	  "An unexpected error has occurred. Please retry your request "
	  "later." },
	{ "2/1892058", 400, 2, 1892058, false,
	  "A test lead was already created for this leadgen form." },
	{ "3", 400, 3, 0, false,
	  "(#3) Application does not have the capability to make this API "
	  "call." },
	{ "4", 400, 4, 0, true, "(#4) Application request limit reached" },
	{ "4/1349210", 403, 4, 1349210, true,
	  "Application request limit reached" },
	{ "10", 400, 10, 0, false,
	  "(#10) Application does not have permission for this action" },
	{ "17", 400, 17, 0, false, "(#17) User request limit reached" },
	{ "17/2446079", 400, 17, 2446079, false,
	  "(#17) User request limit reached" },
	{ "32", 400, 32, 0, false, "(#32) Page request limit reached" },
	{ "33", 400, 33, 0, false, "(#33) This object does not exist" },
	{ "100", 400, 100, 0, false, "(#100) Invalid parameter" },
	{ "100/field", 400, 100, 0, false,
	  "(#100) Tried accessing nonexisting field (platform) on node type "
	  "(UserLeadGenInfo)" },
	{ "100/proof", 400, 100, 0, false,
	  "Invalid appsecret_proof provided in the API argument" },
	{ "100/33", 400, 100, 33, false,
	  "Unsupported get request. Object with ID '0' does not exist, cannot "
	  "be loaded due to missing permissions, or does not support this "
	  "operation. Please read the Graph API documentation at "
	  "https://developers.facebook.com/docs/graph-api" },
	{ "100/36007", 400, 100, 36007, false,
	  "This authorization code has expired." },
	{ "100/36008", 400, 100, 36008, false,
	  "Error validating verification code. Please make sure your "
	  "redirect_uri is identical to the one you used in the OAuth dialog "
	  "request" },
	{ "100/36009", 400, 100, 36009, false,
	  "This authorization code has been used." },
	{ "101", 400, 101, 0, false,
	  "Error validating application. Invalid application ID." },
	{ "102", 400, 102, 0, false, "Session key invalid or no longer valid" },
	{ "103", 403, 103, 0, false,
	  "CRM access has been revoked from Lead Access Manager" },
	{ "103/200", 400, 200, 0, false,
	  "(#200) CRM access has been revoked from Lead Access Manager" },
	{ "104", 400, 104, 0, false,
	  "API calls from the server require an appsecret_proof argument" },
	{ "105", 400, 105, 0, false,
	  "(#105) The number of parameters exceeded the maximum" },
	{ "191", 400, 191, 0, false,
	  "The specified URL is not owned by the application" },
	{ "192", 400, 192, 0, false, "(#192) Invalid phone number" },
	{ "200/blocked", 400, 200, 0, false, "API access blocked." },
	{ "210", 400, 210, 0, false,
	  "(#210) A page access token is required to request this resource." },
	{ "278", 403, 278, 0, false,
	  "(#278) Reading advertisements requires an access token with the "
	  "extended permission ads_read" },
	{ "294", 403, 294, 0, false,
	  "(#294) Managing advertisements requires an access token with the "
	  "extended permission ads_management" },
	{ "341", 400, 341, 0, false,
	  "(#341) Feed action request limit reached" },
	{ "368", 400, 368, 0, false,
	  "The action attempted has been deemed abusive or is otherwise "
	  "disallowed" },
	{ "415", 400, 415, 0, false,
	  "(#415) Two factor authentication needed" },
	{ "506", 400, 506, 0, false, "(#506) Duplicate status message" },
	{ "613", 400, 613, 0, false,
	  "(#613) Calls to this api have exceeded the rate limit." },
	{ "613/1996", 400, 613, 1996, false,
	  "(#613) Calls to this api have exceeded the rate limit." },
	{ "803", 400, 803, 0, false,
	  "(#803) Some of the aliases you requested do not exist: 0" },
	{ "1609005", 400, 1609005, 0, false,
	  "(#1609005) There was an error with this link" },
	{ "2200", 400, 2200, 0, false,
	  "(#2200) callback verification failed with the following errors: "
	  "HTTP Status Code = 404; HTTP Message = Not Found" },
	{ "2500", 400, 2500, 0, false,
	  "An active access token must be used to query information about the "
	  "current user." },
	{ "2635", 400, 2635, 0, false, DEPRECATED },
	{ "2642", 400, 2642, 0, false, "(#2642) Invalid cursors values" },
	{ "80000", 400, 80000, 0, false,
	  "(#80000) " TOO_MANY("from this ad-account") },
	{ "80001", 400, 80001, 0, false,
	  "(#80001) " TOO_MANY("to this Page account") },
	{ "80002", 400, 80002, 0, false,
	  "(#80002) " TOO_MANY("to this Instagram account") },
	{ "80003", 400, 80003, 0, false,
	  "(#80003) " TOO_MANY("to this ad-account") },
	{ "80004", 400, 80004, 0, false,
	  "(#80004) " TOO_MANY("to this ad-account") },
	{ "80005", 400, 80005, 0, false,
	  "There have been too many leadgen api calls to this Page account. "
	  "Wait a bit and try again. For more info, please refer to "
	  "https://developers.facebook.com/docs/graph-api/overview/"
	  "rate-limiting." },
	{ "80006", 400, 80006, 0, false,
	  "(#80006) " TOO_MANY("to this Messenger account") },
	{ "80008", 400, 80008, 0, false,
	  "(#80008) " TOO_MANY("to this WhatsApp account") },
	{ "transient", 400, 100, 0, true, "Please retry your request later." },
};

static const struct raw_fault *
raw_fault(const char *name)
{
	for (size_t i = 0; i < COUNT(raw_faults); i++)
		if (strcmp(raw_faults[i].name, name) == 0)
			return &raw_faults[i];
	return NULL;
}

static const struct fault *
json_fault(const char *name)
{
	for (size_t i = 0; i < COUNT(faults); i++)
		if (strcmp(faults[i].name, name) == 0)
			return &faults[i];
	return NULL;
}

/* "190", "190/460": a dead token, though the real one lives on. */
static bool
is_death(const char *name, int64_t *subcode)
{
	struct text t = text_of(name);

	*subcode = 0;
	return text_take_lit(&t, "190") &&
	       (t.len == 0 || (text_take_char(&t, '/') &&
			       text_int(t, 1, INT64_MAX, subcode)));
}

/* "200", "200/pages_manage_ads": a permission that is missing. */
static const char *
missing_permission(const char *name)
{
	struct text t = text_of(name);

	if (!text_take_lit(&t, "200"))
		return NULL;
	if (t.len == 0)
		return "leads_retrieval";
	return text_take_char(&t, '/') && t.len > 0 ? t.p : NULL;
}

bool
graph_fault_known(const char *name)
{
	int64_t subcode;

	return raw_fault(name) || json_fault(name) ||
	       is_death(name, &subcode) || missing_permission(name);
}

void
graph_strike(struct task *t, struct graph_request *q, const char *name,
	     int *status)
{
	const struct raw_fault *raw = raw_fault(name);
	const struct fault *f = json_fault(name);
	const char *permission = missing_permission(name);
	int64_t subcode = 0;

	if (raw) {
		buf_puts(&q->body, raw->body);
		*status = raw->status;
	} else if (f) {
		q->error = (struct sim_error){ .status = f->status,
					       .code = f->code,
					       .subcode = f->subcode,
					       .message = f->message,
					       .transient = f->transient };
	} else if (is_death(name, &subcode)) {
		graph_dead(q, subcode);
	} else if (permission) {
		graph_lacks(t, q, permission);
	}
}
