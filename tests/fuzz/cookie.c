/* cookie: headers of any shape; a value found holds no separator. */
#include "fuzz.h"
#include "web/form.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task t = fuzz_task();
	const char *header = arena_str(t.mem, fuzz_text(data, size));
	const char *value = form_cookie(t.mem, header, "leadport");

	assert(!value || !strchr(value, ';'));
	arena_free(t.mem);
	return 0;
}
