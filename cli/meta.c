/* meta: `leadport app` and `leadport connect`. */
#include "base/conf.h"
#include "cli.h"
#include "crm/setting.h"
#include "crm/user.h"
#include "meta/graph.h"
#include "work/connect.h"

/* Meta's secrets are 32 hex digits; other lengths are let through for other
 * Graph APIs, blanks and controls never. */
static bool
is_token(const char *s)
{
	size_t n = 0;

	for (; s && s[n]; n++)
		if (s[n] <= ' ' || s[n] > '~')
			return false;
	return n >= 8 && n <= 128;
}

static enum rc
store_app(struct cli *c, const char *id, const char *secret, const char *verify)
{
	const char *old = NULL;
	enum rc rc = setting_get(&c->t, SETTING_APP_SECRET, &old);

	/* Meta may sign with the secret before for a while. */
	if (!rc && old && strcmp(old, secret) != 0)
		rc = setting_put(&c->t, SETTING_APP_SECRET_OLD, old);
	if (!rc)
		rc = setting_put(&c->t, SETTING_APP_ID, id);
	if (!rc)
		rc = setting_put(&c->t, SETTING_APP_SECRET, secret);
	if (!rc && verify)
		rc = setting_put(&c->t, SETTING_VERIFY_TOKEN, verify);
	return rc;
}

static int
app_set(struct cli *c)
{
	const char *id = NULL, *verify = NULL, *secret, *have = NULL;
	const struct option_spec specs[] = {
		{ "--id", &id, NULL },
		{ "--verify-token", &verify, NULL },
		{ 0 },
	};

	if (!options(c, specs, NULL, 0, NULL))
		return EXIT_USAGE;
	if (!id || !text_is_id(text_of(id)))
		return usage("app set needs --id, the app's number");
	if (verify && !is_token(verify))
		return usage("the verify token has 8 to 128 characters, no "
			     "blanks");
	secret = secret_line(c, "App secret");
	if (!is_token(secret))
		return usage("the app secret (first line of standard input) "
			     "has 8 to 128 characters, no blanks");
	if (setting_get(&c->t, SETTING_VERIFY_TOKEN, &have))
		return failed(c);
	if (!verify && !have)
		verify = crypt_token(c->mem);
	if (store_app(c, id, secret, verify))
		return failed(c);
	puts("Stored.  The secret is sealed and not shown again.");
	return 0;
}

static int
app_show(struct cli *c)
{
	const char *id = NULL, *secret = NULL, *verify = NULL;

	if (!options(c, NULL, NULL, 0, NULL))
		return EXIT_USAGE;
	if (setting_get(&c->t, SETTING_APP_ID, &id) ||
	    setting_get(&c->t, SETTING_APP_SECRET, &secret) ||
	    setting_get(&c->t, SETTING_VERIFY_TOKEN, &verify))
		return failed(c);
	printf("App ID        %s\n", id ? id : "not set");
	printf("App secret    %s\n", secret ? "set, sealed" : "not set");
	printf("Callback URL  %s/webhook\n", c->site.conf.site.base_url);
	printf("Verify token  %s\n", verify ? verify : "not set");
	return 0;
}

static int
app_subscribe(struct cli *c)
{
	const char *app_id = NULL, *verify = NULL, *callback, *path;
	struct graph_error err = { .words = "" };
	const struct json *reply = NULL;
	struct graph g;
	enum rc rc;

	if (!options(c, NULL, NULL, 0, NULL))
		return EXIT_USAGE;
	if (connect_app_graph(&c->t, &app_id, &g) ||
	    setting_get(&c->t, SETTING_VERIFY_TOKEN, &verify))
		return failed(c);
	callback = arena_fmt(c->mem, "%s/webhook", c->site.conf.site.base_url);
	path = arena_fmt(c->mem, "%s/subscriptions", app_id);
	rc = graph_do(&c->t, &g,
		      &(struct graph_call){
			      .method = "POST",
			      .path = path,
			      .params =
				      (struct graph_param[]){
					      { "object", "page" },
					      { "callback_url", callback },
					      { "fields", "leadgen" },
					      { "include_values", "true" },
					      { "verify_token",
						verify ? verify : "" },
					      { 0 } } },
		      &reply, &err);
	if (rc == E_REMOTE)
		return usage("Meta: %s (%lld)", err.words, (long long)err.code),
		       1;
	if (rc)
		return failed(c);
	printf("Meta delivers to %s now.\n", callback);
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
say_result(const struct connect_result *r)
{
	for (size_t i = 0; i < r->n_pages; i++) {
		const struct connect_page *p = &r->pages[i];

		printf("%s  %s  %s, %lld forms%s%s\n", p->meta_id, p->name,
		       p->connected ? "connected" : "not connected",
		       (long long)p->n_forms, p->problem[0] ? ": " : "",
		       p->problem);
	}
	printf("%zu of %zu pages connected.\n", r->n_connected, r->n_pages);
	return 0;
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
	struct integration i = { 0 };
	struct connect_result result = { 0 };
	const char *assignee = NULL, *token;
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
	if (find_assignee(c, assignee, &i.assignee_id))
		return 1;
	token = secret_line(c, "System-user token");
	if (!token || !token[0])
		return usage("no token on standard input");
	if (connect_token(&c->t, &i, token, &result))
		return failed(c);
	return say_result(&result);
}

const struct command cmd_app = {
	.name = "app",
	.run = run_app,
	.help = "usage: leadport app set --id ID [--verify-token TOKEN]\n"
		"Set, show and subscribe the Meta app\n\n"
		"  app set --id ID [--verify-token TOKEN]\n"
		"           The app secret is the first line of standard "
		"input.  Without a verify\n           token one is made.\n"
		"  app show\n"
		"  app subscribe\n"
		"           Tell Meta to deliver leads to this installation. "
		" An app has one such\n           address: an earlier one is "
		"replaced.",
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
