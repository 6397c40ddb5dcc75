/* urlencoded: query strings into a declared struct. */
#include "fuzz.h"
#include "web/form.h"

struct in {
	const char *a, *b;
	int64_t n;
	bool f;
};
static const struct form_field fields[] = {
	FORM_TEXT(struct in, a, 0, 10),
	FORM_LINES(struct in, b, 0, 100),
	FORM_INT_OR(struct in, n, -5, 5, 0),
	FORM_FLAG(struct in, f),
	{ 0 },
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task t = fuzz_task();
	struct form_source src = { .query = fuzz_text(data, size) };
	struct form_faults faults = { 0 };
	struct in in = { 0 };

	if (form_read(&t, &src, fields, &in, &faults, NULL) == OK &&
	    faults.n == 0) {
		assert(text_runes(text_of(in.a)) <= 10);
		assert(in.n >= -5 && in.n <= 5);
	}
	arena_free(t.mem);
	return 0;
}
