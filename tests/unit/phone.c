/* phone: numbers of many countries, and what is none. */
#include "crm/phone.h"

#include "kit.h"

struct number {
	const char *country, *written, *want; /* NULL: no number */
};

static void
check(const struct number *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *got = phone_e164(kit_mem, text_of(all[i].written),
					     all[i].country);

		if (!all[i].want && got)
			fail_msg("%s %s: %s, want none", all[i].country,
				 all[i].written, got);
		if (all[i].want && (!got || strcmp(got, all[i].want) != 0))
			fail_msg("%s %s: %s, want %s", all[i].country,
				 all[i].written, got ? got : "none",
				 all[i].want);
	}
}

static void
numbers_at_home(void **state)
{
	static const struct number all[] = {
		{ "IE", "020 911 0187", "+353209110187" },
		{ "IE", "(01) 555-0187", "+35315550187" },
		{ "GB", "020 7946 0958", "+442079460958" },
		{ "GB", "07700 900123", "+447700900123" },
		{ "US", "(555) 010-0199", "+15550100199" },
		{ "US", "1-555-010-0199", "+15550100199" },
		{ "CA", "604.555.0123", "+16045550123" },
		{ "JM", "876 555 0123", "+18765550123" },
		{ "DE", "030 23125 000", "+493023125000" },
		{ "DE", "0176 04069000", "+4917604069000" },
		{ "AT", "0664 1234567", "+436641234567" },
		{ "CH", "044 668 18 00", "+41446681800" },
		{ "FR", "06 39 98 00 01", "+33639980001" },
		{ "ES", "900 123 456", "+34900123456" },
		{ "PT", "912 345 678", "+351912345678" },
		{ "IT", "06 1234 5678", "+390612345678" },
		{ "IT", "347 123 4567", "+393471234567" },
		{ "NL", "06-12345678", "+31612345678" },
		{ "BE", "0470 12 34 56", "+32470123456" },
		{ "LU", "27 12 34 56", "+35227123456" },
		{ "DK", "20 12 34 56", "+4520123456" },
		{ "NO", "401 23 456", "+4740123456" },
		{ "SE", "070-174 06 05", "+46701740605" },
		{ "FI", "050 123 4567", "+358501234567" },
		{ "PL", "512 345 678", "+48512345678" },
		{ "CZ", "601 123 456", "+420601123456" },
		{ "SK", "0901 123 456", "+421901123456" },
		{ "HU", "06 20 123 4567", "+36201234567" },
		{ "RO", "0712 345 678", "+40712345678" },
		{ "BG", "087 123 4567", "+359871234567" },
		{ "GR", "691 234 5678", "+306912345678" },
		{ "UA", "050 123 45 67", "+380501234567" },
		{ "RU", "8 (912) 345-67-89", "+79123456789" },
		{ "KZ", "8 701 123 45 67", "+77011234567" },
		{ "LT", "0612 34567", "+37061234567" },
		{ "LV", "21 234 567", "+37121234567" },
		{ "EE", "5123 4567", "+37251234567" },
		{ "TR", "0532 123 45 67", "+905321234567" },
		{ "IL", "050-123-4567", "+972501234567" },
		{ "EG", "010 0123 4567", "+201001234567" },
		{ "SA", "050 123 4567", "+966501234567" },
		{ "AE", "050 123 4567", "+971501234567" },
		{ "ZA", "071 123 4567", "+27711234567" },
		{ "NG", "0803 123 4567", "+2348031234567" },
		{ "KE", "0712 123456", "+254712123456" },
		{ "IN", "098765 43210", "+919876543210" },
		{ "PK", "0300 1234567", "+923001234567" },
		{ "CN", "138 1234 5678", "+8613812345678" },
		{ "HK", "9123 4567", "+85291234567" },
		{ "SG", "8123 4567", "+6581234567" },
		{ "MY", "012-345 6789", "+60123456789" },
		{ "ID", "0812 3456 789", "+628123456789" },
		{ "TH", "081 234 5678", "+66812345678" },
		{ "VN", "091 234 56 78", "+84912345678" },
		{ "PH", "0917 123 4567", "+639171234567" },
		{ "JP", "090-1234-5678", "+819012345678" },
		{ "KR", "010-1234-5678", "+821012345678" },
		{ "AU", "0491 570 156", "+61491570156" },
		{ "NZ", "021 123 4567", "+64211234567" },
		{ "BR", "11 91234-5678", "+5511912345678" },
		{ "BR", "011 91234-5678", "+5511912345678" },
		{ "MX", "55 1234 5678", "+525512345678" },
		{ "AR", "011 2345-6789", "+541123456789" },
		{ "CL", "9 1234 5678", "+56912345678" },
		{ "CO", "300 123 4567", "+573001234567" },
		{ "PE", "912 345 678", "+51912345678" },
	};

	(void)state;
	check(all, COUNT(all));
}

static void
numbers_with_a_calling_code(void **state)
{
	static const struct number all[] = {
		{ "", "+353 20 911 0187", "+353209110187" },
		{ "DE", "+353 20 911 0187", "+353209110187" },
		{ "", "00353 20 911 0187", "+353209110187" },
		{ "US", "011 353 20 911 0187", "+353209110187" },
		{ "AU", "0011 353 20 911 0187", "+353209110187" },
		{ "RU", "8 10 353 20 911 0187", "+353209110187" },
		{ "", "+44 (0)20 7946 0958", "+442079460958" },
		{ "", "+44 020 7946 0958", "+442079460958" },
		{ "", "+49 (0) 30 23125000", "+493023125000" },
		{ "", "tel:+1-555-010-0199", "+15550100199" },
		{ "", "p:+353209110187", "+353209110187" },
		{ "", "+39 06 1234 5678", "+390612345678" },
		{ "", "+7 912 345 67 89", "+79123456789" },
		{ "", "+354 555 1234", "+3545551234" },
		{ "", "+290 22222", "+29022222" },
	};

	(void)state;
	check(all, COUNT(all));
}

