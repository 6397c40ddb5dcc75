/* json: a strict pass over the bytes, then cJSON, then typed getters. */
#include "base/json.h"

#include <cjson/cJSON.h>
#include <math.h>

#include "base/escape.h"

enum {
	DEPTH_MAX = 32,
	LONG_DIGITS = 16, /* from here on a double is not exact */
};

/* struct json is cJSON's node under another name; only this file knows. */
static const cJSON *
node(const struct json *j)
{
	return (const cJSON *)(const void *)j;
}

static const struct json *
outer(const cJSON *n)
{
	return (const struct json *)(const void *)n;
}

/* ---- the strict pass ------------------------------------------------------------ */

struct scan {
	struct text in;
	struct buf out; /* the document as cJSON gets it */
	int depth;
	const char *why;
};

static bool
refuse(struct scan *s, const char *why)
{
	if (!s->why)
		s->why = why;
	return false;
}

static bool
copy(struct scan *s, size_t n)
{
	buf_add(&s->out, text_first(s->in, n));
	s->in = text_from(s->in, n);
	return true;
}

static bool
is_one_of(struct text t, size_t at, const char *set)
{
	return at < t.len && t.p[at] != '\0' && strchr(set, t.p[at]);
}

/* The unit of a \uXXXX at the front; false when there is none. */
static bool
unit_at(struct text t, uint32_t *unit)
{
	uint8_t pair[2];

	if (t.len < 6 || t.p[0] != '\\' || t.p[1] != 'u' ||
	    !text_unhex((struct text){ t.p + 2, 4 }, pair, 2))
		return false;
	*unit = (uint32_t)pair[0] << 8 | pair[1];
	return true;
}

static bool
is_half(uint32_t unit, uint32_t first)
{
	return unit >= first && unit < first + 0x400;
}

/* People's texts are cut in the middle of an emoji, and hold what no C string
 * can: that character becomes U+FFFD, the rest of the text stays. */
static bool
scan_unit(struct scan *s)
{
	uint32_t unit, next;

	if (!unit_at(s->in, &unit))
		return refuse(s, "broken \\u escape");
	if (is_half(unit, 0xd800) && unit_at(text_from(s->in, 6), &next) &&
	    is_half(next, 0xdc00))
		return copy(s, 12);
	if (unit != 0 && !is_half(unit, 0xd800) && !is_half(unit, 0xdc00))
		return copy(s, 6);
	buf_rune(&s->out, 0xfffd);
	s->in = text_from(s->in, 6);
	return true;
}

/* An escape within a string. */
static bool
scan_escape(struct scan *s)
{
	if (s->in.len < 2)
		return refuse(s, "string without end");
	if (s->in.p[1] == 'u')
		return scan_unit(s);
	return is_one_of(s->in, 1, "\"\\/bfnrt") ? copy(s, 2)
						 : refuse(s, "unknown escape");
}

/* Bytes up to the next one that means something within a string. */
static size_t
plain_run(struct text t)
{
	size_t n = 0;

	while (n < t.len && t.p[n] != '"' && t.p[n] != '\\' &&
	       (unsigned char)t.p[n] >= ' ')
		n++;
	return n;
}

static bool
scan_string(struct scan *s)
{
	copy(s, 1);
	while (s->in.len > 0) {
		unsigned char c = (unsigned char)s->in.p[0];

		if (c == '"')
			return copy(s, 1);
		if (c < ' ')
			return refuse(s, "control character in a string");
		if (c == '\\') {
			if (!scan_escape(s))
				return false;
		} else {
			copy(s, plain_run(s->in));
		}
	}
	return refuse(s, "string without end");
}

static size_t
digits(struct text t)
{
	size_t n = 0;

	while (n < t.len && t.p[n] >= '0' && t.p[n] <= '9')
		n++;
	return n;
}

