/* testlead: test leads, made and watched. */
#include "work/testlead.h"

#include "base/log.h"
#include "crm/leadform.h"
#include "crm/page.h"
#include "db/db.h"
#include "meta/accounts.h"
#include "work/connect.h"
#include "work/queue.h"

STATEMENT(test_run_insert,
	  "INSERT INTO test_run (integration_id, page_meta_id, form_meta_id,"
	  " leadgen_id, asked_at, created_at, asked_by, is_drill)"
	  " VALUES (?, ?, ?, ?, ?, ?, NULLIF(?, 0), ?)"
	  " ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id),"
	  " asked_at = VALUES(asked_at), created_at = VALUES(created_at),"
	  " asked_by = VALUES(asked_by), is_drill = VALUES(is_drill)");
STATEMENT(test_run_note,
	  "INSERT IGNORE INTO test_run (integration_id, page_meta_id,"
	  " form_meta_id, leadgen_id, asked_at, created_at, is_drill)"
	  " VALUES (?, ?, ?, ?, ?, ?, TRUE)");
STATEMENT(test_run_asked,
	  "SELECT EXISTS (SELECT 1 FROM test_run WHERE leadgen_id = ?"
	  " AND NOT is_drill) AS asked");
STATEMENT(test_run_look,
	  "SELECT r.id, r.integration_id, r.page_meta_id,"
	  " COALESCE(p.name, '') AS page_name, r.form_meta_id,"
	  " COALESCE(f.name, '') AS form_name, r.leadgen_id, r.asked_at,"
	  " r.created_at, COALESCE(s.submitted_at, j.submitted_at,"
	  " r.created_at) AS submitted_at, COALESCE(s.received_at,"
	  " j.received_at)"
	  " AS received_at, s.fetched_at, s.imported_at, s.assigned_at,"
	  " COALESCE(s.lead_id, 0) AS lead_id,"
	  " COALESCE(u.name, '') AS assignee_name,"
	  " COALESCE(j.state, '') AS job_state,"
	  " COALESCE(j.reason, '') AS job_reason,"
	  " s.id IS NOT NULL AND s.assigned_at IS NULL AS is_unassigned"
	  " FROM test_run r LEFT JOIN page p ON p.meta_id = r.page_meta_id"
	  " LEFT JOIN lead_form f ON f.meta_id = r.form_meta_id"
	  " LEFT JOIN job j ON j.kind = 'lead' AND j.subject = r.leadgen_id"
	  " LEFT JOIN submission s ON s.leadgen_id = r.leadgen_id"
	  " LEFT JOIN `lead` l ON l.id = s.lead_id"
	  " LEFT JOIN app_user u ON u.id = l.assignee_id WHERE r.id = ?");
STATEMENT(test_lead_delete,
	  "DELETE FROM `lead` WHERE id = ? AND is_test AND n_submissions = 1");
STATEMENT(test_run_delete, "DELETE FROM test_run WHERE id = ?");

static const struct db_col testlead_cols[] = {
	COL(struct testlead, id),
	COL(struct testlead, integration_id),
	COL(struct testlead, page_meta_id),
	COL(struct testlead, page_name),
	COL(struct testlead, form_meta_id),
	COL(struct testlead, form_name),
	COL(struct testlead, leadgen_id),
	COL(struct testlead, asked_at),
	COL(struct testlead, created_at),
	COL(struct testlead, submitted_at),
	COL(struct testlead, received_at),
	COL(struct testlead, fetched_at),
	COL(struct testlead, imported_at),
	COL(struct testlead, assigned_at),
	COL(struct testlead, lead_id),
	COL(struct testlead, assignee_name),
	COL(struct testlead, job_state),
	COL(struct testlead, job_reason),
	COL(struct testlead, is_unassigned),
	{ 0 },
};

/* ---- making ---------------------------------------------------------------------- */

struct making {
	int64_t integration_id;
	struct lead_form form;
	struct page page;
	struct graph graph;
	const char *lead_id;
};

static enum rc
find_page(struct task *t, const struct making *m, struct page *out)
{
	struct page *pages = NULL;
	size_t n = 0;
	enum rc rc = page_list(t, m->integration_id, &pages, &n);

	for (size_t i = 0; !rc && i < n; i++)
		if (pages[i].id == m->form.page_id)
			return page_by_meta(t, pages[i].meta_id, out);
	return rc ? rc
		  : fail(t, E_NOTFOUND, "form %s: not of this integration",
			 m->form.meta_id);
}

/* Its job is closed first: it could not be read any more. */
static enum rc
remove_old(struct task *t, const struct making *m, const char *old,
	   struct graph_error *err)
{
	enum rc rc = queue_close_lead(t, old);

	return rc ? rc : accounts_delete_lead(t, &m->graph, old, err);
}

static enum rc
replace_old(struct task *t, const struct making *m, struct graph_error *err)
{
	const char *old = NULL;
	enum rc rc = accounts_find_test_lead(t, &m->graph, m->form.meta_id,
					     &old, err);

	return rc || !old ? rc : remove_old(t, m, old, err);
}

/* Making one is refused while there is one: Meta calls that a temporary
 * error, which it is not (contract 3.5). */
static enum rc
make_at_meta(struct task *t, struct making *m, bool replace,
	     struct graph_error *err)
{
	enum rc rc = replace ? replace_old(t, m, err) : OK;

	if (!rc)
		rc = accounts_test_lead(t, &m->graph, m->form.meta_id,
					&m->lead_id, err);
	if (rc != E_REMOTE ||
	    !text_is(text_of(err->reason), "test_lead_exists"))
		return rc;
	task_forgive(t);
	return fail(t, E_CONFLICT, "form %s has a test lead already",
		    m->form.meta_id);
}

