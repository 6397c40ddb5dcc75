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
	int64_t leads_count;		    /* as Meta counts */
	bool is_left_out;		    /* its leads are not wanted */
	struct when read_at;
};

/* E_NOTFOUND. */
NODISCARD enum rc form_by_meta(struct task *t, const char *meta_id,
			       struct lead_form *out);
/* Of a page, active ones first, by name; at most 5,000. */
NODISCARD enum rc form_list(struct task *t, int64_t page_id,
			    struct lead_form **out, size_t *n);
/* Add, or renew all but is_left_out. */
NODISCARD enum rc form_put(struct task *t, const struct lead_form *f);
NODISCARD enum rc form_leave_out(struct task *t, const char *meta_id,
				 bool left_out);

#endif
