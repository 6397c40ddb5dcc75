/* lead_list: the list of leads, newest first, paged by key. */
#include "base/buf.h"
#include "crm/lead.h"
#include "db/db.h"

/*
 * One statement per direction and scope, each served by one index from its
 * first row on (leads.newest, leads.of_assignee): a condition such as
 * "? = 0 OR assignee_id = ?" would read the whole table for a rare person.
 * The key is spelled out because MariaDB uses no index for row values.
 */
#define ROW_COLUMNS                                                            \
	"SELECT l.id, l.name, l.email, l.phone, l.stage,"                      \
	" COALESCE(l.assignee_id, 0) AS assignee_id,"                          \
	" COALESCE(u.name, '') AS assignee_name, l.n_submissions, l.is_test,"  \
	" COALESCE(s.platform, '') AS platform,"                               \
	" COALESCE(s.form_name, '') AS form_name,"                             \
	" COALESCE(s.page_name, '') AS page_name, s.submitted_at,"             \
	" s.imported_at, l.latest_at"                                          \
	" FROM `lead` l LEFT JOIN app_user u ON u.id = l.assignee_id"          \
	" LEFT JOIN submission s ON s.id = l.latest_submission_id"             \
	" WHERE NOT l.is_test "
#define MINE "AND l.assignee_id = ? "
#define OLDER                                                                  \
	"AND l.latest_at <= ? AND (l.latest_at < ? OR l.id < ?)"               \
	" ORDER BY l.latest_at DESC, l.id DESC LIMIT 51"
#define NEWER                                                                  \
	"AND l.latest_at >= ? AND (l.latest_at > ? OR l.id > ?)"               \
	" ORDER BY l.latest_at, l.id LIMIT 51"

STATEMENT(leads_older, ROW_COLUMNS OLDER);
STATEMENT(leads_newer, ROW_COLUMNS NEWER);
STATEMENT(leads_older_of, ROW_COLUMNS MINE OLDER);
STATEMENT(leads_newer_of, ROW_COLUMNS MINE NEWER);

#define COUNT_NEWER                                                            \
	"AND l.latest_at >= ? AND (l.latest_at > ? OR l.id > ?)"               \
	" LIMIT 100) AS some"
STATEMENT(leads_count, "SELECT COUNT(*) AS n FROM (SELECT l.id FROM `lead` l"
		       " WHERE NOT l.is_test " COUNT_NEWER);
STATEMENT(leads_count_of, "SELECT COUNT(*) AS n FROM (SELECT l.id FROM `lead` l"
			  " WHERE NOT l.is_test " MINE COUNT_NEWER);

static const struct db_col row_cols[] = {
	COL(struct lead_row, id),
	COL(struct lead_row, name),
	COL(struct lead_row, email),
	COL(struct lead_row, phone),
	COL(struct lead_row, stage),
	COL(struct lead_row, assignee_id),
	COL(struct lead_row, assignee_name),
	COL(struct lead_row, n_submissions),
	COL(struct lead_row, is_test),
	COL(struct lead_row, platform),
	COL(struct lead_row, form_name),
	COL(struct lead_row, page_name),
	COL(struct lead_row, submitted_at),
	COL(struct lead_row, imported_at),
	COL(struct lead_row, latest_at),
	{ 0 },
};

static enum rc
older(struct task *t, const struct lead_query *q, struct lead_key k,
      struct db_list *list)
{
	if (q->assignee_id)
		return db_rows(
			t, &leads_older_of,
			INS(IN(q->assignee_id), IN(k.at), IN(k.at), IN(k.id)),
			list);
	return db_rows(t, &leads_older, INS(IN(k.at), IN(k.at), IN(k.id)),
		       list);
}

static enum rc
newer(struct task *t, const struct lead_query *q, struct lead_key k,
      struct db_list *list)
{
	if (q->assignee_id)
		return db_rows(
			t, &leads_newer_of,
			INS(IN(q->assignee_id), IN(k.at), IN(k.at), IN(k.id)),
			list);
	return db_rows(t, &leads_newer, INS(IN(k.at), IN(k.at), IN(k.id)),
		       list);
}

static void
turn_round(struct lead_row *rows, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct lead_row kept = rows[i];

		rows[i] = rows[n - 1 - i];
		rows[n - 1 - i] = kept;
	}
}

enum rc
lead_find(struct task *t, const struct lead_query *q, struct lead_row **out,
	  size_t *n, bool *more)
{
	/* Later than any lead: the first page begins there. */
	static const struct lead_key top = { { INT64_C(253402300799000) },
					     INT64_MAX };
	struct db_list list = { .cols = row_cols,
				.size = sizeof(struct lead_row),
				.max = LEAD_PAGE + 1 };
	bool up = q->after.at.ms != 0;
	enum rc rc;

	if (up)
		rc = newer(t, q, q->after, &list);
	else
		rc = older(t, q, q->before.at.ms ? q->before : top, &list);
	if (rc)
		return rc;
	*more = list.n > LEAD_PAGE;
	*n = *more ? LEAD_PAGE : list.n;
	if (up)
		turn_round(list.rows, *n);
	*out = list.rows;
	return OK;
}

enum rc
lead_count_newer(struct task *t, int64_t assignee_id, struct lead_key k,
		 int64_t *n)
{
	if (!k.at.ms)
		k.at.ms = 1;
	if (assignee_id)
		return db_one(
			t, &leads_count_of,
			INS(IN(assignee_id), IN(k.at), IN(k.at), IN(k.id)),
			OUTS(OUT("n", n)));
	return db_one(t, &leads_count, INS(IN(k.at), IN(k.at), IN(k.id)),
		      OUTS(OUT("n", n)));
}

bool
lead_key_parse(struct text t, struct lead_key *out)
{
	struct lead_key k;

	if (!text_take_int(&t, INT64_C(253402300799000), &k.at.ms) ||
	    !text_take_char(&t, '-') || !text_take_int(&t, INT64_MAX, &k.id) ||
	    t.len > 0 || k.at.ms == 0)
		return false;
	*out = k;
	return true;
}

const char *
lead_key_text(struct arena *mem, struct lead_key k)
{
	return arena_fmt(mem, "%lld-%lld", (long long)k.at.ms, (long long)k.id);
}
