/* schema: numbered files, each applied once. */
#include "db/schema.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/crypt.h"
#include "db/db_private.h"

enum {
	FILES_MAX = 999,
	FILE_BYTES = 1 << 20,
	STALE_S = 60,	  /* a migration older than this was killed */
	WAIT_TRIES = 300, /* times 100 ms for another one to finish */
};

struct sql_file {
	int64_t number;
	const char *name;
};

struct change {
	int64_t number;
	const char *sha256;
	struct when started_at, finished_at;
};

static const char table[] =
	"CREATE TABLE IF NOT EXISTS schema_change ("
	" number INT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL,"
	" sha256 CHAR(64) NOT NULL, started_at DATETIME(3) NOT NULL,"
	" finished_at DATETIME(3) NULL COMMENT 'NULL = at work, or killed')"
	" ENGINE=InnoDB DEFAULT CHARSET=ascii";

STATEMENT(schema_there, "SELECT COUNT(*) AS n FROM information_schema.tables"
			" WHERE table_schema = DATABASE()"
			" AND table_name = 'schema_change'");
STATEMENT(change_all,
	  "SELECT number, sha256, started_at, finished_at FROM schema_change"
	  " ORDER BY number LIMIT 999");
STATEMENT(change_begin,
	  "INSERT INTO schema_change (number, name, sha256, started_at)"
	  " VALUES (?, ?, ?, ?)");
STATEMENT(change_take_over,
	  "UPDATE schema_change SET started_at = ?, sha256 = ?"
	  " WHERE number = ? AND finished_at IS NULL AND started_at = ?");
STATEMENT(change_finish,
	  "UPDATE schema_change SET finished_at = ? WHERE number = ?");
STATEMENT(change_give_up, "DELETE FROM schema_change"
			  " WHERE number = ? AND finished_at IS NULL");

/* ---- the files -------------------------------------------------------------------- */

