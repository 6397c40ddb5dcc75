/*
 * page: connected Facebook pages and their lead forms.  Owns tables page and
 * lead_form.
 */
#ifndef CRM_PAGE_H
#define CRM_PAGE_H
#include "base/task.h"

struct page {
	int64_t id;
	const char *meta_id, *name;
	int64_t integration_id;
	const char *token; /* plain; sealed in the table */
	const char *tasks;
	struct when subscribed_at;
};

/* E_NOTFOUND: this page is not connected. */
NODISCARD enum rc page_by_meta(struct task *t, const char *meta_id,
			       struct page *out);
/* Of one integration (0 = all), by name, at most 5,000; tokens left out. */
NODISCARD enum rc page_list(struct task *t, int64_t integration_id,
			    struct page **out, size_t *n);
/* Add, or renew name, token and tasks.  E_CONFLICT: another integration has
 * this page. */
NODISCARD enum rc page_put(struct task *t, const struct page *p, int64_t *id);
NODISCARD enum rc page_subscribed(struct task *t, int64_t id);

struct lead_form {
	int64_t id;
	const char *meta_id;
	int64_t page_id;
	const char *name, *status, *locale;
	const char *questions; /* JSON array */
	struct when read_at;
};
NODISCARD enum rc form_by_meta(struct task *t, const char *meta_id,
			       struct lead_form *out);
NODISCARD enum rc form_put(struct task *t, const struct lead_form *f);

#endif
