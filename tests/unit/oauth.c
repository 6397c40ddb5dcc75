/* oauth: the dialog's address, permissions, signed requests. */
#include "meta/oauth.h"

#include "meta/accounts.h"

#include "kit.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define GOOD                                                                   \
	"2GvnSP_aY6zr-wNgj137CwUax1a8UzKAZZqlm1HqEBw"                          \
	".eyJ1c2VyX2lkIjoiMjE4NDcxIiwiYWxnb3JpdGhtIjoiSE1BQy1TSEEyNTYiLCJpc3N" \
	"1"                                                                    \
	"ZWRfYXQiOjEyOTE4MzY4MDB9"

static enum rc
open_request(const char *request, const char *secret, const char **user)
{
	task_forgive(&kit_task);
	return oauth_signed_request(&kit_task, text_of(request), secret, user);
}

static void
a_signed_request_tells_whose_it_is(void **state)
{
	const char *user = NULL;

	(void)state;
	assert_int_equal(open_request(GOOD, SECRET, &user), OK);
	assert_string_equal(user, "218471");
	/* The vector of another implementation. */
	assert_int_equal(
		open_request("Mf_s6nTb38UYqioBmPqu0Ewm9souPZB9I2fIGwV729U"
			     ".eyJ1c2VyX2lkIjoiMCIsImFsZ29yaXRobSI6IkhNQUMtU0hB"
			     "MjU2IiwiaXNzdWVkX2F0IjoxNjI0MjQ0MTU2fQ",
			     "key", &user),
		OK);
	assert_string_equal(user, "0");
}

static void
a_signed_request_that_is_not_metas_is_refused(void **state)
{
	static const struct {
		const char *request;
		enum rc rc;
	} cases[] = {
		{ "", E_INPUT },	{ "abc", E_INPUT },
		{ ".", E_DENIED },	{ GOOD ".x", E_INPUT },
		{ "a+b.c", E_INPUT },	{ "AAAA.e30", E_DENIED },
		{ "x" GOOD, E_DENIED },
	};
	const char *user = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(open_request(cases[i].request, SECRET, &user),
				 cases[i].rc);
	assert_int_equal(open_request(GOOD, "another secret", &user), E_DENIED);
	assert_null(user);
}

static void
the_dialog_is_asked_for_everything(void **state)
{
	const struct oauth_app app = { .id = "12345",
				       .redirect_uri =
					       "https://crm.example.com/back" };
	const char *url = oauth_dialog(kit_mem, "https://www.facebook.com",
				       "v26.0", &app, "the state&x", false);

	(void)state;
	assert_non_null(strstr(url,
			       "https://www.facebook.com/v26.0/dialog/"
			       "oauth?response_type=code&client_id=12345"));
	assert_non_null(strstr(url, "redirect_uri=https%3A%2F%2Fcrm.example.com"
				    "%2Fback"));
	assert_non_null(strstr(url, "state=the%20state%26x"));
	assert_non_null(strstr(url, "leads_retrieval%2Cpages_show_list"));
	assert_null(strstr(url, "auth_type"));
	assert_non_null(strstr(
		oauth_dialog(kit_mem, "https://x", "v26.0", &app, "s", true),
		"auth_type=rerequest"));
}

static void
a_configuration_takes_the_place_of_scopes(void **state)
{
	const struct oauth_app app = { .id = "1",
				       .redirect_uri = "https://x/y",
				       .config_id = "777" };
	const char *url =
		oauth_dialog(kit_mem, "https://x", "v26.0", &app, "s", false);

	(void)state;
	assert_non_null(strstr(url, "config_id=777"));
	assert_null(strstr(url, "scope="));
}

static void
the_missing_permission_is_named(void **state)
{
	(void)state;
	assert_null(oauth_lacks(oauth_scopes()));
	assert_string_equal(oauth_lacks(""), "leads_retrieval");
	assert_string_equal(
		oauth_lacks("leads_retrieval,pages_show_list,"
			    "pages_read_engagement,pages_manage_metadata"),
		"pages_manage_ads");
	/* Campaign names are worth less than leads. */
	assert_null(oauth_lacks("leads_retrieval,pages_show_list,"
				"pages_read_engagement,pages_manage_metadata,"
				"pages_manage_ads"));
	assert_false(oauth_has("leads_retrieval_x", "leads_retrieval"));
}

static void
tasks_that_may_read_leads(void **state)
{
	(void)state;
	assert_true(accounts_may_read("ANALYZE,ADVERTISE"));
	assert_true(accounts_may_read("PROFILE_PLUS_FULL_CONTROL"));
	assert_true(accounts_may_read("PROFILE_PLUS_MANAGE_LEADS"));
	assert_true(accounts_may_read(""));
	assert_false(accounts_may_read("ANALYZE,MESSAGING"));
}

static void
versions_are_known_with_their_ends(void **state)
{
	(void)state;
	assert_non_null(graph_version_of("v26.0"));
	assert_true(graph_version_of("v26.0")->ends.ms == 0);
	assert_string_equal(when_iso(kit_mem, graph_version_of("v23.0")->ends),
			    "2027-10-08T00:00:00Z");
	assert_null(graph_version_of("v1.0"));
	assert_null(graph_version_of(""));
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(a_signed_request_tells_whose_it_is),
		CASE(a_signed_request_that_is_not_metas_is_refused),
		CASE(the_dialog_is_asked_for_everything),
		CASE(a_configuration_takes_the_place_of_scopes),
		CASE(the_missing_permission_is_named),
		CASE(tasks_that_may_read_leads),
		CASE(versions_are_known_with_their_ends),
	};

	return RUN(cases);
}
