/* import: from a lead node to a person in the CRM. */
#include "work/import.h"

#include "base/json.h"
#include "crm/assign.h"
#include "crm/email.h"
#include "crm/facet.h"
#include "crm/lead.h"
#include "crm/submission.h"
#include "db/db.h"
#include "meta/leadfields.h"
#include "work/leadmail.h"
#include "work/mapping.h"

enum { ANSWERS_MAX = 4 << 20 };

struct person { /* what the answers say of the person */
	struct lead lead;
	struct fieldmap_person said;
	const char *email_norm; /* NULL: no usable address */
	const char *answers;	/* JSON */
	bool is_test;
};

static const char *
answers_json(struct task *t, const struct lead_answer *answers, size_t n)
{
	struct buf b = buf_in(t->mem, ANSWERS_MAX);
	struct json_out out = { .to = &b };

	json_open(&out, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&out, '{');
		json_name(&out, "key");
		json_put(&out, answers[i].key);
		json_name(&out, "question");
		json_put(&out, answers[i].question);
		json_name(&out, "type");
		json_put(&out, answers[i].type);
		json_name(&out, "value");
		json_put(&out, answers[i].value);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	return b.failed ? NULL : buf_str(&b);
}

static enum rc
read_person(struct task *t, const struct import_lead *in, struct person *p)
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
	if (rc)
		return rc;
	*p = (struct person){ .is_test = false };
	rc = mapping_of_lead(t, in->form ? in->form->id : 0, answers, n,
			     &p->said);
	if (rc)
		return rc;
	p->lead = p->said.lead;
	p->lead.source = "meta";
	p->is_test = leadfields_is_test(answers, n);
	p->lead.is_test = p->is_test;
	p->email_norm = email_norm(t->mem, text_of(p->lead.email));
	p->answers = answers_json(t, answers, n);
	if (!p->answers)
		return fail(t, E_INPUT, "answers over %d bytes", ANSWERS_MAX);
	return OK;
}

/* ---- inside the transaction ------------------------------------------------ */

struct work {
	const struct import_lead *in;
	struct person person;
	enum import_outcome outcome;
};

struct stored { /* what this try has made so far */
	int64_t lead_id, submission_id;
	int64_t holder_id; /* who had the lead before */
	bool joined;
};

/* Two workers met at the same lead: the transaction is run again and then finds
 * what the other one made. */
static enum rc
met_another(struct task *t, enum rc rc)
{
	if (rc != E_CONFLICT)
		return rc;
	task_forgive(t);
	return fail(t, E_BUSY, "another worker was here first");
}

static enum rc
new_lead(struct task *t, const struct person *p, struct stored *s)
{
	enum rc rc = lead_add(t, &p->lead, &s->lead_id);

	if (rc || !p->email_norm || p->is_test)
		return rc;
	return lead_add_identity(t, "email", p->email_norm, s->lead_id);
}

/* Meta's test leads all carry one address: they are never joined. */
static enum rc
find_or_make_lead(struct task *t, const struct person *p, struct stored *s)
{
	struct lead known;
	enum rc rc = E_NOTFOUND;

	if (p->email_norm && !p->is_test) {
		rc = lead_by_identity(t, "email", p->email_norm, &s->lead_id);
		if (rc == E_NOTFOUND)
			task_forgive(t);
	}
	if (rc == E_NOTFOUND)
		return new_lead(t, p, s);
	if (!rc)
		rc = lead_get(t, s->lead_id, &known);
	if (!rc)
		rc = lead_fill(t, s->lead_id, &p->lead);
	if (rc)
		return rc;
	s->joined = true;
	s->holder_id = known.assignee_id;
	return OK;
}

/* Where the node does not say: the webhook, or the form that was read. */
static const char *
known_form(const struct import_lead *in)
{
	if (in->job && in->job->form_meta_id[0])
		return in->job->form_meta_id;
	return in->form ? in->form->meta_id : "";
}