static int
by_number(const void *a, const void *b)
{
	const struct sql_file *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* "012-subject.sql" */
static bool
number_of(struct text name, int64_t *number)
{
	return text_find(name, '-') == 3 &&
	       text_take_int(&name, FILES_MAX, number) &&
	       text_take_char(&name, '-');
}

/* Numbers run from 1 without a gap: a missing file is a broken upload. */
static enum rc
check_numbers(struct task *t, const struct sql_file *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (files[i].number != (int64_t)i + 1)
			return fail(t, E_INPUT,
				    "%s: expected the file of number %zu",
				    files[i].name, i + 1);
	return OK;
}

/* The next one that is neither hidden nor of another kind. */
static const char *
next_name(DIR *d)
{
	struct dirent *e;

	while ((e = readdir(d)))
		if (e->d_name[0] != '.' &&
		    text_ends(text_of(e->d_name), ".sql"))
			return e->d_name;
	return NULL;
}

static enum rc
read_names(struct task *t, DIR *d, struct sql_file *files, size_t *n)
{
	const char *name;

	while ((name = next_name(d))) {
		struct sql_file *f = &files[*n];

		if (*n == FILES_MAX || !number_of(text_of(name), &f->number))
			return fail(t, E_INPUT,
				    "%s: not named as 001-subject.sql", name);
		f->name = arena_str(t->mem, text_of(name));
		(*n)++;
	}
	qsort(files, *n, sizeof(files[0]), by_number);
	return check_numbers(t, files, *n);
}

static enum rc
list_files(struct task *t, const char *dir, struct sql_file **out, size_t *n)
{
	struct sql_file *files =
		NEW_ARRAY(t->mem, struct sql_file, FILES_MAX + 1);
	DIR *d = opendir(dir);
	enum rc rc;

	*n = 0;
	if (!d)
		return fail(t, E_INPUT, "%s: %s", dir, strerror(errno));
	rc = read_names(t, d, files, n);
	closedir(d);
	*out = files;
	return rc;
}

static enum rc
read_file(struct task *t, const char *dir, const char *name, struct text *out)
{
	const char *path = arena_fmt(t->mem, "%s/%s", dir, name);
	char *room = arena_grow(t->mem, NULL, 0, FILE_BYTES);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got = 0;

	if (fd < 0)
		return fail(t, E_INPUT, "%s: %s", path, strerror(errno));
	while (n < FILE_BYTES && (got = read(fd, room + n, FILE_BYTES - n)) > 0)
		n += (size_t)got;
	close(fd);
	if (got != 0)
		return fail(t, E_INPUT, "%s: not readable, or over %d bytes",
			    path, FILE_BYTES);
	*out = (struct text){ room, n };
	return OK;
}

/* ---- what the database knows --------------------------------------------------------- */

static const struct db_col change_cols[] = {
	COL(struct change, number),
	COL(struct change, sha256),
	COL(struct change, started_at),
	COL(struct change, finished_at),
	{ 0 },
};

static enum rc
find_changes(struct task *t, struct change **out, size_t *n)
{
	struct db_list list = { .cols = change_cols,
				.size = sizeof(struct change),
				.max = FILES_MAX };
	int64_t there = 0;
	enum rc rc = db_one(t, &schema_there, INS(), OUTS(OUT("n", &there)));

	if (!rc && there)
		rc = db_rows(t, &change_all, INS(), &list);
	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

static enum rc
find_change(struct task *t, int64_t number, const struct change **out)
{
	struct change *all = NULL;
	size_t n = 0;
	enum rc rc = find_changes(t, &all, &n);

	*out = NULL;
	for (size_t i = 0; !rc && i < n; i++)
		if (all[i].number == number)
			*out = &all[i];
	return rc;
}

enum rc
schema_look(struct task *t, const char *dir, struct schema_state *out)
{
	struct schema_state s = { 0 };
	struct sql_file *files = NULL;
	struct change *all = NULL;
	size_t n = 0;
	enum rc rc = list_files(t, dir, &files, &n);

	s.newest = (int64_t)n;
	if (!rc)
		rc = find_changes(t, &all, &n);
	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (all[i].finished_at.ms)
			s.applied = all[i].number;
	*out = s;
	return OK;
}

/* ---- applying ---------------------------------------------------------------------------- */

/* A file that failed is nobody's: mended, it is run again at once. */
static enum rc
run_file(struct task *t, const struct sql_file *f, struct text script)
{
	enum rc rc = db_script(t, script);
	const char *why;

	if (!rc)
		return db_exec(t, &change_finish,
			       INS(IN(clock_now()), IN(f->number)), NULL);
	why = arena_str(t->mem, text_of(t->why));
	task_forgive(t);
	if (db_exec(t, &change_give_up, INS(IN(f->number)), NULL))
		task_forgive(t);
	return fail(t, rc, "%s: %s", f->name, why);
}

static void
wait_a_little(void)
{
	struct timespec pause = { .tv_nsec = 100 * 1000000 };

	nanosleep(&pause, NULL);
}

/* The row of one that was killed long ago. */
static enum rc
take_over(struct task *t, const struct change *c, const char *hash, bool *mine)
{
	int64_t changed = 0;
	enum rc rc;

	if (clock_now().ms - c->started_at.ms < STALE_S * SECOND_MS)
		return OK;
	rc = db_exec(t, &change_take_over,
		     INS(IN(clock_now()), IN(hash), IN(c->number),
			 IN(c->started_at)),
		     &changed);
	*mine = !rc && changed == 1;
	return rc;
}

/*
 * Become the one who applies this file: *mine.  Else either another program
 * has applied it meanwhile, *done, or is still at it.
 */
static enum rc
try_claim(struct task *t, const struct sql_file *f, const char *hash,
	  bool *mine, bool *done)
{
	const struct change *c = NULL;
	enum rc rc = db_exec(
		t, &change_begin,
		INS(IN(f->number), IN(f->name), IN(hash), IN(clock_now())),
		NULL);

	*mine = !rc;
	if (rc != E_CONFLICT)
		return rc;
	task_forgive(t);
	rc = find_change(t, f->number, &c);
	if (rc || !c)
		return rc;
	*done = c->finished_at.ms != 0;
	return *done ? OK : take_over(t, c, hash, mine);
}

static enum rc
claim(struct task *t, const struct sql_file *f, const char *hash, bool *mine)
{
	bool done = false;

	*mine = false;
	for (int i = 0; i < WAIT_TRIES; i++, wait_a_little()) {
		enum rc rc = try_claim(t, f, hash, mine, &done);

		if (rc || *mine || done)
			return rc;
	}
	return fail(t, E_BUSY, "%s is being applied by another program",
		    f->name);
}

static enum rc
check_same(struct task *t, const struct sql_file *f, const struct change *c,
	   const char *hash)
{
	if (strcmp(c->sha256, hash) == 0)
		return OK;
	return fail(t, E_CONFLICT,
		    "%s was changed after it was applied; "
		    "add a new file instead",
		    f->name);
}

static enum rc
apply(struct task *t, const char *dir, const struct sql_file *f,
      void (*say)(const char *file))
{
	const struct change *c = NULL;
	struct text script = { 0 };
	const char *hash;
	bool mine = false;
	enum rc rc = read_file(t, dir, f->name, &script);

	if (!rc)
		rc = find_change(t, f->number, &c);
	if (rc)
		return rc;
	hash = crypt_sha256_hex(t->mem, script);
	if (c && c->finished_at.ms)
		return check_same(t, f, c, hash);
	rc = claim(t, f, hash, &mine);
	if (rc || !mine)
		return rc;
	rc = run_file(t, f, script);
	if (!rc && say)
		say(f->name);
	return rc;
}

enum rc
schema_migrate(struct task *t, const char *dir, void (*say)(const char *file))
{
	struct sql_file *files = NULL;
	size_t n = 0;
	enum rc rc = list_files(t, dir, &files, &n);

	if (!rc)
		rc = db_query(t, "schema_change", text_of(table));
	for (size_t i = 0; !rc && i < n; i++)
		rc = apply(t, dir, &files[i], say);
	return rc;
}
