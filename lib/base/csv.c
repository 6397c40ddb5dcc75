/*
 * csv: rows out of a stream, one buffer for all of them.
 *
 * The buffer holds the row that is being looked for and what was read behind
 * it.  Nothing in it is changed until the row's end is known, so when a quote
 * turns out never to be closed, looking simply begins again on the next line.
 */
#include "base/buf.h"
#include "base/csv_private.h"

enum {
	/* A row is too long when this much of it shows no end. */
	WINDOW = CSV_RECORD_MAX + 1,
	BLOCK = 64 * 1024, /* read on by this much, at least half of it */
	BUFFER = WINDOW + BLOCK,
};

/* ---- the grammar of a row -------------------------------------------------- */

enum kind { OTHER, BLANK, QUOTE, DELIMITER, LINE_END, KINDS };

enum state {
	CELL_START, /* nothing but blanks so far */
	PLAIN,
	QUOTED,
	QUOTE_SEEN, /* the end of the quoted text, or half of a doubled quote */
	CLOSED,	    /* blanks behind the closing quote */
	SPOILED,    /* a fault is known: on to the end of the line */
	STATES,
	ROW_END = STATES,
	BROKEN, /* text behind a closing quote */
};

static const uint8_t next_state[STATES][KINDS] = {
	[CELL_START] = { PLAIN, CELL_START, QUOTED, CELL_START, ROW_END },
	[PLAIN] = { PLAIN, PLAIN, PLAIN, CELL_START, ROW_END },
	[QUOTED] = { QUOTED, QUOTED, QUOTE_SEEN, QUOTED, QUOTED },
	[QUOTE_SEEN] = { BROKEN, CLOSED, QUOTED, CELL_START, ROW_END },
	[CLOSED] = { BROKEN, CLOSED, BROKEN, CELL_START, ROW_END },
	[SPOILED] = { SPOILED, SPOILED, SPOILED, SPOILED, ROW_END },
};

/* What may divide cells, the likeliest first when they are equally many. */
static const char delimiters[] = { '\t', ';', ',' };

struct csv {
	struct text piece; /* what csv_push brought and nobody has read */
	bool ended;

	struct text head; /* the same for the first bytes, kept in head_room */
	char head_room[CSV_HEAD];
	bool begun; /* the head is whole, and the encoding known */
	struct csv_decoder decoder;
	const char *refused; /* the file is no table */

	char *p;		/* BUFFER bytes */
	size_t start, at, have; /* the row begins; is looked at; text ends */
	enum state state;
	size_t opened;	/* where in the row the latest quote was opened */
	size_t divided; /* delimiters in the row so far */
	bool spoiled;	/* text was met behind a closing quote */
	bool skipping;	/* the row is told; its line goes on */

	char delimiter; /* 0 = not known yet */
	uint8_t kinds[256];
	int64_t line, number;
	struct text *cells;
	char fault[160];
	struct buf raw;
};

static void
set_delimiter(struct csv *c, char delimiter)
{
	c->delimiter = delimiter;
	memset(c->kinds, OTHER, sizeof(c->kinds));
	c->kinds[' '] = c->kinds['\t'] = BLANK;
	c->kinds['"'] = QUOTE;
	c->kinds['\n'] = LINE_END;
	for (size_t i = 0; i < sizeof(delimiters); i++)
		if (!delimiter || delimiter == delimiters[i])
			c->kinds[(uint8_t)delimiters[i]] = DELIMITER;
}

struct csv *
csv_new(struct arena *mem)
{
	struct csv *c = NEW(mem, struct csv);

	c->p = arena_alloc(mem, BUFFER);
	c->cells = NEW_ARRAY(mem, struct text, CSV_COLUMNS_MAX);
	c->raw = buf_in(mem, CSV_RAW_MAX * 4);
	c->line = 1;
	set_delimiter(c, 0);
	return c;
}

void
csv_push(struct csv *c, struct text bytes)
{
	assert(c->piece.len == 0 && !c->ended);
	c->piece = bytes;
}

void
csv_end(struct csv *c)
{
	c->ended = true;
}

/* ---- bytes into the buffer ------------------------------------------------- */

/* The first bytes are gathered before anything is read, so that what they tell
 * does not depend on the pieces they came in. */
static bool
begin(struct csv *c)
{
	size_t n = CSV_HEAD - c->head.len, mark;

	if (n > c->piece.len)
		n = c->piece.len;
	if (n > 0)
		memcpy(c->head_room + c->head.len, c->piece.p, n);
	c->head = (struct text){ c->head_room, c->head.len + n };
	c->piece = text_from(c->piece, n);
	if (c->head.len < CSV_HEAD && !c->ended)
		return false;
	c->begun = true;
	c->refused = csv_sniff(c->head);
	c->decoder.encoding = csv_encoding_of(c->head, &mark);
	c->head = text_from(c->head, mark);
	return true;
}

