/* lead.c: one lead: contact, answers, origin, timeline (GET /lead/ID). */
#include "crm/customfield.h"
#include "crm/lead.h"
#include "crm/fieldmap.h"
#include "crm/recognise.h"
#include "crm/submission.h"
#include "web/leadacts.h"
#include "web/leadfilter.h"
#include "web/leadstory.h"
#include "web/view.h"

enum { STEPS = 6, FACTS_MAX = 12, ORIGIN_MAX = 8 };

struct lead_in {
	int64_t id;
};

struct fact_view {
	const char *label, *value;
	struct url link;
	bool mono;
};
struct step_view {
	const char *name, *value, *time, *what;
	bool done, now;
};
struct twin_view {
	struct url merge;
	const char *name, *why; /* "the same e-mail" */
};
struct lead_view {
	const char *title_text, *stage, *stage_class;
	struct url stage_icon, call, mail;
	bool is_test;
	struct lead_tag *tags;
	size_t n_tags;
	bool has_facts;
	struct fact_view *facts;
	size_t n_facts;
	const char *assignee, *initials;
	const char *nobody; /* why nobody has it, as a sentence; NULL */
	struct url mend;    /* the rule that made it so */
	bool has_steps;
	struct step_view *steps;
	size_t n_steps;
	struct story_card *cards;
	size_t n_cards;
	struct event_view *events;
	size_t n_events;
	struct fact_view *origin;
	size_t n_origin;
	const char *hint, *raw, *deleted;
	struct fact_view *others; /* what else was said */
	size_t n_others;
	bool has_others, has_twins;
	struct twin_view *twins;
	size_t n_twins;
	struct url edit, remove, erase, merge;
	bool may_restore;
	int64_t id;
	struct acts_view *acts; /* NULL: it is deleted */
};

static const struct form_field lead_form[] = {
	FORM_INT(struct lead_in, id, 1, INT64_MAX),
	{ 0 },
};
static const struct tmpl_field tag_fields[] = {
	FIELD(struct lead_tag, tag),
	{ 0 },
};
static const struct tmpl_field fact_fields[] = {
	FIELD(struct fact_view, label),
	FIELD(struct fact_view, value),
	FIELD(struct fact_view, link),
	FIELD(struct fact_view, mono),
	{ 0 },
};
static const struct tmpl_field step_fields[] = {
	FIELD(struct step_view, name),
	FIELD(struct step_view, value),
	FIELD(struct step_view, time),
	FIELD(struct step_view, what),
	FIELD(struct step_view, done),
	FIELD(struct step_view, now),
	{ 0 },
};
static const struct tmpl_field twin_fields[] = {
	FIELD(struct twin_view, merge),
	FIELD(struct twin_view, name),
	FIELD(struct twin_view, why),
	{ 0 },
};
static const struct tmpl_field lead_fields[] = {
	FIELD(struct lead_view, title_text),
	FIELD(struct lead_view, stage),
	FIELD(struct lead_view, stage_class),
	FIELD(struct lead_view, stage_icon),
	FIELD(struct lead_view, call),
	FIELD(struct lead_view, mail),
	FIELD(struct lead_view, is_test),
	LIST(struct lead_view, tags, n_tags, tag_fields),
	FIELD(struct lead_view, has_facts),
	LIST(struct lead_view, facts, n_facts, fact_fields),
	FIELD(struct lead_view, assignee),
	FIELD(struct lead_view, initials),
	FIELD(struct lead_view, nobody),
	FIELD(struct lead_view, mend),
	FIELD(struct lead_view, has_steps),
	LIST(struct lead_view, steps, n_steps, step_fields),
	LIST(struct lead_view, cards, n_cards, story_card_fields),
	LIST(struct lead_view, events, n_events, event_fields),
	LIST(struct lead_view, origin, n_origin, fact_fields),
	FIELD(struct lead_view, hint),
	FIELD(struct lead_view, raw),
	FIELD(struct lead_view, deleted),
	LIST(struct lead_view, others, n_others, fact_fields),
	FIELD(struct lead_view, has_others),
	FIELD(struct lead_view, has_twins),
	LIST(struct lead_view, twins, n_twins, twin_fields),
	FIELD(struct lead_view, edit),
	FIELD(struct lead_view, merge),
	FIELD(struct lead_view, remove),
	FIELD(struct lead_view, erase),
	FIELD(struct lead_view, may_restore),
	FIELD(struct lead_view, id),
	ONE(struct lead_view, acts, acts_fields),
	{ 0 },
};

