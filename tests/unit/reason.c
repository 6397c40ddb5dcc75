/* reason: every code has its words, and sentences are filled in whole. */
#include "crm/reason.h"

#include "kit.h"

static const char *
sentence(const char *code, struct reason_facts f)
{
	return reason_sentence(kit_mem, reason_of(code), &f);
}

static void
every_code_of_metas_errors_is_known(void **state)
{
	/* The codes that meta/graph_error.c gives. */
	static const char *const codes[] = {
		"leads_access",	    "app_secret",	"reduce_data",
		"meta_trouble",	    "test_lead_exists", "app_capability",
		"throttled",	    "page_token",	"permission",
		"not_readable",	    "login_too_long",	"redirect",
		"other_app",	    "parameter",	"app_id",
		"session_ended",    "app_removed",	"checkpoint",
		"password_changed", "token_expired",	"unconfirmed",
		"consent_blocked",  "role_lost",	"token_invalid",
		"api_blocked",	    "blocked_a_while",	"two_factor",
		"callback",	    "version_ended",	"cursor",
		"unknown",	    "network",		"no_json",
		"lead_expired",	    "page_unreadable",	"circle",
		"form_unknown",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		const struct reason *r = reason_of(codes[i]);

		assert_true(reason_known(codes[i]));
		assert_true(r->card[0] && r->sentence[0]);
		assert_true((r->way == WAY_NONE) == (r->button == NULL));
	}
}

static void
an_unknown_code_has_words_too(void **state)
{
	(void)state;
	assert_false(reason_known("made_up"));
	assert_string_equal(reason_of("made_up")->code, "unknown");
	assert_true(reason_of("made_up")->sentence[0] != '\0');
	assert_string_equal(reason_of(NULL)->code, "unknown");
}

static void
names_are_filled_in(void **state)
{
	(void)state;
	assert_string_equal(
		sentence("password_changed",
			 (struct reason_facts){
				 .person = "Conor Walsh",
				 .waiting = "6 leads are waiting at "
					    "Meta; they come" }),
		"The Facebook password of Conor Walsh was changed, which ends "
		"the connection. About 6 leads are waiting at Meta; they come "
		"in when you reconnect.");
	assert_string_equal(
		sentence("permission",
			 (struct reason_facts){ .permission =
							"leads_retrieval" }),
		"Facebook did not give us \u201cAccess Lead Ads forms\u201d "
		"(leads_retrieval). Reconnect and leave every box ticked.");
}

static void
what_is_not_known_is_left_out(void **state)
{
	(void)state;
	assert_string_equal(
		sentence("password_changed", (struct reason_facts){ 0 }),
		"The Facebook password of the person who connected it was "
		"changed, which ends the connection.");
	assert_string_equal(sentence("permission", (struct reason_facts){ 0 }),
			    "Facebook did not give us \u201cwhat is "
			    "needed\u201d. Reconnect "
			    "and leave every box ticked.");
	assert_string_equal(reason_card(kit_mem, reason_of("permission"),
					&(struct reason_facts){ 0 }),
			    "Permission missing");
}

/* A name that looks like ours stays a name. */
static void
what_is_filled_in_is_not_filled_again(void **state)
{
	(void)state;
	assert_non_null(strstr(
		sentence("unconfirmed",
			 (struct reason_facts){ .person = "{page} [x]" }),
		"{page} [x] has to confirm"));
}

static void
only_ways_outside_have_addresses(void **state)
{
	(void)state;
	assert_null(reason_address(WAY_RECONNECT));
	assert_null(reason_address(WAY_NONE));
	assert_non_null(strstr(reason_address(WAY_BUSINESS), "https://"));
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(every_code_of_metas_errors_is_known),
		CASE(an_unknown_code_has_words_too),
		CASE(names_are_filled_in),
		CASE(what_is_not_known_is_left_out),
		CASE(what_is_filled_in_is_not_filled_again),
		CASE(only_ways_outside_have_addresses),
	};

	return RUN(cases);
}
