/* leadwork_contact: the contact of a lead by hand: edited, or entered anew. */
#include "crm/email.h"
#include "crm/facet.h"
#include "crm/leadwork_private.h"
#include "crm/timeline.h"
#include "crm/user.h"
#include "db/db.h"

/* ---- contact by hand --------------------------------------------------------------- */

static const struct {
	const char *label;
	size_t at;
} contact[] = {
	{ "name", offsetof(struct lead, name) },
	{ "first name", offsetof(struct lead, first_name) },
	{ "last name", offsetof(struct lead, last_name) },
	{ "e-mail", offsetof(struct lead, email) },
	{ "phone", offsetof(struct lead, phone) },
	{ "company", offsetof(struct lead, company) },
	{ "job title", offsetof(struct lead, job_title) },
	{ "street", offsetof(struct lead, street) },
	{ "post code", offsetof(struct lead, post_code) },
	{ "city", offsetof(struct lead, city) },
	{ "state", offsetof(struct lead, state) },
	{ "country", offsetof(struct lead, country) },
};

static const char *
contact_of(const struct lead *l, size_t i)
{
	return *(const char *const *)((const char *)l + contact[i].at);
}

/* "Edited: e-mail, phone"; NULL when nothing differs. */
static const char *
edited_words(struct task *t, const struct lead *from, const struct lead *to)
{
	const char *words = NULL;

	for (size_t i = 0; i < COUNT(contact); i++)
		if (strcmp(contact_of(from, i), contact_of(to, i)) != 0)
			words = arena_fmt(
				t->mem, "%s %s",
				words ? arena_fmt(t->mem, "%s,", words)
				      : "Edited:",
				contact[i].label);
	return words;
}

static enum rc
edit(struct task *t, void *arg)
{
	struct act *a = arg;
	struct lead now;
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
	if (!words)
		return OK;
	rc = lead_edit(t, a->edited);
	if (!rc && strcmp(now.email, a->edited->email) != 0)
		rc = leadwork_known_by(t, a->lead_id, a->edited->email,
				       a->edited->is_test);
	if (!rc)
		rc = timeline_add(t, a->lead_id, "edited", words, NULL);
	if (!rc)
		rc = facet_words(t, a->lead_id);
	return rc ? rc : leadwork_worked(t, a);
}

enum rc
leadwork_edit(struct task *t, const struct lead *l, bool *changed)
{
	return leadwork_run(t, "lead_edit", edit,
			    (struct act){ .lead_id = l->id, .edited = l },
			    changed);
}

/* ---- entered by hand ----------------------------------------------------------------- */

static enum rc
known_already(struct task *t, const char *norm, struct act *a)
{
	enum rc rc = lead_by_identity(t, "email", norm, &a->lead_id);

	if (!rc)
		return fail(t, E_CONFLICT, "lead %lld: known by this address",
			    (long long)a->lead_id);
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return OK;
	}
	return rc;
}

static enum rc
enter(struct task *t, void *arg)
{
	struct act *a = arg;
	const char *norm = email_norm(t->mem, text_of(a->edited->email));
	struct user u = { 0 };
	enum rc rc = norm ? known_already(t, norm, a) : OK;

	if (!rc)
		rc = user_get(t, t->user_id, &u);
	if (!rc)
		rc = lead_add(t, a->edited, &a->lead_id);
	if (!rc && norm)
		rc = lead_add_identity(t, "email", norm, a->lead_id);
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
leadwork_enter(struct task *t, const struct lead *l, int64_t *id)
{
	struct lead copy = *l;
	struct act a = { .edited = &copy };
	enum rc rc;

	copy.source = "manual";
	copy.is_test = false;
	rc = db_tx(t, "lead_enter", enter, &a);
	if (!rc || rc == E_CONFLICT)
		*id = a.lead_id;
	return rc;
}
