/*
 * arrive: somebody's answer becomes a submission of a person, in one
 * transaction: recognised, stored, assigned, tagged, written into the
 * timeline.  Either all of it or nothing.  Meta's leads come through
 * import.h, rows of files through fileimport.h.
 *
 * Nothing that a lead has is overwritten: what is empty is filled in, what
 * differs is kept beside it (recognise.h).
 */
#ifndef WORK_ARRIVE_H
#define WORK_ARRIVE_H
#include "crm/assign.h"
#include "crm/fieldmap.h"
#include "crm/submission.h"
#include "work/queue.h"

enum arrive_outcome {
	ARRIVE_NEW,
	ARRIVE_JOINED,
	ARRIVE_SKIPPED, /* its person is here, and that was to be enough */
	ARRIVE_KNOWN,	/* this very answer is here */
};

struct arrival {
	const struct job *job;	     /* ended with it; NULL: none */
	struct fieldmap_person said; /* with lead.source and lead.is_test */
	struct submission sub;	     /* all but lead_id and what joining says */
	const char *on_known; /* "join", "new", "skip" (integration.on_known) */
	const char *came;     /* "Came from the Facebook form “Dental”" */
	const char *again;    /* "Another answer came from …" */
	const char *tags[4];  /* NULL at the end */
	/* Who gets it; holder_id (0 = nobody) has it already.  Stored, told in
	 * the timeline and by letter here. */
	enum rc (*assign)(struct task *t, void *arg, int64_t holder_id,
			  struct assignment *out);
	void *arg;
};

/* In a transaction of its own, or the caller's.  E_CONFLICT: the job's lease
 * was lost.  *lead_id (may be NULL): whose it is, 0 with ARRIVE_KNOWN. */
NODISCARD enum rc arrive(struct task *t, const struct arrival *in,
			 enum arrive_outcome *outcome, int64_t *lead_id);
/* Answers as submission_answers reads them back; NULL: over 4 MiB. */
const char *arrive_answers(struct arena *mem,
			   const struct submission_answer *all, size_t n);

#endif
