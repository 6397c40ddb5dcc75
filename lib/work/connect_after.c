/* connect_after: what becomes of a connection: tokens renewed, troubles noted,
 * and its end. */
#include "base/log.h"
#include "crm/integration.h"
#include "crm/owner.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "meta/pagelook.h"
#include "work/connect.h"

/* ---- troubles ------------------------------------------------------------------ */

enum rc
connect_trouble(struct task *t, const char *scope, int64_t subject_id,
		int64_t integration_id, const struct graph_error *err)
{
	struct trouble tr = {
		.scope = scope,
		.subject_id = subject_id,
		.integration_id = integration_id,
		.reason = err->reason,
		.detail = err->permission ? err->permission : "",
		.code = err->code,
		.subcode = err->subcode,
	};

	if (err->class == GRAPH_THROTTLED)
		tr.until = when_add(t->now, err->wait_s * SECOND_MS);
	return trouble_met(t, &tr);
}

enum rc
connect_reads(struct task *t, const struct page *p)
{
	int64_t released = 0;
	bool waits = false;
	enum rc rc = trouble_page_waits(t, p->id, &waits);

	if (!rc && waits)
		rc = queue_release_page(t, p->meta_id, &released);
	return rc ? rc : trouble_page_reads(t, p->id);
}

/* ---- page tokens ----------------------------------------------------------------- */

/* Is it the person's login that is dead, or only this page out of reach? */
static bool
is_of_login(const struct graph_error *err)
{
	struct text reason = text_of(err->reason);

	if (err->class != GRAPH_RECONNECT && err->class != GRAPH_PERSON)
		return false;
	return !text_is(reason, "page_token") &&
	       !text_is(reason, "role_lost") && !text_is(reason, "two_factor");
}

static enum rc
ask_page_token(struct task *t, const char *meta_id, const struct owner *o,
	       const char **token, struct graph_error *err)
{
	static const struct graph_param fields[] = {
		{ "fields", "access_token" },
		{ 0 },
	};
	const struct graph_call call = { "GET", meta_id, fields };
	const struct json *reply = NULL;
	struct graph g;
	enum rc rc = connect_graph(t, o->token, &g);

	if (!rc)
		rc = graph_do(t, &g, &call, &reply, err);
	if (rc)
		return rc;
	*token = json_text(json_get(reply, "access_token"));
	if (*token)
		return OK;
	graph_judge_codes(t, 210, 0, NULL, err);
	return fail(t, E_REMOTE, "page %s: no token given", meta_id);
}

/* One login that may have the page; its death is noted. */
static enum rc
try_owner(struct task *t, struct page *p, const struct owner *o,
	  struct graph_error *err)
{
	const char *token = NULL;
	enum rc rc = ask_page_token(t, p->meta_id, o, &token, err), noted;

	if (!rc) {
		p->token = token;
		p->owner_id = o->id;
		return page_new_token(t, p);
	}
	if (rc != E_REMOTE || !is_of_login(err))
		return rc;
	task_forgive(t);
	noted = connect_trouble(t, TROUBLE_OWNER, o->id, o->integration_id,
				err);
	return noted ? noted : fail(t, E_REMOTE, "login: %s", err->reason);
}

bool
connect_may_renew(const struct graph_error *err)
{
	return err->class == GRAPH_RECONNECT || err->class == GRAPH_PERSON ||
	       graph_lacks_right(err);
}

/* A login that could not be asked now may have the page in a while; what else
 * one is told counts only where the page's own token told nothing but its end. */
static bool
says_more(const struct graph_error *said, const struct graph_error *told)
{
	if (said->class == GRAPH_RETRY || said->class == GRAPH_THROTTLED)
		return true;
	return told->class == GRAPH_RECONNECT && graph_is_refusal(said);
}

/* Another login has the page from now on: what is wrong with the one before is
 * told on that.  A right that it lacks is not: it may be this page's alone, and
 * which ones the login lacks the health check knows. */
static enum rc
pass_over(struct task *t, const struct page *p, int64_t owner_id,
	  const struct graph_error *why)
{
	if (!owner_id || why->class == GRAPH_RECONNECT || !is_of_login(why))
		return OK;
	return connect_trouble(t, TROUBLE_OWNER, owner_id, p->integration_id,
			       why);
}

