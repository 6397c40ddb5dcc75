/*
 * fieldmap: which field of a lead the answer to a question fills.  Owns table
 * field_map.
 *
 * A target is the name of a field: "" keeps the answer in the submission only,
 * "email", "company"… are columns of the lead, "custom:7" is a field that
 * people made.  A question without a row goes where its kind suggests; that
 * guess comes from outside, as data.  Answers are kept in the submission
 * whatever their target.
 *
 * Rows beat guesses: where a chosen question of a field was answered, guesses
 * for that field do not count.  Several chosen questions of one field are
 * joined: names by a blank, the rest by ", "; of e-mail, phone and country the
 * first answered one counts, since two would be none.
 */
#ifndef CRM_FIELDMAP_H
#define CRM_FIELDMAP_H
#include "crm/customfield.h"
#include "crm/lead.h"

enum { FIELDMAP_MAX = 500, FIELDMAP_TARGET_MAX = 32 };

struct fieldmap_row {
	const char *key; /* the question as Meta names it */
	const char *target;
	const char *transform; /* "", "trim", "words", "digits" */
};
/* What was chosen for a form (row of lead_form), in the order of questions. */
NODISCARD enum rc fieldmap_get(struct task *t, int64_t form_id,
			       struct fieldmap_row **out, size_t *n);
/* These and no others.  E_INPUT: an unknown target or transformation, or over
 * FIELDMAP_MAX rows. */
NODISCARD enum rc fieldmap_put(struct task *t, int64_t form_id,
			       const struct fieldmap_row *rows, size_t n);
const struct fieldmap_row *fieldmap_row_of(const struct fieldmap_row *rows,
					   size_t n, const char *key);

/* The fields of a lead that every installation has, in their order. */
struct fieldmap_field {
	const char *target;
	const char *title; /* "E-mail" */
};
const struct fieldmap_field *fieldmap_fields(size_t *n);
/* "E-mail"; the target itself when it is none of them. */
const char *fieldmap_title(const char *target);
/* The number of a "custom:7"; 0 for every other target. */
int64_t fieldmap_custom(const char *target);
const char *fieldmap_custom_target(struct arena *mem, int64_t field_id);

struct fieldmap_transform {
	const char *code, *title;
};
const struct fieldmap_transform *fieldmap_transforms(size_t *n);
/* "" when nothing visible is left. */
const char *fieldmap_transformed(struct arena *mem, const char *transform,
				 const char *value);

struct fieldmap_answer {
	const char *key, *value;
	const char *guess; /* target of its kind; "" = none */
	int64_t rank;	   /* among guesses of one target the least wins */
};
/* What the answers say of a person: columns that nothing was said of are "".
 * A name that was asked for in parts only is put together. */
struct fieldmap_person {
	struct lead lead; /* name … country only */
	struct custom_value *custom;
	size_t n_custom;
};
void fieldmap_apply(struct arena *mem, const struct fieldmap_row *rows,
		    size_t n_rows, const struct fieldmap_answer *answers,
		    size_t n, struct fieldmap_person *out);
/* Targets of columns that `known` lacks and `said` has, with blanks between. */
const char *fieldmap_filled(struct arena *mem, const struct lead *known,
			    const struct lead *said);
/* `l` without those that `said` filled in and nobody changed since. */
void fieldmap_unfill(struct lead *l, const char *filled,
		     const struct lead *said);
/* The column of a target in what fieldmap_apply made; NULL for others. */
const char *fieldmap_column(const struct lead *l, const char *target);
/* Nothing happens for others. */
void fieldmap_set(struct lead *l, const char *target, const char *value);

#endif
