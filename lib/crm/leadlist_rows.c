/* leadlist_rows: what a list shows of its leads, and places in it. */
#include "base/buf.h"
#include "crm/leadlist.h"
#include "db/db.h"

enum { IDS_BYTES = 16 << 10 };

STATEMENT(row_select,
	  "SELECT l.id, l.name, l.email, l.phone, l.source, l.stage,"
	  " COALESCE(l.assignee_id, 0) AS assignee_id,"
	  " COALESCE(u.name, '') AS assignee_name, l.n_submissions, l.is_test,"
	  " COALESCE(s.platform, '') AS platform,"
	  " COALESCE(s.form_name, '') AS form_name,"
	  " COALESCE(s.page_name, '') AS page_name,"
	  " COALESCE(s.way, '') AS way, s.submitted_at, s.imported_at,"
	  " l.latest_at, l.worked_at"
	  " FROM JSON_TABLE(?, '$[*]' COLUMNS (place FOR ORDINALITY,"
	  " id BIGINT PATH '$')) AS j JOIN `lead` l ON l.id = j.id"
	  " LEFT JOIN app_user u ON u.id = l.assignee_id"
	  " LEFT JOIN submission s ON s.id = l.latest_submission_id"
	  " ORDER BY j.place LIMIT 500");

static const struct db_col row_cols[] = {
	COL(struct lead_row, id),
	COL(struct lead_row, name),
	COL(struct lead_row, email),
	COL(struct lead_row, phone),
	COL(struct lead_row, source),
	COL(struct lead_row, stage),
	COL(struct lead_row, assignee_id),
	COL(struct lead_row, assignee_name),
	COL(struct lead_row, n_submissions),
	COL(struct lead_row, is_test),
	COL(struct lead_row, platform),
	COL(struct lead_row, form_name),
	COL(struct lead_row, page_name),
	COL(struct lead_row, way),
	COL(struct lead_row, submitted_at),
	COL(struct lead_row, imported_at),
	COL(struct lead_row, latest_at),
	COL(struct lead_row, worked_at),
	{ 0 },
};

const char *
leadlist_json(struct arena *mem, const int64_t *ids, size_t n)
{
	struct buf b = buf_in(mem, IDS_BYTES);

	buf_putc(&b, '[');
	for (size_t i = 0; i < n && i < LEAD_ROWS_MAX; i++)
		buf_fmt(&b, "%s%lld", i ? "," : "", (long long)ids[i]);
	buf_putc(&b, ']');
	return buf_str(&b);
}

enum rc
leadlist_rows(struct task *t, const int64_t *ids, size_t n,
	      struct lead_row **out, size_t *n_out)
{
	struct db_list list = { .cols = row_cols,
				.size = sizeof(struct lead_row),
				.max = LEAD_ROWS_MAX };
	enum rc rc = db_rows(t, &row_select,
			     INS(IN(leadlist_json(t->mem, ids, n))), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n_out = list.n;
	return OK;
}

struct lead_key
leadlist_key(const struct lead_filter *f, const struct lead_row *row)
{
	return (struct lead_key){ f->by_work ? row->worked_at : row->latest_at,
				  row->id };
}

bool
lead_key_parse(struct text t, struct lead_key *out)
{
	struct lead_key k;

	if (!text_take_int(&t, INT64_C(253402300799000), &k.at.ms) ||
	    !text_take_char(&t, '-') || !text_take_int(&t, INT64_MAX, &k.id) ||
	    t.len > 0 || k.at.ms == 0)
		return false;
	*out = k;
	return true;
}

const char *
lead_key_text(struct arena *mem, struct lead_key k)
{
	return arena_fmt(mem, "%lld-%lld", (long long)k.at.ms, (long long)k.id);
}
