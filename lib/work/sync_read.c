/* sync_read: the forms of a page, and the leads of a form. */
#include "base/log.h"
#include "crm/submission.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "meta/accounts.h"
#include "work/connect.h"
#include "work/import.h"
#include "work/learn.h"
#include "work/sync_private.h"

#define OVERLAP_MS (48 * INT64_C(3600000))
#define NEW_PAGE_MS HOUR_MS
#define HISTORY_MS (SYNC_HISTORY_DAYS * DAY_MS)

STATEMENT(sync_run_counts,
	  "UPDATE sync_run SET n_read = n_read + ?, n_new = n_new + ?,"
	  " n_joined = n_joined + ?, n_known = n_known + ?,"
	  " n_failed = n_failed + ?, words = ?, waits_until = NULL"
	  " WHERE id = ?");
STATEMENT(sync_run_form_done,
	  "UPDATE sync_run SET forms_done = forms_done + 1 WHERE id = ?");

/* Known and wanted forms of a page that the run has no step of. */
STATEMENT(sync_forms_unread,
	  "SELECT COUNT(*) AS n, COALESCE(SUM(f.leads_count), 0) AS n_leads"
	  " FROM lead_form f WHERE f.page_id = ? AND NOT f.is_left_out"
	  " AND NOT EXISTS (SELECT 1 FROM sync_step s WHERE s.run_id = ?"
	  " AND s.page_meta_id = ? AND s.form_meta_id = f.meta_id)");
STATEMENT(sync_step_known,
	  "INSERT IGNORE INTO sync_step (run_id, page_meta_id, form_meta_id,"
	  " reason) SELECT ?, ?, meta_id, ? FROM lead_form WHERE page_id = ?"
	  " AND NOT is_left_out");

/* The job first, as everywhere: who lost it keeps nothing. */
static enum rc
begin_keeping(struct task *t, const struct sync_work *w)
{
	enum rc rc = queue_go_on(t, w->job);

	return rc ? rc : sync_page_answers(t, w);
}

/* ---- forms of a page ------------------------------------------------------------------ */

struct listed {
	struct sync_work *w;
	const struct meta_forms *list;
	const struct meta_form *at; /* the one at hand */
	int64_t latest_id; /* the submission that was the latest before */
};

static enum rc
add_form(struct task *t, const struct sync_work *w, const struct meta_form *m)
{
	int64_t added = 0;
	enum rc rc =
		sync_add_step(t, w->run.id, w->page.meta_id, m->id, &added);

	return rc ? rc
		  : sync_count_forms(t, w->run.id, added,
				     added ? m->leads_count : 0);
}

static enum rc
keep_form(struct task *t, void *arg)
{
	const struct listed *l = arg;
	const struct sync_work *w = l->w;
	const struct meta_form *m = l->at;
	const struct form_count count = { m->leads_count, m->expired,
					  m->told_at, l->latest_id };
	struct lead_form f = { .meta_id = m->id,
			       .page_id = w->page.id,
			       .name = m->name,
			       .status = m->status,
			       .locale = m->locale,
			       .questions = m->questions,
			       .consents = m->consents,
			       .leads_count = m->leads_count };
	struct lead_form kept = { 0 };
	enum rc rc = learn_form(t, &f, w->run.integration_id, &kept);

	if (!rc)
		rc = form_counted(t, kept.id, &count);
	return rc || kept.is_left_out ? rc : add_form(t, w, m);
}

/* Forms that are known can be read though Meta does not list them (contract
 * 2.5). */
enum rc
sync_add_known(struct task *t, const struct sync_work *w, const char *reason)
{
	int64_t n = 0, n_leads = 0;
	enum rc rc =
		db_one(t, &sync_forms_unread,
		       INS(IN(w->page.id), IN(w->run.id), IN(w->page.meta_id)),
		       OUTS(OUT("n", &n), OUT("n_leads", &n_leads)));

	if (rc || n == 0)
		return rc;
	rc = db_exec(t, &sync_step_known,
		     INS(IN(w->run.id), IN(w->page.meta_id), IN(reason),
			 IN(w->page.id)),
		     NULL);
	return rc ? rc : sync_count_forms(t, w->run.id, n, n_leads);
}

/* A list of nothing may be all that this token is shown. */
static enum rc
end_list(struct task *t, const struct listed *l, enum sync_onward next)
{
	bool any = l->list->n > 0 || l->w->step.next_cursor[0];
	enum rc rc = sync_add_known(t, l->w, any ? SYNC_NOT_LISTED : "");

	if (!rc && next == SYNC_ROUND)
		return sync_fail_step(t, l->w, "circle");
	if (!rc)
		rc = sync_end_step(t, l->w, "done", "");
	if (!rc)
		rc = trouble_over(t, TROUBLE_PAGE, l->w->page.id, "not_listed");
	return rc ? rc : sync_page_done(t, l->w);
}

