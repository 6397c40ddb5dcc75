/* worker: the loop. */
#include "work/worker.h"

#include <signal.h>

#include "base/log.h"
#include "crm/draft.h"
#include "crm/trouble.h"
#include "meta/throttle.h"
#include "net/fetch.h"
#include "work/balance.h"
#include "work/bulk.h"
#include "work/drill.h"
#include "work/errand.h"
#include "work/fileimport.h"
#include "work/health.h"
#include "work/inbox.h"
#include "work/leadmail.h"
#include "work/notify.h"
#include "work/queue.h"
#include "work/reading.h"
#include "work/remap.h"
#include "work/sync.h"
#include "work/wake.h"

enum {
	POLL_MS = 1000,	 /* between looks when nobody wakes us */
	AWAY_MS = 500,	 /* between looks while the database is away */
	AWAY_TRIES = 10, /* of WORKER_ONCE */
	BEAT_MS = 5000,
	ROUNDS_MS = MINUTE_MS, /* between rounds through the house */
};

STATEMENT(worker_beat, "INSERT INTO worker (name, started_at, beat_at, version)"
		       " VALUES (?, ?, ?, ?)"
		       " ON DUPLICATE KEY UPDATE beat_at = VALUES(beat_at)");
STATEMENT(worker_kind_beat,
	  "INSERT INTO worker_kind (kind, beat_at) VALUES (?, ?)"
	  " ON DUPLICATE KEY UPDATE"
	  " beat_at = GREATEST(beat_at, VALUES(beat_at))");
STATEMENT(worker_kind_look,
	  "SELECT MAX(IF(kind = 'service', beat_at, NULL)) AS service,"
	  " MAX(IF(kind = 'cron', beat_at, NULL)) AS cron FROM worker_kind");
STATEMENT(worker_gone, "DELETE FROM worker WHERE name = ?");
STATEMENT(worker_forget, "DELETE FROM worker WHERE beat_at < ? LIMIT 100");

/* By the database's clock, since those of hosts may differ by more than an hour;
 * later than that is now was written when it was wrong itself. */
STATEMENT(worker_house,
	  "UPDATE house SET kept_at = UTC_TIMESTAMP(3) WHERE one = 1"
	  " AND (kept_at < UTC_TIMESTAMP(3) - INTERVAL 1 HOUR"
	  " OR kept_at > UTC_TIMESTAMP(3) + INTERVAL 1 HOUR)");

static volatile sig_atomic_t stopping;

struct worker {
	struct site *site;
	struct arena *mem;
	struct reading_mem reading;
	struct wake *wake;
	const char *name; /* host:pid */
	enum worker_mode mode;
	struct when started;
	int64_t claims;		    /* makes each claim's mark unique */
	int64_t beat_at, rounds_at; /* clock_steady of the next */
	bool found;		    /* the latest round had something to do */
};

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

