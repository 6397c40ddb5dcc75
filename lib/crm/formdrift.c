/* formdrift: two lists of questions, matched by key. */
#include "crm/formdrift.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "crm/fieldmap.h"
#include "crm/leadform.h"
#include "crm/trouble.h"

enum { OPTIONS_MAX = 16 << 10 };

static const struct json *
list_of(struct arena *mem, const char *text)
{
	const char *why = NULL;
	const struct json *doc = json_parse(mem, text_of(text), &why);

	return json_is_array(doc) ? doc : NULL;
}

static const char *
key_of(const struct json *q)
{
	return json_text_or(json_get(q, "key"), "");
}

static const struct json *
find(const struct json *list, const char *key)
{
	for (const struct json *q = json_first(list); q; q = json_next(q))
		if (strcmp(key_of(q), key) == 0)
			return q;
	return NULL;
}

static const char *
label_of(const struct json *q)
{
	const char *label = json_text_or(json_get(q, "label"), "");

	return label[0] ? label : key_of(q);
}

static const char *
options_of(struct arena *mem, const struct json *q)
{
	struct buf b = buf_in(mem, OPTIONS_MAX);

	for (const struct json *o = json_first(json_get(q, "options")); o;
	     o = json_next(o)) {
		if (b.len > 0)
			buf_puts(&b, ", ");
		buf_puts(&b,
			 json_text_or(json_get(o, "value"),
				      json_text_or(json_get(o, "key"), "")));
	}
	return buf_str(&b);
}

static struct form_question
question(struct arena *mem, const struct json *q, enum question_state state,
	 const char *was)
{
	return (struct form_question){
		.key = key_of(q),
		.label = label_of(q),
		.type = json_text(json_get(q, "type")),
		.options = options_of(mem, q),
		.was = was,
		.state = state,
	};
}

static size_t
length(const struct json *list)
{
	size_t n = 0;

	for (const struct json *q = json_first(list); q; q = json_next(q))
		n++;
	return n;
}

/* Appends those of `from` that are in this state beside `other`. */
static size_t
add(struct arena *mem, const struct json *from, const struct json *other,
    bool wants_new, struct form_question *to, size_t n)
{
	for (const struct json *q = json_first(from); q && n < FIELDMAP_MAX;
	     q = json_next(q)) {
		const struct json *old = find(other, key_of(q));
		bool same = old && strcmp(label_of(old), label_of(q)) == 0;

		if (!key_of(q)[0] || wants_new != !old)
			continue;
		to[n++] = question(mem, q,
				   !old	  ? QUESTION_NEW
				   : same ? QUESTION_SAME
					  : QUESTION_RENAMED,
				   old && !same ? label_of(old) : "");
	}
	return n;
}

void
form_questions(struct arena *mem, const char *questions, const char *confirmed,
	       struct form_question **out, size_t *n)
{
	const struct json *now = list_of(mem, questions);
	const struct json *then = list_of(mem, confirmed);
	struct form_question *all;
	size_t count = 0, came;

	if (!then)
		then = now;
	all = NEW_ARRAY(mem, struct form_question, length(now) + length(then));
	count = add(mem, now, then, true, all, count);
	count = add(mem, now, then, false, all, count);
	came = count;
	count = add(mem, then, now, true, all, count);
	for (size_t i = came; i < count; i++)
		all[i].state = QUESTION_GONE;
	*out = all;
	*n = count;
}

/* ---- the trouble ------------------------------------------------------------------ */

#define CHANGED "form_changed"
#define ALTERED "form_altered"

static const struct form_question *
first_in(const struct form_question *all, size_t n, bool is_new)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].state != QUESTION_SAME &&
		    (all[i].state == QUESTION_NEW) == is_new)
			return &all[i];
	return NULL;
}

static enum rc
tell(struct task *t, int64_t form_id, int64_t integration_id,
     const char *reason, const struct form_question *q)
{
	struct trouble tr = { .scope = TROUBLE_FORM,
			      .subject_id = form_id,
			      .integration_id = integration_id,
			      .reason = reason };

	if (!q)
		return trouble_over(t, TROUBLE_FORM, form_id, reason);
	tr.detail = q->was[0] ? q->was : q->label;
	return trouble_met(t, &tr);
}

enum rc
form_drift(struct task *t, int64_t form_id, int64_t integration_id)
{
	struct form_question *all = NULL;
	struct lead_form f;
	size_t n = 0;
	enum rc rc = form_get(t, form_id, &f);

	if (rc)
		return rc;
	form_questions(t->mem, f.questions, f.confirmed, &all, &n);
	rc = tell(t, form_id, integration_id, CHANGED, first_in(all, n, true));
	if (!rc)
		rc = tell(t, form_id, integration_id, ALTERED,
			  first_in(all, n, true) ? NULL
						 : first_in(all, n, false));
	return rc;
}

enum rc
form_confirm(struct task *t, int64_t form_id)
{
	enum rc rc = form_set_confirmed(t, form_id);

	if (!rc)
		rc = trouble_over(t, TROUBLE_FORM, form_id, CHANGED);
	return rc ? rc : trouble_over(t, TROUBLE_FORM, form_id, ALTERED);
}
