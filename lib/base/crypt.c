/* crypt: libsodium, with this house's parameters. */
#include "base/crypt.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>

#include "base/log.h"

/* argon2id at OWASP's minimum: a cheap host has little memory, and several
 * people may log in at once. */
enum { PASSWORD_MEMORY = 19 << 20, PASSWORD_PASSES = 2 };
enum { PASSWORD_MIN = 12, PASSWORD_MAX_BYTES = 200 };

void
crypt_init(void)
{
	if (sodium_init() < 0)
		log_die("libsodium cannot start");
}

static const unsigned char *
bytes(struct text t)
{
	return (const unsigned char *)(t.p ? t.p : "");
}

void
crypt_sha256(struct text data, uint8_t out[CRYPT_HASH])
{
	crypto_hash_sha256(out, bytes(data), data.len);
}

void
crypt_hmac_sha256(struct text key, struct text data, uint8_t out[CRYPT_HASH])
{
	crypto_auth_hmacsha256_state st;

	crypto_auth_hmacsha256_init(&st, bytes(key), key.len);
	crypto_auth_hmacsha256_update(&st, bytes(data), data.len);
	crypto_auth_hmacsha256_final(&st, out);
	sodium_memzero(&st, sizeof(st));
}

bool
crypt_equal(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}

bool
crypt_same_text(struct text a, struct text b)
{
	return a.len == b.len && crypt_equal(bytes(a), bytes(b), a.len);
}

const char *
crypt_hex(struct arena *mem, const uint8_t *data, size_t n)
{
	char *hex = arena_alloc(mem, 2 * n + 1);

	return sodium_bin2hex(hex, 2 * n + 1, data, n);
}

const char *
crypt_sha256_hex(struct arena *mem, struct text data)
{
	uint8_t hash[CRYPT_HASH];

	crypt_sha256(data, hash);
	return crypt_hex(mem, hash, sizeof(hash));
}

static char *
base64url(struct arena *mem, const uint8_t *data, size_t n)
{
	size_t room = sodium_base64_encoded_len(
		n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *out = arena_alloc(mem, room);

	return sodium_bin2base64(out, room, data, n,
				 sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

const char *
crypt_token(struct arena *mem)
{
	uint8_t random[32];

	randombytes_buf(random, sizeof(random));
	return base64url(mem, random, sizeof(random));
}

uint32_t
crypt_below(uint32_t limit)
{
	return randombytes_uniform(limit);
}

/* ---- key -------------------------------------------------------------------- */

static bool
read_key(int fd, const char *path, struct key *out, struct buf *err)
{
	char text[2 * CRYPT_KEY + 2];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		buf_fmt(err, "%s: not a file", path);
		return false;
	}
	if (st.st_mode & (S_IRWXG | S_IRWXO)) {
		buf_fmt(err, "%s: others can read it; run chmod 600", path);
		return false;
	}
	n = read(fd, text, sizeof(text));
	if (n < 2 * CRYPT_KEY ||
	    !text_unhex(text_trim((struct text){ text, (size_t)n }), out->b,
			CRYPT_KEY)) {
		buf_fmt(err, "%s: not a key of %d hex digits", path,
			2 * CRYPT_KEY);
		return false;
	}
	return true;
}

bool
key_load(const char *path, struct key *out, struct buf *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0) {
		buf_fmt(err, "%s: %s; leadport init makes it", path,
			strerror(errno));
		return false;
	}
	ok = read_key(fd, path, out, err);
	close(fd);
	return ok;
}

bool
key_create(const char *path, struct buf *err)
{
	char line[2 * CRYPT_KEY + 1];
	uint8_t random[CRYPT_KEY];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0) {
		buf_fmt(err, "%s: %s", path, strerror(errno));
		return false;
	}
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(line, sizeof(line), random, sizeof(random));
	line[2 * CRYPT_KEY] = '\n';
	ok = write(fd, line, sizeof(line)) == (ssize_t)sizeof(line) &&
	     fsync(fd) == 0;
	if (!ok) {
		buf_fmt(err, "%s: %s", path, strerror(errno));
		unlink(path);
	}
	close(fd);
	sodium_memzero(line, sizeof(line));
	return ok;
}

void
key_derive(const struct key *key, const char *purpose, struct key *out)
{
	crypt_hmac_sha256((struct text){ (const char *)key->b, CRYPT_KEY },
			  text_of(purpose), out->b);
}

