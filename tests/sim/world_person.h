/*
 * world_person: invented people of several countries and scripts.  A number
 * always gives the same person, and no two people share an e-mail address
 * or a telephone number.
 */
#ifndef SIM_WORLD_PERSON_H
#define SIM_WORLD_PERSON_H
#include "base/arena.h"
#include "random.h"

struct person {
	const char *given, *family, *full;
	const char *email;
	const char *phone;    /* E.164 */
	const char *national; /* as dialled at home */
	const char *city, *country, *street, *post_code;
	const char *company, *job, *born;
};

struct person person_make(struct arena *mem, int64_t number);
/* The same address as somebody types it the second time: other case, blanks
 * around it. */
const char *person_email_again(struct arena *mem, const char *email,
			       struct random *r);

#endif
