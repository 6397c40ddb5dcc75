/*
 * history: old leads of chosen forms: what there is to choose, what stands in
 * the way, and what it would take.  The import itself is a run of sync.h.
 */
#ifndef WORK_HISTORY_H
#define WORK_HISTORY_H
#include "crm/leadform.h"
#include "crm/page.h"
#include "crm/trouble.h"
#include "work/sync.h"

struct history_page {
	struct page page;
	struct lead_form *forms; /* without those that are left out */
	size_t n_forms;
	const struct trouble *broken; /* why it cannot be read; NULL = it can */
};
/* The pages of an integration, by name. */
NODISCARD enum rc history_pages(struct task *t, int64_t integration_id,
				struct history_page **out, size_t *n);

/* Forms by their Meta ids, as an order takes them, each of a page in `pages`
 * whose id is listed too.  E_INPUT: an id is not among them. */
struct history_choice {
	const char *const *pages, *const *forms;
	size_t n_pages, n_forms;
};
NODISCARD enum rc history_choose(struct task *t, const struct history_page *all,
				 size_t n, const struct history_choice *c,
				 struct sync_form **out, size_t *n_out);
/* The first of the chosen forms' pages that cannot be read, or NULL. */
const struct trouble *history_broken(const struct history_page *all, size_t n,
				     const struct sync_form *forms,
				     size_t n_forms);

/* Meta counts all leads of a form and keeps those of 90 days, so this is an
 * upper bound.  A page may be asked 4,800 times in 24 hours for each lead of its
 * last 90 days (contract section 7); of those the ones stored here are known,
 * and one is assumed where none is. */
struct history_estimate {
	int64_t n_pages, n_forms, n_leads, n_calls;
	int64_t ms; /* at the pages' call budgets */
};
void history_estimate(const struct task *t, const struct history_page *all,
		      size_t n, const struct sync_form *forms, size_t n_forms,
		      struct history_estimate *out);

#endif
