/*
 * deliveryfigures: what stands above the list of deliveries: how many wait, are
 * parked or were given up, and what was refused.
 */
#ifndef WEB_DELIVERYFIGURES_H
#define WEB_DELIVERYFIGURES_H
#include "web/app.h"

struct deliveryfigures {
	int64_t n_today, n_waiting, n_parked, n_dead;
	const char *waits;
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
