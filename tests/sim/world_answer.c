/* world_answer: question by question, in the manner of field_data. */
#include "world_answer.h"

#include "base/buf.h"

enum { FIELDS_MAX = 64, DATA_MAX = 1 << 20 };

struct datum {
	const char *name, *value;
	bool empty; /* an optional question, left out */
};

static const char *
standard_answer(const struct person *p, const char *type)
{
	const struct {
		const char *type, *value;
	} answers[] = {
		{ "FULL_NAME", p->full },      { "FIRST_NAME", p->given },
		{ "LAST_NAME", p->family },    { "EMAIL", p->email },
		{ "PHONE", p->phone },	       { "CITY", p->city },
		{ "COUNTRY", p->country },     { "COMPANY_NAME", p->company },
		{ "JOB_TITLE", p->job },       { "STREET_ADDRESS", p->street },
		{ "POST_CODE", p->post_code }, { "DOB", p->born },
	};

	for (size_t i = 0; i < COUNT(answers); i++)
		if (strcmp(answers[i].type, type) == 0)
			return answers[i].value;
	return NULL;
}

/* What hostile people type (contract 3.4, rule 8). */
static const char *const hostile[] = {
	"\"><script>alert(1)</script><i>'&",
	"=HYPERLINK(\"http://example.com\")",
	"\xe2\x80\xae"
	"reversed \xf0\x9f\x90\x99",
};

static const char *
custom_answer(const struct answer_order *o, const struct json *question,
	      struct random *r)
{
	const struct json *option = json_first(json_get(question, "options"));
	int64_t n = 0;

	for (const struct json *j = option; j; j = json_next(j))
		n++;
	for (int64_t skip = (int64_t)random_below(r, (uint64_t)n); skip > 0;
	     skip--)
		option = json_next(option);
	if (option)
		return json_text(json_get(option, "key"));
	if (random_chance(r, o->sw->hostile_percent))
		return hostile[random_below(r, COUNT(hostile))];
	return "As soon as you can";
}

static const char *
answer(struct task *t, const struct answer_order *o,
       const struct json *question, struct random *r)
{
	const char *key = json_text(json_get(question, "key"));
	const char *type = json_text(json_get(question, "type"));
	const char *given = json_text(json_get(o->values, key));
	const char *own = standard_answer(o->person, type);

	if (given)
		return given;
	if (o->test && strcmp(type, "EMAIL") == 0)
		return "test@meta.com";
	if (o->test)
		return arena_fmt(t->mem, "<test lead: dummy data for %s>", key);
	if (own && o->again && strcmp(type, "EMAIL") == 0)
		return person_email_again(t->mem, own, r);
	if (own && strcmp(type, "PHONE") == 0 &&
	    random_chance(r, o->sw->national_percent))
		return o->person->national;
	return own ? own : custom_answer(o, question, r);
}

static const char *
print_data(struct task *t, const struct datum *data, size_t n)
{
	struct buf b = buf_in(t->mem, DATA_MAX);
	struct json_out out = { .to = &b };

	json_open(&out, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&out, '{');
		json_name(&out, "name");
		json_put(&out, data[i].name);
		json_name(&out, "values");
		json_open(&out, '[');
		if (!data[i].empty)
			json_put(&out, data[i].value);
		json_close(&out, ']');
		json_close(&out, '}');
	}
	json_close(&out, ']');
	return buf_str(&b);
}

static void
remember(struct answers *a, const char *type, const char *value)
{
	if (strcmp(type, "EMAIL") == 0)
		a->email = value;
	else if (strcmp(type, "PHONE") == 0)
		a->phone = value;
	else if (strcmp(type, "FULL_NAME") == 0)
		a->name = value;
}

/* Given as blank, or an optional question that chance left out. */
static bool
is_left_out(const struct answer_order *o, const struct json *question,
	    const char *value, struct random *r)
{
	const char *type = json_text(json_get(question, "type"));

	if (value && !value[0])
		return true;
	return !standard_answer(o->person, type) &&
	       random_chance(r, o->sw->sparse_percent);
}

/* As given by hand; else what is required is ticked, and nothing more. */
static const char *
tick(struct task *t, const struct answer_order *o, const struct json *boxes)
{
	struct buf b = buf_in(t->mem, DATA_MAX);
	struct json_out out = { .to = &b };

	json_open(&out, '[');
	for (const struct json *j = json_first(boxes); j; j = json_next(j)) {
		const char *key = json_text_or(json_get(j, "key"), "");
		bool ticked = false;

		if (!json_bool(json_get(j, "is_required"), &ticked))
			ticked = false;
		json_open(&out, '{');
		json_name(&out, "checkbox_key");
		json_put(&out, key);
		json_name(&out, "is_checked");
		json_put(&out, json_text_or(json_get(o->values, key),
					    ticked ? "1" : ""));
		json_close(&out, '}');
	}
	json_close(&out, ']');
	return buf_str(&b);
}

enum rc
answers_make(struct task *t, const struct answer_order *o, struct random *r,
	     struct answers *out)
{
	const char *why = NULL;
	const struct json *questions =
		json_parse(t->mem, text_of(o->form->questions), &why);
	const struct json *tracking =
		o->form->tracking
			? json_parse(t->mem, text_of(o->form->tracking), &why)
			: NULL;
	struct datum data[FIELDS_MAX];
	size_t n = 0, first;

	if (!questions)
		return fail(t, E_INTERNAL, "questions: %s", why);
	*out = (struct answers){ 0 };
	for (const struct json *p = json_first(tracking); p && n < FIELDS_MAX;
	     p = json_next(p), n++)
		data[n] = (struct datum){
			.name = json_text(json_get(p, "key")),
			.value = json_text(json_get(p, "value")),
		};
	first = n;
	for (const struct json *q = json_first(questions); q && n < FIELDS_MAX;
	     q = json_next(q), n++) {
		data[n] = (struct datum){
			.name = json_text(json_get(q, "key")),
			.value = answer(t, o, q, r),
		};
		data[n].empty = is_left_out(o, q, data[n].value, r);
		remember(out, json_text(json_get(q, "type")), data[n].value);
	}
	random_shuffle(r, data + first, n - first, sizeof(data[0]));
	out->field_data = print_data(t, data, n);
	if (o->form->disclaimers)
		out->disclaimers =
			tick(t, o,
			     json_parse(t->mem, text_of(o->form->disclaimers),
					&why));
	return OK;
}
