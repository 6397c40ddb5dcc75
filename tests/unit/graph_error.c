/* graph_error: every code of the contract gets its class. */
#include "meta/graph.h"

#include "kit.h"

static struct graph_error
judge(int64_t code, int64_t subcode, bool transient, const char *message)
{
	const char *doc =
		arena_fmt(kit_mem,
			  "{\"error\":{\"message\":\"%s\",\"code\":%lld,"
			  "\"error_subcode\":%lld,\"is_transient\":%s}}",
			  message, (long long)code, (long long)subcode,
			  transient ? "true" : "false");
	const char *why = NULL;
	struct graph_error e;

	graph_judge(&kit_task, 400, json_parse(kit_mem, text_of(doc), &why),
		    &e);
	return e;
}

static void
codes_have_their_class(void **state)
{
	static const struct {
		int64_t code, subcode;
		bool transient;
		const char *message;
		enum graph_class class;
		const char *reason;
	} cases[] = {
		{ 1, 0, false, "An unknown error", GRAPH_RETRY,
		  "meta_trouble" },
		{ 1, 0, false, "Error validating client secret.", GRAPH_ADMIN,
		  "app_secret" },
		{ 1, 0, false, "Please reduce the amount of data", GRAPH_RETRY,
		  "reduce_data" },
		{ 2, 0, true, "", GRAPH_RETRY, "meta_trouble" },
		{ 2, 1892058, true, "", GRAPH_BUG, "test_lead_exists" },
		{ 4, 0, true, "", GRAPH_THROTTLED, "throttled" },
		{ 10, 0, false,
		  "(#10) Requested Page Does Not Match Page "
		  "Access Token",
		  GRAPH_RECONNECT, "page_token" },
		{ 17, 0, false, "", GRAPH_THROTTLED, "throttled" },
		{ 32, 0, false, "", GRAPH_THROTTLED, "throttled" },
		{ 100, 33, false, "Unsupported get request.", GRAPH_GONE,
		  "not_readable" },
		{ 100, 33, true, "Unsupported get request.", GRAPH_RETRY,
		  "not_readable" },
		{ 100, 0, false, "Invalid appsecret_proof provided",
		  GRAPH_ADMIN, "app_secret" },
		{ 100, 0, false, "Tried accessing nonexisting field", GRAPH_BUG,
		  "parameter" },
		{ 103, 0, false, "", GRAPH_ADMIN, "leads_access" },
		{ 200, 0, false,
		  "CRM access has been revoked from Lead "
		  "Access Manager",
		  GRAPH_ADMIN, "leads_access" },
		{ 190, 0, false, "Invalid OAuth access token.", GRAPH_RECONNECT,
		  "token_invalid" },
		{ 190, 458, false, "", GRAPH_RECONNECT, "app_removed" },
		{ 190, 459, false, "", GRAPH_PERSON, "checkpoint" },
		{ 190, 460, true, "", GRAPH_RECONNECT, "password_changed" },
		{ 190, 463, false, "", GRAPH_RECONNECT, "token_expired" },
		{ 190, 464, false, "", GRAPH_PERSON, "unconfirmed" },
		{ 190, 467, false, "", GRAPH_RECONNECT, "session_ended" },
		{ 190, 492, false, "", GRAPH_RECONNECT, "role_lost" },
		{ 190, 2069032, false, "", GRAPH_RECONNECT, "page_token" },
		{ 200, 0, false, "API access blocked.", GRAPH_ADMIN,
		  "api_blocked" },
		{ 210, 0, false, "", GRAPH_RECONNECT, "page_token" },
		{ 278, 0, false, "", GRAPH_ADMIN, "permission" },
		{ 368, 0, false, "", GRAPH_THROTTLED, "blocked_a_while" },
		{ 613, 0, false, "", GRAPH_THROTTLED, "throttled" },
		{ 2635, 0, false, "", GRAPH_ADMIN, "version_ended" },
		{ 80001, 0, false, "", GRAPH_THROTTLED, "throttled" },
		{ 80005, 0, false, "", GRAPH_THROTTLED, "throttled" },
		{ 80004, 0, false, "", GRAPH_THROTTLED, "throttled" },
		{ 999999, 0, false, "", GRAPH_RETRY, "unknown" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct graph_error e =
			judge(cases[i].code, cases[i].subcode,
			      cases[i].transient, cases[i].message);

		if (e.class != cases[i].class ||
		    strcmp(e.reason, cases[i].reason) != 0)
			fail_msg("%lld/%lld %s: %s %s",
				 (long long)cases[i].code,
				 (long long)cases[i].subcode, cases[i].message,
				 graph_class_name(e.class), e.reason);
	}
}

static void
the_missing_permission_is_named(void **state)
{
	(void)state;
	assert_string_equal(
		judge(200, 0, false,
		      "(#200) Requires pages_manage_ads permission to manage "
		      "the object")
			.permission,
		"pages_manage_ads");
	assert_string_equal(
		judge(100, 0, false,
		      "missing permission: requires the 'pages_read_engagement'"
		      " permission")
			.permission,
		"pages_read_engagement");
	assert_null(judge(200, 0, false, "API access blocked.").permission);
}

static void
tokens_are_cut_out_of_words(void **state)
{
	struct graph_error e =
		judge(190, 0, false,
		      "token EAABsbCS1iHgBAOxyz is bad, see "
		      "https://x.example/?access_token=abc123&x=1");

	(void)state;
	assert_null(strstr(e.words, "EAABs"));
	assert_null(strstr(e.words, "abc123"));
	assert_non_null(strstr(e.words, "is bad"));
}

static void
no_json_means_again(void **state)
{
	struct graph_error e;

	(void)state;
	graph_judge(&kit_task, 502, NULL, &e);
	assert_int_equal(e.class, GRAPH_RETRY);
	graph_judge(&kit_task, 0, NULL, &e);
	assert_int_equal(e.class, GRAPH_RETRY);
	assert_string_equal(e.reason, "network");
}

static void
the_proof_agrees_with_the_world(void **state)
{
	(void)state;
	assert_string_equal(
		graph_proof(&kit_task, "0123456789abcdef0123456789abcdef",
			    "EAABexampletoken"),
		"5702ebf566e08c697286193a0b4702e6cebd1caf89c8763b80e2804531bc1"
		"2ae");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(codes_have_their_class),
		CASE(the_missing_permission_is_named),
		CASE(tokens_are_cut_out_of_words),
		CASE(no_json_means_again),
		CASE(the_proof_agrees_with_the_world),
	};

	return RUN(tests);
}
