/*
 * submission: one answer of one form, kept as it came.  Owns table
 * submission.
 */
#ifndef CRM_SUBMISSION_H
#define CRM_SUBMISSION_H
#include "base/task.h"

struct submission {
	int64_t id;
	const char *leadgen_id; /* NULL, or "" when read: not Meta's */
	int64_t lead_id;
	int64_t integration_id;		      /* 0 = unknown */
	const char *page_meta_id, *page_name; /* texts: never NULL, "" when */
	const char *form_meta_id, *form_name; /* Meta did not tell */
	const char *platform;
	bool is_organic, is_test;
	bool is_joined;	    /* its person was known already */
	bool is_skipped;    /* kept with the lead, changed nothing of it */
	bool is_recovered;  /* came in long after it was submitted (import.c) */
	const char *filled; /* fields of the lead it filled in: "phone city" */
	const char *ad_id, *ad_name, *adset_id, *adset_name;
	const char *campaign_id, *campaign_name, *partner_name;
	const char *answers; /* JSON, see submission_answers */
	const char *disclaimers;
	const char *raw;
	const char *way; /* "webhook", "sync", "history", "import" */
	int64_t import_id, import_row; /* of a file; 0 = none */
	struct when submitted_at, received_at, fetched_at, imported_at,
		assigned_at;
};

/* E_CONFLICT: this leadgen id is stored already. */
NODISCARD enum rc submission_add(struct task *t, const struct submission *s,
				 int64_t *id);
/* Is this leadgen id stored? */
NODISCARD enum rc submission_known(struct task *t, const char *leadgen_id,
				   bool *known);
/* Whose it is, and how it came.  E_NOTFOUND: it is not stored. */
NODISCARD enum rc submission_find(struct task *t, const char *leadgen_id,
				  int64_t *lead_id, const char **way);
/* The highest id so far; 0 = none. */
NODISCARD enum rc submission_latest_id(struct task *t, int64_t *id);
/* Who got it when it came. */
NODISCARD enum rc submission_assigned(struct task *t, int64_t id,
				      int64_t user_id);
/* What it gave a lead that was here, beside `filled`: column gave. */
NODISCARD enum rc submission_gave(struct task *t, int64_t id, const char *gave);
/* All of a lead, newest first, at most 200, without raw.  answers is "" from
 * where they would be over 512 KiB together; disclaimers over 8 KiB are "". */
NODISCARD enum rc submission_of_lead(struct task *t, int64_t lead_id,
				     struct submission **out, size_t *n);

/* Its form is known by now: the answers beside their questions, and the form's
 * name where there was none. */
NODISCARD enum rc submission_learnt(struct task *t, int64_t id,
				    const char *answers, const char *form_name);
/* The node as Meta sent it; "" when it is over 256 KiB. */
NODISCARD enum rc submission_raw(struct task *t, int64_t id, const char **raw);

/* The newest `max` ones of an integration, at most 20, for a page. */
struct submission_news {
	int64_t lead_id;       /* 0 = the lead was deleted */
	const char *lead_name; /* what is shown of it, maybe "" */
	const char *way;       /* "webhook", "sync", "history" */
	struct when submitted_at, imported_at;
};
NODISCARD enum rc submission_recent(struct task *t, int64_t integration_id,
				    size_t max, struct submission_news **out,
				    size_t *n);

/* The newest real ones of a form, at most 20, of leads that are not deleted;
 * answers over 64 KiB are "[]". */
struct submission_sample {
	const char *lead_name, *answers;
	struct when imported_at;
};
NODISCARD enum rc submission_of_form(struct task *t, const char *form_meta_id,
				     struct submission_sample **out, size_t *n);

/* The answers column, read back. */
struct submission_answer {
	const char *key, *question, *value;
	const char *type; /* "" when unknown */
};
NODISCARD enum rc submission_answers(struct task *t, const char *json,
				     struct submission_answer **out, size_t *n);

/* The disclaimers column, read back: the boxes of a form's legal text, at most
 * 50 (contract section 3.1).  What is no such list gives none. */
struct submission_consent {
	const char *key;  /* the box as Meta names it: "optional_1" */
	const char *text; /* what it says; "" here, see form_consents */
	bool is_given;
};
void submission_consents(struct task *t, const char *json,
			 struct submission_consent **out, size_t *n);

#endif
