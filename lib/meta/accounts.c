/* accounts: pages, forms, subscriptions and tokens, as Graph lists them. */
#include "meta/accounts.h"

#include "base/buf.h"

enum { PAGES_MAX = 5000, FORMS_MAX = 5000, QUESTIONS_MAX = 1 << 20 };

static const char *
text_or(const struct json *j, const char *otherwise)
{
	const char *text = json_text(j);

	return text ? text : otherwise;
}

/* Room for one more: what is listed is seldom near its limit. */
static void *
room(struct task *t, void *list, size_t n, size_t size)
{
	enum { FIRST = 16 };

	if (n == 0)
		return arena_array(t->mem, FIRST, size);
	if (n < FIRST || (n & (n - 1)) != 0)
		return list;
	return arena_grow(t->mem, list, n * size, 2 * n * size);
}

/* ---- pages ---------------------------------------------------------------------------- */

struct page_list {
	struct meta_page *at;
	size_t n;
};

static const char *
join_tasks(struct task *t, const struct json *tasks)
{
	struct buf b = buf_in(t->mem, 500);

	for (const struct json *j = json_first(tasks); j; j = json_next(j))
		if (json_text(j))
			buf_fmt(&b, "%s%s", b.len ? "," : "", json_text(j));
	return buf_str(&b);
}

static enum rc
add_page(struct task *t, const struct json *item, void *arg)
{
	struct page_list *list = arg;
	const char *id = json_id(json_get(item, "id"));

	if (!id)
		return OK;
	if (list->n == PAGES_MAX)
		return fail(t, E_INPUT, "over %d pages", PAGES_MAX);
	list->at = room(t, list->at, list->n, sizeof(*list->at));
	list->at[list->n++] = (struct meta_page){
		.id = id,
		.name = text_or(json_get(item, "name"), id),
		.token = json_text(json_get(item, "access_token")),
		.tasks = join_tasks(t, json_get(item, "tasks")),
	};
	return OK;
}

enum rc
accounts_pages(struct task *t, const struct graph *g, struct meta_page **out,
	       size_t *n, struct graph_error *err)
{
	static const struct graph_param params[] = {
		{ "fields", "id,name,access_token,tasks" },
		{ "limit", "100" },
		{ 0 },
	};
	const struct graph_call call = { "GET", "me/accounts", params };
	struct page_list list = { 0 };
	enum rc rc = graph_list(t, g, &call, add_page, &list, err);

	if (rc)
		return rc;
	*out = list.at;
	*n = list.n;
	return OK;
}

/* ---- forms -------------------------------------------------------------------------------- */

#define FORM_FIELDS_ASKED "id,name,status,locale,leads_count,questions"

struct form_list {
	struct meta_form *at;
	size_t n;
};

static const char *
questions_text(struct task *t, const struct json *questions)
{
	struct buf b = buf_in(t->mem, QUESTIONS_MAX);

	if (!json_is_array(questions))
		return "[]";
	json_print(questions, &b);
	return b.failed ? "[]" : buf_str(&b);
}

static struct meta_form
form_of(struct task *t, const struct json *item, const char *id)
{
	struct meta_form f = {
		.id = id,
		.name = text_or(json_get(item, "name"), ""),
		.status = text_or(json_get(item, "status"), ""),
		.locale = text_or(json_get(item, "locale"), ""),
		.questions = questions_text(t, json_get(item, "questions")),
	};

	if (!json_int(json_get(item, "leads_count"), &f.leads_count))
		f.leads_count = 0;
	return f;
}

static enum rc
add_form(struct task *t, const struct json *item, void *arg)
{
	struct form_list *list = arg;
	const char *id = json_id(json_get(item, "id"));

	if (!id)
		return OK;
	if (list->n == FORMS_MAX)
		return fail(t, E_INPUT, "over %d forms", FORMS_MAX);
	list->at = room(t, list->at, list->n, sizeof(*list->at));
	list->at[list->n++] = form_of(t, item, id);
	return OK;
}

enum rc
accounts_forms(struct task *t, const struct graph *g, const char *page_id,
	       struct meta_form **out, size_t *n, struct graph_error *err)
{
	static const struct graph_param params[] = {
		{ "fields", FORM_FIELDS_ASKED },
		{ "limit", "100" },
		{ 0 },
	};
	const struct graph_call call = {
		"GET", arena_fmt(t->mem, "%s/leadgen_forms", page_id), params
	};
	struct form_list list = { 0 };
	enum rc rc = graph_list(t, g, &call, add_form, &list, err);

