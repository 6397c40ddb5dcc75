/* leadfilter: one table of what can be asked for; chips, selects and addresses
 * read from it. */
#include "web/leadfilter.h"

#include "crm/user.h"
#include "web/session.h"
#include "web/view.h"

enum { OPTIONS_MAX = 1000, LINES = 15 };

struct known { /* a value whose words are ours */
	const char *value, *title;
};
static const struct known sources[] = {
	{ "meta", "Meta" },
	{ "import", "Import" },
	{ "manual", "Manual" },
	{ 0 },
};
static const struct known platforms[] = {
	{ "fb", "Facebook" },
	{ "ig", "Instagram" },
	{ 0 },
};
static const struct known whys[] = {
	{ "strategy", "The strategy is Unassigned" },
	{ "pool", "No active person in Round Robin" },
	{ "target", "The chosen person was not active" },
	{ "person", "A person took it from somebody" },
	{ 0 },
};

const char *
leadfilter_nobody(const char *why)
{
	for (const struct known *k = whys; k->value; k++)
		if (!strcmp(k->value, why))
			return k->title;
	return NULL;
}

/* In the order of the dialog. */
static const struct line {
	const char *name, *label, *any;
	size_t member;
	int facet; /* -1 = none */
	const struct known *known;
	bool in_dialog;
} lines[] = {
#define MEMBER(m) #m
#define AT(m) offsetof(struct leadfilter, m)
	{ MEMBER(source), "Source", "Any", AT(source), FACET_SOURCE, sources,
	  true },
	{ MEMBER(stage), "Stage", "Any", AT(stage), FACET_STAGE, NULL, true },
	{ MEMBER(assignee), "Assigned to", "Anyone", AT(assignee),
	  FACET_ASSIGNEE, NULL, true },
	{ MEMBER(nobody), "Unassigned because", "Any reason", AT(nobody),
	  FACET_NOBODY, whys, true },
	{ MEMBER(tag), "Tag", "Any", AT(tag), FACET_TAG, NULL, true },
	{ MEMBER(integration), "Integration", "Any", AT(integration),
	  FACET_INTEGRATION, NULL, true },
	{ MEMBER(page), "Page", "Any", AT(page), FACET_PAGE, NULL, true },
	{ MEMBER(form), "Form", "Any", AT(form), FACET_FORM, NULL, true },
	{ MEMBER(campaign), "Campaign", "Any", AT(campaign), FACET_CAMPAIGN,
	  NULL, true },
	{ MEMBER(platform), "Platform", "Facebook and Instagram", AT(platform),
	  FACET_PLATFORM, platforms, true },
	{ MEMBER(from), "From", "", AT(from), -1, NULL, false },
	{ MEMBER(until), "Until", "", AT(until), -1, NULL, false },
	{ MEMBER(test), "Test leads", "", AT(test), -1, NULL, false },
	{ MEMBER(q), "Search", "", AT(q), -1, NULL, false },
	{ MEMBER(sort), "", "", AT(sort), -1, NULL, false },
};
_Static_assert(COUNT(lines) == LINES, "all of struct leadfilter");

const struct tmpl_field chip_fields[] = {
	FIELD(struct chip_view, words),
	FIELD(struct chip_view, without),
	{ 0 },
};
const struct tmpl_field hidden_fields[] = {
	FIELD(struct hidden_view, name),
	FIELD(struct hidden_view, value),
	{ 0 },
};
const struct tmpl_field select_fields[] = {
	FIELD(struct select_view, name),
	FIELD(struct select_view, label),
	FIELD(struct select_view, any),
	LIST(struct select_view, options, n, option_fields),
	{ 0 },
};

static const char *
value_of(const struct leadfilter *in, const struct line *l)
{
	const char *v = *(const char *const *)((const char *)in + l->member);

	return v ? v : "";
}

static enum rc
read_day(struct req *r, const char *day, struct when *out)
{
	struct when at;

	if (!day || !day[0])
		return OK;
	if (!day_parse(text_of(day), req_zone(r), &at))
		return fail(&r->t, E_INPUT, "a day that is none");
	*out = at;
	return OK;
}

enum rc
leadfilter_read(struct req *r, const struct leadfilter *in,
		struct lead_filter *out)
{
	struct lead_filter f = { .search = in->q, .test = in->test[0] };
	const char *me = arena_fmt(r->t.mem, "%lld", (long long)r->user->id);
	enum rc rc;

