/* lead-export.c: the leads of a filter as a file (GET asks, POST sends it). */
#include "crm/audit.h"
#include "crm/leadexport.h"
#include "web/leadfilter.h"
#include "web/view.h"

struct ask_in {
	struct leadfilter filter;
};
struct send_in {
	struct leadfilter filter;
	const char *format;
	bool bom;
};
struct export_view {
	bool has_chips, is_empty;
	struct chip_view *chips;
	size_t n_chips;
	struct hidden_view *kept;
	size_t n_kept;
	const char *button;
	struct url back;
};

static const char *const formats[] = { "csv", "ndjson", NULL };
static const struct form_field ask_form[] = {
	LEADFILTER_FORM(struct ask_in),
	{ 0 },
};
static const struct form_field send_form[] = {
	LEADFILTER_FORM(struct send_in),
	FORM_CHOICE(struct send_in, format, formats),
	FORM_FLAG(struct send_in, bom),
	{ 0 },
};
static const struct tmpl_field export_fields[] = {
	FIELD(struct export_view, has_chips),
	FIELD(struct export_view, is_empty),
	LIST(struct export_view, chips, n_chips, chip_fields),
	LIST(struct export_view, kept, n_kept, hidden_fields),
	FIELD(struct export_view, button),
	FIELD(struct export_view, back),
	{ 0 },
};

static enum rc
ask(struct req *r, const void *form)
{
	const struct ask_in *in = form;
	struct export_view v = { 0 };
	struct lead_filter f;
	bool more = false;
	int64_t n = 0;
	enum rc rc = leadfilter_read(r, &in->filter, &f);

	if (!rc)
		rc = leadlist_count(&r->t, &f, (struct lead_key){ 0 },
				    LEAD_COUNT_MAX, &n, &more);
	if (!rc)
		rc = leadfilter_chips(r, &in->filter, &v.chips, &v.n_chips);
	if (rc)
		return rc;
	v.has_chips = v.n_chips > 0;
	v.is_empty = n == 0 && !more;
	v.button = arena_fmt(r->t.mem, "Export %s%s", more ? "more than " : "",
			     view_count(r->t.mem, n, "lead", "leads"));
	leadfilter_hidden(r, &in->filter, "", &v.kept, &v.n_kept);
	v.back = leadfilter_url(r, &in->filter,
				url_page(r->t.mem, r->page.root, "/leads"), "");
	r->page.title = "Export leads";
	r->page.in_leads = true;
	return reply_page(r, &v);
}

static enum rc
next_part(struct task *t, struct buf *b, void *arg, bool *last)
{
	return leadexport_next(t, arg, b, last);
}

/* What was chosen, by the names of the filter alone: a search may hold a
 * person's own data. */
static const char *
audit_words(struct req *r, const struct send_in *in)
{
	struct hidden_view *kept;
	struct buf b = buf_in(r->t.mem, 400);
	size_t n;

	leadfilter_hidden(r, &in->filter, "q", &kept, &n);
	buf_fmt(&b, "Exported leads as %s", in->format);
	for (size_t i = 0; i < n; i++)
		buf_fmt(&b, "%s%s=%s", i ? ", " : ": ", kept[i].name,
			kept[i].value);
	if (in->filter.q[0])
		buf_puts(&b, n ? ", by a search" : ": by a search");
	return b.failed ? "Exported leads" : buf_str(&b);
}

static enum rc
send(struct req *r, const void *form)
{
	const struct send_in *in = form;
	struct leadexport *e = NEW(r->t.mem, struct leadexport);
	bool as_json = text_is(text_of(in->format), "ndjson");
	enum rc rc = leadfilter_read(r, &in->filter, &e->filter);

	e->as_json = as_json;
	e->with_bom = in->bom;
	if (!rc)
		rc = audit_add(&r->t, "lead.export", "", audit_words(r, in));
	if (rc)
		return rc;
	return reply_stream(r,
			    as_json ? "application/x-ndjson; charset=utf-8"
				    : "text/csv; charset=utf-8",
			    as_json ? "leads.ndjson" : "leads.csv", next_part,
			    e);
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/lead-export",
	  .perm = PERM_LEADS,
	  .form = ask_form,
	  .form_size = sizeof(struct ask_in),
	  .handle = ask,
	  .page = "lead-export.html",
	  .fields = export_fields },
	{ .method = POST,
	  .path = "/lead-export",
	  .perm = PERM_LEADS,
	  .form = send_form,
	  .form_size = sizeof(struct send_in),
	  .handle = send },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
