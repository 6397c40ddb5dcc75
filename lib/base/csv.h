/*
 * csv: tables as spreadsheets and Meta write them, row by row in constant
 * memory.
 *
 * Read: UTF-8 with or without byte order mark, UTF-16 of both orders with it,
 * and without it when the first bytes show it; cells divided by tab, comma or
 * semicolon (as Excel's first line "sep=;" says, else what divides the first
 * row that is divided at all); quotes as in RFC 4180, with blanks around them;
 * lines that end in LF, CRLF or CR.  Line ends within a cell come as LF.
 * Rows without anything in them are passed over.
 *
 *	struct csv *c = csv_new(mem);
 *	while (read some bytes) {
 *		csv_push(c, bytes);
 *		while (csv_next(c, &row))
 *			…
 *	}
 *	csv_end(c);
 *	while (csv_next(c, &row))
 *		…
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H
#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"

enum {
	CSV_RECORD_MAX = 256 * 1024, /* bytes of a row, as UTF-8 */
	CSV_COLUMNS_MAX = 200,
	CSV_RAW_MAX = 300, /* characters shown of a row with a fault */
	CSV_HEAD = 256,	   /* bytes that csv_sniff likes to see */
};

/*
 * A row with a fault has no cells, so nobody takes half a row for a whole one.
 * The row after it is sound again wherever that can be: a quote that is never
 * closed costs the line on which it was opened, a row that is too long costs
 * its own rest of the line.
 */
struct csv_row {
	const struct text *cells; /* valid UTF-8 without NUL, not trimmed */
	size_t n;
	int64_t line;	   /* of the file, on which the row begins; from 1 */
	int64_t number;	   /* among the rows told, from 1: the header too */
	const char *fault; /* NULL, or a sentence for people */
	struct text raw;   /* with a fault: how the row begins, valid UTF-8 */
};

struct csv;

/* Lives in `mem` (about 350 KiB, whatever the size of the file). */
struct csv *csv_new(struct arena *mem);
/* More bytes, cut anywhere.  They must stay where they are until csv_next has
 * returned false, and only then may the next ones come. */
void csv_push(struct csv *c, struct text bytes);
/* No more bytes come. */
void csv_end(struct csv *c);
/* The next row; what it points to is valid until the next call.  False when
 * more bytes are needed, or at the end.  Of a file that csv_sniff refuses there
 * is one row, with that fault. */
NODISCARD bool csv_next(struct csv *c, struct csv_row *row);

/* What stands in the way of reading a file that begins so, as a sentence for
 * people ("This is an Excel workbook. …"); NULL when it may be a table. */
const char *csv_sniff(struct text head);

#endif
