/* integration-test.c: a test lead, made at Meta and watched on its way.
 * GET /integration-test/INTEGRATION chooses the form, POST …/make makes it,
 * GET …/run/ID shows its passage, which asks …/look/ID each second. */
#include "crm/integration.h"
#include "crm/leadform.h"
#include "crm/page.h"
#include "web/app.h"
#include "web/passage.h"
#include "web/session.h"
#include "web/way.h"
#include "work/testlead.h"
#include "work/wake.h"

#define FIRST_MS HOUR_MS /* so long is a test lead the end of connecting */

static bool
is_new(const struct req *r, const struct integration *i)
{
	return r->t.now.ms - i->created_at.ms < FIRST_MS;
}

/* ---- choose a form --------------------------------------------------------- */

struct choose_in {
	int64_t integration;
};
struct make_in {
	int64_t integration;
	const char *form;
	bool replace;
};
struct option_view {
	const char *meta_id, *name;
	bool is_chosen;
};
struct page_view {
	const char *name;
	struct option_view *forms;
	size_t n;
};
struct choose_view {
	int64_t integration;
	const char *name;
	struct url back;
	bool has_forms, is_first;
	struct page_view *pages;
	size_t n_pages;
	bool ask_replace; /* Meta has one of this form already */
	const char *form; /* the one asked about, its Meta id */
	const char *form_name;
	const char *problem; /* what Meta said, or NULL */
	const char *button;
	struct url way;
};

static const struct form_field choose_form[] = {
	FORM_INT(struct choose_in, integration, 1, INT64_MAX),
	{ 0 },
};
static const struct form_field make_form[] = {
	FORM_INT(struct make_in, integration, 1, INT64_MAX),
	FORM_TEXT(struct make_in, form, 1, 32),
	FORM_FLAG(struct make_in, replace),
	{ 0 },
};
static const struct tmpl_field option_fields[] = {
	FIELD(struct option_view, meta_id),
	FIELD(struct option_view, name),
	FIELD(struct option_view, is_chosen),
	{ 0 },
};
static const struct tmpl_field page_fields[] = {
	FIELD(struct page_view, name),
	LIST(struct page_view, forms, n, option_fields),
	{ 0 },
};
static const struct tmpl_field choose_fields[] = {
	FIELD(struct choose_view, integration),
	FIELD(struct choose_view, name),
	FIELD(struct choose_view, back),
	FIELD(struct choose_view, has_forms),
	FIELD(struct choose_view, is_first),
	LIST(struct choose_view, pages, n_pages, page_fields),
	FIELD(struct choose_view, ask_replace),
	FIELD(struct choose_view, form),
	FIELD(struct choose_view, form_name),
	FIELD(struct choose_view, problem),
	FIELD(struct choose_view, button),
	FIELD(struct choose_view, way),
	{ 0 },
};

static struct url
details_of(struct req *r, int64_t integration)
{
	return url_page(r->t.mem, r->page.root, "/integration/%lld",
			(long long)integration);
}

/* Forms that can have a test lead: active, and wanted. */
static enum rc
add_page(struct req *r, const struct page *p, const char *chosen,
	 struct choose_view *v)
{
	struct page_view *row = &v->pages[v->n_pages];
	struct lead_form *forms = NULL;
	size_t n = 0;
	enum rc rc = form_list(&r->t, p->id, &forms, &n);

	if (rc)
		return rc;
	*row = (struct page_view){
		.name = p->name,
		.forms = NEW_ARRAY(r->t.mem, struct option_view, n),
	};
	for (size_t i = 0; i < n; i++) {
		bool is_chosen = text_is(text_of(forms[i].meta_id), chosen);

		if (forms[i].is_left_out ||
		    !text_is(text_of(forms[i].status), "ACTIVE"))
			continue;
		if (is_chosen)
			v->form_name = forms[i].name;
		row->forms[row->n++] =
			(struct option_view){ .meta_id = forms[i].meta_id,
					      .name = forms[i].name,
					      .is_chosen = is_chosen };
	}
	if (row->n > 0)
		v->n_pages++;
	return OK;
}

