/* sync_begin: runs begun, and what is asked of one that runs. */
#include "crm/trouble.h"
#include "db/db.h"
#include "work/sync_private.h"

/* Minutes since a page was asked, until it is due; and soon is. */
enum { HOUR = 60, DAY = 24 * HOUR, SOON = 30 };

STATEMENT(sync_run_insert,
	  "INSERT INTO sync_run (integration_id, way, since, is_chosen,"
	  " is_shared_out, n_pages, n_forms, n_expected, asked_by, started_at)"
	  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, 0), ?)");
/* A sync that reads all of page p is at it. */
#define IS_AT_WORK                                                             \
	" EXISTS (SELECT 1 FROM sync_run r JOIN sync_step s"                   \
	" ON s.run_id = r.id AND s.page_meta_id = p.meta_id"                   \
	" AND s.state = 'ready' WHERE r.integration_id = p.integration_id"     \
	" AND r.way = 'sync' AND NOT r.is_chosen AND r.state = 'running')"
/* It was asked within so many minutes, by the clock of the database, which noted
 * it: those of hosts differ. */
#define WAS_ASKED                                                              \
	" COALESCE(p.asked_at BETWEEN UTC_TIMESTAMP(3) - INTERVAL ? MINUTE"    \
	" AND UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, FALSE)"
/* It has brought leads since then. */
#define HAS_LEADS                                                              \
	" EXISTS (SELECT 1 FROM lead_form f JOIN submission l"                 \
	" ON l.form_meta_id = f.meta_id AND l.submitted_at > ?"                \
	" WHERE f.page_id = p.id)"
/* Of all pages, and all that is left of it waits for Meta: it holds no other page
 * up. */
#define RESTS                                                                  \
	"COALESCE(way = 'sync' AND NOT is_chosen AND state = 'running'"        \
	" AND waits_until > ?, FALSE)"
/* What a person has stopped does not begin again at once. */
STATEMENT(sync_to_begin,
	  "SELECT i.id FROM integration i WHERE i.deleted_at IS NULL"
	  " AND NOT EXISTS (SELECT 1 FROM sync_run WHERE integration_id = i.id"
	  " AND way = 'sync' AND NOT is_chosen AND (state = 'running'"
	  " AND NOT " RESTS " OR state = 'stopped' AND ended_at BETWEEN"
	  " UTC_TIMESTAMP(3) - INTERVAL 1 HOUR"
	  " AND UTC_TIMESTAMP(3) + INTERVAL 1 HOUR))"
	  " AND EXISTS (SELECT 1 FROM page p WHERE p.integration_id = i.id"
	  " AND" SYNC_PAGE_READS " AND NOT" IS_AT_WORK " AND (NOT" WAS_ASKED
	  " OR NOT" WAS_ASKED " AND" HAS_LEADS "))"
	  " AND (i.last_sync_at IS NOT NULL OR EXISTS (SELECT 1 FROM sync_run h"
	  " WHERE h.integration_id = i.id))"
	  " ORDER BY i.last_sync_at LIMIT 20");
/* Those that are due soon are read along with them. */
STATEMENT(sync_pages_due,
	  "SELECT p.meta_id FROM page p WHERE p.integration_id = ?"
	  " AND NOT" IS_AT_WORK
	  " AND (p.meta_id = ? OR p.owner_id = ? OR" SYNC_PAGE_READS
	  " AND (NOT" WAS_ASKED " OR NOT" WAS_ASKED " AND" HAS_LEADS "))"
	  " ORDER BY p.id LIMIT 5000");
STATEMENT(sync_pages_free,
	  "SELECT p.meta_id FROM page p WHERE p.integration_id = ?"
	  " AND NOT" IS_AT_WORK " ORDER BY p.id LIMIT 5000");
/* Nodes of a cluster that read the same row do not see each other, and those
 * that write it do. */
STATEMENT(sync_begin_counted,
	  "UPDATE integration SET n_begun = n_begun + 1 WHERE id = ?");
STATEMENT(sync_run_met, "UPDATE sync_run SET n_met = n_met + 1 WHERE id = ?");
STATEMENT(
	sync_run_at_work_of,
	"SELECT id, " RESTS " AS rests FROM sync_run"
	" WHERE integration_id = ? AND way = ?"
	" AND state IN ('running', 'paused') ORDER BY rests, id DESC LIMIT 1");
STATEMENT(sync_run_give_way,
	  "UPDATE sync_run SET state = 'stopped', ended_at = ?,"
	  " waits_until = NULL, paused_at = NULL"
	  " WHERE id = ? AND state IN ('running', 'paused')");
STATEMENT(sync_runs_give_way,
	  "UPDATE sync_run SET state = 'stopped', ended_at = ?,"
	  " waits_until = NULL, paused_at = NULL WHERE integration_id = ?"
	  " AND way = ? AND id <> ? AND state IN ('running', 'paused')");
