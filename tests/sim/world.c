/* world: app, pages, subscriptions and numbers. */
#include "world.h"

STATEMENT(sim_app_add, "INSERT INTO sim_app (id, secret, name) VALUES (?, ?, ?)"
		       " ON DUPLICATE KEY UPDATE name = VALUES(name)");

enum rc
world_add_app(struct task *t, const struct sim_app *app)
{
	return db_exec(t, &sim_app_add,
		       INS(IN(app->id), IN(app->secret), IN(app->name)), NULL);
}

STATEMENT(sim_app_read,
	  "SELECT id, secret, name, redirect_uris, fields, include_values,"
	  " COALESCE(stolen_url, callback_url) AS callback_url,"
	  " stolen_url IS NOT NULL AS stolen FROM sim_app WHERE id = ?");

enum rc
world_app(struct task *t, const char *id, struct sim_app *out)
{
	return db_one(t, &sim_app_read, INS(IN(id)),
		      OUTS(OUT("id", &out->id), OUT("secret", &out->secret),
			   OUT("name", &out->name),
			   OUT("redirect_uris", &out->redirect_uris),
			   OUT("callback_url", &out->callback_url),
			   OUT("fields", &out->fields),
			   OUT("include_values", &out->include_values),
			   OUT("stolen", &out->stolen)));
}

STATEMENT(sim_app_subscribe,
	  "UPDATE sim_app SET callback_url = ?, stolen_url = NULL, fields = ?,"
	  " include_values = ? WHERE id = ?");

enum rc
world_app_subscribe(struct task *t, const struct sim_app *app)
{
	return db_exec(t, &sim_app_subscribe,
		       INS(IN(app->callback_url), IN(app->fields),
			   IN(app->include_values), IN(app->id)),
		       NULL);
}

STATEMENT(sim_app_steal, "UPDATE sim_app SET stolen_url = ? WHERE id = ?");

enum rc
world_app_steal(struct task *t, const char *callback_url)
{
	return db_exec(t, &sim_app_steal, INS(IN(callback_url), IN(SIM_APP_ID)),
		       NULL);
}

STATEMENT(sim_app_redirects,
	  "UPDATE sim_app SET redirect_uris = ? WHERE id = ?");

enum rc
world_app_redirects(struct task *t, const char *uris)
{
	return db_exec(t, &sim_app_redirects, INS(IN(uris), IN(SIM_APP_ID)),
		       NULL);
}

bool
world_redirect_ok(const struct sim_app *app, const char *uri)
{
	struct text rest = text_of(app->redirect_uris), one;

	if (!app->redirect_uris)
		return text_starts(text_of(uri), "http://127.0.0.1") &&
		       text_ends(text_of(uri), "/oauth-callback");
	while (text_take_part(&rest, '\n', &one))
		if (text_is(one, uri))
			return true;
	return false;
}

/* ---- pages ----------------------------------------------------------------- */

static const struct db_col page_cols[] = {
	COL(struct sim_page, number),	    COL(struct sim_page, id),
	COL(struct sim_page, name),	    COL(struct sim_page, category),
	COL(struct sim_page, tasks),	    COL(struct sim_page, terms),
	COL(struct sim_page, leads_access), { 0 },
};

STATEMENT(sim_page_list,
	  "SELECT number, id, name, category, tasks, terms, leads_access"
	  " FROM sim_page"
	  " WHERE number > ? AND number <= ? ORDER BY number LIMIT ?");

