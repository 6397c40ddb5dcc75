/* doctor_app: the Meta app and its webhook. */
#include "base/conf.h"
#include "base/escape.h"
#include "crm/setting.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "meta/oauth.h"
#include "net/fetch.h"
#include "work/connect.h"
#include "work/doctor_private.h"
#include "work/inbox.h"
#include "work/platform.h"

enum { CHALLENGE_MS = 10000, VERSION_WARN_DAYS = 90 };

STATEMENT(doctor_receipt, "SELECT MAX(received_at) AS latest FROM receipt");
/* Real leads come from live apps only (contract 1.7). */
STATEMENT(doctor_real_lead, "SELECT MAX(imported_at) AS latest FROM submission"
			    " WHERE way = 'webhook' AND NOT is_test");

static const struct reason_facts none;

static bool
app_is_set(struct doctor *d, struct check *c)
{
	if (connect_app_is_set(d->t))
		return true;
	doctor_found(c, CHECK_UNKNOWN, c->title,
		     "Waits for App ID and secret.");
	return false;
}

void
look_app(struct doctor *d, struct check *c)
{
	if (connect_app_is_set(d->t))
		doctor_found(c, CHECK_PASS, "App ID and secret are entered",
			     "");
	else
		doctor_reason(d, c, "app_missing", &none);
}

void
look_secret(struct doctor *d, struct check *c)
{
	struct graph_error err;
	struct oauth_app app;
	struct graph g;
	enum rc rc;

	c->title = "App ID and secret at Meta";
	if (!app_is_set(d, c))
		return;
	rc = connect_app(d->t, &app);
	if (!rc)
		rc = connect_graph(d->t, NULL, &g);
	if (!rc)
		rc = oauth_check_app(d->t, &g, &app, &err);
	d->secret_is_right = rc == OK;
	if (!rc) {
		doctor_found(c, CHECK_PASS, "App ID and secret are right", "");
	} else if (rc == E_REMOTE) {
		task_forgive(d->t);
		doctor_error(d, c, &err, &none);
	} else {
		doctor_blind(d, c, c->title);
	}
}

void
look_subscription(struct doctor *d, struct check *c)
{
	const char *url = NULL, *reason = "";
	bool is_ours = false;
	enum rc rc;

	c->title = "Whom the app tells of leads";
	if (!app_is_set(d, c))
		return;
	rc = platform_callback(d->t, &url, &is_ours, &reason);
	if (rc == E_REMOTE) {
		task_forgive(d->t);
		if (text_is(text_of(reason), "app_secret"))
			doctor_found(c, CHECK_UNKNOWN, c->title,
				     "Waits for the right app secret.");
		else
			doctor_reason(d, c, reason, &none);
	} else if (rc) {
		doctor_blind(d, c, c->title);
	} else if (!url) {
		doctor_reason(d, c, "callback_missing", &none);
	} else if (!is_ours) {
		struct reason_facts f = { .host = url };

		doctor_reason(d, c, "callback_elsewhere", &f);
	} else {
		doctor_found(c, CHECK_PASS,
			     "Webhooks come to this address, and only here",
			     "");
	}
}

/* The challenge that Meta would send, asked by ourselves. */
static const char *
challenge_url(struct doctor *d, const char *token)
{
	struct buf b = buf_in(d->t->mem, 4000);

	buf_fmt(&b,
		"%s/webhook?hub.mode=subscribe&hub.challenge=1158201444"
		"&hub.verify_token=",
		d->t->conf->site.base_url);
	escape_url(&b, text_of(token));
	return buf_str(&b);
}

void
look_callback(struct doctor *d, struct check *c)
{
	struct fetch_request req = { .method = "GET",
				     .deadline_ms = CHALLENGE_MS };
	struct fetch_answer answer = { 0 };
	const char *token = NULL;
	enum rc rc = setting_get(d->t, SETTING_VERIFY_TOKEN, &token);

	c->title = "Our webhook address";
	if (rc) {
		doctor_blind(d, c, c->title);
		return;
	}
	if (!token) {
		doctor_found(c, CHECK_UNKNOWN, c->title,
			     "Waits for App ID and secret.");
		return;
	}
	req.url = challenge_url(d, token);
	rc = fetch(d->t, &req, &answer);
	if (!rc && answer.status == 200 && text_is(answer.body, "1158201444")) {
		doctor_found(c, CHECK_PASS, "Our webhook answers as Meta wants",
			     "");
		c->aside = arena_fmt(d->t->mem, "%lld ms",
				     (long long)answer.took_ms);
		return;
	}
	doctor_reason(d, c, "callback", &none);
	c->aside = rc ? arena_str(d->t->mem, text_of(d->t->why))
		      : arena_fmt(d->t->mem, "HTTP %lld",
				  (long long)answer.status);
	task_forgive(d->t);
}