STATEMENT(sync_run_lock,
	  "SELECT state IN ('running', 'paused') AS open, stop_asked, is_chosen"
	  " FROM sync_run WHERE id = ? FOR UPDATE");
STATEMENT(sync_run_widen, "UPDATE sync_run SET is_chosen = FALSE,"
			  " n_pages = GREATEST(n_pages, ?) WHERE id = ?");
STATEMENT(sync_run_wakes,
	  "UPDATE sync_run SET waits_until = NULL WHERE id = ?");
/* What was asked for by name, and not read yet. */
STATEMENT(sync_step_inherit,
	  "INSERT IGNORE INTO sync_step (run_id, page_meta_id, form_meta_id,"
	  " since) SELECT ?, s.page_meta_id, s.form_meta_id, MIN(s.since)"
	  " FROM sync_run r JOIN sync_step s ON s.run_id = r.id"
	  " WHERE r.integration_id = ? AND r.way = ? AND r.id <> ?"
	  " AND r.state IN ('running', 'paused') AND s.state = 'ready'"
	  " AND s.since IS NOT NULL GROUP BY s.page_meta_id, s.form_meta_id");
STATEMENT(sync_step_ask,
	  "INSERT INTO sync_step (run_id, page_meta_id, form_meta_id, since)"
	  " VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE state = 'ready',"
	  " next_cursor = '', n_moves = 0, n_again = 0, mark_cursor = '',"
	  " reason = '', waits_until = IF(n_tries, NULL, waits_until),"
	  " n_tries = 0,"
	  " since = LEAST(COALESCE(since, VALUES(since)), VALUES(since))");
/* A run of all reads all of each page that it has. */
STATEMENT(sync_step_whole,
	  "INSERT IGNORE INTO sync_step (run_id, page_meta_id, form_meta_id)"
	  " SELECT DISTINCT run_id, page_meta_id, '' FROM sync_step"
	  " WHERE run_id = ?");
STATEMENT(sync_step_revive,
	  "UPDATE sync_step SET state = 'ready', next_cursor = '',"
	  " n_moves = 0, n_again = 0, n_tries = 0, mark_cursor = '',"
	  " reason = '', waits_until = NULL WHERE run_id = ?"
	  " AND page_meta_id = ? AND state = 'failed'");

enum rc
sync_note_met(struct task *t, int64_t run_id)
{
	return db_exec(t, &sync_run_met, INS(IN(run_id)), NULL);
}

struct beginning {
	const struct sync_order *order;
	int64_t run_id;
	bool is_new;
	bool rests, is_chosen; /* the run that was found */
};

static enum rc
insert_run(struct task *t, struct beginning *b, size_t n_pages)
{
	const struct sync_order *o = b->order;
	bool is_sync = strcmp(o->way, "sync") == 0;
	struct when since = is_sync ? (struct when){ 0 } : o->since;
	int64_t expected = 0;

	for (size_t i = 0; i < o->n_forms; i++)
		expected += o->forms[i].n_leads;
	return db_insert(t, &sync_run_insert,
			 INS(IN(o->integration_id), IN(o->way), IN(since),
			     IN(o->forms != NULL), IN(o->is_shared_out),
			     IN((int64_t)n_pages), IN((int64_t)o->n_forms),
			     IN(expected), IN(t->user_id), IN(t->now)),
			 &b->run_id);
}

static enum rc
ask_for(struct task *t, const struct beginning *b, const struct sync_form *f)
{
	if (strcmp(b->order->way, "sync") != 0)
		return sync_add_step(t, b->run_id, f->page_meta_id,
				     f->form_meta_id, NULL);
	return db_exec(t, &sync_step_ask,
		       INS(IN(b->run_id), IN(f->page_meta_id),
			   IN(f->form_meta_id), IN(b->order->since)),
		       NULL);
}

/* Those of an order that names no forms. */
struct page_ids {
	struct page_id {
		const char *meta_id;
	} * at;
	size_t n;
};

static enum rc
find_some(struct task *t, struct db_stmt *q, struct db_ins in,
	  struct page_ids *out)
{
	static const struct db_col cols[] = { COL(struct page_id, meta_id),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct page_id),
				.max = PAGES_MAX };
	enum rc rc = db_rows(t, q, in, &list);

	*out = (struct page_ids){ list.rows, list.n };
	return rc;
}

static enum rc
find_all(struct task *t, int64_t integration_id, struct page_ids *out)
{
	struct page *pages = NULL;
	enum rc rc = page_list(t, integration_id, &pages, &out->n);

	if (rc)
		return rc;
	out->at = NEW_ARRAY(t->mem, struct page_id, out->n);
	for (size_t i = 0; i < out->n; i++)
		out->at[i].meta_id = pages[i].meta_id;
	return OK;
}

