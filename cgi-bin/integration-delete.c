/* integration-delete.c: the question before, and the end of a connection. */
#include "crm/integration.h"
#include "crm/page.h"
#include "web/cards.h"
#include "web/session.h"
#include "web/view.h"
#include "work/connect.h"

struct delete_in {
	int64_t id;
};
struct delete_view {
	struct cards_view *behind;
	int64_t id;
	const char *name, *leads, *pages;
};

static const struct form_field delete_form[] = {
	FORM_INT(struct delete_in, id, 1, INT64_MAX),
	{ 0 },
};
static const struct tmpl_field delete_fields[] = {
	ONE(struct delete_view, behind, cards_fields),
	FIELD(struct delete_view, id),
	FIELD(struct delete_view, name),
	FIELD(struct delete_view, leads),
	FIELD(struct delete_view, pages),
	{ 0 },
};

static enum rc
ask(struct req *r, const void *form)
{
	const struct delete_in *in = form;
	struct delete_view v = { .id = in->id };
	struct arena *mem = r->t.mem;
	struct page *pages = NULL;
	struct integration i;
	int64_t leads = 0;
	size_t n = 0;
	enum rc rc = integration_get(&r->t, in->id, &i);

	if (!rc)
		rc = integration_leads(&r->t, in->id, &leads);
	if (!rc)
		rc = page_list(&r->t, in->id, &pages, &n);
	if (!rc)
		rc = cards_behind(r, arena_fmt(mem, "Delete %s?", i.name),
				  &v.behind);
	if (rc)
		return rc;
	v.name = i.name;
	v.leads = arena_fmt(mem, "%s that came through it %s",
			    view_count(mem, leads, "lead", "leads"),
			    leads == 1 ? "stays" : "stay");
	v.pages = n == 1 ? "The page is unsubscribed at Meta"
			 : arena_fmt(mem,
				     "The %lld pages are unsubscribed at Meta",
				     (long long)n);
	return reply_page(r, &v);
}

static const char *
end_words(struct req *r, const char *name, size_t failed)
{
	if (failed == 0)
		return arena_fmt(r->t.mem,
				 "Deleted: %s. Its leads are still here.",
				 name);
	return arena_fmt(
		r->t.mem,
		"Deleted: %s. Its leads are still here. Meta did not "
		"unsubscribe %s; what still arrives is not taken in. "
		"To end it there, remove the app on the page.",
		name, view_count(r->t.mem, (int64_t)failed, "page", "pages"));
}

/* Gone already: a second click. */
static enum rc
end(struct req *r, const void *form)
{
	const struct delete_in *in = form;
	struct integration i;
	size_t failed = 0;
	enum rc rc = integration_get(&r->t, in->id, &i);
	bool gone = rc == E_NOTFOUND;

	if (!rc)
		rc = connect_delete(&r->t, in->id, &failed);
	if (!rc)
		rc = session_flash(&r->t, r->session_id,
				   end_words(r, i.name, failed), failed > 0);
	if (rc && !gone)
		return rc;
	if (gone)
		task_forgive(&r->t);
	return reply_see_other(
		r, url_page(r->t.mem, r->page.root, "/integrations"));
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/integration-delete/{id}",
	  .perm = PERM_ADMIN,
	  .form = delete_form,
	  .form_size = sizeof(struct delete_in),
	  .handle = ask,
	  .page = "integration-delete.html",
	  .fields = delete_fields },
	{ .method = POST,
	  .path = "/integration-delete/{id}",
	  .perm = PERM_ADMIN,
	  .form = delete_form,
	  .form_size = sizeof(struct delete_in),
	  .handle = end,
	  .own_tx = true },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
