/* throttle: usage headers read, waits kept. */
#include "meta/throttle.h"

#include "base/crypt.h"
#include "db/db.h"

enum {
	WAIT_MOST_S = 24 * 60 * 60, /* the window of Meta's limits */
	BLOCKED = 368,		    /* "stopped for some hours" */
	BLOCKED_S = 4 * 60 * 60,
	OBJECTS_MAX = 32, /* of the header of business use cases */
	PERCENT_MAX = 1000,
};

/* Later is the work of a host whose clock was wrong. */
#define UNTIL_MOST_MS (27 * HOUR_MS)

STATEMENT(throttle_select,
	  "SELECT scope, IF(seen_at > ?, percent, 0) AS percent,"
	  " IF(until > ? AND until < ?, until, NULL) AS until"
	  " FROM throttle WHERE (scope = 'app' AND subject = '')"
	  " OR (scope = 'page' AND subject = ?)"
	  " OR (scope = 'token' AND subject = ?) LIMIT 3");
/* Of two workers the one that was told of the longer wait is right; what nobody
 * believes is no wait, else it would be one when its time comes near. */
STATEMENT(throttle_put,
	  "INSERT INTO throttle (scope, subject, percent, until, seen_at)"
	  " VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE"
	  " percent = VALUES(percent), seen_at = VALUES(seen_at),"
	  " until = IF(until < ?, COALESCE(GREATEST(until, VALUES(until)),"
	  " until), VALUES(until))");
STATEMENT(throttle_delete_app, "DELETE FROM throttle WHERE scope = 'app'");
STATEMENT(throttle_delete_old,
	  "DELETE FROM throttle WHERE (seen_at < ? AND (until IS NULL OR"
	  " until < ?)) OR until > UTC_TIMESTAMP(3) + INTERVAL 27 HOUR LIMIT "
	  "500");

struct row {
	const char *scope;
	int64_t percent;
	struct when until;
};

static const struct db_col cols[] = {
	COL(struct row, scope),
	COL(struct row, percent),
	COL(struct row, until),
	{ 0 },
};

static const char *
token_subject(struct task *t, const struct graph *g)
{
	return g->token ? crypt_sha256_hex(t->mem, text_of(g->token)) : "";
}

static enum graph_scope
scope_of(const char *name)
{
	return strcmp(name, "page") == 0  ? SCOPE_PAGE
	       : strcmp(name, "app") == 0 ? SCOPE_APP
					  : SCOPE_TOKEN;
}

enum rc
throttle_look(struct task *t, const struct graph *g, struct throttle *out)
{
	struct db_list list = { .cols = cols,
				.size = sizeof(struct row),
				.max = 3 };
	struct throttle th = { 0 };
	struct when now = clock_now();
	enum rc rc = db_rows(t, &throttle_select,
			     INS(IN(when_add(now, -HOUR_MS)), IN(now),
				 IN(when_add(now, UNTIL_MOST_MS)),
				 IN(g->page ? g->page : ""),
				 IN(token_subject(t, g))),
			     &list);

	for (size_t i = 0; !rc && i < list.n; i++) {
		const struct row *r = (const struct row *)list.rows + i;

		if (r->percent > th.percent) {
			th.percent = r->percent;
			th.slow_scope = scope_of(r->scope);
		}
		if (r->until.ms > th.until.ms) {
			th.until = r->until;
			th.scope = scope_of(r->scope);
		}
	}
	if (!rc)
		*out = th;
	return rc;
}

enum rc
throttle_refuse(struct task *t, const struct throttle *th,
		struct graph_error *err)
{
	int64_t left = (th->until.ms - clock_now().ms) / SECOND_MS + 1;

	*err = (struct graph_error){
		.class = GRAPH_THROTTLED,
		.scope = th->scope,
		.wait_s = left,
		.reason = "throttled",
		.words = arena_fmt(t->mem,
				   "Meta’s limit of calls is used up; "
				   "it ends in %lld minutes",
				   (long long)(left / 60 + 1)),
	};
	return fail(t, E_REMOTE, "Graph: not asked, %lld s of a limit are left",
		    (long long)left);
}

/* ---- what an answer says -------------------------------------------------------- */

struct seen {
	struct task *t;
	const struct throttle *before;
	int64_t longest_s; /* the longest wait that Meta named */
};

/* Jobs that waited together must not come back together. */
static struct when
wait_end(int64_t seconds)
{
	int64_t ms = seconds * SECOND_MS;

	return when_add(clock_now(),
			ms + (int64_t)crypt_below((uint32_t)(ms / 10 + 1)));
}

