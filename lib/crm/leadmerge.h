/*
 * leadmerge: two leads that are one person become one, and two again.  Owns
 * tables lead_merge and lead_merge_part.
 *
 * One is kept.  It gets the answers, the timeline, the tags and the own fields
 * of the other, which is in no list any more but stays as it was.  Nothing is
 * lost: where both have a value, the one that is not chosen is kept beside it
 * (recognise.h).
 */
#ifndef CRM_LEADMERGE_H
#define CRM_LEADMERGE_H
#include "crm/lead.h"

enum { LEADMERGE_DAYS = 30 };
struct leadmerge {
	int64_t id, kept_id, gone_id;
	const char *gone_title;
	const char *merged_by; /* "" = the system */
	struct when merged_at, undone_at;
};

/* `take`: what is taken from the one that goes, where both have it: targets of
 * fieldmap.h, "stage", "assignee".  What the kept one lacks it gets in any
 * case.  E_NOTFOUND: one of them is deleted or merged by now.  E_INPUT: they
 * are the same, or one is a test lead. */
NODISCARD enum rc leadmerge(struct task *t, int64_t kept_id, int64_t gone_id,
			    const char *const *take, size_t n_take,
			    int64_t *merge_id);
/* Two leads again, within LEADMERGE_DAYS.  What came to the kept lead since
 * stays there; parting.h fills it in again.  E_CONFLICT: fields were changed since, *changed names them
 * ("E-mail, Phone"); with `sure` those keep what they have now.  E_NOTFOUND:
 * undone already, too long ago, not the latest of the kept lead, or that one is
 * deleted or merged. */
NODISCARD enum rc leadmerge_undo(struct task *t, int64_t merge_id, bool sure,
				 const char **changed);
/* The merge that brought an answer to the lead `kept_id`, not undone, and what
 * that lead had before; merge_id 0 = none did. */
struct leadmerge_before {
	int64_t merge_id, gone_id;
	struct lead was; /* contact and assignee_id */
};
NODISCARD enum rc leadmerge_before(struct task *t, int64_t kept_id,
				   int64_t submission_id,
				   struct leadmerge_before *out);
/* Did the kept lead get this tag, or own field, by that merge?  *was: what
 * the field held instead; "" = nothing. */
NODISCARD enum rc leadmerge_gave_tag(struct task *t, int64_t merge_id,
				     struct text tag, bool *gave);
NODISCARD enum rc leadmerge_gave_own(struct task *t, int64_t merge_id,
				     int64_t field_id, bool *gave,
				     const char **was);
/* The merge takes no normal form of `l` back when it is undone. */
NODISCARD enum rc leadmerge_forget(struct task *t, int64_t merge_id,
				   const struct lead *l);
NODISCARD enum rc leadmerge_get(struct task *t, int64_t merge_id,
				struct leadmerge *out);

#endif
