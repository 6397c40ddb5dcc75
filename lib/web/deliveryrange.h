/*
 * deliveryrange: days of deliveries to be replayed, as they stand in a form
 * and in an address, and how much of them is left.
 */
#ifndef WEB_DELIVERYRANGE_H
#define WEB_DELIVERYRANGE_H
#include "web/app.h"
#include "work/delivery.h"

struct deliveryrange {
	const char *from, *until; /* days, "2026-11-25" */
	int64_t at, id;		  /* where the rest begins; 0 = all of them */
};
extern const struct form_field deliveryrange_form[];

/* Whole days, as they are where the person is; false: they are none, or more
 * than a year. */
bool deliveryrange_read(struct req *r, const struct deliveryrange *in,
			struct delivery_range *out);
/* What a count has found: "The first 5,000 deliveries, 3 expected…". */
const char *deliveryrange_found(struct req *r, const struct deliveryrange *in,
				const struct delivery_range *d);
/* Where to go after a replay: to the rest, or to the list. */
struct url deliveryrange_next(struct req *r, const struct deliveryrange *in,
			      const struct delivery_range *d);

#endif
