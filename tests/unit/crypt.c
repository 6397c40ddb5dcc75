/* crypt: known vectors, seals that hold, passwords. */
#include "base/crypt.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "kit.h"

static void
hmac_agrees_with_the_world(void **state)
{
	uint8_t mac[CRYPT_HASH];

	(void)state;
	crypt_hmac_sha256(TEXT("key"), TEXT("value"), mac);
	assert_string_equal(crypt_hex(kit_mem, mac, sizeof(mac)),
			    "90fbfcf15e74a36b89dbdb2a721d9aecffdfdddc5c83e27f"
			    "7592594f71932481");
	assert_string_equal(crypt_sha256_hex(kit_mem, TEXT("abc")),
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9c"
			    "b410ff61f20015ad");
}

static void
a_seal_opens_only_in_its_place(void **state)
{
	struct key key = { { 1 } }, other = { { 2 } };
	const char *sealed = crypt_seal(kit_mem, &key, TEXT("token"), "page:1");
	char *bent = arena_str(kit_mem, text_of(sealed));

	(void)state;
	assert_string_equal(crypt_open(kit_mem, &key, sealed, "page:1"),
			    "token");
	assert_null(crypt_open(kit_mem, &key, sealed, "page:2"));
	assert_null(crypt_open(kit_mem, &other, sealed, "page:1"));
	bent[strlen(bent) / 2] ^= 1;
	assert_null(crypt_open(kit_mem, &key, bent, "page:1"));
	assert_null(crypt_open(kit_mem, &key, "1.", "page:1"));
	assert_null(crypt_open(kit_mem, &key, "", "page:1"));
	assert_string_not_equal(
		sealed, crypt_seal(kit_mem, &key, TEXT("token"), "page:1"));
}

static void
passwords_are_judged_and_hashed(void **state)
{
	const char *hash = password_hash(kit_mem, TEXT("a long enough one"));

	(void)state;
	assert_true(password_ok(hash, TEXT("a long enough one")));
	assert_false(password_ok(hash, TEXT("a long enough two")));
	assert_false(password_ok("", TEXT("")));
	assert_false(password_stale(hash));
	assert_null(password_fault(TEXT("a long enough one")));
	assert_null(
		password_fault(TEXT("\u0447\u043e\u0442\u0438\u0440\u0438"
				    "\u043a\u043e\u0442\u0438\u043a\u0438")));
	assert_non_null(password_fault(TEXT("eleven char")));
	assert_non_null(password_fault(TEXT("aaaaaaaaaaaaaaaa")));
	assert_non_null(password_fault(TEXT("PassWord1234")));
}

static void
key_files_are_private_and_never_overwritten(void **state)
{
	char path[] = "/tmp/leadport-key-XXXXXX";
	struct buf err = buf_in(kit_mem, 1000);
	struct key a, b;
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	assert_false(key_create(path, &err));
	unlink(path);
	assert_true(key_create(path, &err));
	assert_true(key_load(path, &a, &err));
	assert_true(key_load(path, &b, &err));
	assert_memory_equal(a.b, b.b, sizeof(a.b));
	chmod(path, 0640);
	assert_false(key_load(path, &b, &err));
	unlink(path);
	assert_false(key_load(path, &b, &err));
}

static void
tokens_differ(void **state)
{
	(void)state;
	assert_int_equal(strlen(crypt_token(kit_mem)), 43);
	assert_string_not_equal(crypt_token(kit_mem), crypt_token(kit_mem));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(hmac_agrees_with_the_world),
		CASE(a_seal_opens_only_in_its_place),
		CASE(passwords_are_judged_and_hashed),
		CASE(key_files_are_private_and_never_overwritten),
		CASE(tokens_differ),
	};

	return RUN(tests);
}
