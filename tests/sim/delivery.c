/* delivery: one POST, as Meta makes it. */
#include "delivery.h"

#include "base/buf.h"
#include "base/crypt.h"
#include "base/json.h"
#include "net/fetch.h"
#include "random.h"
#include "world_record.h"

enum { BODY_MAX = 3 << 20, ANSWER_MS = 10000 };

static void
put_id(struct json_out *o, const struct switches *sw, const char *name,
       const char *id)
{
	json_name(o, name);
	if (strcmp(sw->webhook_ids, "numbers") != 0) {
		json_put(o, id);
		return;
	}
	buf_puts(o->to, id);
	o->comma = true;
}

static void
put_value(struct json_out *o, const struct switches *sw,
	  const struct sim_lead *l)
{
	bool unknown = strcmp(sw->webhook_extra, "unknown") == 0;

	json_name(o, "value");
	json_open(o, '{');
	put_id(o, sw, "leadgen_id", l->id);
	put_id(o, sw, "page_id", l->page_id);
	put_id(o, sw, "form_id", l->form_id);
	if (l->ad_id) {
		put_id(o, sw, "ad_id", l->ad_id);
		put_id(o, sw, "adgroup_id", l->ad_id);
	}
	json_name(o, "created_time");
	json_put_int(o, l->created_at.ms / SECOND_MS);
	if (unknown) {
		json_name(o, "not_documented");
		json_open(o, '{');
		json_close(o, '}');
	}
	json_close(o, '}');
}

static void
put_change(struct json_out *o, const struct switches *sw,
	   const struct sim_lead *l)
{
	json_open(o, '{');
	json_name(o, "field");
	json_put(o, "leadgen");
	if (strcmp(sw->webhook_values, "full") == 0)
		put_value(o, sw, l);
	json_close(o, '}');
}

/* A change of a field that nobody asked for. */
static void
put_foreign_change(struct json_out *o)
{
	json_open(o, '{');
	json_name(o, "field");
	json_put(o, "mention");
	json_name(o, "value");
	json_put(o, "of another kind");
	json_close(o, '}');
}

static void
put_changes(struct json_out *o, const struct switches *sw,
	    const struct sim_lead *l)
{
	struct random chance;
	int64_t seed = 0;

	(void)text_int(text_of(l->id), 0, INT64_MAX, &seed);
	chance = random_of((uint64_t)seed);
	if (strcmp(sw->webhook_values, "changed_fields") == 0) {
		json_name(o, "changed_fields");
		json_open(o, '[');
		json_put(o, "leadgen");
		json_close(o, ']');
		return;
	}
	json_name(o, "changes");
	json_open(o, '[');
	put_change(o, sw, l);
	if (random_chance(&chance, sw->duplicate_percent))
		put_change(o, sw, l);
	if (strcmp(sw->webhook_extra, "unknown") == 0)
		put_foreign_change(o);
	json_close(o, ']');
}

/* Meta escapes what is not ASCII, and signs the escaped text; our own
 * json_put would not. */
static void
put_accents(struct json_out *o)
{
	json_name(o, "note");
	buf_puts(o->to, "\"\\u00e4\\u00f6\\u00fc \\ud83d\\ude00 a\\/b\"");
	o->comma = true;
}

/* One entry per lead: batches mix pages. */
static struct text
body_of(struct task *t, const struct switches *sw,
	const struct sim_lead *const *leads, size_t n)
{
	struct buf b = buf_in(t->mem, BODY_MAX);
	struct json_out o = { .to = &b };

	json_open(&o, '{');
	json_name(&o, "object");
	json_put(&o, "page");
	json_name(&o, "entry");
	json_open(&o, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&o, '{');
		json_name(&o, "id");
		json_put(&o, leads[i]->page_id);
		json_name(&o, "time");
		json_put_int(&o, clock_now().ms / SECOND_MS);
		if (strcmp(sw->webhook_extra, "accents") == 0)
			put_accents(&o);
		put_changes(&o, sw, leads[i]);
		json_close(&o, '}');
	}
	json_close(&o, ']');
	json_close(&o, '}');
	return buf_text(&b);
}

static const char *
signature(struct task *t, const struct sim_app *app, const struct switches *sw,
	  struct text body)
{
	bool wrong = strcmp(sw->webhook_signature, "wrong") == 0;
	uint8_t mac[CRYPT_HASH];

	crypt_hmac_sha256(wrong ? TEXT("not the secret") : text_of(app->secret),
			  body, mac);
	return arena_fmt(t->mem, "X-Hub-Signature-256: sha256=%s",
			 crypt_hex(t->mem, mac, sizeof(mac)));
}

enum rc
delivery_post(struct task *t, const struct sim_app *app,
	      const struct switches *sw, const struct sim_lead *const *leads,
	      size_t n, bool *acked)
{
	const char *headers[4] = { "Content-Type: application/json",
				   "User-Agent: Webhooks/1.0 "
				   "(https://fb.me/webhooks)",
				   NULL, NULL };
	struct fetch_request req = { .method = "POST",
				     .url = app->callback_url,
				     .headers = headers,
				     .deadline_ms = ANSWER_MS };
	struct fetch_answer answer = { 0 };
	struct sim_delivery d = { .sent_at = clock_now(),
				  .changes = (int64_t)n };

	req.body = body_of(t, sw, leads, n);
	if (strcmp(sw->webhook_signature, "missing") != 0)
		headers[2] = signature(t, app, sw, req.body);
	if (fetch(t, &req, &answer))
		task_forgive(t);
	*acked = answer.status >= 200 && answer.status < 300;
	d.status = answer.status;
	d.acked = *acked;
	d.ms = answer.took_ms;
	return delivery_add(t, &d);
}
