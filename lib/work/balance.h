/*
 * balance: the ledger looked at by the worker: a form whose leads are missing
 * or that is silent is a trouble that people are told of; and what is missing
 * is fetched.
 */
#ifndef WORK_BALANCE_H
#define WORK_BALANCE_H
#include "base/task.h"

/* Silent: no lead for so many times the form's usual gap, and for a day. */
enum { BALANCE_SILENT_GAPS = 5 };

/* Every form; with an integration only its. */
NODISCARD enum rc balance_look(struct task *t, int64_t integration_id);

/* What has a name is tried again at once, all else is looked for from the
 * beginning of the form's ledger.  *n: how many had a name.  E_NOTFOUND: no such
 * form; E_CONFLICT: an import of history of its integration is open. */
NODISCARD enum rc balance_fetch(struct task *t, int64_t form_id, int64_t *n);

#endif
