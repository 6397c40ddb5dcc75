/*
 * lead-import.c: leads from a file, in four steps: File (GET and POST
 * /lead-import), Columns, Preview and Import (GET /lead-import/ID, and the
 * buttons of each).
 */
#include "base/buf.h"
#include "base/conf.h"
#include "base/escape.h"
#include "web/filesteps.h"
#include "web/session.h"
#include "web/view.h"
#include "work/wake.h"

enum { STOP_POLLING = 286, FAULTS_SHOWN = 50, BODY_MAX = 256 << 10 };

struct id_in {
	int64_t id;
};
struct choose_in {
	int64_t id;
	struct form_list targets; /* in the order of columns */
	const char *assign, *on_known, *tag;
	int64_t user;
};
struct row_view {
	int64_t line;
	const char *fault, *title_text, *email, *phone, *company;
};
struct past_view {
	int64_t id;
	const char *name, *words, *when_iso, *when_full, *when_ago;
};
struct import_view {
	struct filesteps_view *progress;
	/* step 1 */
	bool is_new;
	const char *problem, *limit;
	struct past_view *past;
	size_t n_past;
	bool has_past;
	/* the file */
	int64_t id;
	const char *name, *recognised;
	struct choice_view *choice; /* step 2 */
	/* steps 3 and 4 */
	struct run_view *run;
	const char *found; /* "388 new, 21 join a known person, …" */
	bool is_checked, has_faults, may_undo;
	const char *go; /* "Import 409 leads" */
	struct row_view *rows, *faults;
	size_t n_rows, n_faults;
	struct url leads;
};

static const struct form_field no_form[] = { { 0 } };
static const struct form_field id_form[] = {
	FORM_INT(struct id_in, id, 1, INT64_MAX),
	{ 0 },
};
static const struct form_field choose_form[] = {
	FORM_INT(struct choose_in, id, 1, INT64_MAX),
	FORM_LIST(struct choose_in, targets, FIELDMAP_TARGET_MAX),
	FORM_CHOICE(struct choose_in, assign, filesteps_assigns),
	FORM_CHOICE(struct choose_in, on_known, filesteps_ways),
	FORM_TEXT(struct choose_in, tag, 0, 64),
	FORM_INT_OR(struct choose_in, user, 1, INT64_MAX, 0),
	{ 0 },
};
static const struct tmpl_field row_fields[] = {
	FIELD(struct row_view, line),
	FIELD(struct row_view, fault),
	FIELD(struct row_view, title_text),
	FIELD(struct row_view, email),
	FIELD(struct row_view, phone),
	FIELD(struct row_view, company),
	{ 0 },
};
static const struct tmpl_field past_fields[] = {
	FIELD(struct past_view, id),
	FIELD(struct past_view, name),
	FIELD(struct past_view, words),
	FIELD(struct past_view, when_iso),
	FIELD(struct past_view, when_full),
	FIELD(struct past_view, when_ago),
	{ 0 },
};
static const struct tmpl_field import_fields[] = {
	ONE(struct import_view, progress, filesteps_fields),
	FIELD(struct import_view, is_new),
	FIELD(struct import_view, problem),
	FIELD(struct import_view, limit),
	LIST(struct import_view, past, n_past, past_fields),
	FIELD(struct import_view, has_past),
	FIELD(struct import_view, id),
	FIELD(struct import_view, name),
	FIELD(struct import_view, recognised),
	ONE(struct import_view, choice, choice_fields),
	ONE(struct import_view, run, run_fields),
	FIELD(struct import_view, found),
	FIELD(struct import_view, is_checked),
	FIELD(struct import_view, has_faults),
	FIELD(struct import_view, may_undo),
	FIELD(struct import_view, go),
	LIST(struct import_view, rows, n_rows, row_fields),
	LIST(struct import_view, faults, n_faults, row_fields),
	FIELD(struct import_view, leads),
	{ 0 },
};

/* ---- step 1: the file ---------------------------------------------------------------- */

