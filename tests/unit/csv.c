/* csv: rows out of whatever spreadsheets write, in pieces of any size. */
#include "base/csv.h"

#include "base/buf.h"
#include "kit.h"

enum { WHOLE = 1 << 30 };

/* Every row as "line[cell|cell]" or "line!fault", one after the other. */
static void
tell(struct csv *c, struct buf *to)
{
	struct csv_row row;

	while (csv_next(c, &row)) {
		buf_fmt(to, "%lld", (long long)row.line);
		if (row.fault) {
			assert_int_equal(row.n, 0);
			assert_true(text_is_utf8(row.raw));
			assert_true(text_runes(row.raw) <= CSV_RAW_MAX);
			buf_fmt(to, "!%s", row.fault);
			continue;
		}
		for (size_t i = 0; i < row.n; i++) {
			assert_true(text_is_utf8(row.cells[i]));
			buf_putc(to, i ? '|' : '[');
			buf_add(to, row.cells[i]);
		}
		buf_putc(to, ']');
	}
}

static const char *
rows_of(struct text file, size_t piece)
{
	struct arena *mem = arena_new(1 << 20);
	struct csv *c = csv_new(mem);
	struct buf b = buf_in(kit_mem, 8 << 20);

	while (file.len > 0) {
		csv_push(c, text_first(file, piece));
		tell(c, &b);
		file = text_from(file, piece);
	}
	csv_end(c);
	tell(c, &b);
	arena_free(mem);
	return buf_str(&b);
}

static void
expect(struct text file, const char *want)
{
	assert_string_equal(rows_of(file, WHOLE), want);
	assert_string_equal(rows_of(file, 1), want);
	assert_string_equal(rows_of(file, 7), want);
}

static void
put_unit(struct buf *to, bool big, uint32_t unit)
{
	buf_putc(to, (char)(big ? unit >> 8 : unit & 0xff));
	buf_putc(to, (char)(big ? unit & 0xff : unit >> 8));
}

static struct text
utf16(struct text t, bool big, bool mark)
{
	struct buf b = buf_in(kit_mem, 1 << 20);
	uint32_t rune;

	if (mark)
		put_unit(&b, big, 0xfeff);
	while (text_take_rune(&t, &rune)) {
		if (rune > 0xffff) {
			rune -= 0x10000;
			put_unit(&b, big, 0xd800 + (rune >> 10));
			rune = 0xdc00 + (rune & 0x3ff);
		}
		put_unit(&b, big, rune);
	}
	return buf_text(&b);
}

#define OPEN(n) #n "!Line " #n " has a quote that is not closed."
#define BEHIND(n) #n "!Line " #n " has text behind a closing quote."

