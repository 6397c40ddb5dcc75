/* reading: a batch of leads from Meta, and what becomes of each. */
#include "work/reading.h"

#include "base/conf.h"
#include "base/log.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "work/connect.h"
#include "work/formread.h"
#include "work/gone.h"
#include "work/health.h"
#include "work/import.h"
#include "work/sync.h"

enum {
	ACCESS_WAIT_S = 300, /* Leads access: looked at again by itself */
};

struct reading {
	struct reading_mem *mem;
	struct page page;
	struct graph graph;
	struct job *jobs;
	struct graph_item *items; /* one per job */
	size_t n;
	struct formread forms;
	struct when fetched_at;
	struct gone gone;
	bool told;	     /* what stands behind gone leads */
	struct when told_at; /* Meta's clock at its last answer */
};

/* ---- ends of a try ----------------------------------------------------------- */

/* A lost lease is another worker's gain, not a failure. */
static enum rc
unless_lost(struct task *t, enum rc rc)
{
	if (rc != E_CONFLICT)
		return rc;
	task_forgive(t);
	return OK;
}

static enum rc
put_aside(struct task *t, const struct job *j, const struct graph_error *err)
{
	switch (err->class) {
	case GRAPH_THROTTLED:
		return queue_wait(t, j,
				  when_add(t->now, err->wait_s * SECOND_MS),
				  err->reason, err->words);
	case GRAPH_RECONNECT:
	case GRAPH_PERSON:
		return queue_park(t, j, err->reason, err->words);
	case GRAPH_ADMIN:
		if (!text_is(text_of(err->reason), "leads_access"))
			return queue_park(t, j, err->reason, err->words);
		return queue_wait(t, j,
				  when_add(t->now, ACCESS_WAIT_S * SECOND_MS),
				  err->reason, err->words);
	case GRAPH_GONE:
		if (j->attempts > GONE_TRIES)
			return queue_give_up(t, j, err->reason, err->words);
		break;
	case GRAPH_OK:
	case GRAPH_RETRY:
	case GRAPH_BUG:
		break;
	}
	return queue_retry(t, j, err->reason, err->words);
}

static enum rc
set_aside(struct task *t, const struct job *j, const struct graph_error *err)
{
	log_warn("lead job %lld: %s (%lld/%lld) %s", (long long)j->id,
		 err->reason, (long long)err->code, (long long)err->subcode,
		 graph_class_name(err->class));
	return unless_lost(t, put_aside(t, j, err));
}

static enum rc
set_all_aside(struct task *t, const struct reading *r,
	      const struct graph_error *err)
{
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < r->n; i++)
		rc = set_aside(t, &r->jobs[i], err);
	return rc;
}

/* ---- one lead ------------------------------------------------------------------ */

/* What this lead cannot become is its own matter; a database that is away is
 * everybody's. */
static enum rc
end_item(struct task *t, const struct job *j, enum rc rc)
{
	if (rc && rc != E_BUSY && rc != E_CONFLICT) {
		log_error("lead job %lld: %s", (long long)j->id, t->why);
		task_forgive(t);
		rc = queue_retry(t, j, "internal",
				 rc == E_INPUT ? "The lead is not readable"
					       : "Something broke here");
	}
	return unless_lost(t, rc);
}

static enum rc
import_item(struct task *t, struct task *item, struct reading *r, size_t i)
{
	const struct job *j = &r->jobs[i];
	struct import_lead in = { .job = j,
				  .page = &r->page,
				  .fetched_at = r->fetched_at,
				  .told_at = r->told_at,
				  .way = "webhook" };
	const struct formread_form *form = NULL;
	struct text way = text_of(j->way);
	enum rc rc = leadnode_read(item, r->items[i].reply, &in.node);

	/* An answer about another lead is no answer. */
	if (rc == E_INPUT ||
	    (!rc && !text_is(text_of(in.node.id), j->subject))) {
		task_forgive(item);
		return queue_retry(item, j, "bad_answer",
				   "Meta's answer is no lead");
	}
	if (rc)
		return rc;
	rc = formread_find(t, &r->forms,
			   in.node.form_id ? in.node.form_id : j->form_meta_id,
			   &form);
	if (rc)
		return fail(item, rc, "%s", t->why);
	if (form && formread_waits(j, &form->why))
		return formread_wait(item, j, &form->why);
	if (form && form->form.id)
		in.form = &form->form;
	if (in.form && in.form->is_left_out)
		return queue_skip(item, j, "form_left_out",
				  "The leads of this form are not wanted here");
	if (!text_is(way, JOB_WAY_WEBHOOK))
		in.way = "history";
	if (text_is(way, JOB_WAY_HISTORY))
		in.unassigned_why = IMPORT_HISTORY_WHY;
	item->now = clock_now();
	return import_lead(item, &in, NULL);
}

