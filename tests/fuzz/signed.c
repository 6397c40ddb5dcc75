/* signed: callbacks of any shape, taken as they come and signed rightly. */
#include "fuzz.h"
#include "meta/oauth.h"

#define SECRET "a secret of the fuzzer"

/* The signature's part of a signed_request over `payload`. */
static struct text
signature(struct task *t, struct text payload)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
				     "mnopqrstuvwxyz0123456789-_";
	struct buf b = buf_in(t->mem, 64);
	uint8_t mac[CRYPT_HASH + 1] = { 0 };

	crypt_hmac_sha256(TEXT(SECRET), payload, mac);
	/* 43 digits of six bits: the last one is half empty. */
	for (size_t bit = 0; bit < 8 * CRYPT_HASH; bit += 6) {
		unsigned two = (unsigned)mac[bit / 8] << 8 | mac[bit / 8 + 1];

		buf_putc(&b, digits[two >> (10 - bit % 8) & 63]);
	}
	return buf_text(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task t = fuzz_task();
	struct text whole = fuzz_text(data, size);
	struct text sign = signature(&t, whole);
	const char *user = NULL;
	enum rc rc = oauth_signed_request(&t, whole, SECRET, &user);

	assert(rc == E_INPUT || rc == E_DENIED);
	whole = text_of(arena_fmt(t.mem, "%.*s.%.*s", (int)sign.len, sign.p,
				  (int)size, (const char *)data));
	task_forgive(&t);
	rc = oauth_signed_request(&t, whole, SECRET, &user);
	assert(rc == E_INPUT || rc == E_DENIED || rc == OK);
	assert(rc != OK || text_is_id(text_of(user)));
	arena_free(t.mem);
	return 0;
}
