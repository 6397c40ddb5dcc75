/*
 * facet: what leads are found by.  Owns tables lead_facet and lead_word, which
 * are derived from lead, lead_tag and submission: whoever changes one of those
 * says so here, in the same transaction.
 *
 * A lead that is deleted, erased or merged has no rows: it is in no list.
 */
#ifndef CRM_FACET_H
#define CRM_FACET_H
#include "base/task.h"
#include "base/text.h"

/* After a change of stage, assignee, tags, submissions, deletion, or of what
 * lists are ordered by. */
NODISCARD enum rc facet_refresh(struct task *t, int64_t lead_id);
/* After a change of name, company, e-mail or phone; also after deletion. */
NODISCARD enum rc facet_words(struct task *t, int64_t lead_id);

/* The words that a text is found by: cut at blanks and marks, at most 64
 * characters each; of a phone number its digits.  Up to `max`; returns how
 * many.  Case and accents are the database's to level. */
enum { FACET_WORDS_MAX = 24 };
size_t facet_split(struct arena *mem, struct text t, const char **words,
		   size_t max);

#endif
