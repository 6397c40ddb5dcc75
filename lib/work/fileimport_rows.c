/* fileimport_rows: from rows of a file to answers that arrive. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "crm/leadform.h"
#include "work/fileimport_private.h"
#include "work/mapping.h"

enum { PIECE = 64 << 10 };

/* ---- reading ------------------------------------------------------------------- */

enum rc
reader_open(struct task *t, const char *path, struct file_reader *r)
{
	*r = (struct file_reader){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
	if (r->fd < 0)
		return fail(t, errno == ENOENT ? E_NOTFOUND : E_BUSY, "%s: %s",
			    path, strerror(errno));
	r->csv = csv_new(t->mem);
	r->piece = arena_alloc(t->mem, PIECE);
	return OK;
}

void
reader_close(struct file_reader *r)
{
	close(r->fd);
}

static void
feed(struct file_reader *r)
{
	ssize_t got;

	do
		got = read(r->fd, r->piece, PIECE);
	while (got < 0 && errno == EINTR);
	if (got > 0) {
		csv_push(r->csv, (struct text){ r->piece, (size_t)got });
		return;
	}
	csv_end(r->csv);
	r->ended = true;
}

bool
reader_next(struct file_reader *r, struct csv_row *row)
{
	while (!csv_next(r->csv, row)) {
		if (r->ended)
			return false;
		feed(r);
	}
	return true;
}

/* ---- Meta's own file -------------------------------------------------------------- */

static const struct {
	const char *platform, *tag;
} tags[] = { { "fb", "Facebook Lead Ad" }, { "ig", "Instagram Lead Ad" } };

/* Where the form belongs, when it is connected here. */
static enum rc
place(struct task *t, struct submission *sub, int64_t *form_id)
{
	struct lead_form form;
	enum rc rc = form_by_meta(t, sub->form_meta_id, &form);

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return OK;
	}
	if (rc)
		return rc;
	*form_id = form.id;
	if (!sub->form_name[0])
		sub->form_name = form.name;
	return form_place(t, form.id, &sub->integration_id, &sub->page_name);
}

static enum rc
keep_answers(struct task *t, const struct submission_answer *all, size_t n,
	     struct arrival *a)
{
	a->sub.answers = arrive_answers(t->mem, all, n);
	return a->sub.answers ? OK
			      : fail(t, E_INPUT, "the answers are too long");
}

static enum rc
take_meta(struct task *t, const struct leadfile_lead *l, struct arrival *a)
{
	const struct meta_lead *m = &l->lead;
	struct submission_answer *kept =
		NEW_ARRAY(t->mem, struct submission_answer, l->n);
	int64_t form_id = 0;
	enum rc rc;

	a->sub = (struct submission){
		.leadgen_id = m->id,
		.page_meta_id = "",
		.page_name = "",
		.form_meta_id = m->form_id ? m->form_id : "",
		.form_name = l->form_name ? l->form_name : "",
		.platform = m->platform ? m->platform : "",
		.is_organic = m->is_organic,
		.is_test = l->test,
		.ad_id = m->ad_id,
		.ad_name = m->ad_name,
		.adset_id = m->adset_id,
		.adset_name = m->adset_name,
		.campaign_id = m->campaign_id,
		.campaign_name = m->campaign_name,
		.submitted_at = m->created,
	};
	rc = place(t, &a->sub, &form_id);
	if (!rc)
		rc = mapping_of_lead(t, form_id, l->answers, l->n, &a->said);
	if (rc)
		return rc;
	for (size_t i = 0; i < l->n; i++)
		kept[i] = (struct submission_answer){
			.key = l->answers[i].key,
			.question = l->answers[i].question,
			.type = l->answers[i].type,
			.value = l->answers[i].value,
		};
	for (size_t i = 0; i < COUNT(tags); i++)
		if (text_is(text_of(a->sub.platform), tags[i].platform))
			a->tags[0] = tags[i].tag;
	a->said.lead.is_test = l->test;
	return keep_answers(t, kept, l->n, a);
}

/* ---- any table --------------------------------------------------------------------- */

void
row_said(struct arena *mem, const struct file_import *f,
	 const struct submission_answer *all, size_t n,
	 struct fieldmap_person *out)
{
	struct fieldmap_row *rows =
		NEW_ARRAY(mem, struct fieldmap_row, f->n_columns);
	struct fieldmap_answer *answers =
		NEW_ARRAY(mem, struct fieldmap_answer, n);

	for (size_t i = 0; i < f->n_columns; i++)
		rows[i] = (struct fieldmap_row){ .key = f->columns[i].name,
						 .target = f->columns[i].target,
						 .transform = "trim" };
	for (size_t i = 0; i < n; i++)
		answers[i] = (struct fieldmap_answer){ .key = all[i].key,
						       .value = all[i].value,
						       .guess = "" };
	fieldmap_apply(mem, rows, f->n_columns, answers, n, out);
}