static enum rc
set_past(struct req *r, struct import_view *v)
{
	struct arena *mem = r->t.mem;
	struct file_import *all = NULL;
	enum rc rc = fileimport_list(&r->t, &all, &v->n_past);

	if (rc)
		return rc;
	v->past = NEW_ARRAY(mem, struct past_view, v->n_past);
	v->has_past = v->n_past > 0;
	for (size_t i = 0; i < v->n_past; i++)
		v->past[i] = (struct past_view){
			.id = all[i].id,
			.name = all[i].name,
			.words = filesteps_state(mem, &all[i]),
			.when_iso = when_iso(mem, all[i].made_at),
			.when_full =
				when_full(mem, all[i].made_at, req_zone(r)),
			.when_ago = when_ago(mem, all[i].made_at, r->t.now,
					     req_zone(r)),
		};
	return OK;
}

static enum rc
show_file(struct req *r, int status, const char *problem)
{
	struct import_view v = { .is_new = true, .problem = problem };
	enum rc rc = set_past(r, &v);

	v.progress = filesteps_of(r->t.mem, NULL, false);
	v.limit = arena_fmt(
		r->t.mem, "%lld MB",
		(long long)(r->t.conf->limits.upload_max_bytes >> 20));
	r->page.title = "Import Leads";
	r->page.in_leads = true;
	return rc ? rc : reply_page_status(r, status, &v);
}

static enum rc
open_new(struct req *r, const void *form)
{
	(void)form;
	return show_file(r, 200, NULL);
}

static enum rc
to_import(struct req *r, int64_t id)
{
	return reply_see_other(r, url_page(r->t.mem, r->page.root,
					   "/lead-import/%lld", (long long)id));
}

static enum rc
take_file(struct req *r, const void *form)
{
	const char *problem;
	int64_t id = 0;
	enum rc rc;

	(void)form;
	if (r->upload.size == 0)
		return show_file(r, 422, "Choose a file. This one is empty.");
	rc = fileimport_add(&r->t, r->upload.path, r->upload.name, &id);
	if (rc == E_INPUT) {
		problem = arena_str(r->t.mem, text_of(r->t.why));
		task_forgive(&r->t);
		return show_file(r, 422, problem);
	}
	return rc ? rc : to_import(r, id);
}

/* ---- step 2: columns ------------------------------------------------------------------- */

/* ---- steps 3 and 4: preview, import ------------------------------------------------------ */

static enum rc
set_rows(struct req *r, const struct file_import *f, struct import_view *v)
{
	struct file_preview *all = NULL;
	size_t n = 0;
	enum rc rc = fileimport_preview(&r->t, f, &all, &n);

	if (rc == E_NOTFOUND) { /* the file was put away meanwhile */
		task_forgive(&r->t);
		return OK;
	}
	v->n_rows = n;
	v->rows = NEW_ARRAY(r->t.mem, struct row_view, n);
	for (size_t i = 0; !rc && i < n; i++) {
		const struct lead *l = &all[i].lead;

		v->rows[i] = (struct row_view){ .line = all[i].line,
						.fault = all[i].fault };
		if (all[i].fault)
			continue;
		v->rows[i].title_text = lead_title(l);
		v->rows[i].email = l->email;
		v->rows[i].phone = l->phone;
		v->rows[i].company = l->company;
	}
	return rc;
}

static enum rc
set_faults(struct req *r, const struct file_import *f, struct import_view *v)
{
	struct file_fault *all = NULL;
	size_t n = 0;
	enum rc rc = fileimport_faults(&r->t, f->id, 0, &all, &n);

	v->has_faults = n > 0;
	v->n_faults = n < FAULTS_SHOWN ? n : FAULTS_SHOWN;
	v->faults = NEW_ARRAY(r->t.mem, struct row_view, v->n_faults);
	for (size_t i = 0; !rc && i < v->n_faults; i++)
		v->faults[i] = (struct row_view){ .line = all[i].line,
						  .fault = all[i].reason,
						  .title_text = all[i].raw };
	return rc;
}