/* ---- contact -------------------------------------------------------------------- */

static void
add_fact(struct lead_view *v, const char *label, const char *value,
	 struct url link)
{
	if (value[0])
		v->facts[v->n_facts++] = (struct fact_view){ .label = label,
							     .value = value,
							     .link = link };
}

static enum rc
set_contact(struct req *r, const struct lead *l, struct lead_view *v)
{
	static const struct url none;
	struct lead_custom *own = NULL;
	size_t n_own = 0;
	enum rc rc = custom_of_lead(&r->t, l->id, &own, &n_own);

	v->call = url_tel(r->t.mem, l->phone);
	v->mail = url_mail(r->t.mem, l->email);
	v->facts = NEW_ARRAY(r->t.mem, struct fact_view, FACTS_MAX + n_own);
	add_fact(v, "E-mail", l->email, v->mail);
	add_fact(v, "Phone", l->phone, v->call);
	add_fact(v, "Company", l->company, none);
	add_fact(v, "Job title", l->job_title, none);
	add_fact(v, "Street", l->street, none);
	add_fact(v, "Post code", l->post_code, none);
	add_fact(v, "City", l->city, none);
	add_fact(v, "State", l->state, none);
	add_fact(v, "Country", l->country, none);
	for (size_t i = 0; i < n_own; i++)
		add_fact(v, own[i].name, own[i].value, none);
	v->has_facts = v->n_facts > 0;
	return rc;
}

/* Of a field of every installation, or of one's own. */
static const char *
label_of(struct req *r, int64_t lead_id, const char *field)
{
	int64_t id = fieldmap_custom(field);
	struct lead_custom *own = NULL;
	size_t n = 0;

	if (id && custom_for_lead(&r->t, lead_id, &own, &n) != OK)
		task_forgive(&r->t);
	for (size_t i = 0; i < n; i++)
		if (own[i].field_id == id)
			return own[i].name;
	return fieldmap_title(field);
}

/* Beside what the fields hold. */
static enum rc
set_others(struct req *r, const struct lead *l, struct lead_view *v)
{
	static const struct url none;
	struct lead_other *all = NULL;
	enum rc rc = recognise_others(&r->t, l->id, &all, &v->n_others);

	if (rc)
		return rc;
	v->has_others = v->n_others > 0;
	v->others = NEW_ARRAY(r->t.mem, struct fact_view, v->n_others);
	for (size_t i = 0; i < v->n_others; i++)
		v->others[i] = (struct fact_view){
			.label = label_of(r, l->id, all[i].field),
			.value = all[i].value,
			.link = none,
		};
	return OK;
}

/* Leads that may be the same person, for whoever may merge them. */
static enum rc
set_twins(struct req *r, const struct lead *l, struct lead_view *v)
{
	struct arena *mem = r->t.mem;
	struct lead_twin *all = NULL;
	enum rc rc;

	if (!req_may(r, PERM_LEADS) || l->deleted_at.ms || l->is_test)
		return OK;
	v->merge = url_page(mem, r->page.root, "/lead-merge/%lld",
			    (long long)l->id);
	rc = recognise_twins(&r->t, l, &all, &v->n_twins);
	if (rc)
		return rc;
	v->has_twins = v->n_twins > 0;
	v->twins = NEW_ARRAY(mem, struct twin_view, v->n_twins);
	for (size_t i = 0; i < v->n_twins; i++)
		v->twins[i] = (struct twin_view){
			.merge = url_with(
				mem, v->merge, "with",
				arena_fmt(mem, "%lld", (long long)all[i].id)),
			.name = lead_title_of(all[i].name, all[i].email,
					      all[i].phone),
			.why = all[i].same_email ? "the same e-mail"
						 : "the same phone",
		};
	return OK;
}

