/* fieldmap_text: what can be done to an answer on its way into a field. */
#include "base/buf.h"
#include "base/text.h"
#include "crm/fieldmap.h"

#include <locale.h>
#include <wctype.h>

static const struct fieldmap_transform transforms[] = {
	{ "", "As written" },
	{ "trim", "Without extra blanks" },
	{ "words", "Capitalise Words" },
	{ "digits", "Digits only" },
};

const struct fieldmap_transform *
fieldmap_transforms(size_t *n)
{
	*n = COUNT(transforms);
	return transforms;
}

/* Letters of every script, whatever the process's own locale is. */
static locale_t
letters(void)
{
	static locale_t made;

	if (!made)
		made = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	return made;
}

static uint32_t
upper(uint32_t rune)
{
	locale_t l = letters();

	return l ? (uint32_t)towupper_l((wint_t)rune, l) : rune;
}

static uint32_t
lower(uint32_t rune)
{
	locale_t l = letters();

	return l ? (uint32_t)towlower_l((wint_t)rune, l) : rune;
}

static bool
is_blank(uint32_t rune)
{
	return rune == ' ' || (rune >= '\t' && rune <= '\r') || rune == 0xa0 ||
	       rune == 0x1680 || (rune >= 0x2000 && rune <= 0x200a) ||
	       rune == 0x2028 || rune == 0x2029 || rune == 0x202f ||
	       rune == 0x205f || rune == 0x3000;
}

static void
collapse(struct buf *b, struct text in)
{
	bool blank = false;
	uint32_t rune;

	while (text_take_rune(&in, &rune)) {
		if (is_blank(rune)) {
			blank = true;
			continue;
		}
		if (blank && b->len > 0)
			buf_putc(b, ' ');
		blank = false;
		buf_rune(b, rune);
	}
}

/* Shouted: it has capitals and no small letter. */
static bool
is_shouted(struct text in)
{
	bool capital = false;
	uint32_t rune;

	while (text_take_rune(&in, &rune)) {
		if (upper(rune) != rune)
			return false;
		capital = capital || lower(rune) != rune;
	}
	return capital;
}

/* "McDonald" keeps its inner capital, "MARY SMITH" does not. */
static void
capitalise(struct buf *b, struct text in)
{
	bool shouted = is_shouted(in), first = true;
	uint32_t rune;

	while (text_take_rune(&in, &rune)) {
		if (first)
			buf_rune(b, upper(rune));
		else
			buf_rune(b, shouted ? lower(rune) : rune);
		first = is_blank(rune) || rune == '-';
	}
}

/* Digits as other scripts write them are digits too. */
static void
digits(struct buf *b, struct text in)
{
	static const uint32_t zeros[] = { '0',	 0x660, 0x6f0, 0x966,
					  0x9e6, 0xe50, 0xff10 };
	uint32_t rune;

	while (text_take_rune(&in, &rune))
		for (size_t i = 0; i < COUNT(zeros); i++)
			if (rune >= zeros[i] && rune <= zeros[i] + 9)
				buf_putc(b, (char)('0' + (rune - zeros[i])));
}

const char *
fieldmap_transformed(struct arena *mem, const char *transform,
		     const char *value)
{
	struct text in = text_trim(text_of(value)), code = text_of(transform);
	/* The upper form of a letter may be longer than itself. */
	struct buf b = buf_in(mem, 2 * in.len + 16);

	if (text_is(code, "trim"))
		collapse(&b, in);
	else if (text_is(code, "words"))
		capitalise(&b, in);
	else if (text_is(code, "digits"))
		digits(&b, in);
	else
		buf_add(&b, in);
	return text_is_visible(buf_text(&b)) ? buf_str(&b) : "";
}
