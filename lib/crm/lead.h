/*
 * lead: the people who answered a lead form, as the CRM knows them.  Owns
 * tables lead and lead_tag.
 */
#ifndef CRM_LEAD_H
#define CRM_LEAD_H
#include "base/task.h"
#include "base/text.h"

struct lead {
	int64_t id;
	const char *name, *first_name, *last_name; /* never NULL */
	const char *email, *phone;
	const char *email_norm, *phone_e164; /* see recognise_norms; NULL when
						written: none */
	const char *company, *job_title;
	const char *street, *city, *state, *post_code, *country;
	const char *source;	   /* "meta", "import", "manual" */
	const char *stage;	   /* "new", "contacted"… */
	int64_t assignee_id;	   /* 0 = nobody */
	const char *assignee_name; /* "" = nobody */
	bool is_test;
	int64_t n_submissions;
	const char *nobody_why; /* see lead_assign; "" = somebody has it */
	struct when created_at, latest_at, touched_at;
	struct when deleted_at; /* {0} = not deleted */
	struct when erased_at;	/* {0} = not; an erased lead is deleted, too */
	const char *deleter;	/* who deleted it; "" = nobody */
	int64_t merged_into;	/* 0 = stands for itself */
	int64_t version;	/* counts changes of what an edit shows */
	int64_t import_id;	/* the file that made it; 0 = none */
};

/* What is shown in place of a missing name: e-mail, phone, or "No name". */
const char *lead_title(const struct lead *l);
const char *lead_title_of(const char *name, const char *email,
			  const char *phone);

/* E_NOTFOUND.  Whoever may see only own leads checks assignee_id. */
NODISCARD enum rc lead_get(struct task *t, int64_t id, struct lead *out);

/* The same, locked until the transaction ends. */
NODISCARD enum rc lead_hold(struct task *t, int64_t id, struct lead *out);
struct lead_id {
	int64_t id;
};
/* The lead and those that became part of it, at most 1,000. */
NODISCARD enum rc lead_with_parts(struct task *t, int64_t id,
				  struct lead_id **out, size_t *n);

/* ---- writing, inside the import's transaction ------------------------------ */

NODISCARD enum rc lead_add(struct task *t, const struct lead *l, int64_t *id);
/* Fill what is empty in the stored lead from `l`; nothing is overwritten, and
 * where anything was filled it counts as an edit. */
NODISCARD enum rc lead_fill(struct task *t, int64_t id, const struct lead *l);
/* Overwrite the contact with that of `l`, which may be empty, and count the
 * edit. */
NODISCARD enum rc lead_edit(struct task *t, const struct lead *l);
/* Count an edit of what is stored beside it. */
NODISCARD enum rc lead_edited(struct task *t, int64_t id);
/* Count a stored submission and move the lead to the top of the list. */
NODISCARD enum rc lead_submitted(struct task *t, int64_t id,
				 int64_t submission_id);
/* Its submissions, counted anew after some changed hands. */
NODISCARD enum rc lead_recount(struct task *t, int64_t id);
/* To nobody (0) for the reason `why`: "strategy", "pool" (nobody in it),
 * "target" (the chosen person was not eligible), "person" (took it away). */
NODISCARD enum rc lead_assign(struct task *t, int64_t id, int64_t user_id,
			      const char *why);

/* *is_new (may be NULL): it had no such tag. */
NODISCARD enum rc lead_tag_add(struct task *t, int64_t id, const char *tag,
			       bool *is_new);
struct lead_tag {
	const char *tag;
};
NODISCARD enum rc lead_tags(struct task *t, int64_t id, struct lead_tag **out,
			    size_t *n);

#endif
