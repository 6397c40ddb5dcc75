/* webhook: payloads of any shape; ids that come out are ids. */
#include "meta/webhook.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task t = fuzz_task();
	struct webhook_update *u = NULL;
	size_t n = 0;

	if (webhook_parse(&t, fuzz_text(data, size), &u, &n) == OK)
		for (size_t i = 0; i < n; i++)
			assert(u[i].kind == UPDATE_OTHER ||
			       text_is_id(text_of(u[i].kind == UPDATE_HINT
							  ? u[i].page_id
							  : u[i].lead_id)));
	arena_free(t.mem);
	return 0;
}
