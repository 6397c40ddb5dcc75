/*
 * escape: what each sink cannot bear, written so that it can.
 */
#include "base/escape.h"

enum { REPLACEMENT = 0xfffd, LOG_MAX = 500 };

/* C0, DEL and C1. */
static bool
is_control(uint32_t r)
{
	return r < 0x20 || (r >= 0x7f && r < 0xa0);
}

/* One code point from the front of `t`, its bytes in *bytes. */
static bool
take_bytes(struct text *t, uint32_t *rune, struct text *bytes)
{
	struct text before = *t;

	if (!text_take_rune(t, rune))
		return false;
	*bytes = text_first(before, before.len - t->len);
	return true;
}

/* Was `rune` made up for a byte that is no UTF-8? */
static bool
is_wrong(uint32_t rune, struct text bytes)
{
	return rune == REPLACEMENT && bytes.len == 1;
}

void
escape_html(struct buf *b, struct text t)
{
	for (uint32_t r; text_take_rune(&t, &r);) {
		if (r == '<')
			buf_puts(b, "&lt;");
		else if (r == '>')
			buf_puts(b, "&gt;");
		else if (r == '&')
			buf_puts(b, "&amp;");
		else if (r == '"')
			buf_puts(b, "&quot;");
		else if (r == '\'')
			buf_puts(b, "&#39;");
		else if (is_control(r) && r != '\t' && r != '\n')
			buf_rune(b, REPLACEMENT);
		else
			buf_rune(b, r);
	}
}

/* Must `r` be written as \uXXXX? */
static bool
is_json_risk(uint32_t r)
{
	return is_control(r) || r == '<' || r == '>' || r == '&' ||
	       r == 0x2028 || r == 0x2029;
}

void
escape_json(struct buf *b, struct text t)
{
	for (uint32_t r; text_take_rune(&t, &r);) {
		if (r == '"')
			buf_puts(b, "\\\"");
		else if (r == '\\')
			buf_puts(b, "\\\\");
		else if (r == '\n')
			buf_puts(b, "\\n");
		else if (is_json_risk(r))
			buf_fmt(b, "\\u%04x", (unsigned)r);
		else
			buf_rune(b, r);
	}
}

static bool
is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

void
escape_url(struct buf *b, struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		if (is_unreserved(t.p[i]))
			buf_putc(b, t.p[i]);
		else
			buf_fmt(b, "%%%02X", (unsigned)(uint8_t)t.p[i]);
	}
}

/* U+2028 and U+2029 end a line for some readers of logs. */
static bool
is_log_risk(uint32_t r)
{
	return is_control(r) || r == 0x2028 || r == 0x2029;
}

void
escape_log(struct buf *b, struct text t)
{
	size_t room = LOG_MAX;
	struct text bytes;

	for (uint32_t r; take_bytes(&t, &r, &bytes);) {
		bool hex = is_log_risk(r) || is_wrong(r, bytes);
		size_t need = hex ? bytes.len * 4 : bytes.len;

		if (need > room)
			return;
		room -= need;
		for (size_t i = 0; hex && i < bytes.len; i++)
			buf_fmt(b, "\\x%02x", (unsigned)(uint8_t)bytes.p[i]);
		if (!hex)
			buf_add(b, bytes);
	}
}

void
escape_header(struct buf *b, struct text t)
{
	struct text bytes;

	for (uint32_t r; take_bytes(&t, &r, &bytes);)
		if (!is_control(r) && !is_wrong(r, bytes))
			buf_add(b, bytes);
}

void
escape_csv(struct buf *b, struct text t)
{
	buf_putc(b, '"');
	if (t.len && strchr("=+-@\t\r", t.p[0]) && t.p[0])
		buf_putc(b, '\'');
	for (size_t i = 0; i < t.len; i++) {
		if (t.p[i] == '"')
			buf_putc(b, '"');
		buf_putc(b, t.p[i]);
	}
	buf_putc(b, '"');
}

/* One character of an encoded text; false when it is none or a NUL. */
static bool
take_decoded(struct text *t, bool plus_is_space, char *c)
{
	uint8_t byte;

	if (plus_is_space && text_take_char(t, '+')) {
		*c = ' ';
		return true;
	}
	if (!text_take_char(t, '%')) {
		*c = t->p[0];
		*t = text_from(*t, 1);
		return *c != '\0';
	}
	if (!text_unhex(text_first(*t, 2), &byte, 1) || byte == 0)
		return false;
	*t = text_from(*t, 2);
	*c = (char)byte;
	return true;
}

bool
unescape_url(struct buf *b, struct text t, bool plus_is_space)
{
	size_t start = b->len;

	while (t.len && !b->failed) {
		char c;

		if (!take_decoded(&t, plus_is_space, &c)) {
			b->len = start;
			return false;
		}
		buf_putc(b, c);
	}
	return !b->failed;
}
