/* world_seed: the demo world of demo.json put into the tables. */
#include "base/buf.h"
#include "base/json.h"
#include "db/site.h"
#include "world.h"
#include "world_member.h"
#include "world_token.h"

enum { DEMO_MAX = 1 << 20, LIST_MAX = 200 << 10 };

/* ---- the file ------------------------------------------------------------- */

static struct text
read_file(struct task *t, const char *path)
{
	FILE *f = fopen(path, "re");
	char *p;
	size_t n;

	if (!f)
		return (struct text){ 0 };
	p = arena_alloc(t->mem, DEMO_MAX);
	n = fread(p, 1, DEMO_MAX, f);
	(void)fclose(f);
	return (struct text){ p, n };
}

enum rc
world_demo(struct task *t, const struct json **out)
{
	const char *path = site_file(t->mem, t->conf, "demo.json");
	const char *why = "cannot be read";
	struct text doc = read_file(t, path);

	*out = doc.p ? json_parse(t->mem, doc, &why) : NULL;
	return *out ? OK : fail(t, E_INTERNAL, "%s: %s", path, why);
}

static const char *
words(const struct json *j, const char *name)
{
	return json_text(json_get(j, name));
}

/* A list as JSON text, or NULL where the file has none. */
static const char *
list_text(struct task *t, const struct json *j, const char *name)
{
	struct buf b = buf_in(t->mem, LIST_MAX);

	if (!json_get(j, name))
		return NULL;
	json_print(json_get(j, name), &b);
	return buf_str(&b);
}

static bool
flag(const struct json *j, const char *name)
{
	bool on = true;

	return !json_bool(json_get(j, name), &on) || on;
}

/* ---- rows ------------------------------------------------------------------- */

static enum rc
seed_app(struct task *t, const struct json *j)
{
	const struct sim_app app = { .id = words(j, "id"),
				     .secret = words(j, "secret"),
				     .name = words(j, "name") };

	return world_add_app(t, &app);
}

static enum rc
seed_token(struct task *t, const struct json *j)
{
	const struct sim_token token = {
		.token = words(j, "token"),
		.type = words(j, "type"),
		.app_id = words(j, "app"),
		.user_id = words(j, "user"),
		.is_long = true,
		.issued_at = t->now,
		.login_at = t->now,
	};

	return world_add_token(t, &token);
}

static enum rc
seed_business(struct task *t, const struct json *j)
{
	return world_add_business(t, words(j, "id"), words(j, "name"));
}

static enum rc
seed_page(struct task *t, const struct json *j)
{
	struct sim_page p = { .id = words(j, "id"),
			      .name = words(j, "name"),
			      .category = words(j, "category"),
			      .tasks = list_text(t, j, "tasks"),
			      .terms = flag(j, "terms"),
			      .leads_access = flag(j, "leads_access") };

	if (!json_int(json_get(j, "number"), &p.number))
		return fail(t, E_INTERNAL, "demo.json: page without number");
	return world_add_page(t, &p);
}

static enum rc
seed_person(struct task *t, const struct json *j)
{
	const char *id = words(j, "id");
	enum rc rc = world_add_member(t, id, words(j, "name"));
	int64_t position = 1;

	for (const struct json *p = json_first(json_get(j, "pages")); !rc && p;
	     p = json_next(p)) {
		const struct sim_role role = {
			.page_id = words(p, "id"),
			.position = position,
			.tasks = list_text(t, p, "tasks"),
			.business_id = words(p, "business"),
			.edge = words(p, "edge"),
		};

		rc = world_add_role(t, id, &role);
		position++;
	}
	return rc;
}

static enum rc
seed_form(struct task *t, const struct json *j)
{
	const struct sim_form f = {
		.id = words(j, "id"),
		.page_id = words(j, "page"),
		.name = words(j, "name"),
		.status = words(j, "status"),
		.locale = words(j, "locale"),
		.created_at = t->now,
		.questions = list_text(t, j, "questions"),
		.tracking = list_text(t, j, "tracking"),
		.disclaimers = list_text(t, j, "disclaimers"),
	};

	return world_add_form(t, &f);
}

static enum rc
seed_ad(struct task *t, const struct json *j)
{
	const struct sim_ad ad = {
		.id = words(j, "id"),
		.form_id = words(j, "form"),
		.name = words(j, "name"),
		.adset_id = words(j, "adset_id"),
		.adset_name = words(j, "adset_name"),
		.campaign_id = words(j, "campaign_id"),
		.campaign_name = words(j, "campaign_name"),
	};

	return world_add_ad(t, &ad);
}

enum rc
world_seed(struct task *t)
{
	static const struct {
		const char *list;
		enum rc (*row)(struct task *t, const struct json *j);
	} lists[] = {
		{ "apps", seed_app },	   { "tokens", seed_token },
		{ "pages", seed_page },	   { "businesses", seed_business },
		{ "people", seed_person }, { "forms", seed_form },
		{ "ads", seed_ad },
	};
	const struct json *demo = NULL;
	enum rc rc = world_demo(t, &demo);

	for (size_t i = 0; !rc && i < COUNT(lists); i++)
		for (const struct json *j =
			     json_first(json_get(demo, lists[i].list));
		     !rc && j; j = json_next(j))
			rc = lists[i].row(t, j);
	return rc;
}
