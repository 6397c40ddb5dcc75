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

/* A form that Meta was not asked about lately, or NULL. */
static const struct ledger_form *
not_counted(const struct doctor *d, const struct ledger_form *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!all[i].is_left_out && !ledger_is_known(&all[i], d->t->now))
			return &all[i];
	return NULL;
}

void
look_balance(struct doctor *d, struct check *c)
{
	static const char title[] = "Ledger";
	const struct ledger_form *old;
	struct ledger_form *all = NULL;
	struct arena *mem = d->t->mem;
	size_t n = 0;

	look(d, c, "leads_missing", title,
	     "Every lead that Meta counts is here");
	if (c->state != CHECK_PASS)
		return;
	if (ledger_forms(d->t, d->integration_id, &all, &n)) {
		doctor_blind(d, c, title);
		return;
	}
	old = not_counted(d, all, n);
	if (old && old->base_at.ms)
		doctor_found(
			c, CHECK_WARN, "Not every form was counted lately",
			arena_fmt(mem,
				  "Meta\u2019s count of \u201c%s\u201d is of "
				  "%s. A sync asks again.",
				  old->name,
				  when_full(mem, old->counted_at,
					    d->t->conf->site.time_zone)));
	else if (old)
		doctor_found(c, CHECK_WARN, "Not every form was counted yet",
			     arena_fmt(mem,
				       "Meta has not told how many leads "
				       "\u201c%s\u201d has. A sync asks.",
				       old->name));
}

void
look_silence(struct doctor *d, struct check *c)
{
	look(d, c, "form_silent", "Silence",
	     "No form is silent for longer than usual");
}
