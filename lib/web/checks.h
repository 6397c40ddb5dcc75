/*
 * checks: results of the doctor as rows of a page.
 */
#ifndef WEB_CHECKS_H
#define WEB_CHECKS_H
#include "web/app.h"
#include "work/doctor.h"

struct check_view {
	const char *id;
	const char *title, *words, *aside;
	const char *class;   /* of the mark: "ok", "warn", "err", "idle" */
	const char *outcome; /* before the title, for who only hears it */
	struct url icon;
	bool is_pass;
	bool is_main; /* its button is the page's primary one */
	bool is_out;  /* its button leads away from this site */
	struct url way;
	const char *button;
};
extern const struct tmpl_field check_fields[];

/* The badge of a step of Platform setup, which one check decides. */
struct step_view {
	int64_t number; /* 1 to 5; 6 is the Graph version */
	const char *class, *word;
	struct url icon;
};
extern const struct tmpl_field step_fields[];
enum { STEPS = 6 };

/* The check that decides a step: "app", "app_secret"… */
const char *step_check(int64_t number);
/* `state` 0: not checked yet, and then `word` says what is known. */
struct step_view step_view_of(struct req *r, int64_t number,
			      enum check_state state, const char *word);

/* The button leads nowhere for whoever may not go there. */
struct check_view check_view_of(struct req *r, const struct check *c,
				int64_t integration_id);

#endif