static void
set_head(struct req *r, const struct lead *l, struct lead_view *v)
{
	const struct stage_view *stage = view_stage(l->stage);

	v->title_text = lead_title(l);
	v->stage = stage->title;
	v->stage_class = stage->class;
	v->stage_icon = url_icon(r->t.mem, r->page.root, stage->icon);
	v->is_test = l->is_test;
	v->assignee = l->assignee_name;
	v->initials = view_initials(r->t.mem, l->assignee_name);
}

/* ---- from click to hello ---------------------------------------------------------- */

/* One step: its own time, told as the span since the step before. */
static void
add_step(struct req *r, struct lead_view *v, const char *name, struct when at,
	 struct when before, const char *what)
{
	struct step_view *s = &v->steps[v->n_steps++];
	struct arena *mem = r->t.mem;

	*s = (struct step_view){
		.name = name, .value = "", .time = "", .what = what
	};
	if (!at.ms)
		return;
	s->done = true;
	s->value = when_iso(mem, at);
	s->time = before.ms ? arena_fmt(mem, "+ %s",
					span_words(mem, at.ms - before.ms))
			    : when_clock(mem, at, req_zone(r));
}

static void
set_steps(struct req *r, const struct lead *l, const struct submission *s,
	  struct lead_view *v)
{
	static const struct when never;
	const char *platform = view_platform(s->platform);

	v->steps = NEW_ARRAY(r->t.mem, struct step_view, STEPS);
	add_step(r, v, "Submitted", s->submitted_at, never,
		 platform[0] ? arena_fmt(r->t.mem, "on %s", platform) : "");
	add_step(r, v, "Received", s->received_at, s->submitted_at,
		 "by webhook");
	add_step(r, v, "Read", s->fetched_at, s->received_at, "from Meta");
	add_step(r, v, "Stored", s->imported_at, s->fetched_at,
		 s->is_joined ? "joined this lead" : "as a new lead");
	add_step(r, v, "Assigned", s->assigned_at, s->imported_at,
		 l->assignee_name[0] ? l->assignee_name : "Nobody yet");
	add_step(r, v, "First touch", l->touched_at, s->imported_at,
		 l->touched_at.ms ? "" : "not yet");
	for (size_t i = 0; i < v->n_steps; i++)
		if (!v->steps[i].done) {
			v->steps[i].now = true;
			break;
		}
}

/* ---- answers and origin ------------------------------------------------------------ */

static void
add_origin(struct lead_view *v, const char *label, const char *value, bool mono)
{
	v->origin[v->n_origin++] = (struct fact_view){
		.label = label,
		.value = value[0] ? value : "Not shared by Meta",
		.mono = mono,
	};
}

static const char *
source_title(const char *source)
{
	if (strcmp(source, "meta") == 0)
		return "Meta";
	return strcmp(source, "import") == 0 ? "Import" : "Manual";
}

/* Leads that came in but that nobody has: the reason, and for Admins the one
 * integration whose rule it was. */
static void
set_nobody(struct req *r, const struct lead *l, const struct submission *s,
	   struct lead_view *v)
{
	v->nobody = leadfilter_nobody(l->nobody_why);
	if (v->nobody && s && s->integration_id && req_may(r, PERM_ADMIN) &&
	    strcmp(l->nobody_why, "person") != 0)
		v->mend = url_page(r->t.mem, r->page.root,
				   "/integration-edit/%lld",
				   (long long)s->integration_id);
}

