/*
 * identity: the normal forms by which a person is recognised.  Logins have
 * their own (email.h).
 */
#ifndef CRM_IDENTITY_H
#define CRM_IDENTITY_H
#include "base/arena.h"
#include "base/text.h"

struct identity_rules {
	bool drop_plus; /* ann+news@… is ann@… */
	bool drop_dots; /* of gmail.com and googlemail.com, which are one */
	const char *country; /* of phone numbers without a calling code; "" */
};
/* Trimmed, ASCII letters lower, the domain as DNS has it (IDNA 2008 with the
 * mapping of UTS 46): "ann@xn--bcher-kva.example".  NULL: no address. */
const char *identity_email(struct arena *mem, struct text address,
			   const struct identity_rules *rules);
/* E.164; NULL: no number. */
const char *identity_phone(struct arena *mem, struct text number,
			   const struct identity_rules *rules);

#endif
