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
	  "SELECT COUNT(*) AS n FROM `lead` WHERE assignee_id IS NULL"
	  " AND NOT is_test AND deleted_at IS NULL AND merged_into IS NULL");
STATEMENT(overview_worker, "SELECT MAX(beat_at) AS seen FROM worker");

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
		rc = db_one(t, &overview_unassigned, INS(),
			    OUTS(OUT("n", &o.n_unassigned)));
	if (!rc)
		rc = db_one(t, &overview_worker, INS(),
			    OUTS(OUT("seen", &o.worker_seen)));
	if (!rc)
		*out = o;
	return rc;
}
