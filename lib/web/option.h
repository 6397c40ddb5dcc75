/*
 * option: one line of a select, for templates.
 */
#ifndef WEB_OPTION_H
#define WEB_OPTION_H
#include "web/tmpl.h"

struct option_view {
	const char *value, *title;
	bool is_chosen;
};
extern const struct tmpl_field option_fields[];

/* One more behind the *n of `to`, which has room; `chosen` is the value that is
 * selected now. */
void option_add(struct option_view *to, size_t *n, const char *value,
		const char *title, const char *chosen);
/* The stages of a lead in their order; nothing is selected for a stage that is
 * none. */
void option_stages(struct arena *mem, const char *chosen,
		   struct option_view **out, size_t *n);

#endif
