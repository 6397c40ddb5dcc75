/*
 * drill_private: what the parts of drill share: drill.c begins and tells,
 * drill_job.c makes, watches and clears away.
 */
#ifndef WORK_DRILL_PRIVATE_H
#define WORK_DRILL_PRIVATE_H
#include "db/db.h"
#include "work/drill.h"

enum { DRILL_FROM_HOUR = 2, DRILL_UNTIL_HOUR = 5, DRILL_FOUND_MAX = 20 };

#define DRILL_COLUMNS                                                          \
	"SELECT d.id, d.integration_id, d.state, d.form_meta_id,"              \
	" COALESCE(f.name, '') AS form_name,"                                  \
	" COALESCE(d.test_run_id, 0) AS test_run_id, d.reason, d.began_at,"    \
	" d.made_at, d.arrived_at, d.ended_at FROM drill d"                    \
	" LEFT JOIN lead_form f ON f.meta_id = d.form_meta_id "

/* At most DRILL_FOUND_MAX. */
NODISCARD enum rc drill_find(struct task *t, struct db_stmt *q,
			     struct db_ins in, struct drill **out, size_t *n);
/* Why it failed, in words. */
const char *drill_why(struct arena *mem, const char *reason);
/* Minutes since the window opened, where the site is; -1 outside of it. */
int64_t drill_minutes_into(struct task *t, struct when at);
/* Its job has ended without it: it has failed, and is cleared away. */
NODISCARD enum rc drill_lost_job(struct task *t, const struct drill *d);

#endif
