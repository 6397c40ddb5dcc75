/* report: borders of days, percentiles. */
#include "crm/report.h"

#include "kit.h"

static void
days_begin_at_midnight_of_the_zone(void **state)
{
	struct report_span s;
	struct when first;

	(void)state;
	assert_true(day_parse(TEXT("2026-03-28"), "Europe/Dublin", &first));
	report_span_of(&kit_task, first, 3, "Europe/Dublin", &s);
	assert_int_equal(s.day[1].ms - s.day[0].ms, 24 * HOUR_MS);
	assert_int_equal(s.day[2].ms - s.day[1].ms, 23 * HOUR_MS);
	assert_int_equal(s.day[3].ms - s.day[2].ms, 24 * HOUR_MS);
	assert_true(day_parse(TEXT("2026-10-25"), "Europe/Dublin", &first));
	report_span_of(&kit_task, first, 1, "Europe/Dublin", &s);
	assert_int_equal(s.day[1].ms - s.day[0].ms, 25 * HOUR_MS);
}

static void
a_day_is_read_as_it_is_written(void **state)
{
	static const char *const zones[] = { "UTC", "Pacific/Kiritimati",
					     "Pacific/Pago_Pago",
					     "Asia/Kathmandu", "Asia/Beirut" };
	struct when day;

	(void)state;
	for (size_t i = 0; i < COUNT(zones); i++) {
		/* In Beirut this day began at 1:00. */
		assert_true(day_parse(TEXT("2026-03-29"), zones[i], &day));
		assert_string_equal(day_text(kit_mem, day, zones[i]),
				    "2026-03-29");
		assert_string_equal(
			day_text(kit_mem, when_add(day, -1000), zones[i]),
			"2026-03-28");
		assert_int_equal(
			when_midnight(when_add(day, HOUR_MS), 0, zones[i]).ms,
			day.ms);
	}
	assert_false(day_parse(TEXT("2026-02-30"), "UTC", &day));
	assert_false(day_parse(TEXT("2026-02-03x"), "UTC", &day));
	assert_false(day_parse(TEXT(""), "UTC", &day));
}

static void
percentiles_are_of_the_nearest_rank(void **state)
{
	static const int64_t ten[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

	(void)state;
	assert_int_equal(report_percentile(ten, 10, 50), 5);
	assert_int_equal(report_percentile(ten, 10, 90), 9);
	assert_int_equal(report_percentile(ten, 9, 50), 5);
	assert_int_equal(report_percentile(ten, 1, 90), 1);
	assert_int_equal(report_percentile(ten, 0, 50), 0);
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(days_begin_at_midnight_of_the_zone),
		CASE(a_day_is_read_as_it_is_written),
		CASE(percentiles_are_of_the_nearest_rank),
	};

	return RUN(cases);
}
