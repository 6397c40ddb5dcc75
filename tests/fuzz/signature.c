/* signature: no header but the right one is ever good. */
#include "base/arena.h"
#include "fuzz.h"
#include "meta/webhook.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const secrets[] = { "a secret of the fuzzer", NULL };
	struct task t = fuzz_task();
	const char *header = arena_str(t.mem, fuzz_text(data, size));
	enum webhook_verdict v = webhook_verify(
		t.mem, TEXT("{\"object\":\"page\"}"), header, secrets);

	assert(v == SIGNATURE_MISSING || v == SIGNATURE_WRONG);
	arena_free(t.mem);
	return 0;
}
