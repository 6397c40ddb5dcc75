/* sim.c: the simulator's control desk: leads to order, switches, faults, the
 * ledger (JSON in and out), and a start page for people (GET /sim). */
#include "base/buf.h"
#include "control.h"
#include "graph_call.h"
#include "graph_put.h"
#include "raw.h"
#include "sim_page.h"
#include "world_lead.h"
#include "world_record.h"

enum { ANSWER_MAX = 8 << 20, LEDGER_MAX = 5000 };

/* ---- leads ---------------------------------------------------------------- */

static bool
flag(const struct json *body, const char *name)
{
	bool on = false;

	return json_bool(json_get(body, name), &on) && on;
}

static struct lead_order
order_of(struct req *r, const struct json *body)
{
	int64_t days = control_number(body, "days_ago", 0);

	return (struct lead_order){
		.count = control_number(body, "count", 1),
		.seed = control_number(body, "seed", 0),
		.form_id = json_id(json_get(body, "form")),
		.platform = json_text(json_get(body, "platform")),
		.values = json_get(body, "values"),
		.test = flag(body, "test"),
		.silent = flag(body, "silent"),
		.first = days ? when_add(r->t.now, -days * DAY_MS)
			      : (struct when){ 0 },
		.apart_ms = control_number(body, "apart_ms", 0),
	};
}

static enum rc
order(struct req *r, const void *form)
{
	struct buf b = buf_in(r->t.mem, ANSWER_MAX);
	struct json_out out = { .to = &b };
	const struct json *body = NULL;
	const char **ids = NULL;
	struct lead_order o;
	struct switches sw;
	enum rc rc = control_body(r, &body);

	(void)form;
	if (!rc)
		rc = switches_load(&r->t, &sw);
	if (rc)
		return rc;
	o = order_of(r, body);
	if (o.count < 1 || o.count > LEAD_ORDER)
		return fail(&r->t, E_INPUT, "count is 1 to %d", LEAD_ORDER);
	rc = leads_make(&r->t, &sw, &o, &ids);
	if (rc)
		return rc;
	json_open(&out, '{');
	json_name(&out, "ids");
	json_open(&out, '[');
	for (int64_t i = 0; i < o.count; i++)
		json_put(&out, ids[i]);
	json_close(&out, ']');
	json_close(&out, '}');
	return control_json(r, &b);
}

/* ---- faults and switches --------------------------------------------------- */

static enum rc
add_fault(struct req *r, const struct json *body, const char *kind)
{
	struct sim_fault f = {
		.kind = kind,
		.error = json_text(json_get(body, "error")),
		.object = json_id(json_get(body, "object")),
		.nth = control_number(body, "nth", 1),
		.times = control_number(body, "times", 1),
	};

	if (!f.error || !graph_fault_known(f.error))
		return fail(&r->t, E_INPUT, "a fault needs a known error");
	return fault_add(&r->t, &f);
}

/* {"kind":…,"error":…} is a fault at chosen calls, all else switches. */
static enum rc
set_faults(struct req *r, const void *form)
{
	const struct json *body = NULL;
	const char *kind;
	enum rc rc = control_body(r, &body);

	(void)form;
	kind = json_text(json_get(body, "kind"));
	if (!rc && kind)
		rc = add_fault(r, body, kind);
	else
		for (const struct json *j = json_first(body); !rc && j;
		     j = json_next(j))
			rc = switch_set(&r->t, json_key(j), j);
	return rc ? rc : control_done(r);
}

/* ---- what happened --------------------------------------------------------- */

static void
put_lead(struct json_out *o, const struct sim_lead *l)
{
	const struct {
		const char *name, *value;
	} texts[] = {
		{ "id", l->id },	{ "form", l->form_id },
		{ "page", l->page_id }, { "platform", l->platform },
		{ "name", l->name },	{ "email", l->email },
		{ "phone", l->phone },	{ "state", l->state },
	};
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = {
		{ "number", l->number },
		{ "person", l->person },
		{ "deliveries", l->deliveries },
		{ "acks", l->acks },
	};

	json_open(o, '{');
	for (size_t i = 0; i < COUNT(texts); i++) {
		json_name(o, texts[i].name);
		json_put(o, texts[i].value);
	}
	for (size_t i = 0; i < COUNT(numbers); i++)
		put_int(o, numbers[i].name, numbers[i].value);
	put_bool(o, "test", l->is_test);
	json_close(o, '}');
}

static enum rc
put_ledger(struct req *r, int64_t after)
{
	struct buf b = buf_in(r->t.mem, ANSWER_MAX);
	struct json_out out = { .to = &b };
	struct sim_lead *leads = NULL;
	size_t n = 0;
	enum rc rc = leads_ledger(&r->t, after, LEDGER_MAX, &leads, &n);

	if (rc)
		return rc;
	json_open(&out, '[');
	for (size_t i = 0; i < n; i++)
		put_lead(&out, &leads[i]);
	json_close(&out, ']');
	return control_json(r, &b);
}

static enum rc
ledger(struct req *r, const void *form)
{
	(void)form;
	return put_ledger(r, 0);
}

/* What follows, of a long one. */
static enum rc
ledger_after(struct req *r, const void *form)
{
	const struct json *body = NULL;
	enum rc rc = control_body(r, &body);

	(void)form;
	return rc ? rc : put_ledger(r, control_number(body, "after", 0));
}

static enum rc
calls(struct req *r, const void *form)
{
	struct buf b = buf_in(r->t.mem, ANSWER_MAX);
	struct json_out out = { .to = &b };
	struct sim_call_count *all = NULL;
	size_t n = 0;
	enum rc rc = calls_count(&r->t, &all, &n);

	(void)form;
	if (rc)
		return rc;
	json_open(&out, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&out, '{');
		put(&out, "kind", all[i].kind);
		put_int(&out, "status", all[i].status);
		put_int(&out, "calls", all[i].calls);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	return control_json(r, &b);
}

#define RAW(how, where, what)                                                  \
	{                                                                      \
		.method = (how), .path = (where), .perm = PERM_RAW,            \
		.verify = accept_all, .handle = (what)                         \
	}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/sim",
	  .perm = PERM_RAW,
	  .verify = accept_all,
	  .handle = sim_page,
	  .page = "sim.html",
	  .fields = sim_page_fields },
	RAW(POST, "/sim/leads", order),
	RAW(POST, "/sim/faults", set_faults),
	RAW(POST, "/sim/kill", control_kill),
	RAW(POST, "/sim/expire", control_expire),
	RAW(POST, "/sim/leads-access", control_leads_access),
	RAW(POST, "/sim/terms", control_terms),
	RAW(POST, "/sim/app", control_app),
	RAW(POST, "/sim/steal", control_steal),
	RAW(POST, "/sim/subscribe", control_subscribe),
	RAW(POST, "/sim/unsubscribe", control_unsubscribe),
	RAW(POST, "/sim/deauthorize", control_deauthorize),
	RAW(POST, "/sim/deletion", control_deletion),
	RAW(POST, "/sim/reset", control_reset),
	RAW(GET, "/sim/ledger", ledger),
	RAW(POST, "/sim/ledger", ledger_after),
	RAW(GET, "/sim/calls", calls),
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
