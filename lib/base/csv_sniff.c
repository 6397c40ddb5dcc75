/* csv_sniff: what a file is, by its first bytes. */
#include "base/csv_private.h"

#define EXCEL "This is an Excel workbook. Save it as CSV first."
#define PICTURE "This is a picture. Choose a CSV file."
#define PACKED "This is a compressed file. Unpack it first."

/* Judged from the top: what a ZIP archive holds comes before what it is, and
 * most archives that people take for a table are workbooks. */
static const struct {
	const char *begins; /* either case */
	const char *has;    /* further on; NULL = whatever */
	const char *verdict;
} kinds[] = {
	{ "PK\003\004", "opendocument",
	  "This is an OpenDocument file. Save it as CSV first." },
	{ "PK\003\004", ".csv", PACKED },
	{ "PK\003\004", NULL, EXCEL },
	{ "\xd0\xcf\x11\xe0", NULL, EXCEL },
	{ "%PDF-", NULL,
	  "This is a PDF document. Export the table as CSV instead." },
	{ "\x89PNG", NULL, PICTURE },
	{ "\xff\xd8\xff", NULL, PICTURE },
	{ "GIF8", NULL, PICTURE },
	{ "\x1f\x8b", NULL, PACKED },
	/* What a browser saves when the download asked for a password. */
	{ "<!doctype html", NULL,
	  "This is a web page. Download the table again." },
	{ "<html", NULL, "This is a web page. Download the table again." },
};

/* Bytes at every second place, beginning with `first`, that are zero. */
static size_t
zeros(struct text t, size_t first)
{
	size_t n = 0;

	for (size_t i = first; i < t.len; i += 2)
		n += t.p[i] == '\0';
	return n;
}

enum csv_encoding
csv_encoding_of(struct text head, size_t *mark)
{
	size_t pairs = head.len / 2, even = zeros(head, 0),
	       odd = zeros(head, 1);
	/* Letters such as U+0100 have their zero at the other place. */
	size_t few = pairs / 8;

	*mark = 2;
	if (text_starts(head, "\xff\xfe"))
		return CSV_UTF16LE;
	if (text_starts(head, "\xfe\xff"))
		return CSV_UTF16BE;
	*mark = text_starts(head, "\xef\xbb\xbf") ? 3 : 0;
	if (pairs > 1 && odd > pairs / 2 && even <= few)
		return CSV_UTF16LE;
	if (pairs > 1 && even > pairs / 2 && odd <= few)
		return CSV_UTF16BE;
	return CSV_UTF8;
}

/* Control characters that no table has: one is a slip, many are a program or
 * the like. */
static bool
is_binary(struct text head)
{
	size_t odd = 0;

	for (size_t i = 0; i < head.len; i++) {
		uint8_t c = (uint8_t)head.p[i];

		odd += c < ' ' && (c < '\t' || c > '\r');
	}
	return odd > 4 && odd > head.len / 8;
}

const char *
csv_sniff(struct text head)
{
	size_t mark;

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct text begins = text_of(kinds[i].begins);

		if (text_eq_nocase(text_first(head, begins.len), begins) &&
		    (!kinds[i].has || text_has(head, kinds[i].has)))
			return kinds[i].verdict;
	}
	if (csv_encoding_of(head, &mark) == CSV_UTF8 && is_binary(head))
		return "This is not a table of text. Choose a CSV file.";
	return NULL;
}
