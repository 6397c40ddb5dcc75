/*
 * control: the handlers of the simulator's control desk (/sim/…) that change
 * the world: tokens, Leads Access, terms, the app, its subscription.  JSON in
 * and out; README.md has the table.
 */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H
#include "base/json.h"
#include "web/app.h"

/* The body as a JSON object, E_INPUT when it is none. */
NODISCARD enum rc control_body(struct req *r, const struct json **out);
int64_t control_number(const struct json *body, const char *name,
		       int64_t otherwise);
NODISCARD enum rc control_json(struct req *r, const struct buf *b);
/* {"success":true} */
NODISCARD enum rc control_done(struct req *r);

handler control_kill, control_expire, control_leads_access, control_terms,
	control_app, control_steal, control_subscribe, control_unsubscribe,
	control_deauthorize, control_deletion, control_reset;

#endif
