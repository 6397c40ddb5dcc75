/* graph_oauth: codes and tokens exchanged (contract 2.3, 2.4). */
#include "base/crypt.h"
#include "graph_call.h"
#include "graph_put.h"
#include "world_member.h"

static void
put_token(struct graph_request *q, const char *token, int64_t life_s)
{
	json_open(&q->out, '{');
	put(&q->out, "access_token", token);
	put(&q->out, "token_type", "bearer");
	if (life_s)
		put_int(&q->out, "expires_in", life_s);
	json_close(&q->out, '}');
}

/* ---- from the dialog's code ----------------------------------------------------- */

static enum rc
judge_code(struct task *t, struct graph_request *q, const struct sim_code *c)
{
	if (c->used_at.ms)
		return graph_no(q, 400, 100, 36009,
				"This authorization code has been used.");
	if (t->now.ms - c->made_at.ms > q->sw->code_seconds * SECOND_MS)
		return graph_no(q, 400, 100, 36007,
				"This authorization code has expired.");
	if (strcmp(c->redirect_uri, graph_param(q, "redirect_uri")) != 0)
		return graph_no(q, 400, 100, 36008,
				"Error validating verification code. Please "
				"make sure your redirect_uri is identical to "
				"the one you used in the OAuth dialog request");
	return OK;
}

static enum rc
from_code(struct task *t, struct graph_request *q)
{
	struct sim_token token;
	struct sim_code c;
	bool first = false;
	enum rc rc = world_code(t, graph_param(q, "code"), &c);

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return graph_no(q, 400, 100, 0,
				graph_has(q, "code")
					? "Invalid verification code format."
					: "Missing authorization code");
	}
	if (!rc)
		rc = judge_code(t, q, &c);
	if (rc || q->error.code)
		return rc;
	rc = world_use_code(t, c.code, &first);
	if (!rc && !first) { /* somebody was faster */
		c.used_at = t->now;
		return judge_code(t, q, &c);
	}
	if (!rc)
		rc = world_user_token(t, q->sw, c.member_id, NULL, &token);
	if (!rc)
		put_token(q, token.token, q->sw->short_token_s);
	return rc;
}

/* ---- short to long --------------------------------------------------------------- */

static enum rc
exchange(struct task *t, struct graph_request *q)
{
	struct graph_request old = { .method = "GET",
				     .sw = q->sw,
				     .app = q->app };
	struct sim_token token;
	enum rc rc;

	old.token = graph_param(q, "fb_exchange_token");
	if (!old.token[0])
		return graph_no(q, 400, 100, 0,
				"(#100) The parameter fb_exchange_token is "
				"required");
	rc = graph_check_token(t, &old);
	if (rc)
		return rc;
	/* Nobody proves a token that is being exchanged. */
	if (old.error.code && old.error.code != 100) {
		q->error = old.error;
		return OK;
	}
	if (strcmp(old.who.type, "user") != 0) { /* system users: as it is */
		put_token(q, old.token, 0);
		return OK;
	}
	rc = world_user_token(t, q->sw, old.who.user_id, &old.who, &token);
	if (!rc)
		put_token(q, token.token, q->sw->long_token_s);
	return rc;
}

enum rc
graph_access_token(struct task *t, struct graph_request *q)
{
	const char *type = graph_param(q, "grant_type");

	if (strcmp(graph_param(q, "client_id"), q->app.id) != 0)
		return graph_no(q, 400, 101, 0,
				"Error validating application. Invalid "
				"application ID.");
	if (!crypt_same_text(text_of(graph_param(q, "client_secret")),
			     text_of(q->app.secret)))
		return graph_no(q, 400, 1, 0,
				"Error validating client secret.");
	if (strcmp(type, "client_credentials") == 0) {
		put_token(q,
			  arena_fmt(t->mem, "%s|%s", q->app.id, q->app.secret),
			  0);
		return OK;
	}
	if (strcmp(type, "fb_exchange_token") == 0)
		return exchange(t, q);
	if (type[0] && strcmp(type, "authorization_code") != 0)
		return graph_no(q, 400, 100, 0,
				"(#100) Invalid grant_type parameter");
	return from_code(t, q);
}
