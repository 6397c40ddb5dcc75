/* accounts: pages, forms, subscriptions and tokens, as Graph lists them. */
#include "meta/accounts.h"

#include "base/buf.h"

enum {
	PAGES_MAX = 5000,
	BUSINESSES_MAX = 50,
	QUESTIONS_MAX = 1 << 20,
	CONSENTS_MAX = 60000, /* bytes of a column */
};

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
	bool of_portfolio;
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

static bool
has_page(const struct page_list *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->at[i].id, id) == 0)
			return true;
	return false;
}

static enum rc
add_page(struct task *t, const struct json *item, void *arg)
{
	struct page_list *list = arg;
	const char *id = json_id(json_get(item, "id"));

	if (!id || has_page(list, id))
		return OK;
	if (list->n == PAGES_MAX)
		return fail(t, E_INPUT, "over %d pages", PAGES_MAX);
	list->at = room(t, list->at, list->n, sizeof(*list->at));
	list->at[list->n++] = (struct meta_page){
		.id = id,
		.name = json_text_or(json_get(item, "name"), id),
		.token = json_text(json_get(item, "access_token")),
		.tasks = join_tasks(t, json_get(item, "tasks")),
		.of_portfolio = list->of_portfolio,
	};
	return OK;
}

static const struct graph_param page_params[] = {
	{ "fields", "id,name,access_token,tasks" },
	{ "limit", "100" },
	{ 0 },
};

struct business_list {
	const char *ids[BUSINESSES_MAX];
	size_t n;
};

static enum rc
add_business(struct task *t, const struct json *item, void *arg)
{
	struct business_list *list = arg;
	const char *id = json_id(json_get(item, "id"));

	(void)t;
	if (id && list->n < BUSINESSES_MAX)
		list->ids[list->n++] = id;
	return OK;
}

/* A refusal here takes nothing away: the person's own pages are known. */
static enum rc
forgiving(struct task *t, enum rc rc)
{
	if (rc != E_REMOTE)
		return rc;
	task_forgive(t);
	return OK;
}

static enum rc
add_portfolios(struct task *t, const struct graph *g, struct page_list *list)
{
	static const char *const edges[] = { "owned_pages", "client_pages" };
	const struct graph_call businesses = {
		"GET", "me/businesses",
		(const struct graph_param[]){ { "fields", "id" }, { 0 } }
	};
	struct business_list found = { .n = 0 };
	struct graph_error err;
	enum rc rc = forgiving(
		t, graph_list(t, g, &businesses, add_business, &found, &err));

	list->of_portfolio = true;
	for (size_t i = 0; !rc && i < 2 * found.n; i++) {
		const struct graph_call call = { "GET",
						 arena_fmt(t->mem, "%s/%s",
							   found.ids[i / 2],
							   edges[i % 2]),
						 page_params };

		rc = forgiving(t,
			       graph_list(t, g, &call, add_page, list, &err));
	}
	return rc;
}

enum rc
accounts_pages(struct task *t, const struct graph *g, struct meta_page **out,
	       size_t *n, struct graph_error *err)
{
	const struct graph_call call = { "GET", "me/accounts", page_params };
	struct page_list list = { 0 };
	enum rc rc = graph_list(t, g, &call, add_page, &list, err);

	if (!rc)
		rc = add_portfolios(t, g, &list);
	if (rc)
		return rc;
	*out = list.at;
	*n = list.n;
	return OK;
}

/* One spelling is not insisted on: newer pages have PROFILE_PLUS_… tasks. */
bool
accounts_may_read(const char *tasks)
{
	static const char *const reading[] = { "ADVERTISE", "MANAGE_LEADS",
					       "FULL_CONTROL" };
	struct text rest = text_of(tasks), task;
	bool any = false;

	while (text_take_part(&rest, ',', &task)) {
		any = true;
		for (size_t i = 0; i < COUNT(reading); i++)
			if (text_ends(task, reading[i]))
				return true;
	}
	return !any;
}

/* ---- forms -------------------------------------------------------------------------------- */

