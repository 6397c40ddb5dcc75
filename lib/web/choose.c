/* choose: who is ready, who lacks what, and what is proposed. */
#include "web/choose.h"

#include "base/json.h"
#include "crm/leadform.h"
#include "crm/owner.h"
#include "crm/page.h"
#include "meta/oauth.h"
#include "web/view.h"

enum { ID_MAX = 32, MANY = 20, FIELDS_ROOM = 5500, LACKS_MAX = 16 };

static const char *const logins[] = { "stand-in", "instead", NULL };

const struct form_field choose_form[] = {
	FORM_INT(struct choose_in, draft, 1, INT64_MAX),
	FORM_LIST(struct choose_in, pages, ID_MAX),
	FORM_LIST(struct choose_in, forms_shown, ID_MAX),
	FORM_LIST(struct choose_in, forms, ID_MAX),
	FORM_LIST(struct choose_in, move, ID_MAX),
	{ .name = "login",
	  .kind = FORM_KIND_CHOICE,
	  .choices = logins,
	  .optional = true,
	  .offset = FORM_AT(struct choose_in, login, const char *) },
	FORM_FLAG(struct choose_in, history),
	{ 0 },
};
static const struct tmpl_field wanted_fields[] = {
	FIELD(struct wanted_view, id),
	FIELD(struct wanted_view, name),
	FIELD(struct wanted_view, words),
	FIELD(struct wanted_view, is_ticked),
	{ 0 },
};
static const struct tmpl_field choice_fields[] = {
	FIELD(struct choice_view, meta_id),
	FIELD(struct choice_view, name),
	ONE(struct choice_view, status, status_fields),
	FIELD(struct choice_view, words),
	FIELD(struct choice_view, use),
	FIELD(struct choice_view, way),
	FIELD(struct choice_view, button),
	FIELD(struct choice_view, is_ticked),
	FIELD(struct choice_view, forms_words),
	LIST(struct choice_view, forms, n_forms, wanted_fields),
	FIELD(struct choice_view, has_forms),
	{ 0 },
};
static const struct tmpl_field lack_fields[] = {
	FIELD(struct lack_view, name),
	FIELD(struct lack_view, plain),
	FIELD(struct lack_view, use),
	{ 0 },
};
static const struct tmpl_field name_fields[] = {
	FIELD(struct name_view, name),
	{ 0 },
};
const struct tmpl_field choose_fields[] = {
	LIST(struct choose_view, ready, n_ready, choice_fields),
	LIST(struct choose_view, lacking, n_lacking, choice_fields),
	LIST(struct choose_view, used, n_used, choice_fields),
	FIELD(struct choose_view, has_ready),
	FIELD(struct choose_view, has_lacking),
	FIELD(struct choose_view, has_used),
	FIELD(struct choose_view, can_connect),
	FIELD(struct choose_view, is_many),
	LIST(struct choose_view, lacks, n_lacks, lack_fields),
	FIELD(struct choose_view, has_lacks),
	LIST(struct choose_view, absent, n_absent, name_fields),
	FIELD(struct choose_view, has_absent),
	FIELD(struct choose_view, is_reconnect),
	FIELD(struct choose_view, history),
	FIELD(struct choose_view, history_words),
	FIELD(struct choose_view, before),
	FIELD(struct choose_view, instead),
	FIELD(struct choose_view, person),
	FIELD(struct choose_view, portfolio),
	FIELD(struct choose_view, fault),
	FIELD(struct choose_view, sentence),
	{ 0 },
};

/* What the form is made from. */
struct sheet {
	struct req *r;
	const struct draft *d;
	const struct choose_in *typed;
	bool all;
	struct page *here; /* pages of the integration of a reconnect */
	size_t n_here;
	size_t form_room; /* forms that may still be shown */
	int64_t n_leads;
	bool is_uncounted; /* forms of a page are not listed */
};

static bool
is_reason(const struct draft_page *p, const char *reason)
{
	return text_is(text_of(p->reason), reason);
}

/* Leads come in all the same. */
static bool
is_warned(const struct draft_page *p)
{
	return is_reason(p, "ads_missing") || is_reason(p, "not_listed");
}

