/*
 * bulk: one change to many leads.  Owns table bulk_run.
 *
 * A run walks the leads of a filter, newest first, some at a time: each time
 * one transaction that holds the job, changes them, and notes how far it came.
 * A lead is changed as a person would change it (leadwork.h), with its line in
 * the timeline, and by whoever asked.  What came after the run began stands
 * above its place and is left alone.
 */
#ifndef WORK_BULK_H
#define WORK_BULK_H
#include "crm/leadlist.h"
#include "crm/user.h"
#include "work/queue.h"

#define BULK_ASSIGN "assign" /* to user_id, 0 = nobody */
#define BULK_SHARE "share"   /* one eligible person after the other */
#define BULK_STAGE "stage"
#define BULK_TAG "tag"
#define BULK_UNTAG "untag"

struct bulk {
	const char *act; /* BULK_… */
	const char *stage, *tag;
	const char *reason; /* of an assignment, for the timeline; maybe "" */
	int64_t user_id;
	bool only_open; /* leave out what is won or lost */
	struct lead_filter filter;
};
struct bulk_run {
	int64_t id;
	struct bulk bulk;  /* without its filter */
	const char *state; /* "running", "done", "stopped", "failed" */
	int64_t n_all;	   /* leads to look at, as far as lists count … */
	bool more;	   /* … and there are more */
	int64_t n_seen, n_changed;
	int64_t asked_by;
	struct when started_at, ended_at;
};

/* One lead now.  A lead that is no more is left out: *changed is false.
 * E_INPUT: the person takes no leads, or the lead has all the tags it may. */
NODISCARD enum rc bulk_one(struct task *t, const struct bulk *b,
			   int64_t lead_id, bool *changed);
/* All of the filter, by a worker; the audit is told. */
NODISCARD enum rc bulk_start(struct task *t, const struct bulk *b,
			     int64_t *run_id);
/* The open leads of somebody who leaves: to one person, or with `to` 0 to one
 * eligible person after the other. */
NODISCARD enum rc bulk_hand_over(struct task *t, const struct user *leaver,
				 int64_t to, int64_t *run_id);
NODISCARD enum rc bulk_get(struct task *t, int64_t run_id,
			   struct bulk_run *out);
/* After what was done so far; one that has ended stays as it is. */
NODISCARD enum rc bulk_stop(struct task *t, int64_t run_id);
/* Runs whose job was given up have failed. */
NODISCARD enum rc bulk_end_dead(struct task *t);
/* The worker's part: the next leads. */
NODISCARD enum rc bulk_job(struct task *t, const struct job *j);

#endif
