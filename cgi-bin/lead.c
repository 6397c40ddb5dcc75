/* lead.c: one lead: contact, answers, origin, timeline (GET /lead/ID). */
#include "crm/customfield.h"
#include "crm/lead.h"
#include "crm/submission.h"
#include "crm/timeline.h"
#include "web/leadacts.h"
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
struct card_view {
	int64_t id;
	const char *form, *page, *platform;
	const char *when_iso, *when_full, *when_ago;
	bool open, too_long;
	struct submission_answer *answers;
	size_t n;
	int64_t n_answers;
	bool has_consents;
	struct submission_consent *consents;
	size_t n_consents;
};
struct why_view {
	struct url icon;
	const char *words;
};
struct event_view {
	struct url icon;
	const char *actor, *words, *note, *when_iso, *when_full, *when_ago;
	bool has_why;
	struct why_view *why;
	size_t n_why;
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
	struct step_view *steps;
	size_t n_steps;
	struct card_view *cards;
	size_t n_cards;
	struct event_view *events;
	size_t n_events;
	struct fact_view *origin;
	size_t n_origin;
	const char *hint, *raw, *deleted;
	struct url edit, remove, erase;
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
static const struct tmpl_field answer_fields[] = {
	FIELD(struct submission_answer, question),
	FIELD(struct submission_answer, value),
	{ 0 },
};
static const struct tmpl_field consent_fields[] = {
	FIELD(struct submission_consent, key),
	FIELD(struct submission_consent, is_given),
	{ 0 },
};
static const struct tmpl_field card_fields[] = {
	FIELD(struct card_view, id),
	FIELD(struct card_view, form),
	FIELD(struct card_view, page),
	FIELD(struct card_view, platform),
	FIELD(struct card_view, when_iso),
	FIELD(struct card_view, when_full),
	FIELD(struct card_view, when_ago),
	FIELD(struct card_view, open),
	FIELD(struct card_view, too_long),
	FIELD(struct card_view, n_answers),
	LIST(struct card_view, answers, n, answer_fields),
	FIELD(struct card_view, has_consents),
	LIST(struct card_view, consents, n_consents, consent_fields),
	{ 0 },
};
static const struct tmpl_field why_fields[] = {
	FIELD(struct why_view, icon),
	FIELD(struct why_view, words),
	{ 0 },
};
static const struct tmpl_field event_fields[] = {
	FIELD(struct event_view, icon),
	FIELD(struct event_view, actor),
	FIELD(struct event_view, words),
	FIELD(struct event_view, note),
	FIELD(struct event_view, when_iso),
	FIELD(struct event_view, when_full),
	FIELD(struct event_view, when_ago),
	FIELD(struct event_view, has_why),
	LIST(struct event_view, why, n_why, why_fields),
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
	LIST(struct lead_view, steps, n_steps, step_fields),
	LIST(struct lead_view, cards, n_cards, card_fields),
	LIST(struct lead_view, events, n_events, event_fields),
	LIST(struct lead_view, origin, n_origin, fact_fields),
	FIELD(struct lead_view, hint),
	FIELD(struct lead_view, raw),
	FIELD(struct lead_view, deleted),
	FIELD(struct lead_view, edit),
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
		 l->n_submissions > 1 ? "joined by e-mail" : "as a new lead");
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

static enum rc
set_card(struct req *r, const struct submission *s, bool first,
	 struct card_view *c)
{
	struct when at = s->submitted_at.ms ? s->submitted_at : s->imported_at;
	struct arena *mem = r->t.mem;
	enum rc rc;

	*c = (struct card_view){
		.id = s->id,
		.form = s->form_name[0] ? s->form_name : "Form not known",
		.page = s->page_name,
		.platform = view_platform(s->platform),
		.when_iso = when_iso(mem, at),
		.when_full = when_full(mem, at, req_zone(r)),
		.when_ago = when_ago(mem, at, r->t.now, req_zone(r)),
		.open = first,
		.too_long = !s->answers[0],
	};
	submission_consents(&r->t, s->disclaimers, &c->consents,
			    &c->n_consents);
	c->has_consents = c->n_consents > 0;
	if (c->too_long)
		return OK;
	rc = submission_answers(&r->t, s->answers, &c->answers, &c->n);
	c->n_answers = (int64_t)c->n;
	for (size_t i = 0; !rc && i < c->n; i++)
		if (!c->answers[i].value[0])
			c->answers[i].value = "No answer";
	return rc;
}

static enum rc
set_cards(struct req *r, const struct submission *all, size_t n,
	  struct lead_view *v)
{
	enum rc rc = OK;

	v->n_cards = n;
	v->cards = NEW_ARRAY(r->t.mem, struct card_view, n);
	for (size_t i = 0; !rc && i < n; i++)
		rc = set_card(r, &all[i], i == 0, &v->cards[i]);
	return rc;
}

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

/* ---- timeline --------------------------------------------------------------------------- */

static const char *
event_icon(const char *kind)
{
	static const struct {
		const char *kind, *icon;
	} icons[] = { { "came", "inbox" },	{ "joined", "merge" },
		      { "assigned", "person" }, { "stage", "stage" },
		      { "note", "note" },	{ "called", "phone" },
		      { "tagged", "form" },	{ "deleted", "close" } };

	for (size_t i = 0; i < COUNT(icons); i++)
		if (strcmp(icons[i].kind, kind) == 0)
			return icons[i].icon;
	return "pause";
}

static struct event_view
event_of(struct req *r, const struct lead_event *e)
{
	struct arena *mem = r->t.mem;
	struct event_view v = {
		.icon = url_icon(mem, r->page.root, event_icon(e->kind)),
		.actor = e->actor,
		.words = e->words,
		.note = e->note,
		.when_iso = when_iso(mem, e->at),
		.when_full = when_full(mem, e->at, req_zone(r)),
		.when_ago = when_ago(mem, e->at, r->t.now, req_zone(r)),
		.has_why = e->n_why > 0,
		.why = NEW_ARRAY(mem, struct why_view, e->n_why),
		.n_why = e->n_why,
	};

	for (size_t i = 0; i < e->n_why; i++)
		v.why[i] = (struct why_view){
			.icon = url_icon(mem, r->page.root, e->why[i].mark),
			.words = e->why[i].words,
		};
	return v;
}

static enum rc
set_timeline(struct req *r, int64_t lead_id, struct lead_view *v)
{
	struct lead_event *events = NULL;
	enum rc rc = timeline_of_lead(&r->t, lead_id, &events, &v->n_events);

	if (rc)
		return rc;
	v->events = NEW_ARRAY(r->t.mem, struct event_view, v->n_events);
	for (size_t i = 0; i < v->n_events; i++)
		v->events[i] = event_of(r, &events[i]);
	return OK;
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
		rc = set_cards(r, all, n, &v);
	if (!rc)
		rc = set_timeline(r, l->id, &v);
	if (!rc && n && req_may(r, PERM_ADMIN))
		rc = submission_raw(&r->t, all[0].id, &v.raw);
	if (rc)
		return rc;
	set_head(r, l, &v);
	set_state(r, l, &v);
	rc = leadacts_of(r, l, &v.acts);
	if (!rc)
		rc = set_contact(r, l, &v);
	if (rc)
		return rc;
	set_origin(r, l, n ? &all[0] : NULL, &v);
	if (n > 0)
		set_steps(r, l, &all[0], &v);
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
	return rc ? rc : show(r, &l);
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
