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
 * stays there.  E_CONFLICT: fields were changed since, *changed names them
 * ("E-mail, Phone"); with `sure` those keep what they have now.  E_NOTFOUND:
 * undone already, too long ago, not the latest of the kept lead, or that one is
 * deleted or merged. */
NODISCARD enum rc leadmerge_undo(struct task *t, int64_t merge_id, bool sure,
				 const char **changed);
NODISCARD enum rc leadmerge_get(struct task *t, int64_t merge_id,
				struct leadmerge *out);

#endif
