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
	f = trouble_facts(d->t->mem, tr, d->t->conf->site.time_zone, 0, "");
	doctor_reason(d, c, reason, &f);
}

void
look_balance(struct doctor *d, struct check *c)
{
	look(d, c, "leads_missing", "Ledger",
	     "Every lead that Meta counts is here");
}

void
look_silence(struct doctor *d, struct check *c)
{
	look(d, c, "form_silent", "Silence",
	     "No form is silent for longer than usual");
}