static const struct page *
connected(const struct sheet *s, const char *meta_id)
{
	for (size_t i = 0; i < s->n_here; i++)
		if (strcmp(s->here[i].meta_id, meta_id) == 0)
			return &s->here[i];
	return NULL;
}

/* A reconnect proposes what is connected; else whatever has all rights. */
static bool
proposed(const struct sheet *s, const struct draft_page *p)
{
	if (s->typed)
		return form_list_has(&s->typed->pages, p->meta_id);
	if (s->all)
		return true;
	if (s->d->integration_id)
		return connected(s, p->meta_id) != NULL;
	return !p->reason[0];
}

/* ---- lead forms ----------------------------------------------------------------- */

static const char *
forms_words(struct arena *mem, const struct draft_page *p)
{
	if (is_reason(p, "not_listed"))
		return "Forms and leads are not counted";
	return arena_fmt(
		mem, "%s, %s at Meta",
		view_count(mem, p->n_forms, "active form", "active forms"),
		view_count(mem, p->n_leads, "lead", "leads"));
}

static bool
left_out_here(const struct lead_form *known, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(known[i].meta_id, id) == 0)
			return known[i].is_left_out;
	return false;
}

static struct wanted_view
form_row(const struct sheet *s, const struct json *form, const char *id,
	 const struct lead_form *known, size_t n_known)
{
	struct arena *mem = s->r->t.mem;
	const char *name = json_text(json_get(form, "name"));
	const char *status = json_text(json_get(form, "status"));
	bool active = text_is(text_of(status), "ACTIVE");
	int64_t leads = 0;

	if (!json_int(json_get(form, "leads"), &leads))
		leads = 0;
	return (struct wanted_view){
		.id = id,
		.name = name && name[0] ? name : id,
		.words = arena_fmt(mem, "%s%s",
				   view_count(mem, leads, "lead", "leads"),
				   active ? "" : ", not active"),
		.is_ticked =
			s->typed && form_list_has(&s->typed->forms_shown, id)
				? form_list_has(&s->typed->forms, id)
				: !left_out_here(known, n_known, id),
	};
}

static enum rc
set_forms(struct sheet *s, const struct draft_page *p, struct choice_view *c)
{
	const struct page *here = connected(s, p->meta_id);
	struct lead_form *known = NULL;
	const char *why = NULL;
	const struct json *forms;
	size_t n_known = 0, n = 0;
	enum rc rc = OK;

	if (here)
		rc = form_list(&s->r->t, here->id, &known, &n_known);
	if (rc)
		return rc;
	forms = json_parse(s->r->t.mem, text_of(p->forms), &why);
	for (const struct json *f = json_first(forms); f; f = json_next(f))
		n++;
	if (n > s->form_room)
		return OK;
	s->form_room -= n;
	c->forms = NEW_ARRAY(s->r->t.mem, struct wanted_view, n);
	for (const struct json *f = json_first(forms); f; f = json_next(f)) {
		const char *id = json_id(json_get(f, "id"));

		if (id)
			c->forms[c->n_forms++] =
				form_row(s, f, id, known, n_known);
	}
	c->has_forms = c->n_forms > 0;
	return OK;
}

/* ---- pages ------------------------------------------------------------------------ */

static struct status_view *
sign(struct req *r, const char *class, const char *word, const char *icon)
{
	struct status_view *v = NEW(r->t.mem, struct status_view);

	*v = (struct status_view){ .class = class,
				   .word = word,
				   .icon = url_icon(r->t.mem, r->page.root,
						    icon) };
	return v;
}

/* What it lacks, in the words of the reasons. */
static void
set_reason(const struct sheet *s, const struct draft_page *p,
	   struct choice_view *c)
{
	struct req *r = s->r;
	struct trouble tr = { .scope = TROUBLE_PAGE,
			      .reason = p->reason,
			      .detail = p->detail,
			      .since = r->t.now,
			      .integration_name = "",
			      .page_name = p->name,
			      .person = s->d->meta_name };
	struct trouble_view v = way_trouble(r, &tr);
	enum reason_way way = reason_of(p->reason)->way;