enum rc
connect_renew_page(struct task *t, struct page *p, struct connect_renewal *r,
		   struct graph_error *told)
{
	const struct graph_error why = *told;
	int64_t before = p->owner_id;
	struct owner *owners = NULL;
	size_t n = 0;
	enum rc rc = owner_list(t, p->integration_id, &owners, &n);

	if (!r->latest && why.class != GRAPH_RECONNECT)
		r->refused = before;
	for (size_t i = 0; !rc && i < n; i++) {
		const struct owner *o = &owners[i];
		struct graph_error said = { .reason = "", .words = "" };

		if (!o->token || o->id <= r->latest || o->id == r->refused)
			continue;
		r->latest = o->id;
		rc = try_owner(t, p, o, &said);
		if (!rc)
			return pass_over(t, p, before, &why);
		if (rc != E_REMOTE)
			return rc;
		task_forgive(t);
		rc = OK;
		if (says_more(&said, told))
			*told = said;
	}
	return rc ? rc
		  : fail(t, E_REMOTE, "page %s: no login has it", p->meta_id);
}

/* ---- the end -------------------------------------------------------------------------- */

struct leaving {
	int64_t id;
	struct page *pages;
	size_t n;
};

/* The pages that it has now: while Meta was asked some may have come or gone. */
static enum rc
forget(struct task *t, void *arg)
{
	const struct leaving *l = arg;
	struct page *pages = NULL;
	struct integration i;
	size_t n = 0;
	enum rc rc = integration_lock(t, l->id, &i);

	if (!rc)
		rc = page_list(t, l->id, &pages, &n);
	for (size_t k = 0; !rc && k < n; k++)
		rc = page_remove(t, pages[k].id);
	if (!rc)
		rc = owner_remove(t, l->id, 0);
	if (!rc)
		rc = trouble_forget(t, l->id);
	if (!rc)
		rc = draft_forget(t, l->id);
	if (!rc)
		rc = integration_delete(t, l->id);
	return rc;
}

/* Every page on its own: a token that does not open any more, or one that is
 * dead, must not keep the connection alive. */
static enum rc
load_tokens(struct task *t, const struct leaving *l,
	    struct meta_change *changes)
{
	for (size_t i = 0; i < l->n; i++) {
		struct page p;
		enum rc rc = page_by_meta(t, l->pages[i].meta_id, &p);

		changes[i].page_id = l->pages[i].meta_id;
		if (rc == E_INTERNAL || rc == E_NOTFOUND)
			task_forgive(t);
		else if (rc)
			return rc;
		changes[i].token = rc ? "" : p.token;
	}
	return OK;
}

static enum rc
unsubscribe(struct task *t, const struct leaving *l, size_t *failed)
{
	struct meta_change *changes =
		NEW_ARRAY(t->mem, struct meta_change, l->n);
	struct graph_error err = { .reason = "" };
	const char *app_id = NULL;
	struct graph g;
	enum rc rc = load_tokens(t, l, changes);

	*failed = l->n;
	if (rc || l->n == 0)
		return rc;
	rc = connect_app_graph(t, &app_id, &g);
	if (!rc)
		rc = connect_graph(t, g.token, &g);
	if (!rc)
		rc = pagelook_subscribe(t, &g, changes, l->n, &err);
	if (rc) {
		/* Best effort: deleting here does not hang on Meta. */
		log_warn("unsubscribing: %s", t->why);
		task_forgive(t);
		return rc == E_REMOTE || rc == E_INPUT ? OK : rc;
	}
	*failed = 0;
	for (size_t i = 0; i < l->n; i++)
		*failed += changes[i].err.class != GRAPH_OK;
	return OK;
}

enum rc
connect_delete(struct task *t, int64_t integration_id, size_t *failed)
{
	struct leaving l = { .id = integration_id };
	struct integration i;
	enum rc rc = integration_get(t, integration_id, &i);

	if (!rc)
		rc = page_list(t, integration_id, &l.pages, &l.n);
	if (!rc)
		rc = unsubscribe(t, &l, failed);
	return rc ? rc : db_tx(t, "connect_delete", forget, &l);
}