/* Texts, which read the same in every encoding. */
static const struct {
	const char *file, *want;
} texts[] = {
	{ "", "" },
	{ "a", "1[a]" },
	{ "a,b\n1,2\n", "1[a|b]2[1|2]" },
	{ "a,b\r\n1,2\r\n", "1[a|b]2[1|2]" },
	{ "a,b\r1,2", "1[a|b]2[1|2]" },
	{ "a,b\n1,2\r\r\n3,4\n\r5,6", "1[a|b]2[1|2]4[3|4]6[5|6]" },
	{ "a\tb\n1,2\t3;4", "1[a|b]2[1,2|3;4]" },
	{ "a;b\n1,2;3\t4", "1[a|b]2[1,2|3\t4]" },
	{ "a,b;c,d\n", "1[a|b;c|d]" },
	/* As many of each: the rarer mark within words wins. */
	{ "a;b,c\n", "1[a|b,c]" },
	{ "a\tb;c\n", "1[a|b;c]" },
	/* Within quotes a mark divides nothing. */
	{ "\"a;b;c\",d\n", "1[a;b;c|d]" },
	/* A title is one cell and says nothing of the rows under it. */
	{ "Leads\nid;name\n1;x,y\n", "1[Leads]2[id|name]3[1|x,y]" },
	{ "sep=;\na,b;c\n", "2[a,b|c]" },
	{ "SEP=,\r\na;b;c,d\r\n", "2[a;b;c|d]" },
	{ "sep=\t\na,b\tc\n", "2[a,b|c]" },
	{ "sep=", "1[sep=]" },
	{ "Leads\nsep=;\na;b\n", "1[Leads]2[sep=|]3[a|b]" },
	{ "a,b\nsep=;\n", "1[a|b]2[sep=;]" },
	/* Quotes. */
	{ "\"a\",\"b\"\n", "1[a|b]" },
	{ "a,\"b \"\"c\"\" d\",\"\"\"\"\n", "1[a|b \"c\" d|\"]" },
	{ "a,\"x\ny\r\nz\rw\",c\nd,e,f", "1[a|x\ny\nz\nw|c]5[d|e|f]" },
	{ "a , \"b\" ,\t\"c\"\t,d\n", "1[a |b|c|d]" },
	{ "a,5\" pipe,6\"\n", "1[a|5\" pipe|6\"]" },
	{ "a,\"\",\n", "1[a||]" },
	{ "a,\" b \"", "1[a| b ]" },
	/* Nothing in it. */
	{ "\n\n a,b\n\n,\n  \n\"\",\"\"\n1,2\n\n\r\n", "3[ a|b]8[1|2]" },
	/* A bad row costs itself alone. */
	{ "a,b\n1,\"x\" y\n2,z\n", "1[a|b]" BEHIND(2) "3[2|z]" },
	{ "a,b\n1,\"x\" \"y\n2,z\n", "1[a|b]" BEHIND(2) "3[2|z]" },
	{ "a,b\n1,\"x y", "1[a|b]" OPEN(2) },
	{ "a,b\n1,\"x\n2,y\n\"3\",z\n", "1[a|b]" OPEN(2) "3[2|y]4[3|z]" },
	{ "a,b\n1,\"x\n2,y\n3,z\n", "1[a|b]" OPEN(2) "3[2|y]4[3|z]" },
	{ "a,b\n1,\"x\n2,\"y\n3,\"z\n", "1[a|b]" OPEN(2) OPEN(3) OPEN(4) },
	{ "a,b\n\"1\n1\",\"x\n2,y\n", "1[a|b]2!Line 3 has a quote that is not "
				      "closed.4[2|y]" },
	{ "\"a,b\n1;2\n", OPEN(1) "2[1|2]" },
	/* What looks like a quote until the delimiter is known. */
	{ "id\tcity, \"home\" town\n1\tx\n",
	  "1[id|city, \"home\" town]2[1|x]" },
	{ "id\tcity, \"home town\n1\tx\n", "1[id|city, \"home town]2[1|x]" },
	{ "a\r\u00e9\nb", "1[a]2[\u00e9]3[b]" },
	/* Beyond ASCII; U+1F600 is a pair in UTF-16. */
	{ "n\u00e4me\t\u4f60\u597d\n\U0001f600\t\u0100\n",
	  "1[n\u00e4me|\u4f60\u597d]2[\U0001f600|\u0100]" },
};

static void
texts_in_every_encoding(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct text t = text_of(texts[i].file);
		const char *marked = arena_fmt(kit_mem, "\xef\xbb\xbf%s", t.p);

		expect(t, texts[i].want);
		expect(text_of(marked), texts[i].want);
		expect(utf16(t, false, true), texts[i].want);
		expect(utf16(t, true, true), texts[i].want);
	}
}

static void
utf16_is_known_without_its_mark(void **state)
{
	struct text t = TEXT("id\tcreated_time\tn\u00e4me\r\n1\t2\t\u0100\r\n");
	const char *want = "1[id|created_time|n\u00e4me]2[1|2|\u0100]";

	(void)state;
	expect(utf16(t, false, false), want);
	expect(utf16(t, true, false), want);
}

#define UNREADABLE(n)                                                          \
#n "!Line " #n " is not readable as UTF-8. Save the file as "          \
	   "\"CSV UTF-8\" and choose it again."
#define ZERO(n) #n "!Line " #n " holds a zero byte, which no text has."
#define HALF(n) #n "!Line " #n " holds half a character."

