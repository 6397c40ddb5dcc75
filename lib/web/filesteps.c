/* filesteps: columns, choices, progress. */
#include "web/filesteps.h"

#include "base/buf.h"
#include "crm/customfield.h"
#include "crm/user.h"
#include "web/view.h"

const char *const filesteps_assigns[] = { "nobody", "user", "share", NULL };
static const char *const assign_titles[] = { "Leave unassigned",
					     "To one person",
					     "Share out by Round Robin" };
const char *const filesteps_ways[] = { "join", "new", "skip", NULL };
static const char *const way_titles[] = { "Join that lead", "Make a new lead",
					  "Only keep the answer" };

static const struct tmpl_field filestep_fields[] = {
	FIELD(struct filestep_view, title),
	FIELD(struct filestep_view, is_done),
	FIELD(struct filestep_view, is_now),
	{ 0 },
};
const struct tmpl_field filesteps_fields[] = {
	LIST(struct filesteps_view, steps, n, filestep_fields),
	{ 0 },
};
static const struct tmpl_field column_fields[] = {
	FIELD(struct column_view, number),
	FIELD(struct column_view, name),
	FIELD(struct column_view, samples),
	LIST(struct column_view, targets, n_targets, option_fields),
	{ 0 },
};
const struct tmpl_field choice_fields[] = {
	FIELD(struct choice_view, is_meta),
	LIST(struct choice_view, columns, n_columns, column_fields),
	LIST(struct choice_view, assigns, n_assigns, option_fields),
	LIST(struct choice_view, people, n_people, option_fields),
	LIST(struct choice_view, ways, n_ways, option_fields),
	FIELD(struct choice_view, tag),
	{ 0 },
};
const struct tmpl_field run_fields[] = {
	FIELD(struct run_view, id),
	FIELD(struct run_view, done),
	FIELD(struct run_view, all),
	FIELD(struct run_view, title_text),
	FIELD(struct run_view, words),
	FIELD(struct run_view, is_working),
	FIELD(struct run_view, is_open_ended),
	FIELD(struct run_view, may_stop),
	{ 0 },
};

/* ---- words ------------------------------------------------------------------------ */

const char *
filesteps_found(struct arena *mem, const struct file_import *f)
{
	struct buf b = buf_in(mem, 1 << 10);

	buf_fmt(&b, "%lld new", (long long)f->n_new);
	buf_fmt(&b, ", %lld of a known person", (long long)f->n_joined);
	if (f->n_skipped)
		buf_fmt(&b, ", %lld of a known person only kept as answer",
			(long long)f->n_skipped);
	buf_fmt(&b, ", %lld already here", (long long)f->n_known);
	buf_fmt(&b, ", %lld cannot be read", (long long)f->n_faults);
	return buf_str(&b);
}

const char *
filesteps_recognised(struct arena *mem, const struct file_import *f,
		     bool may_undo)
{
	return arena_fmt(mem, "This is Meta\xe2\x80\x99s file%s%s%s. %s",
			 f->form_name[0] ? " of the form \xe2\x80\x9c" : "",
			 f->form_name, f->form_name[0] ? "\xe2\x80\x9d" : "",
			 may_undo ? "Meta has them, too: when it is undone, "
				    "those that came since the page was "
				    "connected come again by themselves."
				  : "Columns are set.");
}

static const char *
undone(struct arena *mem, const struct file_import *f)
{
	const char *words =
		arena_fmt(mem, "Undone: %lld taken back, %lld kept",
			  (long long)f->n_undone, (long long)f->n_kept);

	if (!f->n_left)
		return words;
	return arena_fmt(mem, "%s, %s that somebody changed since left", words,
			 view_count(mem, f->n_left, "value", "values"));
}

const char *
filesteps_state(struct arena *mem, const struct file_import *f)
{
	struct text s = text_of(f->state);

	if (text_is(s, "columns"))
		return "Columns are to be chosen";
	if (text_is(s, "checking"))
		return "Being checked";
	if (text_is(s, "checked"))
		return "Checked, not imported yet";
	if (text_is(s, "undone"))
		return undone(mem, f);
	if (text_is(s, "undoing"))
		return "Being undone";
	return arena_fmt(mem, "%s: %s",
			 text_is(s, "done")	 ? "Imported"
			 : text_is(s, "running") ? "At work"
			 : text_is(s, "stopped") ? "Stopped"
						 : "Ended early",
			 filesteps_found(mem, f));
}

/* ---- steps ----------------------------------------------------------------------- */

enum { STEP_FILE, STEP_COLUMNS, STEP_PREVIEW, STEP_IMPORT, STEPS };

/* Which one it is at; STEPS: behind the last. */
static size_t
step_of(const struct file_import *f, bool choosing)
{
	struct text s;

	if (!f)
		return STEP_FILE;
	s = text_of(f->state);
	if (choosing || text_is(s, "columns"))
		return STEP_COLUMNS;
	if (text_is(s, "checking") || text_is(s, "checked"))
		return STEP_PREVIEW;
	return text_is(s, "done") ? STEPS : STEP_IMPORT;
}

