/*
 * world_answer: what a person answers to the questions of a form, as
 * field_data of the Lead node (contract 3.4).
 */
#ifndef SIM_WORLD_ANSWER_H
#define SIM_WORLD_ANSWER_H
#include "base/json.h"
#include "world.h"
#include "world_person.h"
#include "world_switch.h"

struct answer_order {
	const struct sim_form *form;
	const struct switches *sw;
	const struct person *person;
	const struct json *values; /* given by hand; NULL = none */
	bool test;
	bool again; /* this person has answered before */
};

struct answers {
	const char *field_data;		  /* JSON array */
	const char *disclaimers;	  /* JSON array, or NULL */
	const char *name, *email, *phone; /* as answered, or NULL */
};

/* E_INTERNAL when the form's questions are no JSON. */
NODISCARD enum rc answers_make(struct task *t, const struct answer_order *o,
			       struct random *r, struct answers *out);

#endif
