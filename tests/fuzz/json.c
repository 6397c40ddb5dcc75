/* json: whatever is read prints to something that reads the same again. */
#include "base/json.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task t = fuzz_task();
	struct buf one = buf_in(t.mem, 8 << 20), two = buf_in(t.mem, 8 << 20);
	const char *why = NULL;
	const struct json *j = json_parse(t.mem, fuzz_text(data, size), &why);

	if (j) {
		json_print(j, &one);
		j = json_parse(t.mem, buf_text(&one), &why);
		assert(j);
		json_print(j, &two);
		assert(text_eq(buf_text(&one), buf_text(&two)));
	}
	arena_free(t.mem);
	return 0;
}