static enum rc
add_submission(struct task *t, const struct work *w, struct stored *s)
{
	const struct import_lead *in = w->in;
	const struct meta_lead *node = &in->node;
	const char *form_id = node->form_id ? node->form_id : known_form(in);
	struct submission sub = {
		.leadgen_id = node->id,
		.lead_id = s->lead_id,
		.integration_id = in->page->integration_id,
		.page_meta_id = in->page->meta_id,
		.page_name = in->page->name,
		.form_meta_id = form_id,
		.form_name = in->form ? in->form->name : "",
		.platform = node->platform,
		.is_organic = node->is_organic,
		.is_test = w->person.is_test,
		.is_joined = s->joined,
		.ad_id = node->ad_id,
		.ad_name = node->ad_name,
		.adset_id = node->adset_id,
		.adset_name = node->adset_name,
		.campaign_id = node->campaign_id,
		.campaign_name = node->campaign_name,
		.partner_name = node->partner_name,
		.answers = w->person.answers,
		.disclaimers = node->disclaimers,
		.raw = node->raw,
		.submitted_at = node->created,
		.received_at = in->job ? in->job->received_at : t->now,
		.fetched_at = in->fetched_at,
		.way = in->way,
	};
	enum rc rc;

	if (!sub.submitted_at.ms && in->job)
		sub.submitted_at = in->job->submitted_at;
	rc = met_another(t, submission_add(t, &sub, &s->submission_id));
	if (!rc)
		rc = lead_submitted(t, s->lead_id, s->submission_id);
	return rc ? rc : page_arrived(t, in->page->id);
}

static const struct {
	const char *platform, *name, *tag;
} platforms[] = {
	{ "fb", "Facebook", "Facebook Lead Ad" },
	{ "ig", "Instagram", "Instagram Lead Ad" },
};

static enum rc
note_arrival(struct task *t, const struct import_lead *in,
	     const struct stored *s)
{
	struct text platform = text_of(in->node.platform);
	const char *name = "Meta", *words;

	for (size_t i = 0; i < COUNT(platforms); i++)
		if (text_is(platform, platforms[i].platform)) {
			enum rc rc =
				lead_tag_add(t, s->lead_id, platforms[i].tag);

			if (rc)
				return rc;
			name = platforms[i].name;
		}
	words = arena_fmt(t->mem, "%s the %s form \xe2\x80\x9c%s\xe2\x80\x9d%s",
			  s->joined ? "Another answer came from" : "Came from",
			  name, in->form ? in->form->name : "(name not known)",
			  s->joined ? " and joined this lead: same e-mail"
				    : "");
	return timeline_add(t, s->lead_id, s->joined ? "joined" : "came", words,
			    NULL);
}

static enum rc
assign(struct task *t, const struct import_lead *in, const struct stored *s)
{
	struct assignment a;
	enum rc rc =
		assign_choose(t, in->page->integration_id, s->holder_id, &a);

	if (!rc && (a.user_id ? a.user_id != s->holder_id : !s->holder_id))
		rc = lead_assign(t, s->lead_id, a.user_id, a.nobody_why);
	if (!rc && a.user_id)
		rc = submission_assigned(t, s->submission_id, a.user_id);
	if (!rc && a.user_id)
		rc = (a.user_id == s->holder_id ? leadmail_again
						: leadmail_given)(
			t, s->lead_id, a.user_id, in->way);
	if (rc)
		return rc;
	return timeline_add(t, s->lead_id,
			    a.user_id ? "assigned" : "unassigned", a.words,
			    &a.why);
}

static enum rc
import(struct task *t, void *arg)
{
	struct work *w = arg;
	struct stored s = { 0 };
	bool known = false;
	/* The job first: whoever lost its lease changes nothing. */
	enum rc rc = w->in->job ? queue_done(t, w->in->job) : OK;

	w->outcome = IMPORT_KNOWN;
	if (!rc)
		rc = submission_known(t, w->in->node.id, &known);
	if (rc || known)
		return rc;
	rc = find_or_make_lead(t, &w->person, &s);
	if (!rc)
		rc = custom_fill(t, s.lead_id, w->person.said.custom,
				 w->person.said.n_custom, NULL);
	if (!rc)
		rc = add_submission(t, w, &s);
	if (!rc)
		rc = note_arrival(t, w->in, &s);
	if (!rc)
		rc = assign(t, w->in, &s);
	if (!rc)
		rc = facet_refresh(t, s.lead_id);
	if (!rc)
		rc = facet_words(t, s.lead_id);
	w->outcome = s.joined ? IMPORT_JOINED : IMPORT_NEW;
	return rc;
}

enum rc
import_lead(struct task *t, const struct import_lead *in,
	    enum import_outcome *outcome)
{
	struct work w = { .in = in };
	enum rc rc = read_person(t, in, &w.person);

	if (!rc)
		rc = db_tx(t, "import_lead", import, &w);
	if (!rc && outcome)
		*outcome = w.outcome;
	return rc;
}

enum rc
import_apart(struct task *t, struct arena *mem, const struct import_lead *in,
	     enum import_outcome *outcome)
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