static enum rc
keep_forms(struct task *t, void *arg)
{
	struct listed *l = arg;
	struct sync_work *w = l->w;
	enum sync_onward next = sync_onward(w, l->list->next);
	enum rc rc = begin_keeping(t, w);

	for (size_t i = 0; !rc && i < l->list->n; i++) {
		l->at = &l->list->at[i];
		rc = task_apart(t, w->item_mem, keep_form, l);
	}
	if (rc)
		return rc;
	if (next == SYNC_MORE)
		return sync_go_on(t, w, l->list->next);
	return end_list(t, l, next);
}

static enum rc
go_on_unlisted(struct task *t, struct sync_work *w,
	       const struct graph_error *err)
{
	struct trouble tr = { .scope = TROUBLE_PAGE,
			      .subject_id = w->page.id,
			      .integration_id = w->run.integration_id,
			      .reason = "not_listed",
			      .detail = err->permission,
			      .code = err->code,
			      .subcode = err->subcode };
	enum rc rc = sync_add_known(t, w, "");

	if (!rc)
		rc = trouble_met(t, &tr);
	if (!rc)
		rc = sync_end_step(t, w, "done", "not_listed");
	if (!rc)
		rc = sync_page_done(t, w);
	return rc ? rc : queue_go_on(t, w->job);
}

enum rc
sync_list_forms(struct task *t, struct sync_work *w, struct graph_error *err)
{
	struct meta_forms list = { .page_id = w->page.meta_id,
				   .from = w->step.next_cursor,
				   .limit = w->step.page_size };
	struct listed l = { .w = w, .list = &list };
	enum rc rc = submission_latest_id(t, &l.latest_id);

	if (!rc)
		rc = accounts_forms(t, &w->graph, &list, err);
	if (rc == E_REMOTE && graph_lacks_right(err)) {
		task_forgive(t);
		return go_on_unlisted(t, w, err);
	}
	return rc ? rc : db_tx(t, "sync_forms", keep_forms, &l);
}

/* ---- leads of a form -------------------------------------------------------------------- */

static bool
stays_unassigned(const struct sync_run *run)
{
	return sync_is_history(run) && !run->is_shared_out;
}

static const char *
way_aside(const struct sync_run *run)
{
	if (!sync_is_history(run))
		return JOB_WAY_WEBHOOK;
	return run->is_shared_out ? JOB_WAY_SHARED : JOB_WAY_HISTORY;
}

/* A lead that cannot be imported becomes a job, so that it is seen and not
 * lost. */
static enum rc
set_aside(struct task *t, struct sync_work *w, const struct meta_lead *node)
{
	struct queue_lead lead = { .leadgen_id = node->id,
				   .page_meta_id = w->page.meta_id,
				   .form_meta_id = w->form.meta_id,
				   .way = way_aside(&w->run),
				   .received_at = t->now,
				   .submitted_at = node->created };

	w->n_failed++;
	return queue_add_lead(t, &lead);
}

static void
count(struct sync_work *w, enum arrive_outcome outcome)
{
	switch (outcome) {
	case ARRIVE_NEW:
		w->n_new++;
		break;
	case ARRIVE_JOINED:
		w->n_joined++;
		break;
	case ARRIVE_SKIPPED:
	case ARRIVE_KNOWN:
		w->n_known++;
		break;
	}
}

static enum rc
import_one(struct task *t, struct sync_work *w, const struct meta_lead *node)
{
	struct import_lead in = { .page = &w->page,
				  .form = &w->form,
				  .node = *node,
				  .fetched_at = t->now,
				  .way = w->run.way,
				  .unassigned_why = stays_unassigned(&w->run)
							    ? IMPORT_HISTORY_WHY
							    : NULL };
	enum arrive_outcome outcome = ARRIVE_KNOWN;
	enum rc rc = import_apart(t, w->item_mem, &in, &outcome);

	if (rc == E_INPUT || rc == E_INTERNAL) {
		log_error("sync %lld: a lead was set aside: %s",
			  (long long)w->run.id, t->why);
		task_forgive(t);
		return set_aside(t, w, node);
	}
	if (!rc)
		count(w, outcome);
	return rc;
}

static void
note_order(struct sync_work *w, struct when created)
{
	if (w->met.ms && created.ms < w->met.ms)
		w->falls = true;
	if (w->met.ms && created.ms > w->met.ms)
		w->rises = true;
	w->met = created;
}