static void
set_origin(struct req *r, const struct lead *l, const struct submission *s,
	   struct lead_view *v)
{
	v->origin = NEW_ARRAY(r->t.mem, struct fact_view, ORIGIN_MAX);
	add_origin(v, "Source", source_title(l->source), false);
	if (!s)
		return;
	add_origin(v, "Page", s->page_name, false);
	add_origin(v, "Form", s->form_name, false);
	add_origin(v, "Meta lead ID", s->leadgen_id, true);
	if (s->is_organic) {
		v->hint = "An organic answer: no ad brought it.";
		return;
	}
	add_origin(v, "Campaign", s->campaign_name, false);
	add_origin(v, "Ad set", s->adset_name, false);
	add_origin(v, "Ad", s->ad_name, false);
	if (!s->campaign_name[0])
		v->hint = "Meta tells ad names only to a login that may "
			  "advertise on the ad account.";
}

/* What stands above a lead that is in no list any more. */
static void
set_state(struct req *r, const struct lead *l, struct lead_view *v)
{
	v->id = l->id;
	if (l->erased_at.ms) {
		v->deleted = arena_fmt(
			r->t.mem, "This person was erased for good on %s.",
			when_day(r->t.mem, l->erased_at, req_zone(r)));
		return;
	}
	if (!l->deleted_at.ms)
		v->edit = url_page(r->t.mem, r->page.root, "/lead-edit/%lld",
				   (long long)l->id);
	v->may_restore = l->deleted_at.ms && req_may(r, PERM_ADMIN);
	if (v->may_restore)
		v->erase = url_page(r->t.mem, r->page.root,
				    "/lead-act/erase/%lld", (long long)l->id);
	if (l->deleted_at.ms)
		v->deleted = arena_fmt(
			r->t.mem, "This lead was deleted on %s by %s.",
			when_day(r->t.mem, l->deleted_at, req_zone(r)),
			l->deleter[0] ? l->deleter : "the system");
	else if (req_may(r, PERM_LEADS))
		v->remove = url_page(r->t.mem, r->page.root,
				     "/lead-act/delete/%lld", (long long)l->id);
}

static enum rc
show(struct req *r, const struct lead *l)
{
	struct lead_view v = { 0 };
	struct submission *all = NULL;
	size_t n = 0;
	enum rc rc = submission_of_lead(&r->t, l->id, &all, &n);

	if (!rc)
		rc = lead_tags(&r->t, l->id, &v.tags, &v.n_tags);
	if (!rc)
		rc = leadstory_cards(r, l, all, n, &v.cards);
	v.n_cards = n;
	if (!rc)
		rc = leadstory_events(r, l, &v.events, &v.n_events);
	if (!rc && n && req_may(r, PERM_ADMIN))
		rc = submission_raw(&r->t, all[0].id, &v.raw);
	if (rc)
		return rc;
	set_head(r, l, &v);
	set_state(r, l, &v);
	rc = leadacts_of(r, l, &v.acts);
	if (!rc)
		rc = set_contact(r, l, &v);
	if (!rc)
		rc = set_others(r, l, &v);
	if (!rc)
		rc = set_twins(r, l, &v);
	if (rc)
		return rc;
	set_origin(r, l, n ? &all[0] : NULL, &v);
	set_nobody(r, l, n ? &all[0] : NULL, &v);
	if (n > 0)
		set_steps(r, l, &all[0], &v);
	v.has_steps = n > 0;
	r->page.title = v.title_text;
	r->page.in_leads = true;
	return reply_page(r, &v);
}

static enum rc
lead(struct req *r, const void *form)
{
	const struct lead_in *in = form;
	struct lead l;
	enum rc rc = lead_get(&r->t, in->id, &l);

	rc = rc ? rc : leadacts_guard(r, &l);
	if (rc)
		return rc;
	if (l.merged_into) /* addresses of it live on in letters */
		return reply_see_other(r, url_page(r->t.mem, r->page.root,
						   "/lead/%lld",
						   (long long)l.merged_into));
	return show(r, &l);
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/lead/{id}",
	  .perm = PERM_USER,
	  .form = lead_form,
	  .form_size = sizeof(struct lead_in),
	  .handle = lead,
	  .page = "lead.html",
	  .fields = lead_fields },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
