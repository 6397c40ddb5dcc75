/*
 * signed_request: what Meta posts when a person removes the app or asks for
 * deletion (contract 2.10).
 */
#ifndef SIM_SIGNED_REQUEST_H
#define SIM_SIGNED_REQUEST_H
#include "base/task.h"

/* "signature.payload", both base64url without padding. */
const char *signed_request(struct task *t, const char *secret,
			   const char *user_id);

#endif