/* A lead works on memory of its own, which ends with it. */
static enum rc
take_lead(struct task *t, struct reading *r, size_t i)
{
	struct task item = *t;
	enum rc rc;

	item.mem = r->mem->item;
	rc = end_item(&item, &r->jobs[i], import_item(t, &item, r, i));
	task_forgive(t);
	if (rc)
		rc = fail(t, rc, "%s", item.why);
	arena_reset(r->mem->item);
	return rc;
}

/* ---- the batch ------------------------------------------------------------------ */

/* Advertising fields, or a field that this version lacks, were refused: the
 * lead itself may be readable without them. */
static bool
wants_small(const struct graph_error *err)
{
	return (err->class == GRAPH_BUG && err->code == 100) ||
	       (err->class == GRAPH_ADMIN && err->permission &&
		text_starts(text_of(err->permission), "ads_"));
}

static const char *
lead_path(struct task *t, const struct job *j, const char *fields)
{
	return arena_fmt(t->mem, "%s?fields=%s", j->subject, fields);
}

static bool
is_unasked(const struct graph_error *err)
{
	return err->class == GRAPH_OK;
}

/* Ask for those that are not read yet and were told what `wants` wants.  What
 * the login was refused for as a whole, each of them was. */
static enum rc
read_items(struct task *t, struct reading *r,
	   bool (*wants)(const struct graph_error *err), const char *fields,
	   struct graph_error *err)
{
	struct graph_item again[GRAPH_BATCH] = { 0 };
	size_t of[GRAPH_BATCH], n = 0;
	enum rc rc;

	for (size_t i = 0; i < r->n; i++)
		if (!r->items[i].reply && wants(&r->items[i].err)) {
			again[n].path = lead_path(t, &r->jobs[i], fields);
			of[n++] = i;
		}
	if (n == 0)
		return OK;
	rc = queue_hold(t, r->jobs[0].mark);
	if (!rc)
		rc = graph_batch(t, &r->graph, again, n, err);
	if (rc == E_REMOTE && connect_may_renew(err)) {
		task_forgive(t);
		rc = OK;
		for (size_t i = 0; i < n; i++)
			again[i].err = *err;
		*err = (struct graph_error){ .reason = "", .words = "" };
	}
	for (size_t i = 0; !rc && i < n; i++)
		r->items[of[i]] = again[i];
	return rc;
}

static enum rc
read_batch(struct task *t, struct reading *r,
	   bool (*wants)(const struct graph_error *err),
	   struct graph_error *err)
{
	enum rc rc = read_items(t, r, wants, LEADNODE_FIELDS, err);

	if (!rc)
		rc = read_items(t, r, wants_small, LEADNODE_FIELDS_SMALL, err);
	r->fetched_at = clock_now();
	return rc;
}

/* What another login may not be refused for; NULL: nothing. */
static const struct graph_error *
find_refusal(const struct reading *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!r->items[i].reply && connect_may_renew(&r->items[i].err))
			return &r->items[i].err;
	return NULL;
}

/* No login reads them: what is to be said of the page. */
static void
tell_refused(struct reading *r, const struct graph_error *told)
{
	for (size_t i = 0; i < r->n; i++)
		if (!r->items[i].reply && connect_may_renew(&r->items[i].err))
			r->items[i].err = *told;
}

/* Read; what is refused is read again with a new token of each login that may
 * have the page, until one is not refused. */
static enum rc
read_leads(struct task *t, struct reading *r, struct graph_error *err)
{
	struct connect_renewal logins = { 0 };
	const struct graph_error *refusal;
	enum rc rc = read_batch(t, r, is_unasked, err);

	while (!rc && (refusal = find_refusal(r))) {
		struct graph_error told = *refusal;

		rc = queue_hold(t, r->jobs[0].mark);
		if (!rc)
			rc = connect_renew_page(t, &r->page, &logins, &told);
		if (rc == E_REMOTE) {
			task_forgive(t);
			tell_refused(r, &told);
			return OK;
		}
		if (rc)
			return rc;
		r->graph.token = r->page.token;
		rc = read_batch(t, r, connect_may_renew, err);
	}
	return rc;
}

static bool
is_lasting(const struct graph_error *err)
{
	return graph_is_refusal(err) || err->class == GRAPH_THROTTLED;
}

/* What the page's card says: the worst of this batch, or that it reads. */
static enum rc
tell_trouble(struct task *t, const struct reading *r,
	     const struct graph_error *all)
{
	const struct graph_error *worst = is_lasting(all) ? all : NULL;
	bool any_read = false;
	enum rc rc;

	for (size_t i = 0; i < r->n; i++) {
		any_read |= r->items[i].reply != NULL;
		if (!worst && !r->items[i].reply &&
		    is_lasting(&r->items[i].err))
			worst = &r->items[i].err;
	}
	if (worst)
		return connect_trouble(t, TROUBLE_PAGE, r->page.id,
				       r->page.integration_id, worst);
	if (!any_read)
		return OK;
	rc = sync_gap(t, &r->page);
	return rc ? rc : connect_reads(t, &r->page);
}

