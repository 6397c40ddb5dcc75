/* connect: the Meta app of this installation, and the way to Facebook and
 * back. */
#include "work/connect.h"

#include "base/conf.h"
#include "base/log.h"
#include "crm/owner.h"
#include "crm/reason.h"
#include "crm/setting.h"
#include "db/db.h"
#include "meta/accounts.h"

/* ---- the app ---------------------------------------------------------------- */

static enum rc
graph_at(struct task *t, struct graph *out)
{
	const char *version = NULL;
	enum rc rc = setting_get(t, SETTING_GRAPH_VERSION, &version);

	if (rc)
		return rc;
	*out = (struct graph){
		.url = t->conf->meta.graph_url,
		.version = version ? version : t->conf->meta.graph_version,
	};
	return OK;
}

enum rc
connect_app(struct task *t, struct oauth_app *out)
{
	struct oauth_app app = {
		.redirect_uri = arena_fmt(t->mem, "%s/oauth-callback",
					  t->conf->site.base_url),
	};
	enum rc rc = setting_get(t, SETTING_APP_ID, &app.id);

	if (!rc)
		rc = setting_get(t, SETTING_APP_SECRET, &app.secret);
	if (!rc)
		rc = setting_get(t, SETTING_LOGIN_CONFIG, &app.config_id);
	if (rc)
		return rc;
	if (!app.id || !app.secret)
		return fail(
			t, E_INPUT,
			"App ID and secret are not set yet: Platform setup, "
			"or leadport app set --id ID");
	if (app.config_id && !app.config_id[0])
		app.config_id = NULL;
	*out = app;
	return OK;
}

bool
connect_app_is_set(struct task *t)
{
	struct oauth_app app;
	bool is = connect_app(t, &app) == OK;

	task_forgive(t);
	return is;
}

static enum rc
app_and_graph(struct task *t, struct oauth_app *app, struct graph *g)
{
	enum rc rc = connect_app(t, app);

	return rc ? rc : graph_at(t, g);
}

enum rc
connect_graph(struct task *t, const char *token, struct graph *out)
{
	struct oauth_app app = { 0 };
	struct graph g;
	enum rc rc = app_and_graph(t, &app, &g);

	if (rc)
		return rc;
	g.app_secret = app.secret;
	g.token = token;
	*out = g;
	return OK;
}

enum rc
connect_app_graph(struct task *t, const char **app_id, struct graph *out)
{
	struct oauth_app app = { 0 };
	struct graph g;
	enum rc rc = app_and_graph(t, &app, &g);

	if (rc)
		return rc;
	/* No proof goes with the app's own token (contract 2.9). */
	g.token = arena_fmt(t->mem, "%s|%s", app.id, app.secret);
	*app_id = app.id;
	*out = g;
	return OK;
}

/* ---- to Facebook --------------------------------------------------------------- */

enum rc
connect_dialog(struct task *t, int64_t draft_id, int64_t session_id,
	       bool rerequest, const char **url)
{
	const char *state = NULL;
	struct oauth_app app;
	struct graph g;
	enum rc rc = app_and_graph(t, &app, &g);

	if (!rc)
		rc = draft_state(t, draft_id, session_id, &state);
	if (rc)
		return rc;
	*url = oauth_dialog(t->mem, t->conf->meta.dialog_url, g.version, &app,
			    state, rerequest);
	return OK;
}

/* ---- and back --------------------------------------------------------------------- */

/* Which reason a refusal of the code exchange is (contract 2.3). */
static const char *
exchange_reason(const struct graph_error *err)
{
	struct text reason = text_of(err->reason);

	if (text_is(reason, "network") || text_is(reason, "no_json"))
		return "login_unanswered";
	if (text_is(reason, "login_too_long") || text_is(reason, "redirect") ||
	    text_is(reason, "app_secret") || text_is(reason, "app_id"))
		return err->reason;
	return "login_refused";
}

/* What Facebook said instead of a code (contract 2.2). */
static const char *
refusal_reason(const struct connect_return *back)
{
	if (text_is(text_of(back->error), "access_denied"))
		return "cancelled";
	return "login_refused";
}

static enum rc
look_at_token(struct task *t, const char *token, struct meta_token *out,
	      struct graph_error *err)
{
	const char *app_id = NULL;
	struct graph app;
	enum rc rc = connect_app_graph(t, &app_id, &app);

	return rc ? rc : accounts_token(t, &app, token, out, err);
}

/* Who logged in, for how long, and with which permissions. */
static enum rc
learn(struct task *t, const char *token, struct draft *d,
      struct graph_error *err)
{
	struct meta_token debug = { 0 };
	struct oauth_person person = { 0 };
	struct graph g;
	enum rc rc = connect_graph(t, token, &g);

	if (!rc)
		rc = look_at_token(t, token, &debug, err);
	if (!rc && !debug.valid) {
		*err = debug.why;
		return fail(t, E_REMOTE, "the token is not valid");
	}
	if (!rc)
		rc = oauth_person(t, &g, &person, err);
	if (rc)
		return rc;
	d->token = token;
	d->kind = text_is(text_of(debug.type), "SYSTEM_USER") ? "system_user"
							      : "user";
	d->meta_user_id = person.id;
	d->meta_name = person.name;
	d->scopes = person.granted[0] ? person.granted : debug.scopes;
	/* Unticked, not missing in the app. */
	d->reason = "";
	if (oauth_has(person.declined, "leads_retrieval"))
		d->reason = "permission";
	d->detail = d->reason[0] ? "leads_retrieval" : "";
	d->expires_at = debug.expires;
	d->data_expires_at = debug.data_access_expires;
	return OK;
}

