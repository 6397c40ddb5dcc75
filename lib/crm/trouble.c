/* trouble: rows that come and go with their causes. */
#include "crm/trouble.h"

#include "base/text.h"
#include "db/db.h"

enum { LIST_MAX = 500 };

/* Nothing is answered at all. */
#define SILENCE                                                                \
	"'token_expired', 'password_changed', 'session_ended', 'app_removed'," \
	" 'consent_blocked', 'token_invalid', 'page_token', 'checkpoint',"     \
	" 'unconfirmed', 'role_lost', 'two_factor'"

STATEMENT(trouble_put,
	  "INSERT INTO trouble (scope, subject_id, reason, integration_id,"
	  " detail, code, subcode, since, seen_at, until)"
	  " VALUES (?, ?, ?, NULLIF(?, 0), ?, ?, ?, ?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE detail = VALUES(detail),"
	  " code = VALUES(code), subcode = VALUES(subcode),"
	  " since = IF(until < VALUES(seen_at), VALUES(since), since),"
	  " seen_at = VALUES(seen_at), until = VALUES(until),"
	  " integration_id = VALUES(integration_id)");
STATEMENT(trouble_delete, "DELETE FROM trouble WHERE scope = ?"
			  " AND subject_id = ? AND reason = ?");
STATEMENT(trouble_delete_all,
	  "DELETE FROM trouble WHERE scope = ? AND subject_id = ?");
STATEMENT(trouble_delete_reading,
	  "DELETE FROM trouble WHERE scope = 'page' AND subject_id = ?"
	  " AND reason NOT IN (" REASONS_READ_ON_SQL ")");
STATEMENT(trouble_of_reading,
	  "SELECT EXISTS (SELECT 1 FROM trouble WHERE scope = 'page'"
	  " AND subject_id = ? AND until IS NULL"
	  " AND reason NOT IN (" REASONS_READ_ON_SQL "))"
	  " AS waits");
STATEMENT(trouble_delete_silence,
	  "DELETE FROM trouble WHERE scope = ? AND subject_id = ?"
	  " AND reason IN (" SILENCE ")");
STATEMENT(trouble_out_of_reach,
	  "SELECT COUNT(*) AS n, COALESCE(SUM(reason IN (" SILENCE ")), 0)"
	  " AS silent FROM trouble WHERE scope = 'page'"
	  " AND subject_id = ? AND reason IN (" SILENCE ", 'leads_access',"
	  " 'permission', 'api_blocked')");
STATEMENT(trouble_refused_since,
	  "SELECT MIN(since) AS since FROM trouble WHERE scope = 'page'"
	  " AND subject_id = ? AND reason IN (" SILENCE ", 'permission')");
STATEMENT(trouble_delete_owners,
	  "DELETE FROM trouble WHERE integration_id = ? AND scope = 'owner'"
	  " AND subject_id NOT IN (SELECT id FROM integration_owner"
	  " WHERE integration_id = ?)");
STATEMENT(trouble_delete_pages,
	  "DELETE FROM trouble WHERE integration_id = ? AND scope = 'page'"
	  " AND subject_id NOT IN (SELECT id FROM page"
	  " WHERE integration_id = ?)");
STATEMENT(trouble_delete_forms,
	  "DELETE FROM trouble WHERE integration_id = ? AND scope = 'form'"
	  " AND subject_id NOT IN (SELECT f.id FROM lead_form f"
	  " JOIN page p ON p.id = f.page_id WHERE p.integration_id = ?)");
STATEMENT(trouble_delete_of,
	  "DELETE FROM trouble WHERE integration_id = ? LIMIT 100000");
STATEMENT(trouble_delete_past, "DELETE FROM trouble WHERE until < ? LIMIT 500");
STATEMENT(trouble_set_mailed,
	  "UPDATE trouble SET mailed_at = ? WHERE scope = ? AND subject_id = ?"
	  " AND reason = ? AND mailed_at <=> ?");
/* A login keeps those leads waiting whose page it reads, or of whose page no
 * login is known. */