static enum rc
load_choice(struct req *r, int64_t integration, const char *chosen,
	    struct choose_view *v)
{
	struct integration i = { 0 };
	struct page *pages = NULL;
	size_t n = 0;
	enum rc rc = integration_get(&r->t, integration, &i);

	if (!rc)
		rc = page_list(&r->t, integration, &pages, &n);
	if (rc)
		return rc;
	v->integration = integration;
	v->name = i.name;
	v->is_first = is_new(r, &i);
	v->form = chosen;
	v->back = details_of(r, integration);
	v->pages = NEW_ARRAY(r->t.mem, struct page_view, n);
	for (size_t k = 0; !rc && k < n; k++)
		rc = add_page(r, &pages[k], chosen, v);
	v->has_forms = v->n_pages > 0;
	return rc;
}

static enum rc
show_choice(struct req *r, int status, const struct choose_view *v)
{
	r->page.title = "Send a test lead";
	r->page.in_settings = true;
	r->page.in_integrations = true;
	return reply_page_status(r, status, v);
}

static enum rc
choose(struct req *r, const void *form)
{
	const struct choose_in *in = form;
	struct choose_view v = { 0 };
	enum rc rc = load_choice(r, in->integration, "", &v);

	return rc ? rc : show_choice(r, 200, &v);
}

/* Meta did not make it: ask, or say why and what mends it. */
static enum rc
not_made(struct req *r, const struct make_in *in, enum rc why,
	 const char *reason)
{
	struct choose_view v = { 0 };
	enum rc rc;

	task_forgive(&r->t);
	rc = load_choice(r, in->integration, in->form, &v);
	if (rc)
		return rc;
	if (why == E_CONFLICT && !in->replace && v.form_name) {
		v.ask_replace = true;
		return show_choice(r, 409, &v);
	}
	if (why == E_CONFLICT)
		reason = "test_lead_exists";
	v.problem = why == E_INPUT ? "Choose one of these forms."
				   : way_words(r, reason, "");
	if (why != E_INPUT) {
		v.button = reason_of(reason)->button;
		v.way = way_url(r, reason_of(reason)->way, in->integration);
	}
	return show_choice(r, 422, &v);
}

static enum rc
make(struct req *r, const void *form)
{
	const struct make_in *in = form;
	struct graph_error err;
	const struct testlead_wish wish = { .integration_id = in->integration,
					    .form_meta_id = in->form,
					    .replace = in->replace };
	struct integration i = { 0 };
	int64_t id = 0;
	enum rc rc = integration_get(&r->t, in->integration, &i);

	if (rc)
		return rc;
	if (r->faults.n > 0 || !text_is_id(text_of(in->form)))
		return not_made(r, in, E_INPUT, NULL);
	rc = testlead_make(&r->t, &wish, &id, &err);
	if (rc == E_CONFLICT || rc == E_REMOTE || rc == E_INPUT ||
	    rc == E_NOTFOUND)
		return not_made(r, in, rc == E_NOTFOUND ? E_INPUT : rc,
				err.reason);
	if (rc)
		return rc;
	return reply_see_other(r, url_page(r->t.mem, r->page.root,
					   "/integration-test/run/%lld",
					   (long long)id));
}

/* ---- its passage ------------------------------------------------------------- */

struct run_in {
	int64_t id;
	int64_t seen; /* the stage that the browser shows */
};

static const struct form_field run_form[] = {
	FORM_INT(struct run_in, id, 1, INT64_MAX),
	FORM_INT_OR(struct run_in, seen, 0, 10000, 0),
	{ 0 },
};