static enum rc
take_table(struct task *t, const struct file_import *f,
	   const struct csv_row *row, struct arrival *a)
{
	size_t n = row->n < f->n_columns ? row->n : f->n_columns;
	struct submission_answer *all =
		NEW_ARRAY(t->mem, struct submission_answer, n);

	for (size_t i = 0; i < n; i++)
		all[i] = (struct submission_answer){
			.key = f->columns[i].name,
			.question = f->columns[i].name,
			.type = "",
			.value = arena_str(t->mem, text_trim(row->cells[i])),
		};
	row_said(t->mem, f, all, n, &a->said);
	a->sub = (struct submission){ .page_meta_id = "",
				      .page_name = "",
				      .form_meta_id = "",
				      .form_name = f->name,
				      .platform = "" };
	return keep_answers(t, all, n, a);
}

/* ---- one row ------------------------------------------------------------------------ */

static enum rc
refuse(struct task *t, const struct csv_row *row, const char *fault,
       struct file_row *out)
{
	struct buf b = buf_in(t->mem, 4 << 10);

	out->fault = arena_str(t->mem, text_of(fault)); /* the row's own ends */
	out->raw = arena_str(t->mem, row->raw);
	if (row->fault)
		return OK;
	for (size_t i = 0; i < row->n; i++)
		buf_fmt(&b, "%s%.*s", i ? "," : "",
			TEXT_ARG(text_cut(row->cells[i], 60)));
	out->raw =
		arena_str(t->mem, text_cut(text_of(buf_str(&b)), CSV_RAW_MAX));
	return OK;
}

static void
set_words(struct task *t, const struct file_import *f, struct arrival *a)
{
	const char *file = arena_fmt(
		t->mem, "the file \xe2\x80\x9c%s\xe2\x80\x9d", f->name);

	a->came = arena_fmt(t->mem, "Came from %s", file);
	a->again = arena_fmt(t->mem, "Another answer came from %s", file);
	for (size_t i = 0; f->tag[0] && i < 2; i++)
		if (!a->tags[i]) {
			a->tags[i] = f->tag;
			break;
		}
}

static bool
is_nobody(const struct lead *l)
{
	return !l->name[0] && !l->email[0] && !l->phone[0];
}

enum rc
row_read(struct task *t, const struct file_import *f,
	 const struct file_reader *r, const struct csv_row *row,
	 struct file_row *out)
{
	struct arrival *a = &out->arrival;
	struct leadfile_lead l;
	const char *fault = row->fault;
	enum rc rc;

	*out = (struct file_row){ .row = row->number, .line = row->line };
	if (!fault && f->is_meta)
		fault = leadfile_read(t->mem, &r->meta, row, &l);
	if (!fault && !f->is_meta && row->n > f->n_columns)
		fault = arena_fmt(t->mem,
				  "Line %lld has more cells than the first "
				  "row.",
				  (long long)row->line);
	if (fault)
		return refuse(t, row, fault, out);
	rc = f->is_meta ? take_meta(t, &l, a) : take_table(t, f, row, a);
	if (rc)
		return rc;
	if (is_nobody(&a->said.lead))
		return refuse(t, row,
			      arena_fmt(t->mem,
					"Line %lld has no name, e-mail address "
					"or phone number.",
					(long long)row->line),
			      out);
	set_words(t, f, a);
	a->said.lead.source = "import";
	a->said.lead.import_id = f->id;
	a->on_known = f->on_known;
	a->sub.disclaimers = "";
	a->sub.raw = "";
	a->sub.way = "import";
	a->sub.import_id = f->id;
	a->sub.import_row = row->number;
	return OK;
}

/* ---- looked at ---------------------------------------------------------------------------- */

enum rc
fileimport_preview(struct task *t, const struct file_import *f,
		   struct file_preview **out, size_t *n)
{
	struct file_preview *all =
		NEW_ARRAY(t->mem, struct file_preview, FILE_PREVIEW);
	struct file_reader r;
	struct csv_row row;
	enum rc rc = reader_open(t, fileimport_path(t, f->id), &r);

	*n = 0;
	if (rc)
		return rc;
	if (reader_next(&r, &row) && f->is_meta &&
	    !leadfile_recognise(t->mem, &row, &r.meta))
		rc = fail(t, E_INTERNAL, "import %lld: another file",
			  (long long)f->id);
	while (!rc && *n < FILE_PREVIEW && reader_next(&r, &row)) {
		struct file_row read;

		rc = row_read(t, f, &r, &row, &read);
		if (!rc)
			all[(*n)++] = (struct file_preview){
				.line = read.line,
				.fault = read.fault,
				.lead = read.arrival.said.lead,
			};
	}
	reader_close(&r);
	*out = all;
	return rc;
}