static void
marks_scripts_and_extensions(void **state)
{
	static const struct number all[] = {
		{ "IE", "  020/911.0187 ", "+353209110187" },
		{ "IE",
		  "020\xc2\xa0"
		  "911\xe2\x80\x93"
		  "0187",
		  "+353209110187" },
		{ "IE", "020 911 0187 ext. 5", "+353209110187" },
		{ "IE", "020 911 0187x12", "+353209110187" },
		{ "IE", "020 911 0187 #3", "+353209110187" },
		{ "", "tel:+353209110187;ext=5", "+353209110187" },
		/* Arabic-Indic, Persian, Devanagari, full width */
		{ "SA",
		  "\xd9\xa0\xd9\xa5\xd9\xa0 \xd9\xa1\xd9\xa2\xd9\xa3 "
		  "\xd9\xa4\xd9\xa5\xd9\xa6\xd9\xa7",
		  "+966501234567" },
		{ "IR",
		  "\xdb\xb0\xdb\xb9\xdb\xb1\xdb\xb2\xdb\xb3\xdb\xb4\xdb\xb5"
		  "\xdb\xb6\xdb\xb7\xdb\xb8\xdb\xb9",
		  "+989123456789" },
		{ "IN",
		  "\xe0\xa5\xaf\xe0\xa5\xae\xe0\xa5\xad\xe0\xa5\xac\xe0\xa5"
		  "\xab\xe0\xa5\xaa\xe0\xa5\xa9\xe0\xa5\xa8\xe0\xa5\xa7\xe0"
		  "\xa5\xa6",
		  "+919876543210" },
		{ "",
		  "\xef\xbc\x8b\xef\xbc\x93\xef\xbc\x95\xef\xbc\x93"
		  "209110187",
		  "+353209110187" },
	};

	(void)state;
	check(all, COUNT(all));
}

static void
what_is_no_number(void **state)
{
	static const struct number all[] = {
		{ "IE", "", NULL },
		{ "IE", "n/a", NULL },
		{ "IE", "abc020 911 0187", NULL },
		{ "IE", "020 911 01a87", NULL },
		{ "", "020 911 0187", NULL },
		{ "IE", "+999 123 456 789", NULL },
		{ "IE", "+0 353 209110187", NULL },
		{ "IE", "12345", NULL },
		{ "IE", "+353 1", NULL },
		{ "IE", "+353 1234 5678 9012 345", NULL },
		{ "IE", "++353209110187", NULL },
		{ "IE", "353+209110187", NULL },
		{ "IE", "<test lead: dummy data for phone_number>", NULL },
		{ "US", "555-0199", NULL },
		{ "IE", "555 0187", NULL }, /* local: of which town? */
		{ "GB", "447946095800", NULL },
		{ "GB", "0000000000", NULL },
		{ "XX", "020 911 0187", NULL },
		{ "IE", "ann@example.com", NULL },
		{ "IE", "1234567890123456789012345678901234567890", NULL },
		{ "IE", "020 911 0187\xff", NULL },
	};

	(void)state;
	check(all, COUNT(all));
}

static void
what_a_person_may_have_meant(void **state)
{
	static const char *const yes[] = { "0871234567", "555 0187", "12345",
					   "+353 20 911 0187 ext 3" };
	static const char *const no[] = { "", "call me", "banana", "1234",
					  "12345 or so" };

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++)
		assert_true(phone_plausible(text_of(yes[i])));
	for (size_t i = 0; i < COUNT(no); i++)
		assert_false(phone_plausible(text_of(no[i])));
}

/* Its own form reads as itself, wherever it is read. */
static void
the_form_is_final(void **state)
{
	static const char *const all[] = { "+353209110187",  "+390612345678",
					   "+4917604069000", "+79123456789",
					   "+15550100199",   "+29022222" };
	static const char *const homes[] = { "", "IE", "US", "IT", "RU" };

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++)
		for (size_t k = 0; k < COUNT(homes); k++)
			assert_string_equal(
				phone_e164(kit_mem, text_of(all[i]), homes[k]),
				all[i]);
}

/* Each country by name, with a code that no other begins with. */
static void
the_table_holds(void **state)
{
	size_t n = 0;
	const struct phone_country *all = phone_countries(&n);

	(void)state;
	assert_true(n > 230);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(strlen(all[i].iso), 2);
		assert_ptr_equal(phone_country_of(all[i].iso), &all[i]);
		assert_true(all[i].least <= all[i].most);
		for (size_t k = 0; k < n; k++)
			if (strcmp(all[i].code, all[k].code) != 0)
				assert_false(text_starts(text_of(all[k].code),
							 all[i].code));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(numbers_at_home),
		CASE(numbers_with_a_calling_code),
		CASE(marks_scripts_and_extensions),
		CASE(what_is_no_number),
		CASE(what_a_person_may_have_meant),
		CASE(the_form_is_final),
		CASE(the_table_holds),
	};

	return RUN(tests);
}
