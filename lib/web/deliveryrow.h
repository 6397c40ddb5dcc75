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
	int64_t id;
	const char *title_text, *what; /* page; "1 lead: 1204…" */
	const char *when_iso, *when_full, *when_short;
	bool is_escaped;
	struct status_view *status;
};
struct delivery_lead_view {
	int64_t id;
	const char *leadgen_id, *words;
	const char *tries; /* "after 3 tries" */
	struct status_view *status;
	struct url lead; /* here; none while it is not stored */
	bool may_retry;
};
extern const struct tmpl_field deliveryrow_fields[];
extern const struct tmpl_field delivery_lead_fields[];

struct delivery_view deliveryrow_of(struct req *r, const struct delivery *d);
struct delivery_lead_view deliveryrow_lead(struct req *r,
					   const struct delivery_job *j);

#endif