static void
make_room(struct csv *c)
{
	if (BUFFER - c->have >= BLOCK / 2)
		return;
	memmove(c->p, c->p + c->start, c->have - c->start);
	c->at -= c->start;
	c->have -= c->start;
	c->start = 0;
}

/* Read on.  False when there is nothing to read. */
static bool
refill(struct csv *c)
{
	struct text *from = c->head.len ? &c->head : &c->piece;
	size_t before;

	make_room(c);
	before = c->have;
	while (c->have == before && from->len > 0) {
		c->have += csv_decode(&c->decoder, from, c->p + c->have,
				      BUFFER - c->have);
		if (from->len == 0)
			from = &c->piece;
	}
	if (c->have == before && c->ended)
		c->have += csv_decode_end(&c->decoder, c->p + c->have);
	return c->have > before;
}

/* ---- where a row ends ------------------------------------------------------ */

enum sight { NOTHING, ROW, LAST_ROW, BAD_QUOTE, OPEN_QUOTE, TOO_LONG };

static void
look_from(struct csv *c, size_t at)
{
	c->start = c->at = at;
	c->state = CELL_START;
	c->divided = 0;
	c->spoiled = false;
}

/* Look at what is in the buffer, up to `end`; c->at stops behind a row. */
static enum state
walk(struct csv *c, size_t end)
{
	enum state s = c->state;

	while (c->at < end && s < STATES) {
		enum kind k = c->kinds[(uint8_t)c->p[c->at++]];
		enum state next = next_state[s][k];

		if (next == QUOTED && s == CELL_START)
			c->opened = c->at - 1 - c->start;
		c->divided += k == DELIMITER && next == CELL_START;
		s = next;
	}
	return s;
}

static enum sight
look(struct csv *c)
{
	for (;;) {
		bool whole = c->have - c->start >= WINDOW;
		enum state s = walk(c, whole ? c->start + WINDOW : c->have);

		if (s == ROW_END)
			return ROW;
		if (s == BROKEN)
			return BAD_QUOTE;
		c->state = s;
		if (whole)
			return s == QUOTED ? OPEN_QUOTE : TOO_LONG;
		if (refill(c))
			continue;
		if (!c->ended || c->start == c->have)
			return NOTHING;
		return s == QUOTED ? OPEN_QUOTE : LAST_ROW;
	}
}

/* ---- the delimiter --------------------------------------------------------- */

/* How often `d` stands outside quotes in the text. */
static size_t
count_outside(const struct csv *c, struct text t, char d)
{
	enum state s = CELL_START;
	size_t n = 0;

	for (size_t i = 0; i < t.len && s < STATES; i++) {
		s = next_state[s][c->kinds[(uint8_t)t.p[i]]];
		n += s == CELL_START && t.p[i] == d;
	}
	return n;
}

/* Choose by what was seen of the row; false when that says nothing. */
static bool
choose_delimiter(struct csv *c, struct text row)
{
	size_t most = 0;
	char chosen = 0;

	for (size_t i = 0; i < sizeof(delimiters); i++) {
		size_t n = count_outside(c, row, delimiters[i]);

		if (n > most) {
			most = n;
			chosen = delimiters[i];
		}
	}
	if (chosen)
		set_delimiter(c, chosen);
	return chosen != 0;
}

/* Excel's own first line, which is no row. */
static bool
is_sep_line(struct text row)
{
	return row.len == 5 &&
	       text_eq_nocase(text_first(row, 4), TEXT("sep=")) &&
	       memchr(delimiters, row.p[4], sizeof(delimiters));
}

/* True when the delimiter became known by this row: look again. */
static bool
learn(struct csv *c, struct text row)
{
	if (c->delimiter)
		return false;
	if (c->number == 0 && is_sep_line(row)) {
		set_delimiter(c, row.p[4]);
		c->line++;
		look_from(c, c->at);
		return true;
	}
	if (!choose_delimiter(c, row))
		return false;
	look_from(c, c->start);
	return true;
}

/* ---- a row is told --------------------------------------------------------- */

static int64_t
lines_in(struct text t)
{
	int64_t n = 0;

	for (struct text line; text_take_until(&t, '\n', &line);)
		n++;
	return n;
}

/* Divide the row and take its quotes away, in place: what is written never
 * overtakes what is read.  False when there is nothing in any cell. */
static bool
split(struct csv *c, struct text row, struct csv_row *out)
{
	char *to = c->p + (row.p - c->p), *cell = to;
	enum state s = CELL_START;
	bool any = false;

	out->cells = c->cells;
	for (size_t i = 0; i <= row.len; i++) {
		bool last = i == row.len;
		char ch = last ? '\n' : row.p[i];
		enum state was = s;

		s = next_state[was][c->kinds[(uint8_t)ch]];
		if (last || (s == CELL_START && ch == c->delimiter)) {
			struct text t = { cell, (size_t)(to - cell) };

			c->cells[out->n++] = t;
			any = any || text_trim(t).len > 0;
			cell = to;
		} else if (s == QUOTED && was == CELL_START) {
			to = cell; /* the blanks before the quote */
		} else if (s <= QUOTED) {
			*to++ = ch;
		}
	}
	return any;
}

