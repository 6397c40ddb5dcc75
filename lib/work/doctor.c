/* doctor: the checks, each a row of a table. */
#include "work/doctor.h"

#include <sys/stat.h>

#include "base/conf.h"
#include "base/log.h"
#include "crm/page.h"
#include "crm/setting.h"
#include "db/schema.h"
#include "db/site.h"
#include "meta/accounts.h"
#include "work/connect.h"
#include "work/queue.h"

enum {
	CLOCK_FAR_MS = 5 * MINUTE_MS,
	WORKER_QUIET_MS = 2 * MINUTE_MS,
	REFUSED_MANY = 3,
};

STATEMENT(doctor_worker, "SELECT MAX(beat_at) AS beat FROM worker");
STATEMENT(doctor_receipt, "SELECT MAX(received_at) AS latest FROM receipt");
STATEMENT(doctor_refused,
	  "SELECT COALESCE(SUM(n), 0) AS n FROM refused_delivery"
	  " WHERE day >= DATE(?) AND last_at > COALESCE((SELECT"
	  " MAX(received_at) FROM receipt), '1970-01-01')");
STATEMENT(doctor_db_clock, "SELECT UTC_TIMESTAMP(3) AS now");

const char *
check_state_name(enum check_state s)
{
	switch (s) {
	case CHECK_PASS:
		return "pass";
	case CHECK_WARN:
		return "warn";
	case CHECK_FAIL:
		return "fail";
	case CHECK_UNKNOWN:
		return "unknown";
	}
	return "unknown";
}

static void found(struct task *t, struct check *c, enum check_state state,
		  const char *fmt, ...) PRINTF(4, 5);

static void
found(struct task *t, struct check *c, enum check_state state, const char *fmt,
      ...)
{
	va_list args;

	va_start(args, fmt);
	c->state = state;
	c->words = arena_vfmt(t->mem, fmt, args);
	va_end(args);
}

/* A check that could not even look. */
static void
blind(struct task *t, struct check *c)
{
	found(t, c, CHECK_UNKNOWN, "Could not be looked at: %s", t->why);
	task_forgive(t);
}

/* ---- this installation ---------------------------------------------------------- */

static void
look_database(struct task *t, struct check *c)
{
	struct when db_now = { 0 };
	enum rc rc =
		db_one(t, &doctor_db_clock, INS(), OUTS(OUT("now", &db_now)));

	if (rc) {
		found(t, c, CHECK_FAIL, "%s", t->why);
		task_forgive(t);
	} else {
		found(t, c, CHECK_PASS, "It answers.");
	}
}

static void
look_clock(struct task *t, struct check *c)
{
	struct when db_now = { 0 };
	int64_t apart;

	if (db_one(t, &doctor_db_clock, INS(), OUTS(OUT("now", &db_now)))) {
		blind(t, c);
		return;
	}
	apart = clock_now().ms - db_now.ms;
	if (apart > CLOCK_FAR_MS || apart < -CLOCK_FAR_MS)
		found(t, c, CHECK_FAIL,
		      "This machine and the database differ by %lld s.",
		      (long long)(apart / SECOND_MS));
	else
		found(t, c, CHECK_PASS, "Machine and database agree.");
}

static void
look_schema(struct task *t, struct check *c)
{
	struct schema_state s = { 0 };

	if (schema_look(t, site_file(t->mem, t->conf, "sql"), &s))
		blind(t, c);
	else if (s.applied < s.newest)
		found(t, c, CHECK_FAIL,
		      "It is at file %lld, the programs need %lld: run "
		      "leadport migrate.",
		      (long long)s.applied, (long long)s.newest);
	else
		found(t, c, CHECK_PASS, "At file %lld, the newest.",
		      (long long)s.applied);
}

static void
look_var(struct task *t, struct check *c)
{
	const char *path = site_file(t->mem, t->conf, "var");

	if (access(path, W_OK | X_OK) == 0)
		found(t, c, CHECK_PASS, "It can be written.");
	else
		found(t, c, CHECK_FAIL,
		      "%s cannot be written: make it with leadport init, as "
		      "the user that runs the web programs.",
		      path);
}

static void
look_worker(struct task *t, struct check *c)
{
	struct when beat = { 0 };

	if (db_one(t, &doctor_worker, INS(), OUTS(OUT("beat", &beat))))
		blind(t, c);
	else if (!beat.ms)
		found(t, c, CHECK_WARN,
		      "None is alive now. The webhook starts one when a lead "
		      "comes; cron makes retries punctual.");
	else if (t->now.ms - beat.ms > WORKER_QUIET_MS)
		found(t, c, CHECK_WARN, "Last seen %s.",
		      when_ago(t->mem, beat, t->now, "UTC"));
	else
		found(t, c, CHECK_PASS, "Alive, last seen %s.",
		      when_ago(t->mem, beat, t->now, "UTC"));
}

static void
look_queue(struct task *t, struct check *c)
{
	struct queue_counts q = { 0 };

	if (queue_count(t, &q))
		blind(t, c);
	else
		found(t, c, q.parked || q.dead ? CHECK_WARN : CHECK_PASS,
		      "%lld deliveries unopened, %lld leads waiting, %lld "
		      "parked, %lld given up.",
		      (long long)q.receipts_new,
		      (long long)(q.ready + q.running), (long long)q.parked,
		      (long long)q.dead);
}

/* ---- the Meta app ------------------------------------------------------------------ */

