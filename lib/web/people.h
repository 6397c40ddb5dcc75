/*
 * people: who stands behind an integration: the logins at Facebook, and those
 * who take turns with its leads.
 */
#ifndef WEB_PEOPLE_H
#define WEB_PEOPLE_H
#include "crm/integration.h"
#include "web/app.h"
#include "web/way.h"

struct troubles {
	struct trouble *at;
	size_t n;
};
/* The badge of the worst trouble of a subject; NULL when there is none. */
struct status_view *people_badge(struct req *r, const struct troubles *all,
				 const char *scope, int64_t subject_id);

struct owner_view {
	const char *name, *initials, *tag, *clocks;
	struct status_view *status; /* when something is wrong */
};
struct turn_view {
	const char *name, *initials, *words;
	bool is_next, is_skipped;
};
extern const struct tmpl_field owner_fields[];
extern const struct tmpl_field turn_fields[];

NODISCARD enum rc people_owners(struct req *r, int64_t integration_id,
				const struct troubles *wrong,
				struct owner_view **out, size_t *n);
/* Of the last 30 days, the next one first. */
NODISCARD enum rc people_turns(struct req *r, const struct integration *i,
			       struct turn_view **out, size_t *n);

#endif
