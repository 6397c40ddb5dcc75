/* leadexport: one table of columns, two ways of writing it. */
#include "crm/leadexport.h"

#include "base/escape.h"
#include "base/json.h"
#include "crm/customfield.h"
#include "crm/submission.h"
#include "db/db.h"

enum { PART = 100, ANSWERS_ROWS = 20000 };

struct line {
	int64_t id, n_answers;
	const char *name, *first_name, *last_name, *email, *phone, *phone_e164,
		*company, *job_title, *street, *city, *state, *post_code,
		*country, *source, *stage, *assignee, *tags, *page, *form,
		*campaign, *platform;
	struct when submitted_at, created_at, worked_at;
};

static const struct {
	const char *title;
	struct db_col col;
} columns[] = {
	{ "ID", COL(struct line, id) },
	{ "Name", COL(struct line, name) },
	{ "First name", COL(struct line, first_name) },
	{ "Last name", COL(struct line, last_name) },
	{ "E-mail", COL(struct line, email) },
	{ "Phone", COL(struct line, phone) },
	{ "Phone, international", COL(struct line, phone_e164) },
	{ "Company", COL(struct line, company) },
	{ "Job title", COL(struct line, job_title) },
	{ "Street", COL(struct line, street) },
	{ "City", COL(struct line, city) },
	{ "State", COL(struct line, state) },
	{ "Post code", COL(struct line, post_code) },
	{ "Country", COL(struct line, country) },
	{ "Source", COL(struct line, source) },
	{ "Stage", COL(struct line, stage) },
	{ "Assigned to", COL(struct line, assignee) },
	{ "Tags", COL(struct line, tags) },
	{ "Page", COL(struct line, page) },
	{ "Form", COL(struct line, form) },
	{ "Campaign", COL(struct line, campaign) },
	{ "Platform", COL(struct line, platform) },
	{ "Answers given", COL(struct line, n_answers) },
	{ "Submitted (UTC)", COL(struct line, submitted_at) },
	{ "Added (UTC)", COL(struct line, created_at) },
	{ "Last touched (UTC)", COL(struct line, worked_at) },
};

#define OF_IDS                                                                 \
	" FROM JSON_TABLE(?, '$[*]' COLUMNS (place FOR ORDINALITY,"            \
	" id BIGINT PATH '$')) AS j"
STATEMENT(export_lines,
	  "SELECT l.id, l.name, l.first_name, l.last_name, l.email, l.phone,"
	  " l.phone_e164, l.company, l.job_title, l.street, l.city, l.state,"
	  " l.post_code, l.country, l.source, l.stage,"
	  " COALESCE(u.name, '') AS assignee,"
	  " COALESCE((SELECT GROUP_CONCAT(tag ORDER BY tag SEPARATOR ', ')"
	  " FROM lead_tag g WHERE g.lead_id = l.id), '') AS tags,"
	  " COALESCE(s.page_name, '') AS page,"
	  " COALESCE(s.form_name, '') AS form,"
	  " COALESCE(s.campaign_name, '') AS campaign,"
	  " COALESCE(s.platform, '') AS platform,"
	  " l.n_submissions AS n_answers, s.submitted_at, l.created_at,"
	  " NULLIF(l.worked_at, '1970-01-02') AS worked_at" OF_IDS
	  " JOIN `lead` l ON l.id = j.id"
	  " LEFT JOIN app_user u ON u.id = l.assignee_id"
	  " LEFT JOIN submission s ON s.id = l.latest_submission_id"
	  " ORDER BY j.place LIMIT 100");
STATEMENT(export_answers,
	  "SELECT s.lead_id, s.form_name, s.submitted_at,"
	  " IF(LENGTH(s.answers) <= 65536, s.answers, '') AS answers" OF_IDS
	  " JOIN submission s ON s.lead_id = j.id"
	  " ORDER BY j.place, s.id DESC LIMIT 20000");

