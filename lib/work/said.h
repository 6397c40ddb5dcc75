/*
 * said: what stored answers say of their person, for taking one of them out of
 * its lead again.  The lead becomes what it would be without that answer: what
 * a later one says, too, stays, and counts as told by that one.
 */
#ifndef WORK_SAID_H
#define WORK_SAID_H
#include "crm/fieldmap.h"
#include "crm/leadmerge.h"

/* What an answer says by the fields of its form, or by the columns of its file
 * (import_id; 0 = Meta's), as they are chosen now; with its normal forms. */
NODISCARD enum rc said_read(struct task *t, int64_t import_id,
			    const char *form_meta_id, const char *answers,
			    struct fieldmap_person *out);

struct said { /* another answer of the lead */
	int64_t id, import_id;
	bool is_skipped;
	struct fieldmap_person person;
};
struct said_others {
	struct said *all; /* oldest first */
	size_t n;
};
struct said_but { /* which ones are meant */
	int64_t lead_id;
	int64_t submission_id; /* not this one … */
	int64_t import_id;     /* … and none of this file (0 = of any) */
	int64_t merge_id;      /* only those that came by it (0 = all) … */
	struct when since;     /* … and those that came later ({0} = all) */
};
/* At most 100; what is over 16 KiB says nothing. */
NODISCARD enum rc said_others(struct task *t, const struct said_but *but,
			      struct said_others *out);

/* Fields of `left` that the answer `submission_id` filled in, and nobody changed
 * since, become what the first later answer says of them, or "". */
NODISCARD enum rc said_unfill(struct task *t, struct lead *left,
			      const char *filled, const struct lead *said,
			      int64_t submission_id,
			      const struct said_others *others);
/* The first later answer that says something of a field of one's own; NULL:
 * none does. */
const struct said *said_own_later(const struct said_others *others,
				  int64_t submission_id, int64_t field_id);
/* That one gave the lead the field, then: an undo of its file takes it. */
NODISCARD enum rc said_own_given(struct task *t, const struct said *heir,
				 int64_t field_id);
/* "" = nothing. */
const char *said_own(const struct fieldmap_person *p, int64_t field_id);

/* The leads that have what an answer gave: its own first, then the one that came
 * with it when two were merged, and so on. */
struct said_holder {
	struct lead left;	    /* as it is; later, without the answer */
	struct leadmerge_before by; /* how it got the answer; merge_id 0: it
				       came here */
};
enum { SAID_HOLDERS_MAX = 10 };
struct said_holders {
	struct said_holder at[SAID_HOLDERS_MAX];
	size_t n;
};
/* Each locked until the transaction ends. */
NODISCARD enum rc said_holders(struct task *t, int64_t lead_id,
			       int64_t submission_id, struct said_holders *out);
/* What a merge found in the lead is its own again where it is what the answer
 * said; the other targets of `filled`. */
const char *said_keep_own(struct arena *mem, struct said_holder *h,
			  const char *filled, const struct lead *said);
/* The lead is not known any more by the forms of `said`, where no holder (with
 * what it is left with) and no other answer has them. */
NODISCARD enum rc said_forget(struct task *t, const struct said_holders *h,
			      const struct lead *said,
			      const struct said_others *others);
/* What the answer said beside the lead's own values goes, but for what another
 * one says, too. */
NODISCARD enum rc said_drop_beside(struct task *t, int64_t lead_id,
				   int64_t submission_id,
				   const struct said_others *others);

#endif
