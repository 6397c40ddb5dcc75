/* world_switch: the table of switches, and rules for faults. */
#include "world_switch.h"

enum { NAME_MAX_LEN = 40, SWITCHES = 100 };

#define NUMBER(member, def, lo, hi)                                            \
	{                                                                      \
		.name = #member, .offset = offsetof(struct switches, member),  \
		.standard = (def), .min = (lo), .max = (hi)                    \
	}
#define CHOICE(member, ...)                                                    \
	{                                                                      \
		.name = #member, .offset = offsetof(struct switches, member),  \
		.choices = (const char *const[])                               \
		{                                                              \
			__VA_ARGS__, NULL                                      \
		}                                                              \
	}

static const struct switch_row {
	const char *name;
	size_t offset;
	int64_t standard, min, max;
	const char *const *choices; /* the first is the standard */
} rows[] = {
	NUMBER(accounts_pages, 2, 0, 500),
	NUMBER(pages_without_token, 0, 0, 500),
	NUMBER(person_pages, 0, -1, 500),
	NUMBER(offer_leads_retrieval, 1, 0, 1),
	NUMBER(app_active, 1, 0, 1),
	NUMBER(code_seconds, 600, 0, 86400),
	NUMBER(short_token_s, 5400, 1, 86400),
	NUMBER(long_token_s, 5183944, 1, 31536000),
	NUMBER(data_access_days, 90, 0, 3650),
	NUMBER(require_proof, 0, 0, 1),
	NUMBER(withhold_ad_fields, 0, 0, 1),
	NUMBER(withhold_counts, 0, 0, 1),
	NUMBER(ignore_filter, 0, 0, 1),
	NUMBER(oldest_first, 0, 0, 1),
	NUMBER(max_limit, 500, 1, 5000),
	NUMBER(retention_days, 90, 1, 36500),
	NUMBER(readable_after_ms, 0, 0, 600000),
	NUMBER(answer_ms, 0, 0, 60000),
	NUMBER(app_live, 1, 0, 1),
	NUMBER(leads_access_revoked, 0, 0, 1),
	NUMBER(leads_access_drops, 0, 0, 1),
	NUMBER(app_budget, 1000000000, 1, 1000000000),
	NUMBER(page_budget, 1000000000, 1, 1000000000),
	NUMBER(token_budget, 1000000000, 1, 1000000000),
	NUMBER(usage_window_s, 3600, 1, 86400),
	NUMBER(regain_minutes, 7, 0, 1800),
	NUMBER(usage_malformed, 0, 0, 1),
	NUMBER(repeat_percent, 5, 0, 100),
	NUMBER(organic_percent, 15, 0, 100),
	NUMBER(national_percent, 20, 0, 100),
	NUMBER(sparse_percent, 0, 0, 100),
	NUMBER(hostile_percent, 0, 0, 100),
	NUMBER(duplicate_percent, 0, 0, 100),
	CHOICE(missing_scope, "none", "leads_retrieval", "pages_show_list",
	       "pages_read_engagement", "pages_manage_metadata",
	       "pages_manage_ads", "ads_management", "business_management"),
	CHOICE(page_token_error, "2069032", "210", "190", "empty"),
	CHOICE(webhook_ids, "text", "numbers"),
	CHOICE(webhook_values, "full", "none", "changed_fields"),
	CHOICE(webhook_extra, "none", "unknown", "accents"),
	CHOICE(webhook_signature, "good", "wrong", "missing"),
};

static const struct switch_row *
row_of(const char *name)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (text_is(text_of(name), rows[i].name))
			return &rows[i];
	return NULL;
}

/* The choice that `value` names, or NULL. */
static const char *
choice_of(const struct switch_row *row, const char *value)
{
	for (size_t i = 0; row->choices[i]; i++)
		if (text_is(text_of(value), row->choices[i]))
			return row->choices[i];
	return NULL;
}

/* Write the value into *out; false when it does not suit the row. */
static bool
put(struct switches *out, const struct switch_row *row, const char *value)
{
	void *at = (char *)out + row->offset;
	const char *choice;
	int64_t n = row->standard;

	if (row->choices) {
		choice = value ? choice_of(row, value) : row->choices[0];
		if (choice)
			memcpy(at, &choice, sizeof(choice));
		return choice != NULL;
	}
	if (value && !text_int(text_of(value), row->min, row->max, &n))
		return false;
	*(int64_t *)at = n;
	return true;
}

struct stored {
	const char *name, *value;
};
static const struct db_col stored_cols[] = { COL(struct stored, name),
					     COL(struct stored, value),
					     { 0 } };

STATEMENT(sim_switch_list, "SELECT name, value FROM sim_switch LIMIT 100");

