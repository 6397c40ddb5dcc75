/* fileimport_rounds: what is put away when nobody needs it any more. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "db/db.h"
#include "db/site.h"
#include "work/fileimport_private.h"

STATEMENT(file_end_dead,
	  "UPDATE file_import f SET ended_at = ?, state = 'failed'"
	  " WHERE state IN ('checking', 'running', 'undoing')"
	  " AND NOT EXISTS (SELECT 1 FROM job j WHERE j.kind = 'file'"
	  " AND j.state IN ('ready', 'running') AND"
	  " j.subject = CAST(f.id AS CHAR CHARACTER SET ascii)) LIMIT 100");
/* What nobody went on with for a day, and what is too old to be undone. */
STATEMENT(file_left, "SELECT id FROM file_import WHERE NOT is_put_away"
		     " AND ((state IN ('columns', 'checked', 'done', 'undone')"
		     " AND made_at < ?) OR made_at < ?) LIMIT 20");
STATEMENT(file_put_away, "UPDATE file_import SET is_put_away = TRUE,"
			 " columns = ? WHERE id = ?");
STATEMENT(file_is_needed, "SELECT EXISTS (SELECT 1 FROM file_import"
			  " WHERE id = ? AND NOT is_put_away) AS needed");
STATEMENT(faults_old, "SELECT DISTINCT i.id FROM file_import i"
		      " JOIN file_import_fault f ON f.import_id = i.id"
		      " WHERE i.made_at < ? LIMIT 20");
STATEMENT(faults_clear, "DELETE FROM file_import_fault WHERE import_id = ?");
STATEMENT(file_drop, "DELETE FROM file_import WHERE id = ?"
		     " AND state IN ('columns', 'checked')");

enum rc
fileimport_put_away(struct task *t, int64_t id)
{
	const char *path = fileimport_path(t, id);
	struct file_import f = { 0 };
	enum rc rc = fileimport_get(t, id, &f);

	for (size_t i = 0; i < f.n_columns; i++)
		for (size_t k = 0; k < FILE_SAMPLES; k++)
			f.columns[i].samples[k] = "";
	if (!rc)
		rc = db_exec(t, &file_put_away,
			     INS(IN(fileimport_columns(t->mem, f.columns,
						       f.n_columns)),
				 IN(id)),
			     NULL);
	if (!rc)
		rc = db_exec(t, &file_drop, INS(IN(id)), NULL);
	if (unlink(path) != 0 && errno != ENOENT)
		log_warn("%s: %s", path, strerror(errno));
	return rc;
}

/* "import-7.csv" is needed while its run is; an upload has become that, or its
 * program was killed in the middle. */
static enum rc
is_needed(struct task *t, const char *name, bool *needed)
{
	struct text rest = text_of(name);
	int64_t id = 0;

	*needed = !text_starts(rest, "upload.");
	if (!text_take_lit(&rest, "import-") ||
	    !text_take_int(&rest, INT64_MAX, &id) || !text_is(rest, ".csv"))
		return OK;
	return db_one(t, &file_is_needed, INS(IN(id)),
		      OUTS(OUT("needed", needed)));
}

/* What has lain here for more than a day and is needed no more: a worker of
 * another host that puts a run away cannot take its file. */
static enum rc
sweep(struct task *t)
{
	const char *path = site_var(t->mem, t->conf, "");
	DIR *var = opendir(path);
	const struct dirent *e;
	enum rc rc = OK;

	while (!rc && var && (e = readdir(var))) {
		struct stat st;
		bool needed = true;

		if (fstatat(dirfd(var), e->d_name, &st, 0) != 0 ||
		    t->now.ms / SECOND_MS - st.st_mtime < DAY_MS / SECOND_MS)
			continue;
		rc = is_needed(t, e->d_name, &needed);
		if (!needed && unlinkat(dirfd(var), e->d_name, 0) != 0)
			log_warn("%s: %s", e->d_name, strerror(errno));
	}
	if (var)
		closedir(var);
	return rc;
}

struct id_row {
	int64_t id;
};

static enum rc
ids_of(struct task *t, struct db_stmt *q, struct db_ins in,
       struct db_list *list)
{
	static const struct db_col cols[] = { COL(struct id_row, id), { 0 } };

	*list = (struct db_list){ .cols = cols,
				  .size = sizeof(struct id_row),
				  .max = 20 };
	return db_rows(t, q, in, list);
}

enum rc
fileimport_rounds(struct task *t)
{
	struct when old = when_add(t->now, -FILE_DAYS * DAY_MS);
	struct when day = when_add(t->now, -DAY_MS);
	struct db_list list = { 0 };
	const struct id_row *rows;
	enum rc rc = db_exec(t, &file_end_dead, INS(IN(t->now)), NULL);

	if (!rc)
		rc = sweep(t);
	if (!rc)
		rc = ids_of(t, &faults_old, INS(IN(old)), &list);
	rows = list.rows;
	for (size_t i = 0; !rc && i < list.n; i++)
		rc = db_exec(t, &faults_clear, INS(IN(rows[i].id)), NULL);
	if (!rc)
		rc = ids_of(t, &file_left, INS(IN(day), IN(old)), &list);
	rows = list.rows;
	for (size_t i = 0; !rc && i < list.n; i++)
		rc = fileimport_put_away(t, rows[i].id);
	return rc;
}
