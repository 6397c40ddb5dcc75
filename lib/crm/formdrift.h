/*
 * formdrift: the questions of a form beside those that were confirmed.
 *
 * What a form asks is confirmed when its questions are read first, and again
 * whenever a person saves its fields.  Questions that came, went or were
 * renamed since are a trouble of the form until then.
 */
#ifndef CRM_FORMDRIFT_H
#define CRM_FORMDRIFT_H
#include "base/task.h"

enum question_state {
	QUESTION_SAME = 0,
	QUESTION_NEW,	  /* was not there when confirmed */
	QUESTION_RENAMED, /* same key, another label */
	QUESTION_GONE,	  /* was there when confirmed */
};

struct form_question {
	const char *key;
	const char *label;   /* as asked; the key when there is none */
	const char *type;    /* "EMAIL", "CUSTOM"…; NULL = unknown */
	const char *options; /* "Whitening, Braces"; "" = free text */
	const char *was;     /* QUESTION_RENAMED: the label before */
	enum question_state state;
};
/* New ones first, then as the form has them, those that went at the end; at
 * most FIELDMAP_MAX.  Texts that are no JSON are no questions. */
void form_questions(struct arena *mem, const char *questions,
		    const char *confirmed, struct form_question **out,
		    size_t *n);

/* A form was read: begin or end the trouble of what it asks.  `integration_id`
 * is whose card shows it. */
NODISCARD enum rc form_drift(struct task *t, int64_t form_id,
			     int64_t integration_id);
/* A person looked at the questions: they are confirmed, the trouble is over. */
NODISCARD enum rc form_confirm(struct task *t, int64_t form_id);

#endif