static const struct {
	struct text file;
	const char *want;
} wrong_bytes[] = {
	{ { "a,b\nJos\xe9,1\nx,2\n", 15 }, "1[a|b]" UNREADABLE(2) "3[x|2]" },
	{ { "a,b\nx,\xf0\x9f\x98", 9 }, "1[a|b]" UNREADABLE(2) },
	{ { "a,b\n\xed\xa0\x80,1\nx,2", 13 }, "1[a|b]" UNREADABLE(2) "3[x|2]" },
	{ { "a,b\nx\0y,1\nx,2\n", 14 }, "1[a|b]" ZERO(2) "3[x|2]" },
	{ { "a,b\n\"\0\n\",1\nx,2\n", 15 }, "1[a|b]" ZERO(2) "4[x|2]" },
	/* UTF-16: a first half before another letter, a second half alone, and
	 * halves at the end. */
	{ { "\xff\xfe"
	    "a\0\n\0\x3d\xd8"
	    "b\0\n\0c\0",
	    14 },
	  "1[a]" HALF(2) "3[c]" },
	{ { "\xff\xfe"
	    "a\0\n\0\0\xde\n\0c\0",
	    12 },
	  "1[a]" HALF(2) "3[c]" },
	{ { "\xff\xfe"
	    "a\0\n\0\x3d\xd8",
	    8 },
	  "1[a]" HALF(2) },
	{ { "\xff\xfe"
	    "a\0\n\0b",
	    7 },
	  "1[a]" HALF(2) },
	{ { "\xff\xfe"
	    "a\0\0\0\n\0b\0",
	    10 },
	  ZERO(1) "2[b]" },
};

static void
wrong_bytes_cost_their_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wrong_bytes); i++)
		expect(wrong_bytes[i].file, wrong_bytes[i].want);
}

/* `n` times the same byte. */
static void
fill(struct buf *to, char c, size_t n)
{
	while (n-- > 0)
		buf_putc(to, c);
}

static void
what_is_too_long_costs_its_line(void **state)
{
	struct buf b = buf_in(kit_mem, 16 << 20);
	const char *told;

	(void)state;
	buf_puts(&b, "a,b\n");
	fill(&b, 'x', CSV_RECORD_MAX - 2);
	buf_puts(&b, ",1\n");
	fill(&b, 'x', CSV_RECORD_MAX - 1);
	buf_puts(&b, ",1\n2,y\n");
	fill(&b, 'x', 1 << 20);
	buf_puts(&b, "\n3,\"");
	fill(&b, 'x', 1 << 20);
	buf_puts(&b, "\n4,z\n");
	told = rows_of(buf_text(&b), WHOLE);
	assert_true(text_starts(text_of(told), "1[a|b]2[xxx"));
	told = strchr(told, '|') + 1;
	told = strchr(told, '|');
	assert_string_equal(told, "|1]3!Line 3 is longer than 256 KiB.4[2|y]"
				  "5!Line 5 is longer than 256 KiB."
				  "6!Line 6 is longer than 256 KiB.7[4|z]");
	told = strchr(rows_of(buf_text(&b), 4093), '|') + 1;
	assert_true(text_ends(text_of(told), "256 KiB.7[4|z]"));
}

/* No quote closes within the room of one row: only its own line is lost. */
static void
a_quote_without_end_is_given_up_at_the_limit(void **state)
{
	struct buf b = buf_in(kit_mem, 16 << 20), want = b;

	(void)state;
	buf_puts(&b, "a,b\n1,\"x\n");
	buf_puts(&want, "1[a|b]" OPEN(2));
	for (int i = 3; i < 30000; i++) {
		buf_fmt(&b, "%d,a sound row\n", i);
		buf_fmt(&want, "%d[%d|a sound row]", i, i);
	}
	assert_true(b.len > CSV_RECORD_MAX);
	expect(buf_text(&b), buf_str(&want));
}

/* Every line opens a quote: each is looked at no more than twice. */
static void
many_open_quotes_take_no_more_time(void **state)
{
	struct buf b = buf_in(kit_mem, 32 << 20);
	struct csv *c = csv_new(kit_mem);
	struct csv_row row;
	int64_t n = 0, began = clock_steady();

	(void)state;
	for (int i = 0; i < 200000; i++)
		buf_puts(&b, "1,\"a \"\"b\"\" c\n");
	csv_push(c, buf_text(&b));
	csv_end(c);
	while (csv_next(c, &row))
		n += row.fault != NULL;
	assert_int_equal(n, 200000);
	assert_true(clock_steady() - began < 5000);
}

static void
columns_have_a_limit(void **state)
{
	struct buf b = buf_in(kit_mem, 4096);
	const char *told;

	(void)state;
	fill(&b, ',', CSV_COLUMNS_MAX - 1);
	buf_puts(&b, "x\n");
	fill(&b, ',', CSV_COLUMNS_MAX);
	buf_puts(&b, "x\na,b\n");
	told = rows_of(buf_text(&b), WHOLE);
	assert_string_equal(strchr(told, 'x'),
			    "x]2!Line 2 has more than 200 columns.3[a|b]");
}

