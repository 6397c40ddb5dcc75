/*
 * fieldrows: the questions of a form beside the fields they fill, as a person
 * chooses them, and what that makes of the newest real lead.
 */
#ifndef WEB_FIELDROWS_H
#define WEB_FIELDROWS_H
#include "crm/leadform.h"
#include "web/app.h"
#include "web/option.h"

/* What the browser sends: one text per question in each list, in one order. */
struct fieldrows_in {
	int64_t id;
	struct form_list question; /* marks of the questions */
	struct form_list target;   /* "email", "custom:7", "new", "" */
	struct form_list field;	   /* name of a new field */
	struct form_list transform;
};
extern const struct form_field fieldrows_form[];

struct row_view {
	const char *mark; /* stands for the key, fit for an id */
	const char *label, *key, *kind, *options, *answer, *badge, *was;
	struct option_view *targets, *transforms;
	size_t n_targets, n_transforms;
	const char *field; /* name typed for a new field */
	const char *fault;
	bool is_gone; /* shown only */
};
struct seen_view {
	const char *title, *value;
};
struct source_view {
	int64_t id;
	const char *name;
};
struct fieldrows {
	struct row_view *questions;
	size_t n_questions;
	const char *preview_of; /* name of the lead; NULL = no lead yet */
	const char *preview_iso, *preview_ago;
	struct seen_view *seen;
	size_t n_seen;
	struct source_view *sources; /* other forms, to copy from */
	size_t n_sources;
	const char *copied; /* name of the form that the choice comes from */
	bool has_questions, has_sources;
};
extern const struct tmpl_field fieldrows_fields[];

/* `typed`: show what was typed; else `from`: the choice of another form that
 * fits by key, then label, then kind; else what is stored. */
NODISCARD enum rc fieldrows_load(struct req *r, const struct lead_form *f,
				 const struct fieldrows_in *typed, int64_t from,
				 struct fieldrows *v);
/* Faults of new fields, told as r->faults with the mark of the question. */
void fieldrows_check(struct req *r, const struct fieldrows_in *in);
/* Makes new fields and stores the choice. */
NODISCARD enum rc fieldrows_save(struct req *r, const struct lead_form *f,
				 const struct fieldrows_in *in);

#endif
