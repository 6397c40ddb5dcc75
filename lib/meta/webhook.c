/* webhook: signature and payload. */
#include "meta/webhook.h"

#include "base/buf.h"
#include "base/crypt.h"
#include "base/json.h"

/* ---- signature (contract 1.5) ------------------------------------------------------- */

static bool
holds(struct text body, const uint8_t given[CRYPT_HASH],
      const char *const *secrets)
{
	bool good = false;

	for (; *secrets; secrets++) {
		uint8_t mac[CRYPT_HASH];

		crypt_hmac_sha256(text_of(*secrets), body, mac);
		good |= crypt_equal(mac, given, sizeof(mac));
	}
	return good;
}

static void
put_unit(struct buf *b, uint32_t unit)
{
	buf_fmt(b, "\\u%04x", (unsigned)unit);
}

/* Every UTF-16 unit from 0x80 on as \uxxxx. */
static struct text
escaped(struct arena *mem, struct text body)
{
	struct buf b = buf_in(mem, 6 * body.len + 1);
	uint32_t rune;

	while (text_take_rune(&body, &rune)) {
		if (rune < 0x80) {
			buf_putc(&b, (char)rune);
		} else if (rune < 0x10000) {
			put_unit(&b, rune);
		} else {
			put_unit(&b, 0xd800 + ((rune - 0x10000) >> 10));
			put_unit(&b, 0xdc00 + ((rune - 0x10000) & 0x3ff));
		}
	}
	return buf_text(&b);
}

static bool
has_high_byte(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.p[i] >= 0x80)
			return true;
	return false;
}

enum webhook_verdict
webhook_verify(struct arena *mem, struct text body, const char *header,
	       const char *const *secrets)
{
	struct text given = text_trim(text_of(header));
	uint8_t mac[CRYPT_HASH];

	if (given.len == 0)
		return SIGNATURE_MISSING;
	if (!text_take_lit(&given, "sha256=") ||
	    !text_unhex(given, mac, sizeof(mac)))
		return SIGNATURE_WRONG;
	if (holds(body, mac, secrets))
		return SIGNATURE_GOOD;
	if (has_high_byte(body) && body.len < (1 << 20) &&
	    holds(escaped(mem, body), mac, secrets))
		return SIGNATURE_GOOD_ESCAPED;
	return SIGNATURE_WRONG;
}

/* ---- payload (contract 1.2) ------------------------------------------------------------ */

struct parsing {
	struct webhook_update *at;
	size_t n;
	const char *object;
};

/* The dashboard's Test button sends runs of fours (contract 1.3). */
static bool
is_test_id(const char *id)
{
	struct text t = text_of(id);

	for (size_t i = 0; i < t.len; i++)
		if (t.p[i] != '4')
			return false;
	return t.len >= 6;
}

/* Zero means "none" where Meta has nothing to name. */
static const char *
real_id(const struct json *j)
{
	const char *id = json_id(j);

	return id && strcmp(id, "0") != 0 ? id : NULL;
}

static struct when
seconds(const struct json *j)
{
	int64_t s = 0;

	if (!json_int(j, &s) || s <= 0 || s > INT64_C(9999999999))
		return (struct when){ 0 };
	return (struct when){ s * SECOND_MS };
}

static void
read_value(const struct json *value, struct webhook_update *u)
{
	const char *page = real_id(json_get(value, "page_id"));

	u->lead_id = real_id(json_get(value, "leadgen_id"));
	u->form_id = real_id(json_get(value, "form_id"));
	u->ad_id = real_id(json_get(value, "ad_id"));
	u->created = seconds(json_get(value, "created_time"));
	if (page)
		u->page_id = page;
	if (u->lead_id)
		u->kind = is_test_id(u->lead_id) ? UPDATE_TEST : UPDATE_LEAD;
	else if (u->page_id)
		u->kind = UPDATE_HINT;
}

static void
read_change(struct parsing *p, const struct json *entry, const char *field,
	    const struct json *value)
{
	struct webhook_update *u = &p->at[p->n++];

	*u = (struct webhook_update){
		.kind = UPDATE_OTHER,
		.object = p->object,
		.field = field ? field : "",
		.page_id = real_id(json_get(entry, "id")),
	};
	if (strcmp(p->object, "page") == 0 && strcmp(u->field, "leadgen") == 0)
		read_value(value, u);
}

/* What an entry has instead of changes when values are off. */
static const char *
changed_field(const struct json *entry)
{
	const char *first = NULL;
	const struct json *j = json_first(json_get(entry, "changed_fields"));

	for (; j; j = json_next(j)) {
		const char *field = json_text(j);

		if (field && strcmp(field, "leadgen") == 0)
			return field;
		if (!first)
			first = field;
	}
	return first;
}

static void
read_entry(struct parsing *p, const struct json *entry)
{
	const struct json *j = json_first(json_get(entry, "changes"));

	if (!j)
		read_change(p, entry, changed_field(entry), NULL);
	for (; j; j = json_next(j))
		read_change(p, entry, json_text(json_get(j, "field")),
			    json_get(j, "value"));
}

static size_t
count_changes(const struct json *entries)
{
	size_t n = 0;

	for (const struct json *e = json_first(entries); e; e = json_next(e)) {
		const struct json *c = json_first(json_get(e, "changes"));

		n += c == NULL;
		for (; c; c = json_next(c))
			n++;
	}
	return n;
}

enum rc
webhook_parse(struct task *t, struct text body, struct webhook_update **out,
	      size_t *n)
{
	const char *why = "not a JSON object", *object;
	const struct json *doc = json_parse(t->mem, body, &why), *entries;
	struct parsing p = { 0 };
	size_t changes;

	if (!json_is_object(doc))
		return fail(t, E_INPUT, "delivery: %s", why);
	object = json_text(json_get(doc, "object"));
	p.object = object ? object : "";
	entries = json_get(doc, "entry");
	if (!json_is_array(entries))
		entries = NULL;
	changes = count_changes(entries);
	if (changes > WEBHOOK_UPDATES)
		return fail(t, E_INPUT, "delivery of %zu changes", changes);
	p.at = NEW_ARRAY(t->mem, struct webhook_update, changes);
	for (const struct json *e = json_first(entries); e; e = json_next(e))
		read_entry(&p, e);
	*out = p.at;
	*n = p.n;
	return OK;
}
