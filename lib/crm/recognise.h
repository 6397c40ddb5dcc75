/*
 * recognise: which lead a person is: by e-mail, then by phone, each in its
 * normal form (identity.h).  Owns tables lead_identity and lead_other.
 *
 * A normal form leads to one lead at most; its primary key keeps two workers
 * from making the same person twice.  Test leads, deleted and merged ones are
 * known by nothing.
 */
#ifndef CRM_RECOGNISE_H
#define CRM_RECOGNISE_H
#include "crm/lead.h"

/* Set email_norm and phone_e164 of `l` by the site's rules; "" = cannot be
 * read.  Whoever writes a lead's contact does it first. */
void recognise_norms(struct task *t, struct lead *l);

/* The lead of this person, locked until the transaction ends; *by is "e-mail"
 * or "phone".  E_NOTFOUND: somebody new, or a test lead. */
NODISCARD enum rc recognise_find(struct task *t, const struct lead *l,
				 int64_t *lead_id, const char **by);
/* A new lead is known by what it has.  E_BUSY: somebody else was faster, and
 * the transaction is to be tried again. */
NODISCARD enum rc recognise_new(struct task *t, const struct lead *l,
				int64_t lead_id);
/* Known by this, too; what leads to another lead already stays there. */
NODISCARD enum rc recognise_also(struct task *t, const struct lead *l,
				 int64_t lead_id);
/* By all that is known of it, also what it was told besides and what came with
 * leads that became part of it: after it was put back. */
NODISCARD enum rc recognise_anew(struct task *t, const struct lead *l);
/* Not any more by the forms of `l`, where they lead to this lead. */
NODISCARD enum rc recognise_not(struct task *t, const struct lead *l,
				int64_t lead_id);
/* By what came with leads that became part of it. */
NODISCARD enum rc recognise_parts(struct task *t, int64_t lead_id);
/* By nothing any more. */
NODISCARD enum rc recognise_forget(struct task *t, int64_t lead_id);

/* ---- what else was said -------------------------------------------------------- */

struct lead_other {
	int64_t id;
	const char *field; /* "email"; fieldmap.h */
	const char *value;
	int64_t submission_id; /* 0 = of a lead that became part of it */
	struct when at;
};
/* Values of `said` that differ from those that `known` has already are kept
 * beside them. */
NODISCARD enum rc recognise_differs(struct task *t, const struct lead *known,
				    const struct lead *said,
				    int64_t submission_id);
/* The newest, at most 50. */
NODISCARD enum rc recognise_others(struct task *t, int64_t lead_id,
				   struct lead_other **out, size_t *n);
/* Of one submission, which is another person's after all. */
NODISCARD enum rc recognise_others_drop(struct task *t, int64_t lead_id,
					int64_t submission_id);
/* Another answer says that, too, and keeps it there. */
NODISCARD enum rc recognise_others_pass(struct task *t, int64_t other_id,
					int64_t submission_id);
/* It stands in the field itself now. */
NODISCARD enum rc recognise_stands(struct task *t, int64_t lead_id,
				   const char *field, const char *value);
/* As it is kept there: long ones are cut. */
struct text recognise_beside(const char *value);

/* ---- possible duplicates --------------------------------------------------------- */

struct lead_twin {
	int64_t id;
	const char *name, *email, *phone;
	bool same_email, same_phone;
};
/* Other leads that may be this person: the same e-mail or phone; at most 10,
 * the surest first. */
NODISCARD enum rc recognise_twins(struct task *t, const struct lead *l,
				  struct lead_twin **out, size_t *n);

#endif