static enum rc
open_form(struct task *t, struct making *m, const char *form_meta_id)
{
	enum rc rc = form_by_meta(t, form_meta_id, &m->form);

	if (!rc)
		rc = find_page(t, m, &m->page);
	if (!rc)
		rc = connect_graph(t, m->page.token, &m->graph);
	m->graph.page = m->page.meta_id;
	return rc;
}

enum rc
testlead_make(struct task *t, const struct testlead_wish *w, int64_t *id,
	      struct graph_error *err)
{
	struct making m = { .integration_id = w->integration_id };
	struct when asked = clock_now();
	enum rc rc = open_form(t, &m, w->form_meta_id);

	*err = (struct graph_error){ .reason = "", .words = "" };
	if (!rc)
		rc = make_at_meta(t, &m, w->replace, err);
	if (rc)
		return rc;
	return db_insert(t, &test_run_insert,
			 INS(IN(w->integration_id), IN(m.page.meta_id),
			     IN(w->form_meta_id), IN(m.lead_id), IN(asked),
			     IN(clock_now()), IN(t->user_id), IN(w->is_drill)),
			 id);
}

enum rc
testlead_note(struct task *t, const struct testlead_note *n)
{
	return db_exec(t, &test_run_note,
		       INS(IN(n->integration_id), IN(n->page_meta_id),
			   IN(n->form_meta_id), IN(n->leadgen_id),
			   IN(n->created_at), IN(n->created_at)),
		       NULL);
}

/* ---- watching ------------------------------------------------------------------------ */

enum rc
testlead_look(struct task *t, int64_t id, struct testlead *out)
{
	struct db_list list = { .cols = testlead_cols,
				.size = sizeof(struct testlead),
				.max = 1 };
	enum rc rc = db_rows(t, &test_run_look, INS(IN(id)), &list);

	if (rc)
		return rc;
	if (list.n == 0)
		return fail(t, E_NOTFOUND, "test lead %lld: none",
			    (long long)id);
	*out = *(const struct testlead *)list.rows;
	return OK;
}

enum rc
testlead_fetch(struct task *t, int64_t id)
{
	struct testlead l = { 0 };
	struct queue_lead lead = { .received_at = t->now };
	enum rc rc = testlead_look(t, id, &l);

	if (rc)
		return rc;
	lead.leadgen_id = l.leadgen_id;
	lead.page_meta_id = l.page_meta_id;
	lead.form_meta_id = l.form_meta_id;
	lead.submitted_at = l.created_at;
	return queue_add_lead(t, &lead);
}

/* ---- removing -------------------------------------------------------------------------- */

/* Meta has said that it is not there any more, or nobody can ask. */
static enum rc
remove_at_meta(struct task *t, const struct testlead *l, bool *gone)
{
	struct graph_error err = { .words = "" };
	struct page p;
	struct graph g;
	enum rc rc = page_by_meta(t, l->page_meta_id, &p);

	*gone = rc == E_NOTFOUND;
	if (!rc)
		rc = connect_graph(t, p.token, &g);
	g.page = p.meta_id;
	if (!rc)
		rc = accounts_delete_lead(t, &g, l->leadgen_id, &err);
	if (rc == E_BUSY)
		return rc;
	*gone |= !rc || err.class == GRAPH_GONE;
	if (rc) {
		log_warn("test lead %lld: not removed at Meta: %s",
			 (long long)l->id, t->why);
		task_forgive(t);
	}
	return OK;
}

static enum rc
remove_here(struct task *t, void *arg)
{
	const struct testlead *l = arg;
	enum rc rc = l->lead_id ? db_exec(t, &test_lead_delete,
					  INS(IN(l->lead_id)), NULL)
				: OK;

	if (!rc)
		rc = queue_close_lead(t, l->leadgen_id);
	if (!rc)
		rc = form_uncount(t, l->form_meta_id, l->submitted_at);
	return rc ? rc : db_exec(t, &test_run_delete, INS(IN(l->id)), NULL);
}

/* At Meta it goes by itself after a while; that it is still there harms
 * nobody. */
enum rc
testlead_remove(struct task *t, int64_t id)
{
	struct testlead l = { 0 };
	bool gone = false;
	enum rc rc = testlead_look(t, id, &l);

	if (!rc)
		rc = remove_at_meta(t, &l, &gone);
	return rc ? rc : db_tx(t, "testlead_remove", remove_here, &l);
}

enum rc
testlead_take_back(struct task *t, int64_t id, bool *gone)
{
	struct testlead l = { 0 };
	enum rc rc = testlead_look(t, id, &l);

	*gone = false;
	if (!rc)
		rc = remove_at_meta(t, &l, gone);
	return rc || !*gone ? rc : db_tx(t, "testlead_remove", remove_here, &l);
}

static enum rc
sweep(struct task *t, const struct making *m, struct graph_error *err)
{
	const char *old = NULL;
	bool asked = false;
	enum rc rc = accounts_find_test_lead(t, &m->graph, m->form.meta_id,
					     &old, err);

	if (!rc && old)
		rc = db_one(t, &test_run_asked, INS(IN(old)),
			    OUTS(OUT("asked", &asked)));
	return rc || !old || asked ? rc : remove_old(t, m, old, err);
}

enum rc
testlead_sweep(struct task *t, int64_t integration_id, const char *form_meta_id)
{
	struct making m = { .integration_id = integration_id };
	struct graph_error err = { .words = "" };
	enum rc rc = open_form(t, &m, form_meta_id);

	if (!rc)
		rc = sweep(t, &m, &err);
	if (rc != E_REMOTE)
		return rc;
	log_warn("test lead of form %s: not removed at Meta: %s", form_meta_id,
		 t->why);
	task_forgive(t);
	return OK;
}
