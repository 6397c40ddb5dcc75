/* text: slices, cursors and UTF-8. */
#include "base/text.h"

#include "base/buf.h"
#include "kit.h"

static void
numbers_keep_their_limits(void **state)
{
	static const struct {
		const char *in;
		bool ok;
		int64_t out;
	} cases[] = {
		{ "0", true, 0 },
		{ "-7", true, -7 },
		{ "007", true, 7 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "9223372036854775808", false, 0 },
		{ "99999999999999999999999", false, 0 },
		{ "", false, 0 },
		{ "-", false, 0 },
		{ "1 ", false, 0 },
		{ "+1", false, 0 },
		{ "1e3", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t n = 0;

		assert_int_equal(text_int(text_of(cases[i].in), INT64_MIN,
					  INT64_MAX, &n),
				 cases[i].ok);
		assert_int_equal(n, cases[i].out);
	}
}

static void
a_failed_cursor_moves_nothing(void **state)
{
	struct text in = TEXT("abc"), out = TEXT("untouched");
	int64_t n = 42;

	(void)state;
	assert_false(text_take_int(&in, 10, &n));
	assert_false(text_take_lit(&in, "abd"));
	assert_false(text_take_until(&in, ':', &out));
	assert_true(text_is(in, "abc"));
	assert_true(text_is(out, "untouched"));
	assert_int_equal(n, 42);
}

static void
parts_are_all_there(void **state)
{
	struct text in = TEXT("a,,b"), part;
	char seen[8] = "";
	size_t n = 0;

	(void)state;
	while (text_take_part(&in, ',', &part)) {
		seen[n] = part.len ? part.p[0] : '-';
		n++;
	}
	assert_string_equal(seen, "a-b");
}

static void
only_valid_utf8_passes(void **state)
{
	static const struct {
		const char *in;
		bool ok;
	} cases[] = {
		{ "plain", true },
		{ "\xc3\xa9", true },
		{ "\xf0\x9f\x90\x99", true },
		{ "\xc0\xaf", false },	       /* overlong */
		{ "\xed\xa0\x80", false },     /* surrogate */
		{ "\xf4\x90\x80\x80", false }, /* past U+10FFFF */
		{ "\x80", false },
		{ "\xe2\x82", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(text_is_utf8(text_of(cases[i].in)),
				 cases[i].ok);
	assert_false(text_is_utf8((struct text){ "a\0b", 3 }));
}

static void
runes_survive_a_round_trip(void **state)
{
	(void)state;
	for (uint32_t rune = 1; rune < 0x110000; rune += 97) {
		struct buf b = buf_in(kit_mem, 16);
		struct text t;
		uint32_t back = 0;

		if (rune >= 0xd800 && rune < 0xe000)
			continue;
		buf_rune(&b, rune);
		t = buf_text(&b);
		assert_true(text_is_utf8(t));
		assert_int_equal(text_runes(t), 1);
		assert_true(text_take_rune(&t, &back));
		assert_int_equal(back, rune);
		assert_int_equal(t.len, 0);
		arena_reset(kit_mem);
	}
}

static void
ids_are_one_to_twenty_digits(void **state)
{
	(void)state;
	assert_true(text_is_id(TEXT("12345678901234567")));
	assert_true(text_is_id(TEXT("12345678901234567890")));
	assert_false(text_is_id(TEXT("123456789012345678901")));
	assert_false(text_is_id(TEXT("")));
	assert_false(text_is_id(TEXT("12a")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(numbers_keep_their_limits),
		CASE(a_failed_cursor_moves_nothing),
		CASE(parts_are_all_there),
		CASE(only_valid_utf8_passes),
		CASE(runes_survive_a_round_trip),
		CASE(ids_are_one_to_twenty_digits),
	};

	return RUN(tests);
}
