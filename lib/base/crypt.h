/*
 * crypt: hashes, random numbers, sealed secrets and passwords, all libsodium.
 */
#ifndef BASE_CRYPT_H
#define BASE_CRYPT_H
#include "base/arena.h"
#include "base/base.h"
#include "base/buf.h"
#include "base/text.h"

enum { CRYPT_HASH = 32, CRYPT_KEY = 32 };

struct key {
	uint8_t b[CRYPT_KEY];
};

/* Once per process, before anything else here; dies if libsodium cannot. */
void crypt_init(void);

void crypt_sha256(struct text data, uint8_t out[CRYPT_HASH]);
void crypt_hmac_sha256(struct text key, struct text data,
		       uint8_t out[CRYPT_HASH]);
/* Constant time in n. */
NODISCARD bool crypt_equal(const void *a, const void *b, size_t n);
/* Constant time for equal lengths; different lengths are unequal at once. */
NODISCARD bool crypt_same_text(struct text a, struct text b);
/* Lower-case hex. */
const char *crypt_hex(struct arena *mem, const uint8_t *bytes, size_t n);
/* SHA-256 of `data` in lower-case hex (64 digits). */
const char *crypt_sha256_hex(struct arena *mem, struct text data);

/* 256 random bits as 43 characters of base64url: session ids, links. */
const char *crypt_token(struct arena *mem);
/* 0 to limit-1, uniform. */
uint32_t crypt_below(uint32_t limit);

/* The key file: 64 hex digits and a newline, mode 0600, outside web root and
 * database.  Creating refuses to overwrite.  On failure a sentence in err. */
NODISCARD bool key_load(const char *path, struct key *out, struct buf *err);
NODISCARD bool key_create(const char *path, struct buf *err);

/* A key of its own for one purpose, derived from the site's key. */
void key_derive(const struct key *key, const char *purpose, struct key *out);

/*
 * Seal a secret for the database with XChaCha20-Poly1305.  `place` names
 * where it is kept ("page.token:17"): a sealed text copied to another row
 * does not open.  The result is printable ASCII, "1." + base64url.
 */
const char *crypt_seal(struct arena *mem, const struct key *key,
		       struct text secret, const char *place);
/* NULL when it was tampered with, moved, or sealed with another key. */
const char *crypt_open(struct arena *mem, const struct key *key,
		       const char *sealed, const char *place);

/* argon2id, parameters inside the hash (PHC string). */
const char *password_hash(struct arena *mem, struct text password);
NODISCARD bool password_ok(const char *hash, struct text password);
/* Made with weaker parameters than today's: hash again at this login. */
bool password_stale(const char *hash);
/* NULL when acceptable, else the sentence for the person: 12 characters or
 * more, at most 200 bytes, not one of the common ones. */
const char *password_fault(struct text password);

#endif