enum rc
switches_load(struct task *t, struct switches *out)
{
	struct db_list list = { .cols = stored_cols,
				.size = sizeof(struct stored),
				.max = SWITCHES };
	enum rc rc = db_rows(t, &sim_switch_list, INS(), &list);
	const struct stored *at = list.rows;

	if (rc)
		return rc;
	for (size_t i = 0; i < COUNT(rows); i++)
		(void)put(out, &rows[i], NULL);
	for (size_t i = 0; i < list.n; i++) {
		const struct switch_row *row = row_of(at[i].name);

		if (row)
			(void)put(out, row, at[i].value);
	}
	return OK;
}

STATEMENT(sim_switch_set, "INSERT INTO sim_switch (name, value) VALUES (?, ?)"
			  " ON DUPLICATE KEY UPDATE value = VALUES(value)");

enum rc
switch_set(struct task *t, const char *name, const struct json *value)
{
	const struct switch_row *row = row_of(name);
	struct switches spare;
	const char *text = json_text(value);
	int64_t n;
	bool on;

	if (!text && json_int(value, &n))
		text = arena_fmt(t->mem, "%lld", (long long)n);
	if (!text && json_bool(value, &on))
		text = on ? "1" : "0";
	if (!row || !text || !put(&spare, row, text))
		return fail(t, E_INPUT, "switch %.40s: unknown or not so",
			    name);
	return db_exec(t, &sim_switch_set, INS(IN(name), IN(text)), NULL);
}

size_t
switches_count(void)
{
	return COUNT(rows);
}

const char *
switch_name(size_t i)
{
	return rows[i].name;
}

const char *
switch_text(struct arena *mem, const struct switches *sw, size_t i,
	    bool *changed)
{
	const char *at = (const char *)sw + rows[i].offset, *choice = NULL;
	int64_t n = 0;

	if (rows[i].choices) {
		memcpy(&choice, at, sizeof(choice));
		*changed = strcmp(choice, rows[i].choices[0]) != 0;
		return choice;
	}
	memcpy(&n, at, sizeof(n));
	*changed = n != rows[i].standard;
	return arena_fmt(mem, "%lld", (long long)n);
}

STATEMENT(sim_switch_clear, "DELETE FROM sim_switch WHERE name > ''");

enum rc
switches_reset(struct task *t)
{
	return db_exec(t, &sim_switch_clear, INS(), NULL);
}

/* ---- faults -------------------------------------------------------------------- */

static const struct db_col fault_cols[] = {
	COL(struct sim_fault, id),
	COL(struct sim_fault, nth),
	COL(struct sim_fault, times),
	COL(struct sim_fault, kind),
	COL(struct sim_fault, error),
	COL(struct sim_fault, object),
	{ 0 },
};

STATEMENT(sim_fault_list, "SELECT id, nth, times, kind, error, object"
			  " FROM sim_fault"
			  " WHERE times = 0 OR seen < nth + times - 1"
			  " ORDER BY id LIMIT 100");

enum rc
faults_load(struct task *t, struct sim_fault **out, size_t *n)
{
	struct db_list list = { .cols = fault_cols,
				.size = sizeof(**out),
				.max = FAULTS };
	enum rc rc = db_rows(t, &sim_fault_list, INS(), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

STATEMENT(sim_fault_add,
	  "INSERT INTO sim_fault (kind, nth, times, error, object)"
	  " VALUES (?, ?, ?, ?, ?)");

enum rc
fault_add(struct task *t, const struct sim_fault *f)
{
	return db_insert(t, &sim_fault_add,
			 INS(IN(f->kind), IN(f->nth), IN(f->times),
			     IN(f->error), IN(f->object)),
			 NULL);
}

STATEMENT(sim_fault_see, "UPDATE sim_fault SET seen = seen + 1 WHERE id = ?");
STATEMENT(sim_fault_seen, "SELECT seen FROM sim_fault WHERE id = ?");

struct seen {
	int64_t id, seen;
};

static enum rc
see(struct task *t, void *arg)
{
	struct seen *s = arg;
	enum rc rc = db_exec(t, &sim_fault_see, INS(IN(s->id)), NULL);

	return rc ? rc
		  : db_one(t, &sim_fault_seen, INS(IN(s->id)),
			   OUTS(OUT("seen", &s->seen)));
}

enum rc
fault_count(struct task *t, const struct sim_fault *f, bool *strikes)
{
	struct seen s = { .id = f->id };
	enum rc rc = db_tx(t, "sim_fault", see, &s);

	if (rc == E_NOTFOUND) { /* reset in the meantime */
		task_forgive(t);
		*strikes = false;
		return OK;
	}
	if (!rc)
		*strikes = s.seen >= f->nth &&
			   (f->times == 0 || s.seen < f->nth + f->times);
	return rc;
}

STATEMENT(sim_fault_clear, "DELETE FROM sim_fault WHERE id > 0");

enum rc
faults_reset(struct task *t)
{
	return db_exec(t, &sim_fault_clear, INS(), NULL);
}