	for (size_t i = 0; i < COUNT(lines); i++)
		if (lines[i].facet >= 0)
			f.facet[lines[i].facet] = value_of(in, &lines[i]);
	if (text_is(text_of(in->assignee), "me") || !req_may(r, PERM_LEADS))
		f.facet[FACET_ASSIGNEE] = me;
	f.by_work = text_is(text_of(in->sort), "touched");
	if (in->sort[0] && !f.by_work)
		return fail(&r->t, E_INPUT, "a sort that is none");
	rc = read_day(r, in->from, &f.from);
	if (!rc)
		rc = read_day(r, in->until, &f.until);
	/* A day is asked for as a whole. */
	if (!rc && f.until.ms)
		f.until = when_midnight(f.until, 1, req_zone(r));
	if (!rc)
		*out = f;
	return rc;
}

bool
leadfilter_any(const struct leadfilter *in)
{
	for (size_t i = 0; i < COUNT(lines); i++)
		if (lines[i].label[0] && value_of(in, &lines[i])[0])
			return true;
	return false;
}

struct url
leadfilter_url(struct req *r, const struct leadfilter *in, struct url base,
	       const char *without)
{
	struct url u = base;

	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *v = value_of(in, &lines[i]);

		if (v[0] && strcmp(lines[i].name, without) != 0)
			u = url_with(r->t.mem, u, lines[i].name, v);
	}
	return u;
}

void
leadfilter_hidden(struct req *r, const struct leadfilter *in,
		  const char *without, struct hidden_view **out, size_t *n)
{
	struct hidden_view *all =
		NEW_ARRAY(r->t.mem, struct hidden_view, LINES);

	*n = 0;
	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *v = value_of(in, &lines[i]);

		if (v[0] && strcmp(lines[i].name, without) != 0)
			all[(*n)++] = (struct hidden_view){ lines[i].name, v };
	}
	*out = all;
}

enum rc
leadfilter_back(struct req *r, const char *query, const char *words,
		bool is_error)
{
	struct url list = url_page(r->t.mem, r->page.root, "/leads");
	enum rc rc = session_flash(&r->t, r->session_id, words, is_error);

	return rc ? rc : reply_see_other(r, url_query(r->t.mem, list, query));
}

enum rc
leadfilter_again(struct req *r, const char *query,
		 const struct hidden_view *chosen, size_t n, const char *words)
{
	struct url u = url_query(
		r->t.mem, url_page(r->t.mem, r->page.root, "/leads/select"),
		query);
	enum rc rc = session_flash(&r->t, r->session_id, words, true);

	for (size_t i = 0; i < n; i++)
		u = url_with(r->t.mem, u, chosen[i].name, chosen[i].value);
	return rc ? rc : reply_see_other(r, u);
}

/* ---- words ------------------------------------------------------------------------ */

static const char *
known_title(const struct known *known, const char *value)
{
	for (; known->value; known++)
		if (!strcmp(known->value, value))
			return known->title;
	return value;
}

static enum rc
assignee_title(struct req *r, const char *value, const char **title)
{
	struct user u;
	int64_t id = 0;
	enum rc rc;

	*title = value;
	if (text_is(text_of(value), "me"))
		*title = "Me";
	else if (text_is(text_of(value), "0"))
		*title = "Nobody yet";
	else if (text_int(text_of(value), 1, INT64_MAX, &id)) {
		rc = user_get(&r->t, id, &u);
		if (!rc)
			*title = u.name;
		if (rc == E_NOTFOUND)
			task_forgive(&r->t);
		else if (rc)
			return rc;
	}
	return OK;
}

static const char *
stage_title(const char *value)
{
	const struct stage_view *v = view_stage(value);

	return strcmp(v->stage, value) ? value : v->title;
}

static enum rc
title_of(struct req *r, const struct line *l, const char *value,
	 const char **title)
{
	struct when day;

	*title = value;
	if (l->known)
		*title = known_title(l->known, value);
	else if (l->facet == FACET_STAGE)
		*title = stage_title(value);
	else if (l->facet == FACET_ASSIGNEE)
		return assignee_title(r, value, title);
	else if (l->facet >= 0)
		return facet_title(&r->t, (enum facet)l->facet, value, title);
	else if (day_parse(text_of(value), req_zone(r), &day))
		*title = when_day(r->t.mem, day, req_zone(r));
	return OK;
}

