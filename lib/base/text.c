/*
 * text: comparing, cutting and reading pieces of memory with a length.
 */
#include "base/text.h"

struct text
text_of(const char *s)
{
	return (struct text){ s, s ? strlen(s) : 0 };
}

bool
text_eq(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.p, b.p, a.len));
}

bool
text_is(struct text a, const char *s)
{
	return text_eq(a, text_of(s));
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
text_eq_nocase(struct text a, struct text b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool
text_starts(struct text t, const char *prefix)
{
	return text_is(text_first(t, strlen(prefix)), prefix);
}

bool
text_ends(struct text t, const char *suffix)
{
	size_t n = strlen(suffix);

	return t.len >= n && text_is(text_from(t, t.len - n), suffix);
}

size_t
text_find(struct text t, char c)
{
	const char *at = t.len ? memchr(t.p, c, t.len) : NULL;

	return at ? (size_t)(at - t.p) : t.len;
}

bool
text_has(struct text t, const char *needle)
{
	size_t n = strlen(needle);

	return n > 0 && t.len > 0 && memmem(t.p, t.len, needle, n);
}

struct text
text_from(struct text t, size_t n)
{
	if (n == 0)
		return t;
	if (n >= t.len)
		return (struct text){ NULL, 0 };
	return (struct text){ t.p + n, t.len - n };
}

struct text
text_first(struct text t, size_t n)
{
	return (struct text){ t.p, n < t.len ? n : t.len };
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct text
text_trim(struct text t)
{
	while (t.len && is_blank(t.p[0]))
		t = text_from(t, 1);
	while (t.len && is_blank(t.p[t.len - 1]))
		t.len--;
	return t;
}

bool
text_take_char(struct text *in, char c)
{
	if (in->len == 0 || in->p[0] != c)
		return false;
	*in = text_from(*in, 1);
	return true;
}

bool
text_take_lit(struct text *in, const char *literal)
{
	if (!text_starts(*in, literal))
		return false;
	*in = text_from(*in, strlen(literal));
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
text_take_int(struct text *in, int64_t max, int64_t *out)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; i < in->len && is_digit(in->p[i]); i++) {
		int digit = in->p[i] - '0';

		if (max < digit || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	if (i == 0)
		return false;
	*in = text_from(*in, i);
	*out = n;
	return true;
}

bool
text_take_until(struct text *in, char stop, struct text *out)
{
	return text_find(*in, stop) < in->len && text_take_part(in, stop, out);
}

bool
text_take_part(struct text *in, char stop, struct text *out)
{
	size_t n = text_find(*in, stop);

	if (in->len == 0)
		return false;
	*out = text_first(*in, n);
	*in = text_from(*in, n < in->len ? n + 1 : n);
	return true;
}

bool
text_int(struct text t, int64_t min, int64_t max, int64_t *out)
{
	bool minus = text_take_char(&t, '-');
	int64_t n;

	if (!text_take_int(&t, INT64_MAX, &n) || t.len > 0)
		return false;
	if (minus)
		n = -n;
	if (n < min || n > max)
		return false;
	*out = n;
	return true;
}

bool
text_is_id(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (!is_digit(t.p[i]))
			return false;
	return t.len >= 1 && t.len <= 20;
}

/* Value of a hex digit, or -1. */
static int
hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
text_unhex(struct text t, uint8_t *out, size_t n)
{
	if (t.len / 2 != n || t.len % 2 != 0)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (hex_value(t.p[i]) < 0)
			return false;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(hex_value(t.p[2 * i]) * 16 +
				   hex_value(t.p[2 * i + 1]));
	return true;
}

/* Bytes of a sequence that begins with `first`; 0 = nothing begins so. */
static size_t
utf8_length(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2)
		return 0;
	if (first < 0xe0)
		return 2;
	if (first < 0xf0)
		return 3;
	return first < 0xf5 ? 4 : 0;
}

/* Bytes of the well-formed code point at the start of `t`, or 0. */
static size_t
utf8_decode(struct text t, uint32_t *rune)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	static const uint8_t first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t n = t.len ? utf8_length((uint8_t)t.p[0]) : 0;
	uint32_t r;

	if (n == 0 || n > t.len)
		return 0;
	r = (uint8_t)t.p[0] & first_bits[n];
	for (size_t i = 1; i < n; i++) {
		uint8_t byte = (uint8_t)t.p[i];

		if ((byte & 0xc0) != 0x80)
			return 0;
		r = r << 6 | (byte & 0x3f);
	}
	if (r < least[n] || r > 0x10ffff || (r >= 0xd800 && r <= 0xdfff))
		return 0;
	*rune = r;
	return n;
}

bool
text_is_utf8(struct text t)
{
	while (t.len) {
		uint32_t rune = 0;
		size_t n = utf8_decode(t, &rune);

		if (n == 0 || rune == 0)
			return false;
		t = text_from(t, n);
	}
	return true;
}

bool
text_is_code(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.p[i] < ' ' || t.p[i] > '~')
			return false;
	return true;
}

bool
text_is_visible(struct text t)
{
	static const struct {
		uint32_t from, to;
	} unseen[] = {
		{ 0, 0x20 },	    { 0x7f, 0xa0 },	{ 0xad, 0xad },
		{ 0x34f, 0x34f },   { 0x61c, 0x61c },	{ 0x115f, 0x1160 },
		{ 0x1680, 0x1680 }, { 0x180b, 0x180f }, { 0x2000, 0x200f },
		{ 0x2028, 0x202f }, { 0x205f, 0x206f }, { 0x2800, 0x2800 },
		{ 0x3000, 0x3000 }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f },
		{ 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xe0000, 0xe0fff },
	};

	for (uint32_t rune; text_take_rune(&t, &rune);) {
		bool seen = true;

		for (size_t i = 0; i < COUNT(unseen); i++)
			if (rune >= unseen[i].from && rune <= unseen[i].to)
				seen = false;
		if (seen)
			return true;
	}
	return false;
}

bool
text_take_rune(struct text *in, uint32_t *rune)
{
	size_t n = utf8_decode(*in, rune);

	if (in->len == 0)
		return false;
	if (n == 0) {
		*rune = 0xfffd;
		n = 1;
	}
	*in = text_from(*in, n);
	return true;
}

size_t
text_runes(struct text t)
{
	size_t n = 0;

	for (uint32_t rune; text_take_rune(&t, &rune);)
		n++;
	return n;
}

struct text
text_cut(struct text t, size_t max)
{
	struct text rest = t;

	for (uint32_t rune; max > 0 && text_take_rune(&rest, &rune);)
		max--;
	return text_first(t, t.len - rest.len);
}