/* What stands behind a lead that is not shown: a trouble of the page, or what a
 * look at its Leads Access may find; once. */
static enum rc
tell_gone(struct task *t, struct reading *r, const struct graph_error *err)
{
	bool lasts = is_lasting(err);

	if (r->told ||
	    !(lasts || text_is(text_of(err->reason), "leads_access")))
		return OK;
	r->told = true;
	return lasts ? connect_trouble(t, TROUBLE_PAGE, r->page.id,
				       r->page.integration_id, err)
		     : health_ask(t, r->page.integration_id);
}

static enum rc
miss_lead(struct task *t, struct reading *r, size_t i)
{
	const struct job *j = &r->jobs[i];
	struct graph_error *err = &r->items[i].err;
	bool was_gone = err->class == GRAPH_GONE;
	enum rc rc = gone_why(t, &r->graph, j, &r->gone, err);

	if (!rc && was_gone && err->class != GRAPH_GONE)
		rc = tell_gone(t, r, err);
	return rc ? rc : set_aside(t, j, err);
}

static enum rc
finish(struct task *t, struct reading *r)
{
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < r->n; i++) {
		if (r->items[i].reply)
			rc = take_lead(t, r, i);
		else
			rc = miss_lead(t, r, i);
	}
	return rc;
}

static enum rc
park_unknown_page(struct task *t, struct job *jobs, size_t n)
{
	enum rc rc = OK;

	task_forgive(t);
	for (size_t i = 0; !rc && i < n; i++)
		rc = unless_lost(t, queue_park(t, &jobs[i], "page_unknown",
					       "The page is not connected"));
	return rc;
}

/* Leads that are too much for one answer, or one among them whose answer is
 * no UTF-8: fewer at a time are not. */
static bool
wants_halves(const struct reading *r, const struct graph_error *err)
{
	struct text reason = text_of(err->reason);

	return r->n > 1 &&
	       (text_is(reason, "too_large") || text_is(reason, "no_utf8"));
}

static enum rc
read_page(struct task *t, struct reading *r, bool *halves)
{
	struct graph_error err = { .reason = "", .words = "" };
	enum rc rc = page_by_meta(t, r->jobs[0].page_meta_id, &r->page);

	if (rc == E_NOTFOUND)
		return park_unknown_page(t, r->jobs, r->n);
	if (!rc)
		rc = connect_graph(t, r->page.token, &r->graph);
	r->graph.page = r->page.meta_id;
	r->graph.answered_at = &r->told_at;
	if (rc)
		return rc;
	r->items = NEW_ARRAY(t->mem, struct graph_item, r->n);
	r->forms = (struct formread){
		.graph = &r->graph,
		.page = &r->page,
		.mark = r->jobs[0].mark,
		.all = NEW_ARRAY(t->mem, struct formread_form, r->n),
	};
	rc = read_leads(t, r, &err);
	*halves = rc == E_REMOTE && wants_halves(r, &err);
	if (rc == E_REMOTE) {
		task_forgive(t);
		if (*halves)
			return OK;
		rc = tell_trouble(t, r, &err);
		return rc ? rc : set_all_aside(t, r, &err);
	}
	if (!rc)
		rc = tell_trouble(t, r, &err);
	return rc ? rc : finish(t, r);
}

/* What is wrong with one page stops no other: only a database that is away
 * does. */
static enum rc
end_page(struct task *t, struct job *jobs, size_t n, enum rc rc)
{
	if (rc == OK || rc == E_BUSY || rc == E_CONFLICT)
		return unless_lost(t, rc);
	log_error("page %s: %s", jobs[0].page_meta_id, t->why);
	task_forgive(t);
	rc = OK;
	for (size_t i = 0; !rc && i < n; i++)
		rc = unless_lost(t, queue_retry(t, &jobs[i], "internal",
						"Something broke here"));
	return rc;
}

enum rc
reading_of_page(struct task *t, struct reading_mem *mem, struct job *jobs,
		size_t n)
{
	struct reading r = { .mem = mem, .jobs = jobs, .n = n };
	struct task page = *t;
	bool halves = false;
	enum rc rc;

	page.mem = mem->page;
	rc = end_page(&page, jobs, n, read_page(&page, &r, &halves));
	if (rc)
		rc = fail(t, rc, "%s", page.why);
	arena_reset(mem->page);
	if (rc || !halves)
		return rc;
	rc = reading_of_page(t, mem, jobs, n / 2);
	return rc ? rc : reading_of_page(t, mem, jobs + n / 2, n - n / 2);
}