struct form_list {
	struct meta_forms *to;
	struct when clock; /* Meta's, at this answer */
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

/* The boxes that a person ticks or leaves, at most 50. */
static const char *
consents_text(struct task *t, const struct json *legal)
{
	enum { BOXES = 50 };
	const struct json *box = json_first(
		json_get(json_get(legal, "custom_disclaimer"), "checkboxes"));
	struct buf b = buf_in(t->mem, CONSENTS_MAX);
	struct json_out out = { .to = &b };
	size_t n = 0;

	json_open(&out, '[');
	for (; box && n < BOXES; box = json_next(box)) {
		const char *key = json_text(json_get(box, "key"));
		const char *text = json_text(json_get(box, "text"));

		if (!key || !text)
			continue;
		json_open(&out, '{');
		json_name(&out, "key");
		json_put(&out, key);
		json_name(&out, "text");
		json_put(&out, text);
		json_close(&out, '}');
		n++;
	}
	json_close(&out, ']');
	return n == 0 || b.failed ? "" : buf_str(&b);
}

struct meta_form
accounts_form_of(struct task *t, const struct json *item, const char *id)
{
	struct meta_form f = {
		.id = id,
		.name = json_text_or(json_get(item, "name"), ""),
		.status = json_text_or(json_get(item, "status"), ""),
		.locale = json_text_or(json_get(item, "locale"), ""),
		.questions = questions_text(t, json_get(item, "questions")),
		.consents = consents_text(t, json_get(item, "legal_content")),
	};

	f.is_counted = json_int(json_get(item, "leads_count"), &f.leads_count);
	if (!f.is_counted)
		f.leads_count = 0;
	if (!json_int(json_get(item, "expired_leads_count"), &f.expired))
		f.expired = 0;
	return f;
}

static enum rc
add_form(struct task *t, const struct json *item, void *arg)
{
	const struct form_list *list = arg;
	struct meta_forms *to = list->to;
	struct meta_form *f;
	const char *id = json_id(json_get(item, "id"));

	if (!id)
		return OK;
	to->at = room(t, to->at, to->n, sizeof(*to->at));
	f = &to->at[to->n++];
	*f = accounts_form_of(t, item, id);
	if (f->is_counted)
		f->told_at = list->clock;
	return OK;
}

/* A field was refused that this version lacks, or that asks for more rights. */
static bool
wants_small(struct task *t, enum rc rc, const struct graph_error *err)
{
	bool lacks = err->class == GRAPH_BUG && err->code == 100;

	if (rc != E_REMOTE || !(lacks || graph_lacks_right(err)))
		return false;
	task_forgive(t);
	return true;
}

static enum rc
list_forms(struct task *t, const struct graph *g, const char *fields,
	   struct meta_forms *to, struct graph_error *err)
{
	const struct graph_param params[] = {
		{ "fields", fields },
		{ "limit", arena_fmt(t->mem, "%lld", (long long)to->limit) },
		{ to->from[0] ? "after" : NULL, to->from },
		{ 0 },
	};
	const struct graph_call call = {
		"GET", arena_fmt(t->mem, "%s/leadgen_forms", to->page_id),
		params
	};
	struct form_list list = { .to = to, .clock = t->now };
	struct graph as = *g;

	to->n = 0;
	as.answered_at = &list.clock;
	return graph_list_once(t, &as, &call, add_form, &list, &to->next, err);
}

enum rc
accounts_forms(struct task *t, const struct graph *g, struct meta_forms *list,
	       struct graph_error *err)
{
	enum rc rc = list_forms(t, g, META_FORM_FIELDS, list, err);

	if (wants_small(t, rc, err))
		rc = list_forms(t, g, META_FORM_FIELDS_SMALL, list, err);
	return rc;
}

static enum rc
one_form(struct task *t, const struct graph *g, const char *form_id,
	 const char *fields, const struct json **reply, struct graph_error *err)
{
	const struct graph_param params[] = { { "fields", fields }, { 0 } };
	const struct graph_call call = { "GET", form_id, params };

	return graph_do(t, g, &call, reply, err);
}

enum rc
accounts_form(struct task *t, const struct graph *g, const char *form_id,
	      struct meta_form *out, struct graph_error *err)
{
	const struct json *reply = NULL;
	enum rc rc = one_form(t, g, form_id, META_FORM_FIELDS, &reply, err);

	if (wants_small(t, rc, err))
		rc = one_form(t, g, form_id, META_FORM_FIELDS_SMALL, &reply,
			      err);
	if (!rc)
		*out = accounts_form_of(t, reply, form_id);
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

/* debug_token spells it "subcode" (contract 2.8). */
static void
judge_death(struct task *t, const struct json *error, struct graph_error *out)
{
	int64_t code = 0, subcode = 0;

	if (!json_int(json_get(error, "code"), &code))
		code = 190;
	if (!json_int(json_get(error, "subcode"), &subcode))
		subcode = 0;
	graph_judge_codes(t, code, subcode,
			  json_text(json_get(error, "message")), out);
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
		.type = json_text_or(json_get(data, "type"), ""),
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
	if (!out->valid)
		judge_death(t, json_get(data, "error"), &out->why);
	return OK;
}

/* ---- test leads (contract 3.5) ------------------------------------------------------------------- */

enum rc
accounts_test_lead(struct task *t, const struct graph *g, const char *form_id,
		   const char **lead_id, struct graph_error *err)
{
	const struct graph_call call = {
		"POST", arena_fmt(t->mem, "%s/test_leads", form_id), NULL
	};
	const struct json *reply = NULL;
	enum rc rc = graph_do(t, g, &call, &reply, err);

	if (rc)
		return rc;
	*lead_id = json_id(json_get(reply, "id"));
	if (*lead_id)
		return OK;
	graph_judge(t, 200, NULL, err);
	return fail(t, E_REMOTE, "a test lead without an id");
}

enum rc
accounts_find_test_lead(struct task *t, const struct graph *g,
			const char *form_id, const char **lead_id,
			struct graph_error *err)
{
	const struct graph_call call = {
		"GET", arena_fmt(t->mem, "%s/test_leads", form_id), NULL
	};
	const struct json *reply = NULL;
	enum rc rc = graph_do(t, g, &call, &reply, err);

	if (!rc)
		*lead_id = json_id(
			json_get(json_first(json_get(reply, "data")), "id"));
	return rc;
}

enum rc
accounts_delete_lead(struct task *t, const struct graph *g, const char *lead_id,
		     struct graph_error *err)
{
	const struct graph_call call = { "DELETE", lead_id, NULL };
	const struct json *reply = NULL;

	return graph_do(t, g, &call, &reply, err);
}
