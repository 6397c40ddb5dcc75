/*
 * way: troubles as a person meets them on a page: their words, their sign, and
 * where their button leads.
 */
#ifndef WEB_WAY_H
#define WEB_WAY_H
#include "crm/trouble.h"
#include "web/app.h"

/* Where a reason's button leads; none with WAY_NONE, and for whoever may not
 * go there. */
struct url way_url(struct req *r, enum reason_way way, int64_t integration_id);

struct status_view {
	const char *class; /* of the badge: "ok", "err", "warn", "busy"… */
	const char *word;
	struct url icon;
};
/* The badge of a level; 0 = all is well ("Active"). */
struct status_view way_status(struct req *r, enum reason_level level);
extern const struct tmpl_field status_fields[];

struct trouble_view {
	const char *card, *sentence, *button, *aside; /* aside: Meta's code */
	const char *class;
	struct url way, icon;
	const char *subject; /* integration, page or "Meta app" */
	const char *since_iso, *since_full, *since_ago, *since;
};
extern const struct tmpl_field trouble_fields[];
struct trouble_view way_trouble(struct req *r, const struct trouble *tr);

/* Words for a reason alone, without a trouble behind it. */
const char *way_words(struct req *r, const char *reason, const char *detail);

/* What went wrong on the way to Facebook, for a page whose own button leads
 * there: the view has no other then.  `person`: who logged in, or "". */
struct trouble_view *way_problem(struct req *r, const char *reason,
				 const char *detail, const char *person);

/* The banner of an Admin's pages: the worst trouble that stops leads, or a
 * login that ends soon. */
NODISCARD enum rc way_banner(struct req *r);

#endif
