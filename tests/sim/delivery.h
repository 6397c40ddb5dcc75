/*
 * delivery: webhooks put together, signed and posted (contract 1.2, 1.5).
 */
#ifndef SIM_DELIVERY_H
#define SIM_DELIVERY_H
#include "world_lead.h"

/* Post one body with these leads as its changes.  *acked: the answer was 2xx.
 * OK also when nobody answered. */
NODISCARD enum rc delivery_post(struct task *t, const struct sim_app *app,
				const struct switches *sw,
				const struct sim_lead *const *leads, size_t n,
				bool *acked);

#endif
