/* doctor_room: is there room, and does somebody do the work? */
#include <sys/statvfs.h>

#include "base/conf.h"
#include "db/db.h"
#include "db/site.h"
#include "work/doctor_private.h"
#include "work/worker.h"

enum {
	TABLES_MAX = 500,
	LITTLE_PERCENT = 5,
	QUIET_MS = 2 * MINUTE_MS,     /* of a service */
	CRON_LATE_MS = 5 * MINUTE_MS, /* it comes each minute */
	WAITS_LONG_MS = 5 * MINUTE_MS,
};
#define MB (UINT64_C(1) << 20)
#define LITTLE (500 * MB)
#define NEARLY_NONE (100 * MB)

#define CRON_LINE "* * * * * leadport worker --for 55"

STATEMENT(room_data_folder, "SELECT @@datadir AS path");
STATEMENT(room_tables,
	  "SELECT table_name AS name,"
	  " CAST(COALESCE(data_length + index_length, 0) AS SIGNED) AS bytes"
	  " FROM information_schema.tables WHERE table_schema = DATABASE()"
	  " ORDER BY bytes DESC LIMIT 500");
/* Each kind's earliest, by the index alone. */
STATEMENT(room_waits,
	  "SELECT MIN(run_at) AS since FROM (SELECT kind, MIN(run_at) AS run_at"
	  " FROM job WHERE state = 'ready' GROUP BY kind) k");
STATEMENT(room_receipt, "SELECT received_at AS since FROM receipt"
			" WHERE state = 'new' ORDER BY id LIMIT 1");

/* ---- disks ----------------------------------------------------------------------- */

enum check_state
doctor_room_state(uint64_t left, uint64_t all)
{
	if (left < NEARLY_NONE)
		return CHECK_FAIL;
	return left < LITTLE || left < all / 100 * LITTLE_PERCENT ? CHECK_WARN
								  : CHECK_PASS;
}

struct disk {
	const char *path;
	uint64_t left, all;
};

static bool
measure(struct disk *d)
{
	struct statvfs s;

	if (statvfs(d->path, &s) != 0)
		return false;
	d->left = (uint64_t)s.f_bavail * s.f_frsize;
	d->all = (uint64_t)s.f_blocks * s.f_frsize;
	return true;
}

static const char *
size_words(struct arena *mem, uint64_t bytes)
{
	uint64_t mb = bytes / MB;

	return mb < 10000 ? arena_fmt(mem, "%llu MB", (unsigned long long)mb)
			  : arena_fmt(mem, "%llu GB",
				      (unsigned long long)(mb / 1024));
}

/* `what` begins a sentence: "The disk of the database". */
static void
judge(struct doctor *d, struct check *c, const struct disk *disk,
      const char *what, const char *remedy)
{
	struct arena *mem = d->t->mem;
	enum check_state state = doctor_room_state(disk->left, disk->all);
	const char *is = "has room";

	if (state == CHECK_FAIL)
		is = "is nearly full";
	else if (state == CHECK_WARN)
		is = "gets full";
	doctor_found(c, state, arena_fmt(mem, "%s %s", what, is),
		     state == CHECK_PASS ? "" : remedy);
	c->aside = arena_fmt(
		mem, "%s free, %llu %%", size_words(mem, disk->left),
		(unsigned long long)(disk->all ? disk->left /
							 (disk->all / 100 + 1)
					       : 0));
}

void
look_var(struct doctor *d, struct check *c)
{
	struct disk disk = { .path = site_file(d->t->mem, d->t->conf, "var") };

	if (access(disk.path, W_OK | X_OK) != 0)
		doctor_found(
			c, CHECK_FAIL,
			"The working folder cannot be "
			"written",
			"Make it with leadport init, as the user that runs "
			"the web programs.");
	else if (!measure(&disk))
		doctor_found(c, CHECK_UNKNOWN, "The disk of uploads", "");
	else
		judge(d, c, &disk, "The disk of uploads",
		      "Make room, or move the folder var to a larger disk: "
		      "files of leads and logs go there.");
}

/* Is the database's folder one of this machine? */
static bool
is_here(const struct conf *c)
{
	return c->database.socket[0] ||
	       text_is(text_of(c->database.host), "localhost") ||
	       text_starts(text_of(c->database.host), "127.");
}

static enum rc
data_disk(struct task *t, struct disk *out, bool *known)
{
	enum rc rc = db_one(t, &room_data_folder, INS(),
			    OUTS(OUT("path", &out->path)));

	*known = !rc && is_here(t->conf) && measure(out);
	return rc;
}

