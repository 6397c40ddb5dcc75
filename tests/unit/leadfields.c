/* leadfields: which answer means what, in any language. */
#include "meta/leadfields.h"

#include "crm/email.h"
#include "kit.h"
#include "meta/leadnode.h"

static void
type_before_key_before_synonym(void **state)
{
	static const struct {
		const char *type, *key;
		enum lead_field field;
	} cases[] = {
		{ "EMAIL", "whatever", FIELD_EMAIL },
		{ "PHONE", "\u0442\u0435\u043b\u0435\u0444\u043e\u043d",
		  FIELD_PHONE },
		{ "CUSTOM", "company_name", FIELD_COMPANY },
		{ "CUSTOM", "name", FIELD_NONE },
		{ "DATE_TIME", "email", FIELD_NONE },
		{ NULL, "email", FIELD_EMAIL },
		{ NULL, "nome_completo", FIELD_FULL_NAME },
		{ NULL, "Correo_electr\u00f3nico", FIELD_EMAIL },
		{ NULL, "\u59d3\u540d", FIELD_FULL_NAME },
		{ NULL,
		  "\u0631\u0642\u0645_\u0627\u0644\u0647\u0627\u062a"
		  "\u0641",
		  FIELD_PHONE },
		{ NULL, "what_are_you_looking_for?", FIELD_NONE },
		{ NULL, NULL, FIELD_NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(leadfield_of(cases[i].type, cases[i].key),
				 cases[i].field);
}

static const struct json *
parse(const char *doc)
{
	const char *why = NULL;
	const struct json *j = json_parse(kit_mem, text_of(doc), &why);

	assert_non_null(j);
	return j;
}

static void
answers_carry_the_words_people_saw(void **state)
{
	const struct json *lead = parse(
		"{\"field_data\":[{\"name\":\"utm\",\"values\":[\"x\"]},"
		"{\"name\":\"many\",\"values\":[\"a_1\",\"zz\"]},"
		"{\"name\":\"none\"},{\"name\":\"empty\",\"values\":[]},"
		"{\"values\":[\"lost\"]},7,{\"name\":\"n\",\"values\":[5]},"
		"{\"name\":\"s\",\"values\":\"single\"}]}");
	const struct json *questions = parse(
		"[{\"key\":\"many\",\"label\":\"Which?\",\"type\":\"CUSTOM\","
		"\"options\":[{\"key\":\"a_1\",\"value\":\"The first\"}]}]");
	static const char *const values[] = { "x", "The first, zz", "", "",
					      "5", "single" };
	struct lead_answer *a = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(leadfields_read(&kit_task, lead, questions, &a, &n),
			 OK);
	assert_int_equal(n, COUNT(values));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(a[i].value, values[i]);
	assert_string_equal(a[1].question, "Which?");
	assert_string_equal(a[0].question, "utm");
}

static void
a_lead_without_answers_is_a_lead(void **state)
{
	static const char *const docs[] = { "{\"id\":1}",
					    "{\"id\":1,\"field_data\":7}",
					    "{\"id\":1,\"field_data\":[]}" };
	struct lead_answer *a = NULL;
	struct meta_lead l;
	size_t n = 9;

	(void)state;
	for (size_t i = 0; i < COUNT(docs); i++) {
		assert_int_equal(leadnode_read(&kit_task, parse(docs[i]), &l),
				 OK);
		assert_int_equal(
			leadfields_read(&kit_task, l.node, NULL, &a, &n), OK);
		assert_int_equal(n, 0);
	}
	assert_int_equal(leadnode_read(&kit_task, parse("{\"id\":\"x\"}"), &l),
			 E_INPUT);
	task_forgive(&kit_task);
	assert_int_equal(leadnode_read(&kit_task, parse("[]"), &l), E_INPUT);
}

static void
absent_members_are_null(void **state)
{
	struct meta_lead l;

	(void)state;
	assert_int_equal(
		leadnode_read(&kit_task,
			      parse("{\"id\":12345678901234567,\"created_time\""
				    ":\"2026-07-09T04:27:11+0000\","
				    "\"is_organic\":true,\"platform\":\"ig\"}"),
			      &l),
		OK);
	assert_string_equal(l.id, "12345678901234567");
	assert_int_equal(l.created.ms, INT64_C(1783571231000));
	assert_true(l.is_organic);
	assert_null(l.ad_id);
	assert_null(l.campaign_name);
	assert_non_null(strstr(l.raw, "12345678901234567"));
}

static void
metas_test_leads_are_known(void **state)
{
	const struct lead_answer dummy = {
		.value = "<test lead: dummy data for full_name>"
	};
	const struct lead_answer mail = { .value = "test@meta.com" };
	const struct lead_answer person = { .value = "joe@example.com" };

	(void)state;
	assert_true(leadfields_is_test(&dummy, 1));
	assert_true(leadfields_is_test(&mail, 1));
	assert_false(leadfields_is_test(&person, 1));
}

static void
addresses_have_one_normal_form(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: no address */
	} cases[] = {
		{ " Ann@Example.COM ", "ann@example.com" },
		{ "a.b+c@example.co.uk", "a.b+c@example.co.uk" },
		{ "\u0438\u0432\u0430\u043d@\u043f\u0440\u0438\u043c\u0435"
		  "\u0440.\u0440\u0444",
		  "\u0438\u0432\u0430\u043d@\u043f\u0440\u0438\u043c\u0435"
		  "\u0440.\u0440\u0444" },
		{ "a@b", NULL },
		{ "a@b..c", NULL },
		{ "a@@b.c", NULL },
		{ "a b@c.d", NULL },
		{ "@c.d", NULL },
		{ "a@c.d.", NULL },
		{ "<a@c.d>", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got = email_norm(kit_mem, text_of(cases[i].in));

		assert_int_equal(got == NULL, cases[i].out == NULL);
		if (got) {
			assert_string_equal(got, cases[i].out);
			assert_string_equal(email_norm(kit_mem, text_of(got)),
					    got);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(type_before_key_before_synonym),
		CASE(answers_carry_the_words_people_saw),
		CASE(a_lead_without_answers_is_a_lead),
		CASE(absent_members_are_null),
		CASE(metas_test_leads_are_known),
		CASE(addresses_have_one_normal_form),
	};

	return RUN(tests);
}
