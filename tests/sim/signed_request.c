/* signed_request: HMAC over the encoded payload, not over the JSON. */
#include "signed_request.h"

#include "base/buf.h"
#include "base/crypt.h"
#include "base/json.h"

static const char *
base64url(struct arena *mem, const uint8_t *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789-_";
	struct buf b = buf_in(mem, n * 2 + 4);
	unsigned bits = 0, have = 0;

	for (size_t i = 0; i < n; i++) {
		bits = (bits << 8 | p[i]) & 0xffff;
		for (have += 8; have >= 6; have -= 6)
			buf_putc(&b, digits[bits >> (have - 6) & 63]);
	}
	if (have)
		buf_putc(&b, digits[bits << (6 - have) & 63]);
	return buf_str(&b);
}

const char *
signed_request(struct task *t, const char *secret, const char *user_id)
{
	struct buf payload = buf_in(t->mem, 500);
	struct json_out out = { .to = &payload };
	uint8_t mac[CRYPT_HASH];
	const char *encoded;

	json_open(&out, '{');
	json_name(&out, "algorithm");
	json_put(&out, "HMAC-SHA256");
	json_name(&out, "issued_at");
	json_put_int(&out, t->now.ms / SECOND_MS);
	json_name(&out, "user_id");
	json_put(&out, user_id);
	json_close(&out, '}');
	encoded = base64url(t->mem, (const uint8_t *)payload.p, payload.len);
	crypt_hmac_sha256(text_of(secret), text_of(encoded), mac);
	return arena_fmt(t->mem, "%s.%s", base64url(t->mem, mac, sizeof(mac)),
			 encoded);
}
