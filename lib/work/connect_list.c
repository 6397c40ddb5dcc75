/* connect_list: the pages of a login, with what each lacks. */
#include "base/json.h"
#include "base/log.h"
#include "db/db.h"
#include "meta/pagelook.h"
#include "work/connect_private.h"

enum { FORMS_TEXT = 1 << 20 };

/* ---- listing -------------------------------------------------------------------- */

struct listing {
	const struct draft *draft;
	struct graph user;
	const char *app_id;
	struct meta_page *pages;
	struct meta_look *looks; /* one per page that has a token */
	size_t n, n_looks;
};

static enum rc
ask_pages(struct task *t, struct listing *l, struct graph_error *err)
{
	bool is_person = text_is(text_of(l->draft->kind), "user");
	struct graph app;
	enum rc rc = connect_app_graph(t, &l->app_id, &app);

	if (!rc)
		rc = connect_graph(t, l->draft->token, &l->user);
	if (!rc)
		rc = accounts_pages(t, &l->user, &l->pages, &l->n, err);
	if (rc)
		return rc;
	l->looks = NEW_ARRAY(t->mem, struct meta_look, l->n);
	for (size_t i = 0; i < l->n; i++)
		if (l->pages[i].token)
			l->looks[l->n_looks++] = (struct meta_look){
				.page_id = l->pages[i].id,
				.token = l->pages[i].token,
				.user_id = is_person ? l->draft->meta_user_id
						     : NULL,
				.with_forms = true,
			};
	return pagelook_ask(t, &l->user, l->app_id, l->looks, l->n_looks, err);
}

static const struct meta_look *
look_of(const struct listing *l, const char *page_id)
{
	for (size_t i = 0; i < l->n_looks; i++)
		if (strcmp(l->looks[i].page_id, page_id) == 0)
			return &l->looks[i];
	return NULL;
}

