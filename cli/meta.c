/* meta: `leadport app` and `leadport connect`. */
#include "base/conf.h"
#include "cli.h"
#include "crm/integration.h"
#include "crm/reason.h"
#include "crm/user.h"
#include "work/connect.h"
#include "work/platform.h"
#include "work/sync.h"
#include "work/wake.h"

static int
app_set(struct cli *c)
{
	struct platform_change change = { 0 };
	const struct option_spec specs[] = {
		{ "--id", &change.app_id, NULL },
		{ "--verify-token", &change.verify_token, NULL },
		{ "--config", &change.config_id, NULL },
		{ 0 },
	};
	const char *field = NULL;

	if (!options(c, specs, NULL, 0, NULL))
		return EXIT_USAGE;
	if (!change.app_id)
		return usage("app set needs --id, the app's number");
	change.secret = secret_line(c, "App secret");
	if (!change.secret)
		return usage("no app secret on standard input");
	if (platform_set(&c->t, &change, &field))
		return failed(c);
	puts("Stored.  The secret is sealed and not shown again.");
	return 0;
}

static int
app_show(struct cli *c)
{
	struct platform p;

	if (!options(c, NULL, NULL, 0, NULL))
		return EXIT_USAGE;
	if (platform_get(&c->t, &p))
		return failed(c);
	printf("App ID                    %s\n",
	       p.app_id[0] ? p.app_id : "not set");
	printf("App secret                %s\n",
	       p.has_secret ? "set, sealed" : "not set");
	printf("Graph version             %s\n", p.graph_version);
	printf("Valid OAuth Redirect URI  %s\n", p.redirect);
	printf("Webhook callback URL      %s\n", p.callback);
	printf("Verify token  %s\n",
	       p.verify_token[0] ? p.verify_token : "not set");
	printf("Deauthorize callback URL  %s\n", p.deauthorize);
	printf("Data deletion URL         %s\n", p.deletion);
	return 0;
}

static int
say_reason(struct cli *c, const char *reason)
{
	struct reason_facts none = { 0 };

	return usage("%s", reason_sentence(c->mem, reason_of(reason), &none)),
	       1;
}

static int
app_subscribe(struct cli *c)
{
	const char *reason = "";
	bool take_over = false;
	const struct option_spec specs[] = {
		{ "--take-over", NULL, &take_over },
		{ 0 },
	};
	enum rc rc;

	if (!options(c, specs, NULL, 0, NULL))
		return EXIT_USAGE;
	rc = platform_subscribe(&c->t, take_over, &reason);
	if (rc == E_CONFLICT)
		return usage("the app delivers to %s; --take-over takes it "
			     "back",
			     reason),
		       1;
	if (rc == E_REMOTE)
		return say_reason(c, reason);
	if (rc)
		return failed(c);
	printf("Meta delivers to %s/webhook now.\n",
	       c->site.conf.site.base_url);
	return 0;
}

static int
run_app(struct cli *c)
{
	static const struct {
		const char *name;
		int (*run)(struct cli *c);
	} acts[] = { { "set", app_set },
		     { "show", app_show },
		     { "subscribe", app_subscribe } };

	for (size_t i = 0; c->argc > 0 && i < COUNT(acts); i++)
		if (!strcmp(c->argv[0], acts[i].name)) {
			c->argc--;
			c->argv++;
			return acts[i].run(c);
		}
	return usage("app set, app show or app subscribe; see --help");
}

/* ---- connect --------------------------------------------------------------------- */

static int
say_result(struct cli *c, const struct connect_result *r)
{
	for (size_t i = 0; i < r->n_pages; i++) {
		const struct draft_page *p = &r->pages[i];
		struct reason_facts f = { .permission = p->detail,
					  .label = p->detail,
					  .page = p->name };
		const char *lacks =
			p->reason[0]
				? reason_card(c->mem, reason_of(p->reason), &f)
				: "";

		printf("%s  %s  %s, %lld forms%s%s\n", p->meta_id, p->name,
		       !strcmp(p->result, "connected") ? "connected"
						       : "not connected",
		       (long long)p->n_forms, lacks[0] ? ": " : "", lacks);
	}
	printf("%zu of %zu pages connected.\n", r->n_connected, r->n_pages);
	return 0;
}

/* Somebody has to be behind it: the first SuperAdmin. */
static int
find_superadmin(struct cli *c, int64_t *id)
{
	struct user *users = NULL;
	size_t n = 0;

	if (user_list(&c->t, &users, &n))
		return failed(c);
	for (size_t i = 0; i < n; i++)
		if (users[i].role == ROLE_SUPERADMIN && users[i].is_active) {
			*id = users[i].id;
			return 0;
		}
	return usage("there is no SuperAdmin yet: leadport init"), 1;
}

