/*
 * learn: what becomes of leads that came before their form was known.
 */
#ifndef WORK_LEARN_H
#define WORK_LEARN_H
#include "crm/leadform.h"
#include "crm/submission.h"

/* Keep what Meta told of a form, and say which of its questions changed; *kept
 * is it as it is here.  When its questions were not known before, leads that
 * wait for them are tried at once, and a run of its own reads those again that
 * came without (remap.h). */
NODISCARD enum rc learn_form(struct task *t, const struct lead_form *told,
			     int64_t integration_id, struct lead_form *kept);

/* Answers that were taken in without the form's questions, read again from what
 * Meta sent, and kept so; *learnt is false, and nothing is changed, when there
 * is nothing to learn. */
struct learn_answers {
	int64_t submission_id;
	struct submission_answer *all; /* in, and out */
	size_t n;
	bool learnt; /* out */
};
NODISCARD enum rc learn_answers(struct task *t, const struct lead_form *f,
				struct learn_answers *a);

#endif
