/*
 * buf: text that grows by appending, up to its ceiling.
 */
#include "base/buf.h"

enum { BUF_FIRST = 64 };

struct buf
buf_in(struct arena *mem, size_t max)
{
	/* Room for the NUL of buf_str must not wrap around. */
	return (struct buf){
		.mem = mem,
		.max = max < SIZE_MAX / 4 ? max : SIZE_MAX / 4,
	};
}

/* Make room for `more` bytes and a NUL, or fail for good. */
static bool
reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : BUF_FIRST;

	if (b->failed || more > b->max - b->len) {
		b->failed = true;
		return false;
	}
	if (b->len + more < b->cap)
		return true;
	while (cap <= b->len + more)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	b->p = arena_grow(b->mem, b->p, b->cap, cap);
	b->cap = cap;
	return true;
}

void
buf_add(struct buf *b, struct text t)
{
	if (t.len == 0 || !reserve(b, t.len))
		return;
	memcpy(b->p + b->len, t.p, t.len);
	b->len += t.len;
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_add(b, text_of(s));
}

void
buf_putc(struct buf *b, char c)
{
	if (reserve(b, 1))
		b->p[b->len++] = c;
}

void
buf_int(struct buf *b, int64_t n)
{
	buf_fmt(b, "%lld", (long long)n);
}

void
buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vfmt(b, fmt, args);
	va_end(args);
}

void
buf_vfmt(struct buf *b, const char *fmt, va_list args)
{
	va_list again;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		b->failed = true;
	if (n < 0 || !reserve(b, (size_t)n))
		return;
	vsnprintf(b->p + b->len, (size_t)n + 1, fmt, args);
	b->len += (size_t)n;
}

static bool
is_rune(uint32_t r)
{
	return r <= 0x10ffff && (r < 0xd800 || r > 0xdfff);
}

void
buf_rune(struct buf *b, uint32_t rune)
{
	uint32_t r = is_rune(rune) ? rune : 0xfffd;
	char s[4];
	size_t n = r < 0x80 ? 1 : r < 0x800 ? 2 : r < 0x10000 ? 3 : 4;
	static const uint8_t first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n - 1; i > 0; i--) {
		s[i] = (char)(0x80 | (r & 0x3f));
		r >>= 6;
	}
	s[0] = (char)(first[n] | r);
	buf_add(b, (struct text){ s, n });
}

struct text
buf_text(const struct buf *b)
{
	return (struct text){ b->p, b->len };
}

const char *
buf_str(struct buf *b)
{
	if (!b->p)
		return "";
	b->p[b->len] = '\0';
	return b->p;
}
