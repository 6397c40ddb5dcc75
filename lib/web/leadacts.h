/*
 * leadacts: what can be done with a lead from its page, for
 * part/lead-acts.html: stage, assignee, tags (those of the page around it), a
 * call's outcome, a note.
 */
#ifndef WEB_LEADACTS_H
#define WEB_LEADACTS_H
#include "crm/lead.h"
#include "web/app.h"
#include "web/option.h"

struct acts_view {
	int64_t lead;
	struct option_view *stages;
	size_t n_stages;
	bool may_assign; /* Lead Management */
	struct option_view *people;
	size_t n_people;
	/* of several at once: what was chosen before it was refused */
	bool every;
	const char *typed_tag, *typed_reason;
};
extern const struct tmpl_field acts_fields[];

/* NULL for a lead that is deleted.  E_DENIED: somebody else's lead, for whoever
 * sees only own ones. */
NODISCARD enum rc leadacts_of(struct req *r, const struct lead *l,
			      struct acts_view **out);
/* For several leads at once, with what was chosen: a stage ("" = none), a person
 * (-1 = none). */
NODISCARD enum rc leadacts_of_many(struct req *r, const char *stage,
				   int64_t user_id, struct acts_view **out);
/* May this person see and work on it? */
NODISCARD enum rc leadacts_guard(struct req *r, const struct lead *l);

#endif