enum rc
leadfilter_chips(struct req *r, const struct leadfilter *in,
		 struct chip_view **out, size_t *n)
{
	struct chip_view *all = NEW_ARRAY(r->t.mem, struct chip_view, LINES);
	struct url list = url_page(r->t.mem, r->page.root, "/leads");
	size_t count = 0;

	for (size_t i = 0; i < COUNT(lines); i++) {
		const struct line *l = &lines[i];
		const char *value = value_of(in, l), *title;
		enum rc rc;

		if (!l->label[0] || !value[0])
			continue;
		rc = title_of(r, l, value, &title);
		if (rc)
			return rc;
		all[count++] = (struct chip_view){
			.words = !strcmp(l->name, "test")
					 ? l->label
					 : arena_fmt(r->t.mem, "%s: %s",
						     l->label, title),
			.without = leadfilter_url(r, in, list, l->name),
		};
	}
	*out = all;
	*n = count;
	return OK;
}

/* ---- the dialog --------------------------------------------------------------------- */

static void
add_option(struct select_view *s, const char *chosen, const char *value,
	   const char *title)
{
	option_add(s->options, &s->n, value, title, chosen);
}

static enum rc
set_people(struct req *r, const char *chosen, struct select_view *s)
{
	struct user *all = NULL;
	size_t n = 0;
	enum rc rc = user_list(&r->t, &all, &n);

	if (rc)
		return rc;
	add_option(s, chosen, "me", "Me");
	add_option(s, chosen, "0", "Nobody yet");
	for (size_t i = 0; i < n && s->n < OPTIONS_MAX; i++)
		add_option(s, chosen,
			   arena_fmt(r->t.mem, "%lld", (long long)all[i].id),
			   all[i].name);
	return OK;
}

static enum rc
set_values(struct req *r, enum facet f, const char *chosen,
	   struct select_view *s)
{
	struct facet_value *all = NULL;
	size_t n = 0;
	bool seen = !chosen[0];
	enum rc rc = facet_values(&r->t, f, &all, &n);

	for (size_t i = 0; !rc && i < n; i++) {
		add_option(s, chosen, all[i].value, all[i].title);
		seen = seen || !strcmp(chosen, all[i].value);
	}
	/* A filter that nothing fits must not be lost by Apply. */
	if (!rc && !seen) {
		const char *title;

		rc = facet_title(&r->t, f, chosen, &title);
		if (!rc)
			add_option(s, chosen, chosen, title);
	}
	return rc;
}

static enum rc
set_select(struct req *r, const struct line *l, const char *chosen,
	   struct select_view *s)
{
	*s = (struct select_view){
		.name = l->name,
		.label = l->label,
		.any = l->any,
		.options = NEW_ARRAY(r->t.mem, struct option_view,
				     OPTIONS_MAX + 1),
	};
	for (const struct known *k = l->known; k && k->value; k++)
		add_option(s, chosen, k->value, k->title);
	if (l->facet == FACET_STAGE)
		option_stages(r->t.mem, chosen, &s->options, &s->n);
	if (l->known || l->facet == FACET_STAGE)
		return OK;
	if (l->facet == FACET_ASSIGNEE)
		return set_people(r, chosen, s);
	return set_values(r, (enum facet)l->facet, chosen, s);
}

enum rc
leadfilter_selects(struct req *r, const struct leadfilter *in,
		   struct select_view **out, size_t *n)
{
	struct select_view *all =
		NEW_ARRAY(r->t.mem, struct select_view, LINES);
	bool mine = !req_may(r, PERM_LEADS);
	size_t count = 0;

	for (size_t i = 0; i < COUNT(lines); i++) {
		const struct line *l = &lines[i];
		enum rc rc;

		if (!l->in_dialog || (mine && (l->facet == FACET_ASSIGNEE ||
					       l->facet == FACET_NOBODY)))
			continue;
		rc = set_select(r, l, value_of(in, l), &all[count++]);
		if (rc)
			return rc;
	}
	*out = all;
	*n = count;
	return OK;
}
