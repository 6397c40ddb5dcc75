/* graph_lead: leads (contract 3.1, 3.2, 3.5). */
#include "graph_call.h"
#include "graph_put.h"
#include "world_lead.h"

static struct when
horizon(const struct task *t, const struct graph_request *q)
{
	return when_add(t->now, -q->sw->retention_days * DAY_MS);
}

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
	bool with_ads =
		!q->sw->withhold_ad_fields &&
		(graph_may(q, "ads_management") || graph_may(q, "ads_read"));
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
	if (world_listed(fields, "is_organic"))
		put_bool(&q->out, "is_organic", l->is_organic);
	put_raw(&q->out, "field_data", l->field_data);
	if (l->disclaimers &&
	    world_listed(fields, "custom_disclaimer_responses"))
		put_raw(&q->out, "custom_disclaimer_responses", l->disclaimers);
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

/* Leads Access Manager, for all pages by switch or for this one. */
static enum rc
blocked(struct task *t, struct graph_request *q, bool *is_blocked)
{
	struct sim_page p = { 0 };
	enum rc rc = world_page(t, q->page_id, &p);

	*is_blocked = q->sw->leads_access_revoked || !p.leads_access;
	if (rc || !*is_blocked)
		return rc;
	return graph_no(q, 403, 103, 0,
			"CRM access has been revoked from Lead Access Manager");
}

static enum rc
readable(struct task *t, struct graph_request *q, const struct sim_lead *l,
	 bool *ok)
{
	bool is_blocked = false;
	enum rc rc;

	*ok = false;
	if (l->created_at.ms < horizon(t, q).ms ||
	    t->now.ms - l->made_at.ms < q->sw->readable_after_ms)
		return graph_gone(t, q, q->id);
	rc = blocked(t, q, &is_blocked);
	return rc || is_blocked ? rc : refuse_fields(t, q, ok);
}

enum rc
graph_lead(struct task *t, struct graph_request *q)
{
	struct sim_lead l;
	bool ok = false;
	enum rc rc = lead_read(t, q->id, &l);

	if (rc)
		return rc;
	if (graph_is(q, "DELETE")) {
		if (!l.is_test)
			return graph_gone(t, q, q->id);
		put_success(&q->out);
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

/* Where the page before ended: "milliseconds-number". */
static void
take_cursor(const struct graph_request *q, struct lead_query *lq)
{
	struct text cursor = text_of(graph_param(q, "after"));

	if (!text_take_int(&cursor, INT64_MAX, &lq->last.ms) ||
	    !text_take_char(&cursor, '-') ||
	    !text_take_int(&cursor, INT64_MAX, &lq->last_number))
		lq->last = (struct when){ 0 };
}

static void
put_leads(struct task *t, struct graph_request *q, const struct sim_lead *leads,
	  size_t n, bool more)
{
	put_data(&q->out);
	for (size_t i = 0; i < n; i++)
		put_lead(t, q, &leads[i]);
	json_close(&q->out, ']');
	if (more)
		put_raw(&q->out, "paging",
			arena_fmt(t->mem,
				  "{\"cursors\":{\"after\":\"%lld-%lld\"},"
				  "\"next\":\"https://graph.facebook.com/\"}",
				  (long long)leads[n - 1].created_at.ms,
				  (long long)leads[n - 1].number));
	json_close(&q->out, '}');
}

enum rc
graph_form_leads(struct task *t, struct graph_request *q)
{
	struct lead_query lq = { .form_id = q->id,
				 .after = filter_after(t, q),
				 .oldest_first = q->sw->oldest_first != 0,
				 .limit = graph_limit(q) + 1 };
	struct sim_lead *leads = NULL;
	bool ok = false, is_blocked = false;
	size_t n = 0;
	enum rc rc = blocked(t, q, &is_blocked);

	if (!rc && !is_blocked)
		rc = refuse_fields(t, q, &ok);
	if (rc || !ok)
		return rc;
	/* What is older than the retention is gone from here too. */
	if (lq.after.ms < horizon(t, q).ms)
		lq.after = horizon(t, q);
	take_cursor(q, &lq);
	rc = leads_list(t, &lq, &leads, &n);
	if (!rc)
		put_leads(t, q, leads, (int64_t)n == lq.limit ? n - 1 : n,
			  (int64_t)n == lq.limit);
	return rc;
}

/* ---- test leads -------------------------------------------------------------------- */

/* field_data=[{"name":…,"values":[…]}] as the answers of an order, an object
 * of texts; NULL when there is none. */
static const struct json *
given_answers(struct task *t, const struct graph_request *q)
{
	const char *why = NULL;
	const struct json *list =
		json_parse(t->mem, text_of(graph_param(q, "field_data")), &why);
	struct buf b = buf_in(t->mem, 64 << 10);
	struct json_out out = { .to = &b };

	if (!json_is_array(list))
		return NULL;
	json_open(&out, '{');
	for (const struct json *j = json_first(list); j; j = json_next(j)) {
		const char *name = json_text(json_get(j, "name"));

		if (name)
			put(&out, name,
			    json_text(json_first(json_get(j, "values"))));
	}
	json_close(&out, '}');
	return json_parse(t->mem, buf_text(&b), &why);
}

static enum rc
make_test_lead(struct task *t, struct graph_request *q)
{
	struct lead_order order = { .count = 1,
				    .form_id = q->id,
				    .platform = "fb",
				    .values = given_answers(t, q),
				    .test = true };
	const char **ids = NULL;
	struct sim_lead there;
	enum rc rc = lead_test_of(t, q->id, &there);

	if (!rc) {
		q->error = (struct sim_error){
			.status = 400,
			.code = 2,
			.subcode = 1892058,
			.user_title = "Test lead already exists for this form.",
			.user_msg =
				"A test lead was already created for this "
				"leadgen form. Delete the existing lead before "
				"creating a new one. To retrieve the lead id, "
				"use the GET call on /test_leads edge.",
		};
		return OK;
	}
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
	enum rc rc;

	if (graph_is(q, "POST"))
		return make_test_lead(t, q);
	rc = lead_test_of(t, q->id, &l);
	if (rc && rc != E_NOTFOUND)
		return rc;
	put_leads(t, q, &l, rc ? 0 : 1, false);
	if (rc)
		task_forgive(t);
	return OK;
}
