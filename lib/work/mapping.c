/* mapping: guesses as data for crm/fieldmap. */
#include "work/mapping.h"

/* Which field a kind of question fills.  Where two kinds fill one field the
 * row further up wins. */
static const struct {
	enum lead_field field;
	const char *target;
} fills[] = {
	{ FIELD_FULL_NAME, "name" },	  { FIELD_FIRST_NAME, "first_name" },
	{ FIELD_LAST_NAME, "last_name" }, { FIELD_EMAIL, "email" },
	{ FIELD_WORK_EMAIL, "email" },	  { FIELD_PHONE, "phone" },
	{ FIELD_WHATSAPP, "phone" },	  { FIELD_WORK_PHONE, "phone" },
	{ FIELD_COMPANY, "company" },	  { FIELD_JOB_TITLE, "job_title" },
	{ FIELD_STREET, "street" },	  { FIELD_CITY, "city" },
	{ FIELD_STATE, "state" },	  { FIELD_POST_CODE, "post_code" },
	{ FIELD_COUNTRY, "country" },
};

static struct fieldmap_answer
answer(const char *key, const char *value, enum lead_field field)
{
	struct fieldmap_answer a = { .key = key, .value = value, .guess = "" };

	for (size_t i = 0; i < COUNT(fills); i++)
		if (fills[i].field == field) {
			a.guess = fills[i].target;
			a.rank = (int64_t)i;
		}
	return a;
}

const char *
mapping_guess(const char *type, const char *key)
{
	return answer(key, "", leadfield_of(type, key)).guess;
}

struct submission_answer *
mapping_kept(struct arena *mem, const struct lead_answer *answers, size_t n)
{
	struct submission_answer *kept =
		NEW_ARRAY(mem, struct submission_answer, n);

	for (size_t i = 0; i < n; i++)
		kept[i] = (struct submission_answer){
			.key = answers[i].key,
			.question = answers[i].question,
			.type = answers[i].type,
			.value = answers[i].value,
		};
	return kept;
}

enum rc
mapping_of_lead(struct task *t, int64_t form_id,
		const struct lead_answer *answers, size_t n,
		struct fieldmap_person *out)
{
	struct fieldmap_answer *all =
		NEW_ARRAY(t->mem, struct fieldmap_answer, n);
	struct fieldmap_row *rows = NULL;
	size_t n_rows = 0;
	enum rc rc = OK;

	if (form_id)
		rc = fieldmap_get(t, form_id, &rows, &n_rows);
	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++)
		all[i] = answer(answers[i].key, answers[i].value,
				answers[i].field);
	fieldmap_apply(t->mem, rows, n_rows, all, n, out);
	return OK;
}

void
mapping_of_stored(struct arena *mem, const struct fieldmap_row *rows,
		  size_t n_rows, const struct submission_answer *answers,
		  size_t n, struct fieldmap_person *out)
{
	struct fieldmap_answer *all = NEW_ARRAY(mem, struct fieldmap_answer, n);

	for (size_t i = 0; i < n; i++) {
		const struct submission_answer *a = &answers[i];

		all[i] = answer(
			a->key, a->value,
			leadfield_of(a->type[0] ? a->type : NULL, a->key));
	}
	fieldmap_apply(mem, rows, n_rows, all, n, out);
}