enum rc
world_pages(struct task *t, int64_t after, int64_t last, int64_t limit,
	    struct sim_page **out, size_t *n)
{
	struct db_list list = { .cols = page_cols,
				.size = sizeof(**out),
				.max = WORLD_PAGES };
	enum rc rc = db_rows(t, &sim_page_list,
			     INS(IN(after), IN(last), IN(limit)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

STATEMENT(sim_page_read,
	  "SELECT number, id, name, category, tasks, terms, leads_access"
	  " FROM sim_page WHERE id = ?");

enum rc
world_page(struct task *t, const char *id, struct sim_page *out)
{
	return db_one(t, &sim_page_read, INS(IN(id)),
		      OUTS(OUT("number", &out->number), OUT("id", &out->id),
			   OUT("name", &out->name),
			   OUT("category", &out->category),
			   OUT("tasks", &out->tasks), OUT("terms", &out->terms),
			   OUT("leads_access", &out->leads_access)));
}

STATEMENT(sim_page_add,
	  "INSERT INTO sim_page (number, id, name, category, tasks, terms,"
	  " leads_access) VALUES (?, ?, ?, ?, ?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE terms = VALUES(terms),"
	  " leads_access = VALUES(leads_access)");

enum rc
world_add_page(struct task *t, const struct sim_page *p)
{
	return db_exec(t, &sim_page_add,
		       INS(IN(p->number), IN(p->id), IN(p->name),
			   IN(p->category), IN(p->tasks), IN(p->terms),
			   IN(p->leads_access)),
		       NULL);
}

/* The demo world has numbers from 1001 on, but for the first two pages. */
STATEMENT(sim_page_count, "SELECT COALESCE(MAX(number), 0) AS n FROM sim_page"
			  " WHERE number <= 500");

enum rc
world_fill_pages(struct task *t, int64_t n)
{
	/* All the ways in which Meta writes what a person may do. */
	static const char *const tasks[] = {
		"[\"ADVERTISE\",\"ANALYZE\",\"CREATE_CONTENT\",\"MANAGE\","
		"\"MESSAGING\",\"MODERATE\"]",
		"[\"PROFILE_PLUS_ADVERTISE\",\"PROFILE_PLUS_MANAGE_LEADS\"]",
		"[\"ANALYZE\"]",
		"[]",
	};
	int64_t have = 0;
	enum rc rc = db_one(t, &sim_page_count, INS(), OUTS(OUT("n", &have)));

	for (int64_t i = have + 1; i <= n && !rc; i++) {
		struct sim_page p = {
			.number = i,
			.id = world_id(t->mem, 700000 + i),
			.name = arena_fmt(t->mem, "Filler page %lld",
					  (long long)i),
			.category = "Brand",
			.tasks = tasks[(size_t)i % COUNT(tasks)],
			.terms = true,
			.leads_access = true,
		};

		rc = world_add_page(t, &p);
	}
	return rc;
}

STATEMENT(sim_page_set_access,
	  "UPDATE sim_page SET leads_access = ? WHERE id = ?");
STATEMENT(sim_page_set_terms, "UPDATE sim_page SET terms = ? WHERE id = ?");
STATEMENT(sim_page_reset, "UPDATE sim_page SET terms = TRUE,"
			  " leads_access = TRUE WHERE number > 0");

static enum rc
set_page(struct task *t, struct db_stmt *q, const char *id, bool on)
{
	int64_t n = 0;
	enum rc rc = db_exec(t, q, INS(IN(on), IN(id)), &n);

	if (!rc && n == 0)
		return fail(t, E_NOTFOUND, "no page %s", id);
	return rc;
}

enum rc
world_page_access(struct task *t, const char *id, bool on)
{
	return set_page(t, &sim_page_set_access, id, on);
}

enum rc
world_page_terms(struct task *t, const char *id, bool on)
{
	return set_page(t, &sim_page_set_terms, id, on);
}

enum rc
world_pages_reset(struct task *t)
{
	return db_exec(t, &sim_page_reset, INS(), NULL);
}

/* ---- what stands behind an id ------------------------------------------------ */

STATEMENT(sim_object_find,
	  "SELECT 'lead' AS kind, id, page_id FROM sim_lead WHERE id = ?"
	  " UNION ALL SELECT 'form', id, page_id FROM sim_form WHERE id = ?"
	  " UNION ALL SELECT 'page', id, id FROM sim_page WHERE id = ?"
	  " UNION ALL SELECT 'app', id, NULL FROM sim_app WHERE id = ?"
	  " UNION ALL SELECT 'business', id, NULL FROM sim_business"
	  " WHERE id = ? LIMIT 1");

enum rc
world_object(struct task *t, const char *id, struct sim_object *out)
{
	return db_one(t, &sim_object_find,
		      INS(IN(id), IN(id), IN(id), IN(id), IN(id)),
		      OUTS(OUT("kind", &out->kind), OUT("id", &out->id),
			   OUT("page_id", &out->page_id)));
}

/* ---- subscriptions of pages --------------------------------------------------- */

static const struct db_col subscription_cols[] = {
	COL(struct sim_subscription, app_id),
	COL(struct sim_subscription, name),
	COL(struct sim_subscription, fields),
	{ 0 },
};

STATEMENT(sim_subscription_list,
	  "SELECT s.app_id, a.name, s.fields FROM sim_subscription s"
	  " JOIN sim_app a ON a.id = s.app_id WHERE s.page_id = ?"
	  " ORDER BY s.app_id LIMIT 100");

enum rc
world_subscriptions(struct task *t, const char *page_id,
		    struct sim_subscription **out, size_t *n)
{
	struct db_list list = { .cols = subscription_cols,
				.size = sizeof(**out),
				.max = 100 };
	enum rc rc =
		db_rows(t, &sim_subscription_list, INS(IN(page_id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

STATEMENT(sim_subscription_set,
	  "INSERT INTO sim_subscription (page_id, app_id, fields)"
	  " VALUES (?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE fields = VALUES(fields)");
STATEMENT(sim_subscription_remove,
	  "DELETE FROM sim_subscription WHERE page_id = ? AND app_id = ?");

enum rc
world_subscribe(struct task *t, const char *page_id, const char *app_id,
		const char *fields)
{
	if (!fields[0])
		return db_exec(t, &sim_subscription_remove,
			       INS(IN(page_id), IN(app_id)), NULL);
	return db_exec(t, &sim_subscription_set,
		       INS(IN(page_id), IN(app_id), IN(fields)), NULL);
}

STATEMENT(sim_subscription_forget,
	  "DELETE FROM sim_subscription WHERE page_id > '' AND app_id = ?");

enum rc
world_unsubscribe_all(struct task *t)
{
	const struct sim_app none = { .id = SIM_APP_ID, .fields = "" };
	enum rc rc = world_app_subscribe(t, &none);

	return rc ? rc
		  : db_exec(t, &sim_subscription_forget, INS(IN(SIM_APP_ID)),
			    NULL);
}

/* ---- numbers ------------------------------------------------------------------ */

STATEMENT(sim_counter_add, "INSERT INTO sim_counter (name, n) VALUES (?, ?)"
			   " ON DUPLICATE KEY UPDATE n = n + VALUES(n)");
STATEMENT(sim_counter_read, "SELECT n FROM sim_counter WHERE name = ?");

struct take {
	const char *counter;
	int64_t n, last;
};

static enum rc
take(struct task *t, void *arg)
{
	struct take *take = arg;
	enum rc rc = db_exec(t, &sim_counter_add,
			     INS(IN(take->counter), IN(take->n)), NULL);

	return rc ? rc
		  : db_one(t, &sim_counter_read, INS(IN(take->counter)),
			   OUTS(OUT("n", &take->last)));
}

enum rc
world_take(struct task *t, const char *counter, int64_t n, int64_t *first)
{
	struct take arg = { .counter = counter, .n = n };
	enum rc rc = db_tx(t, "sim_take", take, &arg);

	if (!rc)
		*first = arg.last - n + 1;
	return rc;
}

/* Multiplying by a number without a common factor with the range is a
 * permutation of it: ids look random and never repeat. */
const char *
world_id(struct arena *mem, int64_t number)
{
	static const int64_t least[] = { INT64_C(100000000000000),
					 INT64_C(1000000000000000),
					 INT64_C(10000000000000000) };
	int64_t low = least[number % 3], range = 9 * low;
	int64_t spread = number * INT64_C(1234567891) % range;

	return arena_fmt(mem, "%lld",
			 (long long)(low + (spread + range / 3) % range));
}

bool
world_listed(const char *list, const char *name)
{
	struct text rest = text_of(list), part;

	while (text_take_part(&rest, ',', &part))
		if (text_is(text_trim(part), name))
			return true;
	return false;
}
