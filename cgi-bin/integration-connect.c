/*
 * integration-connect.c: the dialog "Connect Meta Account", and the way to
 * Facebook.
 */
#include "base/conf.h"
#include "db/db.h"
#include "web/account.h"
#include "web/cards.h"
#include "web/session.h"
#include "work/connect.h"
#include "work/wake.h"

enum { TOKEN_MAX = 1000 };
#define SAME_MS (10 * MINUTE_MS) /* the same again is a second click */

struct dialog_in {
	int64_t draft; /* one that was not finished; 0 = a new one */
};
struct connect_in {
	int64_t draft;
	const char *name, *description, *strategy, *token;
	int64_t assignee;
};
struct remove_in {
	int64_t id;
};
struct connect_view {
	struct cards_view *behind;
	int64_t draft;
	struct account_view *account;
	struct trouble_view *problem;
	const char *token_fault;
	bool ready; /* the app is set up */
};

static const struct form_field dialog_form[] = {
	FORM_INT_OR(struct dialog_in, draft, 1, INT64_MAX, 0),
	{ 0 },
};
static const struct form_field connect_form[] = {
	FORM_INT_OR(struct connect_in, draft, 1, INT64_MAX, 0),
	ACCOUNT_FORM(struct connect_in),
	FORM_SECRET(struct connect_in, token, 0, TOKEN_MAX),
	{ 0 },
};
static const struct form_field remove_form[] = {
	FORM_INT(struct remove_in, id, 1, INT64_MAX),
	{ 0 },
};
static const struct tmpl_field connect_fields[] = {
	ONE(struct connect_view, behind, cards_fields),
	FIELD(struct connect_view, draft),
	ONE(struct connect_view, account, account_fields),
	ONE(struct connect_view, problem, trouble_fields),
	FIELD(struct connect_view, token_fault),
	FIELD(struct connect_view, ready),
	{ 0 },
};

/* ---- the dialog -------------------------------------------------------------- */

static enum rc
show(struct req *r, int status, const struct integration *i,
     struct connect_view *v)
{
	enum rc rc = cards_behind(r, "Connect Meta Account", &v->behind);

	v->account = NEW(r->t.mem, struct account_view);
	v->ready = connect_app_is_set(&r->t);
	if (!v->ready)
		v->problem = way_problem(r, "app_missing", "", "");
	v->token_fault = form_fault_of(&r->faults, "token");
	if (!rc)
		rc = account_load(r, i, v->account);
	return rc ? rc : reply_page_status(r, status, v);
}

static enum rc
dialog(struct req *r, const void *form)
{
	const struct dialog_in *in = form;
	struct connect_view v = { .draft = in->draft };
	struct integration i = { .name = "",
				 .description = "",
				 .strategy = "round_robin" };
	struct draft d;
	enum rc rc;

	if (!in->draft)
		return show(r, 200, &i, &v);
	rc = draft_get(&r->t, in->draft, r->user->id, &d);
	if (rc)
		return rc;
	if (!text_is(text_of(d.step), DRAFT_FACEBOOK))
		return reply_see_other(r, url_page(r->t.mem, r->page.root,
						   "/integration-pages/%lld",
						   (long long)d.id));
	i = (struct integration){ .name = d.name,
				  .description = d.description,
				  .strategy = d.strategy,
				  .assignee_id = d.assignee_id };
	if (d.reason[0])
		v.problem = way_problem(r, d.reason, d.detail, "");
	return show(r, 200, &i, &v);
}

/* ---- a draft ------------------------------------------------------------------- */

static bool
same_words(const char *a, const char *b)
{
	return text_eq(text_of(a), text_of(b));
}

static bool
is_same(struct req *r, const struct draft *d, const struct integration *i)
{
	return !d->integration_id && same_words(d->step, DRAFT_FACEBOOK) &&
	       d->created_at.ms > r->t.now.ms - SAME_MS &&
	       same_words(d->name, i->name) &&
	       same_words(d->description, i->description) &&
	       same_words(d->strategy, i->strategy) &&
	       d->assignee_id == i->assignee_id;
}

/* A draft with these words that was made just now, by a first click. */
static enum rc
find_same(struct req *r, const struct integration *i, int64_t *id)
{
	struct draft *all = NULL;
	size_t n = 0;
	enum rc rc = draft_list(&r->t, r->user->id, &all, &n);

	for (size_t k = 0; !rc && k < n; k++)
		if (is_same(r, &all[k], i))
			*id = all[k].id;
	return rc;
}

struct making {
	struct req *r;
	const struct integration *i;
	int64_t old, id;
	bool is_past; /* the old one is being connected, or is */
	bool again;   /* Facebook is to ask for what was declined */
};

