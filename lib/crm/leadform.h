/*
 * leadform: lead forms of connected pages, as Meta gives them.  Owns table
 * lead_form.
 */
#ifndef CRM_LEADFORM_H
#define CRM_LEADFORM_H
#include "base/task.h"

struct lead_form {
	int64_t id;
	const char *meta_id;
	int64_t page_id;
	const char *name, *status, *locale; /* status "ACTIVE", "ARCHIVED"… */
	const char *questions;		    /* JSON array; "" = not read yet */
	const char *consents;  /* JSON: [{key, text}]; "" = none, or not read */
	const char *confirmed; /* those a person, or the first reading, saw */
	int64_t leads_count;   /* as Meta counts */
	bool is_left_out;      /* its leads are not wanted */
	struct when read_at;
	struct when synced_at; /* when the latest sync began that has read all
				  of its leads; {0} = none has */
};

/* E_NOTFOUND. */
NODISCARD enum rc form_get(struct task *t, int64_t id, struct lead_form *out);
NODISCARD enum rc form_by_meta(struct task *t, const char *meta_id,
			       struct lead_form *out);
/* Of a page, active ones first, by name; at most 5,000.  Without questions,
 * which are long. */
NODISCARD enum rc form_list(struct task *t, int64_t page_id,
			    struct lead_form **out, size_t *n);
/* All that belong to integrations, by page and name; at most 5,000.  Without
 * questions. */
struct form_name {
	int64_t id;
	const char *name, *page_name;
};
NODISCARD enum rc form_names(struct task *t, struct form_name **out, size_t *n);
/* Whose page it is of. */
NODISCARD enum rc form_place(struct task *t, int64_t id,
			     int64_t *integration_id, const char **page_name);
/* Add, or renew all but is_left_out; questions that are read first are
 * confirmed, and consents that were not read (NULL too) stay as they are: a form
 * never changes them. */
NODISCARD enum rc form_put(struct task *t, const struct lead_form *f);
/* What Meta counts of it: all leads that ever were, and of these the ones that
 * are too old to be read.  The first count is where its ledger begins
 * (ledger.h). */
struct form_count {
	int64_t leads, expired;
	struct when at;	   /* by Meta's clock, as are the times of leads; {0}:
			      Meta did not say, and the last count stands */
	int64_t latest_id; /* the latest submission before Meta was asked */
};
NODISCARD enum rc form_counted(struct task *t, int64_t id,
			       const struct form_count *c);
/* Its list at Meta was read from the beginning of its ledger to the end; true
 * until Meta counts more. */
NODISCARD enum rc form_fetched(struct task *t, int64_t id, struct when at);
/* `at`: when the sync began that has read all of its leads. */
NODISCARD enum rc form_synced(struct task *t, int64_t id, struct when at);
/* Until the transaction ends.  E_NOTFOUND. */
NODISCARD enum rc form_lock(struct task *t, int64_t id);
/* So many of those that Meta counts are not expected, in all. */
NODISCARD enum rc form_accept(struct task *t, int64_t id, int64_t n);
/* So many are missing, by the ledger's look of now. */
NODISCARD enum rc form_missing(struct task *t, int64_t id, int64_t n);
/* One of those leads, submitted at `at`, is gone at Meta and here: a test lead
 * that was removed. */
NODISCARD enum rc form_uncount(struct task *t, const char *meta_id,
			       struct when at);
/* Wanted again, it is read from the latest sync of its page on. */
NODISCARD enum rc form_leave_out(struct task *t, const char *meta_id,
				 bool left_out);
/* What the boxes of a form's legal text say, at most 50; none of a form that is
 * not known.  *read_at: when the form was read. */
struct form_consent {
	const char *key, *text;
};
NODISCARD enum rc form_consents(struct task *t, const char *meta_id,
				struct form_consent **out, size_t *n,
				struct when *read_at);
/* Its questions as they are now are confirmed. */
NODISCARD enum rc form_set_confirmed(struct task *t, int64_t id);

#endif
