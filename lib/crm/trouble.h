/*
 * trouble: what is wrong with a connection right now.  Owns table trouble.
 *
 * A row stands as long as its cause does: whoever meets it again refreshes it,
 * whoever sees that the cause is gone takes it away.  Card, banner, diagnosis
 * and mail read these rows and crm/reason.h; none of them guesses.
 */
#ifndef CRM_TROUBLE_H
#define CRM_TROUBLE_H
#include "base/task.h"
#include "crm/reason.h"

#define TROUBLE_APP "app"
#define TROUBLE_OWNER "owner"
#define TROUBLE_INTEGRATION "integration"
#define TROUBLE_PAGE "page"
#define TROUBLE_FORM "form"

struct trouble {
	const char *scope;	/* TROUBLE_… */
	int64_t subject_id;	/* row of the scope; 0 with TROUBLE_APP */
	int64_t integration_id; /* 0 with TROUBLE_APP */
	const char *reason;	/* code of crm/reason.h */
	const char *detail;	/* permission, host, label or date that the
				   sentence names; "" */
	int64_t code, subcode;	/* Meta's; 0 = none */
	struct when until;	/* ends by itself then; {0} = does not */
	/* only when read: */
	struct when since, mailed_at;
	const char *integration_name; /* "" with TROUBLE_APP */
	const char *page_name;	      /* of TROUBLE_PAGE and _FORM; else "" */
	const char *person;	      /* at Facebook; "" when not known */
	int64_t n_waiting; /* leads that wait for it, of a login or integration;
			      of very many, only some */
};

/* Begin it, or refresh it. */
NODISCARD enum rc trouble_met(struct task *t, const struct trouble *tr);
/* The cause is gone. */
NODISCARD enum rc trouble_over(struct task *t, const char *scope,
			       int64_t subject_id, const char *reason);
/* All of a subject are gone. */
NODISCARD enum rc trouble_all_over(struct task *t, const char *scope,
				   int64_t subject_id);
/* A lead of this page was read: whatever kept us from reading is over. */
NODISCARD enum rc trouble_page_reads(struct task *t, int64_t page_id);
/* A login, or a page, answered a call: whatever says that it does not is over.
 * What else may be wrong with it stays. */
NODISCARD enum rc trouble_answers(struct task *t, const char *scope,
				  int64_t subject_id);
/* Does something say that the leads of this page cannot be read?  Asked before
 * it is taken away: leads that came meanwhile may not have been told.  *login:
 * what it says may be true of its login, and so of that one's other pages. */
NODISCARD enum rc trouble_was_away(struct task *t, int64_t page_id, bool *away,
				   bool *login);
/* Since when no login has the page; {0}: one may. */
NODISCARD enum rc trouble_page_refused(struct task *t, int64_t page_id,
				       struct when *since);
/* Does the page have one that only reading a lead ends? */
NODISCARD enum rc trouble_page_waits(struct task *t, int64_t page_id,
				     bool *waits);
/* Logins and pages that an integration has no more: what was wrong with them
 * is over. */
NODISCARD enum rc trouble_gone(struct task *t, int64_t integration_id);
/* Everything of an integration, when it is deleted. */
NODISCARD enum rc trouble_forget(struct task *t, int64_t integration_id);

/* Of one integration and of the app; integration 0: of all.  The worst first,
 * then the oldest; at most 500; those whose time has passed are left out. */
NODISCARD enum rc trouble_list(struct task *t, int64_t integration_id,
			       struct trouble **out, size_t *n);
/* Forget those whose time passed a day ago. */
NODISCARD enum rc trouble_purge(struct task *t);
/* E_CONFLICT: it was told already since `tr` was read. */
NODISCARD enum rc trouble_mailed(struct task *t, const struct trouble *tr);

/* The facts of its sentence, times in `zone`; `app` is the name of the Meta app
 * or "". */
struct reason_facts trouble_facts(struct arena *mem, const struct trouble *tr,
				  const char *zone, const char *app);

#endif