/* A long whole number goes on as a string, so that no digit is lost. */
static bool
scan_number(struct scan *s)
{
	size_t sign = s->in.p[0] == '-', n = sign, whole, more;

	whole = digits(text_from(s->in, n));
	n += whole;
	if (whole == 0 || (whole > 1 && s->in.p[sign] == '0'))
		return refuse(s, "broken number");
	if (whole >= LONG_DIGITS && !is_one_of(s->in, n, ".eE")) {
		buf_putc(&s->out, '"');
		copy(s, n);
		buf_putc(&s->out, '"');
		return true;
	}
	if (is_one_of(s->in, n, ".")) {
		more = digits(text_from(s->in, n + 1));
		if (more == 0)
			return refuse(s, "broken number");
		n += 1 + more;
	}
	if (is_one_of(s->in, n, "eE")) {
		n += 1 + (size_t)is_one_of(s->in, n + 1, "+-");
		more = digits(text_from(s->in, n));
		if (more == 0)
			return refuse(s, "broken number");
		n += more;
	}
	return copy(s, n);
}

static bool
scan_token(struct scan *s)
{
	char c = s->in.p[0];

	if (c == '"')
		return scan_string(s);
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(s);
	if (c == '{' || c == '[') {
		if (++s->depth > DEPTH_MAX)
			return refuse(s, "too many levels");
	} else if (c == '}' || c == ']') {
		s->depth--;
	}
	return copy(s, 1);
}

static bool
scan_document(struct scan *s)
{
	if (!text_is_utf8(s->in))
		return refuse(s, "not UTF-8");
	while (s->in.len > 0)
		if (!scan_token(s))
			return false;
	return !s->out.failed || refuse(s, "too large");
}

/* ---- no key twice ----------------------------------------------------------------- */

