/* fieldrows: questions, choices and the preview, as a page shows them. */
#include "web/fieldrows.h"

#include "base/crypt.h"
#include "crm/fieldmap.h"
#include "crm/formdrift.h"
#include "work/mapping.h"

enum { MARK = 16, NAME_TYPED = 500, ROOM = 24 };

const struct form_field fieldrows_form[] = {
	FORM_INT(struct fieldrows_in, id, 1, INT64_MAX),
	FORM_LIST(struct fieldrows_in, question, MARK),
	FORM_LIST(struct fieldrows_in, target, FIELDMAP_TARGET_MAX),
	FORM_LIST(struct fieldrows_in, field, NAME_TYPED),
	FORM_LIST(struct fieldrows_in, transform, 16),
	{ 0 },
};
static const struct tmpl_field row_fields[] = {
	FIELD(struct row_view, mark),
	FIELD(struct row_view, label),
	FIELD(struct row_view, key),
	FIELD(struct row_view, kind),
	FIELD(struct row_view, options),
	FIELD(struct row_view, answer),
	FIELD(struct row_view, badge),
	FIELD(struct row_view, was),
	LIST(struct row_view, targets, n_targets, option_fields),
	LIST(struct row_view, transforms, n_transforms, option_fields),
	FIELD(struct row_view, field),
	FIELD(struct row_view, fault),
	FIELD(struct row_view, is_gone),
	{ 0 },
};
static const struct tmpl_field seen_fields[] = {
	FIELD(struct seen_view, title),
	FIELD(struct seen_view, value),
	{ 0 },
};
static const struct tmpl_field source_fields[] = {
	FIELD(struct source_view, id),
	FIELD(struct source_view, name),
	{ 0 },
};
const struct tmpl_field fieldrows_fields[] = {
	LIST(struct fieldrows, questions, n_questions, row_fields),
	FIELD(struct fieldrows, preview_of),
	FIELD(struct fieldrows, preview_iso),
	FIELD(struct fieldrows, preview_ago),
	LIST(struct fieldrows, seen, n_seen, seen_fields),
	LIST(struct fieldrows, sources, n_sources, source_fields),
	FIELD(struct fieldrows, copied),
	FIELD(struct fieldrows, has_questions),
	FIELD(struct fieldrows, has_sources),
	{ 0 },
};

/* What a page is made from. */
struct desk {
	struct form_question *questions;
	size_t n;
	struct fieldmap_row
		*rows;	    /* the choice that is shown, one a question */
	const char **names; /* of new fields, beside the rows */
	size_t n_rows;
	struct custom_field *custom;
	size_t n_custom;
};

/* Keys may hold anything: the page names a question by this. */
static const char *
mark_of(struct arena *mem, const char *key)
{
	const char *hex = crypt_sha256_hex(mem, text_of(key));

	return arena_str(mem, text_first(text_of(hex), MARK));
}

/* ---- the choice -------------------------------------------------------------------- */

static size_t
typed_at(struct arena *mem, const struct fieldrows_in *in, const char *key)
{
	const char *mark = mark_of(mem, key);

	for (size_t i = 0; i < in->question.n; i++)
		if (strcmp(in->question.at[i], mark) == 0)
			return i;
	return in->question.n;
}

static const char *
text_at(const struct form_list *list, size_t i)
{
	return i < list->n ? list->at[i] : "";
}

static void
set_typed(struct arena *mem, const struct fieldrows_in *in, struct desk *d)
{
	for (size_t i = 0; i < d->n_rows; i++) {
		size_t at = typed_at(mem, in, d->rows[i].key);

		if (at == in->question.n)
			continue;
		d->rows[i].target = text_at(&in->target, at);
		d->rows[i].transform = text_at(&in->transform, at);
		d->names[i] = text_at(&in->field, at);
	}
}

/* The same question in another form: by key, then label, then kind. */
static const struct form_question *
twin(const struct form_question *q, const struct form_question *all, size_t n)
{
	for (int by = 0; by < 3; by++)
		for (size_t i = 0; i < n; i++) {
			const char *a = by == 0	  ? q->key
					: by == 1 ? q->label
						  : q->type;
			const char *b = by == 0	  ? all[i].key
					: by == 1 ? all[i].label
						  : all[i].type;

			if (by == 2 && (!a || !b || strcmp(a, "CUSTOM") == 0))
				continue;
			if (strcmp(a, b) == 0)
				return &all[i];
		}
	return NULL;
}

static enum rc
set_copied(struct req *r, int64_t from, struct desk *d, struct fieldrows *v)
{
	struct form_question *theirs = NULL;
	struct fieldmap_row *rows = NULL;
	struct lead_form f;
	size_t n = 0, n_rows = 0;
	enum rc rc = form_get(&r->t, from, &f);

	if (!rc)
		rc = fieldmap_get(&r->t, from, &rows, &n_rows);
	if (rc)
		return rc;
	form_questions(r->t.mem, f.questions, f.questions, &theirs, &n);
	for (size_t i = 0; i < d->n_rows; i++) {
		const struct form_question *q =
			twin(&d->questions[i], theirs, n);
		const struct fieldmap_row *row =
			q ? fieldmap_row_of(rows, n_rows, q->key) : NULL;

		if (!q)
			continue;
		d->rows[i].target =
			row ? row->target : mapping_guess(q->type, q->key);
		d->rows[i].transform = row ? row->transform : "";
	}
	v->copied = f.name[0] ? f.name : f.meta_id;
	return OK;
}