	c->status = NEW(r->t.mem, struct status_view);
	*c->status = (struct status_view){ v.class, v.card, v.icon };
	c->words = v.sentence;
	/* Reconnecting is what goes on here. */
	if (way != WAY_RECONNECT && way != WAY_CONNECT) {
		c->way = v.way;
		c->button = v.button;
	}
}

static enum rc
add_page(struct sheet *s, const struct draft_page *p, struct choose_view *v)
{
	struct req *r = s->r;
	struct choice_view c = { .meta_id = p->meta_id,
				 .name = p->name,
				 .forms_words = forms_words(r->t.mem, p) };
	enum rc rc;

	if (is_reason(p, "in_use")) {
		c.status = sign(r, "idle", "In use", "skip");
		c.use = p->detail;
		c.is_ticked =
			s->typed && form_list_has(&s->typed->move, p->meta_id);
	} else if (p->reason[0]) {
		set_reason(s, p, &c);
	} else {
		c.status = connected(s, p->meta_id)
				   ? sign(r, "ok", "Connected", "ok")
				   : sign(r, "ok", "All rights", "ok");
	}
	if (p->reason[0] && !is_warned(p) && !c.use) {
		v->lacking[v->n_lacking++] = c;
		return OK;
	}
	s->n_leads += p->n_leads;
	s->is_uncounted |= is_reason(p, "not_listed");
	rc = set_forms(s, p, &c);
	if (c.use) {
		v->used[v->n_used++] = c;
		return rc;
	}
	c.is_ticked = proposed(s, p);
	v->ready[v->n_ready++] = c;
	return rc;
}

static enum rc
set_pages(struct sheet *s, struct choose_view *v, struct draft_page **pages,
	  size_t *n)
{
	struct arena *mem = s->r->t.mem;
	int64_t of_portfolio = 0;
	enum rc rc = draft_pages(&s->r->t, s->d->id, pages, n);

	if (rc)
		return rc;
	v->ready = NEW_ARRAY(mem, struct choice_view, *n);
	v->lacking = NEW_ARRAY(mem, struct choice_view, *n);
	v->used = NEW_ARRAY(mem, struct choice_view, *n);
	s->form_room = *n < FIELDS_ROOM ? (FIELDS_ROOM - *n) / 2 : 0;
	for (size_t i = 0; !rc && i < *n; i++) {
		rc = add_page(s, &(*pages)[i], v);
		of_portfolio += (*pages)[i].of_portfolio;
	}
	v->has_ready = v->n_ready > 0;
	v->has_lacking = v->n_lacking > 0;
	v->has_used = v->n_used > 0;
	v->can_connect = v->has_ready || v->has_used;
	v->is_many = v->n_ready > MANY;
	v->portfolio =
		arena_fmt(mem, "%lld of the %s above", (long long)of_portfolio,
			  view_count(mem, (int64_t)*n, "page", "pages"));
	return rc;
}

/* ---- the rest ------------------------------------------------------------------------ */

static void
set_lacks(const struct sheet *s, struct choose_view *v)
{
	struct arena *mem = s->r->t.mem;
	struct text all = text_of(oauth_scopes()), part;

	v->lacks = NEW_ARRAY(mem, struct lack_view, LACKS_MAX);
	while (v->n_lacks < LACKS_MAX && text_take_part(&all, ',', &part)) {
		const char *name = arena_str(mem, part);

		if (!oauth_has(s->d->scopes, name))
			v->lacks[v->n_lacks++] =
				(struct lack_view){ name,
						    permission_plain(name),
						    permission_use(name) };
	}
	v->has_lacks = v->n_lacks > 0;
}

/* Connected here, and this login does not show them: they stay. */
static void
set_absent(const struct sheet *s, const struct draft_page *pages, size_t n,
	   struct choose_view *v)
{
	v->absent = NEW_ARRAY(s->r->t.mem, struct name_view, s->n_here);
	for (size_t i = 0; i < s->n_here; i++) {
		bool shared = false;

		for (size_t k = 0; k < n && !shared; k++)
			shared = strcmp(pages[k].meta_id, s->here[i].meta_id) ==
				 0;
		if (!shared)
			v->absent[v->n_absent++] =
				(struct name_view){ s->here[i].name };
	}
	v->has_absent = v->n_absent > 0;
}

