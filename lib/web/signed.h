/*
 * signed: callbacks of Meta that carry a signed_request (contract 2.10)
 * instead of a signature over the body.
 */
#ifndef WEB_SIGNED_H
#define WEB_SIGNED_H
#include "web/app.h"

/* A verifier of raw routes: the request is signed with our app secret, or with
 * the one before while Meta may still use it.  E_INPUT: broken.  E_DENIED:
 * the signature does not hold, or there is no secret yet. */
NODISCARD enum rc signed_verify(struct req *r, const void *form);

/* Whom it is about: an app-scoped id, as in integration_owner.  Checks like
 * the verifier. */
NODISCARD enum rc signed_person(struct req *r, const char **meta_user_id);

#endif
