/* identity: when two addresses are one. */
#include "crm/identity.h"

#include "kit.h"

static const struct identity_rules plain = { .country = "IE" };
static const struct identity_rules both = { .drop_plus = true,
					    .drop_dots = true,
					    .country = "IE" };

static void
is(const struct identity_rules *rules, const char *address, const char *want)
{
	const char *got = identity_email(kit_mem, text_of(address), rules);

	if (!want)
		assert_null(got);
	else
		assert_string_equal(got ? got : "none", want);
}

static void
blanks_and_case_do_not_count(void **state)
{
	(void)state;
	is(&plain, "  Ann@Example.COM ", "ann@example.com");
	is(&plain, "ann+x@example.com", "ann+x@example.com");
	is(&plain, "a.nn@gmail.com", "a.nn@gmail.com");
	is(&plain, "", NULL);
	is(&plain, "ann", NULL);
	is(&plain, "ann@", NULL);
	is(&plain, "ann b@example.com", NULL);
}

static void
a_domain_is_one_in_any_script(void **state)
{
	(void)state;
	is(&plain,
	   "ann@b\xc3\xbc"
	   "cher.example",
	   "ann@xn--bcher-kva.example");
	is(&plain,
	   "ann@B\xc3\x9c"
	   "CHER.example",
	   "ann@xn--bcher-kva.example");
	is(&plain,
	   "ann@bu\xcc\x88"
	   "cher.example",
	   "ann@xn--bcher-kva.example");
	is(&plain, "ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example");
	is(&plain,
	   "ann@stra\xc3\x9f"
	   "e.example",
	   "ann@xn--strae-oqa.example");
	is(&plain, "ann@\xd0\xbf\xd0\xbe\xd1\x87\xd1\x82\xd0\xb0.example",
	   "ann@xn--80a1acny.example");
}

static void
rules_are_off_until_asked_for(void **state)
{
	(void)state;
	is(&both, "Ann+News@example.com", "ann@example.com");
	is(&both, "+ann@example.com", "+ann@example.com");
	is(&both, "a.nn@example.com", "a.nn@example.com");
	is(&both, "a.n.n+x@GoogleMail.com", "ann@gmail.com");
	is(&both, "...@gmail.com", NULL);
}

static void
numbers_by_the_site_s_country(void **state)
{
	(void)state;
	assert_string_equal(
		identity_phone(kit_mem, TEXT("020 911 0187"), &plain),
		"+353209110187");
	assert_null(identity_phone(kit_mem, TEXT("none"), &plain));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(blanks_and_case_do_not_count),
		CASE(a_domain_is_one_in_any_script),
		CASE(rules_are_off_until_asked_for),
		CASE(numbers_by_the_site_s_country),
	};

	return RUN(tests);
}
