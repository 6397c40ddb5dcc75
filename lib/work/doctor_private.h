/*
 * doctor_private: what the files of doctor share: doctor.c has the table and
 * the report, doctor_crm.c looks at this installation, doctor_room.c at its room
 * and who works, doctor_app.c at the Meta app, doctor_pages.c at one integration,
 * doctor_drill.c at its fire drills, doctor_ledger.c at its balance, doctor_assign.c at who gets its leads.
 */
#ifndef WORK_DOCTOR_PRIVATE_H
#define WORK_DOCTOR_PRIVATE_H
#include "crm/integration.h"
#include "crm/owner.h"
#include "crm/page.h"
#include "meta/pagelook.h"
#include "work/doctor.h"

struct doctor {
	struct task *t;
	int64_t integration_id;
	struct integration integration;
	bool secret_is_right; /* look_secret: Meta says so */
	/* asked of Meta once, when the first check needs it */
	bool asked, can_ask;
	const char *cannot; /* why not, in words */
	struct owner *owners;
	struct meta_token *tokens; /* one per owner */
	struct graph_error *token_errs;
	size_t n_owners;
	struct page *pages;
	struct meta_look *looks; /* one per page */
	size_t n_pages;
};

typedef void doctor_look(struct doctor *d, struct check *c);

doctor_look look_database, look_durable, look_clock, look_schema, look_worker,
	look_queue, look_mail;
doctor_look look_var, look_data, look_size, look_waiting, look_cron;
doctor_look look_app, look_secret, look_callback, look_subscription,
	look_deliveries, look_signatures, look_live, look_version;
doctor_look look_integrations;
doctor_look look_status, look_logins, look_permissions, look_pages,
	look_subscribed, look_access, look_terms, look_forms, look_submissions,
	look_strategy, look_assignee, look_drill, look_balance, look_silence;

/* What a check found: its heading, and why with what mends it ("" = nothing
 * more to say). */
void doctor_found(struct check *c, enum check_state state, const char *title,
		  const char *words);
/* It fails (or warns) for a reason of crm/reason.h. */
void doctor_reason(struct doctor *d, struct check *c, const char *reason,
		   const struct reason_facts *f);
void doctor_error(struct doctor *d, struct check *c,
		  const struct graph_error *err, const struct reason_facts *f);
/* Of a disk with so many bytes left of all: a warning under 500 MB or 5 %. */
enum check_state doctor_room_state(uint64_t left, uint64_t all);
/* It could not even look: the words of the task's failure. */
void doctor_blind(struct doctor *d, struct check *c, const char *title);

#endif
