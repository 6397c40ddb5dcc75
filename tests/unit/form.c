/* form: fields by declaration, limits, and everything malformed. */
#include "web/form.h"

#include "base/buf.h"
#include "kit.h"
#include "web/url.h"

static const char *const colours[] = { "red", "blue", NULL };

struct in {
	const char *name, *note, *secret, *colour;
	int64_t id, page;
	bool yes;
};
static const struct form_field fields[] = {
	FORM_TEXT(struct in, name, 1, 5),
	FORM_LINES(struct in, note, 0, 20),
	FORM_SECRET(struct in, secret, 0, 10),
	FORM_CHOICE(struct in, colour, colours),
	FORM_INT(struct in, id, 1, 100),
	FORM_INT_OR(struct in, page, 1, 9, 3),
	FORM_FLAG(struct in, yes),
	{ 0 },
};

static enum rc
read_query(const char *query, struct in *in, struct form_faults *f)
{
	struct form_source src = { .query = text_of(query) };

	*in = (struct in){ 0 };
	*f = (struct form_faults){ 0 };
	task_forgive(&kit_task);
	return form_read(&kit_task, &src, fields, in, f, NULL);
}

static void
a_whole_form_is_read(void **state)
{
	struct form_faults f;
	struct in in;

	(void)state;
	assert_int_equal(read_query("name=+%C3%A9l+&note=a%0D%0Ab&secret=+x+"
				    "&colour=blue&id=007&yes=on",
				    &in, &f),
			 OK);
	assert_int_equal(f.n, 0);
	assert_string_equal(in.name, "\xc3\xa9l");
	assert_string_equal(in.note, "a\nb");
	assert_string_equal(in.secret, " x ");
	assert_string_equal(in.colour, "blue");
	assert_int_equal(in.id, 7);
	assert_int_equal(in.page, 3);
	assert_true(in.yes);
}

static void
faults_name_their_field(void **state)
{
	static const struct {
		const char *query, *field;
	} cases[] = {
		{ "name=&colour=red&id=1", "name" },
		{ "name=sixsix&colour=red&id=1", "name" },
		{ "name=a%07b&colour=red&id=1", "name" },
		{ "name=a&colour=green&id=1", "colour" },
		{ "name=a&colour=red&id=0", "id" },
		{ "name=a&colour=red&id=101", "id" },
		{ "name=a&colour=red&id=1e1", "id" },
		{ "name=a&colour=red", "id" },
		{ "name=a&colour=red&id=1&page=10", "page" },
		{ "name=a&colour=red&id=1&yes=maybe", "yes" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct form_faults f;
		struct in in;

		assert_int_equal(read_query(cases[i].query, &in, &f), OK);
		assert_int_equal(f.n, 1);
		assert_non_null(form_fault_of(&f, cases[i].field));
	}
}

static void
emoji_count_as_one(void **state)
{
	struct form_faults f;
	struct in in;

	(void)state;
	assert_int_equal(read_query("name=%F0%9F%90%99%F0%9F%90%99%F0%9F%90%99"
				    "%F0%9F%90%99%F0%9F%90%99&colour=red&id=1",
				    &in, &f),
			 OK);
	assert_int_equal(f.n, 0);
}

static void
malformed_input_is_refused(void **state)
{
	static const char *const bad[] = {
		"other=1",   "name=a&name=b", "name=%",	     "name=%zz",
		"name=%00",  "name=%ff",      "name=%C0%AF", "%ff=1",
		"id=1&id=1", "csrf=1&csrf=2", "name=a&ID=1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct form_faults f;
		struct in in;

		if (read_query(bad[i], &in, &f) != E_INPUT)
			fail_msg("accepted: %s", bad[i]);
	}
}

static void
ten_thousand_fields_are_too_many(void **state)
{
	struct buf b = buf_in(kit_mem, 1 << 20);
	struct form_faults f;
	struct in in;

	(void)state;
	for (int i = 0; i < 10000; i++)
		buf_puts(&b, "x=1&");
	assert_int_equal(read_query(buf_str(&b), &in, &f), E_INPUT);
}

static void
the_path_is_a_field_once(void **state)
{
	struct form_source src = { .path_name = "id",
				   .path_value = TEXT("42"),
				   .query = TEXT("name=a&colour=red") };
	struct form_faults f = { 0 };
	struct in in = { 0 };

	(void)state;
	assert_int_equal(form_read(&kit_task, &src, fields, &in, &f, NULL), OK);
	assert_int_equal(in.id, 42);
	src.query = TEXT("name=a&colour=red&id=1");
	assert_int_equal(form_read(&kit_task, &src, fields, &in, &f, NULL),
			 E_INPUT);
}

static enum rc
read_body(const char *type, const char *body, struct in *in)
{
	struct form_source src = { .content_type = type,
				   .body = text_of(body) };
	struct form_faults f = { 0 };

	*in = (struct in){ 0 };
	task_forgive(&kit_task);
	return form_read(&kit_task, &src, fields, in, &f, NULL);
}

#define MULTI "multipart/form-data; boundary=XyZ"
#define PART(name)                                                             \
	"--XyZ\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"

static void
multipart_bodies_are_read(void **state)
{
	struct in in;

	(void)state;
	assert_int_equal(read_body(MULTI,
				   PART("name") "ann\r\n" PART(
					   "note") "a--XyZ\r\nb\r\n--XyZ--\r\n",
				   &in),
			 OK);
	assert_string_equal(in.name, "ann");
	assert_string_equal(in.note, "a--XyZ\nb");
	assert_int_equal(read_body(MULTI, "--XyZ--\r\n", &in), OK);
}

static void
broken_multipart_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"--Other\r\n",
		PART("name") "ann",
		PART("name") "ann\r\n--XyZ",
		"--XyZ\r\n\r\nx\r\n--XyZ--",
		PART("name\"; filename=\"a.csv") "x\r\n--XyZ--",
	};
	struct in in;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (read_body(MULTI, bad[i], &in) != E_INPUT)
			fail_msg("accepted %zu", i);
	assert_int_equal(read_body("text/plain", "name=a", &in), E_INPUT);
}