static int
by_key(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static bool
keys_differ(struct arena *mem, const cJSON *object)
{
	size_t n = 0;
	const char **keys;
	const cJSON *child;

	cJSON_ArrayForEach(child, object) n++;
	keys = NEW_ARRAY(mem, const char *, n);
	n = 0;
	cJSON_ArrayForEach(child, object) keys[n++] = child->string;
	qsort(keys, n, sizeof(keys[0]), by_key);
	for (size_t i = 1; i < n; i++)
		if (strcmp(keys[i - 1], keys[i]) == 0)
			return false;
	return true;
}

/* What only the tree shows, or NULL.  The depth is bounded by the strict
 * pass. */
static const char *
fault_of(struct arena *mem, const cJSON *j)
{
	const char *fault = NULL;
	const cJSON *child;

	if (cJSON_IsObject(j) && !keys_differ(mem, j))
		return "a key stands twice";
	if (cJSON_IsNumber(j) && !isfinite(j->valuedouble))
		return "a number out of range";
	cJSON_ArrayForEach(child, j)
	{
		if (!fault)
			fault = fault_of(mem, child);
	}
	return fault;
}

/* ---- reading ----------------------------------------------------------------------- */

static void
delete_tree(void *tree)
{
	cJSON_Delete(tree);
}

const struct json *
json_parse(struct arena *mem, struct text doc, const char **why)
{
	struct scan s = { .in = doc,
			  .out = buf_in(mem, doc.len + doc.len / 4 + 16) };
	cJSON *tree;

	if (!scan_document(&s)) {
		*why = s.why;
		return NULL;
	}
	/* With its end required: trailing text is refused. */
	tree = cJSON_ParseWithOpts(buf_str(&s.out), NULL, 1);
	if (!tree) {
		*why = "not JSON";
		return NULL;
	}
	arena_defer(mem, delete_tree, tree);
	*why = fault_of(mem, tree);
	if (*why)
		return NULL;
	return outer(tree);
}

const struct json *
json_get(const struct json *j, const char *key)
{
	return outer(cJSON_GetObjectItemCaseSensitive(node(j), key));
}

const struct json *
json_first(const struct json *j)
{
	if (!json_is_array(j) && !json_is_object(j))
		return NULL;
	return outer(node(j)->child);
}

const struct json *
json_next(const struct json *j)
{
	return j ? outer(node(j)->next) : NULL;
}

const char *
json_key(const struct json *j)
{
	return j ? node(j)->string : NULL;
}

bool
json_is_array(const struct json *j)
{
	return cJSON_IsArray(node(j));
}

bool
json_is_object(const struct json *j)
{
	return cJSON_IsObject(node(j));
}

const char *
json_text(const struct json *j)
{
	return cJSON_GetStringValue(node(j));
}

static bool
is_whole(const cJSON *n)
{
	return cJSON_IsNumber(n) && n->valuedouble >= -9007199254740991.0 &&
	       n->valuedouble <= 9007199254740991.0 &&
	       n->valuedouble == (double)(int64_t)n->valuedouble;
}

/*
 * A short number was never more than 15 digits, so the double is exact; its
 * text is put in the node's unused string member, which cJSON frees with it.
 */
const char *
json_id(const struct json *j)
{
	const cJSON *n = node(j);
	const char *text = json_text(j);
	char digits_of[24];

	if (text)
		return text_is_id(text_of(text)) ? text : NULL;
	if (!is_whole(n) || n->valuedouble < 0)
		return NULL;
	if (!n->valuestring) {
		cJSON *own = (cJSON *)(uintptr_t)n;

		snprintf(digits_of, sizeof(digits_of), "%lld",
			 (long long)n->valuedouble);
		own->valuestring = strdup(digits_of);
	}
	return n->valuestring;
}

bool
json_int(const struct json *j, int64_t *out)
{
	const char *text = json_text(j);

	if (text)
		return text_int(text_of(text), INT64_MIN, INT64_MAX, out);
	if (!is_whole(node(j)))
		return false;
	*out = (int64_t)node(j)->valuedouble;
	return true;
}

bool
json_bool(const struct json *j, bool *out)
{
	static const char *const no[] = { "", "0", "false" };
	static const char *const yes[] = { "1", "true" };
	const char *text = json_text(j);
	int64_t n;

	if (cJSON_IsBool(node(j))) {
		*out = cJSON_IsTrue(node(j));
		return true;
	}
	if (!text) {
		bool number = json_int(j, &n) && (n == 0 || n == 1);

		if (number)
			*out = n == 1;
		return number;
	}
	for (size_t i = 0; i < COUNT(no); i++)
		if (strcmp(text, no[i]) == 0)
			return *out = false, true;
	for (size_t i = 0; i < COUNT(yes); i++)
		if (strcmp(text, yes[i]) == 0)
			return *out = true, true;
	return false;
}

/* ---- printing ------------------------------------------------------------------------ */

static void
print_scalar(const cJSON *n, struct json_out *out)
{
	if (cJSON_IsString(n))
		json_put(out, n->valuestring);
	else if (cJSON_IsBool(n))
		json_put_bool(out, cJSON_IsTrue(n));
	else if (is_whole(n))
		json_put_int(out, (int64_t)n->valuedouble);
	else if (cJSON_IsNumber(n))
		buf_fmt(out->to, "%s%.17g", out->comma ? "," : "",
			n->valuedouble);
	else
		json_put(out, NULL);
	out->comma = true;
}

static void
print(const cJSON *n, struct json_out *out)
{
	bool object = cJSON_IsObject(n);
	const cJSON *child;

	if (!object && !cJSON_IsArray(n)) {
		print_scalar(n, out);
		return;
	}
	json_open(out, object ? '{' : '[');
	cJSON_ArrayForEach(child, n)
	{
		if (object)
			json_name(out, child->string);
		print(child, out);
	}
	json_close(out, object ? '}' : ']');
}

void
json_print(const struct json *j, struct buf *to)
{
	struct json_out out = { .to = to };

	print(node(j), &out);
}

/* ---- writing -------------------------------------------------------------------------- */

static void
separate(struct json_out *o)
{
	if (o->comma)
		buf_putc(o->to, ',');
	o->comma = true;
}

void
json_open(struct json_out *o, char bracket)
{
	separate(o);
	buf_putc(o->to, bracket);
	o->comma = false;
}

void
json_close(struct json_out *o, char bracket)
{
	buf_putc(o->to, bracket);
	o->comma = true;
}

static void
put_string(struct json_out *o, struct text t)
{
	buf_putc(o->to, '"');
	escape_json(o->to, t);
	buf_putc(o->to, '"');
}

void
json_name(struct json_out *o, const char *name)
{
	separate(o);
	put_string(o, text_of(name));
	buf_putc(o->to, ':');
	o->comma = false;
}

void
json_put_text(struct json_out *o, struct text text)
{
	separate(o);
	put_string(o, text);
}

void
json_put(struct json_out *o, const char *text)
{
	if (text) {
		json_put_text(o, text_of(text));
		return;
	}
	separate(o);
	buf_puts(o->to, "null");
}

void
json_put_int(struct json_out *o, int64_t n)
{
	separate(o);
	buf_int(o->to, n);
}

void
json_put_bool(struct json_out *o, bool b)
{
	separate(o);
	buf_puts(o->to, b ? "true" : "false");
}
