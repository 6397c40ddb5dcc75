/*
 * savedview: filters that a person keeps under a name.  Owns table saved_view.
 */
#ifndef CRM_SAVEDVIEW_H
#define CRM_SAVEDVIEW_H
#include "base/task.h"

enum { SAVEDVIEW_MAX = 50 };
struct savedview {
	int64_t id;
	const char *name;
	const char *query; /* as in the address, "source=meta&stage=new" */
};
/* A person's, by name; at most SAVEDVIEW_MAX. */
NODISCARD enum rc savedview_list(struct task *t, int64_t user_id,
				 struct savedview **out, size_t *n);
/* The same name again takes the new filter.  E_CONFLICT: SAVEDVIEW_MAX are
 * there already. */
NODISCARD enum rc savedview_put(struct task *t, int64_t user_id,
				const char *name, const char *query);
/* One of the person's; none is no error. */
NODISCARD enum rc savedview_remove(struct task *t, int64_t user_id, int64_t id);

#endif