/* Another person came back than those who logged in before. */
static enum rc
set_person(const struct sheet *s, struct choose_view *v)
{
	struct owner *owners = NULL;
	size_t n = 0;
	enum rc rc = owner_list(&s->r->t, s->d->integration_id, &owners, &n);

	if (rc || n == 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (strcmp(owners[i].meta_user_id, s->d->meta_user_id) == 0)
			return OK;
	v->before = owners[0].name[0] ? owners[0].name
				      : "the person who connected it";
	v->instead = s->typed && text_is(text_of(s->typed->login), "instead");
	return OK;
}

static void
set_words(const struct sheet *s, size_t n, struct choose_view *v)
{
	struct arena *mem = s->r->t.mem;

	v->person = s->d->meta_name[0] ? s->d->meta_name : "this login";
	v->sentence = arena_fmt(
		mem, "Facebook shared %s as %s. %s ready to bring leads%s.",
		view_count(mem, (int64_t)n, "page", "pages"), v->person,
		view_count(mem, (int64_t)v->n_ready, "is", "are"),
		v->n_used ? arena_fmt(mem, ", %s in use",
				      view_count(mem, (int64_t)v->n_used, "is",
						 "are"))
			  : "");
	v->history = s->typed ? s->typed->history : !s->d->integration_id;
	v->history_words =
		"Meta keeps leads for 90 days. There are none right now.";
	if (s->is_uncounted)
		v->history_words = "Meta keeps leads for 90 days. How many "
				   "there are it does not tell here.";
	else if (s->n_leads > 0)
		v->history_words = arena_fmt(
			mem,
			"Meta keeps leads for 90 days. At most %s; they are "
			"marked "
			"\u201chistory\u201d, stay unassigned, and nobody gets "
			"a "
			"mail for them.",
			view_count(mem, s->n_leads, "lead", "leads"));
	v->fault = form_fault_of(&s->r->faults, "pages");
}

enum rc
choose_load(struct req *r, const struct draft *d, const struct choose_in *typed,
	    bool all, struct choose_view *out)
{
	struct sheet s = { .r = r, .d = d, .typed = typed, .all = all };
	struct draft_page *pages = NULL;
	size_t n = 0;
	enum rc rc = OK;

	if (d->integration_id)
		rc = page_list(&r->t, d->integration_id, &s.here, &s.n_here);
	if (!rc)
		rc = set_pages(&s, out, &pages, &n);
	if (!rc && d->integration_id)
		rc = set_person(&s, out);
	if (rc)
		return rc;
	out->is_reconnect = d->integration_id != 0;
	set_lacks(&s, out);
	set_absent(&s, pages, n, out);
	set_words(&s, n, out);
	return OK;
}

/* ---- read back ------------------------------------------------------------------------- */

static void
read_left_out(struct req *r, const struct choose_in *in,
	      struct draft_choice *out)
{
	const char **left =
		NEW_ARRAY(r->t.mem, const char *, in->forms_shown.n);

	for (size_t i = 0; i < in->forms_shown.n; i++)
		if (!form_list_has(&in->forms, in->forms_shown.at[i]))
			left[out->n_left_out++] = in->forms_shown.at[i];
	out->left_out = left;
}

enum rc
choose_read(struct req *r, const struct choose_in *in, struct draft_choice *out)
{
	struct draft_page *all = NULL;
	const char **pages;
	size_t n = 0;
	enum rc rc = draft_pages(&r->t, in->draft, &all, &n);

	if (rc)
		return rc;
	*out = (struct draft_choice){
		.instead = text_is(text_of(in->login), "instead"),
		.history = in->history,
	};
	pages = NEW_ARRAY(r->t.mem, const char *, n);
	for (size_t i = 0; i < n; i++) {
		const struct form_list *list =
			is_reason(&all[i], "in_use") ? &in->move : &in->pages;

		if (form_list_has(list, all[i].meta_id))
			pages[out->n_pages++] = all[i].meta_id;
	}
	out->pages = pages;
	read_left_out(r, in, out);
	if (out->n_pages == 0)
		form_fault(&r->faults, "pages", "Tick at least one page.");
	return OK;
}