static void
a_row_with_a_fault_shows_how_it_begins(void **state)
{
	struct buf b = buf_in(kit_mem, 4096);
	struct csv *c = csv_new(kit_mem);
	struct csv_row row;

	(void)state;
	buf_add(&b, (struct text){ "a\xff\0\xc3\xa9,\"x\"y", 10 });
	fill(&b, 'z', 2 * CSV_RAW_MAX);
	csv_push(c, buf_text(&b));
	csv_end(c);
	assert_true(csv_next(c, &row));
	assert_non_null(row.fault);
	assert_int_equal(row.number, 1);
	assert_true(text_starts(row.raw, "a\ufffd\ufffd\u00e9,\"x\"yzz"));
	assert_int_equal(text_runes(row.raw), CSV_RAW_MAX);
	assert_false(csv_next(c, &row));
}

static const struct {
	struct text file;
	const char *verdict;
} files[] = {
	{ { "PK\003\004\024\0\006\0[Content_Types].xml", 27 },
	  "This is an Excel workbook. Save it as CSV first." },
	{ { "PK\003\004\024\0mimetypeapplication/vnd.oasis.opendocument", 48 },
	  "This is an OpenDocument file. Save it as CSV first." },
	{ { "PK\003\004\024\0leads.csv", 15 },
	  "This is a compressed file. Unpack it first." },
	{ { "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8 },
	  "This is an Excel workbook. Save it as CSV first." },
	{ { "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16 },
	  "This is a picture. Choose a CSV file." },
	{ { "%PDF-1.7\n", 9 },
	  "This is a PDF document. Export the table as CSV instead." },
	{ { "<!DOCTYPE html>\n<html>", 22 },
	  "This is a web page. Download the table again." },
	{ { "\x7f"
	    "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0",
	    18 },
	  "This is not a table of text. Choose a CSV file." },
};

static void
what_is_no_table_is_told_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		const char *want = files[i].verdict;

		assert_string_equal(csv_sniff(files[i].file), want);
		expect(files[i].file, arena_fmt(kit_mem, "1!%s", want));
	}
	assert_null(csv_sniff(TEXT("")));
	assert_null(csv_sniff(TEXT("id,name\n1,x\n")));
	assert_null(csv_sniff(utf16(TEXT("id\tname\n"), false, false)));
	assert_null(csv_sniff((struct text){ "a,b\nx\0y,1\n", 10 }));
}

/* Memory does not grow with the file. */
static void
a_long_file_takes_no_more_memory(void **state)
{
	struct csv *c = csv_new(kit_mem);
	struct csv_row row;
	size_t used = 0;
	int64_t n = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		csv_push(c, TEXT("1,\"a \"\"b\"\" c\",d\n1,\"x\"y\n"));
		while (csv_next(c, &row))
			n++;
		if (i == 100)
			used = arena_used(kit_mem);
	}
	assert_true(n > 199900);
	assert_int_equal(arena_used(kit_mem), used);
	assert_true(used < 400 * 1024);
}

/* Whatever is written with its quotes doubled comes back. */
static void
what_was_quoted_comes_back(void **state)
{
	static const char marks[] = "\"\",;\t\n ab";
	uint32_t seed = 7;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct buf file = buf_in(kit_mem, 4096), want = file;

		buf_puts(&file, "a,b\nx,\"");
		buf_puts(&want, "1[a|b]2[x|");
		for (uint32_t n = kit_random(&seed) % 12; n > 0; n--) {
			char c = marks[kit_random(&seed) % (sizeof(marks) - 1)];

			buf_puts(&file, c == '"' ? "\"\"" : "");
			if (c != '"')
				buf_putc(&file, c);
			buf_putc(&want, c);
		}
		buf_puts(&file, "\"\r\n");
		buf_puts(&want, "]");
		expect(buf_text(&file), buf_str(&want));
		if (i % 50 == 49)
			arena_reset(kit_mem);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(texts_in_every_encoding),
		CASE(utf16_is_known_without_its_mark),
		CASE(wrong_bytes_cost_their_row),
		CASE(what_is_too_long_costs_its_line),
		CASE(a_quote_without_end_is_given_up_at_the_limit),
		CASE(many_open_quotes_take_no_more_time),
		CASE(columns_have_a_limit),
		CASE(a_row_with_a_fault_shows_how_it_begins),
		CASE(what_is_no_table_is_told_once),
		CASE(a_long_file_takes_no_more_memory),
		CASE(what_was_quoted_comes_back),
	};

	return RUN(tests);
}
