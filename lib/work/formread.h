/*
 * formread: the forms of the leads of one batch: known here, known in the
 * database, or asked of Meta once.
 *
 * A form's questions say what an answer is called and which field it fills, so
 * that a lead waits for them while they may come.  A form that Meta refuses for
 * good holds no lead back: its answers are taken in by their keys, and read
 * again when the form is known (learn.h).
 */
#ifndef WORK_FORMREAD_H
#define WORK_FORMREAD_H
#include "crm/leadform.h"
#include "crm/page.h"
#include "meta/graph.h"
#include "work/queue.h"

struct formread_form {
	struct lead_form form;	/* id 0: not known */
	struct graph_error why; /* why Meta did not tell its questions; class
				   GRAPH_OK: they are known */
};
struct formread { /* fill by hand all but n */
	const struct graph *graph;
	const struct page *page;
	const char *mark;	   /* of the claim */
	struct formread_form *all; /* room for as many as leads */
	size_t n;
};

/* *out is NULL when this is no form's id. */
NODISCARD enum rc formread_find(struct task *t, struct formread *r,
				const char *form_id,
				const struct formread_form **out);

/* Does the lead of this job wait for the form? */
bool formread_waits(const struct job *j, const struct graph_error *why);
/* It does: until a limit of Meta has ended, or for another try. */
NODISCARD enum rc formread_wait(struct task *t, const struct job *j,
				const struct graph_error *why);

#endif