STATEMENT(trouble_select,
	  "WITH waiting AS (SELECT wp.integration_id, wp.owner_id,"
	  " COUNT(*) AS n FROM (SELECT page_meta_id FROM job"
	  " WHERE kind = 'lead' AND state = 'parked' AND reason NOT IN"
	  " ('leads_access', 'permission', 'page_unreadable')"
	  " ORDER BY run_at LIMIT 10000) j"
	  " JOIN page wp ON wp.meta_id = j.page_meta_id"
	  " GROUP BY wp.integration_id, wp.owner_id)"
	  " SELECT tr.scope, tr.subject_id,"
	  " COALESCE(tr.integration_id, 0) AS integration_id, tr.reason,"
	  " tr.detail, tr.code, tr.subcode, tr.since, tr.until, tr.mailed_at,"
	  " COALESCE(i.name, '') AS integration_name,"
	  " COALESCE(p.name, fp.name, '') AS page_name,"
	  " COALESCE(o.name, po.name, '') AS person,"
	  " COALESCE((SELECT SUM(w.n) FROM waiting w"
	  " WHERE w.integration_id = tr.integration_id"
	  " AND (tr.scope = 'integration' OR tr.scope = 'owner'"
	  " AND (w.owner_id IS NULL OR w.owner_id = tr.subject_id))), 0)"
	  " AS n_waiting"
	  " FROM trouble tr"
	  " LEFT JOIN integration i ON i.id = tr.integration_id"
	  " LEFT JOIN page p ON tr.scope = 'page' AND p.id = tr.subject_id"
	  " LEFT JOIN lead_form f ON tr.scope = 'form' AND f.id = tr.subject_id"
	  " LEFT JOIN page fp ON fp.id = f.page_id"
	  " LEFT JOIN integration_owner o ON tr.scope = 'owner'"
	  " AND o.id = tr.subject_id"
	  " LEFT JOIN integration_owner po ON po.id = p.owner_id"
	  " WHERE (? = 0 OR tr.integration_id = ? OR tr.integration_id IS NULL)"
	  " AND (tr.until IS NULL OR tr.until > ?) AND i.deleted_at IS NULL"
	  " ORDER BY tr.since LIMIT 500");

enum rc
trouble_met(struct task *t, const struct trouble *tr)
{
	return db_exec(
		t, &trouble_put,
		INS(IN(tr->scope), IN(tr->subject_id), IN(tr->reason),
		    IN(tr->integration_id),
		    IN(text_cut(text_of(tr->detail ? tr->detail : ""), 255)),
		    IN(tr->code), IN(tr->subcode), IN(t->now), IN(t->now),
		    IN(tr->until)),
		NULL);
}

enum rc
trouble_over(struct task *t, const char *scope, int64_t subject_id,
	     const char *reason)
{
	return db_exec(t, &trouble_delete,
		       INS(IN(scope), IN(subject_id), IN(reason)), NULL);
}

enum rc
trouble_all_over(struct task *t, const char *scope, int64_t subject_id)
{
	return db_exec(t, &trouble_delete_all, INS(IN(scope), IN(subject_id)),
		       NULL);
}

enum rc
trouble_page_reads(struct task *t, int64_t page_id)
{
	return db_exec(t, &trouble_delete_reading, INS(IN(page_id)), NULL);
}

enum rc
trouble_page_waits(struct task *t, int64_t page_id, bool *waits)
{
	return db_one(t, &trouble_of_reading, INS(IN(page_id)),
		      OUTS(OUT("waits", waits)));
}

enum rc
trouble_answers(struct task *t, const char *scope, int64_t subject_id)
{
	return db_exec(t, &trouble_delete_silence,
		       INS(IN(scope), IN(subject_id)), NULL);
}

enum rc
trouble_was_away(struct task *t, int64_t page_id, bool *away, bool *login)
{
	int64_t n = 0, silent = 0;
	enum rc rc = db_one(t, &trouble_out_of_reach, INS(IN(page_id)),
			    OUTS(OUT("n", &n), OUT("silent", &silent)));

	*away = n > 0;
	*login = silent > 0;
	return rc;
}

enum rc
trouble_page_refused(struct task *t, int64_t page_id, struct when *since)
{
	return db_one(t, &trouble_refused_since, INS(IN(page_id)),
		      OUTS(OUT("since", since)));
}

