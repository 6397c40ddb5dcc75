/*
 * browser: where a person is logged in, as pages list it.
 */
#ifndef WEB_BROWSER_H
#define WEB_BROWSER_H
#include "web/app.h"

struct browser_view {
	int64_t id;
	const char *agent; /* "Firefox on Windows" */
	const char *address, *seen_iso, *seen_full, *seen_ago;
	bool is_this; /* the one that asks */
};
extern const struct tmpl_field browser_fields[];

/* The latest seen first. */
NODISCARD enum rc browsers_of(struct req *r, int64_t user_id,
			      struct browser_view **out, size_t *n);

#endif