static enum rc
find_pages(struct task *t, const struct beginning *b, struct page_ids *out)
{
	const struct sync_order *o = b->order;

	if (o->is_unasked || o->page)
		return find_some(t, &sync_pages_due,
				 INS(IN(o->integration_id),
				     IN(o->page ? o->page : ""),
				     IN(o->owner_id), IN(t->now),
				     IN(DAY - SOON), IN(HOUR - SOON),
				     IN(when_add(t->now, -90 * DAY_MS))),
				 out);
	if (strcmp(o->way, "sync") == 0 && !o->afresh)
		return find_some(t, &sync_pages_free,
				 INS(IN(o->integration_id)), out);
	return find_all(t, o->integration_id, out);
}

static enum rc
add_pages(struct task *t, const struct beginning *b,
	  const struct page_ids *pages)
{
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < pages->n; i++)
		rc = sync_add_step(t, b->run_id, pages->at[i].meta_id, "",
				   NULL);
	return rc;
}

/* Forms that were chosen need not be listed first. */
static enum rc
add_steps(struct task *t, const struct beginning *b,
	  const struct page_ids *pages)
{
	const struct sync_order *o = b->order;
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < o->n_forms; i++)
		rc = ask_for(t, b, &o->forms[i]);
	return rc || o->forms ? rc : add_pages(t, b, pages);
}

static enum rc
add_run(struct task *t, struct beginning *b, const struct page_ids *pages)
{
	enum rc rc = insert_run(t, b, pages->n);

	b->is_new = true;
	if (!rc)
		rc = add_steps(t, b, pages);
	return rc ? rc : queue_add(t, JOB_SYNC, b->run_id);
}

static enum rc
begin_new(struct task *t, struct beginning *b)
{
	struct page_ids pages = { 0 };
	enum rc rc = find_pages(t, b, &pages);

	if (rc || (b->order->is_unasked && pages.n == 0))
		return rc; /* another worker was quicker */
	return add_run(t, b, &pages);
}

/* A sync of some forms or pages, that one of all is asked of: it becomes
 * that. */
static enum rc
widen(struct task *t, const struct beginning *b)
{
	struct page_ids pages = { 0 };
	const char *page = b->order->page;
	enum rc rc = find_pages(t, b, &pages);

	if (!rc && page)
		rc = db_exec(t, &sync_step_revive, INS(IN(b->run_id), IN(page)),
			     NULL);
	if (rc || pages.n == 0)
		return rc;
	rc = add_pages(t, b, &pages);
	if (!rc && b->is_chosen)
		rc = db_exec(t, &sync_step_whole, INS(IN(b->run_id)), NULL);
	return rc ? rc
		  : db_exec(t, &sync_run_widen,
			    INS(IN((int64_t)pages.n), IN(b->run_id)), NULL);
}

static enum rc
add_to_running(struct task *t, const struct beginning *b)
{
	const struct sync_order *o = b->order;
	enum rc rc = OK;

	if (strcmp(o->way, "sync") != 0)
		return OK;
	if (!o->forms)
		return widen(t, b);
	for (size_t i = 0; !rc && i < o->n_forms; i++) {
		if (!b->is_chosen) /* of a page that it has, it has all */
			rc = sync_add_step(t, b->run_id,
					   o->forms[i].page_meta_id, "", NULL);
		if (!rc)
			rc = ask_for(t, b, &o->forms[i]);
		if (!rc)
			rc = sync_count_forms(t, b->run_id, 1,
					      o->forms[i].n_leads);
	}
	return rc;
}

static enum rc
give_way(struct task *t, int64_t run_id)
{
	return db_exec(t, &sync_run_give_way, INS(IN(t->now), IN(run_id)),
		       NULL);
}

/* What was added need not wait with the rest. */
static enum rc
wake(struct task *t, int64_t run_id)
{
	enum rc rc = db_exec(t, &sync_run_wakes, INS(IN(run_id)), NULL);

	return rc ? rc : queue_hasten(t, JOB_SYNC, run_id);
}

/* Its job may have been given up. */
static enum rc
join(struct task *t, const struct beginning *b)
{
	enum rc rc = add_to_running(t, b);

	if (!rc)
		rc = sync_note_met(t, b->run_id);
	if (!rc)
		rc = sync_unpause(t, b->run_id, NULL);
	if (!rc && b->rests)
		rc = wake(t, b->run_id);
	return rc ? rc : queue_add(t, JOB_SYNC, b->run_id);
}

