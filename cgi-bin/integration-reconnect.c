/*
 * integration-reconnect.c: the same way to Facebook as connecting, for an
 * integration that is there; or its pages once more with the logins it has.
 */
#include "base/conf.h"
#include "crm/integration.h"
#include "crm/owner.h"
#include "db/db.h"
#include "web/cards.h"
#include "web/session.h"
#include "web/view.h"
#include "work/connect.h"
#include "work/wake.h"

struct reconnect_in {
	int64_t id, draft;
};
struct reconnect_view {
	struct cards_view *behind;
	int64_t id;
	const char *name, *people;
	bool ready; /* the app is set up */
	struct trouble_view *problem;
};

static const struct form_field reconnect_form[] = {
	FORM_INT(struct reconnect_in, id, 1, INT64_MAX),
	FORM_INT_OR(struct reconnect_in, draft, 1, INT64_MAX, 0),
	{ 0 },
};
static const struct tmpl_field reconnect_fields[] = {
	ONE(struct reconnect_view, behind, cards_fields),
	FIELD(struct reconnect_view, id),
	FIELD(struct reconnect_view, name),
	FIELD(struct reconnect_view, people),
	FIELD(struct reconnect_view, ready),
	ONE(struct reconnect_view, problem, trouble_fields),
	{ 0 },
};

/* ---- the dialog ----------------------------------------------------------------- */

/* What the visit to Facebook before this one ended with. */
static enum rc
set_problem(struct req *r, const struct reconnect_in *in,
	    struct reconnect_view *v)
{
	struct draft d;
	enum rc rc;

	if (!v->ready)
		v->problem = way_problem(r, "app_missing", "", "");
	if (!in->draft)
		return OK;
	rc = draft_get(&r->t, in->draft, r->user->id, &d);
	if (rc == E_NOTFOUND) {
		task_forgive(&r->t);
		return OK;
	}
	if (!rc && d.integration_id == in->id && d.reason[0])
		v->problem = way_problem(r, d.reason, d.detail, "");
	return rc;
}

/* Who logged in before: the same person is the easiest. */
static enum rc
set_people(struct req *r, struct reconnect_view *v)
{
	struct owner *all = NULL;
	size_t n = 0;
	const char *people = NULL;
	enum rc rc = owner_list(&r->t, v->id, &all, &n);

	for (size_t i = 0; !rc && i < n; i++)
		if (all[i].name[0] && text_is(text_of(all[i].kind), "user"))
			people = people ? arena_fmt(r->t.mem, "%s or %s",
						    people, all[i].name)
					: all[i].name;
	v->people = people;
	return rc;
}

static enum rc
show(struct req *r, int status, const struct reconnect_in *in,
     struct trouble_view *problem)
{
	struct reconnect_view v = { .id = in->id,
				    .ready = connect_app_is_set(&r->t) };
	struct integration i;
	enum rc rc = integration_get(&r->t, in->id, &i);

	if (!rc)
		rc = set_people(r, &v);
	if (!rc)
		rc = set_problem(r, in, &v);
	if (!rc)
		rc = cards_behind(r,
				  arena_fmt(r->t.mem, "Reconnect %s", i.name),
				  &v.behind);
	if (rc)
		return rc;
	v.name = i.name;
	if (problem)
		v.problem = problem;
	return reply_page_status(r, status, &v);
}

static enum rc
dialog(struct req *r, const void *form)
{
	return show(r, 200, form, NULL);
}

/* ---- on the way -------------------------------------------------------------------- */

struct making {
	struct req *r;
	int64_t integration_id, draft_id;
	bool again; /* Facebook is to ask for what was declined */
};

/* One unfinished reconnect of an integration is enough: the one before is
 * taken up again, so that a second click makes no second one. */
static enum rc
find_draft(struct task *t, struct making *m)
{
	struct draft *all = NULL;
	size_t n = 0;
	enum rc rc = draft_list(t, m->r->user->id, &all, &n);

	m->draft_id = 0;
	for (size_t i = 0; !rc && i < n; i++)
		if (all[i].integration_id == m->integration_id &&
		    text_is(text_of(all[i].step), DRAFT_FACEBOOK)) {
			m->draft_id = all[i].id;
			m->again =
				text_is(text_of(all[i].reason), "permission");
		}
	return rc;
}

static enum rc
make_draft(struct task *t, void *arg)
{
	struct making *m = arg;
	struct integration i;
	struct draft d = { .user_id = m->r->user->id,
			   .integration_id = m->integration_id };
	enum rc rc = integration_get(t, m->integration_id, &i);

	if (!rc)
		rc = find_draft(t, m);
	if (rc || m->draft_id)
		return rc;
	d.name = i.name;
	d.description = i.description;
	d.strategy = i.strategy;
	d.assignee_id = i.assignee_id;
	return draft_add(t, &d, &m->draft_id);
}

static enum rc
facebook(struct req *r, const void *form)
{
	const struct reconnect_in *in = form;
	struct making m = { .r = r, .integration_id = in->id };
	const char *address = NULL;
	enum rc rc;

	if (!connect_app_is_set(&r->t))
		return show(r, 422, in, NULL);
	rc = db_tx(&r->t, "reconnect", make_draft, &m);
	if (!rc)
		rc = connect_dialog(&r->t, m.draft_id, r->session_id, m.again,
				    &address);
	if (rc)
		return rc;
	return reply_see_other(
		r, url_dialog(r->t.mem, r->t.conf->meta.dialog_url, address));
}

/* Pages are added and removed with the logins there are. */
static enum rc
pages(struct req *r, const void *form)
{
	const struct reconnect_in *in = form;
	struct making m = { .r = r, .integration_id = in->id };
	enum rc rc;

	if (!connect_app_is_set(&r->t))
		return show(r, 422, in, NULL);
	rc = db_tx(&r->t, "reconnect", make_draft, &m);
	if (!rc)
		rc = connect_again(&r->t, m.draft_id);
	if (rc == E_NOTFOUND && m.draft_id) {
		task_forgive(&r->t);
		rc = draft_remove(&r->t, m.draft_id);
		if (rc)
			return rc;
		return show(r, 422, in,
			    way_problem(r, "token_invalid", "", ""));
	}
	if (rc)
		return rc;
	wake_worker(&r->t);
	return reply_see_other(r, url_page(r->t.mem, r->page.root,
					   "/integration-pages/%lld",
					   (long long)m.draft_id));
}

#define ROUTE(verb, where, does)                                               \
	.method = (verb), .path = (where), .perm = PERM_ADMIN,                 \
	.form = reconnect_form, .form_size = sizeof(struct reconnect_in),      \
	.handle = (does), .page = "integration-reconnect.html",                \
	.fields = reconnect_fields

static const struct route routes[] = {
	{ ROUTE(GET, "/integration-reconnect/{id}", dialog) },
	{ ROUTE(POST, "/integration-reconnect/{id}", facebook),
	  .own_tx = true },
	{ ROUTE(POST, "/integration-reconnect/pages/{id}", pages),
	  .own_tx = true },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