static void say(struct csv *c, const char *fmt, ...) PRINTF(2, 3);
static void
say(struct csv *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->fault, sizeof(c->fault), fmt, args);
	va_end(args);
}

static bool
has_fault(struct csv *c, enum sight s, struct text row)
{
	long long line = (long long)c->line;

	if (s == TOO_LONG)
		say(c, "Line %lld is longer than %d KiB.", line,
		    CSV_RECORD_MAX / 1024);
	else if (s == OPEN_QUOTE)
		say(c, "Line %lld has a quote that is not closed.",
		    line + (long long)lines_in(text_first(row, c->opened)));
	else if (c->spoiled)
		say(c, "Line %lld has text behind a closing quote.", line);
	else if (c->divided >= CSV_COLUMNS_MAX)
		say(c, "Line %lld has more than %d columns.", line,
		    CSV_COLUMNS_MAX);
	else if (text_is_utf8(row))
		return false;
	else if (memchr(row.p, '\0', row.len))
		say(c, "Line %lld holds a zero byte, which no text has.", line);
	else if (c->decoder.encoding != CSV_UTF8)
		say(c, "Line %lld holds half a character.", line);
	else
		say(c,
		    "Line %lld is not readable as UTF-8. Save the file as "
		    "\"CSV UTF-8\" and choose it again.",
		    line);
	return true;
}

/* The beginning of a row, fit to be shown. */
static struct text
shown(struct csv *c, struct text row)
{
	uint32_t rune;

	c->raw.len = 0;
	for (int i = 0; i < CSV_RAW_MAX && text_take_rune(&row, &rune); i++)
		buf_rune(&c->raw, rune ? rune : 0xfffd);
	return buf_text(&c->raw);
}

/* A row whose quote went wrong ends with the line on which the quote was
 * opened: the lines behind it, which it only seemed to swallow, are read again.
 * False when no line ends behind the quote. */
static bool
cut_at_quote(const struct csv *c, struct text *row)
{
	size_t n = text_find(text_from(*row, c->opened), '\n');

	if (c->opened + n >= row->len)
		return false;
	*row = text_first(*row, c->opened + n);
	return true;
}

/* What a row is whose quote went wrong; NOTHING when its end is still to be
 * found. */
static enum sight
settle_quote(struct csv *c, enum sight s, struct text *row)
{
	if (cut_at_quote(c, row))
		return OPEN_QUOTE;
	if (s == OPEN_QUOTE)
		return row->len < WINDOW ? OPEN_QUOTE : TOO_LONG;
	c->state = SPOILED;
	c->spoiled = true;
	return NOTHING;
}

/* False when the row is not to be told: its end is still to be found, or
 * nothing is in it. */
static bool
tell(struct csv *c, enum sight s, struct text row, struct csv_row *out)
{
	size_t next;
	bool told = true;

	if (s == BAD_QUOTE || s == OPEN_QUOTE)
		s = settle_quote(c, s, &row);
	if (s == NOTHING)
		return false;
	next = c->start + row.len;
	c->skipping = s == TOO_LONG;
	if (!c->skipping && next < c->have)
		next++; /* the line's end */
	*out = (struct csv_row){ .line = c->line };
	if (has_fault(c, s, row)) {
		out->fault = c->fault;
		out->raw = shown(c, row);
	}
	c->line += lines_in((struct text){ row.p, next - c->start });
	if (!out->fault)
		told = split(c, row, out);
	if (told)
		out->number = ++c->number;
	look_from(c, next);
	return told;
}

/* Pass over what is left of a line that is too long.  False when its end is not
 * there yet. */
static bool
skip(struct csv *c)
{
	do {
		struct text rest = { c->p + c->start, c->have - c->start };
		size_t n = text_find(rest, '\n');

		if (n < rest.len) {
			c->skipping = false;
			c->line++;
			look_from(c, c->start + n + 1);
			return true;
		}
		look_from(c, c->have);
	} while (refill(c));
	return false;
}

static bool
refuse(struct csv *c, struct csv_row *out)
{
	c->piece = (struct text){ NULL, 0 };
	if (c->number++ > 0)
		return false;
	*out = (struct csv_row){ .line = 1, .number = 1, .fault = c->refused };
	return true;
}

bool
csv_next(struct csv *c, struct csv_row *row)
{
	if (!c->begun && !begin(c))
		return false;
	if (c->refused)
		return refuse(c, row);
	while (!c->skipping || skip(c)) {
		enum sight s = look(c);
		struct text seen = { c->p + c->start,
				     c->at - c->start - (s == ROW) };

		if (s == NOTHING)
			return false;
		if (!learn(c, seen) && tell(c, s, seen, row))
			return true;
	}
	return false;
}
