/* json: exact ids, strict reading, safe writing. */
#include "base/json.h"

#include "kit.h"

static const struct json *
parse(const char *doc)
{
	const char *why = NULL;

	return json_parse(kit_mem, text_of(doc), &why);
}

static void
ids_keep_every_digit(void **state)
{
	char id[24] = "";

	(void)state;
	for (size_t n = 1; n <= 20; n++) {
		id[n - 1] = (char)('1' + (n % 9));
		assert_string_equal(
			json_id(json_get(
				parse(arena_fmt(kit_mem, "{\"a\":%s}", id)),
				"a")),
			id);
		assert_string_equal(
			json_id(json_get(
				parse(arena_fmt(kit_mem, "{\"a\":\"%s\"}", id)),
				"a")),
			id);
	}
	assert_null(json_id(parse("-5")));
	assert_null(json_id(parse("1.5")));
	assert_null(json_id(parse("\"12x\"")));
}

static void
what_rfc_8259_refuses_is_refused(void **state)
{
	static const char *const bad[] = {
		"",	   "{",	  "[1,]",   "{\"a\":1}x", "{\"a\":1,\"a\":2}",
		"01",	   "-",	  "1.",	    "1e",	  "nul",
		"\"\\x\"", "\"a", "\"\n\"", "\"\xff\"",	  "{'a':1}",
		"[1 2]",   "NaN", "1e999",  "\b1",	  "[1,\f2]",
		"1\x1f",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (parse(bad[i]))
			fail_msg("accepted: %s", bad[i]);
}

static void
what_no_text_can_hold_is_replaced(void **state)
{
	static const struct {
		const char *doc, *text;
	} cases[] = {
		{ "\"a\\u0000b\"", "a\xef\xbf\xbd"
				   "b" },
		{ "\"\\ud83d\"", "\xef\xbf\xbd" },
		{ "\"\\ude00\\ud83d\"", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80" },
		{ "\"\\ud83dx\"", "\xef\xbf\xbdx" },
		{ "\"\\uD83D\\uDE00\"", "\xf0\x9f\x98\x80" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(json_text(parse(cases[i].doc)),
				    cases[i].text);
	assert_null(parse("\"\\ud8\""));
	assert_null(parse("\"\\ud83d\\u"));
	assert_null(parse("{\"a\\u0000\":1,\"a\\ud800\":2}"));
}

static void
what_is_printed_reads_the_same(void **state)
{
	static const char *const docs[] = { "43343305e8",
					    "-43343305e8",
					    "431343305e8",
					    "-123456789012345",
					    "999999999999999",
					    "1e15",
					    "12345678901234567",
					    "1e300",
					    "1.5",
					    "-0" };

	(void)state;
	for (size_t i = 0; i < COUNT(docs); i++) {
		struct buf one = buf_in(kit_mem, 100);
		struct buf two = buf_in(kit_mem, 100);

		json_print(parse(docs[i]), &one);
		json_print(parse(buf_str(&one)), &two);
		assert_string_equal(buf_str(&one), buf_str(&two));
	}
}

static void
depth_is_bounded(void **state)
{
	struct buf b = buf_in(kit_mem, 1 << 20);

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_putc(&b, '[');
	assert_null(parse(buf_str(&b)));
	assert_non_null(parse("[[[[[[[[[[1]]]]]]]]]]"));
}

static void
printing_and_reading_again_gives_the_same(void **state)
{
	static const char *const docs[] = {
		"{\"id\":12345678901234567,\"n\":-3,\"b\":true,\"x\":null}",
		"[\"\\u00e4\\ud83d\\udc19\",\"<b>&amp;\",{},[],\"\"]",
		"{\"a\":{\"b\":[1,2,{\"c\":\"d\"}]}}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(docs); i++) {
		struct buf one = buf_in(kit_mem, 1000);
		struct buf two = buf_in(kit_mem, 1000);

		json_print(parse(docs[i]), &one);
		json_print(parse(buf_str(&one)), &two);
		assert_string_equal(buf_str(&one), buf_str(&two));
	}
}

static void
getters_take_what_is_not_there(void **state)
{
	int64_t n = 5;
	bool b = true;

	(void)state;
	assert_null(json_get(NULL, "a"));
	assert_null(json_text(NULL));
	assert_null(json_id(NULL));
	assert_null(json_first(parse("\"text\"")));
	assert_false(json_int(NULL, &n));
	assert_false(json_bool(parse("7"), &b));
	assert_true(json_bool(parse("\"\""), &b));
	assert_false(b);
	assert_int_equal(n, 5);
}

static void
written_text_parses(void **state)
{
	struct buf b = buf_in(kit_mem, 1000);
	struct json_out o = { .to = &b };

	(void)state;
	json_open(&o, '{');
	json_name(&o, "a\"b");
	json_open(&o, '[');
	json_put(&o, "x\n</script>");
	json_put_int(&o, -1);
	json_put_bool(&o, false);
	json_put(&o, NULL);
	json_close(&o, ']');
	json_name(&o, "c");
	json_put_text(&o, TEXT("d"));
	json_close(&o, '}');
	assert_string_equal(
		json_text(json_first(json_get(parse(buf_str(&b)), "a\"b"))),
		"x\n</script>");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(ids_keep_every_digit),
		CASE(what_rfc_8259_refuses_is_refused),
		CASE(what_no_text_can_hold_is_replaced),
		CASE(what_is_printed_reads_the_same),
		CASE(depth_is_bounded),
		CASE(printing_and_reading_again_gives_the_same),
		CASE(getters_take_what_is_not_there),
		CASE(written_text_parses),
	};

	return RUN(tests);
}
