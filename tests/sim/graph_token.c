/* graph_token: whose token is it, and what may it (contract 2.4, 2.5, 2.9)? */
#include "base/crypt.h"
#include "graph_call.h"
#include "graph_put.h"
#include "world_member.h"
#include "world_record.h"

enum { NO_BUDGET = 1000000000, SCOPES_MAX = 2000 };

static bool
is_app_token(const char *token, const struct sim_app *app)
{
	struct text t = text_of(token), id;

	return text_take_until(&t, '|', &id) && text_is(id, app->id) &&
	       text_is(t, app->secret);
}

/* "token" or, the timed form, "token|time", not older than five minutes. */
static bool
proof_fits(struct task *t, const struct graph_request *q, const char *proof)
{
	const char *time = graph_param(q, "appsecret_time");
	const char *data = q->token;
	int64_t at = 0, now = t->now.ms / SECOND_MS;
	uint8_t mac[CRYPT_HASH];

	if (time[0]) {
		if (!text_int(text_of(time), now - 300, now + 300, &at))
			return false;
		data = arena_fmt(t->mem, "%s|%lld", q->token, (long long)at);
	}
	crypt_hmac_sha256(text_of(q->app.secret), text_of(data), mac);
	return strcmp(crypt_hex(t->mem, mac, sizeof(mac)), proof) == 0;
}

/* appsecret_proof is checked when sent, and demanded by switch. */
static void
check_proof(struct task *t, struct graph_request *q)
{
	const char *proof = graph_param(q, "appsecret_proof");
	const char *no = NULL;

	if (!proof[0] && q->sw->require_proof)
		no = "API calls from the server require an appsecret_proof "
		     "argument";
	else if (proof[0] && !proof_fits(t, q, proof))
		no = "Invalid appsecret_proof provided in the API argument";
	if (no)
		q->error = (struct sim_error){ .status = 400,
					       .code = 100,
					       .type = "GraphMethodException",
					       .message = no };
}

/* A token that is not in the table; app tokens have a bar. */
static enum rc
unknown_token(struct graph_request *q)
{
	if (strchr(q->token, '|'))
		return graph_no(q, 400, 190, 0,
				"Invalid OAuth access token signature.");
	graph_dead(q, 0);
	return OK;
}

enum rc
graph_check_token(struct task *t, struct graph_request *q)
{
	enum rc rc;

	q->scopes = "";
	if (!q->token)
		return graph_no(q, 400, 104, 0,
				"An access token is required to request this "
				"resource.");
	if (is_app_token(q->token, &q->app)) {
		q->who = (struct sim_token){ .token = q->token,
					     .type = "app",
					     .app_id = q->app.id };
		return OK;
	}
	rc = world_token(t, q->token, &q->who);
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return unknown_token(q);
	}
	if (rc)
		return rc;
	if (q->who.is_dead)
		graph_dead(q, q->who.dead_subcode);
	else if (q->who.expires_at.ms && q->who.expires_at.ms <= t->now.ms)
		graph_dead(q, 463);
	else
		check_proof(t, q);
	if (q->error.code)
		return OK;
	return graph_scopes(t, q->sw, &q->who, &q->scopes);
}

/* ---- permissions ---------------------------------------------------------------- */

static void
add_scope(struct buf *b, const struct switches *sw, const char *name)
{
	if (strcmp(sw->missing_scope, name) != 0)
		buf_fmt(b, "%s%s", b->len ? "," : "", name);
}

static enum rc
member_scopes(struct task *t, const struct switches *sw,
	      const struct sim_token *who, struct buf *b)
{
	struct sim_permission *all = NULL;
	struct sim_role *role = NULL;
	size_t n = 0;
	enum rc rc = world_permissions(t, who->user_id, &all, &n);

	if (!rc && who->page_id)
		rc = world_role(t, sw, who->user_id, who->page_id, &role);
	if (rc || (who->page_id && !(role && role->ticked)))
		return rc;
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].status, "granted") == 0)
			add_scope(b, sw, all[i].permission);
	return OK;
}

