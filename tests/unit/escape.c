/* escape: every sink gets only what is harmless there. */
#include "base/escape.h"

#include "kit.h"

static const char *
through(void (*fn)(struct buf *, struct text), const char *in)
{
	struct buf b = buf_in(kit_mem, 4000);

	fn(&b, text_of(in));
	return buf_str(&b);
}

static void
html_has_no_way_out(void **state)
{
	(void)state;
	assert_string_equal(through(escape_html, "\"><i>'&"),
			    "&quot;&gt;&lt;i&gt;&#39;&amp;");
	assert_string_equal(through(escape_html, "\xff\x01"),
			    "\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(through(escape_html, "\xf0\x9f\x90\x99 \xd7\x90"),
			    "\xf0\x9f\x90\x99 \xd7\x90");
}

static void
json_is_safe_inside_html(void **state)
{
	(void)state;
	assert_null(strpbrk(through(escape_json, "</script>&\"\\\n"), "<>&\n"));
	assert_null(
		strstr(through(escape_json, "\xe2\x80\xa8"), "\xe2\x80\xa8"));
}

static void
headers_cannot_be_split(void **state)
{
	(void)state;
	assert_null(
		strpbrk(through(escape_header, "a\r\nSet-Cookie: x"), "\r\n"));
}

static void
spreadsheets_run_nothing(void **state)
{
	static const char *const formulas[] = { "=1+1", "+1",  "-1",
						"@x",	"\tx", "\rx" };

	(void)state;
	for (size_t i = 0; i < COUNT(formulas); i++)
		assert_int_equal(through(escape_csv, formulas[i])[1], '\'');
	assert_string_equal(through(escape_csv, "say \"hi\""),
			    "\"say \"\"hi\"\"\"");
}

static void
a_log_line_stays_one_line(void **state)
{
	(void)state;
	assert_null(strpbrk(through(escape_log, "a\nb\r\x1b[2J"), "\n\r\x1b"));
}

static void
urls_come_back_as_they_went(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct buf out = buf_in(kit_mem, 1000);
		struct buf back = buf_in(kit_mem, 1000);
		char in[40];
		size_t n = kit_random(&seed) % sizeof(in);

		for (size_t i = 0; i < n; i++)
			in[i] = (char)(1 + kit_random(&seed) % 255);
		escape_url(&out, (struct text){ in, n });
		assert_true(unescape_url(&back, buf_text(&out), true));
		assert_true(text_eq(buf_text(&back), (struct text){ in, n }));
		arena_reset(kit_mem);
	}
}

static void
broken_percent_escapes_are_refused(void **state)
{
	static const char *const bad[] = { "%", "%4", "%zz", "%00", "a%0" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct buf b = buf_in(kit_mem, 100);

		assert_false(unescape_url(&b, text_of(bad[i]), true));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(html_has_no_way_out),
		CASE(json_is_safe_inside_html),
		CASE(headers_cannot_be_split),
		CASE(spreadsheets_run_nothing),
		CASE(a_log_line_stays_one_line),
		CASE(urls_come_back_as_they_went),
		CASE(broken_percent_escapes_are_refused),
	};

	return RUN(tests);
}