static enum rc
set_result(struct req *r, const struct file_import *f, struct import_view *v)
{
	struct text s = text_of(f->state);
	int64_t n = f->n_new + f->n_joined + f->n_skipped;
	enum rc rc;

	v->run = filesteps_run(r, f);
	if (v->run->is_working) {
		r->page.refresh_s = 5;
		return OK;
	}
	v->is_checked = text_is(s, "checked");
	v->may_undo = text_is(s, "done") || text_is(s, "stopped") ||
		      text_is(s, "failed");
	v->found = v->is_checked ? filesteps_found(r->t.mem, f) : NULL;
	if (v->is_checked && n > 0)
		v->go = arena_fmt(r->t.mem, "Import %s",
				  view_count(r->t.mem, n, "lead", "leads"));
	v->leads = url_page(r->t.mem, r->page.root, "/leads?source=import");
	rc = set_faults(r, f, v);
	return rc || !v->is_checked ? rc : set_rows(r, f, v);
}

static enum rc
show(struct req *r, int status, const struct file_import *f,
     const char *problem, bool choosing)
{
	struct import_view v = { .id = f->id,
				 .name = f->name,
				 .problem = problem };
	enum rc rc;

	v.progress = filesteps_of(r->t.mem, f, choosing);
	rc = choosing ? filesteps_choice(r, f, &v.choice)
		      : set_result(r, f, &v);
	if (f->is_meta)
		v.recognised = filesteps_recognised(r->t.mem, f, v.may_undo);
	r->page.title = "Import Leads";
	r->page.in_leads = true;
	return rc ? rc : reply_page_status(r, status, &v);
}

static enum rc
open_import(struct req *r, const void *form)
{
	const struct id_in *in = form;
	struct file_import f;
	enum rc rc = fileimport_get(&r->t, in->id, &f);

	return rc ? rc
		  : show(r, 200, &f, NULL,
			 text_is(text_of(f.state), "columns"));
}

/* Back to the columns of a file that was checked. */
static enum rc
open_columns(struct req *r, const void *form)
{
	struct file_import f;
	enum rc rc =
		fileimport_get(&r->t, ((const struct id_in *)form)->id, &f);

	return rc ? rc : show(r, 200, &f, NULL, true);
}

/* Whoever brought the file, and Admins. */
static enum rc
find_own(struct req *r, int64_t id, struct file_import *f)
{
	enum rc rc = fileimport_get(&r->t, id, f);

	if (!rc && f->made_by != r->user->id && !req_may(r, PERM_ADMIN))
		return fail(&r->t, E_DENIED, "import %lld is somebody else's",
			    (long long)id);
	return rc;
}

static enum rc
choose(struct req *r, const void *form)
{
	const struct choose_in *in = form;
	struct file_import f;
	const char *problem;
	enum rc rc = find_own(r, in->id, &f);

	if (rc)
		return rc;
	for (size_t i = 0; i < f.n_columns && i < in->targets.n; i++)
		f.columns[i].target = in->targets.at[i];
	f.assign = in->assign;
	f.on_known = in->on_known;
	f.user_id = in->user;
	f.tag = in->tag;
	rc = fileimport_check(&r->t, &f);
	if (rc == E_INPUT) {
		problem = arena_str(r->t.mem, text_of(r->t.why));
		task_forgive(&r->t);
		return show(r, 422, &f, problem, true);
	}
	if (rc)
		return rc;
	wake_worker(&r->t);
	return to_import(r, f.id);
}

static enum rc
progress(struct req *r, const void *form)
{
	const struct id_in *in = form;
	struct file_import f;
	struct run_view *v;
	enum rc rc;

	if (!r->is_fragment)
		return to_import(r, in->id);
	rc = fileimport_get(&r->t, in->id, &f);
	if (rc)
		return rc;
	v = filesteps_run(r, &f);
	if (!v->is_working) /* the page has more to show than this part */
		reply_header(r, "HX-Refresh", "true");
	return reply_page_status(r, v->is_working ? 200 : STOP_POLLING, v);
}

