/*
 * customfield: fields of a lead that people made, and their values.  Owns
 * tables custom_field and lead_custom.
 *
 * A field is made on the spot, by its name; it is hidden, never deleted.  A
 * value is never empty: a lead without one has no row.
 */
#ifndef CRM_CUSTOMFIELD_H
#define CRM_CUSTOMFIELD_H
#include "base/task.h"

enum { CUSTOM_NAME_MAX = 60, CUSTOM_VALUE_MAX = 2000, CUSTOM_FIELDS_MAX = 200 };

struct custom_field {
	int64_t id;
	const char *name;
	bool is_hidden;
};
/* All, in their order, hidden ones too; at most CUSTOM_FIELDS_MAX. */
NODISCARD enum rc custom_list(struct task *t, struct custom_field **out,
			      size_t *n);
/* The field of this name, made if there is none, shown if it was hidden.
 * E_INPUT: there are CUSTOM_FIELDS_MAX already. */
NODISCARD enum rc custom_make(struct task *t, const char *name, int64_t *id);
/* Another name, and shown or not.  E_CONFLICT: another field has that name;
 * E_NOTFOUND. */
NODISCARD enum rc custom_change(struct task *t, const struct custom_field *f);

struct custom_value {
	int64_t field_id;
	const char *value;
};
/* What is not there yet; a value that is there stays, an empty one is none.
 * added[i] (may be NULL) becomes true where values[i] came in. */
NODISCARD enum rc custom_fill(struct task *t, int64_t lead_id,
			      const struct custom_value *values, size_t n,
			      bool *added);

/* This value and no other; "" = none.  *changed may be NULL.  E_INPUT: there
 * is no such field. */
NODISCARD enum rc custom_set(struct task *t, int64_t lead_id,
			     const struct custom_value *v, bool *changed);

/* "" = none, or no such field. */
NODISCARD enum rc custom_get(struct task *t, int64_t lead_id, int64_t field_id,
			     const char **value);

/* The values of a lead beside their names, without hidden fields. */
struct lead_custom {
	int64_t field_id;
	const char *name, *value;
};
NODISCARD enum rc custom_of_lead(struct task *t, int64_t lead_id,
				 struct lead_custom **out, size_t *n);
/* The same, with "" where the lead has none. */
NODISCARD enum rc custom_for_lead(struct task *t, int64_t lead_id,
				  struct lead_custom **out, size_t *n);

#endif