static enum rc
put(struct seen *s, const char *scope, const char *subject, int64_t percent,
    int64_t wait_s)
{
	bool stop = percent >= THROTTLE_STOP || wait_s > 0;
	struct when until = { 0 };

	/* What is far from a limit, and was before, need not be known. */
	if (!stop && percent < THROTTLE_SLOW &&
	    s->before->percent < THROTTLE_SLOW)
		return OK;
	if (wait_s > s->longest_s)
		s->longest_s = wait_s;
	if (stop)
		until = wait_end(wait_s > GRAPH_WAIT_S ? wait_s : GRAPH_WAIT_S);
	return db_exec(s->t, &throttle_put,
		       INS(IN(scope), IN(subject), IN(percent), IN(until),
			   IN(s->t->now),
			   IN(when_add(clock_now(), UNTIL_MOST_MS))),
		       NULL);
}

/* The highest of a record's percentages; a member that is missing or no
 * number is 0. */
static int64_t
percent_of(const struct json *record)
{
	static const char *const names[] = { "call_count", "total_cputime",
					     "total_time" };
	int64_t most = 0;

	for (size_t i = 0; i < COUNT(names); i++) {
		int64_t n = 0;

		if (json_int(json_get(record, names[i]), &n) && n > most)
			most = n;
	}
	return most < PERCENT_MAX ? most : PERCENT_MAX;
}

static int64_t
regain_s(const struct json *record)
{
	int64_t minutes = 0;

	if (!json_int(json_get(record, "estimated_time_to_regain_access"),
		      &minutes) ||
	    minutes < 0)
		return 0;
	return minutes < WAIT_MOST_S / 60 ? minutes * 60 : WAIT_MOST_S;
}

static const struct json *
header_of(struct task *t, const struct fetch_answer *a, const char *name)
{
	const char *value = fetch_header(a, name), *why = NULL;

	return value ? json_parse(t->mem, text_of(value), &why) : NULL;
}

static enum rc
note_plain(struct seen *s, const struct fetch_answer *a, const char *header,
	   const char *scope, const char *subject)
{
	const struct json *usage = header_of(s->t, a, header);

	return usage && subject ? put(s, scope, subject, percent_of(usage), 0)
				: OK;
}

/* One object, often a page, with a list of records. */
static enum rc
note_object(struct seen *s, const struct json *records)
{
	const char *id = json_key(records);
	int64_t percent = 0, wait = 0;

	if (!id || strlen(id) > 32)
		return OK;
	for (const struct json *r = json_first(records); r; r = json_next(r)) {
		int64_t p = percent_of(r), w = regain_s(r);
		const char *type = json_text(json_get(r, "type"));

		/* Messages and the like have limits of their own. */
		if (type && strcmp(type, "leadgen") != 0)
			continue;

		percent = p > percent ? p : percent;
		wait = w > wait ? w : wait;
	}
	return put(s, "page", id, percent, wait);
}

static enum rc
note_business(struct seen *s, const struct fetch_answer *a)
{
	const struct json *usage =
		header_of(s->t, a, "x-business-use-case-usage");
	size_t n = 0;
	enum rc rc = OK;

	for (const struct json *o = json_first(usage);
	     !rc && o && n < OBJECTS_MAX; o = json_next(o), n++)
		rc = note_object(s, o);
	return rc;
}

/* The limit that a refusal speaks of; without a page it is the token's. */
static enum rc
note_refusal(struct seen *s, const struct graph *g, struct graph_error *err)
{
	const char *scope = "token", *subject = token_subject(s->t, g);

	if (err->scope == SCOPE_APP) {
		scope = "app";
		subject = "";
	} else if (err->scope == SCOPE_PAGE && g->page) {
		scope = "page";
		subject = g->page;
	}
	if (s->longest_s > err->wait_s)
		err->wait_s = s->longest_s;
	if (err->code == BLOCKED && err->wait_s < BLOCKED_S)
		err->wait_s = BLOCKED_S;
	return put(s, scope, subject, 100, err->wait_s);
}

enum rc
throttle_note(struct task *t, const struct graph *g,
	      const struct throttle *before, const struct fetch_answer *a,
	      struct graph_error *err)
{
	struct seen s = { .t = t, .before = before };
	enum rc rc = note_plain(&s, a, "x-app-usage", "app", "");

	if (!rc)
		rc = note_plain(&s, a, "x-page-usage", "page", g->page);
	if (!rc)
		rc = note_business(&s, a);
	if (!rc && err && err->class == GRAPH_THROTTLED)
		rc = note_refusal(&s, g, err);
	return rc;
}

enum rc
throttle_purge(struct task *t)
{
	return db_exec(t, &throttle_delete_old,
		       INS(IN(when_add(t->now, -DAY_MS)), IN(t->now)), NULL);
}

enum rc
throttle_forget_app(struct task *t)
{
	return db_exec(t, &throttle_delete_app, INS(), NULL);
}
