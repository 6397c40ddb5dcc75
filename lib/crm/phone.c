/* phone: reading a number from left to right. */
#include "crm/phone.h"

enum { DIGITS_MAX = 15, DIGITS_MIN = 7, WRITTEN_MAX = 100 };

struct dialled { /* what was written, but for the marks */
	char digits[2 * DIGITS_MAX + 1];
	size_t n;
	bool plus;
};

/* Ten digits of a script each, from its zero. */
static const uint32_t zeros[] = { '0',	  0x0660, 0x06f0, 0x07c0, 0x0966,
				  0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6,
				  0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x0ed0,
				  0x1040, 0x17e0, 0xff10 };

/* -1: no digit of any script. */
static int
digit_of(uint32_t rune)
{
	for (size_t i = 0; i < COUNT(zeros); i++)
		if (rune >= zeros[i] && rune < zeros[i] + 10)
			return (int)(rune - zeros[i]);
	return -1;
}

static bool
is_mark(uint32_t rune)
{
	static const uint32_t marks[] = {
		' ',	'\t',	'-',	'.',	'/',	'(',	')',
		0xa0,	0x2007, 0x2009, 0x200b, 0x200e, 0x200f, 0x202a,
		0x202b, 0x202c, 0x202d, 0x202e, 0x202f, 0x2010, 0x2011,
		0x2012, 0x2013, 0x2014, 0x2212, 0x2060, 0x2066, 0x2067,
		0x2068, 0x2069, 0x3000, 0xfeff, 0xff08, 0xff09, 0xff0d,
	};

	for (size_t i = 0; i < COUNT(marks); i++)
		if (marks[i] == rune)
			return true;
	return false;
}

static struct text
without_prefix(struct text t)
{
	t = text_trim(t);
	if (!text_take_lit(&t, "tel:") && !text_take_lit(&t, "Tel:"))
		(void)text_take_lit(&t, "p:");
	return text_trim(t);
}

/* "x5", "ext. 5", "#5", ";ext=5" and whatever stands behind. */
static struct text
without_extension(struct text t)
{
	static const char *const words[] = { ";",   "#", "ext", "Ext",
					     "EXT", "x", "X" };

	for (size_t at = 1; at < t.len; at++)
		for (size_t i = 0; i < COUNT(words); i++)
			if (text_starts(text_from(t, at), words[i]))
				return text_trim(text_first(t, at));
	return t;
}

/* "+44 (0)20 …": the 0 that is dialled at home only. */
static bool
take_home_zero(struct text *t, const struct dialled *d)
{
	return d->plus && d->n > 0 && text_take_lit(t, "(0)");
}

/* False: something that no number has. */
static bool
read_digits(struct text t, struct dialled *d)
{
	while (t.len > 0) {
		uint32_t rune = 0;
		int digit;

		if (take_home_zero(&t, d))
			continue;
		if (!text_take_rune(&t, &rune))
			return false;
		digit = digit_of(rune);
		if (digit >= 0) {
			if (d->n + 1 >= sizeof(d->digits))
				return false;
			d->digits[d->n++] = (char)('0' + digit);
		} else if (rune == '+' || rune == 0xff0b) {
			if (d->plus || d->n > 0)
				return false;
			d->plus = true;
		} else if (!is_mark(rune)) {
			return false;
		}
	}
	return d->n > 0;
}

static bool
length_fits(const struct phone_country *c, size_t n)
{
	return n >= (size_t)c->least && n <= (size_t)c->most;
}

/* Behind the calling code, as it should be written. */
static bool
is_plain(const struct phone_country *c, const char *rest, size_t n)
{
	bool zero = c->trunk[0] == '0' && !c->keeps_trunk && rest[0] == '0';

	return length_fits(c, n) && !zero;
}

/* With the trunk prefix, which belongs there at home only. */
static bool
has_trunk(const struct phone_country *c, const char *rest, size_t n)
{
	size_t trunk = strlen(c->trunk);

	return trunk > 0 && !c->keeps_trunk && n > trunk &&
	       strncmp(rest, c->trunk, trunk) == 0 && length_fits(c, n - trunk);
}

/* Digits with their calling code: does any country have both?  *from: where the
 * code ends; *skip: how many digits behind it do not belong there. */
static bool
fits_a_country(const char *digits, size_t n, size_t *from, size_t *skip)
{
	size_t n_all = 0;
	const struct phone_country *all = phone_countries(&n_all);

	for (size_t i = 0; i < n_all; i++) {
		const struct phone_country *c = &all[i];
		size_t len = strlen(c->code);

		if (n <= len || strncmp(digits, c->code, len) != 0)
			continue;
		*from = len;
		*skip = 0;
		if (is_plain(c, digits + len, n - len))
			return true;
		if (has_trunk(c, digits + len, n - len)) {
			*skip = strlen(c->trunk);
			return true;
		}
	}
	return false;
}

static const char *
international(struct arena *mem, const char *digits, size_t n)
{
	size_t from = 0, skip = 0;

	if (!fits_a_country(digits, n, &from, &skip) || n - skip > DIGITS_MAX ||
	    n - skip < DIGITS_MIN)
		return NULL;
	return arena_fmt(mem, "+%.*s%.*s", (int)from, digits,
			 (int)(n - from - skip), digits + from + skip);
}

/* As it is dialled at home.  Without the trunk prefix it must be as long as
 * numbers get, or else it may be a local one, which somebody in the next town
 * has, too. */
static const char *
national(struct arena *mem, const struct phone_country *c, const char *digits,
	 size_t n)
{
	bool is_whole = c->keeps_trunk || !c->trunk[0];

	if (has_trunk(c, digits, n)) {
		digits += strlen(c->trunk);
		n -= strlen(c->trunk);
		is_whole = true;
	}
	if (!is_plain(c, digits, n) || (!is_whole && n != (size_t)c->most))
		return NULL;
	return international(mem,
			     arena_fmt(mem, "%s%.*s", c->code, (int)n, digits),
			     n + strlen(c->code));
}

static bool
take_prefix(const struct dialled *d, const char *prefix, size_t *at)
{
	size_t len = strlen(prefix);

	if (len == 0 || d->n <= len || strncmp(d->digits, prefix, len) != 0)
		return false;
	*at = len;
	return true;
}

bool
phone_plausible(struct text number)
{
	enum { LEAST = 5 };
	struct dialled d = { .n = 0 };

	number = without_prefix(number);
	return number.len <= WRITTEN_MAX &&
	       read_digits(without_extension(number), &d) && d.n >= LEAST;
}

const char *
phone_e164(struct arena *mem, struct text number, const char *country)
{
	const struct phone_country *home = phone_country_of(country);
	struct dialled d = { .n = 0 };
	const char *found;
	size_t at = 0;

	number = without_prefix(number);
	if (number.len > WRITTEN_MAX ||
	    !read_digits(without_extension(number), &d))
		return NULL;
	if (d.plus)
		return international(mem, d.digits, d.n);
	if ((home && take_prefix(&d, home->abroad, &at)) ||
	    take_prefix(&d, "00", &at)) {
		found = international(mem, d.digits + at, d.n - at);
		if (found)
			return found;
	}
	return home ? national(mem, home, d.digits, d.n) : NULL;
}
