/* json: a strict pass over the bytes (json_scan), then cJSON, then typed
 * getters. */
#include "base/json.h"

#include <cjson/cJSON.h>
#include <math.h>

#include "base/escape.h"
#include "base/json_private.h"

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
	struct buf strict = buf_in(mem, doc.len + doc.len / 4 + 16);
	cJSON *tree;

	*why = json_scan(doc, &strict);
	if (*why)
		return NULL;
	/* With its end required: trailing text is refused. */
	tree = cJSON_ParseWithOpts(buf_str(&strict), NULL, 1);
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
json_text_or(const struct json *j, const char *otherwise)
{
	const char *text = json_text(j);

	return text ? text : otherwise;
}

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
print_number(double n, struct json_out *out)
{
	char text[40];

	snprintf(text, sizeof(text), "%.17g", n);
	/* A long whole number is a text, as it is when it is read. */
	if (strlen(text) > 15 + (n < 0) && !strpbrk(text, ".e")) {
		json_put(out, text);
		return;
	}
	if (out->comma)
		buf_putc(out->to, ',');
	buf_puts(out->to, text);
}

static void
print_scalar(const cJSON *n, struct json_out *out)
{
	if (cJSON_IsString(n))
		json_put(out, n->valuestring);
	else if (cJSON_IsBool(n))
		json_put_bool(out, cJSON_IsTrue(n));
	else if (cJSON_IsNumber(n))
		print_number(n->valuedouble, out);
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
