/*
 * import: one lead of Meta's becomes a submission of a person (arrive.h), and
 * its job is done, in one transaction.
 */
#ifndef WORK_IMPORT_H
#define WORK_IMPORT_H
#include "crm/leadform.h"
#include "crm/page.h"
#include "meta/leadnode.h"
#include "work/arrive.h"
#include "work/queue.h"

#define IMPORT_HISTORY_WHY "History is not shared out."

struct import_lead {
	const struct job *job; /* ended with the import; NULL: none */
	const struct page *page;
	const struct lead_form *form; /* NULL: could not be read */
	struct meta_lead node;
	struct when fetched_at;
	struct when told_at; /* Meta's clock when it gave the lead; {0}: ours */
	const char *way;     /* "webhook", "sync", "history" */
	/* Why whoever has the lead keeps it, and else nobody gets it; NULL = it
	 * is assigned by the rule. */
	const char *unassigned_why;
};

/* A lead that is stored already only ends its job.  E_CONFLICT: the job's
 * lease was lost to another worker, which has or will import it.  *outcome
 * may be NULL. */
NODISCARD enum rc import_lead(struct task *t, const struct import_lead *in,
			      enum arrive_outcome *outcome);
/* The same on memory of its own, which is reset afterwards. */
NODISCARD enum rc import_apart(struct task *t, struct arena *mem,
			       const struct import_lead *in,
			       enum arrive_outcome *outcome);

#endif
