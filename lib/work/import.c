/* import: from a lead node to an answer that arrives. */
#include "work/import.h"

#include "base/json.h"
#include "crm/assign.h"
#include "crm/integration.h"
#include "db/db.h"
#include "meta/leadfields.h"
#include "work/drill.h"
#include "work/mapping.h"

/* What the node's answers say: of the person, and to be kept. */
static enum rc
read_answers(struct task *t, const struct import_lead *in, struct arrival *a)
{
	const struct json *questions = NULL;
	struct lead_answer *answers = NULL;
	const char *why = NULL;
	size_t n = 0;
	enum rc rc;

	if (in->form)
		questions =
			json_parse(t->mem, text_of(in->form->questions), &why);
	rc = leadfields_read(t, in->node.node, questions, &answers, &n);
	if (!rc)
		rc = mapping_of_lead(t, in->form ? in->form->id : 0, answers, n,
				     &a->said);
	if (rc)
		return rc;
	a->said.lead.source = "meta";
	a->said.lead.is_test = leadfields_is_test(answers, n);
	a->sub.answers =
		arrive_answers(t->mem, mapping_kept(t->mem, answers, n), n);
	if (!a->sub.answers)
		return fail(t, E_INPUT, "the answers are too long");
	return OK;
}

/* Where the node does not say: the webhook, or the form that was read. */
static const char *
known_form(const struct import_lead *in)
{
	if (in->node.form_id)
		return in->node.form_id;
	if (in->job && in->job->form_meta_id[0])
		return in->job->form_meta_id;
	return in->form ? in->form->meta_id : "";
}

/* It came in late: announced, and then waited, or met by a sync and submitted
 * since the page was connected.  Both times are Meta's where it told them, so
 * that a host whose clock is wrong makes no new lead old. */
static bool
is_recovered(const struct task *t, const struct import_lead *in, struct when at)
{
	enum { LATE_MS = 10 * MINUTE_MS };
	struct text way = text_of(in->way);
	struct when now = in->told_at.ms ? in->told_at : t->now;

	if (!at.ms || at.ms >= now.ms - LATE_MS)
		return false;
	return text_is(way, "webhook") ||
	       (text_is(way, "sync") && in->page->connected_at.ms &&
		at.ms > in->page->connected_at.ms);
}

static void
set_submission(const struct task *t, const struct import_lead *in,
	       struct arrival *a)
{
	const struct meta_lead *node = &in->node;
	const char *answers = a->sub.answers;

	a->sub = (struct submission){
		.leadgen_id = node->id,
		.integration_id = in->page->integration_id,
		.page_meta_id = in->page->meta_id,
		.page_name = in->page->name,
		.form_meta_id = known_form(in),
		.form_name = in->form ? in->form->name : "",
		.platform = node->platform,
		.is_organic = node->is_organic,
		.is_test = a->said.lead.is_test,
		.ad_id = node->ad_id,
		.ad_name = node->ad_name,
		.adset_id = node->adset_id,
		.adset_name = node->adset_name,
		.campaign_id = node->campaign_id,
		.campaign_name = node->campaign_name,
		.partner_name = node->partner_name,
		.answers = answers,
		.disclaimers = node->disclaimers,
		.raw = node->raw,
		.submitted_at = node->created,
		.received_at = in->job ? in->job->received_at : t->now,
		.fetched_at = in->fetched_at,
		.way = in->way,
	};
	if (!a->sub.submitted_at.ms && in->job)
		a->sub.submitted_at = in->job->submitted_at;
	a->sub.is_recovered = is_recovered(t, in, a->sub.submitted_at);
}

static const struct {
	const char *platform, *name, *tag;
} platforms[] = {
	{ "fb", "Facebook", "Facebook Lead Ad" },
	{ "ig", "Instagram", "Instagram Lead Ad" },
};

static void
set_words(struct task *t, const struct import_lead *in, struct arrival *a)
{
	struct text platform = text_of(in->node.platform);
	const char *name = "Meta", *form;

	for (size_t i = 0; i < COUNT(platforms); i++)
		if (text_is(platform, platforms[i].platform)) {
			a->tags[0] = platforms[i].tag;
			name = platforms[i].name;
		}
	if (a->sub.is_recovered)
		a->tags[a->tags[0] ? 1 : 0] = "Recovered";
	form = arena_fmt(t->mem, "the %s form \xe2\x80\x9c%s\xe2\x80\x9d", name,
			 in->form ? in->form->name : "(name not known)");
	a->came = arena_fmt(t->mem, "Came from %s", form);
	a->again = arena_fmt(t->mem, "Another answer came from %s", form);
}

static enum rc
by_integration(struct task *t, void *arg, int64_t holder_id,
	       struct assignment *out)
{
	const struct import_lead *in = arg;

	if (in->unassigned_why)
		return assign_nobody(t, holder_id, in->unassigned_why, out);
	return assign_choose(t, in->page->integration_id, holder_id, out);
}

struct work {
	struct import_lead in;
	struct arrival arrival;
	enum arrive_outcome outcome;
	bool is_drill;
};

/* A fire drill is marked, and nobody's. */
static enum rc
look_for_drill(struct task *t, struct work *w)
{
	struct arrival *a = &w->arrival;
	size_t n = 0;
	enum rc rc = a->sub.is_test ? drill_meet(t, &a->sub, &w->is_drill) : OK;

	if (rc || !w->is_drill)
		return rc;
	while (a->tags[n])
		n++;
	a->tags[n] = "Fire drill";
	w->in.unassigned_why = "A fire drill is nobody's.";
	return OK;
}

/* An integration that was deleted meanwhile still lets its last leads join. */
static enum rc
set_policy(struct task *t, const struct import_lead *in, struct arrival *a)
{
	struct integration i;
	enum rc rc = integration_get(t, in->page->integration_id, &i);

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		i.on_known = "join";
		rc = OK;
	}
	if (!rc)
		a->on_known = i.on_known;
	return rc;
}

static enum rc
import(struct task *t, void *arg)
{
	struct work *w = arg;
	enum rc rc = set_policy(t, &w->in, &w->arrival);

	if (!rc)
		rc = arrive(t, &w->arrival, &w->outcome, NULL);
	/* Silence of a page is not ended by a drill. */
	if (rc || w->outcome == ARRIVE_KNOWN || w->is_drill)
		return rc;
	return page_arrived(t, w->in.page->id);
}

enum rc
import_lead(struct task *t, const struct import_lead *in,
	    enum arrive_outcome *outcome)
{
	struct work w = { .in = *in };
	enum rc rc = read_answers(t, in, &w.arrival);

	if (rc)
		return rc;
	set_submission(t, in, &w.arrival);
	set_words(t, in, &w.arrival);
	w.arrival.job = in->job;
	w.arrival.assign = by_integration;
	w.arrival.arg = &w.in;
	rc = look_for_drill(t, &w);
	/* It proves nothing when it is found by looking. */
	if (!rc && w.is_drill && !in->job)
		w.outcome = ARRIVE_KNOWN;
	else if (!rc)
		rc = db_tx(t, "import_lead", import, &w);
	if (!rc && outcome)
		*outcome = w.outcome;
	return rc;
}

enum rc
import_apart(struct task *t, struct arena *mem, const struct import_lead *in,
	     enum arrive_outcome *outcome)
{
	struct task item = *t;
	enum rc rc;

	item.mem = mem;
	item.now = clock_now();
	item.failed = OK;
	rc = import_lead(&item, in, outcome);
	if (rc)
		rc = fail(t, rc, "%s", item.why);
	arena_reset(mem);
	return rc;
}
