/* graph_lead: forms and leads (contract 3). */
#include "graph_call.h"
#include "world_lead.h"

static void
put(struct json_out *o, const char *name, const char *value)
{
	if (!value)
		return;
	json_name(o, name);
	json_put(o, value);
}

static void
put_raw(struct json_out *o, const char *name, const char *json)
{
	if (!json)
		return;
	json_name(o, name);
	buf_puts(o->to, json);
	o->comma = true;
}

/* "2018-02-28T08:49:14+0000": Meta's offset has no colon. */
static const char *
meta_time(struct task *t, struct when w)
{
	struct text iso = text_of(when_iso(t->mem, w));

	return arena_fmt(t->mem, "%.*s+0000", (int)(iso.len - 1), iso.p);
}

static struct when
horizon(const struct task *t, const struct graph_request *q)
{
	return when_add(t->now, -q->sw->retention_days * DAY_MS);
}

/* ---- forms -------------------------------------------------------------------------------- */

static void
put_form(struct graph_request *q, const struct sim_form *f)
{
	json_open(&q->out, '{');
	put(&q->out, "id", f->id);
	put(&q->out, "name", f->name);
	put(&q->out, "status", f->status);
	put(&q->out, "locale", f->locale);
	json_name(&q->out, "leads_count");
	json_put_int(&q->out, f->leads);
	put_raw(&q->out, "questions", f->questions);
	put_raw(&q->out, "tracking_parameters", f->tracking);
	json_close(&q->out, '}');
}

enum rc
graph_page_forms(struct task *t, struct graph_request *q)
{
	struct sim_form *forms = NULL;
	bool ok = false;
	size_t n = 0;
	enum rc rc = graph_need_page(t, q, q->id, &ok);

	if (!rc && ok)
		rc = world_forms(t, q->id, horizon(t, q), 0, 100, &forms, &n);
	if (rc || !ok)
		return rc;
	json_open(&q->out, '{');
	json_name(&q->out, "data");
	json_open(&q->out, '[');
	for (size_t i = 0; i < n; i++)
		put_form(q, &forms[i]);
	json_close(&q->out, ']');
	json_close(&q->out, '}');
	return OK;
}

static enum rc
need_form(struct task *t, struct graph_request *q, struct sim_form *f, bool *ok)
{
	enum rc rc = world_form(t, q->id, horizon(t, q), f);

	return rc ? rc : graph_need_page(t, q, f->page_id, ok);
}

enum rc
graph_form(struct task *t, struct graph_request *q)
{
	struct sim_form f;
	bool ok = false;
	enum rc rc = need_form(t, q, &f, &ok);

	if (!rc && ok)
		put_form(q, &f);
	return rc;
}

/* ---- leads ---------------------------------------------------------------------------------- */

static const char *const known_fields[] = {
	"id",
	"created_time",
	"form_id",
	"ad_id",
	"ad_name",
	"adset_id",
	"adset_name",
	"campaign_id",
	"campaign_name",
	"is_organic",
	"platform",
	"partner_name",
	"field_data",
	"custom_disclaimer_responses",
};

/* The first field that a lead does not have, or NULL. */
static const char *
unknown_field(struct task *t, const char *fields)
{
	struct text rest = text_of(fields), part;

	while (text_take_part(&rest, ',', &part)) {
		size_t i = 0;

		while (i < COUNT(known_fields) &&
		       !text_is(part, known_fields[i]))
			i++;
		if (i == COUNT(known_fields))
			return arena_str(t->mem, part);
	}
	return NULL;
}

/* What is not known is left out, never null (contract 3.1). */
static void
put_lead(struct task *t, struct graph_request *q, const struct sim_lead *l)
{
	const char *fields = graph_param(q, "fields");
	bool with_ads = !q->sw->withhold_ad_fields;
	const struct {
		const char *name, *value;
	} texts[] = {
		{ "form_id", l->form_id },
		{ "platform", l->platform },
		{ "ad_id", with_ads ? l->ad_id : NULL },
		{ "ad_name", with_ads ? l->ad_name : NULL },
		{ "adset_id", with_ads ? l->adset_id : NULL },
		{ "adset_name", with_ads ? l->adset_name : NULL },
		{ "campaign_id", with_ads ? l->campaign_id : NULL },
		{ "campaign_name", with_ads ? l->campaign_name : NULL },
	};

	json_open(&q->out, '{');
	put(&q->out, "id", l->id);
	put(&q->out, "created_time", meta_time(t, l->created_at));
	for (size_t i = 0; i < COUNT(texts); i++)
		if (world_listed(fields, texts[i].name))
			put(&q->out, texts[i].name, texts[i].value);
	if (world_listed(fields, "is_organic")) {
		json_name(&q->out, "is_organic");
		json_put_bool(&q->out, l->is_organic);
	}
	put_raw(&q->out, "field_data", l->field_data);
	json_close(&q->out, '}');
}

