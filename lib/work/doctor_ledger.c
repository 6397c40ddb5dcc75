/* doctor_ledger: do the forms balance, and is one silent? */
#include "base/conf.h"
#include "crm/ledger.h"
#include "crm/trouble.h"
#include "work/doctor_private.h"

/* The trouble of one of its forms with this reason, or NULL. */
static const struct trouble *
of_forms(const struct trouble *all, size_t n, const char *reason)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].scope, TROUBLE_FORM) == 0 &&
		    strcmp(all[i].reason, reason) == 0)
			return &all[i];
	return NULL;
}

static void
look(struct doctor *d, struct check *c, const char *reason, const char *title,
     const char *good)
{
	struct trouble *all = NULL;
	const struct trouble *tr;
	struct reason_facts f;
	size_t n = 0;

	if (trouble_list(d->t, d->integration_id, &all, &n)) {
		doctor_blind(d, c, title);
		return;
	}
	tr = of_forms(all, n, reason);
	if (!tr) {
		doctor_found(c, CHECK_PASS, good, "");
		return;
	}
	f = trouble_facts(d->t->mem, tr, d->t->conf->site.time_zone, "");
	doctor_reason(d, c, reason, &f);
}

void
look_balance(struct doctor *d, struct check *c)
{
	static const char title[] = "Ledger";
	struct arena *mem = d->t->mem;
	struct when counted_at;
	const char *name;
	enum rc rc;

	look(d, c, "leads_missing", title,
	     "Every lead that Meta counts is here");
	if (c->state != CHECK_PASS)
		return;
	rc = ledger_uncounted(d->t, d->integration_id, &name, &counted_at);
	if (rc == E_NOTFOUND)
		task_forgive(d->t);
	else if (rc)
		doctor_blind(d, c, title);
	else if (counted_at.ms)
		doctor_found(
			c, CHECK_WARN, "Not every form was counted lately",
			arena_fmt(mem,
				  "Meta\u2019s count of \u201c%s\u201d is of "
				  "%s. A sync asks again; a form that Meta "
				  "lists no more can be left out at Edit.",
				  name,
				  when_full(mem, counted_at,
					    d->t->conf->site.time_zone)));
	else
		doctor_found(c, CHECK_WARN, "Not every form was counted yet",
			     arena_fmt(mem,
				       "Meta has not told how many leads "
				       "\u201c%s\u201d has. A sync asks.",
				       name));
}

void
look_silence(struct doctor *d, struct check *c)
{
	look(d, c, "form_silent", "Silence",
	     "No form is silent for longer than usual");
}