static enum rc
act(struct req *r, const void *form, enum rc (*fn)(struct task *t, int64_t id))
{
	const struct id_in *in = form;
	struct file_import f;
	enum rc rc = find_own(r, in->id, &f);

	if (!rc)
		rc = fn(&r->t, in->id);
	if (rc)
		return rc;
	wake_worker(&r->t);
	return to_import(r, in->id);
}

#define ACT(name)                                                              \
	static enum rc name(struct req *r, const void *form)                   \
	{                                                                      \
		return act(r, form, fileimport_##name);                        \
	}
ACT(go)
ACT(stop)
ACT(undo)

/* ---- refused rows as a file ----------------------------------------------------------------- */

struct faults_part {
	int64_t id, after;
	bool began;
};

static enum rc
more_faults(struct task *t, struct buf *b, void *arg, bool *last)
{
	struct faults_part *p = arg;
	struct file_fault *all = NULL;
	size_t n = 0;
	enum rc rc = fileimport_faults(t, p->id, p->after, &all, &n);

	if (rc)
		return rc;
	if (!p->began)
		buf_puts(b, "\xef\xbb\xbfline,reason,row\r\n");
	p->began = true;
	for (size_t i = 0; i < n; i++) {
		buf_fmt(b, "%lld,", (long long)all[i].line);
		escape_csv(b, text_of(all[i].reason));
		buf_putc(b, ',');
		escape_csv(b, text_of(all[i].raw));
		buf_puts(b, "\r\n");
	}
	if (n > 0)
		p->after = all[n - 1].row;
	*last = n == 0;
	return OK;
}

static enum rc
refused(struct req *r, const void *form)
{
	const struct id_in *in = form;
	struct faults_part *p = NEW(r->t.mem, struct faults_part);
	struct file_import f;
	enum rc rc = find_own(r, in->id, &f);

	if (rc)
		return rc;
	p->id = in->id;
	return reply_stream(r, "text/csv; charset=utf-8", "refused-rows.csv",
			    more_faults, p);
}

#define PAGE                                                                   \
	.perm = PERM_LEADS, .page = "lead-import.html", .fields = import_fields
#define OF_ID .form = id_form, .form_size = sizeof(struct id_in)
static const struct route routes[] = {
	{ .method = GET, .path = "/lead-import", .handle = open_new, PAGE },
	{ .method = POST,
	  .path = "/lead-import",
	  .form = no_form,
	  .handle = take_file,
	  .takes_file = true,
	  PAGE },
	{ .method = GET,
	  .path = "/lead-import/{id}",
	  .handle = open_import,
	  OF_ID,
	  PAGE },
	{ .method = GET,
	  .path = "/lead-import/columns/{id}",
	  .handle = open_columns,
	  OF_ID,
	  PAGE },
	{ .method = POST,
	  .path = "/lead-import/columns/{id}",
	  .form = choose_form,
	  .form_size = sizeof(struct choose_in),
	  .handle = choose,
	  .max_body = BODY_MAX,
	  PAGE },
	{ .method = GET,
	  .path = "/lead-import/run/{id}",
	  .perm = PERM_LEADS,
	  .handle = progress,
	  .page = "lead-import-run.html",
	  .fields = run_fields,
	  OF_ID },
	{ .method = GET,
	  .path = "/lead-import/refused/{id}",
	  .perm = PERM_LEADS,
	  .handle = refused,
	  OF_ID },
	{ .method = POST,
	  .path = "/lead-import/go/{id}",
	  .perm = PERM_LEADS,
	  .handle = go,
	  OF_ID },
	{ .method = POST,
	  .path = "/lead-import/stop/{id}",
	  .perm = PERM_LEADS,
	  .handle = stop,
	  OF_ID },
	{ .method = POST,
	  .path = "/lead-import/undo/{id}",
	  .perm = PERM_LEADS,
	  .handle = undo,
	  OF_ID },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