static enum rc
take_lead(struct task *t, const struct json *item, void *arg)
{
	struct sync_work *w = arg;
	struct meta_lead node;
	enum rc rc = leadnode_read(t, item, &node);

	if (rc == E_INPUT) { /* no id: there is nothing to ask for again */
		task_forgive(t);
		w->n_failed++;
		return OK;
	}
	if (rc)
		return rc;
	w->n_read++;
	note_order(w, node.created);
	/* Meta may ignore the filter (contract 3.2). */
	if (node.created.ms && node.created.ms < w->since.ms) {
		w->any_old = true;
		return OK;
	}
	w->any_wanted = true;
	return import_one(t, w, &node);
}

/* All of it too old: so is what follows, where the newest come first.  That they
 * do is nowhere promised (contract 14.4). */
static enum sync_onward
next_leads(const struct sync_work *w)
{
	if (w->any_old && !w->any_wanted && w->falls && !w->rises)
		return SYNC_END;
	return sync_onward(w, w->after);
}

static enum rc
end_form(struct task *t, const struct sync_work *w)
{
	enum rc rc = sync_end_step(t, w, "done", "");

	if (!rc && w->form.id && w->step.since.ms)
		rc = form_fetched(t, w->form.id, t->now);
	if (!rc && w->form.id && sync_is_complete(&w->run))
		rc = form_synced(t, w->form.id, w->run.started_at);
	if (!rc)
		rc = db_exec(t, &sync_run_form_done, INS(IN(w->run.id)), NULL);
	return rc ? rc : sync_page_done(t, w);
}

static enum rc
keep_leads(struct task *t, void *arg)
{
	struct sync_work *w = arg;
	enum sync_onward next = next_leads(w);
	enum rc rc = begin_keeping(t, w);

	if (!rc)
		rc = db_exec(t, &sync_run_counts,
			     INS(IN(w->n_read), IN(w->n_new), IN(w->n_joined),
				 IN(w->n_known), IN(w->n_failed),
				 IN(text_cut(text_of(w->form.name), 255)),
				 IN(w->run.id)),
			     NULL);
	if (!rc)
		rc = connect_reads(t, &w->page);
	if (rc)
		return rc;
	if (next == SYNC_MORE)
		return sync_go_on(t, w, w->after);
	/* What lies behind is missing: the form is not read that far. */
	return next == SYNC_ROUND ? sync_fail_step(t, w, "circle")
				  : end_form(t, w);
}

/* How far the form, or one that is not known here its page, is read.  A time
 * that is yet to come was told by a clock that was wrong: then nothing is
 * known. */
static struct when
read_until(const struct task *t, const struct sync_work *w)
{
	struct when at = w->form.id ? w->form.synced_at : w->page.last_sync_at;

	return at.ms > t->now.ms + HOUR_MS ? (struct when){ 0 } : at;
}

/* From the last complete look, or from when the page was connected: what came
 * before that is history, and only asked for as such, or by name. */
struct when
sync_since(const struct task *t, const struct sync_work *w)
{
	struct when first = when_add(w->page.connected_at, -NEW_PAGE_MS);
	struct when last = read_until(t, w);
	struct when from = when_add(last, -OVERLAP_MS);

	if (sync_is_history(&w->run))
		return w->run.since.ms ? w->run.since
				       : when_add(t->now, -HISTORY_MS);
	if (!last.ms || from.ms < first.ms)
		from = first;
	return w->step.since.ms && w->step.since.ms < from.ms ? w->step.since
							      : from;
}

static const char *
filter_text(struct task *t, struct when since)
{
	return arena_fmt(t->mem,
			 "[{\"field\":\"time_created\",\"operator\":"
			 "\"GREATER_THAN\",\"value\":%lld}]",
			 (long long)(since.ms / SECOND_MS - 1));
}

enum rc
sync_read_leads(struct task *t, struct sync_work *w, struct graph_error *err)
{
	const char *after = w->step.next_cursor;
	const struct graph_param params[] = {
		{ "fields", LEADNODE_FIELDS },
		{ "limit",
		  arena_fmt(t->mem, "%lld", (long long)w->step.page_size) },
		{ "filtering", filter_text(t, w->since) },
		{ after[0] ? "after" : NULL, after },
		{ 0 },
	};
	const struct graph_call call = {
		"GET", arena_fmt(t->mem, "%s/leads", w->step.form_meta_id),
		params
	};
	enum rc rc = graph_list_once(t, &w->graph, &call, take_lead, w,
				     &w->after, err);

	return rc ? rc : db_tx(t, "sync_leads", keep_leads, w);
}