static enum rc
keep_login(struct task *t, void *arg)
{
	const struct draft *d = arg;
	enum rc rc = draft_login(t, d);

	if (!rc)
		rc = draft_problem(t, d->id, d->reason, d->detail);
	return rc ? rc : queue_add(t, JOB_DRAFT, d->id);
}

/* Nobody's draft, or a code that was not taken: the draft says so. */
static enum rc
went_wrong(struct task *t, int64_t draft_id, const char *why,
	   const char *detail, const char **reason)
{
	*reason = why;
	return draft_problem(t, draft_id, why, detail);
}

static enum rc
take_code(struct task *t, struct draft *d, const char *code,
	  const char **reason)
{
	struct graph_error err = { .reason = "", .words = "" };
	const char *token = NULL;
	struct oauth_app app;
	struct graph g;
	enum rc rc = app_and_graph(t, &app, &g);

	if (!rc)
		rc = oauth_exchange(t, &g, &app, code, &token, &err);
	if (!rc)
		rc = learn(t, token, d, &err);
	if (rc == E_REMOTE) {
		log_warn("draft %lld: %s (%lld/%lld)", (long long)d->id,
			 err.reason, (long long)err.code,
			 (long long)err.subcode);
		task_forgive(t);
		return went_wrong(t, d->id, exchange_reason(&err), err.words,
				  reason);
	}
	return rc ? rc : db_tx(t, "keep_login", keep_login, d);
}

enum rc
connect_return(struct task *t, int64_t session_id,
	       const struct connect_return *back, int64_t *draft_id,
	       const char **reason)
{
	struct draft d;
	enum rc rc = draft_by_state(t, back->state, session_id, &d);

	*draft_id = 0;
	*reason = "";
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		*reason = "login_too_long";
		return OK;
	}
	if (rc)
		return rc;
	*draft_id = d.id;
	if (!back->code[0])
		return went_wrong(t, d.id, refusal_reason(back),
				  back->error_words, reason);
	return take_code(t, &d, back->code, reason);
}

/* ---- without a login ------------------------------------------------------------------ */

static const char *
token_fault(struct task *t, const struct graph_error *err)
{
	struct reason_facts none = { .words = err->words };

	if (err->class == GRAPH_RECONNECT || err->class == GRAPH_PERSON)
		return "Meta does not accept this token: it is incomplete, "
		       "expired or was revoked. Make a new one.";
	return reason_sentence(t->mem, reason_of(err->reason), &none);
}

enum rc
connect_system_token(struct task *t, int64_t draft_id, const char *token)
{
	struct graph_error err = { .reason = "", .words = "" };
	struct draft d = { .id = draft_id };
	enum rc rc = learn(t, token, &d, &err);

	if (rc == E_REMOTE) {
		task_forgive(t);
		return fail(t, E_INPUT, "%s", token_fault(t, &err));
	}
	return rc ? rc : db_tx(t, "keep_login", keep_login, &d);
}

enum rc
connect_again(struct task *t, int64_t draft_id)
{
	struct graph_error err;
	struct owner *owners = NULL;
	struct draft d;
	size_t n = 0;
	enum rc rc = draft_get(t, draft_id, 0, &d);

	if (!rc)
		rc = owner_list(t, d.integration_id, &owners, &n);
	for (size_t i = 0; !rc && i < n; i++) {
		if (!owners[i].token)
			continue;
		rc = learn(t, owners[i].token, &d, &err);
		if (!rc)
			return db_tx(t, "keep_login", keep_login, &d);
		if (rc != E_REMOTE)
			return rc;
		task_forgive(t);
		rc = OK;
	}
	return rc ? rc : fail(t, E_NOTFOUND, "no login is alive");
}

/* ---- choosing --------------------------------------------------------------------------- */

/* What the login lacks is still so. */
static enum rc
list_again(struct task *t, void *arg)
{
	const struct draft *d = arg;
	enum rc rc = draft_step(t, d->id, DRAFT_LISTING);

	if (!rc && !text_is(text_of(d->reason), "permission"))
		rc = draft_problem(t, d->id, "", "");
	return rc ? rc : queue_add(t, JOB_DRAFT, d->id);
}

enum rc
connect_list_again(struct task *t, int64_t draft_id)
{
	struct draft d;
	enum rc rc = draft_get(t, draft_id, 0, &d);

	if (rc)
		return rc;
	if (!d.token)
		return fail(t, E_CONFLICT, "draft %lld has no login",
			    (long long)draft_id);
	return db_tx(t, "list_again", list_again, &d);
}

struct chosen {
	int64_t draft_id;
	const struct draft_choice *choice;
};

static enum rc
choose(struct task *t, void *arg)
{
	const struct chosen *c = arg;
	enum rc rc = draft_choose(t, c->draft_id, c->choice);

	return rc ? rc : queue_add(t, JOB_DRAFT, c->draft_id);
}

enum rc
connect_choose(struct task *t, int64_t draft_id, const struct draft_choice *c)
{
	struct chosen work = { draft_id, c };

	return db_tx(t, "connect_choose", choose, &work);
}
