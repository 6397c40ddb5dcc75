/* health: logins and pages looked at, troubles begun and ended. */
#include "work/health.h"

#include "base/conf.h"
#include "base/log.h"
#include "crm/integration.h"
#include "crm/owner.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "meta/oauth.h"
#include "meta/pagelook.h"
#include "work/connect.h"
#include "work/platform.h"
#include "work/sync.h"

enum { WARN_DAYS = 14, VERSION_WARN_DAYS = 90, AGAIN_MS = 5 * MINUTE_MS };

enum rc
health_ask(struct task *t, int64_t integration_id)
{
	return queue_add(t, JOB_HEALTH, integration_id);
}

enum rc
health_due(struct task *t)
{
	struct integration_id *due = NULL;
	size_t n = 0;
	enum rc rc = integration_due(t, &due, &n);

	for (size_t i = 0; !rc && i < n; i++)
		rc = health_ask(t, due[i].id);
	return rc;
}

/* ---- logins ----------------------------------------------------------------------- */

/* One clock of a login: a trouble while its end is near, none otherwise. */
static enum rc
look_at_clock(struct task *t, const struct owner *o, struct when ends,
	      const char *near, const char *past)
{
	int64_t days = when_days_between(t->now, ends, t->conf->site.time_zone);
	bool over = ends.ms && ends.ms <= t->now.ms;
	struct trouble tr = { .scope = TROUBLE_OWNER,
			      .subject_id = o->id,
			      .integration_id = o->integration_id };
	enum rc rc = trouble_over(t, TROUBLE_OWNER, o->id, over ? near : past);

	if (rc)
		return rc;
	if (!ends.ms || (!over && days > WARN_DAYS)) {
		rc = trouble_over(t, TROUBLE_OWNER, o->id, near);
		return rc ? rc : trouble_over(t, TROUBLE_OWNER, o->id, past);
	}
	tr.reason = over ? past : near;
	tr.detail = over ? ""
		    : days == 1
			    ? "1 day"
			    : arena_fmt(t->mem, "%lld days", (long long)days);
	tr.until = over ? (struct when){ 0 } : ends;
	return trouble_met(t, &tr);
}

/* Alive: what was said of its death is over. */
static enum rc
is_alive(struct task *t, struct owner *o, const struct meta_token *debug)
{
	const char *lacks;
	struct trouble tr = { .scope = TROUBLE_OWNER,
			      .subject_id = o->id,
			      .integration_id = o->integration_id,
			      .reason = "permission" };
	enum rc rc = trouble_answers(t, TROUBLE_OWNER, o->id);

	o->expires_at = debug->expires;
	o->data_expires_at = debug->data_access_expires;
	if (debug->scopes[0])
		o->scopes = debug->scopes;
	if (!rc)
		rc = owner_checked(t, o);
	if (!rc)
		rc = look_at_clock(t, o, o->expires_at, "token_ends",
				   "token_expired");
	if (!rc)
		rc = look_at_clock(t, o, o->data_expires_at, "data_ends",
				   "data_ended");
	lacks = oauth_lacks(o->scopes);
	if (rc)
		return rc;
	if (!lacks)
		return trouble_over(t, TROUBLE_OWNER, o->id, "permission");
	tr.detail = lacks;
	return trouble_met(t, &tr);
}

struct verdict {
	struct owner *owner;
	struct meta_token debug;
};

static enum rc
keep_verdict(struct task *t, void *arg)
{
	struct verdict *v = arg;

	if (v->debug.valid)
		return is_alive(t, v->owner, &v->debug);
	return connect_trouble(t, TROUBLE_OWNER, v->owner->id,
			       v->owner->integration_id, &v->debug.why);
}

/* False in *asked when Meta did not say. */
static enum rc
look_at_owner(struct task *t, const struct graph *app, struct owner *o,
	      bool *asked)
{
	struct graph_error err;
	struct verdict v = { .owner = o };
	enum rc rc;

	*asked = true;
	if (!o->token)
		return OK;
	rc = accounts_token(t, app, o->token, &v.debug, &err);
	if (rc == E_REMOTE) {
		log_warn("login %lld: not checked: %s", (long long)o->id,
			 err.reason);
		task_forgive(t);
		*asked = false;
		return OK;
	}
	return rc ? rc : db_tx(t, "health_owner", keep_verdict, &v);
}

/* ---- pages -------------------------------------------------------------------------- */

struct pages {
	int64_t integration_id;
	const char *mark; /* of the job's claim */
	struct page *at;  /* with tokens */
	struct meta_look *looks;
	size_t n;
};

static enum rc
load_pages(struct task *t, struct pages *p, const struct owner *owners,
	   size_t n_owners)
{
	struct page *all = NULL;
	const char *user_id = NULL;
	size_t n = 0;
	enum rc rc = page_list(t, p->integration_id, &all, &n);

	for (size_t i = 0; i < n_owners && !user_id; i++)
		if (!strcmp(owners[i].kind, "user"))
			user_id = owners[i].meta_user_id;
	p->at = NEW_ARRAY(t->mem, struct page, n);
	p->looks = NEW_ARRAY(t->mem, struct meta_look, n);
	for (size_t i = 0; !rc && i < n; i++) {
		struct page *one = &p->at[p->n];

		rc = page_by_meta(t, all[i].meta_id, one);
		if (rc == E_NOTFOUND) {
			task_forgive(t);
			rc = OK;
			continue;
		}
		p->looks[p->n++] = (struct meta_look){ .page_id = one->meta_id,
						       .token = one->token,
						       .user_id = user_id };
	}
	return rc;
}

