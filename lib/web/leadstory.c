/* leadstory: answers as cards, events as lines. */
#include "web/leadstory.h"

#include "crm/leadform.h"
#include "crm/leadmerge.h"
#include "crm/timeline.h"
#include "web/view.h"

static const struct tmpl_field answer_fields[] = {
	FIELD(struct submission_answer, question),
	FIELD(struct submission_answer, value),
	{ 0 },
};
static const struct tmpl_field consent_fields[] = {
	FIELD(struct submission_consent, key),
	FIELD(struct submission_consent, text),
	FIELD(struct submission_consent, is_given),
	{ 0 },
};
const struct tmpl_field story_card_fields[] = {
	FIELD(struct story_card, id),
	FIELD(struct story_card, form),
	FIELD(struct story_card, page),
	FIELD(struct story_card, platform),
	FIELD(struct story_card, when_iso),
	FIELD(struct story_card, when_full),
	FIELD(struct story_card, when_ago),
	FIELD(struct story_card, is_facebook),
	FIELD(struct story_card, is_instagram),
	FIELD(struct story_card, open),
	FIELD(struct story_card, too_long),
	FIELD(struct story_card, is_skipped),
	FIELD(struct story_card, may_part),
	FIELD(struct story_card, n_answers),
	LIST(struct story_card, answers, n, answer_fields),
	FIELD(struct story_card, has_consents),
	LIST(struct story_card, consents, n_consents, consent_fields),
	FIELD(struct story_card, read_iso),
	FIELD(struct story_card, read_full),
	FIELD(struct story_card, read_day),
	{ 0 },
};
static const struct tmpl_field why_fields[] = {
	FIELD(struct why_view, icon),
	FIELD(struct why_view, words),
	{ 0 },
};
const struct tmpl_field event_fields[] = {
	FIELD(struct event_view, icon),
	FIELD(struct event_view, actor),
	FIELD(struct event_view, words),
	FIELD(struct event_view, note),
	FIELD(struct event_view, when_iso),
	FIELD(struct event_view, when_full),
	FIELD(struct event_view, when_short),
	FIELD(struct event_view, has_why),
	FIELD(struct event_view, merge),
	LIST(struct event_view, why, n_why, why_fields),
	{ 0 },
};
/* ---- answers ---------------------------------------------------------------------- */

/* Each box with what it says, as far as the form was read. */
static enum rc
set_consents(struct req *r, const struct submission *s, struct story_card *c)
{
	struct arena *mem = r->t.mem;
	struct form_consent *all = NULL;
	struct when at = { 0 };
	size_t n = 0;
	enum rc rc;

	submission_consents(&r->t, s->disclaimers, &c->consents,
			    &c->n_consents);
	c->has_consents = c->n_consents > 0;
	if (!c->has_consents)
		return OK;
	rc = form_consents(&r->t, s->form_meta_id, &all, &n, &at);
	for (size_t i = 0; i < c->n_consents; i++)
		for (size_t k = 0; k < n; k++)
			if (!strcmp(c->consents[i].key, all[k].key))
				c->consents[i].text = all[k].text;
	if (n > 0) {
		c->read_iso = when_iso(mem, at);
		c->read_full = when_full(mem, at, req_zone(r));
		c->read_day = when_day(mem, at, req_zone(r));
	}
	return rc;
}

static enum rc
set_card(struct req *r, const struct submission *s, bool first,
	 struct story_card *c)
{
	struct when at = s->submitted_at.ms ? s->submitted_at : s->imported_at;
	struct arena *mem = r->t.mem;
	enum rc rc;

	*c = (struct story_card){
		.id = s->id,
		.form = s->form_name[0] ? s->form_name : "Form not known",
		.page = s->page_name,
		.platform = view_platform(s->platform),
		.when_iso = when_iso(mem, at),
		.when_full = when_full(mem, at, req_zone(r)),
		.when_ago = when_ago(mem, at, r->t.now, req_zone(r)),
		.is_facebook = !strcmp(s->platform, "fb"),
		.is_instagram = !strcmp(s->platform, "ig"),
		.open = first,
		.too_long = !s->answers[0],
		.is_skipped = s->is_skipped,
	};
	rc = set_consents(r, s, c);
	if (rc || c->too_long)
		return rc;
	rc = submission_answers(&r->t, s->answers, &c->answers, &c->n);
	c->n_answers = (int64_t)c->n;
	for (size_t i = 0; !rc && i < c->n; i++)
		if (!c->answers[i].value[0])
			c->answers[i].value = "No answer";
	return rc;
}

/* A joined answer may be taken out again while there is another one. */
static bool
may_part(const struct req *r, const struct lead *l, const struct submission *s,
	 size_t n)
{
	return n > 1 && (s->is_joined || s->is_skipped) && !l->deleted_at.ms &&
	       req_may(r, PERM_LEADS);
}

enum rc
leadstory_cards(struct req *r, const struct lead *l,
		const struct submission *all, size_t n, struct story_card **out)
{
	struct story_card *cards = NEW_ARRAY(r->t.mem, struct story_card, n);
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < n; i++) {
		rc = set_card(r, &all[i], i == 0, &cards[i]);
		cards[i].may_part = may_part(r, l, &all[i], n);
	}
	*out = cards;
	return rc;
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
		      { "tagged", "form" },	{ "deleted", "close" },
		      { "merged", "merge" },	{ "unmerged", "people" },
		      { "split", "people" },	{ "skipped", "skip" } };

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
		.when_short = when_point(mem, e->at, r->t.now, req_zone(r)),
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

/* A merge that is not undone yet, by whoever may merge. */
static enum rc
set_merge(struct req *r, const struct lead *l, const struct lead_event *e,
	  struct event_view *v)
{
	struct when since = when_add(r->t.now, -LEADMERGE_DAYS * DAY_MS);
	struct leadmerge m;
	enum rc rc;

	if (strcmp(e->kind, "merged") != 0 || !e->ref_id || l->deleted_at.ms ||
	    !req_may(r, PERM_LEADS))
		return OK;
	rc = leadmerge_get(&r->t, e->ref_id, &m);
	if (rc == E_NOTFOUND) {
		task_forgive(&r->t);
		return OK;
	}
	if (!rc && !m.undone_at.ms && m.kept_id == l->id &&
	    m.merged_at.ms > since.ms)
		v->merge = m.id;
	return rc;
}

enum rc
leadstory_events(struct req *r, const struct lead *l, struct event_view **out,
		 size_t *n)
{
	struct lead_event *events = NULL;
	struct event_view *views;
	bool merge = false; /* only the latest can be undone */
	enum rc rc = timeline_of_lead(&r->t, l->id, &events, n);

	if (rc)
		return rc;
	views = NEW_ARRAY(r->t.mem, struct event_view, *n);
	for (size_t i = 0; !rc && i < *n; i++) {
		views[i] = event_of(r, &events[i]);
		if (!merge)
			rc = set_merge(r, l, &events[i], &views[i]);
		merge = merge || views[i].merge;
	}
	*out = views;
	return rc;
}