static const char *
forms_json(struct task *t, const struct meta_look *look)
{
	struct buf b = buf_in(t->mem, FORMS_TEXT);
	struct json_out out = { .to = &b };

	json_open(&out, '[');
	for (size_t i = 0; look && i < look->n_forms; i++) {
		json_open(&out, '{');
		json_name(&out, "id");
		json_put(&out, look->forms[i].id);
		json_name(&out, "name");
		json_put(&out, look->forms[i].name);
		json_name(&out, "status");
		json_put(&out, look->forms[i].status);
		json_name(&out, "leads");
		json_put_int(&out, look->forms[i].leads_count);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	return b.failed ? "[]" : buf_str(&b);
}

static void
count_forms(const struct meta_look *look, struct draft_page *p)
{
	for (size_t i = 0; look && i < look->n_forms; i++) {
		p->n_forms += strcmp(look->forms[i].status, "ACTIVE") == 0;
		p->n_leads += look->forms[i].leads_count;
	}
}

/* The permission that no page can do without, if it was not given. */
static const char *
lacking(const struct draft *d, const char **reason)
{
	const char *lacks = oauth_lacks(d->scopes);

	if (!lacks)
		*reason = "";
	else if (text_is(text_of(lacks), "leads_retrieval") &&
		 !text_is(text_of(d->reason), "permission"))
		*reason = "not_offered";
	else
		*reason = "permission";
	return lacks ? lacks : "";
}

static void
judge_look(const struct draft *d, const struct meta_look *look,
	   struct draft_page *p)
{
	const struct graph_error *refused = &look->subscribed_err;

	if (graph_is_refusal(refused)) {
		p->reason = refused->reason;
		p->detail = refused->permission ? refused->permission : "";
	} else if (!look->can_access) {
		p->reason = "leads_access";
	} else if (!look->terms_accepted) {
		p->reason = "terms_open";
	} else if (graph_is_refusal(&look->forms_err)) {
		p->reason = "not_listed";
		if (look->forms_err.permission)
			p->detail = look->forms_err.permission;
	} else if (!oauth_has(d->scopes, "ads_management")) {
		p->reason = "ads_missing";
	}
	if (text_is(text_of(p->reason), "leads_access"))
		p->detail = look->access_words;
}

/* What a page lacks, the worst first. */
static void
judge_page(const struct listing *l, const struct meta_page *m,
	   const struct meta_look *look, struct draft_page *p)
{
	const char *why, *lacks = lacking(l->draft, &why);
	bool may_read = !l->draft->scopes[0] ||
			!text_is(text_of(lacks), "leads_retrieval");

	p->reason = "";
	p->detail = may_read ? "" : lacks;
	if (!may_read)
		p->reason = why;
	else if (!m->token)
		p->reason = "no_token";
	else if (!accounts_may_read(m->tasks))
		p->reason = "tasks_missing";
	else if (look)
		judge_look(l->draft, look, p);
}

/* A page of another integration is in use there. */
static enum rc
find_use(struct task *t, const struct draft *d, struct draft_page *p)
{
	struct page known;
	enum rc rc = page_by_meta(t, p->meta_id, &known);

	if (rc == E_NOTFOUND || rc == E_INTERNAL) {
		task_forgive(t);
		return OK;
	}
	if (!rc && known.integration_id != d->integration_id) {
		p->reason = "in_use";
		p->detail = known.integration_name;
	}
	return rc;
}

static enum rc
keep_page(struct task *t, const struct listing *l, const struct meta_page *m)
{
	const struct meta_look *look = look_of(l, m->id);
	struct draft_page p = {
		.draft_id = l->draft->id,
		.meta_id = m->id,
		.name = m->name,
		.token = m->token,
		.tasks = m->tasks,
		.of_portfolio = m->of_portfolio,
		.forms = forms_json(t, look),
	};
	enum rc rc = OK;

	count_forms(look, &p);
	judge_page(l, m, look, &p);
	if (!p.reason[0] || text_is(text_of(p.reason), "ads_missing") ||
	    text_is(text_of(p.reason), "not_listed"))
		rc = find_use(t, l->draft, &p);
	return rc ? rc : draft_page_put(t, &p);
}

struct ending {
	const struct job *job;
	const struct listing *l;
};

/* The same draft with the same login as when Meta was asked? */
static enum rc
is_current(struct task *t, const struct draft *d, bool *is)
{
	struct draft now;
	enum rc rc = draft_get(t, d->id, 0, &now);

	*is = !rc && now.token && strcmp(now.token, d->token) == 0;
	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	return OK;
}

/* What was listed for a login that was replaced meanwhile is asked again. */
static enum rc
keep_listing(struct task *t, void *arg)
{
	const struct ending *e = arg;
	const struct draft *d = e->l->draft;
	const char *reason, *detail = lacking(d, &reason);
	bool is = false;
	enum rc rc = queue_done(t, e->job);

	if (!rc)
		rc = is_current(t, d, &is);
	if (!rc && !is)
		return queue_add(t, JOB_DRAFT, d->id);
	if (!rc)
		rc = draft_pages_clear(t, d->id);
	for (size_t i = 0; !rc && i < e->l->n; i++)
		rc = keep_page(t, e->l, &e->l->pages[i]);
	if (!rc)
		rc = draft_step(t, d->id, DRAFT_CHOOSING);
	if (rc)
		return rc;
	if (e->l->n == 0 && !reason[0])
		reason = "no_pages";
	return draft_problem(t, d->id, reason, detail);
}

/* ---- a job that Meta refuses --------------------------------------------------------- */

enum rc
connect_refused(struct task *t, const struct job *j, int64_t draft_id,
		const char *step, const struct graph_error *err)
{
	enum rc rc;

	task_forgive(t);
	log_warn("draft %lld: %s (%lld/%lld)", (long long)draft_id, err->reason,
		 (long long)err->code, (long long)err->subcode);
	rc = draft_problem(t, draft_id, err->reason,
			   err->permission ? err->permission : err->words);
	if (rc)
		return rc;
	if (err->class == GRAPH_THROTTLED)
		return queue_wait(t, j,
				  when_add(t->now, err->wait_s * SECOND_MS),
				  err->reason, err->words);
	if (err->class == GRAPH_RETRY)
		return queue_retry(t, j, err->reason, err->words);
	rc = draft_step(t, draft_id, step);
	return rc ? rc : queue_give_up(t, j, err->reason, err->words);
}

enum rc
connect_list(struct task *t, const struct job *j, const struct draft *d)
{
	struct graph_error err = { .reason = "", .words = "" };
	struct listing l = { .draft = d };
	struct ending e = { j, &l };
	enum rc rc = ask_pages(t, &l, &err);

	if (rc == E_REMOTE)
		return connect_refused(t, j, d->id, DRAFT_FACEBOOK, &err);
	return rc ? rc : db_tx(t, "keep_listing", keep_listing, &e);
}
