/* clock: moments, dates, and how people read them. */
#include "base/clock.h"

#include "kit.h"

static void
meta_writes_time_in_many_ways(void **state)
{
	static const struct {
		const char *in;
		int64_t ms; /* -1 = refused */
	} cases[] = {
		{ "2018-02-28T08:49:14+0000", INT64_C(1519807754000) },
		{ "2018-02-28T08:49:14Z", INT64_C(1519807754000) },
		{ "2018-02-28 08:49:14+00:00", INT64_C(1519807754000) },
		{ "2018-02-28T09:49:14+0100", INT64_C(1519807754000) },
		{ "2018-02-28T08:49:14.250Z", INT64_C(1519807754250) },
		{ "2018-02-30T08:49:14Z", -1 },
		{ "2018-13-01T08:49:14Z", -1 },
		{ "2018-02-28T24:49:14Z", -1 },
		{ "2018-02-28", -1 },
		{ "yesterday", -1 },
		{ "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct when w = { -1 };
		bool ok = when_parse(text_of(cases[i].in), &w);

		assert_int_equal(ok, cases[i].ms >= 0);
		assert_int_equal(w.ms, cases[i].ms);
	}
}

static void
dates_survive_a_round_trip(void **state)
{
	(void)state;
	for (int64_t ms = INT64_C(-5000000000000); ms < INT64_C(9000000000000);
	     ms += INT64_C(12345678901)) {
		struct when w = { ms };

		assert_int_equal(when_of(when_civil(w)).ms, ms);
	}
}

static void
a_zone_has_its_summer(void **state)
{
	struct when winter, summer;

	(void)state;
	assert_true(when_parse(TEXT("2026-01-28T14:02:07Z"), &winter));
	assert_true(when_parse(TEXT("2026-07-28T14:02:07Z"), &summer));
	assert_string_equal(when_clock(kit_mem, winter, "Europe/Dublin"),
			    "14:02:07");
	assert_string_equal(when_clock(kit_mem, summer, "Europe/Dublin"),
			    "15:02:07");
	assert_string_equal(when_full(kit_mem, summer, "Europe/Dublin"),
			    "28 Jul 2026, 15:02:07 Dublin");
	assert_false(zone_known("../etc/passwd"));
	assert_false(zone_known("Nowhere/Land"));
}

static void
ages_are_told_as_people_do(void **state)
{
	struct when now;
	const struct {
		int64_t ago;
		const char *words;
	} cases[] = {
		{ 0, "now" },
		{ -5 * MINUTE_MS, "now" },
		{ 2 * MINUTE_MS + 1, "2 min ago" },
		{ 3 * HOUR_MS + 1, "3 h ago" },
		{ 30 * (int64_t)HOUR_MS, "yesterday" },
		{ 4 * DAY_MS + 1, "4 days ago" },
		{ 20 * DAY_MS, "8 Sep" },
		{ 400 * DAY_MS, "24 Aug 2025" },
	};

	(void)state;
	assert_true(when_parse(TEXT("2026-09-28T14:02:07Z"), &now));
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(when_ago(kit_mem,
					     when_add(now, -cases[i].ago), now,
					     "UTC"),
				    cases[i].words);
	assert_string_equal(span_words(kit_mem, 9), "9 ms");
	assert_string_equal(span_words(kit_mem, 2400), "2.4 s");
	assert_string_equal(span_words(kit_mem, -3), "0 ms");
}

static void
points_in_time_name_what_today_does_not_say(void **state)
{
	struct when now, today, before, long_ago;

	(void)state;
	assert_true(when_parse(TEXT("2026-09-28T14:02:07Z"), &now));
	assert_true(when_parse(TEXT("2026-09-27T23:30:09Z"), &today));
	assert_true(when_parse(TEXT("2026-09-27T22:30:09Z"), &before));
	assert_true(when_parse(TEXT("2025-12-31T12:00:00Z"), &long_ago));
	assert_string_equal(when_point(kit_mem, today, now, "Europe/Dublin"),
			    "00:30");
	assert_string_equal(when_stamp(kit_mem, today, now, "Europe/Dublin"),
			    "00:30:09");
	assert_string_equal(when_point(kit_mem, before, now, "Europe/Dublin"),
			    "27 Sep, 23:30");
	assert_string_equal(when_stamp(kit_mem, long_ago, now, "Europe/Dublin"),
			    "31 Dec 2025, 12:00:00");
	assert_string_equal(when_date(kit_mem, before, now, "Europe/Dublin"),
			    "27 Sep");
	assert_string_equal(when_date(kit_mem, long_ago, now, "Europe/Dublin"),
			    "31 Dec 2025");
	assert_string_equal(when_point(kit_mem, (struct when){ 0 }, now, "UTC"),
			    "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(meta_writes_time_in_many_ways),
		CASE(dates_survive_a_round_trip),
		CASE(a_zone_has_its_summer),
		CASE(ages_are_told_as_people_do),
		CASE(points_in_time_name_what_today_does_not_say),
	};

	return RUN(tests);
}
