/*
 * balance: the ledger looked at by the worker: a form whose leads are missing
 * or that is silent is a trouble that people are told of; and what is missing
 * is fetched.
 */
#ifndef WORK_BALANCE_H
#define WORK_BALANCE_H
#include "crm/ledger.h"

/* Silent: no lead for so many times the form's usual gap, and for a day. */
enum { BALANCE_SILENT_GAPS = 5 };

/* Every form; with an integration only its. */
NODISCARD enum rc balance_look(struct task *t, int64_t integration_id);

/* What has a name is tried again at once, all else is looked for by a sync that
 * reads the form from the beginning of its ledger.  *n: how many had a name.
 * E_NOTFOUND: no such form. */
NODISCARD enum rc balance_fetch(struct task *t, int64_t form_id, int64_t *n);

/* What Meta counts but does not give out, and what was given up, is not
 * expected any more; what is on its way, or waits for somebody, still is.  *n:
 * how many.  E_NOTFOUND: no such form; E_CONFLICT: Meta's list was not read
 * yet, so nobody knows that it does not have them. */
NODISCARD enum rc balance_accept(struct task *t, int64_t form_id, int64_t *n);
/* So many would be accepted; 0 before the list was read. */
int64_t balance_acceptable(const struct ledger_form *f);

#endif
