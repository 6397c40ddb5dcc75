/* history: pages, their forms, and the sum of it. */
#include "work/history.h"

enum {
	PAGE_SIZE = 100,    /* leads of one call, as sync_step begins */
	CALLS_A_DAY = 4800, /* for each lead */
	PACE_MS = 1500,	    /* of a call and the import of its leads */
};

/* ---- what there is ------------------------------------------------------------ */

/* A limit is waited for. */
static bool
is_harmless(const char *reason)
{
	return reason_reads_on(reason) ||
	       reason_of(reason)->level != REASON_ERROR;
}

static bool
is_about(const struct trouble *tr, const struct page *p)
{
	struct text scope = text_of(tr->scope);

	if (text_is(scope, TROUBLE_PAGE))
		return tr->subject_id == p->id;
	if (text_is(scope, TROUBLE_OWNER))
		return !p->owner_id || tr->subject_id == p->owner_id;
	return text_is(scope, TROUBLE_APP);
}

static const struct trouble *
what_breaks(const struct trouble *all, size_t n, const struct page *p)
{
	for (size_t i = 0; i < n; i++)
		if (is_about(&all[i], p) && !is_harmless(all[i].reason))
			return &all[i];
	return NULL;
}

static enum rc
add_forms(struct task *t, struct history_page *p)
{
	struct lead_form *all = NULL;
	size_t n = 0;
	enum rc rc = form_list(t, p->page.id, &all, &n);

	if (rc)
		return rc;
	p->forms = NEW_ARRAY(t->mem, struct lead_form, n);
	for (size_t i = 0; i < n; i++)
		if (!all[i].is_left_out)
			p->forms[p->n_forms++] = all[i];
	return OK;
}

enum rc
history_pages(struct task *t, int64_t integration_id, struct history_page **out,
	      size_t *n)
{
	struct page *pages = NULL;
	struct trouble *wrong = NULL;
	size_t n_wrong = 0;
	enum rc rc = page_list(t, integration_id, &pages, n);

	if (!rc)
		rc = trouble_list(t, integration_id, &wrong, &n_wrong);
	if (rc)
		return rc;
	*out = NEW_ARRAY(t->mem, struct history_page, *n);
	for (size_t i = 0; !rc && i < *n; i++) {
		struct history_page *p = &(*out)[i];

		p->page = pages[i];
		p->broken = what_breaks(wrong, n_wrong, &pages[i]);
		rc = add_forms(t, p);
	}
	return rc;
}

/* ---- what is chosen -------------------------------------------------------------- */

static bool
listed(const char *const *ids, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(ids[i], id) == 0)
			return true;
	return false;
}

static bool
is_page(const struct history_page *all, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].page.meta_id, id) == 0)
			return true;
	return false;
}

static bool
is_form(const struct history_page *all, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < all[i].n_forms; k++)
			if (strcmp(all[i].forms[k].meta_id, id) == 0)
				return true;
	return false;
}

static enum rc
check_choice(struct task *t, const struct history_page *all, size_t n,
	     const struct history_choice *c)
{
	for (size_t i = 0; i < c->n_pages; i++)
		if (!is_page(all, n, c->pages[i]))
			return fail(t, E_INPUT, "page %s is not listed",
				    c->pages[i]);
	for (size_t i = 0; i < c->n_forms; i++)
		if (!is_form(all, n, c->forms[i]))
			return fail(t, E_INPUT, "form %s is not listed",
				    c->forms[i]);
	return OK;
}

enum rc
history_choose(struct task *t, const struct history_page *all, size_t n,
	       const struct history_choice *c, struct sync_form **out,
	       size_t *n_out)
{
	struct sync_form *to = NEW_ARRAY(t->mem, struct sync_form, c->n_forms);
	enum rc rc = check_choice(t, all, n, c);

	*out = to;
	*n_out = 0;
	for (size_t i = 0; !rc && i < n; i++) {
		const char *page = all[i].page.meta_id;

		if (!listed(c->pages, c->n_pages, page))
			continue;
		for (size_t k = 0; k < all[i].n_forms; k++) {
			const struct lead_form *f = &all[i].forms[k];

			if (listed(c->forms, c->n_forms, f->meta_id))
				to[(*n_out)++] =
					(struct sync_form){ page, f->meta_id,
							    f->leads_count };
		}
	}
	return rc;
}

static bool
has_form_of(const struct history_page *p, const struct sync_form *forms,
	    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(forms[i].page_meta_id, p->page.meta_id) == 0)
			return true;
	return false;
}

const struct trouble *
history_broken(const struct history_page *all, size_t n,
	       const struct sync_form *forms, size_t n_forms)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].broken && has_form_of(&all[i], forms, n_forms))
			return all[i].broken;
	return NULL;
}

/* ---- what it takes ------------------------------------------------------------------ */

/* Leads of the page that count for its budget, as far as is known here. */
static int64_t
lately(const struct task *t, const struct page *p)
{
	struct when from = when_add(t->now, -SYNC_HISTORY_DAYS * DAY_MS);

	return p->last_lead_at.ms > from.ms && p->n_leads > 1 ? p->n_leads : 1;
}

void
history_estimate(const struct task *t, const struct history_page *all, size_t n,
		 const struct sync_form *forms, size_t n_forms,
		 struct history_estimate *out)
{
	*out = (struct history_estimate){ .n_forms = (int64_t)n_forms };
	for (size_t i = 0; i < n; i++) {
		int64_t calls = 0, each;

		for (size_t k = 0; k < n_forms; k++) {
			int64_t leads = forms[k].n_leads;

			if (strcmp(forms[k].page_meta_id,
				   all[i].page.meta_id) != 0)
				continue;
			calls += leads / PAGE_SIZE + 1;
			out->n_leads += leads;
		}
		each = DAY_MS / CALLS_A_DAY / lately(t, &all[i].page);
		out->n_pages += calls > 0;
		out->n_calls += calls;
		out->ms += calls * (each > PACE_MS ? each : PACE_MS);
	}
}
