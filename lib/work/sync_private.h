/*
 * sync_private: what the files of sync share: sync_begin.c begins runs, sync.c
 * looks at them and stops them, sync_job.c does their steps, sync_read.c what a
 * step reads, sync_step.c makes and ends steps, also when Meta refuses.
 */
#ifndef WORK_SYNC_PRIVATE_H
#define WORK_SYNC_PRIVATE_H
#include "crm/integration.h"
#include "crm/leadform.h"
#include "crm/page.h"
#include "crm/reason.h"
#include "meta/graph.h"
#include "work/sync.h"

/* Page p, of integration p.integration_id: nothing that is wrong now keeps its
 * leads from being read. */
#define SYNC_PAGE_READS                                                        \
	" NOT EXISTS (SELECT 1 FROM trouble tr"                                \
	" WHERE (tr.until IS NULL OR tr.until > ?)"                            \
	" AND tr.reason NOT IN (" REASONS_READ_ON_SQL ")"                      \
	" AND (tr.scope = 'page' AND tr.subject_id = p.id"                     \
	" OR tr.scope = 'owner' AND tr.integration_id = p.integration_id"      \
	" AND (p.owner_id IS NULL OR tr.subject_id = p.owner_id)))"

struct sync_step {
	const char *page_meta_id, *form_meta_id, *next_cursor;
	const char *mark_cursor; /* one that was met before */
	const char *reason;	 /* SYNC_NOT_LISTED, or "" */
	int64_t page_size;
	int64_t n_again;   /* so often it began again */
	int64_t n_tries;   /* calls that failed since one was answered */
	struct when since; /* leads from then on are asked for, too; {0} */
	struct when waits_until; /* over by now; {0} = it did not wait since
				    its page answered */
};

struct sync_work {
	const struct job *job;
	struct arena *item_mem; /* of one form or import after the other */
	struct sync_run run;
	struct sync_step step;
	struct page page;
	struct graph graph;
	struct lead_form form;
	struct when since; /* leads submitted before are not wanted */
	/* of this step */
	int64_t n_read, n_new, n_joined, n_known, n_failed;
	bool any_wanted;   /* one of this answer was not too old */
	bool any_old;	   /* one was */
	bool falls, rises; /* one was older, younger than the one before */
	struct when met;   /* when the one before was submitted; {0} */
	bool has_ended;	   /* the run */
	const char *after;
};

/* `form_meta_id` "": list the forms of the page.  The same again is no error;
 * *added, which may be NULL, is 0 then. */
NODISCARD enum rc sync_add_step(struct task *t, int64_t run_id,
				const char *page_meta_id,
				const char *form_meta_id, int64_t *added);
/* Of a step: the form is known here, and Meta listed others without it. */
#define SYNC_NOT_LISTED "not_listed"

/* Steps for the forms of the step's page that are known and have none. */
NODISCARD enum rc sync_add_known(struct task *t, const struct sync_work *w,
				 const char *reason);

/* If it is paused, it is at work again; *changed, which may be NULL, is 1 then. */
NODISCARD enum rc sync_unpause(struct task *t, int64_t run_id,
			       int64_t *changed);
/* Somebody decided by its state: who changes that meanwhile, on another node
 * of a cluster, too, is seen. */
NODISCARD enum rc sync_note_met(struct task *t, int64_t run_id);
/* So many forms more are to be read, with so many leads at most. */
NODISCARD enum rc sync_count_forms(struct task *t, int64_t run_id, int64_t n,
				   int64_t n_leads);
/* Has it read all that a sync would have? */
bool sync_is_complete(const struct sync_run *run);

/* The step at hand is "done" or "failed"; the job goes on with the next.  One
 * that more was asked of meanwhile stays. */
NODISCARD enum rc sync_end_step(struct task *t, const struct sync_work *w,
				const char *state, const char *reason);
/* It has failed, and the run tells why. */
NODISCARD enum rc sync_fail_step(struct task *t, const struct sync_work *w,
				 const char *reason);
enum sync_onward {
	SYNC_END,
	SYNC_MORE,
	SYNC_ROUND, /* to where it was before: what follows is not shown */
};
/* Where the cursor `next` of an answer leads; NULL when it had none. */
enum sync_onward sync_onward(const struct sync_work *w, const char *next);
/* The step at hand goes on at this cursor.  One that more was asked of meanwhile
 * begins again. */
NODISCARD enum rc sync_go_on(struct task *t, const struct sync_work *w,
			     const char *cursor);
/* The step's page answers: it does not wait any more. */
NODISCARD enum rc sync_page_answers(struct task *t, const struct sync_work *w);
/* All of its page's steps fail. */
NODISCARD enum rc sync_fail_page(struct task *t, const struct sync_work *w,
				 const char *reason);
/* Nothing is asked of the step's page before `until`; the job goes on with
 * other pages.  The run as a whole waits. */
NODISCARD enum rc sync_page_waits(struct task *t, const struct sync_work *w,
				  struct when until);
NODISCARD enum rc sync_run_waits(struct task *t, const struct sync_work *w,
				 struct when until);
/* Meta did not give out what the step asked for. */
NODISCARD enum rc sync_refused(struct task *t, const struct sync_work *w,
			       const struct graph_error *err);
/* Steps of the run, of one page or ("") of all. */
struct sync_left {
	int64_t failed, ready;
	bool is_held;	     /* not only by calls that failed */
	struct when next_at; /* when the first of those that are ready may
				begin, at least now; {0} = there is none */
};
NODISCARD enum rc sync_count_left(struct task *t, const struct sync_work *w,
				  const char *page_meta_id,
				  struct sync_left *out);
/* Note it when this was the last step of a page that has read all its forms. */
NODISCARD enum rc sync_page_done(struct task *t, const struct sync_work *w);

/* The two kinds of steps.  E_REMOTE with *err when Meta refuses. */
NODISCARD enum rc sync_list_forms(struct task *t, struct sync_work *w,
				  struct graph_error *err);
NODISCARD enum rc sync_read_leads(struct task *t, struct sync_work *w,
				  struct graph_error *err);
/* Leads of w->form that were submitted before are not asked for. */
struct when sync_since(const struct task *t, const struct sync_work *w);

#endif