enum rc
trouble_gone(struct task *t, int64_t integration_id)
{
	enum rc rc = db_exec(t, &trouble_delete_owners,
			     INS(IN(integration_id), IN(integration_id)), NULL);

	if (!rc)
		rc = db_exec(t, &trouble_delete_pages,
			     INS(IN(integration_id), IN(integration_id)), NULL);
	return rc ? rc
		  : db_exec(t, &trouble_delete_forms,
			    INS(IN(integration_id), IN(integration_id)), NULL);
}

enum rc
trouble_forget(struct task *t, int64_t integration_id)
{
	return db_exec(t, &trouble_delete_of, INS(IN(integration_id)), NULL);
}

enum rc
trouble_purge(struct task *t)
{
	return db_exec(t, &trouble_delete_past,
		       INS(IN(when_add(t->now, -DAY_MS))), NULL);
}

static const struct db_col trouble_cols[] = {
	COL(struct trouble, scope),
	COL(struct trouble, subject_id),
	COL(struct trouble, integration_id),
	COL(struct trouble, reason),
	COL(struct trouble, detail),
	COL(struct trouble, code),
	COL(struct trouble, subcode),
	COL(struct trouble, since),
	COL(struct trouble, until),
	COL(struct trouble, mailed_at),
	COL(struct trouble, integration_name),
	COL(struct trouble, page_name),
	COL(struct trouble, person),
	COL(struct trouble, n_waiting),
	{ 0 },
};

static int
worst_first(const void *a, const void *b)
{
	const struct trouble *x = a, *y = b;
	int lx = (int)reason_of(x->reason)->level;
	int ly = (int)reason_of(y->reason)->level;

	if (lx != ly)
		return lx - ly;
	return (x->since.ms > y->since.ms) - (x->since.ms < y->since.ms);
}

enum rc
trouble_list(struct task *t, int64_t integration_id, struct trouble **out,
	     size_t *n)
{
	struct db_list list = { .cols = trouble_cols,
				.size = sizeof(struct trouble),
				.max = LIST_MAX };
	enum rc rc = db_rows(
		t, &trouble_select,
		INS(IN(integration_id), IN(integration_id), IN(t->now)), &list);

	if (rc)
		return rc;
	if (list.n > 1)
		qsort(list.rows, list.n, list.size, worst_first);
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
trouble_mailed(struct task *t, const struct trouble *tr)
{
	int64_t changed = 0;
	enum rc rc = db_exec(t, &trouble_set_mailed,
			     INS(IN(t->now), IN(tr->scope), IN(tr->subject_id),
				 IN(tr->reason), IN(tr->mailed_at)),
			     &changed);

	if (!rc && changed == 0)
		return fail(t, E_CONFLICT, "trouble: told already");
	return rc;
}

/* Which name of a sentence the detail is. */
static void
place_detail(struct reason_facts *f, const struct trouble *tr)
{
	struct text reason = text_of(tr->reason);

	if (!tr->detail[0])
		return;
	if (text_is(reason, "permission") || text_is(reason, "not_listed"))
		f->permission = tr->detail;
	else if (text_is(reason, "callback_elsewhere"))
		f->host = tr->detail;
	else if (text_is(reason, "token_ends") || text_is(reason, "data_ends"))
		f->n = tr->detail;
	else if (text_is(reason, "version_ends") || text_is(reason, "in_use") ||
		 text_starts(reason, "form_"))
		f->label = tr->detail;
	else
		f->words = tr->detail;
}

static const char *
waiting_words(struct arena *mem, int64_t n)
{
	if (n == 0)
		return NULL;
	return n == 1 ? "1 lead is waiting at Meta; it comes"
		      : arena_fmt(mem,
				  "%lld leads are waiting at Meta; they come",
				  (long long)n);
}

struct reason_facts
trouble_facts(struct arena *mem, const struct trouble *tr, const char *zone,
	      const char *app)
{
	struct when at = tr->until.ms ? tr->until : tr->since;
	struct reason_facts f = {
		.person = tr->person,
		.page = tr->page_name,
		.time = when_minute(mem, at, zone),
		.date = when_day(mem, at, zone),
		.waiting = waiting_words(mem, tr->n_waiting),
		.app = app,
	};

	place_detail(&f, tr);
	return f;
}
