/* facet: which value of a filter is the rarest. */
#include "crm/facet.h"

#include "testdb.h"

static const struct when start = { 1 }, end = { INT64_C(253402300799000) };

/* `n` leads of a value, one a minute, the last at `newest`. */
STATEMENT(put_some,
	  "INSERT INTO lead_facet (kind, value, at, lead_id, worked_at)"
	  " SELECT ?, ?, CAST(? AS DATETIME(3)) - INTERVAL seq * ? MINUTE,"
	  " 100000 - seq, '1970-01-02' FROM seq_0_to_2999 WHERE seq < ?");

static void
put(enum facet f, const char *value, const char *newest, int64_t minutes,
    int64_t n)
{
	assert_int_equal(db_exec(&kit_task, &put_some,
				 INS(IN(facet_name(f)), IN(value), IN(newest),
				     IN(minutes), IN(n)),
				 NULL),
			 OK);
}

static void
expect(const char *const value[FACET_COUNT], struct when from,
       struct when until, const enum facet *want, size_t n_want)
{
	enum facet order[FACET_COUNT];
	size_t n = 0;

	assert_int_equal(
		facet_rarest_first(&kit_task, value, from, until, order, &n),
		OK);
	assert_int_equal(n, n_want);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(order[i], want[i]);
}
#define ORDER(...)                                                             \
	(const enum facet[]){ __VA_ARGS__ },                                   \
		COUNT(((const enum facet[]){ __VA_ARGS__ }))

static void
the_rarest_comes_first(void **state)
{
	const char *const value[FACET_COUNT] = {
		[FACET_SOURCE] = "meta", [FACET_TAG] = "Fair",
		[FACET_STAGE] = "won",	 [FACET_PAGE] = "7",
		[FACET_FORM] = "",
	};

	(void)state;
	put(FACET_SOURCE, "meta", "2026-10-01", 1, 3000);
	put(FACET_STAGE, "won", "2026-10-01", 9, 2500);
	put(FACET_PAGE, "7", "2026-10-01", 20, 2500);
	put(FACET_TAG, "Fair", "2026-10-01", 3, 2500);
	expect(value, start, end,
	       ORDER(FACET_PAGE, FACET_STAGE, FACET_TAG, FACET_SOURCE));
}

/* Of thousands that came long ago the walk from the top meets the first late:
 * a value is rare where the list begins. */
static void
one_that_comes_no_more_is_rare(void **state)
{
	const char *const value[FACET_COUNT] = {
		[FACET_STAGE] = "won",
		[FACET_FORM] = "old",
	};

	(void)state;
	put(FACET_STAGE, "won", "2026-10-01", 9, 2500);
	put(FACET_FORM, "old", "2026-01-01", 1, 3000);
	expect(value, start, end, ORDER(FACET_FORM, FACET_STAGE));
}

static void
few_leads_come_before_many(void **state)
{
	const char *const value[FACET_COUNT] = {
		[FACET_STAGE] = "won",
		[FACET_PAGE] = "7",
		[FACET_FORM] = "new",
	};

	(void)state;
	put(FACET_STAGE, "won", "2026-10-01", 9, 200);
	put(FACET_PAGE, "7", "2026-10-01", 900, 200);
	put(FACET_FORM, "new", "2026-10-01", 1, 199);
	expect(value, start, end, ORDER(FACET_FORM, FACET_PAGE, FACET_STAGE));
}

/* Only the days that are asked for tell. */
static void
the_span_counts(void **state)
{
	const char *const value[FACET_COUNT] = {
		[FACET_STAGE] = "won",
		[FACET_PAGE] = "7",
	};
	struct when spring;

	(void)state;
	put(FACET_STAGE, "won", "2026-10-01", 1, 3000);
	put(FACET_STAGE, "won", "2026-02-01", 9, 300);
	put(FACET_PAGE, "7", "2026-10-01", 120, 3000);
	put(FACET_PAGE, "7", "2026-02-01", 3, 300);
	assert_true(day_parse(TEXT("2026-02-01"), "UTC", &spring));
	expect(value, start, end, ORDER(FACET_PAGE, FACET_STAGE));
	expect(value, start, spring, ORDER(FACET_STAGE, FACET_PAGE));
}

static void
one_value_or_none_needs_no_look(void **state)
{
	const char *const one[FACET_COUNT] = { [FACET_TAG] = "Fair" };
	const char *const none[FACET_COUNT] = { 0 };
	static const enum facet order[1];

	(void)state;
	expect(one, start, end, ORDER(FACET_TAG));
	expect(none, start, end, order, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DB_CASE(the_rarest_comes_first),
		DB_CASE(one_that_comes_no_more_is_rare),
		DB_CASE(few_leads_come_before_many),
		DB_CASE(the_span_counts),
		DB_CASE(one_value_or_none_needs_no_look),
	};

	return RUN(tests);
}
