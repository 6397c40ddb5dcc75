/* csv_decode: bytes of a file into UTF-8 whose lines end in LF. */
#include "base/csv_private.h"

static size_t
put(struct csv_decoder *d, char c, char *to)
{
	bool swallowed = c == '\n' && d->after_cr;

	d->after_cr = c == '\r';
	*to = c == '\r' ? '\n' : c;
	return swallowed ? 0 : 1;
}

/* Unlike buf_rune this writes half pairs too. */
static size_t
put_rune(struct csv_decoder *d, uint32_t r, char *to)
{
	static const uint8_t first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = r < 0x800 ? 2 : r < 0x10000 ? 3 : 4;

	if (r < 0x80)
		return put(d, (char)r, to);
	d->after_cr = false;
	for (size_t i = n - 1; i > 0; i--) {
		to[i] = (char)(0x80 | (r & 0x3f));
		r >>= 6;
	}
	to[0] = (char)(first[n] | r);
	return n;
}

static bool
is_half(uint32_t unit, uint32_t first)
{
	return unit >= first && unit < first + 0x400;
}

static size_t
put_unit(struct csv_decoder *d, uint16_t unit, char *to)
{
	uint32_t high = d->high;
	size_t n = 0;

	d->high = 0;
	if (high && is_half(unit, 0xdc00))
		return put_rune(
			d, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00u),
			to);
	if (high)
		n = put_rune(d, high, to);
	if (is_half(unit, 0xd800)) {
		d->high = unit;
		return n;
	}
	return n + put_rune(d, unit, to + n);
}

static size_t
put_byte16(struct csv_decoder *d, uint8_t byte, char *to)
{
	unsigned unit = d->encoding == CSV_UTF16LE
				? (unsigned)byte << 8 | d->first
				: (unsigned)d->first << 8 | byte;

	d->half = !d->half;
	if (!d->half)
		return put_unit(d, (uint16_t)unit, to);
	d->first = byte;
	return 0;
}

size_t
csv_decode(struct csv_decoder *d, struct text *in, char *to, size_t room)
{
	size_t n = 0, i = 0;

	for (; i < in->len && room - n >= CSV_DECODE_ROOM; i++)
		n += d->encoding == CSV_UTF8
			     ? put(d, in->p[i], to + n)
			     : put_byte16(d, (uint8_t)in->p[i], to + n);
	*in = text_from(*in, i);
	return n;
}

size_t
csv_decode_end(struct csv_decoder *d, char *to)
{
	size_t n = d->high ? put_rune(d, d->high, to) : 0;

	/* A byte alone is no character, and half a pair says so. */
	if (d->half && !d->high)
		n = put_rune(d, 0xd800, to);
	d->high = 0;
	d->half = false;
	return n;
}
