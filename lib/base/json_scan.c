/* json_scan: what cJSON is lax about is refused, what it would lose is put in
 * another way. */
#include "base/json_private.h"

enum {
	DEPTH_MAX = 32,
	LONG_DIGITS = 16, /* from here on a double is not exact */
};

struct scan {
	struct text in;
	struct buf *out; /* the document as cJSON gets it */
	int depth;
	const char *why;
};

static bool
refuse(struct scan *s, const char *why)
{
	if (!s->why)
		s->why = why;
	return false;
}

static bool
copy(struct scan *s, size_t n)
{
	buf_add(s->out, text_first(s->in, n));
	s->in = text_from(s->in, n);
	return true;
}

static bool
is_one_of(struct text t, size_t at, const char *set)
{
	return at < t.len && t.p[at] != '\0' && strchr(set, t.p[at]);
}

/* The unit of a \uXXXX at the front; false when there is none. */
static bool
unit_at(struct text t, uint32_t *unit)
{
	uint8_t pair[2];

	if (t.len < 6 || t.p[0] != '\\' || t.p[1] != 'u' ||
	    !text_unhex((struct text){ t.p + 2, 4 }, pair, 2))
		return false;
	*unit = (uint32_t)pair[0] << 8 | pair[1];
	return true;
}

static bool
is_half(uint32_t unit, uint32_t first)
{
	return unit >= first && unit < first + 0x400;
}

/* People's texts are cut in the middle of an emoji, and hold what no C string
 * can: that character becomes U+FFFD, the rest of the text stays. */
static bool
scan_unit(struct scan *s)
{
	uint32_t unit, next;

	if (!unit_at(s->in, &unit))
		return refuse(s, "broken \\u escape");
	if (is_half(unit, 0xd800) && unit_at(text_from(s->in, 6), &next) &&
	    is_half(next, 0xdc00))
		return copy(s, 12);
	if (unit != 0 && !is_half(unit, 0xd800) && !is_half(unit, 0xdc00))
		return copy(s, 6);
	buf_rune(s->out, 0xfffd);
	s->in = text_from(s->in, 6);
	return true;
}

/* An escape within a string. */
static bool
scan_escape(struct scan *s)
{
	if (s->in.len < 2)
		return refuse(s, "string without end");
	if (s->in.p[1] == 'u')
		return scan_unit(s);
	return is_one_of(s->in, 1, "\"\\/bfnrt") ? copy(s, 2)
						 : refuse(s, "unknown escape");
}

/* Bytes up to the next one that means something within a string. */
static size_t
plain_run(struct text t)
{
	size_t n = 0;

	while (n < t.len && t.p[n] != '"' && t.p[n] != '\\' &&
	       (unsigned char)t.p[n] >= ' ')
		n++;
	return n;
}

static bool
scan_string(struct scan *s)
{
	copy(s, 1);
	while (s->in.len > 0) {
		unsigned char c = (unsigned char)s->in.p[0];

		if (c == '"')
			return copy(s, 1);
		if (c < ' ')
			return refuse(s, "control character in a string");
		if (c == '\\') {
			if (!scan_escape(s))
				return false;
		} else {
			copy(s, plain_run(s->in));
		}
	}
	return refuse(s, "string without end");
}

static size_t
digits(struct text t)
{
	size_t n = 0;

	while (n < t.len && t.p[n] >= '0' && t.p[n] <= '9')
		n++;
	return n;
}

/* A long whole number goes on as a string, so that no digit is lost. */
static bool
scan_number(struct scan *s)
{
	size_t sign = s->in.p[0] == '-', n = sign, whole, more;

	whole = digits(text_from(s->in, n));
	n += whole;
	if (whole == 0 || (whole > 1 && s->in.p[sign] == '0'))
		return refuse(s, "broken number");
	if (whole >= LONG_DIGITS && !is_one_of(s->in, n, ".eE")) {
		buf_putc(s->out, '"');
		copy(s, n);
		buf_putc(s->out, '"');
		return true;
	}
	if (is_one_of(s->in, n, ".")) {
		more = digits(text_from(s->in, n + 1));
		if (more == 0)
			return refuse(s, "broken number");
		n += 1 + more;
	}
	if (is_one_of(s->in, n, "eE")) {
		n += 1 + (size_t)is_one_of(s->in, n + 1, "+-");
		more = digits(text_from(s->in, n));
		if (more == 0)
			return refuse(s, "broken number");
		n += more;
	}
	return copy(s, n);
}

static bool
scan_token(struct scan *s)
{
	char c = s->in.p[0];

	if (c == '"')
		return scan_string(s);
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(s);
	/* cJSON takes every control character for a blank. */
	if ((unsigned char)c < ' ' && c != '\t' && c != '\n' && c != '\r')
		return refuse(s, "control character");
	if (c == '{' || c == '[') {
		if (++s->depth > DEPTH_MAX)
			return refuse(s, "too many levels");
	} else if (c == '}' || c == ']') {
		s->depth--;
	}
	return copy(s, 1);
}

const char *
json_scan(struct text doc, struct buf *strict)
{
	struct scan s = { .in = doc, .out = strict };

	if (!text_is_utf8(doc))
		return "not UTF-8";
	while (s.in.len > 0)
		if (!scan_token(&s))
			return s.why;
	return strict->failed ? "too large" : NULL;
}
