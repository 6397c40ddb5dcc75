/* sim.c: the simulator's control desk: leads to order, switches, faults, the
 * ledger.  JSON in and out. */
#include "base/buf.h"
#include "web/app.h"
#include "world_lead.h"
#include "world_record.h"
#include "world_token.h"

enum { ANSWER_MAX = 8 << 20, LEDGER_MAX = 5000 };

static enum rc
accept_all(struct req *r, const void *form)
{
	(void)form;
	return r ? OK : E_DENIED;
}

static enum rc
read_body(struct req *r, const struct json **out)
{
	const char *why = "no object";

	*out = json_parse(r->t.mem, r->body, &why);
	if (!json_is_object(*out))
		return fail(&r->t, E_INPUT, "body: %s", why);
	return OK;
}

static enum rc
reply_json(struct req *r, const struct buf *b)
{
	if (b->failed)
		return fail(&r->t, E_INTERNAL, "answer too long");
	return reply_text(r, 200, "application/json", buf_text(b));
}

static enum rc
reply_done(struct req *r)
{
	return reply_text(r, 200, "application/json",
			  TEXT("{\"success\":true}"));
}

static int64_t
number(const struct json *body, const char *name, int64_t otherwise)
{
	int64_t n = otherwise;

	return json_int(json_get(body, name), &n) ? n : otherwise;
}

static enum rc
order(struct req *r, const void *form)
{
	struct buf b = buf_in(r->t.mem, ANSWER_MAX);
	struct json_out out = { .to = &b };
	struct lead_order o = { 0 };
	struct switches sw;
	const struct json *body = NULL;
	const char **ids = NULL;
	enum rc rc = read_body(r, &body);

	(void)form;
	if (!rc)
		rc = switches_load(&r->t, &sw);
	if (rc)
		return rc;
	o.count = number(body, "count", 1);
	o.seed = number(body, "seed", 0);
	o.form_id = json_id(json_get(body, "form"));
	o.platform = json_text(json_get(body, "platform"));
	o.values = json_get(body, "values");
	if (!json_bool(json_get(body, "test"), &o.test))
		o.test = false;
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
	return reply_json(r, &b);
}

static enum rc
add_fault(struct req *r, const struct json *body, const char *kind)
{
	struct sim_fault f = {
		.kind = kind,
		.error = json_text(json_get(body, "error")),
		.nth = number(body, "nth", 1),
		.times = number(body, "times", 1),
	};

	if (!f.error)
		return fail(&r->t, E_INPUT, "a fault needs its error");
	return fault_add(&r->t, &f);
}

/* {"kind":…,"error":…} is a fault at chosen calls, all else switches. */
static enum rc
set_faults(struct req *r, const void *form)
{
	const struct json *body = NULL;
	const char *kind;
	enum rc rc = read_body(r, &body);

	(void)form;
	kind = json_text(json_get(body, "kind"));
	if (!rc && kind)
		rc = add_fault(r, body, kind);
	else
		for (const struct json *j = json_first(body); !rc && j;
		     j = json_next(j))
			rc = switch_set(&r->t, json_key(j), j);
	return rc ? rc : reply_done(r);
}

static enum rc
kill_token(struct req *r, const void *form)
{
	const struct json *body = NULL;
	const char *token;
	enum rc rc = read_body(r, &body);

	(void)form;
	token = json_text(json_get(body, "token"));
	if (!rc && !token)
		return fail(&r->t, E_INPUT, "which token?");
	if (!rc)
		rc = world_kill_token(&r->t, token, number(body, "subcode", 0));
	return rc ? rc : reply_done(r);
}

/* Switches, faults and records; the leads and who is subscribed stay. */
static enum rc
reset(struct req *r, const void *form)
{
	enum rc rc = switches_reset(&r->t);

	(void)form;
	if (!rc)
		rc = faults_reset(&r->t);
	if (!rc)
		rc = usage_reset(&r->t);
	if (!rc)
		rc = records_reset(&r->t);
	if (!rc)
		rc = world_revive_tokens(&r->t);
	return rc ? rc : reply_done(r);
}

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
	for (size_t i = 0; i < COUNT(numbers); i++) {
		json_name(o, numbers[i].name);
		json_put_int(o, numbers[i].value);
	}
	json_close(o, '}');
}

static enum rc
ledger(struct req *r, const void *form)
{
	struct buf b = buf_in(r->t.mem, ANSWER_MAX);
	struct json_out out = { .to = &b };
	struct sim_lead *leads = NULL;
	size_t n = 0;
	enum rc rc = leads_ledger(&r->t, 0, LEDGER_MAX, &leads, &n);

	(void)form;
	if (rc)
		return rc;
	json_open(&out, '[');
	for (size_t i = 0; i < n; i++)
		put_lead(&out, &leads[i]);
	json_close(&out, ']');
	return reply_json(r, &b);
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
		json_name(&out, "kind");
		json_put(&out, all[i].kind);
		json_name(&out, "status");
		json_put_int(&out, all[i].status);
		json_name(&out, "calls");
		json_put_int(&out, all[i].calls);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	return reply_json(r, &b);
}

#define RAW(how, where, what)                                                  \
	{                                                                      \
		.method = (how), .path = (where), .perm = PERM_RAW,            \
		.verify = accept_all, .handle = (what)                         \
	}

static const struct route routes[] = {
	RAW(POST, "/sim/leads", order),
	RAW(POST, "/sim/faults", set_faults),
	RAW(POST, "/sim/kill", kill_token),
	RAW(POST, "/sim/reset", reset),
	RAW(GET, "/sim/ledger", ledger),
	RAW(GET, "/sim/calls", calls),
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
