/* parting: two leads again, each with its own answers. */
#include "work/parting.h"

#include "crm/facet.h"
#include "crm/recognise.h"
#include "db/db.h"
#include "work/said.h"

struct work {
	int64_t merge_id;
	bool sure;
	const char *changed;
	struct lead was, is; /* with the other one, and without */
	struct lead_custom *own;
	size_t n_own;
	struct said_others since;
};

/* What the other lead is known by, again. */
static bool
is_theirs(const char *target)
{
	return !strcmp(target, "email") || !strcmp(target, "phone");
}

/* Targets that the undo emptied; they hold in `left` what they held. */
static const char *
emptied(struct task *t, const struct work *w, struct lead *left)
{
	size_t n = 0;
	const struct fieldmap_field *all = fieldmap_fields(&n);
	const char *words = "";

	for (size_t i = 0; i < n; i++) {
		const char *target = all[i].target;
		const char *was = fieldmap_column(&w->was, target);

		if (!was[0] || is_theirs(target) ||
		    fieldmap_column(left, target)[0])
			continue;
		fieldmap_set(left, target, was);
		words = arena_fmt(t->mem, "%s%s%s", words, words[0] ? " " : "",
				  target);
	}
	return words;
}

static enum rc
fill_fields(struct task *t, struct work *w)
{
	struct lead left = w->is;
	const char *words = emptied(t, w, &left);
	enum rc rc;

	if (!words[0])
		return OK;
	rc = said_unfill(t, &left, words, &w->was, 0, &w->since);
	recognise_norms(t, &left);
	if (!rc)
		rc = lead_edit(t, &left);
	return rc ? rc : recognise_also(t, &left, left.id);
}

/* What is there stays. */
static enum rc
fill_own(struct task *t, const struct work *w)
{
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < w->n_own; i++) {
		struct custom_value v = { w->own[i].field_id, "" };
		bool added = false;
		const struct said *s = said_own_later(&w->since, 0, v.field_id);

		if (!s)
			continue;
		v.value = said_own(&s->person, v.field_id);
		rc = custom_fill(t, w->is.id, &v, 1, &added);
		if (!rc && added)
			rc = said_own_given(t, s, v.field_id);
	}
	return rc;
}

static enum rc
part(struct task *t, void *arg)
{
	struct work *w = arg;
	struct leadmerge m = { 0 };
	struct said_but since = { 0 };
	enum rc rc = leadmerge_get(t, w->merge_id, &m);

	if (!rc)
		rc = lead_hold(t, m.kept_id, &w->was);
	if (!rc)
		rc = custom_of_lead(t, m.kept_id, &w->own, &w->n_own);
	if (!rc)
		rc = leadmerge_undo(t, w->merge_id, w->sure, &w->changed);
	if (!rc)
		rc = lead_get(t, m.kept_id, &w->is);
	since.lead_id = m.kept_id;
	since.since = m.merged_at;
	if (!rc)
		rc = said_others(t, &since, &w->since);
	if (!rc)
		rc = fill_fields(t, w);
	if (!rc)
		rc = fill_own(t, w);
	return rc ? rc : facet_words(t, m.kept_id);
}

enum rc
parting(struct task *t, int64_t merge_id, bool sure, const char **changed)
{
	struct work w = { .merge_id = merge_id, .sure = sure };
	enum rc rc = db_tx(t, "lead_part", part, &w);

	*changed = w.changed;
	return rc;
}
