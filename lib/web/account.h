/*
 * account: the fields of an integration that a person fills in, as the connect
 * dialog and Edit show them: name, description, strategy, assignee.
 */
#ifndef WEB_ACCOUNT_H
#define WEB_ACCOUNT_H
#include "crm/integration.h"
#include "web/app.h"

extern const char *const account_strategies[];

/* The rows of a form whose struct has these members. */
#define ACCOUNT_FORM(type)                                                     \
	FORM_TEXT(type, name, 1, INTEGRATION_NAME_MAX),                        \
		FORM_TEXT(type, description, 0, INTEGRATION_DESCRIPTION_MAX),  \
		FORM_CHOICE(type, strategy, account_strategies),               \
		FORM_INT_OR(type, assignee, 1, INT64_MAX, 0)

struct person_view {
	int64_t id;
	const char *name;
	bool is_chosen;
};
struct account_view {
	const char *name, *description;
	bool is_unassigned, is_user, is_round_robin;
	struct person_view *people; /* who may be given leads */
	size_t n_people;
	const char *pool_words; /* "5 people take turns: …" */
	bool pool_empty;
	const char *name_fault, *description_fault, *strategy_fault,
		*assignee_fault;
	bool many_faults; /* a summary stands on top */
	bool focus_name, focus_description, focus_assignee;
};
extern const struct tmpl_field account_fields[];

/* Fill from `i` (id, created_at and so on do not count) and r->faults. */
NODISCARD enum rc account_load(struct req *r, const struct integration *i,
			       struct account_view *out);
/* What the form's rows cannot tell: becomes faults of r.  An assignee without
 * the strategy that needs one is left out. */
NODISCARD enum rc account_check(struct req *r, struct integration *i);

#endif