	if (rc)
		return rc;
	*out = list.at;
	*n = list.n;
	return OK;
}

enum rc
accounts_form(struct task *t, const struct graph *g, const char *form_id,
	      struct meta_form *out, struct graph_error *err)
{
	static const struct graph_param params[] = {
		{ "fields", FORM_FIELDS_ASKED },
		{ 0 },
	};
	const struct graph_call call = { "GET", form_id, params };
	const struct json *reply = NULL;
	enum rc rc = graph_do(t, g, &call, &reply, err);

	if (!rc)
		*out = form_of(t, reply, form_id);
	return rc;
}

/* ---- subscribing ----------------------------------------------------------------------------- */

/* The fields this app gets from the page now, and whether leadgen is one. */
static const char *
merged_fields(struct task *t, const struct json *reply, const char *app_id,
	      bool *had)
{
	struct buf b = buf_in(t->mem, 2000);
	const struct json *app = json_first(json_get(reply, "data"));

	buf_puts(&b, "leadgen");
	*had = false;
	for (; app; app = json_next(app)) {
		const char *id = json_id(json_get(app, "id"));
		const struct json *f =
			json_first(json_get(app, "subscribed_fields"));

		for (; id && strcmp(id, app_id) == 0 && f; f = json_next(f)) {
			struct text field = text_of(json_text(f));

			if (text_is(field, "leadgen"))
				*had = true;
			else if (field.len > 0)
				buf_fmt(&b, ",%.*s", TEXT_ARG(field));
		}
	}
	return buf_str(&b);
}

enum rc
accounts_subscribe(struct task *t, const struct graph *g, const char *app_id,
		   const char *page_id, bool *added, struct graph_error *err)
{
	struct graph_param params[2] = { { 0 }, { 0 } };
	struct graph_call call = {
		"GET", arena_fmt(t->mem, "%s/subscribed_apps", page_id), NULL
	};
	const struct json *reply = NULL;
	bool had = false, done = false;
	enum rc rc = graph_do(t, g, &call, &reply, err);

	if (rc)
		return rc;
	params[0].name = "subscribed_fields";
	params[0].value = merged_fields(t, reply, app_id, &had);
	*added = !had;
	if (had)
		return OK;
	call.method = "POST";
	call.params = params;
	rc = graph_do(t, g, &call, &reply, err);
	if (!rc && (!json_bool(json_get(reply, "success"), &done) || !done))
		return fail(t, E_REMOTE, "page %s: not subscribed", page_id);
	return rc;
}

/* ---- tokens -------------------------------------------------------------------------------------- */

static struct when
moment(const struct json *j)
{
	int64_t s = 0;

	if (!json_int(j, &s) || s <= 0)
		return (struct when){ 0 };
	return (struct when){ s * SECOND_MS };
}

enum rc
accounts_token(struct task *t, const struct graph *g, const char *token,
	       struct meta_token *out, struct graph_error *err)
{
	const struct graph_param params[] = { { "input_token", token }, { 0 } };
	const struct graph_call call = { "GET", "debug_token", params };
	const struct json *reply = NULL, *data;
	struct buf scopes = buf_in(t->mem, 4000);
	enum rc rc = graph_do(t, g, &call, &reply, err);

	if (rc)
		return rc;
	data = json_get(reply, "data");
	*out = (struct meta_token){
		.type = text_or(json_get(data, "type"), ""),
		.user_id = json_id(json_get(data, "user_id")),
		.app_id = json_id(json_get(data, "app_id")),
		.expires = moment(json_get(data, "expires_at")),
		.data_access_expires =
			moment(json_get(data, "data_access_expires_at")),
	};
	if (!json_bool(json_get(data, "is_valid"), &out->valid))
		out->valid = false;
	for (const struct json *s = json_first(json_get(data, "scopes")); s;
	     s = json_next(s))
		if (json_text(s))
			buf_fmt(&scopes, "%s%s", scopes.len ? "," : "",
				json_text(s));
	out->scopes = buf_str(&scopes);
	return OK;
}
