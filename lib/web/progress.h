/*
 * progress: a sync at work, as cards and pages show it.
 */
#ifndef WEB_PROGRESS_H
#define WEB_PROGRESS_H
#include "web/way.h"
#include "work/sync.h"

struct work_view { /* a sync or a history at work, or how it ended */
	int64_t integration_id;
	const char *key;     /* "sync", "history": of ids on the page */
	const char *heading; /* "Syncing" */
	struct url poll;     /* what it is asked for each 2 s; none = nothing */
	const char *label;   /* "Reading form 3 of 7" */
	int64_t done, all;   /* of the bar; all 0 = not known yet */
	const char *words;   /* "412 of about 960 leads" */
	const char *counts;  /* "4 new, 1 joined, 237 already here" */
	const char *ended;   /* "Sync done"; NULL while it runs */
	const char *problem; /* what ended it, in words; NULL */
	struct status_view *status;
	bool can_stop;
	/* of a history, for whoever may */
	bool can_pause, can_resume, can_cancel;
};
extern const struct tmpl_field work_fields[];
struct work_view *work_of(struct req *r, const struct sync_run *run);

/* To the details of an integration, where its runs are shown. */
NODISCARD enum rc work_to_details(struct req *r, int64_t integration_id);
/* The card alone of the latest run of a way, as htmx asks for it again and
 * again until there is nothing to wait for; anybody else is led to the details.
 * E_NOTFOUND: no such integration, or no such run. */
NODISCARD enum rc work_reply(struct req *r, int64_t integration_id,
			     const char *way);

#endif
