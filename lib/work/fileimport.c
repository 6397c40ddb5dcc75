/* fileimport: files taken in, and the life of each. */
#include <stdio.h>

#include "base/json.h"
#include "base/log.h"
#include "crm/audit.h"
#include "crm/user.h"
#include "db/db.h"
#include "db/site.h"
#include "work/fileimport_private.h"

enum { COLUMNS_BYTES = 1 << 20 };

#define IMPORT_SELECT                                                          \
	"SELECT id, name, kind = 'meta' AS is_meta, state, columns,"           \
	" form_name, assign, user_id, on_known, tag, at_row, n_rows, n_new,"   \
	" n_joined, n_skipped, n_known, n_faults, n_undone, n_kept,"           \
	" n_left,"                                                             \
	" COALESCE(made_by, 0) AS made_by, made_at, ended_at FROM "            \
	"file_import "
STATEMENT(file_select, IMPORT_SELECT "WHERE id = ?");
STATEMENT(file_lock, IMPORT_SELECT "WHERE id = ? FOR UPDATE");
STATEMENT(file_newest, IMPORT_SELECT "ORDER BY id DESC LIMIT 20");
STATEMENT(file_choose,
	  "UPDATE file_import SET columns = ?, assign = ?, user_id = ?,"
	  " on_known = ?, tag = ?, state = 'checking', at_row = 0, n_rows = 0,"
	  " n_new = 0, n_joined = 0, n_skipped = 0, n_known = 0, n_faults = 0"
	  " WHERE id = ? AND state IN ('columns', 'checked', 'stopped',"
	  " 'failed') AND NOT EXISTS (SELECT 1 FROM submission"
	  " WHERE import_id = file_import.id)");
STATEMENT(file_begin,
	  "UPDATE file_import SET state = 'running', at_row = 0, n_new = 0,"
	  " n_joined = 0, n_skipped = 0, n_known = 0 WHERE id = ?"
	  " AND state = 'checked'");
STATEMENT(file_stop_run, "UPDATE file_import SET ended_at = ?,"
			 " state = IF(state = 'running', 'stopped', 'columns')"
			 " WHERE id = ? AND state IN ('running', 'checking')");
STATEMENT(file_begin_undo,
	  "UPDATE file_import SET state = 'undoing', at_row = 0, n_undone = 0,"
	  " n_kept = 0, n_left = 0 WHERE id = ? AND state IN ('done', "
	  "'stopped', 'failed')"
	  " AND made_at > ?");
STATEMENT(file_forward,
	  "UPDATE file_import SET at_row = ?, n_rows = ?, n_new = ?,"
	  " n_joined = ?, n_skipped = ?, n_known = ?, n_faults = ?,"
	  " n_undone = ?, n_kept = ?, n_left = ?, user_id = ? WHERE id = ?");
STATEMENT(file_set_state,
	  "UPDATE file_import SET state = ?, ended_at = ? WHERE id = ?");
STATEMENT(file_clear_faults,
	  "DELETE FROM file_import_fault WHERE import_id = ?");
STATEMENT(fault_insert,
	  "INSERT IGNORE INTO file_import_fault (import_id, row_no, line,"
	  " reason, raw) VALUES (?, ?, ?, ?, ?)");
STATEMENT(fault_select,
	  "SELECT row_no AS `row`, line, reason, raw FROM file_import_fault"
	  " WHERE import_id = ? AND row_no > ? ORDER BY row_no LIMIT 100");

struct import_row {
	int64_t id, user_id, at_row, n_rows, n_new, n_joined, n_skipped,
		n_known, n_faults, n_undone, n_kept, n_left, made_by;
	const char *name, *state, *columns, *form_name, *assign, *on_known,
		*tag;
	bool is_meta;
	struct when made_at, ended_at;
};
static const struct db_col import_cols[] = {
	COL(struct import_row, id),	   COL(struct import_row, name),
	COL(struct import_row, is_meta),   COL(struct import_row, state),
	COL(struct import_row, columns),   COL(struct import_row, form_name),
	COL(struct import_row, assign),	   COL(struct import_row, user_id),
	COL(struct import_row, on_known),  COL(struct import_row, tag),
	COL(struct import_row, at_row),	   COL(struct import_row, n_rows),
	COL(struct import_row, n_new),	   COL(struct import_row, n_joined),
	COL(struct import_row, n_skipped), COL(struct import_row, n_known),
	COL(struct import_row, n_faults),  COL(struct import_row, n_undone),
	COL(struct import_row, n_kept),	   COL(struct import_row, n_left),
	COL(struct import_row, made_by),   COL(struct import_row, made_at),
	COL(struct import_row, ended_at),  { 0 },
};

const char *
fileimport_path(struct task *t, int64_t id)
{
	return site_var(t->mem, t->conf,
			arena_fmt(t->mem, "import-%lld.csv", (long long)id));
}

/* ---- columns -------------------------------------------------------------------- */