/* One row for each question that is asked now: stored, or guessed. */
static enum rc
open_desk(struct req *r, const struct lead_form *f, struct desk *d)
{
	struct fieldmap_row *stored = NULL;
	size_t n_stored = 0;
	enum rc rc = fieldmap_get(&r->t, f->id, &stored, &n_stored);

	if (!rc)
		rc = custom_list(&r->t, &d->custom, &d->n_custom);
	if (rc)
		return rc;
	form_questions(r->t.mem, f->questions, f->confirmed, &d->questions,
		       &d->n);
	d->rows = NEW_ARRAY(r->t.mem, struct fieldmap_row, d->n);
	d->names = NEW_ARRAY(r->t.mem, const char *, d->n);
	for (size_t i = 0; i < d->n; i++) {
		const struct form_question *q = &d->questions[i];
		const struct fieldmap_row *row =
			fieldmap_row_of(stored, n_stored, q->key);

		if (q->state == QUESTION_GONE)
			break;
		d->names[i] = "";
		d->rows[d->n_rows++] = (struct fieldmap_row){
			q->key,
			row ? row->target : mapping_guess(q->type, q->key),
			row ? row->transform : "",
		};
	}
	return OK;
}

/* ---- shown ------------------------------------------------------------------------- */

static void
set_options(struct arena *mem, const struct desk *d, const char *target,
	    const char *transform, struct row_view *v)
{
	size_t n = 0;
	const struct fieldmap_field *fields = fieldmap_fields(&n);
	const struct fieldmap_transform *all;

	v->targets = NEW_ARRAY(mem, struct option_view, d->n_custom + ROOM);
	option_add(v->targets, &v->n_targets, "", "Keep as answer only",
		   target);
	for (size_t i = 0; i < n; i++)
		option_add(v->targets, &v->n_targets, fields[i].target,
			   fields[i].title, target);
	for (size_t i = 0; i < d->n_custom; i++) {
		const char *its = fieldmap_custom_target(mem, d->custom[i].id);

		if (!d->custom[i].is_hidden || strcmp(its, target) == 0)
			option_add(v->targets, &v->n_targets, its,
				   d->custom[i].name, target);
	}
	option_add(v->targets, &v->n_targets, "new", "New field\xe2\x80\xa6",
		   target);
	all = fieldmap_transforms(&n);
	v->transforms = NEW_ARRAY(mem, struct option_view, n);
	for (size_t i = 0; i < n; i++)
		option_add(v->transforms, &v->n_transforms, all[i].code,
			   all[i].title, transform);
}

struct samples {
	struct submission_answer *at[20];
	size_t n_at[20];
	size_t n;
};

static const char *
sample_of(const struct samples *s, const char *key)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->n_at[i]; k++)
			if (strcmp(s->at[i][k].key, key) == 0 &&
			    text_is_visible(text_of(s->at[i][k].value)))
				return s->at[i][k].value;
	return "";
}

static const char *
kind_of(const struct form_question *q)
{
	if (!q->type)
		return "Kind not known";
	if (strcmp(q->type, "CUSTOM") != 0)
		return "Standard question";
	return q->options[0] ? "Choice" : "Free text";
}

static void
set_question(struct req *r, const struct desk *d, const struct samples *s,
	     size_t i, struct row_view *v)
{
	static const char *const badges[] = { "", "New", "Renamed",
					      "Not asked any more" };
	const struct form_question *q = &d->questions[i];

	*v = (struct row_view){
		.mark = mark_of(r->t.mem, q->key),
		.label = q->label,
		.key = q->key,
		.kind = kind_of(q),
		.options = q->options,
		.answer = sample_of(s, q->key),
		.badge = badges[q->state],
		.was = q->was,
		.is_gone = q->state == QUESTION_GONE,
		.field = "",
	};
	if (v->is_gone)
		return;
	v->field = d->names[i];
	v->fault = form_fault_of(&r->faults, v->mark);
	set_options(r->t.mem, d, d->rows[i].target, d->rows[i].transform, v);
}

static void
add_seen(struct fieldrows *v, const char *title, const char *value)
{
	if (value[0])
		v->seen[v->n_seen++] = (struct seen_view){ title, value };
}

/* A field to be made has no number yet: it is shown by one that none has. */
static const char *
title_of(const struct desk *d, const struct fieldmap_row *shown, int64_t id)
{
	for (size_t i = 0; i < d->n_custom; i++)
		if (d->custom[i].id == id)
			return d->custom[i].name;
	for (size_t i = 0; i < d->n_rows; i++)
		if (fieldmap_custom(shown[i].target) == id)
			return d->names[i][0] ? d->names[i] : "New field";
	return "";
}