struct answers_row {
	int64_t lead_id;
	const char *form_name, *answers;
	struct when submitted_at;
};
static const struct db_col answers_cols[] = {
	COL(struct answers_row, lead_id),
	COL(struct answers_row, form_name),
	COL(struct answers_row, answers),
	COL(struct answers_row, submitted_at),
	{ 0 },
};

struct part {
	struct line *lines;
	size_t n;
	struct answers_row *answers;
	size_t n_answers;
	bool has_own; /* people made fields of their own */
};

static const char too_long[] = "(too long for this file)";

/* ---- one cell ------------------------------------------------------------------ */

static const char *
cell(struct arena *mem, const struct line *l, const struct db_col *col)
{
	const char *at = (const char *)l + col->offset;
	struct when when;

	switch (col->kind) {
	case DB_INT:
		return arena_fmt(mem, "%lld",
				 (long long)*(const int64_t *)(const void *)at);
	case DB_WHEN:
		when = *(const struct when *)(const void *)at;
		return when.ms ? when_iso(mem, when) : "";
	case DB_STR:
		return *(const char *const *)(const void *)at;
	case DB_BOOL:
	case DB_TEXT:
		break;
	}
	return "";
}

static enum rc
put_answers_csv(struct task *t, struct buf *b, const struct answers_row *row)
{
	struct buf cell = buf_in(t->mem, 1 << 20);
	struct submission_answer *all = NULL;
	size_t n = 0;
	enum rc rc = OK;

	if (row && !row->answers[0])
		buf_puts(&cell, too_long);
	else if (row)
		rc = submission_answers(t, row->answers, &all, &n);
	for (size_t i = 0; i < n; i++)
		buf_fmt(&cell, "%s%s: %s", i ? "\n" : "", all[i].question,
			all[i].value);
	escape_csv(b, cell.failed ? text_of(too_long) : buf_text(&cell));
	return rc;
}

/* A column for each field of people's own that is not hidden. */
static enum rc
put_own_head(struct task *t, struct buf *b)
{
	struct custom_field *own = NULL;
	size_t n = 0;
	enum rc rc = custom_list(t, &own, &n);

	for (size_t i = 0; i < n; i++)
		if (!own[i].is_hidden) {
			escape_csv(b, text_of(own[i].name));
			buf_putc(b, ',');
		}
	return rc;
}

static enum rc
put_head(struct task *t, struct leadexport *e, struct buf *b)
{
	enum rc rc;

	if (e->with_bom)
		buf_puts(b, "\xef\xbb\xbf");
	for (size_t i = 0; i < COUNT(columns); i++) {
		escape_csv(b, text_of(columns[i].title));
		buf_putc(b, ',');
	}
	rc = put_own_head(t, b);
	escape_csv(b, TEXT("Newest answers"));
	buf_puts(b, "\r\n");
	return rc;
}

static enum rc
put_csv(struct task *t, struct buf *b, const struct line *l, bool has_own,
	const struct answers_row *newest)
{
	struct lead_custom *own = NULL;
	size_t n = 0;
	enum rc rc = has_own ? custom_for_lead(t, l->id, &own, &n) : OK;

	if (rc)
		return rc;

	for (size_t i = 0; i < COUNT(columns); i++) {
		escape_csv(b, text_of(cell(t->mem, l, &columns[i].col)));
		buf_putc(b, ',');
	}
	for (size_t i = 0; i < n; i++) {
		escape_csv(b, text_of(own[i].value));
		buf_putc(b, ',');
	}
	rc = put_answers_csv(t, b, newest);
	buf_puts(b, "\r\n");
	return rc;
}