const char *
fileimport_columns(struct arena *mem, const struct file_column *all, size_t n)
{
	struct buf b = buf_in(mem, COLUMNS_BYTES);
	struct json_out o = { .to = &b };

	json_open(&o, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&o, '{');
		json_name(&o, "name");
		json_put(&o, all[i].name);
		json_name(&o, "target");
		json_put(&o, all[i].target);
		json_name(&o, "samples");
		json_open(&o, '[');
		for (size_t k = 0; k < FILE_SAMPLES; k++)
			json_put(&o,
				 all[i].samples[k] ? all[i].samples[k] : "");
		json_close(&o, ']');
		json_close(&o, '}');
	}
	json_close(&o, ']');
	return b.failed ? NULL : buf_str(&b);
}

static enum rc
read_columns(struct task *t, const char *text, struct file_import *f)
{
	const char *why = "";
	const struct json *all = json_parse(t->mem, text_of(text), &why);

	if (!all)
		return fail(t, E_INTERNAL, "columns of a file: %s", why);
	f->columns = NEW_ARRAY(t->mem, struct file_column, CSV_COLUMNS_MAX);
	for (const struct json *j = json_first(all);
	     j && f->n_columns < CSV_COLUMNS_MAX; j = json_next(j)) {
		struct file_column *c = &f->columns[f->n_columns++];
		const struct json *s = json_first(json_get(j, "samples"));

		c->name = json_text_or(json_get(j, "name"), "");
		c->target = json_text_or(json_get(j, "target"), "");
		for (size_t k = 0; k < FILE_SAMPLES; k++) {
			c->samples[k] = json_text_or(s, "");
			s = s ? json_next(s) : NULL;
		}
	}
	return OK;
}

/* ---- rows of the table ------------------------------------------------------------- */

static struct file_import
import_of(const struct import_row *row)
{
	return (struct file_import){
		.id = row->id,
		.name = row->name,
		.is_meta = row->is_meta,
		.state = row->state,
		.form_name = row->form_name,
		.assign = row->assign,
		.user_id = row->user_id,
		.on_known = row->on_known,
		.tag = row->tag,
		.at_row = row->at_row,
		.n_rows = row->n_rows,
		.n_new = row->n_new,
		.n_joined = row->n_joined,
		.n_skipped = row->n_skipped,
		.n_known = row->n_known,
		.n_faults = row->n_faults,
		.n_undone = row->n_undone,
		.n_kept = row->n_kept,
		.n_left = row->n_left,
		.made_by = row->made_by,
		.made_at = row->made_at,
		.ended_at = row->ended_at,
	};
}

static enum rc
find(struct task *t, struct db_stmt *q, int64_t id, struct file_import *out)
{
	struct db_list list = { .cols = import_cols,
				.size = sizeof(struct import_row),
				.max = 1 };
	enum rc rc = db_rows(t, q, INS(IN(id)), &list);
	const struct import_row *row = list.rows;

	if (rc || list.n == 0)
		return rc ? rc : fail(t, E_NOTFOUND, "no import");
	*out = import_of(row);
	return read_columns(t, row->columns, out);
}

enum rc
fileimport_get(struct task *t, int64_t id, struct file_import *out)
{
	return find(t, &file_select, id, out);
}

enum rc
fileimport_hold(struct task *t, int64_t id, struct file_import *out)
{
	return find(t, &file_lock, id, out);
}

enum rc
fileimport_list(struct task *t, struct file_import **out, size_t *n)
{
	struct db_list list = { .cols = import_cols,
				.size = sizeof(struct import_row),
				.max = 20 };
	enum rc rc = db_rows(t, &file_newest, INS(), &list);
	const struct import_row *rows = list.rows;
	struct file_import *all;

	if (rc)
		return rc;
	all = NEW_ARRAY(t->mem, struct file_import, list.n);
	for (size_t i = 0; i < list.n; i++)
		all[i] = import_of(&rows[i]);
	*out = all;
	*n = list.n;
	return OK;
}

enum rc
fileimport_forward(struct task *t, const struct file_import *f)
{
	return db_exec(t, &file_forward,
		       INS(IN(f->at_row), IN(f->n_rows), IN(f->n_new),
			   IN(f->n_joined), IN(f->n_skipped), IN(f->n_known),
			   IN(f->n_faults), IN(f->n_undone), IN(f->n_kept),
			   IN(f->n_left), IN(f->user_id), IN(f->id)),
		       NULL);
}

enum rc
fileimport_state(struct task *t, int64_t id, const char *state)
{
	return db_exec(t, &file_set_state, INS(IN(state), IN(t->now), IN(id)),
		       NULL);
}

enum rc
fileimport_refuse(struct task *t, int64_t id, const struct file_fault *f)
{
	return db_exec(t, &fault_insert,
		       INS(IN(id), IN(f->row), IN(f->line),
			   IN(text_cut(text_of(f->reason), 255)), IN(f->raw)),
		       NULL);
}