static void
set_seen(struct req *r, const struct desk *d, const struct samples *s,
	 struct fieldrows *v)
{
	struct arena *mem = r->t.mem;
	struct fieldmap_row *shown =
		NEW_ARRAY(mem, struct fieldmap_row, d->n_rows);
	struct fieldmap_person p;
	size_t n = 0;
	const struct fieldmap_field *fields = fieldmap_fields(&n);

	for (size_t i = 0; i < d->n_rows; i++) {
		shown[i] = d->rows[i];
		if (strcmp(shown[i].target, "new") == 0)
			shown[i].target = fieldmap_custom_target(
				mem, INT64_MAX - (int64_t)i);
	}
	mapping_of_stored(mem, shown, d->n_rows, s->at[0], s->n_at[0], &p);
	v->seen = NEW_ARRAY(mem, struct seen_view, n + p.n_custom);
	for (size_t i = 0; i < n; i++)
		add_seen(v, fields[i].title,
			 fieldmap_column(&p.lead, fields[i].target));
	for (size_t i = 0; i < p.n_custom; i++)
		add_seen(v, title_of(d, shown, p.custom[i].field_id),
			 p.custom[i].value);
}

static enum rc
read_samples(struct req *r, const struct lead_form *f, struct samples *s,
	     struct fieldrows *v)
{
	struct submission_sample *all = NULL;
	size_t n = 0;
	enum rc rc = submission_of_form(&r->t, f->meta_id, &all, &n);

	for (size_t i = 0; !rc && i < n; i++)
		rc = submission_answers(&r->t, all[i].answers, &s->at[i],
					&s->n_at[i]);
	if (rc || n == 0)
		return rc;
	s->n = n;
	v->preview_of = all[0].lead_name[0] ? all[0].lead_name : "No name";
	v->preview_iso = when_iso(r->t.mem, all[0].imported_at);
	v->preview_ago =
		when_ago(r->t.mem, all[0].imported_at, r->t.now, req_zone(r));
	return OK;
}

static enum rc
set_sources(struct req *r, int64_t form_id, struct fieldrows *v)
{
	struct form_name *all = NULL;
	size_t n = 0;
	enum rc rc = form_names(&r->t, &all, &n);

	v->sources = NEW_ARRAY(r->t.mem, struct source_view, n);
	for (size_t i = 0; !rc && i < n; i++)
		if (all[i].id != form_id)
			v->sources[v->n_sources++] = (struct source_view){
				all[i].id,
				arena_fmt(r->t.mem, "%s: %s", all[i].page_name,
					  all[i].name),
			};
	v->has_sources = v->n_sources > 0;
	return rc;
}

enum rc
fieldrows_load(struct req *r, const struct lead_form *f,
	       const struct fieldrows_in *typed, int64_t from,
	       struct fieldrows *v)
{
	struct samples s = { .n = 0 };
	struct desk d = { .n = 0 };
	enum rc rc = open_desk(r, f, &d);

	if (!rc && typed)
		set_typed(r->t.mem, typed, &d);
	else if (!rc && from)
		rc = set_copied(r, from, &d, v);
	if (!rc)
		rc = read_samples(r, f, &s, v);
	if (!rc)
		rc = set_sources(r, f->id, v);
	if (rc)
		return rc;
	v->questions = NEW_ARRAY(r->t.mem, struct row_view, d.n);
	v->n_questions = d.n;
	v->has_questions = d.n > 0;
	for (size_t i = 0; i < d.n; i++)
		set_question(r, &d, &s, i, &v->questions[i]);
	if (s.n > 0)
		set_seen(r, &d, &s, v);
	return OK;
}

/* ---- saved ------------------------------------------------------------------------- */

void
fieldrows_check(struct req *r, const struct fieldrows_in *in)
{
	for (size_t i = 0; i < in->question.n; i++) {
		size_t runes = text_runes(text_of(text_at(&in->field, i)));

		if (strcmp(text_at(&in->target, i), "new") != 0)
			continue;
		if (runes == 0)
			form_fault(&r->faults, in->question.at[i],
				   "Name the new field.");
		else if (runes > CUSTOM_NAME_MAX)
			form_fault(&r->faults, in->question.at[i],
				   "Enter 60 characters or fewer.");
	}
}

enum rc
fieldrows_save(struct req *r, const struct lead_form *f,
	       const struct fieldrows_in *in)
{
	struct desk d = { .n = 0 };
	enum rc rc = open_desk(r, f, &d);

	if (rc)
		return rc;
	set_typed(r->t.mem, in, &d);
	for (size_t i = 0; !rc && i < d.n_rows; i++) {
		int64_t id = 0;

		if (strcmp(d.rows[i].target, "new") != 0)
			continue;
		rc = custom_make(&r->t, d.names[i], &id);
		d.rows[i].target = fieldmap_custom_target(r->t.mem, id);
	}
	return rc ? rc : fieldmap_put(&r->t, f->id, d.rows, d.n_rows);
}