/* No login had it in this hour since it was refused, and its own was not let in
 * just now: each call counts against what Meta allows all of the app. */
static enum rc
is_hopeless(struct task *t, const struct page *p, bool *hopeless)
{
	struct when since = { 0 };
	enum rc rc = trouble_page_refused(t, p->id, &since);
	int64_t before = p->checked_at.ms - since.ms;

	*hopeless = since.ms && (t->now.ms - since.ms) / HOUR_MS ==
					(before > 0 ? before : 0) / HOUR_MS;
	return rc;
}

/* A page that is refused is looked at with each login that may have it. */
static enum rc
look_again(struct task *t, const struct graph *g, const char *app_id,
	   const char *mark, struct page *p, struct meta_look *look)
{
	struct connect_renewal logins = { 0 };
	struct graph_error err;
	bool hopeless = false;
	enum rc rc = OK;

	if (connect_may_renew(&look->subscribed_err))
		rc = is_hopeless(t, p, &hopeless);
	while (!rc && !hopeless && connect_may_renew(&look->subscribed_err)) {
		rc = queue_hold(t, mark);
		if (!rc)
			rc = connect_renew_page(t, p, &logins,
						&look->subscribed_err);
		if (rc)
			break;
		look->token = p->token;
		rc = pagelook_ask(t, g, app_id, look, 1, &err);
		if (rc == E_REMOTE)
			look->subscribed_err = err;
	}
	if (rc != E_REMOTE)
		return rc;
	task_forgive(t);
	return OK;
}

static enum rc
subscribe_again(struct task *t, const struct graph *g, const struct page *p,
		const char *fields, bool *done)
{
	struct meta_change change = { .page_id = p->meta_id,
				      .token = p->token,
				      .fields = fields };
	struct graph_error err;
	enum rc rc = pagelook_subscribe(t, g, &change, 1, &err);

	*done = !rc && change.err.class == GRAPH_OK;
	if (rc == E_REMOTE) {
		task_forgive(t);
		return OK;
	}
	return rc;
}

static enum rc
met_if(struct task *t, const struct page *p, bool wrong, const char *reason,
       const char *detail)
{
	struct trouble tr = { .scope = TROUBLE_PAGE,
			      .subject_id = p->id,
			      .integration_id = p->integration_id,
			      .reason = reason,
			      .detail = detail };

	return wrong ? trouble_met(t, &tr)
		     : trouble_over(t, TROUBLE_PAGE, p->id, reason);
}

struct seen {
	struct page *page;
	struct meta_look *look;
	bool is_subscribed, waits;
};

static enum rc
keep_lacks(struct task *t, const struct seen *s)
{
	const struct page *p = s->page;
	const struct meta_look *look = s->look;
	enum rc rc = met_if(t, p, !s->is_subscribed, "not_subscribed", "");

	if (!rc && pagelook_knows_access(look))
		rc = met_if(t, p, !look->can_access, "leads_access",
			    look->access_words);
	if (!rc && look->terms_err.class == GRAPH_OK)
		rc = met_if(t, p, !look->terms_accepted, "terms_open", "");
	return rc;
}

/* Where only reading proves that all is well again, that is tried each hour. */
static enum rc
keep_waits(struct task *t, struct seen *s)
{
	enum rc rc = trouble_page_waits(t, s->page->id, &s->waits);

	s->waits &= !s->page->is_fresh;
	return rc;
}

static enum rc
keep_seen(struct task *t, void *arg)
{
	struct seen *s = arg;
	const struct graph_error *err = &s->look->subscribed_err;
	struct page *p = s->page;
	int64_t released = 0;
	enum rc rc = page_checked(t, p->id);

	if (!rc && graph_is_refusal(err))
		return connect_trouble(t, TROUBLE_PAGE, p->id,
				       p->integration_id, err);
	if (rc || err->class != GRAPH_OK)
		return rc;
	/* Parked leads are tried again, and say themselves what else is wrong. */
	if (s->look->can_access)
		rc = sync_gap(t, p);
	if (!rc)
		rc = trouble_answers(t, TROUBLE_PAGE, p->id);
	if (!rc)
		rc = page_subscribed(t, p->id, s->is_subscribed);
	if (!rc)
		rc = keep_lacks(t, s);
	if (rc || !s->look->can_access)
		return rc;
	rc = queue_release_page(t, p->meta_id, &released);
	return rc ? rc : keep_waits(t, s);
}

static enum rc
look_at_page(struct task *t, const struct graph *g, const char *app_id,
	     struct pages *all, size_t i)
{
	struct page *p = &all->at[i];
	struct meta_look *look = &all->looks[i];
	struct seen s = { .page = p, .look = look };
	bool had_gap;
	enum rc rc = queue_hold(t, all->mark);

