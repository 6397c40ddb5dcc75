/*
 * testlead: a lead made at Meta to watch it travel.  Owns table test_run.
 */
#ifndef WORK_TESTLEAD_H
#define WORK_TESTLEAD_H
#include "base/task.h"
#include "meta/graph.h"

struct testlead {
	int64_t id, integration_id;
	const char *page_meta_id, *page_name;
	const char *form_meta_id, *form_name;
	const char *leadgen_id;
	/* the five steps; {0} = not yet */
	struct when asked_at, created_at; /* created at Meta, by our clock */
	struct when submitted_at;	  /* by Meta's, where it has told */
	struct when received_at, fetched_at, imported_at, assigned_at;
	int64_t lead_id;	   /* 0 = not stored yet */
	const char *assignee_name; /* "" = nobody */
	const char *job_state;	   /* "", "ready", "running", "done", "parked",
				   "dead" */
	const char *job_reason;	   /* code of crm/reason.h, or "" */
	bool is_unassigned;	   /* stored, and by rule nobody's */
};

struct testlead_wish {
	int64_t integration_id;
	const char *form_meta_id;
	bool replace;  /* one that Meta has already goes first */
	bool is_drill; /* of drill.h */
};
/* Make a test lead of a form of a connected page.  E_CONFLICT: Meta has one
 * for this form already.  E_REMOTE: Meta said no, and why in *err, whose reason
 * is "" else.  Calls Meta: not inside a transaction. */
NODISCARD enum rc testlead_make(struct task *t, const struct testlead_wish *w,
				int64_t *id, struct graph_error *err);
/* One of a drill that came before Meta's answer, or without: known from now on,
 * so that it is removed.  Again is no error. */
struct testlead_note {
	int64_t integration_id;
	const char *page_meta_id, *form_meta_id, *leadgen_id;
	struct when created_at;
};
NODISCARD enum rc testlead_note(struct task *t, const struct testlead_note *n);
/* How far it is.  E_NOTFOUND. */
NODISCARD enum rc testlead_look(struct task *t, int64_t id,
				struct testlead *out);
/* The webhook does not come: queue the lead as if it had. */
NODISCARD enum rc testlead_fetch(struct task *t, int64_t id);
/* Remove it, at Meta (best effort) and here. */
NODISCARD enum rc testlead_remove(struct task *t, int64_t id);
/* The same, but while Meta does not remove it, it stays here too: *gone. */
NODISCARD enum rc testlead_take_back(struct task *t, int64_t id, bool *gone);
/* The one that Meta has of a form, if nobody asked for it here: best effort.
 * E_NOTFOUND: the integration has no such form. */
NODISCARD enum rc testlead_sweep(struct task *t, int64_t integration_id,
				 const char *form_meta_id);

#endif
