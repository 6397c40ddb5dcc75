/*
 * gone: why Meta does not show a lead.  Code 100/33 says the same of a lead
 * that was deleted, of one older than Meta keeps them, of one that is not
 * readable yet, of Leads Access that was taken away, and of a page that was lost
 * (contract sections 6, 14.3 and 14.8).
 */
#ifndef WORK_GONE_H
#define WORK_GONE_H
#include "meta/graph.h"
#include "work/queue.h"

/* Tries before anybody asks why: it may just be too early. */
enum { GONE_TRIES = 4 };

/* Of one batch: the page and each form are asked once. */
enum { GONE_FORMS = 8 };
struct gone {
	bool looked;
	struct graph_error page; /* class GRAPH_OK: it is readable */
	struct gone_form {
		const char *id;
		struct graph_error err; /* GRAPH_OK: its leads are */
	} forms[GONE_FORMS];
	size_t n_forms;
};

/* Where the tries are over, *err, of class GRAPH_GONE, becomes what stands
 * behind it: what the page, or the list of the form's leads, is refused for, so
 * that the lead waits for that to end; "leads_access", to be tried again, when
 * that list is not shown; what Meta says now, when it is asked for once more;
 * else "lead_expired" or what it was.  Other errors stay.  With more than
 * GONE_FORMS forms nobody knows of the rest: their leads are tried again. */
NODISCARD enum rc gone_why(struct task *t, const struct graph *g,
			   const struct job *j, struct gone *seen,
			   struct graph_error *err);

#endif