static void
cookies_are_found_by_their_whole_name(void **state)
{
	(void)state;
	assert_string_equal(
		form_cookie(kit_mem, "a=1; leadport=x=y; b=2", "leadport"),
		"x=y");
	assert_null(
		form_cookie(kit_mem, "xleadport=1; leadportx=2", "leadport"));
	assert_null(form_cookie(kit_mem, NULL, "leadport"));
	assert_null(form_cookie(kit_mem, ";;;=", "leadport"));
}

static void
only_safe_addresses_become_urls(void **state)
{
	(void)state;
	assert_string_equal(url_mail(kit_mem, "a'b@c.d").safe,
			    "mailto:a%27b@c.d");
	assert_null(url_mail(kit_mem, "nobody").safe);
	assert_string_equal(url_tel(kit_mem, "+353 (20) 91-10").safe,
			    "tel:+353209110");
	assert_null(url_tel(kit_mem, "<test lead>").safe);
	assert_null(url_https(kit_mem, "javascript:alert(1)").safe);
	assert_null(url_https(kit_mem, "http://x.y").safe);
	assert_null(url_return(kit_mem, "", "//evil.example").safe);
	assert_null(url_return(kit_mem, "", "https://evil.example").safe);
	assert_null(url_return(kit_mem, "", "/\\evil.example").safe);
	assert_string_equal(url_return(kit_mem, "/crm", "/leads?a=1").safe,
			    "/crm/leads?a=1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_whole_form_is_read),
		CASE(faults_name_their_field),
		CASE(emoji_count_as_one),
		CASE(malformed_input_is_refused),
		CASE(ten_thousand_fields_are_too_many),
		CASE(the_path_is_a_field_once),
		CASE(multipart_bodies_are_read),
		CASE(broken_multipart_is_refused),
		CASE(cookies_are_found_by_their_whole_name),
		CASE(only_safe_addresses_become_urls),
	};

	return RUN(tests);
}
