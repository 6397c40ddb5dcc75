/*
 * lead-merge.c: two leads that are one person (GET and POST /lead-merge/ID, the
 * lead that stays), two again (POST /lead-merge/undo), and an answer that
 * joined the wrong lead (POST /lead-merge/split).
 */
#include "crm/fieldmap.h"
#include "crm/leadlist.h"
#include "crm/leadmerge.h"
#include "crm/recognise.h"
#include "web/leadacts.h"
#include "web/leadrow.h"
#include "web/session.h"
#include "web/view.h"
#include "work/parting.h"
#include "work/split.h"

enum { FOUND_MAX = 10, CHOICES_MAX = 16 + CUSTOM_FIELDS_MAX };

struct open_in {
	int64_t id, with;
	const char *q;
};
struct merge_in {
	int64_t id, with;
	struct form_list take;
};
struct act_in {
	int64_t id;
	bool sure;
};
struct choice_view { /* a field of which both leads have something else */
	const char *field, *label, *kept, *gone;
};
struct merge_view {
	int64_t id, with, kept; /* kept: the same as id, for rows of others */
	const char *title_text, *other;
	const char *q;
	bool is_searched, has_found, has_choices;
	struct leadrow_view *found;
	size_t n_found;
	struct choice_view *choices;
	size_t n_choices;
	const char *gain; /* "3 answers, 2 tags …" of the other one */
	struct url back, swap;
	/* undo */
	int64_t merge;
	const char *changed;
};

static const struct form_field open_form[] = {
	FORM_INT(struct open_in, id, 1, INT64_MAX),
	FORM_INT_OR(struct open_in, with, 1, INT64_MAX, 0),
	FORM_TEXT(struct open_in, q, 0, 120),
	{ 0 },
};
static const struct form_field merge_form[] = {
	FORM_INT(struct merge_in, id, 1, INT64_MAX),
	FORM_INT(struct merge_in, with, 1, INT64_MAX),
	FORM_LIST(struct merge_in, take, FIELDMAP_TARGET_MAX),
	{ 0 },
};
static const struct form_field act_form[] = {
	FORM_INT(struct act_in, id, 1, INT64_MAX),
	FORM_FLAG(struct act_in, sure),
	{ 0 },
};
static const struct tmpl_field choice_fields[] = {
	FIELD(struct choice_view, field),
	FIELD(struct choice_view, label),
	FIELD(struct choice_view, kept),
	FIELD(struct choice_view, gone),
	{ 0 },
};
static const struct tmpl_field merge_fields[] = {
	FIELD(struct merge_view, id),
	FIELD(struct merge_view, with),
	FIELD(struct merge_view, kept),
	FIELD(struct merge_view, title_text),
	FIELD(struct merge_view, other),
	FIELD(struct merge_view, q),
	FIELD(struct merge_view, is_searched),
	FIELD(struct merge_view, has_found),
	FIELD(struct merge_view, has_choices),
	LIST(struct merge_view, found, n_found, leadrow_fields),
	LIST(struct merge_view, choices, n_choices, choice_fields),
	FIELD(struct merge_view, gain),
	FIELD(struct merge_view, back),
	FIELD(struct merge_view, swap),
	FIELD(struct merge_view, merge),
	FIELD(struct merge_view, changed),
	{ 0 },
};

static struct url
lead_page(struct req *r, int64_t id)
{
	return url_page(r->t.mem, r->page.root, "/lead/%lld", (long long)id);
}

/* A lead that may be merged by this person. */
static enum rc
find_lead(struct req *r, int64_t id, struct lead *l)
{
	enum rc rc = lead_get(&r->t, id, l);

	if (!rc)
		rc = leadacts_guard(r, l);
	if (!rc && (l->deleted_at.ms || l->merged_into))
		return fail(&r->t, E_NOTFOUND, "lead %lld: not here any more",
			    (long long)id);
	return rc;
}