/* "Go on" with other words is another draft in place of the old one. */
static enum rc
make_draft(struct task *t, void *arg)
{
	struct making *m = arg;
	struct draft d = { .user_id = m->r->user->id,
			   .name = m->i->name,
			   .description = m->i->description,
			   .strategy = m->i->strategy,
			   .assignee_id = m->i->assignee_id };
	struct draft old;
	enum rc rc;

	m->id = 0;
	if (m->old) {
		rc = draft_get(t, m->old, m->r->user->id, &old);
		if (rc)
			return rc;
		m->id = m->old;
		m->is_past = same_words(old.step, DRAFT_CONNECTING) ||
			     same_words(old.step, DRAFT_DONE);
		if (m->is_past)
			return OK;
		m->id = 0;
		m->again = same_words(old.reason, "permission");
		rc = draft_remove(t, m->old);
	} else {
		rc = find_same(m->r, m->i, &m->id);
	}
	if (rc || m->id)
		return rc;
	return draft_add(t, &d, &m->id);
}

static enum rc
to_pages(struct req *r, int64_t draft_id)
{
	return reply_see_other(r, url_page(r->t.mem, r->page.root,
					   "/integration-pages/%lld",
					   (long long)draft_id));
}

static enum rc
to_facebook(struct req *r, const struct making *m)
{
	const char *address = NULL;
	enum rc rc =
		connect_dialog(&r->t, m->id, r->session_id, m->again, &address);

	if (rc)
		return rc;
	return reply_see_other(
		r, url_dialog(r->t.mem, r->t.conf->meta.dialog_url, address));
}

static enum rc
with_token(struct req *r, const struct making *m, const char *token)
{
	struct connect_view v = { .draft = m->old ? m->id : 0 };
	enum rc rc = connect_system_token(&r->t, m->id, token);

	if (rc == E_INPUT || rc == E_REMOTE) {
		form_fault(&r->faults, "token",
			   rc == E_INPUT
				   ? arena_str(r->t.mem, text_of(r->t.why))
				   : "Meta did not answer. Try again in a "
				     "minute.");
		task_forgive(&r->t);
		/* A new one leaves nothing: all stands in the form again. */
		rc = v.draft ? OK : draft_remove(&r->t, m->id);
		return rc ? rc : show(r, 422, m->i, &v);
	}
	if (rc)
		return rc;
	wake_worker(&r->t);
	return to_pages(r, m->id);
}

static enum rc
begin(struct req *r, const void *form)
{
	const struct connect_in *in = form;
	struct connect_view v = { .draft = in->draft };
	struct integration i = { .name = in->name,
				 .description = in->description,
				 .strategy = in->strategy,
				 .assignee_id = in->assignee };
	struct making m = { .r = r, .i = &i, .old = in->draft };
	enum rc rc = account_check(r, &i);

	if (rc)
		return rc;
	if (r->faults.n > 0 || !connect_app_is_set(&r->t))
		return show(r, 422, &i, &v);
	rc = db_tx(&r->t, "connect", make_draft, &m);
	if (rc)
		return rc;
	if (m.is_past)
		return to_pages(r, m.id);
	return in->token[0] ? with_token(r, &m, in->token) : to_facebook(r, &m);
}

/* ---- away with it ---------------------------------------------------------------- */

/* Gone already: a second click. */
static enum rc
remove_draft(struct req *r, const void *form)
{
	const struct remove_in *in = form;
	struct draft d;
	enum rc rc = draft_get(&r->t, in->id, r->user->id, &d);

	if (rc == E_NOTFOUND)
		task_forgive(&r->t);
	else if (!rc)
		rc = draft_remove(&r->t, in->id);
	if (!rc)
		rc = session_flash(&r->t, r->session_id,
				   arena_fmt(r->t.mem,
					     "Removed: %s was not connected.",
					     d.name),
				   false);
	if (rc && rc != E_NOTFOUND)
		return rc;
	return reply_see_other(
		r, url_page(r->t.mem, r->page.root, "/integrations"));
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/integration-connect",
	  .perm = PERM_ADMIN,
	  .form = dialog_form,
	  .form_size = sizeof(struct dialog_in),
	  .handle = dialog,
	  .page = "integration-connect.html",
	  .fields = connect_fields },
	{ .method = POST,
	  .path = "/integration-connect",
	  .perm = PERM_ADMIN,
	  .form = connect_form,
	  .form_size = sizeof(struct connect_in),
	  .handle = begin,
	  .page = "integration-connect.html",
	  .fields = connect_fields,
	  .faults_to_handler = true,
	  .own_tx = true },
	{ .method = POST,
	  .path = "/integration-connect/remove",
	  .perm = PERM_ADMIN,
	  .form = remove_form,
	  .form_size = sizeof(struct remove_in),
	  .handle = remove_draft },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