struct filesteps_view *
filesteps_of(struct arena *mem, const struct file_import *f, bool choosing)
{
	static const char *const titles[STEPS] = { "File", "Columns", "Preview",
						   "Import" };
	struct filesteps_view *v = NEW(mem, struct filesteps_view);
	size_t at = step_of(f, choosing);

	if (f && text_starts(text_of(f->state), "undo"))
		return NULL;
	v->n = STEPS;
	v->steps = NEW_ARRAY(mem, struct filestep_view, STEPS);
	for (size_t i = 0; i < STEPS; i++)
		v->steps[i] = (struct filestep_view){ .title = titles[i],
						      .is_done = i < at,
						      .is_now = i == at };
	return v;
}

/* ---- columns --------------------------------------------------------------------- */

/* What a column can become: nothing, a field, a field of one's own. */
static enum rc
targets(struct req *r, const char *chosen, struct option_view **out, size_t *n)
{
	struct arena *mem = r->t.mem;
	size_t n_fields = 0, n_own = 0;
	const struct fieldmap_field *fields = fieldmap_fields(&n_fields);
	struct custom_field *own = NULL;
	enum rc rc = custom_list(&r->t, &own, &n_own);

	if (rc)
		return rc;
	*n = 0;
	*out = NEW_ARRAY(mem, struct option_view, n_fields + n_own + 1);
	option_add(*out, n, "", "Keep as answer only", chosen);
	for (size_t i = 0; i < n_fields; i++)
		option_add(*out, n, fields[i].target, fields[i].title, chosen);
	for (size_t i = 0; i < n_own; i++)
		if (!own[i].is_hidden)
			option_add(*out, n,
				   fieldmap_custom_target(mem, own[i].id),
				   own[i].name, chosen);
	return OK;
}

static enum rc
set_columns(struct req *r, const struct file_import *f, struct choice_view *v)
{
	enum rc rc = OK;

	v->n_columns = f->is_meta ? 0 : f->n_columns;
	v->columns = NEW_ARRAY(r->t.mem, struct column_view, v->n_columns);
	for (size_t i = 0; !rc && i < v->n_columns; i++) {
		const struct file_column *c = &f->columns[i];
		struct column_view *to = &v->columns[i];
		const char *samples = "";

		for (size_t k = 0; k < FILE_SAMPLES; k++)
			if (c->samples[k][0])
				samples = arena_fmt(r->t.mem, "%s%s%s", samples,
						    samples[0] ? " · " : "",
						    c->samples[k]);
		*to = (struct column_view){ .number = (int64_t)i + 1,
					    .name = c->name,
					    .samples = samples };
		rc = targets(r, c->target, &to->targets, &to->n_targets);
	}
	return rc;
}

static void
options(struct req *r, const char *const *names, const char *const *titles,
	const char *chosen, struct option_view **out, size_t *n)
{
	*n = 0;
	*out = NEW_ARRAY(r->t.mem, struct option_view, 3);
	for (size_t i = 0; names[i]; i++)
		option_add(*out, n, names[i], titles[i], chosen);
}

static enum rc
set_people(struct req *r, int64_t chosen, struct choice_view *v)
{
	struct arena *mem = r->t.mem;
	const char *now = arena_fmt(mem, "%lld", (long long)chosen);
	struct user *all = NULL;
	size_t n = 0;
	enum rc rc = user_list(&r->t, &all, &n);

	v->people = NEW_ARRAY(mem, struct option_view, n);
	for (size_t i = 0; !rc && i < n; i++)
		if (user_takes_leads(&all[i]))
			option_add(v->people, &v->n_people,
				   arena_fmt(mem, "%lld", (long long)all[i].id),
				   all[i].name, now);
	return rc;
}

enum rc
filesteps_choice(struct req *r, const struct file_import *f,
		 struct choice_view **out)
{
	struct choice_view *v = NEW(r->t.mem, struct choice_view);
	enum rc rc = set_columns(r, f, v);

	v->is_meta = f->is_meta;
	v->tag = f->tag;
	options(r, filesteps_assigns, assign_titles, f->assign, &v->assigns,
		&v->n_assigns);
	options(r, filesteps_ways, way_titles, f->on_known, &v->ways,
		&v->n_ways);
	*out = v;
	return rc ? rc : set_people(r, f->user_id, v);
}

/* ---- progress -------------------------------------------------------------------- */

struct run_view *
filesteps_run(struct req *r, const struct file_import *f)
{
	struct arena *mem = r->t.mem;
	struct text s = text_of(f->state);
	struct run_view *v = NEW(mem, struct run_view);
	bool undoing = text_is(s, "undoing");

	v->id = f->id;
	v->is_working =
		undoing || text_is(s, "checking") || text_is(s, "running");
	v->may_stop = v->is_working && !undoing;
	v->is_open_ended = !text_is(s, "running");
	v->done = f->at_row;
	v->all = f->n_rows + 1 > v->done ? f->n_rows + 1 : v->done;
	v->title_text = text_is(s, "checking") ? "Looking at every row"
			: undoing	       ? "Taking it back"
			: v->is_working	       ? "Importing"
					       : filesteps_state(mem, f);
	v->words = undoing ? arena_fmt(mem, "%lld taken back",
				       (long long)f->n_undone)
			   : filesteps_found(mem, f);
	return v;
}