static enum rc
show(struct req *r, const struct lead *kept, struct merge_view *v)
{
	v->id = v->kept = kept->id;
	v->title_text = lead_title(kept);
	v->back = lead_page(r, kept->id);
	r->page.title = "Merge two leads";
	r->page.in_leads = true;
	return reply_page(r, v);
}

/* ---- which other one ----------------------------------------------------------- */

static void
add_found(struct req *r, const struct lead_row *row, int64_t kept_id,
	  struct merge_view *v)
{
	if (row->id != kept_id && v->n_found < FOUND_MAX)
		v->found[v->n_found++] = leadrow_of(r, row);
}

static enum rc
suggest(struct req *r, const struct lead *kept, struct merge_view *v)
{
	struct lead_twin *twins = NULL;
	struct lead_row *rows = NULL;
	int64_t ids[FOUND_MAX];
	size_t n = 0, n_rows = 0;
	enum rc rc = recognise_twins(&r->t, kept, &twins, &n);

	for (size_t i = 0; !rc && i < n; i++)
		ids[i] = twins[i].id;
	if (!rc)
		rc = leadlist_rows(&r->t, ids, n, &rows, &n_rows);
	for (size_t i = 0; !rc && i < n_rows; i++)
		add_found(r, &rows[i], kept->id, v);
	return rc;
}

static enum rc
search(struct req *r, const struct lead *kept, const char *words,
       struct merge_view *v)
{
	struct lead_query q = { .filter = { .search = words } };
	struct lead_list l = { 0 };
	enum rc rc = leadlist_find(&r->t, &q, &l);

	for (size_t i = 0; !rc && i < l.n; i++)
		add_found(r, &l.rows[i], kept->id, v);
	return rc;
}

static enum rc
choose_other(struct req *r, const struct lead *kept, const char *q)
{
	struct merge_view v = { .q = q, .is_searched = q[0] != '\0' };
	enum rc rc;

	v.found = NEW_ARRAY(r->t.mem, struct leadrow_view, FOUND_MAX);
	rc = q[0] ? search(r, kept, q, &v) : suggest(r, kept, &v);
	v.has_found = v.n_found > 0;
	return rc ? rc : show(r, kept, &v);
}

/* ---- side by side ---------------------------------------------------------------- */

static void
add_choice(struct merge_view *v, const char *field, const char *label,
	   const char *kept, const char *gone)
{
	if (kept[0] && gone[0] && strcmp(kept, gone) != 0)
		v->choices[v->n_choices++] =
			(struct choice_view){ field, label, kept, gone };
}

static enum rc
add_own(struct req *r, const struct lead *kept, const struct lead *gone,
	struct merge_view *v)
{
	struct lead_custom *a = NULL, *b = NULL;
	size_t n_a = 0, n_b = 0;
	enum rc rc = custom_for_lead(&r->t, kept->id, &a, &n_a);

	if (!rc)
		rc = custom_for_lead(&r->t, gone->id, &b, &n_b);
	for (size_t i = 0; !rc && i < n_a && i < n_b; i++)
		add_choice(v, fieldmap_custom_target(r->t.mem, a[i].field_id),
			   a[i].name, a[i].value, b[i].value);
	return rc;
}

static enum rc
compare(struct req *r, const struct lead *kept, int64_t with)
{
	struct merge_view v = { .with = with };
	size_t n = 0;
	const struct fieldmap_field *all = fieldmap_fields(&n);
	struct lead gone = { 0 };
	enum rc rc = find_lead(r, with, &gone);

	if (rc)
		return rc;
	v.other = lead_title(&gone);
	v.choices = NEW_ARRAY(r->t.mem, struct choice_view, CHOICES_MAX);
	for (size_t i = 0; i < n; i++)
		add_choice(&v, all[i].target, all[i].title,
			   fieldmap_column(kept, all[i].target),
			   fieldmap_column(&gone, all[i].target));
	rc = add_own(r, kept, &gone, &v);
	if (rc)
		return rc;
	add_choice(&v, "stage", "Stage", view_stage(kept->stage)->title,
		   view_stage(gone.stage)->title);
	add_choice(&v, "assignee", "Assigned to", kept->assignee_name,
		   gone.assignee_name);
	v.has_choices = v.n_choices > 0;
	v.swap = url_with(r->t.mem,
			  url_page(r->t.mem, r->page.root, "/lead-merge/%lld",
				   (long long)with),
			  "with",
			  arena_fmt(r->t.mem, "%lld", (long long)kept->id));
	v.gain = view_count(r->t.mem, gone.n_submissions, "answer", "answers");
	return show(r, kept, &v);
}