	if (!rc)
		rc = look_again(t, g, app_id, all->mark, p, look);
	s.is_subscribed = look->is_subscribed;
	if (!rc && look->subscribed_err.class == GRAPH_OK &&
	    !look->is_subscribed)
		rc = subscribe_again(t, g, p, look->fields, &s.is_subscribed);
	had_gap = s.is_subscribed && !look->is_subscribed;
	if (!rc)
		rc = db_tx(t, "health_page", keep_seen, &s);
	/* What Meta did not tell of in between is read. */
	return rc || !(had_gap || s.waits) ? rc : sync_page(t, p);
}

static enum rc
look_at_pages(struct task *t, struct pages *p, const struct graph *g,
	      const char *app_id, bool *asked)
{
	struct graph_error err = { .reason = "" };
	enum rc rc = queue_hold(t, p->mark);

	if (!rc)
		rc = pagelook_ask(t, g, app_id, p->looks, p->n, &err);
	if (rc == E_REMOTE) {
		log_warn("pages of integration %lld: not checked: %s",
			 (long long)p->integration_id, err.reason);
		task_forgive(t);
		*asked = false;
		return OK;
	}
	for (size_t i = 0; !rc && i < p->n; i++)
		rc = look_at_page(t, g, app_id, p, i);
	return rc;
}

/* ---- the app --------------------------------------------------------------------------- */

static enum rc
app_trouble(struct task *t, bool wrong, const char *reason, const char *detail,
	    struct when until)
{
	struct trouble tr = { .scope = TROUBLE_APP,
			      .reason = reason,
			      .detail = detail,
			      .until = until };

	return wrong ? trouble_met(t, &tr)
		     : trouble_over(t, TROUBLE_APP, 0, reason);
}

static enum rc
look_at_version(struct task *t, const char *name)
{
	const struct graph_version *v = graph_version_of(name);
	bool near = v && v->ends.ms &&
		    v->ends.ms - t->now.ms < VERSION_WARN_DAYS * DAY_MS;
	bool over = near && v->ends.ms <= t->now.ms;
	enum rc rc =
		app_trouble(t, over, "version_ended", name, (struct when){ 0 });

	return rc ? rc
		  : app_trouble(t, near && !over, "version_ends", name,
				v ? v->ends : (struct when){ 0 });
}

/* Whose leads they are: the app's one webhook. */
static enum rc
look_at_app(struct task *t, const char *version, bool *asked)
{
	static const struct when never;
	const char *url = NULL, *reason = "";
	bool is_ours = false;
	enum rc rc = platform_callback(t, &url, &is_ours, &reason);

	if (rc == E_REMOTE) {
		bool secret = !strcmp(reason, "app_secret") ||
			      !strcmp(reason, "token_invalid");

		task_forgive(t);
		*asked = false;
		return app_trouble(t, secret, "app_secret", "", never);
	}
	if (!rc)
		rc = app_trouble(t, false, "app_secret", "", never);
	if (!rc)
		rc = app_trouble(t, url && !is_ours, "callback_elsewhere",
				 url ? url : "", never);
	if (!rc)
		rc = app_trouble(t, !url, "callback_missing", "", never);
	return rc ? rc : look_at_version(t, version);
}

/* ---- the job ------------------------------------------------------------------------------- */

static enum rc
look(struct task *t, const struct job *j, bool *asked)
{
	int64_t integration_id = queue_subject(j);
	struct pages p = { .integration_id = integration_id, .mark = j->mark };
	const char *app_id = NULL;
	struct owner *owners = NULL;
	struct graph app, g;
	size_t n = 0;
	bool one = true;
	enum rc rc = connect_app_graph(t, &app_id, &app);

	if (!rc)
		rc = connect_graph(t, app.token, &g);
	if (!rc)
		rc = owner_list(t, integration_id, &owners, &n);
	if (!rc)
		rc = look_at_app(t, app.version, asked);
	for (size_t i = 0; !rc && i < n; i++) {
		rc = queue_hold(t, j->mark);
		if (!rc)
			rc = look_at_owner(t, &app, &owners[i], &one);
		*asked &= one;
	}
	if (!rc)
		rc = load_pages(t, &p, owners, n);
	if (!rc && p.n > 0)
		rc = look_at_pages(t, &p, &g, app_id, asked);
	return rc;
}

enum rc
health_job(struct task *t, const struct job *j)
{
	int64_t id = queue_subject(j);
	struct integration i;
	bool asked = true;
	enum rc rc = integration_get(t, id, &i);

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return queue_done(t, j);
	}
	if (!rc)
		rc = look(t, j, &asked);
	if (rc == E_INPUT) { /* no app: nothing can be asked */
		task_forgive(t);
		rc = OK;
	}
	if (!rc && !asked)
		return queue_wait(t, j, when_add(t->now, AGAIN_MS), "", "");
	if (!rc)
		rc = trouble_gone(t, id);
	if (!rc)
		rc = integration_checked(t, id);
	return rc ? rc : queue_done(t, j);
}