/* One that was asked to stop would drop what it is asked for now. */
static enum rc
take_running(struct task *t, struct beginning *b)
{
	bool open = false, stop_asked = false;
	enum rc rc =
		db_one(t, &sync_run_lock, INS(IN(b->run_id)),
		       OUTS(OUT("open", &open), OUT("stop_asked", &stop_asked),
			    OUT("is_chosen", &b->is_chosen)));

	/* Another worker was quicker. */
	if (!rc && b->order->is_unasked && !b->is_chosen)
		return OK;
	if (!rc && open && !stop_asked)
		return join(t, b);
	if (!rc && open)
		rc = give_way(t, b->run_id);
	return rc ? rc : begin_new(t, b);
}

/* What runs ends, and its pages are read anew. */
static enum rc
begin_afresh(struct task *t, struct beginning *b)
{
	const struct sync_order *o = b->order;
	enum rc rc = begin_new(t, b);

	if (!rc)
		rc = db_exec(t, &sync_step_inherit,
			     INS(IN(b->run_id), IN(o->integration_id),
				 IN(o->way), IN(b->run_id)),
			     NULL);
	return rc ? rc
		  : db_exec(t, &sync_runs_give_way,
			    INS(IN(t->now), IN(o->integration_id), IN(o->way),
				IN(b->run_id)),
			    NULL);
}

/* Beside one that waits for Meta, if there is anything else to read. */
static enum rc
begin_beside(struct task *t, struct beginning *b)
{
	struct page_ids pages = { 0 };
	enum rc rc = find_pages(t, b, &pages);

	if (rc)
		return rc;
	return pages.n > 0 ? add_run(t, b, &pages) : take_running(t, b);
}

static enum rc
meet_running(struct task *t, struct beginning *b)
{
	if (b->order->afresh)
		return begin_afresh(t, b);
	if (b->rests && b->order->n_forms == 0)
		return begin_beside(t, b);
	return take_running(t, b);
}

/* Under the integration's lock, so that two who press at once share one run. */
static enum rc
lock(struct task *t, int64_t integration_id)
{
	struct integration i = { 0 };
	enum rc rc = integration_lock(t, integration_id, &i);

	return rc ? rc
		  : db_exec(t, &sync_begin_counted, INS(IN(integration_id)),
			    NULL);
}

static enum rc
begin(struct task *t, void *arg)
{
	struct beginning *b = arg;
	const struct sync_order *o = b->order;
	enum rc rc = lock(t, o->integration_id);

	b->is_new = b->rests = false;
	if (rc)
		return rc;
	rc = db_one(t, &sync_run_at_work_of,
		    INS(IN(t->now), IN(o->integration_id), IN(o->way)),
		    OUTS(OUT("id", &b->run_id), OUT("rests", &b->rests)));
	if (!rc)
		return meet_running(t, b);
	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	return begin_new(t, b);
}

enum rc
sync_start(struct task *t, const struct sync_order *o, int64_t *run_id,
	   bool *is_new)
{
	struct beginning b = { .order = o };
	struct integration i;
	enum rc rc = integration_get(t, o->integration_id, &i);

	if (!rc)
		rc = db_tx(t, "sync_start", begin, &b);
	if (rc)
		return rc;
	*run_id = b.run_id;
	*is_new = b.is_new;
	return OK;
}

enum rc
sync_due(struct task *t)
{
	struct id_row {
		int64_t id;
	};
	static const struct db_col cols[] = { COL(struct id_row, id), { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct id_row),
				.max = 20 };
	enum rc rc = db_rows(t, &sync_to_begin,
			     INS(IN(t->now), IN(t->now), IN(DAY), IN(HOUR),
				 IN(when_add(t->now, -90 * DAY_MS))),
			     &list);

	for (size_t i = 0; !rc && i < list.n; i++) {
		const struct id_row *row = (const struct id_row *)list.rows + i;
		struct sync_order o = { .integration_id = row->id,
					.way = "sync",
					.is_unasked = true };
		int64_t run_id = 0;
		bool is_new = false;

		rc = sync_start(t, &o, &run_id, &is_new);
	}
	return rc;
}

static enum rc
start_page(struct task *t, const struct page *p, int64_t owner_id)
{
	struct sync_order order = { .integration_id = p->integration_id,
				    .way = "sync",
				    .page = p->meta_id,
				    .owner_id = owner_id };
	int64_t run = 0;
	bool is_new = false;
	enum rc rc = sync_start(t, &order, &run, &is_new);

	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	return OK;
}

enum rc
sync_page(struct task *t, const struct page *p)
{
	return start_page(t, p, 0);
}

enum rc
sync_gap(struct task *t, const struct page *p)
{
	bool away = false, login = false;
	enum rc rc = trouble_was_away(t, p->id, &away, &login);

	return rc || !away ? rc : start_page(t, p, login ? p->owner_id : 0);
}
