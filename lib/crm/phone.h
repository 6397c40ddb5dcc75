/*
 * phone: numbers as people write them, and the one form in which two are the
 * same: E.164, "+353209110187".
 *
 * Strict where it matters: a calling code that no country has, too few or too
 * many digits for its country, letters: none of that becomes a number.  Facts
 * of countries: ITU-T E.164 and the numbering plans it lists.
 */
#ifndef CRM_PHONE_H
#define CRM_PHONE_H
#include "base/arena.h"
#include "base/text.h"

/* `country`: ISO 3166 ("IE"), whose numbers are written without a calling code;
 * "" = none, so that only numbers with + or 00 are read.  Blanks and marks
 * between digits, "(0)" behind a calling code, "tel:", Meta's "p:", digits of
 * other scripts and a trailing extension are understood.  NULL: no number. */
const char *phone_e164(struct arena *mem, struct text number,
		       const char *country);

/* May a person have meant a number?  Five digits or more and nothing but marks
 * and an extension beside them; of no country in particular. */
bool phone_plausible(struct text number);

struct phone_country {
	const char *iso, *name;
	const char *code;    /* "353" */
	const char *trunk;   /* before a number at home: "0"; "" = none */
	const char *abroad;  /* before a calling code: "00" */
	int64_t least, most; /* digits behind code and trunk */
	bool keeps_trunk;    /* the 0 stays behind the code, as in Italy */
};
/* By name. */
const struct phone_country *phone_countries(size_t *n);
/* NULL for what is none. */
const struct phone_country *phone_country_of(const char *iso);

#endif
