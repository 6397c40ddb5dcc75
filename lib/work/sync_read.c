/* sync_read: the forms of a page, and the leads of a form. */
#include "base/log.h"
#include "crm/formdrift.h"
#include "crm/submission.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "meta/accounts.h"
#include "work/import.h"
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

/* ---- forms of a page ------------------------------------------------------------------ */

struct listed {
	struct sync_work *w;
	const struct meta_form *forms;
	size_t n;
	int64_t latest_id; /* the submission that was the latest before */
};

static enum rc
keep_form(struct task *t, const struct listed *l, const struct meta_form *m)
{
	const struct sync_work *w = l->w;
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
	enum rc rc = form_put(t, &f);

	if (!rc)
		rc = form_by_meta(t, m->id, &kept);
	if (!rc)
		rc = form_drift(t, kept.id, w->run.integration_id);
	if (!rc)
		rc = form_counted(t, kept.id, &count);
	if (rc || kept.is_left_out)
		return rc;
	rc = sync_add_step(t, w->run.id, w->page.meta_id, m->id);
	return rc ? rc : sync_count_form(t, w->run.id, m->leads_count);
}

static enum rc
keep_forms(struct task *t, void *arg)
{
	const struct listed *l = arg;
	enum rc rc = queue_go_on(t, l->w->job);

	for (size_t i = 0; !rc && i < l->n; i++)
		rc = keep_form(t, l, &l->forms[i]);
	if (!rc)
		rc = sync_end_step(t, l->w, "done", "");
	if (!rc)
		rc = trouble_over(t, TROUBLE_PAGE, l->w->page.id, "not_listed");
	return rc ? rc : sync_page_done(t, l->w);
}

/* Forms that are known can be read though Meta does not list them (contract
 * 2.5). */
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
	struct lead_form *known = NULL;
	size_t n = 0;
	enum rc rc = form_list(t, w->page.id, &known, &n);

	for (size_t i = 0; !rc && i < n; i++) {
		if (known[i].is_left_out)
			continue;
		rc = sync_add_step(t, w->run.id, w->page.meta_id,
				   known[i].meta_id);
		if (!rc)
			rc = sync_count_form(t, w->run.id,
					     known[i].leads_count);
	}
	if (!rc)
		rc = trouble_met(t, &tr);
	if (!rc)
		rc = sync_end_step(t, w, "done", "not_listed");
	return rc ? rc : queue_go_on(t, w->job);
}

enum rc
sync_list_forms(struct task *t, struct sync_work *w, struct graph_error *err)
{
	struct listed l = { .w = w };
	struct meta_form *forms = NULL;
	enum rc rc = submission_latest_id(t, &l.latest_id);

	if (!rc)
		rc = accounts_forms(t, &w->graph, w->page.meta_id, &forms, &l.n,
				    err);
	l.forms = forms;

	if (rc == E_REMOTE && err->class == GRAPH_ADMIN &&
	    text_is(text_of(err->reason), "permission")) {
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
	/* Meta may ignore the filter (contract 3.2). */
	if (node.created.ms && node.created.ms < w->since.ms)
		return OK;
	w->any_wanted = true;
	return import_one(t, w, &node);
}

static enum rc
keep_leads(struct task *t, void *arg)
{
	struct sync_work *w = arg;
	/* A cursor that leads to itself would never end. */
	bool more = w->after && w->any_wanted &&
		    strcmp(w->after, w->step.next_cursor) != 0;
	enum rc rc = more ? queue_wait(t, w->job, t->now, "", "")
			  : queue_go_on(t, w->job);

	if (!rc)
		rc = db_exec(t, &sync_run_counts,
			     INS(IN(w->n_read), IN(w->n_new), IN(w->n_joined),
				 IN(w->n_known), IN(w->n_failed),
				 IN(text_cut(text_of(w->form.name), 255)),
				 IN(w->run.id)),
			     NULL);
	if (!rc)
		rc = trouble_page_reads(t, w->page.id);
	if (rc)
		return rc;
	if (more)
		return sync_go_on(t, w, w->after, w->step.page_size);
	rc = sync_end_step(t, w, "done", "");
	if (!rc && w->form.id && w->step.since.ms)
		rc = form_fetched(t, w->form.id, t->now);
	if (!rc)
		rc = db_exec(t, &sync_run_form_done, INS(IN(w->run.id)), NULL);
	return rc ? rc : sync_page_done(t, w);
}

/* From the last complete look, or from when the page was connected: what came
 * before that is history, and only asked for as such, or by name. */
struct when
sync_since(const struct task *t, const struct sync_work *w)
{
	struct when first = when_add(w->page.connected_at, -NEW_PAGE_MS);
	struct when from = when_add(w->page.last_sync_at, -OVERLAP_MS);

	if (sync_is_history(&w->run))
		return w->run.since.ms ? w->run.since
				       : when_add(t->now, -HISTORY_MS);
	if (!w->page.last_sync_at.ms || from.ms < first.ms)
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