static int
find_assignee(struct cli *c, const char *email, int64_t *id)
{
	struct user u;

	if (!email)
		return 0;
	if (user_by_email(&c->t, email, &u))
		return failed(c);
	*id = u.id;
	return 0;
}

static int
run_connect(struct cli *c)
{
	struct draft i = { 0 };
	struct integration check;
	struct connect_result result = { 0 };
	const char *assignee = NULL, *field = NULL, *token;
	const struct option_spec specs[] = {
		{ "--name", &i.name, NULL },
		{ "--description", &i.description, NULL },
		{ "--strategy", &i.strategy, NULL },
		{ "--assignee", &assignee, NULL },
		{ 0 },
	};

	if (!options(c, specs, NULL, 0, NULL))
		return EXIT_USAGE;
	if (!i.name || !i.strategy)
		return usage("connect needs --name and --strategy");
	if (!i.description)
		i.description = "";
	if (find_superadmin(c, &i.user_id) ||
	    find_assignee(c, assignee, &i.assignee_id))
		return 1;
	check = (struct integration){ .name = i.name,
				      .description = i.description,
				      .strategy = i.strategy,
				      .assignee_id = i.assignee_id };
	if (integration_check(&c->t, &check, &field))
		return failed(c);
	token = secret_line(c, "System-user token");
	if (!token || !token[0])
		return usage("no token on standard input");
	if (connect_token(&c->t, &i, token, &result))
		return failed(c);
	return say_result(c, &result);
}

const struct command cmd_app = {
	.name = "app",
	.run = run_app,
	.help = "usage: leadport app set --id ID [--verify-token TOKEN]"
		" [--config ID]\n"
		"Set, show and subscribe the Meta app\n\n"
		"  app set --id ID [--verify-token TOKEN] [--config ID]\n"
		"           The app secret is the first line of standard "
		"input.  Without a verify\n           token one is made.  "
		"--config names a configuration of Facebook Login\n"
		"           for Business.\n"
		"  app show\n"
		"  app subscribe [--take-over]\n"
		"           Tell Meta to deliver leads to this installation. "
		" An app has one such\n           address: that of another "
		"installation is replaced only with --take-over.",
};
const struct command cmd_connect = {
	.name = "connect",
	.run = run_connect,
	.help = "usage: leadport connect --name NAME --strategy STRATEGY\n"
		"Connect the pages of a system-user token\n\n"
		"  --name NAME            of the connection\n"
		"  --description TEXT\n"
		"  --strategy STRATEGY    unassigned, user or round_robin\n"
		"  --assignee ADDRESS     who gets the leads, with strategy "
		"user\n\n"
		"The token is the first line of standard input.  Every page "
		"it reaches is\nsubscribed to leads and listed with what it "
		"lacks.",
};

/* ---- sync ------------------------------------------------------------------------ */

static int
run_sync(struct cli *c)
{
	struct sync_order order = { .way = "sync" };
	const char *id = NULL, *days = NULL;
	bool history = false, is_new = false;
	const struct option_spec specs[] = {
		{ "--history", NULL, &history },
		{ "--days", &days, NULL },
		{ "--share-out", NULL, &order.is_shared_out },
		{ 0 },
	};
	int64_t run = 0, n_days = 0;
	size_t n = 0;

	if (!options(c, specs, &id, 1, &n))
		return EXIT_USAGE;
	if (n != 1 ||
	    !text_int(text_of(id), 1, INT64_MAX, &order.integration_id))
		return usage("sync needs the number of an integration");
	if ((days || order.is_shared_out) && !history)
		return usage("--days and --share-out go with --history");
	if (days && !text_int(text_of(days), 1, SYNC_HISTORY_DAYS, &n_days))
		return usage("--days takes a number from 1 to 90");
	if (history)
		order.way = "history";
	if (n_days)
		order.since = when_add(c->t.now, -n_days * DAY_MS);
	if (sync_start(&c->t, &order, &run, &is_new))
		return failed(c);
	wake_worker(&c->t);
	printf("Sync %lld %s.\n", (long long)run,
	       is_new ? "starts" : "is running already");
	return 0;
}

const struct command cmd_sync = {
	.name = "sync",
	.run = run_sync,
	.help = "usage: leadport sync ID [--history [--days N] "
		"[--share-out]]\n"
		"Fetch what is missing of an integration's leads\n\n"
		"Reads every form of integration ID since the last complete "
		"sync; with --history of\nthe last 90 (or N) days.  History "
		"stays unassigned unless it is shared out.  A worker\ndoes "
		"it; one that runs already is left alone, one that is paused "
		"goes on.",
};
