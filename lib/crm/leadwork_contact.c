/* leadwork_contact: the contact of a lead by hand: edited, or entered anew. */
#include "crm/facet.h"
#include "crm/fieldmap.h"
#include "crm/leadwork_private.h"
#include "crm/recognise.h"
#include "crm/timeline.h"
#include "crm/user.h"
#include "db/db.h"

/* ---- contact by hand --------------------------------------------------------------- */

/* "Edited: E-mail, Phone"; NULL when nothing differs. */
static const char *
edited_words(struct task *t, const struct lead *from, const struct lead *to)
{
	size_t n = 0;
	const struct fieldmap_field *all = fieldmap_fields(&n);
	const char *words = NULL;

	for (size_t i = 0; i < n; i++)
		if (strcmp(fieldmap_column(from, all[i].target),
			   fieldmap_column(to, all[i].target)) != 0)
			words = words ? arena_fmt(t->mem, "%s, %s", words,
						  all[i].title)
				      : arena_fmt(t->mem, "Edited: %s",
						  all[i].title);
	return words;
}

/* Known by what stands there now, not by what was taken out. */
static enum rc
known_anew(struct task *t, const struct lead *was, const struct lead *is)
{
	struct lead old = *was;
	enum rc rc;

	if (!strcmp(was->email_norm, is->email_norm))
		old.email_norm = "";
	if (!strcmp(was->phone_e164, is->phone_e164))
		old.phone_e164 = "";
	rc = recognise_not(t, &old, is->id);
	return rc ? rc : recognise_also(t, is, is->id);
}

static enum rc
set_own(struct task *t, const struct act *a, const char **words)
{
	bool changed = false;
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < a->n_own; i++)
		rc = custom_set(t, a->lead_id, &a->own[i], &changed);
	if (!rc && changed)
		*words = *words ? arena_fmt(t->mem, "%s, own fields", *words)
				: "Edited: own fields";
	return rc;
}

static enum rc
edit(struct task *t, void *arg)
{
	struct act *a = arg;
	struct lead now, edited = *a->edited;
	const char *words;
	enum rc rc = leadwork_hold(t, a, false);

	if (!rc)
		rc = lead_get(t, a->lead_id, &now);
	if (rc)
		return rc;
	if (now.version != a->edited->version)
		return fail(t, E_CONFLICT, "lead %lld: edited meanwhile",
			    (long long)a->lead_id);
	words = edited_words(t, &now, a->edited);
	rc = set_own(t, a, &words);
	if (rc || !words)
		return rc;
	edited.is_test = now.is_test;
	recognise_norms(t, &edited);
	rc = lead_edit(t, &edited);
	if (!rc)
		rc = known_anew(t, &now, &edited);
	if (!rc)
		rc = timeline_add(t, a->lead_id, "edited", words, NULL);
	if (!rc)
		rc = facet_words(t, a->lead_id);
	return rc ? rc : leadwork_worked(t, a);
}

enum rc
leadwork_edit(struct task *t, const struct lead *l,
	      const struct custom_value *own, size_t n_own, bool *changed)
{
	return leadwork_run(t, "lead_edit", edit,
			    (struct act){ .lead_id = l->id,
					  .edited = l,
					  .own = own,
					  .n_own = n_own },
			    changed);
}

/* ---- entered by hand ----------------------------------------------------------------- */

/* E_CONFLICT: that is somebody who is here. */
static enum rc
is_new(struct task *t, struct act *a)
{
	enum rc rc = recognise_find(t, a->edited, &a->lead_id, &a->text);

	if (!rc && a->flag)
		return OK;
	if (!rc)
		return fail(t, E_CONFLICT, "lead %lld: the same %s",
			    (long long)a->lead_id, a->text);
	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	return OK;
}

static enum rc
enter(struct task *t, void *arg)
{
	struct act *a = arg;
	struct user u = { 0 };
	enum rc rc = is_new(t, a);

	if (!rc)
		rc = user_get(t, t->user_id, &u);
	if (!rc)
		rc = lead_add(t, a->edited, &a->lead_id);
	if (!rc)
		rc = (a->flag ? recognise_also : recognise_new)(t, a->edited,
								a->lead_id);
	if (!rc)
		rc = lead_assign(t, a->lead_id, user_takes_leads(&u) ? u.id : 0,
				 "person");
	if (!rc)
		rc = timeline_add(t, a->lead_id, "came", "Entered by hand",
				  NULL);
	if (!rc)
		rc = facet_words(t, a->lead_id);
	return rc ? rc : leadwork_worked(t, a);
}

enum rc
leadwork_enter(struct task *t, const struct lead *l, bool anyway, int64_t *id,
	       const char **by)
{
	struct lead copy = *l;
	struct act a = { .edited = &copy, .flag = anyway };
	enum rc rc;

	copy.source = "manual";
	copy.is_test = false;
	recognise_norms(t, &copy);
	rc = db_tx(t, "lead_enter", enter, &a);
	if (!rc || rc == E_CONFLICT)
		*id = a.lead_id;
	if (rc == E_CONFLICT)
		*by = a.text;
	return rc;
}