/* ---- sealing ------------------------------------------------------------------ */

enum {
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};
#define SEAL_VERSION "1."

const char *
crypt_seal(struct arena *mem, const struct key *key, struct text secret,
	   const char *place)
{
	size_t n = NONCE + secret.len + TAG;
	uint8_t *box = arena_alloc(mem, n);
	struct key sealing;

	key_derive(key, "seal", &sealing);
	randombytes_buf(box, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		box + NONCE, NULL, bytes(secret), secret.len,
		(const unsigned char *)place, strlen(place), NULL, box,
		sealing.b);
	sodium_memzero(&sealing, sizeof(sealing));
	return arena_fmt(mem, SEAL_VERSION "%s", base64url(mem, box, n));
}

const char *
crypt_open(struct arena *mem, const struct key *key, const char *sealed,
	   const char *place)
{
	struct text in = text_of(sealed);
	struct key sealing;
	uint8_t *box;
	size_t n = 0;
	char *secret;
	int bad;

	if (!text_take_lit(&in, SEAL_VERSION))
		return NULL;
	box = arena_alloc(mem, in.len + 1);
	if (sodium_base642bin(box, in.len + 1, in.p, in.len, NULL, &n, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    n < NONCE + TAG)
		return NULL;
	secret = arena_alloc(mem, n - NONCE - TAG + 1);
	key_derive(key, "seal", &sealing);
	bad = crypto_aead_xchacha20poly1305_ietf_decrypt(
		(unsigned char *)secret, NULL, NULL, box + NONCE, n - NONCE,
		(const unsigned char *)place, strlen(place), box, sealing.b);
	sodium_memzero(&sealing, sizeof(sealing));
	return bad ? NULL : secret;
}

/* ---- passwords ------------------------------------------------------------------ */

const char *
password_hash(struct arena *mem, struct text password)
{
	char *hash = arena_alloc(mem, crypto_pwhash_STRBYTES);

	if (crypto_pwhash_str_alg(hash, password.p ? password.p : "",
				  password.len, PASSWORD_PASSES,
				  PASSWORD_MEMORY,
				  crypto_pwhash_ALG_ARGON2ID13) != 0)
		log_die("out of memory for a password hash");
	return hash;
}

bool
password_ok(const char *hash, struct text password)
{
	return crypto_pwhash_str_verify(hash, password.p ? password.p : "",
					password.len) == 0;
}

bool
password_stale(const char *hash)
{
	return crypto_pwhash_str_needs_rehash(hash, PASSWORD_PASSES,
					      PASSWORD_MEMORY) != 0;
}

/* Long enough and still the first that anybody tries. */
static const char *const common_passwords[] = {
	"123456789012",	    "1234567890123",	"12345678901234",
	"123456789123",	    "123123123123",	"123412341234",
	"112233445566",	    "password1234",	"password12345",
	"password123456",   "passwordpassword", "adminadminadmin",
	"administrator",    "administrator1",	"adminpassword",
	"qwertyuiop12",	    "qwertyuiop123",	"qwertyuiopas",
	"qwertyqwerty",	    "qwerty123456",	"1q2w3e4r5t6y",
	"1qaz2wsx3edc",	    "abcdefghijkl",	"abcdefg12345",
	"abcd12345678",	    "iloveyou1234",	"letmeinletmein",
	"welcome12345",	    "changemechangeme", "changeme1234",
	"leadportleadport", "leadport1234",
};

static bool
one_character(struct text t)
{
	for (size_t i = 1; i < t.len; i++)
		if (t.p[i] != t.p[0])
			return false;
	return true;
}

const char *
password_fault(struct text password)
{
	if (!text_is_utf8(password))
		return "This password holds characters that cannot be kept.";
	if (text_runes(password) < PASSWORD_MIN)
		return "Enter 12 characters or more.";
	if (password.len > PASSWORD_MAX_BYTES)
		return "Enter a shorter password: 200 bytes at most.";
	if (one_character(password))
		return "This password is too easy to guess.";
	for (size_t i = 0; i < COUNT(common_passwords); i++)
		if (text_eq_nocase(password, text_of(common_passwords[i])))
			return "This password is too easy to guess.";
	return NULL;
}