static void
catch_stop(void)
{
	struct sigaction stop = { .sa_handler = on_stop };

	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGHUP, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static enum rc
make_rounds(struct task *t)
{
	enum rc rc = draft_purge(t);

	if (!rc)
		rc = sync_end_dead(t);
	if (!rc)
		rc = remap_end_dead(t);
	if (!rc)
		rc = bulk_end_dead(t);
	if (!rc)
		rc = fileimport_rounds(t);
	if (!rc)
		rc = health_due(t);
	if (!rc)
		rc = sync_due(t);
	if (!rc)
		rc = drill_due(t);
	if (!rc)
		rc = leadmail_due(t);
	return rc ? rc : notify_troubles(t);
}

static enum rc
beat(struct task *t, const struct worker *w)
{
	static const char *const kinds[] = { [WORKER_FOREVER] = "service",
					     [WORKER_ONCE] = "once",
					     [WORKER_FOR] = "cron",
					     [WORKER_WOKEN] = "web" };
	enum rc rc = db_exec(t, &worker_beat,
			     INS(IN(w->name), IN(w->started), IN(t->now),
				 IN(LEADPORT_VERSION)),
			     NULL);

	return rc ? rc
		  : db_exec(t, &worker_kind_beat,
			    INS(IN(kinds[w->mode]), IN(t->now)), NULL);
}

enum rc
worker_kinds(struct task *t, struct worker_kinds *out)
{
	return db_one(
		t, &worker_kind_look, INS(),
		OUTS(OUT("service", &out->service), OUT("cron", &out->cron)));
}

/* Once an hour, by one of all workers: what is old goes, and the ledger is
 * looked at. */
static enum rc
keep_hour(struct task *t)
{
	int64_t due = 0;
	enum rc rc = db_exec(t, &worker_house, INS(), &due);

	if (rc || !due)
		return rc;
	rc = inbox_purge(t);
	if (!rc)
		rc = trouble_purge(t);
	if (!rc)
		rc = sync_purge(t);
	if (!rc)
		rc = balance_look(t, 0);
	if (!rc)
		rc = notify_purge(t);
	if (!rc)
		rc = drill_purge(t);
	if (!rc)
		rc = throttle_purge(t);
	return rc ? rc
		  : db_exec(t, &worker_forget,
			    INS(IN(when_add(t->now, -DAY_MS))), NULL);
}

static enum rc
keep_house(struct task *t, struct worker *w)
{
	int64_t now = clock_steady();
	enum rc rc = OK;

	if (now >= w->beat_at) {
		rc = beat(t, w);
		w->beat_at = now + BEAT_MS;
	}
	if (!rc && now >= w->rounds_at) {
		rc = keep_hour(t);
		if (!rc)
			rc = make_rounds(t);
		w->rounds_at = now + ROUNDS_MS;
	}
	return rc;
}

static int
by_page(const void *a, const void *b)
{
	const struct job *x = a, *y = b;
	int order = strcmp(x->page_meta_id, y->page_meta_id);

	if (order)
		return order;
	return (x->id > y->id) - (x->id < y->id);
}

/* One batch per page: a batch has one token. */
static enum rc
read_pages(struct task *t, struct worker *w, struct job *jobs, size_t n)
{
	enum rc rc = OK;

	qsort(jobs, n, sizeof(jobs[0]), by_page);
	for (size_t from = 0, to; !rc && !stopping && from < n; from = to) {
		to = from + 1;
		while (to < n &&
		       !strcmp(jobs[from].page_meta_id, jobs[to].page_meta_id))
			to++;
		rc = reading_of_page(t, &w->reading, jobs + from, to - from);
	}
	return rc;
}

/* What a round that failed or was stopped left claimed goes back at once; if
 * that fails too, the lease does it. */
static void
hand_back(const struct task *t, const char *mark)
{
	struct task back = *t;

	task_forgive(&back);
	if (queue_hand_back(&back, mark))
		log_warn("%s: left to the lease: %s", mark, back.why);
}

static const char *
new_mark(struct task *t, struct worker *w)
{
	return arena_fmt(t->mem, "%s:%lld:%lld", w->name,
			 (long long)w->started.ms, (long long)++w->claims);
}

static enum rc
work_jobs(struct task *t, struct worker *w)
{
	const char *mark = new_mark(t, w);
	struct job *jobs = NULL;
	size_t n = 0;
	enum rc rc;

	/* The lease begins now, not when the first receipt was opened. */
	t->now = clock_now();
	rc = queue_claim(t, mark, &jobs, &n);
	if (!rc && n > 0) {
		w->found = true;
		rc = read_pages(t, w, jobs, n);
		if (rc || stopping)
			hand_back(t, mark);
	}
	return rc;
}

static enum rc
round_of_work(struct task *t, struct worker *w)
{
	int64_t opened = 0;
	enum rc rc = keep_house(t, w);

	if (!rc)
		rc = inbox_open(t, w->reading.item, &opened);
	w->found = opened > 0;
	return rc ? rc : work_jobs(t, w);
}

/* One errand on memory of its own. */
static enum rc
one_errand(struct worker *w)
{
	struct task t;
	const char *mark;
	bool found = false;
	enum rc rc;

	site_task(w->site, w->reading.page, &t);
	mark = new_mark(&t, w);
	rc = errand_run(&t, w->reading.item, mark, &found);
	w->found |= found;
	if (rc) {
		log_warn("%s: %s", rc_name(rc), t.why);
		hand_back(&t, mark);
	}
	site_task_end(&t);
	return rc;
}

/* One round on fresh memory; whatever failed is logged and tried again. */
static enum rc
one_round(struct worker *w)
{
	struct task t;
	enum rc rc;

	site_task(w->site, w->mem, &t);
	if (!w->wake)
		w->wake = wake_listen(&t, w->site->mem);
	rc = round_of_work(&t, w);
	if (rc)
		log_warn("%s: %s", rc_name(rc), t.why);
	site_task_end(&t);
	return rc || stopping ? rc : one_errand(w);
}

static void
say_goodbye(struct worker *w)
{
	struct task t;

	site_task(w->site, w->mem, &t);
	if (db_exec(&t, &worker_gone, INS(IN(w->name)), NULL) != OK)
		log_warn("%s", t.why);
	site_task_end(&t);
}

static int
loop(struct worker *w, int64_t seconds)
{
	enum worker_mode mode = w->mode;
	int64_t end = clock_steady() + seconds * SECOND_MS;
	int failures = 0;

	while (!stopping) {
		enum rc rc = one_round(w);

		failures = rc ? failures + 1 : 0;
		if (mode == WORKER_ONCE && !rc && !w->found)
			return 0;
		if (mode == WORKER_ONCE && failures >= AWAY_TRIES)
			return 1;
		if ((mode == WORKER_FOR || mode == WORKER_WOKEN) &&
		    clock_steady() >= end)
			return 0;
		if (rc || !w->found)
			wake_wait(w->wake, rc ? AWAY_MS : POLL_MS);
	}
	return 0;
}

int
worker_run(struct site *site, enum worker_mode mode, int64_t seconds)
{
	char host[40] = "host";
	struct worker w = {
		.site = site,
		.mode = mode,
		.mem = arena_new(TASK_CEILING),
		.reading = { .page = arena_new(READING_CEILING),
			     .item = arena_new(READING_CEILING) },
		.started = clock_now(),
	};
	int status;

	catch_stop();
	gethostname(host, sizeof(host) - 1);
	/* Short: the name is part of each claim's mark. */
	w.name = arena_fmt(site->mem, "%.24s:%ld", host, (long)getpid());
	log_info("worker starts");
	status = loop(&w, seconds);
	say_goodbye(&w);
	wake_close(w.wake);
	fetch_close();
	arena_free(w.reading.item);
	arena_free(w.reading.page);
	arena_free(w.mem);
	log_info("worker ends");
	return status;
}
