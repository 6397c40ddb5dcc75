/* facet: the words that a text is found by. */
#include "crm/facet.h"

#include "kit.h"

static void
expect(const char *bytes, size_t len, const char *const *want, size_t n_want)
{
	const char *words[FACET_WORDS_MAX];
	size_t n = facet_split(kit_mem, (struct text){ bytes, len }, words,
			       FACET_WORDS_MAX);

	assert_int_equal(n, n_want);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(words[i], want[i]);
}
#define WORDS(...)                                                             \
	(const char *const[])                                                  \
	{                                                                      \
		__VA_ARGS__                                                    \
	}

static void
words_are_cut_at_blanks_and_marks(void **state)
{
	(void)state;
	expect("Jos\xc3\xa9 N\xc3\xba\xc3\xb1"
	       "ez",
	       13,
	       WORDS("Jos\xc3\xa9", "N\xc3\xba\xc3\xb1"
				    "ez"),
	       2);
	expect("o'hara@x-y.ie", 13, WORDS("o", "hara", "x", "y", "ie"), 5);
	expect("  ;a;; ", 7, WORDS("a"), 1);
}

/* The text goes no further than its length, whatever stands behind it. */
static void
the_last_word_ends_with_the_text(void **state)
{
	(void)state;
	expect("Ann Lee-Marie", 7, WORDS("Ann", "Lee"), 2);
	expect("Annemarie", 3, WORDS("Ann"), 1);
	expect("", 0, WORDS(""), 0);
	expect("-!", 1, WORDS(""), 0);
}

static void
an_address_is_searched_for_whole(void **state)
{
	const char *words[SEARCH_WORDS];

	(void)state;
	assert_int_equal(facet_search(kit_mem, " ann@x.ie ", words), 1);
	assert_string_equal(words[0], "ann@x.ie");
	assert_int_equal(facet_search(kit_mem, "a_b%@x", words), 1);
	assert_string_equal(words[0], "a\\_b\\%@x");
	assert_int_equal(facet_search(kit_mem, "@x.ie", words), 2);
	assert_int_equal(facet_search(kit_mem, "Ann a@x", words), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(words_are_cut_at_blanks_and_marks),
		CASE(the_last_word_ends_with_the_text),
		CASE(an_address_is_searched_for_whole),
	};

	return RUN(tests);
}