enum rc
graph_scopes(struct task *t, const struct switches *sw,
	     const struct sim_token *who, const char **out)
{
	struct buf b = buf_in(t->mem, SCOPES_MAX);
	struct sim_member m;
	enum rc rc = OK;

	if (strcmp(who->type, "app") != 0) {
		rc = world_member(t, who->user_id, &m);
		if (!rc) {
			rc = member_scopes(t, sw, who, &b);
		} else if (rc == E_NOTFOUND) { /* a system user has all */
			task_forgive(t);
			rc = OK;
			for (size_t i = 0; i < sim_scopes_n; i++)
				add_scope(&b, sw, sim_scopes[i].name);
		}
	}
	*out = buf_str(&b);
	return rc;
}

bool
graph_may(const struct graph_request *q, const char *scope)
{
	return world_listed(q->scopes, scope);
}

void
graph_need_scopes(struct task *t, struct graph_request *q, const char *scopes)
{
	struct text rest = text_of(scopes), part;

	while (!q->error.code && text_take_part(&rest, ',', &part)) {
		const char *scope = arena_str(t->mem, part);

		if (strcmp(q->who.type, "app") != 0 && !graph_may(q, scope))
			graph_lacks(t, q, scope);
	}
}

void
graph_need_page(struct graph_request *q, bool *done)
{
	const char *manner = q->sw->page_token_error;

	*done = false;
	if (strcmp(q->who.type, "page") == 0) {
		if (strcmp(q->who.page_id, q->page_id) != 0)
			q->error = (struct sim_error){
				.status = 400,
				.code = 10,
				.message =
					"(#10) Requested Page Does Not Match "
					"Page Access Token, check that access "
					"token on https://developers.facebook."
					"com/tools/debug/accesstoken/",
			};
		return;
	}
	if (strcmp(manner, "empty") == 0 && graph_is(q, "GET")) {
		put_data(&q->out);
		put_data_end(&q->out);
		*done = true;
	} else if (strcmp(manner, "210") == 0) {
		q->error = (struct sim_error){
			.status = 400,
			.code = 210,
			.message = "(#210) A page access token is required to "
				   "request this resource.",
		};
	} else if (strcmp(manner, "190") == 0) {
		q->error = (struct sim_error){
			.status = 400,
			.code = 190,
			.message = "(#190) This method must be called with a "
				   "Page Access Token",
		};
	} else {
		graph_dead(q, 2069032);
	}
}

/* ---- budgets (contract 7) --------------------------------------------------------- */

static bool
is_leadgen(const struct graph_request *q)
{
	return world_listed("forms,form,leads,lead,test_leads", q->kind);
}

/* Count this call; *over: it is one too many.  Without a budget nothing is
 * counted: the percentage would be 0 anyhow. */
static enum rc
spend(struct task *t, const struct switches *sw, const char *scope,
      const char *id, bool *over)
{
	int64_t budget = strcmp(scope, "app") == 0    ? sw->app_budget
			 : strcmp(scope, "page") == 0 ? sw->page_budget
						      : sw->token_budget;
	const struct sim_usage u = { scope, id, 1 };
	int64_t calls = 0;
	enum rc rc;

	*over = false;
	if (budget == NO_BUDGET)
		return OK;
	rc = usage_add(t, &u, sw->usage_window_s);
	if (!rc)
		rc = usage_read(t, scope, id, sw->usage_window_s, &calls);
	*over = calls > budget;
	return rc;
}

enum rc
graph_budget(struct task *t, struct graph_request *q)
{
	bool page = q->who.page_id != NULL;
	bool app_over = false, page_over = false, token_over = false;
	int status;
	enum rc rc = spend(t, q->sw, "app", SIM_APP_ID, &app_over);

	if (!rc && page && is_leadgen(q))
		rc = spend(t, q->sw, "page", q->who.page_id, &page_over);
	if (!rc && !page && strcmp(q->who.type, "app") != 0)
		rc = spend(t, q->sw, "token",
			   crypt_sha256_hex(t->mem, text_of(q->token)),
			   &token_over);
	if (rc)
		return rc;
	if (app_over)
		graph_strike(t, q, "4", &status);
	else if (page_over)
		graph_strike(t, q, "80005", &status);
	else if (token_over)
		graph_strike(t, q, "17", &status);
	return OK;
}