static enum rc
open_page(struct req *r, const void *form)
{
	const struct open_in *in = form;
	struct lead kept;
	enum rc rc = find_lead(r, in->id, &kept);

	if (rc)
		return rc;
	return in->with ? compare(r, &kept, in->with)
			: choose_other(r, &kept, in->q);
}

static enum rc
to_lead(struct req *r, int64_t id, const char *words)
{
	enum rc rc = session_flash(&r->t, r->session_id, words, false);

	return rc ? rc : reply_see_other(r, lead_page(r, id));
}

static enum rc
merge(struct req *r, const void *form)
{
	const struct merge_in *in = form;
	struct lead kept = { 0 }, gone = { 0 };
	int64_t id = 0;
	enum rc rc = find_lead(r, in->id, &kept);

	if (!rc)
		rc = find_lead(r, in->with, &gone);
	if (!rc)
		rc = leadmerge(&r->t, kept.id, gone.id, in->take.at, in->take.n,
			       &id);
	return rc ? rc
		  : to_lead(r, kept.id,
			    "Merged. Undo stands in the timeline for 30 days.");
}

/* ---- two again ------------------------------------------------------------------------ */

static enum rc
ask_about_changes(struct req *r, const struct leadmerge *m, const char *changed)
{
	struct merge_view v = { .merge = m->id, .changed = changed };
	struct lead kept;
	enum rc rc = find_lead(r, m->kept_id, &kept);

	v.other = m->gone_title;
	return rc ? rc : show(r, &kept, &v);
}

static enum rc
undo(struct req *r, const void *form)
{
	const struct act_in *in = form;
	struct leadmerge m;
	struct lead kept;
	const char *changed = NULL;
	enum rc rc = leadmerge_get(&r->t, in->id, &m);

	if (!rc)
		rc = find_lead(r, m.kept_id, &kept);
	if (!rc)
		rc = parting(&r->t, in->id, in->sure, &changed);
	if (rc == E_CONFLICT && changed) {
		task_forgive(&r->t);
		return ask_about_changes(r, &m, changed);
	}
	return rc ? rc
		  : to_lead(r, m.kept_id,
			    arena_fmt(r->t.mem,
				      "Two leads again. The other one is %s.",
				      m.gone_title));
}

static enum rc
split(struct req *r, const void *form)
{
	const struct act_in *in = form;
	int64_t id = 0;
	enum rc rc = split_submission(&r->t, in->id, &id);

	return rc ? rc
		  : to_lead(r, id, "This answer is a lead of its own now.");
}

#define PAGE                                                                   \
	.perm = PERM_LEADS, .page = "lead-merge.html", .fields = merge_fields
static const struct route routes[] = {
	{ .method = GET,
	  .path = "/lead-merge/{id}",
	  .form = open_form,
	  .form_size = sizeof(struct open_in),
	  .handle = open_page,
	  PAGE },
	{ .method = POST,
	  .path = "/lead-merge",
	  .perm = PERM_LEADS,
	  .form = merge_form,
	  .form_size = sizeof(struct merge_in),
	  .handle = merge },
	{ .method = POST,
	  .path = "/lead-merge/undo",
	  .form = act_form,
	  .form_size = sizeof(struct act_in),
	  .handle = undo,
	  PAGE },
	{ .method = POST,
	  .path = "/lead-merge/split",
	  .perm = PERM_LEADS,
	  .form = act_form,
	  .form_size = sizeof(struct act_in),
	  .handle = split },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
