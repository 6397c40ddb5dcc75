/*
 * leadfields: which answer of a lead form means which field of a person.
 *
 * Judged by the question's type, then by its key, then by synonyms, because
 * Meta localises keys (contract 3.4).  What fits nothing stays an answer.
 */
#ifndef META_LEADFIELDS_H
#define META_LEADFIELDS_H
#include "base/base.h"
#include "base/json.h"
#include "base/task.h"

enum lead_field {
	FIELD_NONE = 0, /* kept as answer only */
	FIELD_FULL_NAME,
	FIELD_FIRST_NAME,
	FIELD_LAST_NAME,
	FIELD_EMAIL,
	FIELD_PHONE,
	FIELD_WORK_EMAIL,
	FIELD_WORK_PHONE,
	FIELD_WHATSAPP,
	FIELD_COMPANY,
	FIELD_JOB_TITLE,
	FIELD_STREET,
	FIELD_CITY,
	FIELD_STATE,
	FIELD_POST_CODE,
	FIELD_COUNTRY,
	FIELD_COUNT
};

/* `type` as in the form's questions ("EMAIL", "CUSTOM", NULL = unknown),
 * `key` as in field_data.  A CUSTOM question is judged by key too, but never
 * by synonyms: "company_name" asked as a custom question is still a company,
 * "what is your friend's name" is no name. */
enum lead_field leadfield_of(const char *type, const char *key);

/* One answer as Meta sent it, with the words the person saw. */
struct lead_answer {
	const char *key;      /* field_data name */
	const char *question; /* label of the question; the key when the
				   form is not known */
	const char *type;     /* question type, or NULL */
	const char *value;    /* values joined with ", "; option keys turned
				   into labels; "" when unanswered */
	enum lead_field field;
};

/* Read a lead node's field_data beside the form's questions (JSON array of
 * the form node, NULL = unknown).  Missing and ill-typed parts are skipped. */
NODISCARD enum rc leadfields_read(struct task *t, const struct json *lead,
				  const struct json *questions,
				  struct lead_answer **out, size_t *n);

/* Is it one of Meta's test leads (contract 3.5)? */
bool leadfields_is_test(const struct lead_answer *answers, size_t n);

#endif
