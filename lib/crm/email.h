/*
 * email: addresses as people type them, and the form in which two are the
 * same.
 */
#ifndef CRM_EMAIL_H
#define CRM_EMAIL_H
#include "base/arena.h"
#include "base/text.h"

/* Could mail be sent there?  local@domain with a dot, no blanks or controls,
 * at most 254 bytes; any script. */
bool email_valid(struct text address);
/* Trimmed, ASCII letters lower, the domain's too; NULL when not valid. */
const char *email_norm(struct arena *mem, struct text address);

#endif
