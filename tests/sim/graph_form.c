/* graph_form: lead forms (contract 3.3). */
#include "graph_call.h"
#include "graph_put.h"

static struct when
horizon(const struct task *t, const struct graph_request *q)
{
	return when_add(t->now, -q->sw->retention_days * DAY_MS);
}

/* As it is asked for: of the legal content the disclaimer alone. */
static void
put_legal(struct graph_request *q, const struct sim_form *f)
{
	json_name(&q->out, "legal_content");
	json_open(&q->out, '{');
	json_name(&q->out, "custom_disclaimer");
	json_open(&q->out, '{');
	put(&q->out, "title", "Before you send");
	put_raw(&q->out, "checkboxes", f->disclaimers);
	json_close(&q->out, '}');
	json_close(&q->out, '}');
}

static void
put_form(struct task *t, struct graph_request *q, const struct sim_form *f)
{
	const char *fields = graph_param(q, "fields");
	const struct {
		const char *name, *value;
		bool is_json;
	} texts[] = {
		{ "name", f->name, false },
		{ "status", f->status, false },
		{ "locale", f->locale, false },
		{ "page_id", f->page_id, false },
		{ "created_time", meta_time(t, f->created_at), false },
		{ "questions", f->questions, true },
		{ "tracking_parameters", f->tracking, true },
	};
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = {
		{ "leads_count", f->leads },
		{ "organic_leads_count", f->organic },
		{ "expired_leads_count", f->expired },
	};

	if (!fields[0])
		fields = "name,status,locale";
	json_open(&q->out, '{');
	put(&q->out, "id", f->id);
	for (size_t i = 0; i < COUNT(texts); i++)
		if (!world_listed(fields, texts[i].name))
			continue;
		else if (texts[i].is_json)
			put_raw(&q->out, texts[i].name, texts[i].value);
		else
			put(&q->out, texts[i].name, texts[i].value);
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (!q->sw->withhold_counts &&
		    world_listed(fields, numbers[i].name))
			put_int(&q->out, numbers[i].name, numbers[i].value);
	if (f->disclaimers &&
	    world_listed(fields, "legal_content{custom_disclaimer}"))
		put_legal(q, f);
	json_close(&q->out, '}');
}

/* Listing needs a permission more than its name suggests (contract 2.5). */
static bool
may_list(struct graph_request *q)
{
	if (graph_may(q, "pages_read_engagement"))
		return true;
	q->error = (struct sim_error){
		.status = 400,
		.code = 100,
		.message = "(#100) Object does not exist, cannot be loaded due "
			   "to missing permission or reviewable feature, or "
			   "does not support this operation. This endpoint "
			   "requires the 'pages_read_engagement' permission or "
			   "the 'Page Public Content Access' feature",
	};
	return false;
}

enum rc
graph_page_forms(struct task *t, struct graph_request *q)
{
	struct sim_form *forms = NULL;
	int64_t limit = graph_limit(q), after = 0;
	size_t n = 0, shown;
	enum rc rc;

	if (!may_list(q))
		return OK;
	if (!text_int(text_of(graph_param(q, "after")), 0, INT64_MAX, &after))
		after = 0;
	rc = world_forms(t, q->id, horizon(t, q), after, limit + 1, &forms, &n);
	if (rc)
		return rc;
	shown = (int64_t)n > limit ? (size_t)limit : n;
	put_data(&q->out);
	for (size_t i = 0; i < shown; i++)
		put_form(t, q, &forms[i]);
	json_close(&q->out, ']');
	if (shown > 0)
		put_paging(t, &q->out, forms[shown - 1].number, shown < n);
	json_close(&q->out, '}');
	return OK;
}

enum rc
graph_form(struct task *t, struct graph_request *q)
{
	struct sim_form f;
	enum rc rc;

	if (graph_is(q, "DELETE"))
		return graph_gone(t, q, q->id);
	if (graph_is(q, "POST")) {
		if (strcmp(graph_param(q, "status"), "ARCHIVED") != 0)
			return graph_no(q, 400, 100, 0,
					"(#100) Invalid parameter");
		rc = world_form_status(t, q->id, "ARCHIVED");
		if (!rc)
			put_success(&q->out);
		return rc;
	}
	rc = world_form(t, q->id, horizon(t, q), &f);
	if (!rc)
		put_form(t, q, &f);
	return rc;
}
