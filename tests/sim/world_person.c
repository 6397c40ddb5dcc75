/* world_person: names by culture; the number makes each person unique. */
#include "world_person.h"

struct culture {
	const char *given[4], *family[4];
	const char *ascii[4]; /* the given names in an address */
	const char *city, *country, *street, *post_code;
	const char *prefix; /* of telephone numbers, E.164 */
};

static const struct culture cultures[] = {
	{ { "Amara", "Jonas", "Grace", "Liam" },
	  { "Okafor", "Weber", "Murphy", "Walsh" },
	  { "amara", "jonas", "grace", "liam" },
	  "Galway",
	  "IE",
	  "7 Quay Street",
	  "H91 X2R8",
	  "+353209" },
	{ { "Siobh\u00e1n", "R\u00f3is\u00edn", "Se\u00e1n", "Aoife" },
	  { "N\u00ed Mhurch\u00fa", "\u00d3 Briain", "Sweeney", "Byrne" },
	  { "siobhan", "roisin", "sean", "aoife" },
	  "Gaillimh",
	  "IE",
	  "3 Sr\u00e1id Mh\u00f3r",
	  "H91 E5TC",
	  "+353208" },
	{ { "\u0414\u0430\u0440\u0438\u043d\u0430",
	    "\u041e\u043b\u0435\u043d\u0430",
	    "\u0413\u0440\u0438\u0433\u043e\u0440\u0456\u0439",
	    "\u0406\u0432\u0430\u043d" },
	  { "\u0428\u0435\u0432\u0447\u0443\u043a",
	    "\u041a\u043e\u0432\u0430\u043b\u044c",
	    "\u041c\u0435\u043b\u044c\u043d\u0438\u043a",
	    "\u0411\u043e\u043d\u0434\u0430\u0440" },
	  { "daryna", "olena", "hryhorii", "ivan" },
	  "\u041a\u0438\u0457\u0432",
	  "UA",
	  "\u0425\u0440\u0435\u0449\u0430\u0442\u0438\u043a 5",
	  "01001",
	  "+380440" },
	{ { "\u0644\u064a\u0644\u0649", "\u0633\u0627\u0645\u064a",
	    "\u0646\u0648\u0631", "\u0639\u0645\u0631" },
	  { "\u062d\u062f\u0627\u062f", "\u0627\u0644\u062e\u0637\u064a\u0628",
	    "\u0627\u0644\u0633\u064a\u062f", "\u0642\u0627\u0633\u0645" },
	  { "layla", "sami", "nour", "omar" },
	  "\u062f\u0628\u064a",
	  "AE",
	  "\u0634\u0627\u0631\u0639 12",
	  "00000",
	  "+971400" },
	{ { "\u0906\u0930\u0935", "\u092a\u094d\u0930\u093f\u092f\u093e",
	    "\u0930\u093e\u0939\u0941\u0932", "\u0928\u0947\u0939\u093e" },
	  { "\u0936\u0930\u094d\u092e\u093e", "\u0928\u093e\u092f\u0930",
	    "\u0935\u0930\u094d\u092e\u093e",
	    "\u0917\u0941\u092a\u094d\u0924\u093e" },
	  { "aarav", "priya", "rahul", "neha" },
	  "\u092a\u0941\u0923\u0947",
	  "IN",
	  "MG Road 9",
	  "411001",
	  "+912000" },
	{ { "\u5c0f\u660e", "\u7f8e\u7389", "\u5fd7\u5f37", "\u9ea7" },
	  { "\u738b", "\u674e", "\u9673", "\u6797" },
	  { "xiaoming", "meiyu", "zhiqiang", "mai" },
	  "\u53f0\u5317",
	  "TW",
	  "\u5fe0\u5b5d\u6771\u8def 1",
	  "106",
	  "+886200" },
	{ { "Zo\u00eb", "Jos\u00e9", "Luc\u00eda", "Nu\u00f1o" },
	  { "Mart\u00ednez Pe\u00f1a", "Garc\u00eda", "L\u00f3pez",
	    "Ib\u00e1\u00f1ez" },
	  { "zoe", "jose", "lucia", "nuno" },
	  "C\u00e1diz",
	  "ES",
	  "Calle Ancha 4",
	  "11001",
	  "+349560" },
};

struct person
person_make(struct arena *mem, int64_t number)
{
	struct random r = random_of((uint64_t)number);
	const struct culture *c = &cultures[random_below(&r, COUNT(cultures))];
	size_t g = (size_t)random_below(&r, 4), f = (size_t)random_below(&r, 4);
	struct person p = {
		.given = c->given[g],
		.family = c->family[f],
		.city = c->city,
		.country = c->country,
		.street = c->street,
		.post_code = c->post_code,
		.company = "Example & Co.",
		.job = "Manager",
		.born = "04/19/1987",
	};

	p.full = arena_fmt(mem, "%s %s", p.given, p.family);
	p.email = arena_fmt(mem, "%s.%lld@example.com", c->ascii[g],
			    (long long)number);
	p.phone = arena_fmt(mem, "%s%06lld", c->prefix,
			    (long long)(number % 1000000));
	p.national = arena_fmt(mem, "0%s", p.phone + 3);
	return p;
}

const char *
person_email_again(struct arena *mem, const char *email, struct random *r)
{
	char *again = arena_str(mem, text_of(email));

	if (random_chance(r, 50))
		return arena_fmt(mem, "  %s ", again);
	for (char *c = again; *c && *c != '@'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	return again;
}
