/*
 * deliveryrow: a message of Meta, and a lead of it, as the pages of deliveries
 * show them.
 */
#ifndef WEB_DELIVERYROW_H
#define WEB_DELIVERYROW_H
#include "web/app.h"
#include "web/way.h"
#include "work/delivery.h"

struct delivery_view {
	struct url open;
	const char *title_text, *what; /* page; "1 lead: 1204…" */
	const char *when_iso, *when_full, *when_short;
	bool is_signed, is_escaped; /* not signed: it came in no message */
	const char *signature;	    /* in a word; "" */
	struct status_view *status;
	int64_t retry; /* the job that may be tried at once; 0 = none */
};
struct delivery_step_view {
	const char *class, *name, *words;
	const char *when_iso, *when_full, *when_short; /* NULL: not known */
};
struct delivery_lead_view {
	int64_t id;
	const char *subject; /* Meta's lead id, or "Letter 12" */
	struct delivery_step_view *steps;
	size_t n_steps;
	struct url lead;    /* here; none while it is not stored */
	const char *letter; /* to whom and about what; NULL */
	bool may_retry;
};
extern const struct tmpl_field deliveryrow_fields[];
extern const struct tmpl_field delivery_lead_fields[];

struct delivery_view deliveryrow_of(struct req *r, const struct delivery *d);
/* A lead, or other work, as a row of its own. */
struct delivery_view deliveryrow_job(struct req *r,
				     const struct delivery_job *j);
/* How a submission came (its `way`) that is in no row. */
const char *deliveryrow_way(const char *way);
/* What happened to it, step by step. */
struct delivery_lead_view deliveryrow_lead(struct req *r,
					   const struct delivery_job *j);

#endif
