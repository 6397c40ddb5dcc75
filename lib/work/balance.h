/*
 * balance: the ledger looked at by the worker: a form whose leads are missing
 * or that is silent is a trouble that people are told of; and what is missing
 * is fetched.
 */
#ifndef WORK_BALANCE_H
#define WORK_BALANCE_H
#include "crm/ledger.h"

/* Silent: no lead for so many times the form's usual gap, and for a day; until
 * a lead comes, or for 14 days and twice that time. */
enum { BALANCE_SILENT_GAPS = 5 };

/* Every form; with an integration only its. */
NODISCARD enum rc balance_look(struct task *t, int64_t integration_id);

/* What has a name is tried again at once, all else is looked for by a sync that
 * reads the form from the beginning of its ledger.  *n: how many had a name;
 * *is_read: a sync reads it, since its ledger has begun.  E_NOTFOUND: no such
 * form. */
NODISCARD enum rc balance_fetch(struct task *t, int64_t form_id, int64_t *n,
				bool *is_read);

/* What Meta counts but does not give out, and what was given up, is not
 * expected any more; what is on its way, or waits for somebody, still is.
 * E_NOTFOUND: no such form; E_CONFLICT: it is not `n` that can be accepted. */
NODISCARD enum rc balance_accept(struct task *t, int64_t form_id, int64_t n);
/* So many can be; 0 until Meta's list was read, and when Meta counted more since:
 * nobody has looked for those. */
int64_t balance_acceptable(const struct ledger_form *f);

#endif