void
look_data(struct doctor *d, struct check *c)
{
	struct disk disk = { 0 };
	bool known = false;

	if (data_disk(d->t, &disk, &known)) {
		doctor_blind(d, c, "The disk of the database");
		return;
	}
	if (!known) {
		doctor_found(
			c, CHECK_UNKNOWN, "The disk of the database",
			"It is not on this machine, or cannot be seen from "
			"here: look there, or ask the web host.");
		return;
	}
	judge(d, c, &disk, "The disk of the database",
	      "Make room, or ask the web host for more: without it nothing can "
	      "be stored, and Meta is asked to send again. A smaller "
	      "limits.receipt_days keeps messages of Meta for fewer days.");
}

/* ---- size ------------------------------------------------------------------------- */

struct table {
	const char *name;
	int64_t bytes;
};

/* To change a table, MariaDB may need as much room again. */
static void
judge_size(struct doctor *d, struct check *c, const struct table *all, size_t n)
{
	struct arena *mem = d->t->mem;
	struct disk disk = { 0 };
	uint64_t sum = 0;
	bool known = false;

	for (size_t i = 0; i < n; i++)
		sum += (uint64_t)all[i].bytes;
	c->aside = size_words(mem, sum);
	if (data_disk(d->t, &disk, &known))
		task_forgive(d->t);
	if (!known || n == 0 || (uint64_t)all[0].bytes <= disk.left) {
		doctor_found(c, CHECK_PASS, "The size of the database is fine",
			     "");
		return;
	}
	doctor_found(
		c, CHECK_WARN, "The database is large for its disk",
		arena_fmt(mem,
			  "Its table %s alone takes %s. An update that "
			  "changes it needs as much again: make room first.",
			  all[0].name,
			  size_words(mem, (uint64_t)all[0].bytes)));
}

void
look_size(struct doctor *d, struct check *c)
{
	static const struct db_col cols[] = { COL(struct table, name),
					      COL(struct table, bytes),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct table),
				.max = TABLES_MAX };

	if (db_rows(d->t, &room_tables, INS(), &list))
		doctor_blind(d, c, "The size of the database");
	else
		judge_size(d, c, list.rows, list.n);
}

/* ---- work ------------------------------------------------------------------------- */

static enum rc
earliest(struct task *t, struct db_stmt *q, struct when *out)
{
	struct when since = { 0 };
	enum rc rc = db_one(t, q, INS(), OUTS(OUT("since", &since)));

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return OK;
	}
	if (!rc && since.ms && (!out->ms || since.ms < out->ms))
		*out = since;
	return rc;
}

void
look_waiting(struct doctor *d, struct check *c)
{
	struct arena *mem = d->t->mem;
	struct when since = { 0 };
	enum rc rc = earliest(d->t, &room_waits, &since);
	int64_t age;

	if (!rc)
		rc = earliest(d->t, &room_receipt, &since);
	if (rc) {
		doctor_blind(d, c, "Work that waits");
		return;
	}
	age = since.ms ? d->t->now.ms - since.ms : 0;
	if (age <= WAITS_LONG_MS) {
		doctor_found(c, CHECK_PASS, "No work is overdue", "");
		return;
	}
	doctor_found(
		c, CHECK_WARN, "Work is overdue",
		"Nobody does it, or more comes than one worker can do. See "
		"that one runs, by cron for instance; several at once are "
		"safe: " CRON_LINE);
	c->aside = arena_fmt(mem, "the oldest for %s", span_words(mem, age));
}

static bool
beats(const struct doctor *d, struct when at, int64_t within)
{
	return at.ms && d->t->now.ms - at.ms < within;
}

void
look_cron(struct doctor *d, struct check *c)
{
	struct arena *mem = d->t->mem;
	struct worker_kinds k = { 0 };

	if (worker_kinds(d->t, &k)) {
		doctor_blind(d, c, "Cron");
		return;
	}
	if (k.cron.ms)
		c->aside = arena_fmt(mem, "seen %s",
				     when_ago(mem, k.cron, d->t->now, "UTC"));
	if (beats(d, k.service, QUIET_MS))
		doctor_found(c, CHECK_PASS,
			     "A worker runs all the time, cron is not needed",
			     "");
	else if (beats(d, k.cron, CRON_LATE_MS))
		doctor_found(c, CHECK_PASS, "Cron starts a worker", "");
	else if (k.cron.ms)
		doctor_found(c, CHECK_WARN, "Cron starts no worker any more",
			     "Retries, syncs and daily checks are late until "
			     "the next lead comes. Look at the cron jobs of "
			     "the web host: " CRON_LINE);
	else
		doctor_found(
			c, CHECK_WARN, "No cron job starts a worker",
			"Without one, retries, syncs and daily checks wait "
			"for the next lead. Add it at the web "
			"host: " CRON_LINE);
}