static void
look_app(struct task *t, struct check *c)
{
	const char *app_id = NULL;
	struct graph g;

	if (connect_app_graph(t, &app_id, &g)) {
		found(t, c, CHECK_FAIL, "%s", t->why);
		task_forgive(t);
	} else {
		found(t, c, CHECK_PASS, "App %s, secret sealed.", app_id);
	}
}

/* Our own subscription among the app's (contract 1.6). */
static const struct json *
page_subscription(const struct json *reply)
{
	const struct json *j = json_first(json_get(reply, "data"));

	for (; j; j = json_next(j)) {
		const char *object = json_text(json_get(j, "object"));

		if (object && !strcmp(object, "page"))
			return j;
	}
	return NULL;
}

static void
judge_subscription(struct task *t, struct check *c, const struct json *reply)
{
	const char *ours =
		arena_fmt(t->mem, "%s/webhook", t->conf->site.base_url);
	const struct json *page = page_subscription(reply);
	const char *url = json_text(json_get(page, "callback_url"));

	if (!page || !url)
		found(t, c, CHECK_FAIL,
		      "The app delivers nowhere: run leadport app "
		      "subscribe.");
	else if (strcmp(url, ours) != 0)
		found(t, c, CHECK_FAIL,
		      "The app delivers to %s, not to us. One Meta app serves "
		      "one installation.",
		      url);
	else
		found(t, c, CHECK_PASS, "Meta delivers to %s.", ours);
}

static void
look_subscription(struct task *t, struct check *c)
{
	struct graph_error err = { .words = "" };
	const struct json *reply = NULL;
	const char *app_id = NULL;
	struct graph g;
	enum rc rc;

	if (connect_app_graph(t, &app_id, &g)) {
		blind(t, c);
		return;
	}
	rc = graph_do(
		t, &g,
		&(struct graph_call){
			.method = "GET",
			.path = arena_fmt(t->mem, "%s/subscriptions", app_id) },
		&reply, &err);
	if (rc == E_REMOTE) {
		task_forgive(t);
		found(t, c, CHECK_FAIL, "Meta says: \"%s\" (%lld/%lld)",
		      err.words, (long long)err.code, (long long)err.subcode);
	} else if (rc) {
		blind(t, c);
	} else {
		judge_subscription(t, c, reply);
	}
}

static void
look_pages(struct task *t, struct check *c)
{
	struct page *pages = NULL;
	size_t n = 0, silent = 0;

	if (page_list(t, 0, &pages, &n)) {
		blind(t, c);
		return;
	}
	for (size_t i = 0; i < n; i++)
		silent += pages[i].subscribed_at.ms == 0;
	if (n == 0)
		found(t, c, CHECK_FAIL, "None is connected yet.");
	else if (silent)
		found(t, c, CHECK_FAIL, "%zu of %zu are not subscribed.",
		      silent, n);
	else
		found(t, c, CHECK_PASS, "%zu connected and subscribed.", n);
}

static void
look_integrations(struct task *t, struct check *c)
{
	struct integration *all = NULL;
	size_t n = 0;

	if (integration_list(t, &all, &n)) {
		blind(t, c);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (all[i].reason[0]) {
			found(t, c, CHECK_FAIL, "%s: %s (%s)", all[i].name,
			      all[i].reason_words, all[i].reason);
			return;
		}
	found(t, c, n ? CHECK_PASS : CHECK_UNKNOWN,
	      n ? "All %zu are active." : "There is none yet (%zu).", n);
}

static void
look_deliveries(struct task *t, struct check *c)
{
	struct when latest = { 0 };

	if (db_one(t, &doctor_receipt, INS(), OUTS(OUT("latest", &latest))))
		blind(t, c);
	else if (!latest.ms)
		found(t, c, CHECK_WARN, "Meta has not delivered anything.");
	else
		found(t, c, CHECK_PASS, "The latest came %s.",
		      when_ago(t->mem, latest, t->now, "UTC"));
}

static void
look_signatures(struct task *t, struct check *c)
{
	int64_t n = 0;

	if (db_one(t, &doctor_refused, INS(IN(when_add(t->now, -DAY_MS))),
		   OUTS(OUT("n", &n))))
		blind(t, c);
	else if (n >= REFUSED_MANY)
		found(t, c, CHECK_FAIL,
		      "%lld messages were refused and none held since: the "
		      "app secret here is not the one at Meta.",
		      (long long)n);
	else
		found(t, c, CHECK_PASS, "No streak of refused messages.");
}

static const struct {
	const char *id, *title;
	void (*look)(struct task *t, struct check *c);
} checks[] = {
	{ "database", "Database", look_database },
	{ "clock", "Clock", look_clock },
	{ "schema", "Schema", look_schema },
	{ "var", "Working folder", look_var },
	{ "worker", "Worker", look_worker },
	{ "queue", "Queue", look_queue },
	{ "app", "App ID and secret", look_app },
	{ "app_subscription", "Webhook is ours", look_subscription },
	{ "pages", "Pages", look_pages },
	{ "integrations", "Integrations", look_integrations },
	{ "deliveries", "Last delivery", look_deliveries },
	{ "signatures", "Signatures", look_signatures },
};

void
doctor_run(struct task *t, struct check **out, size_t *n)
{
	struct check *all = NEW_ARRAY(t->mem, struct check, COUNT(checks));

	for (size_t i = 0; i < COUNT(checks); i++) {
		all[i].id = checks[i].id;
		all[i].title = checks[i].title;
		checks[i].look(t, &all[i]);
	}
	*out = all;
	*n = COUNT(checks);
}
