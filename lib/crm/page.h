/*
 * page: connected Facebook pages.  Owns table page.  Their lead forms:
 * crm/leadform.h.
 */
#ifndef CRM_PAGE_H
#define CRM_PAGE_H
#include "base/task.h"

struct page {
	int64_t id;
	const char *meta_id, *name;
	int64_t integration_id;
	int64_t owner_id;  /* whose login the token comes from; 0 = not known */
	const char *token; /* plain; NULL from page_list */
	const char *tasks;
	struct when subscribed_at; /* {0} = not subscribed to leadgen */
	int64_t n_leads;	   /* submissions stored */
	struct when connected_at, last_lead_at, last_sync_at, checked_at;
	bool is_fresh; /* page_asked within an hour */
	const char *integration_name;
};

enum { PAGES_MAX = 5000 };

/* E_NOTFOUND: this page is not connected. */
NODISCARD enum rc page_by_meta(struct task *t, const char *meta_id,
			       struct page *out);
/* Of one integration (0 = all), by name; tokens left out. */
NODISCARD enum rc page_list(struct task *t, int64_t integration_id,
			    struct page **out, size_t *n);
/* Add, or renew name, token, tasks and owner.  E_CONFLICT: another
 * integration has this page, and its name is in t->why. */
NODISCARD enum rc page_put(struct task *t, const struct page *p, int64_t *id);
/* Token and owner of one that is still this integration's; E_NOTFOUND. */
NODISCARD enum rc page_new_token(struct task *t, const struct page *p);
/* Take it over from whichever integration has it; leads stay where they came
 * through.  No such page is no error. */
NODISCARD enum rc page_move(struct task *t, const char *meta_id,
			    int64_t integration_id);
NODISCARD enum rc page_subscribed(struct task *t, int64_t id, bool is);
NODISCARD enum rc page_checked(struct task *t, int64_t id);
/* `at`: when the sync began that has read all of its forms. */
NODISCARD enum rc page_synced(struct task *t, const char *meta_id,
			      struct when at);
/* A sync of all of its forms has read one, or was refused it. */
NODISCARD enum rc page_asked(struct task *t, int64_t id);
/* Inside the import: one more submission. */
NODISCARD enum rc page_arrived(struct task *t, int64_t id);
/* With its forms; token and all. */
NODISCARD enum rc page_remove(struct task *t, int64_t id);

#endif