void
look_deliveries(struct doctor *d, struct check *c)
{
	struct when latest = { 0 };

	if (db_one(d->t, &doctor_receipt, INS(),
		   OUTS(OUT("latest", &latest)))) {
		doctor_blind(d, c, "The last message of Meta");
		return;
	}
	if (!latest.ms) {
		doctor_found(c, CHECK_WARN, "Nothing from Meta yet",
			     "Send a test lead to see the whole way.");
		return;
	}
	doctor_found(c, CHECK_PASS, "Meta sends messages", "");
	c->aside = when_ago(d->t->mem, latest, d->t->now, "UTC");
}

void
look_signatures(struct doctor *d, struct check *c)
{
	struct reason_facts f = { 0 };
	struct inbox_streak streak = { 0 };

	if (inbox_streak(d->t, &streak)) {
		doctor_blind(d, c, "Signatures");
		return;
	}
	if (streak.n < INBOX_STREAK_MANY) {
		doctor_found(c, CHECK_PASS, "Signatures hold", "");
		return;
	}
	f.n = arena_fmt(d->t->mem, "%lld", (long long)streak.n);
	f.time = when_point(d->t->mem, streak.since, d->t->now,
			    d->t->conf->site.time_zone);
	if (d->secret_is_right)
		doctor_found(c, CHECK_WARN,
			     "Somebody else, or another app, posts here",
			     arena_fmt(d->t->mem,
				       "%s messages with a wrong signature "
				       "were refused since %s, and Meta says "
				       "that the app secret here is right. "
				       "Nothing of them is kept.",
				       f.n, f.time));
	else
		doctor_reason(d, c, "app_secret", &f);
}

void
look_live(struct doctor *d, struct check *c)
{
	struct when latest = { 0 };

	if (db_one(d->t, &doctor_real_lead, INS(),
		   OUTS(OUT("latest", &latest)))) {
		doctor_blind(d, c, "Whether the app is Live");
		return;
	}
	if (latest.ms) {
		doctor_found(c, CHECK_PASS, "The app is Live", "");
		c->aside = arena_fmt(
			d->t->mem, "last real lead %s",
			when_ago(d->t->mem, latest, d->t->now, "UTC"));
		return;
	}
	doctor_found(c, CHECK_UNKNOWN, "Whether the app is Live",
		     "Meta does not tell. While the app is in development mode "
		     "only test leads come; the first real lead proves that it "
		     "is Live. Look at the top of the app's dashboard.");
	c->way = WAY_DASHBOARD;
	c->button = "Open dashboard";
}

void
look_version(struct doctor *d, struct check *c)
{
	const struct graph_version *v;
	struct reason_facts f = { 0 };
	struct platform p;

	if (platform_get(d->t, &p)) {
		doctor_blind(d, c, "The Graph version");
		return;
	}
	v = graph_version_of(p.graph_version);
	f.label = p.graph_version;
	if (!v) {
		doctor_found(c, CHECK_UNKNOWN,
			     arena_fmt(d->t->mem,
				       "Graph version %s is not "
				       "known here",
				       p.graph_version),
			     "");
		return;
	}
	f.date = when_day(d->t->mem, v->ends, "UTC");
	if (v->ends.ms && v->ends.ms <= d->t->now.ms) {
		doctor_reason(d, c, "version_ended", &f);
	} else if (v->ends.ms &&
		   v->ends.ms - d->t->now.ms < VERSION_WARN_DAYS * DAY_MS) {
		doctor_reason(d, c, "version_ends", &f);
	} else {
		doctor_found(c, CHECK_PASS,
			     arena_fmt(d->t->mem, "Graph version %s is served",
				       p.graph_version),
			     "");
		c->aside = v->ends.ms ? arena_fmt(d->t->mem, "until %s", f.date)
				      : "until further notice";
	}
}

/* ---- all integrations, from what stands in the database --------------------------- */

void
look_integrations(struct doctor *d, struct check *c)
{
	struct integration *all = NULL;
	struct trouble *troubles = NULL;
	size_t n = 0, n_troubles = 0;

	if (integration_list(d->t, &all, &n) ||
	    trouble_list(d->t, 0, &troubles, &n_troubles)) {
		doctor_blind(d, c, "Meta accounts");
		return;
	}
	if (n == 0) {
		doctor_found(c, CHECK_WARN, "No Meta account is connected yet",
			     "Connect the first one in Meta Integrations.");
		return;
	}
	for (size_t i = 0; i < n_troubles; i++) {
		struct reason_facts f;

		if (!troubles[i].integration_id)
			continue;
		f = trouble_facts(d->t->mem, &troubles[i], "UTC", "");
		doctor_reason(d, c, troubles[i].reason, &f);
		c->title = arena_fmt(d->t->mem, "%s: %s",
				     troubles[i].integration_name, c->title);
		c->way = WAY_NONE;
		c->button = NULL;
		return;
	}
	doctor_found(c, CHECK_PASS,
		     arena_fmt(d->t->mem,
			       n == 1 ? "%zu Meta account is active"
				      : "%zu Meta accounts are active",
			       n),
		     "");
}