enum rc
fileimport_faults(struct task *t, int64_t id, int64_t after,
		  struct file_fault **out, size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct file_fault, row),
		COL(struct file_fault, line),
		COL(struct file_fault, reason),
		COL(struct file_fault, raw),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct file_fault),
				.max = 100 };
	enum rc rc = db_rows(t, &fault_select, INS(IN(id), IN(after)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

/* ---- chosen, begun, stopped, undone ---------------------------------------------------- */

static bool
known_word(const char *word, const char *const *all)
{
	for (size_t i = 0; all[i]; i++)
		if (!strcmp(word, all[i]))
			return true;
	return false;
}

/* Nothing, a field of every installation, or one that people made. */
static enum rc
check_targets(struct task *t, const struct file_import *f)
{
	struct custom_field *own = NULL;
	size_t n = 0;
	enum rc rc = custom_list(t, &own, &n);

	for (size_t i = 0; !rc && i < f->n_columns; i++) {
		const char *target = f->columns[i].target;
		int64_t id = fieldmap_custom(target);
		bool known = !target[0] ||
			     strcmp(fieldmap_title(target), target) != 0;

		for (size_t k = 0; id && k < n; k++)
			known |= own[k].id == id;
		if (!known)
			return fail(t, E_INPUT, "There is no such field.");
	}
	return rc;
}

static bool
leads_to_a_person(const struct file_import *f)
{
	static const char *const enough[] = { "name",	   "first_name",
					      "last_name", "email",
					      "phone",	   NULL };

	for (size_t i = 0; i < f->n_columns; i++)
		if (known_word(f->columns[i].target, enough))
			return true;
	return f->is_meta;
}

static enum rc
check_choice(struct task *t, const struct file_import *f)
{
	static const char *const assigns[] = { "nobody", "user", "share",
					       NULL };
	static const char *const ways[] = { "join", "new", "skip", NULL };
	struct user u = { 0 };
	enum rc rc = check_targets(t, f);

	if (rc)
		return rc;
	if (!known_word(f->assign, assigns) || !known_word(f->on_known, ways))
		return fail(t, E_INPUT, "That is no choice.");
	if (!leads_to_a_person(f))
		return fail(t, E_INPUT,
			    "Choose the column of the name, e-mail address or "
			    "phone number.");
	if (strcmp(f->assign, "user") != 0)
		return OK;
	rc = user_get(t, f->user_id, &u);
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		rc = OK;
	}
	if (!rc && !user_takes_leads(&u))
		return fail(t, E_INPUT, "Choose a person who takes leads.");
	return rc;
}

#define BUSY(t, id) fail(t, E_CONFLICT, "import %lld: not now", (long long)(id))

static enum rc
choose(struct task *t, void *arg)
{
	const struct file_import *f = arg;
	bool to_user = !strcmp(f->assign, "user");
	int64_t changed = 0;
	enum rc rc = db_exec(
		t, &file_choose,
		INS(IN(fileimport_columns(t->mem, f->columns, f->n_columns)),
		    IN(f->assign), IN(to_user ? f->user_id : 0),
		    IN(f->on_known), IN(f->tag), IN(f->id)),
		&changed);

	if (!rc && changed == 0)
		return BUSY(t, f->id);
	if (!rc)
		rc = db_exec(t, &file_clear_faults, INS(IN(f->id)), NULL);
	return rc ? rc : queue_add(t, JOB_FILE, f->id);
}

enum rc
fileimport_check(struct task *t, const struct file_import *f)
{
	struct file_import copy = *f;
	enum rc rc = check_choice(t, f);

	return rc ? rc : db_tx(t, "file_check", choose, &copy);
}

struct beginning {
	int64_t id;
	bool undo;
};

static enum rc
begin(struct task *t, void *arg)
{
	const struct beginning *b = arg;
	struct file_import f = { 0 };
	struct when oldest = when_add(t->now, -FILE_DAYS * DAY_MS);
	int64_t changed = 0;
	enum rc rc = OK;

	if (b->undo)
		rc = db_exec(t, &file_begin_undo, INS(IN(b->id), IN(oldest)),
			     &changed);
	else
		rc = db_exec(t, &file_begin, INS(IN(b->id)), &changed);
	if (!rc && changed == 0)
		return BUSY(t, b->id);
	if (!rc)
		rc = fileimport_get(t, b->id, &f);
	if (!rc)
		rc = audit_add(
			t, "lead.import",
			arena_fmt(t->mem, "import %lld", (long long)b->id),
			arena_fmt(t->mem, "%s %s, %lld rows",
				  b->undo ? "Undid the import of" : "Imported",
				  f.name, (long long)f.n_rows));
	return rc ? rc : queue_add(t, JOB_FILE, b->id);
}

enum rc
fileimport_go(struct task *t, int64_t id)
{
	return db_tx(t, "file_go", begin, &(struct beginning){ id, false });
}

enum rc
fileimport_undo(struct task *t, int64_t id)
{
	return db_tx(t, "file_undo", begin, &(struct beginning){ id, true });
}

enum rc
fileimport_stop(struct task *t, int64_t id)
{
	return db_exec(t, &file_stop_run, INS(IN(t->now), IN(id)), NULL);
}
