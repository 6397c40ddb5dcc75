/* room: when a disk is said to be full. */
#include "work/doctor_private.h"

#include "kit.h"

#define MB (UINT64_C(1) << 20)
#define GB (UINT64_C(1) << 30)

static void
little_is_a_warning_and_nearly_none_a_failure(void **state)
{
	static const struct {
		uint64_t left, all;
		enum check_state state;
	} rows[] = {
		{ 0, GB, CHECK_FAIL },
		{ 0, 0, CHECK_FAIL },
		{ 99 * MB, GB, CHECK_FAIL },
		{ 99 * MB, 200 * MB, CHECK_FAIL },
		{ 100 * MB, GB, CHECK_WARN },
		{ 499 * MB, GB, CHECK_WARN },
		{ 500 * MB, GB, CHECK_PASS },
		{ 600 * MB, 100 * GB, CHECK_WARN },
		{ 4 * GB, 100 * GB, CHECK_WARN },
		{ 6 * GB, 100 * GB, CHECK_PASS },
		/* Nothing overflows. */
		{ UINT64_MAX / 2, UINT64_MAX, CHECK_PASS },
		{ UINT64_MAX / 50, UINT64_MAX, CHECK_WARN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(doctor_room_state(rows[i].left, rows[i].all),
				 rows[i].state);
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(little_is_a_warning_and_nearly_none_a_failure),
	};

	return RUN(cases);
}