static enum rc
load_run(struct req *r, int64_t id, struct passage_view *v)
{
	struct testlead lead = { 0 };
	struct integration i = { 0 };
	enum rc rc = testlead_look(&r->t, id, &lead);

	if (!rc)
		rc = integration_get(&r->t, lead.integration_id, &i);
	if (rc)
		return rc;
	passage_view_of(r, &lead, v);
	v->name = i.name;
	v->is_first = is_new(r, &i);
	return OK;
}

static enum rc
run(struct req *r, const void *form)
{
	const struct run_in *in = form;
	struct passage_view v = { 0 };
	enum rc rc = load_run(r, in->id, &v);

	if (rc)
		return rc;
	r->page.title = v.verdict;
	r->page.in_settings = true;
	r->page.in_integrations = true;
	r->page.refresh_s = v.is_over ? 0 : 2;
	return reply_page(r, &v);
}

/* Each second: the passage when it has gone on, nothing when it has not.
 * Status 286 ends the asking. */
static enum rc
look(struct req *r, const void *form)
{
	const struct run_in *in = form;
	struct passage_view v = { .is_update = true };
	enum rc rc = load_run(r, in->id, &v);

	if (rc)
		return rc;
	if (v.stage == in->seen && !v.is_over)
		return reply_text(r, 204, "text/html; charset=utf-8", TEXT(""));
	return reply_page_status(r, v.is_over ? 286 : 200, &v);
}

static enum rc
fetch(struct req *r, const void *form)
{
	const struct run_in *in = form;
	enum rc rc = testlead_fetch(&r->t, in->id);

	if (!rc)
		rc = session_flash(&r->t, r->session_id,
				   "The lead is being read from Meta without "
				   "its webhook.",
				   false);
	if (rc)
		return rc;
	wake_worker(&r->t);
	return reply_see_other(r, url_page(r->t.mem, r->page.root,
					   "/integration-test/run/%lld",
					   (long long)in->id));
}

static enum rc
take_away(struct req *r, const void *form)
{
	const struct run_in *in = form;
	struct testlead lead = { 0 };
	enum rc rc = testlead_look(&r->t, in->id, &lead);

	if (!rc)
		rc = testlead_remove(&r->t, in->id);
	if (!rc)
		rc = session_flash(&r->t, r->session_id,
				   "The test lead was removed.", false);
	return rc ? rc : reply_see_other(r, details_of(r, lead.integration_id));
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/integration-test/{integration}",
	  .perm = PERM_CARDS,
	  .form = choose_form,
	  .form_size = sizeof(struct choose_in),
	  .handle = choose,
	  .page = "integration-test.html",
	  .fields = choose_fields },
	{ .method = POST,
	  .path = "/integration-test/make",
	  .perm = PERM_ADMIN,
	  .form = make_form,
	  .form_size = sizeof(struct make_in),
	  .handle = make,
	  .page = "integration-test.html",
	  .fields = choose_fields,
	  .faults_to_handler = true,
	  .own_tx = true },
	{ .method = GET,
	  .path = "/integration-test/run/{id}",
	  .perm = PERM_CARDS,
	  .form = run_form,
	  .form_size = sizeof(struct run_in),
	  .handle = run,
	  .page = "integration-test-run.html",
	  .fields = passage_fields },
	{ .method = GET,
	  .path = "/integration-test/look/{id}",
	  .perm = PERM_CARDS,
	  .form = run_form,
	  .form_size = sizeof(struct run_in),
	  .handle = look,
	  .page = "integration-test-look.html",
	  .fields = passage_fields },
	{ .method = POST,
	  .path = "/integration-test/fetch",
	  .perm = PERM_ADMIN,
	  .form = run_form,
	  .form_size = sizeof(struct run_in),
	  .handle = fetch,
	  .own_tx = true },
	{ .method = POST,
	  .path = "/integration-test/remove",
	  .perm = PERM_ADMIN,
	  .form = run_form,
	  .form_size = sizeof(struct run_in),
	  .handle = take_away,
	  .own_tx = true },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
