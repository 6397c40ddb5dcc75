/*
 * ledger: what Meta has of each form beside what is here.
 *
 * Meta says one number per form: all leads that ever were, test leads too
 * (contract 3.3).  Those of the time before the form was first asked for stand
 * outside the ledger, so that a form whose history nobody wanted balances.
 * Reads lead_form, submission, job; owns no table.
 */
#ifndef CRM_LEDGER_H
#define CRM_LEDGER_H
#include "crm/report.h"

enum { LEDGER_FORMS_MAX = 500, LEDGER_LEADS_MAX = 100 };

struct ledger_form {
	int64_t id, integration_id;
	const char *meta_id, *name, *status, *page_name, *page_meta_id;
	bool is_left_out;	/* outside: nobody wants its leads */
	struct when base_at;	/* the ledger begins; {0} = not asked yet */
	struct when counted_at; /* Meta's number is of then */
	struct when fetched_at; /* Meta's list was read, and its number has not
				   grown since; {0} */
	int64_t n_meta;		/* at Meta since base_at */
	int64_t n_here;		/* of these stored here, not wanted, or test
				   leads on their way; not removed test leads */
	int64_t n_expired;	/* of all: gone at Meta */
	int64_t n_waiting;	/* told of, but not stored: tried again */
	int64_t n_parked;	/* the same, waiting for somebody */
	int64_t n_dead;		/* the same, given up; not what is too old for
				   Meta, nor what was accepted as missing */
	int64_t n_accepted;	/* not here, and not expected */
	int64_t n_missing;	/* at Meta, neither; 0 when more are here */
};
/* Counted within a day, as the rarest sync does; else nobody knows. */
bool ledger_is_known(const struct ledger_form *f, struct when now);
/* One that is not, of an integration, or of all with 0; E_NOTFOUND: all are, but
 * for those left out.  *counted_at {0}: never yet. */
NODISCARD enum rc ledger_uncounted(struct task *t, int64_t integration_id,
				   const char **name, struct when *counted_at);
struct ledger_total { /* of the forms that are wanted */
	int64_t n_forms, n_known;
	int64_t n_missing;	/* by the worker's last look at each */
	struct when counted_at; /* of those known the one longest ago; {0} */
};
/* Of an integration, or of all with 0, without counting any lead. */
NODISCARD enum rc ledger_total(struct task *t, int64_t integration_id,
			       struct ledger_total *out);
/* Of an integration, or of all with 0.  By page and name, without those left out;
 * LEDGER_FORMS_MAX a page, from page 1 on, and one more when there is a next
 * page. */
NODISCARD enum rc ledger_forms(struct task *t, int64_t integration_id,
			       int64_t page, struct ledger_form **out,
			       size_t *n);
/* All by id, those behind form `after`: at most LEDGER_FORMS_MAX, and none
 * at the end. */
NODISCARD enum rc ledger_forms_after(struct task *t, int64_t integration_id,
				     int64_t after, struct ledger_form **out,
				     size_t *n);
/* E_NOTFOUND. */
NODISCARD enum rc ledger_form(struct task *t, int64_t id,
			      struct ledger_form *out);
/* The same, but what was submitted some seconds after Meta counted is not in
 * n_here: Meta may have counted it, as ledger_form believes, or not. */
NODISCARD enum rc ledger_form_strict(struct task *t, int64_t id,
				     struct ledger_form *out);

struct ledger_sum {
	const char *form_meta_id;
	struct when at;	  /* of ledger_days: when the day begins */
	int64_t received; /* announced by a webhook */
	int64_t stored, joined, test;
	int64_t parked, dead, expired; /* of those received, now */
};
/* What happened in the span, a row per form of which something did.  At most
 * 5,000. */
NODISCARD enum rc ledger_sums(struct task *t, const struct report_span *s,
			      struct ledger_sum **out, size_t *n);
/* What happened to one form (Meta's id), a row per day on which something did,
 * the first day first. */
NODISCARD enum rc ledger_days(struct task *t, const struct report_span *s,
			      const char *form, struct ledger_sum **out,
			      size_t *n);

struct ledger_lead {
	int64_t job_id;
	const char *leadgen_id, *state, *reason;
	struct when submitted_at, received_at;
};
/* The missing ones that have a name: told of, but not stored.  The newest
 * LEDGER_LEADS_MAX. */
NODISCARD enum rc ledger_missing(struct task *t, const char *form_meta_id,
				 struct ledger_lead **out, size_t *n);

/* Silence: the form's usual gap between leads, the median of its last 20, when
 * the latest was submitted, and how long ago by the database's clock.
 * E_NOTFOUND when it has too few to tell. */
struct ledger_rhythm {
	int64_t gap_ms, silent_ms;
	struct when latest;
};
NODISCARD enum rc ledger_rhythm(struct task *t, const char *form_meta_id,
				struct ledger_rhythm *out);

#endif
