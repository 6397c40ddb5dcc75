/* webhook: every shape of delivery, and signatures. */
#include "meta/webhook.h"

#include <fcntl.h>

#include "base/buf.h"
#include "kit.h"

static struct text
fixture(const char *name)
{
	const char *path = arena_fmt(kit_mem, "tests/data/webhook/%s", name);
	char *room = arena_alloc(kit_mem, 1 << 16);
	int fd = open(path, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, room, 1 << 16);
	close(fd);
	assert_true(n > 0);
	return (struct text){ room, (size_t)n };
}

static struct webhook_update *
parse(struct text body, size_t n_expected)
{
	struct webhook_update *u = NULL;
	size_t n = 0;

	assert_int_equal(webhook_parse(&kit_task, body, &u, &n), OK);
	assert_int_equal(n, n_expected);
	return u;
}

static void
every_known_shape_is_understood(void **state)
{
	static const struct {
		const char *file;
		size_t n;
		enum webhook_kind kind;
		const char *lead, *page, *form, *ad;
		int64_t created_s;
	} cases[] = {
		{ "strings-organic.json", 1, UPDATE_LEAD, "233370042045000",
		  "138124712925000", "172036835026000", NULL, 1630087926 },
		{ "strings-with-ad.json", 1, UPDATE_LEAD, "1958340478236001",
		  "724302907610001", "793235552669001", "6798698439001",
		  1751736579 },
		{ "numbers-two-changes.json", 2, UPDATE_LEAD,
		  "12345678901234567", "123123000", "12312312000",
		  "12312312000", 1440120384 },
		{ "numbers-zero-ad.json", 1, UPDATE_LEAD, "343201192788000",
		  "272699880000", "342988009476000", NULL, 1502560453 },
		{ "test-button.json", 1, UPDATE_TEST, "444444444444",
		  "444444444444", "444444444444", "444444444", 1588890044 },
		{ "without-values.json", 1, UPDATE_OTHER, NULL, NULL, NULL,
		  NULL, 0 },
		{ "permissions-object.json", 1, UPDATE_OTHER, NULL, NULL, NULL,
		  NULL, 0 },
		{ "changed-fields.json", 1, UPDATE_HINT, NULL,
		  "138124712925000", NULL, NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct webhook_update *u =
			parse(fixture(cases[i].file), cases[i].n);
		const char *const got[] = { u->lead_id, u->page_id, u->form_id,
					    u->ad_id };
		const char *const want[] = { cases[i].lead, cases[i].page,
					     cases[i].form, cases[i].ad };

		assert_int_equal(u->kind, cases[i].kind);
		for (size_t k = 0; k < COUNT(got); k++) {
			assert_int_equal(got[k] == NULL, want[k] == NULL);
			if (want[k])
				assert_string_equal(got[k], want[k]);
		}
		assert_int_equal(u->created.ms, cases[i].created_s * 1000);
	}
}

static void
a_thousand_changes_in_one_body(void **state)
{
	struct buf b = buf_in(kit_mem, 1 << 20);
	struct webhook_update *u;

	(void)state;
	buf_puts(&b, "{\"object\":\"page\",\"entry\":[{\"id\":1,\"changes\":[");
	for (int i = 0; i < 1000; i++)
		buf_fmt(&b,
			"%s{\"field\":\"leadgen\",\"value\":{"
			"\"leadgen_id\":%lld}}",
			i ? "," : "", 90000000000000001LL + i);
	buf_puts(&b, "]}]}");
	u = parse(buf_text(&b), 1000);
	assert_string_equal(u[999].lead_id, "90000000000001000");
	assert_string_equal(u[999].page_id, "1");
}

static void
strange_parts_never_fail_the_rest(void **state)
{
	static const char body[] =
		"{\"object\":\"page\",\"entry\":[7,\"x\",null,{\"id\":[]},"
		"{\"changes\":{}},{\"changes\":[1,{\"field\":7},"
		"{\"field\":\"leadgen\",\"value\":\"text\"},"
		"{\"field\":\"leadgen\",\"value\":{\"leadgen_id\":null}},"
		"{\"field\":\"feed\",\"value\":{\"leadgen_id\":\"5\"}},"
		"{\"field\":\"leadgen\",\"value\":{\"leadgen_id\":\"77\","
		"\"created_time\":\"soon\"}}]}],\"more\":true}";
	struct webhook_update *u = parse(text_of(body), 11);
	size_t leads = 0;

	(void)state;
	for (size_t i = 0; i < 11; i++)
		leads += u[i].kind == UPDATE_LEAD;
	assert_int_equal(leads, 1);
	assert_string_equal(u[10].lead_id, "77");
}

static void
what_is_no_object_is_refused(void **state)
{
	static const char *const bad[] = { "", "[]", "7", "not json",
					   "{\"a\":1}{" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct webhook_update *u = NULL;
		size_t n = 0;

		task_forgive(&kit_task);
		assert_int_equal(
			webhook_parse(&kit_task, text_of(bad[i]), &u, &n),
			E_INPUT);
	}
}

static const char *const secret[] = { "0123456789abcdef0123456789abcdef",
				      NULL };
#define ESCAPED                                                                \
	"{\"object\":\"page\",\"entry\":[{\"id\":\"1\",\"time\":1,"            \
	"\"changes\":[{\"field\":\"feed\",\"value\":{\"message\":"             \
	"\"\\u00e4\\u00f6\\u00e5 http:\\/\\/a.b\\/c\"}}]}]}"
#define ESCAPED_MAC                                                            \
	"sha256=56aae8b734b1566630df19a28a7ae04381938bfd0d91969dd51fa3736f"    \
	"8f1c30"

static void
signatures_hold_over_the_raw_bytes(void **state)
{
	static const char *const two[] = { "another",
					   "0123456789abcdef0123456789abcdef",
					   NULL };

	(void)state;
	assert_int_equal(
		webhook_verify(kit_mem, TEXT(ESCAPED), ESCAPED_MAC, secret),
		SIGNATURE_GOOD);
	assert_int_equal(
		webhook_verify(kit_mem, TEXT(ESCAPED), ESCAPED_MAC, two),
		SIGNATURE_GOOD);
	/* The same text, re-encoded on its way: held by the escaped form. */
	assert_int_equal(
		webhook_verify(kit_mem,
			       TEXT("{\"m\":\"\xc3\xa4\xf0\x9f\x90\x99\"}"),
			       "sha256=a27f895a04644a7510f272ced65a7082"
			       "ec60d04dd05efc11f1ed8b023770fbda",
			       secret),
		SIGNATURE_GOOD_ESCAPED);
}

static void
bad_signatures_are_told_apart(void **state)
{
	static const struct {
		const char *header;
		enum webhook_verdict verdict;
	} cases[] = {
		{ NULL, SIGNATURE_MISSING },
		{ "", SIGNATURE_MISSING },
		{ "sha1=b639f14955e0f91d95b40a8974f6315fe60f261f",
		  SIGNATURE_WRONG },
		{ "sha256=", SIGNATURE_WRONG },
		{ "sha256=00", SIGNATURE_WRONG },
		{ ESCAPED_MAC "00", SIGNATURE_WRONG },
		{ "sha256=66aae8b734b1566630df19a28a7ae04381938bfd0d91969dd51"
		  "fa3736f8f1c30",
		  SIGNATURE_WRONG },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(webhook_verify(kit_mem, TEXT(ESCAPED),
						cases[i].header, secret),
				 cases[i].verdict);
}

/* Anyone may send this; the process must outlive it, also when it looks twice
 * because the secret may have been changed. */
static void
a_forged_body_of_strange_bytes_fits_one_task(void **state)
{
	static const char *const units[] = { "\x80", "\xc3\xa9", "\xe2\x82\xac",
					     "\xf0\x9f\x98\x80" };
	static const char *const secrets[] = { "one", "two", NULL };
	const char *header = "sha256=66aae8b734b1566630df19a28a7ae04381938bfd0d"
			     "91969dd51fa3736f8f1c30";

	(void)state;
	for (size_t i = 0; i < COUNT(units); i++) {
		struct arena *mem = arena_new(16 << 20);
		size_t unit = strlen(units[i]), len = (1 << 20) - unit;
		char *body = arena_alloc(mem, len);

		for (size_t n = 0; n + unit <= len; n += unit)
			memcpy(body + n, units[i], unit);
		for (int look = 0; look < 2; look++)
			assert_int_equal(
				webhook_verify(mem, (struct text){ body, len },
					       header, secrets),
				SIGNATURE_WRONG);
		arena_free(mem);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_known_shape_is_understood),
		CASE(a_thousand_changes_in_one_body),
		CASE(strange_parts_never_fail_the_rest),
		CASE(what_is_no_object_is_refused),
		CASE(signatures_hold_over_the_raw_bytes),
		CASE(bad_signatures_are_told_apart),
		CASE(a_forged_body_of_strange_bytes_fits_one_task),
	};

	return RUN(tests);
}