static enum rc
refuse_fields(struct task *t, struct graph_request *q, bool *ok)
{
	const char *unknown = unknown_field(t, graph_param(q, "fields"));

	*ok = unknown == NULL;
	if (*ok)
		return OK;
	return graph_no(q, 400, 100, 0,
			arena_fmt(t->mem,
				  "(#100) Tried accessing nonexisting field "
				  "(%.60s) on node type (UserLeadGenInfo)",
				  unknown));
}

static enum rc
readable(struct task *t, struct graph_request *q, const struct sim_lead *l,
	 bool *ok)
{
	*ok = false;
	if (l->created_at.ms < horizon(t, q).ms ||
	    t->now.ms - l->made_at.ms < q->sw->readable_after_ms)
		return graph_gone(t, q, q->id);
	if (q->sw->leads_access_revoked)
		return graph_no(q, 403, 103, 0,
				"CRM access has been revoked from Lead Access "
				"Manager");
	return refuse_fields(t, q, ok);
}

enum rc
graph_lead(struct task *t, struct graph_request *q)
{
	struct sim_lead l;
	bool ok = false;
	enum rc rc = lead_read(t, q->id, &l);

	if (!rc)
		rc = graph_need_page(t, q, l.page_id, &ok);
	if (rc || !ok)
		return rc;
	if (strcmp(q->method, "DELETE") == 0 && l.is_test) {
		buf_puts(&q->body, "{\"success\":true}");
		return lead_remove(t, l.number);
	}
	rc = readable(t, q, &l, &ok);
	if (!rc && ok)
		put_lead(t, q, &l);
	return rc;
}

/* time_created GREATER_THAN of `filtering` (contract 3.2). */
static struct when
filter_after(struct task *t, const struct graph_request *q)
{
	const char *why = NULL;
	const struct json *list =
		json_parse(t->mem, text_of(graph_param(q, "filtering")), &why);
	int64_t seconds = 0;

	if (q->sw->ignore_filter ||
	    !json_int(json_get(json_first(list), "value"), &seconds))
		return (struct when){ 0 };
	return (struct when){ seconds * SECOND_MS };
}

enum rc
graph_form_leads(struct task *t, struct graph_request *q)
{
	struct lead_query lq = { .form_id = q->id, .limit = 25 };
	struct text cursor = text_of(graph_param(q, "after"));
	struct sim_lead *leads = NULL;
	struct sim_form f;
	size_t n = 0, shown;
	bool ok = false;
	enum rc rc = need_form(t, q, &f, &ok);

	if (!rc && ok)
		rc = refuse_fields(t, q, &ok);
	if (rc || !ok)
		return rc;
	if (!text_int(text_of(graph_param(q, "limit")), 1, q->sw->max_limit,
		      &lq.limit))
		lq.limit = 25;
	lq.after = filter_after(t, q);
	if (!text_take_int(&cursor, INT64_MAX, &lq.before.ms) ||
	    !text_take_char(&cursor, '-') ||
	    !text_take_int(&cursor, INT64_MAX, &lq.before_number))
		lq.before = (struct when){ 0 };
	lq.limit++;
	rc = leads_list(t, &lq, &leads, &n);
	if (rc)
		return rc;
	shown = (int64_t)n == lq.limit ? n - 1 : n;
	json_open(&q->out, '{');
	json_name(&q->out, "data");
	json_open(&q->out, '[');
	for (size_t i = 0; i < shown; i++)
		put_lead(t, q, &leads[i]);
	json_close(&q->out, ']');
	if (shown < n)
		put_raw(&q->out, "paging",
			arena_fmt(t->mem,
				  "{\"cursors\":{\"after\":\"%lld-%lld\"},"
				  "\"next\":\"https://graph.facebook.com/\"}",
				  (long long)leads[shown - 1].created_at.ms,
				  (long long)leads[shown - 1].number));
	json_close(&q->out, '}');
	return OK;
}

static enum rc
make_test_lead(struct task *t, struct graph_request *q)
{
	struct lead_order order = {
		.count = 1, .form_id = q->id, .platform = "fb", .test = true
	};
	const char **ids = NULL;
	struct sim_lead there;
	enum rc rc = lead_test_of(t, q->id, &there);

	if (!rc)
		return graph_no(q, 400, 2, 1892058,
				"A test lead was already created for this "
				"leadgen form.");
	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	rc = leads_make(t, q->sw, &order, &ids);
	if (rc)
		return rc;
	json_open(&q->out, '{');
	put(&q->out, "id", ids[0]);
	json_close(&q->out, '}');
	return OK;
}

enum rc
graph_test_leads(struct task *t, struct graph_request *q)
{
	struct sim_lead l;
	struct sim_form f;
	bool ok = false, there;
	enum rc rc = need_form(t, q, &f, &ok);

	if (rc || !ok)
		return rc;
	if (strcmp(q->method, "POST") == 0)
		return make_test_lead(t, q);
	rc = lead_test_of(t, q->id, &l);
	there = rc == OK;
	if (rc == E_NOTFOUND)
		task_forgive(t);
	else if (rc)
		return rc;
	json_open(&q->out, '{');
	json_name(&q->out, "data");
	json_open(&q->out, '[');
	if (there)
		put_lead(t, q, &l);
	json_close(&q->out, ']');
	json_close(&q->out, '}');
	return OK;
}
