/*
 * deliveryfigures: what stands above the list of deliveries: how many wait, are
 * parked or were given up, and what was refused.
 */
#ifndef WEB_DELIVERYFIGURES_H
#define WEB_DELIVERYFIGURES_H
#include "web/app.h"

struct queue_counts;

/* part/waiting.html: leads, as the list of what waits has them, and beside them
 * messages that nobody has looked into. */
struct deliverywaiting {
	int64_t n;
	const char *note;     /* since when, or until when; "" */
	const char *unopened; /* "and 20 messages not opened yet"; NULL */
};
extern const struct tmpl_field deliverywaiting_fields[];
struct deliverywaiting *deliveryfigures_waiting(struct req *r,
						const struct queue_counts *q);

struct deliveryfigures {
	int64_t n_today, n_parked, n_dead;
	struct deliverywaiting *waiting;
	/* sentences, NULL = nothing to say */
	const char *refused, *others;
	/* the app secret is wrong: what that is called, and a sentence */
	const char *secret, *secret_words;
	struct url secret_way; /* none for whom may not mend it */
};
extern const struct tmpl_field deliveryfigures_fields[];

NODISCARD enum rc deliveryfigures_of(struct req *r,
				     struct deliveryfigures *out);

#endif
