/* overview: counting. */
#include "crm/overview.h"

#include "db/db.h"

/* The lead list's index is by latest_at, and a new lead's latest_at is never
 * before its created_at: so that bound keeps the count short. */
STATEMENT(overview_leads,
	  "SELECT COUNT(*) AS n FROM `lead`"
	  " WHERE latest_at >= ? AND created_at >= ? AND NOT is_test");
STATEMENT(overview_submissions,
	  "SELECT COUNT(*) AS n FROM submission s"
	  " JOIN `lead` l ON l.id = s.lead_id"
	  " WHERE l.latest_at >= ? AND s.imported_at >= ? AND NOT s.is_test");
STATEMENT(overview_messages,
	  "SELECT COUNT(*) AS n FROM receipt WHERE received_at >= ?");
STATEMENT(overview_unassigned,
	  "SELECT nobody_why AS why, COUNT(*) AS n FROM `lead`"
	  " WHERE assignee_id IS NULL AND NOT is_test AND deleted_at IS NULL"
	  " AND merged_into IS NULL GROUP BY nobody_why"
	  " ORDER BY n DESC, why LIMIT 10");
STATEMENT(overview_worker, "SELECT MAX(beat_at) AS seen FROM worker");

static enum rc
count_nobody(struct task *t, struct overview *o)
{
	static const struct db_col cols[] = {
		COL(struct overview_nobody, why),
		COL(struct overview_nobody, n),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct overview_nobody),
				.max = 10 };
	enum rc rc = db_rows(t, &overview_unassigned, INS(), &list);

	if (rc)
		return rc;
	o->nobody = list.rows;
	o->n_nobody = list.n;
	for (size_t i = 0; i < list.n; i++)
		o->n_unassigned += o->nobody[i].n;
	return OK;
}

enum rc
overview_get(struct task *t, struct when since, struct overview *out)
{
	struct overview o = { 0 };
	enum rc rc = db_one(t, &overview_leads, INS(IN(since), IN(since)),
			    OUTS(OUT("n", &o.n_leads)));

	if (!rc)
		rc = db_one(t, &overview_submissions, INS(IN(since), IN(since)),
			    OUTS(OUT("n", &o.n_submissions)));
	if (!rc)
		rc = db_one(t, &overview_messages, INS(IN(since)),
			    OUTS(OUT("n", &o.n_messages)));
	if (!rc)
		rc = count_nobody(t, &o);
	if (!rc)
		rc = db_one(t, &overview_worker, INS(),
			    OUTS(OUT("seen", &o.worker_seen)));
	if (!rc)
		*out = o;
	return rc;
}