static enum rc
put_answers_json(struct task *t, struct json_out *out,
		 const struct answers_row *row)
{
	struct submission_answer *all = NULL;
	size_t n = 0;
	enum rc rc = OK;

	if (row->answers[0])
		rc = submission_answers(t, row->answers, &all, &n);
	json_open(out, '{');
	json_name(out, "form");
	json_put(out, row->form_name);
	json_name(out, "submitted_at");
	json_put(out, row->submitted_at.ms ? when_iso(t->mem, row->submitted_at)
					   : "");
	json_name(out, "answers");
	json_open(out, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(out, '{');
		json_name(out, "question");
		json_put(out, all[i].question);
		json_name(out, "value");
		json_put(out, all[i].value);
		json_close(out, '}');
	}
	json_close(out, ']');
	if (!row->answers[0]) {
		json_name(out, "note");
		json_put(out, too_long);
	}
	json_close(out, '}');
	return rc;
}

static enum rc
put_json(struct task *t, struct buf *b, const struct line *l, bool has_own,
	 const struct answers_row *rows, size_t n)
{
	struct json_out out = { .to = b };
	struct lead_custom *own = NULL;
	size_t n_own = 0;
	enum rc rc = has_own ? custom_of_lead(t, l->id, &own, &n_own) : OK;

	if (rc)
		return rc;

	json_open(&out, '{');
	for (size_t i = 0; i < COUNT(columns); i++) {
		json_name(&out, columns[i].col.name);
		json_put(&out, cell(t->mem, l, &columns[i].col));
	}
	json_name(&out, "own_fields");
	json_open(&out, '{');
	for (size_t i = 0; i < n_own; i++) {
		json_name(&out, own[i].name);
		json_put(&out, own[i].value);
	}
	json_close(&out, '}');
	json_name(&out, "submissions");
	json_open(&out, '[');
	for (size_t i = 0; !rc && i < n; i++)
		rc = put_answers_json(t, &out, &rows[i]);
	json_close(&out, ']');
	json_close(&out, '}');
	buf_putc(b, '\n');
	return rc;
}

/* ---- a part ---------------------------------------------------------------------- */

static enum rc
load(struct task *t, const int64_t *ids, size_t n, struct part *p)
{
	struct db_col cols[COUNT(columns) + 1] = { 0 };
	struct db_list lines = { .cols = cols,
				 .size = sizeof(struct line),
				 .max = PART };
	struct db_list answers = { .cols = answers_cols,
				   .size = sizeof(struct answers_row),
				   .max = ANSWERS_ROWS };
	const char *all = leadlist_json(t->mem, ids, n);
	struct custom_field *own = NULL;
	size_t n_own = 0;
	enum rc rc = custom_list(t, &own, &n_own);

	for (size_t i = 0; i < COUNT(columns); i++)
		cols[i] = columns[i].col;
	if (!rc)
		rc = db_rows(t, &export_lines, INS(IN(all)), &lines);
	if (!rc)
		rc = db_rows(t, &export_answers, INS(IN(all)), &answers);
	if (!rc)
		*p = (struct part){ lines.rows, lines.n, answers.rows,
				    answers.n, n_own > 0 };
	return rc;
}

enum rc
leadexport_next(struct task *t, struct leadexport *e, struct buf *b, bool *last)
{
	struct part p = { 0 };
	int64_t ids[PART];
	size_t n = 0, at = 0;
	enum rc rc =
		leadlist_ids(t, &e->filter, &e->place, PART, ids, &n, last);

	if (!rc && !e->began && !e->as_json)
		rc = put_head(t, e, b);
	e->began = true;
	if (!rc && n > 0)
		rc = load(t, ids, n, &p);
	for (size_t i = 0; !rc && i < p.n; i++) {
		size_t from = at;

		while (at < p.n_answers &&
		       p.answers[at].lead_id == p.lines[i].id)
			at++;
		if (e->as_json)
			rc = put_json(t, b, &p.lines[i], p.has_own,
				      p.answers + from, at - from);
		else
			rc = put_csv(t, b, &p.lines[i], p.has_own,
				     at > from ? p.answers + from : NULL);
	}
	return rc;
}
