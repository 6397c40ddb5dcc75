/* customfield: fields by name, and values that are filled in once. */
#include "crm/customfield.h"

#include "base/text.h"
#include "crm/lead.h"
#include "db/db.h"

STATEMENT(custom_select, "SELECT id, name, is_hidden FROM custom_field"
			 " ORDER BY position, id LIMIT 200");
STATEMENT(custom_insert,
	  "INSERT INTO custom_field (name, created_at, created_by)"
	  " VALUES (?, ?, NULLIF(?, 0))");
STATEMENT(custom_by_name, "SELECT id FROM custom_field WHERE name = ?");
STATEMENT(custom_count, "SELECT COUNT(*) AS n FROM custom_field");
STATEMENT(custom_show,
	  "UPDATE custom_field SET is_hidden = FALSE WHERE id = ?");
STATEMENT(custom_update,
	  "UPDATE custom_field SET name = ?, is_hidden = ? WHERE id = ?");
STATEMENT(custom_value_insert,
	  "INSERT IGNORE INTO lead_custom (lead_id, field_id, value)"
	  " SELECT ?, id, ? FROM custom_field WHERE id = ?");
STATEMENT(custom_value_put, "INSERT INTO lead_custom (lead_id, field_id, value)"
			    " SELECT ?, id, ? FROM custom_field WHERE id = ?"
			    " ON DUPLICATE KEY UPDATE value = VALUES(value)");
STATEMENT(custom_value_drop,
	  "DELETE FROM lead_custom WHERE lead_id = ? AND field_id = ?");
STATEMENT(custom_value_of, "SELECT COALESCE(c.value, '') AS value"
			   " FROM custom_field f LEFT JOIN lead_custom c"
			   " ON c.field_id = f.id AND c.lead_id = ?"
			   " WHERE f.id = ?");
STATEMENT(custom_all_values,
	  "SELECT f.id AS field_id, f.name, COALESCE(c.value, '') AS value"
	  " FROM custom_field f LEFT JOIN lead_custom c"
	  " ON c.field_id = f.id AND c.lead_id = ? WHERE NOT f.is_hidden"
	  " ORDER BY f.position, f.id LIMIT 200");
STATEMENT(custom_values,
	  "SELECT f.id AS field_id, f.name, c.value FROM lead_custom c"
	  " JOIN custom_field f ON f.id = c.field_id"
	  " WHERE c.lead_id = ? AND NOT f.is_hidden"
	  " ORDER BY f.position, f.id LIMIT 200");

enum rc
custom_list(struct task *t, struct custom_field **out, size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct custom_field, id),
		COL(struct custom_field, name),
		COL(struct custom_field, is_hidden),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct custom_field),
				.max = CUSTOM_FIELDS_MAX };
	enum rc rc = db_rows(t, &custom_select, INS(), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

static enum rc
add(struct task *t, const char *name, int64_t *id)
{
	int64_t n = 0;
	enum rc rc = db_one(t, &custom_count, INS(), OUTS(OUT("n", &n)));

	if (!rc && n >= CUSTOM_FIELDS_MAX)
		return fail(t, E_INPUT, "over %d custom fields",
			    CUSTOM_FIELDS_MAX);
	if (rc)
		return rc;
	return db_insert(t, &custom_insert,
			 INS(IN(name), IN(t->now), IN(t->user_id)), id);
}

enum rc
custom_make(struct task *t, const char *name, int64_t *id)
{
	enum rc rc =
		db_one(t, &custom_by_name, INS(IN(name)), OUTS(OUT("id", id)));

	if (rc != E_NOTFOUND)
		return rc ? rc : db_exec(t, &custom_show, INS(IN(*id)), NULL);
	task_forgive(t);
	return add(t, name, id);
}

enum rc
custom_change(struct task *t, const struct custom_field *f)
{
	int64_t changed = 0;
	enum rc rc = db_exec(t, &custom_update,
			     INS(IN(f->name), IN(f->is_hidden), IN(f->id)),
			     &changed);

	if (!rc && changed == 0)
		return fail(t, E_NOTFOUND, "custom field %lld: none",
			    (long long)f->id);
	return rc;
}

enum rc
custom_fill(struct task *t, int64_t lead_id, const struct custom_value *values,
	    size_t n, bool *added)
{
	int64_t any = 0;
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < n; i++) {
		struct text value =
			text_cut(text_of(values[i].value), CUSTOM_VALUE_MAX);
		int64_t new = 0;

		if (!text_is_visible(value))
			continue;
		rc = db_exec(
			t, &custom_value_insert,
			INS(IN(lead_id), IN(value), IN(values[i].field_id)),
			&new);
		if (!rc && added && new > 0)
			added[i] = true;
		any += new;
	}
	return rc || !any ? rc : lead_edited(t, lead_id);
}

enum rc
custom_set(struct task *t, int64_t lead_id, const struct custom_value *v,
	   bool *changed)
{
	struct text value =
		text_cut(text_trim(text_of(v->value)), CUSTOM_VALUE_MAX);
	const char *old = NULL;
	enum rc rc =
		db_one(t, &custom_value_of, INS(IN(lead_id), IN(v->field_id)),
		       OUTS(OUT("value", &old)));

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return fail(t, E_INPUT, "no own field %lld",
			    (long long)v->field_id);
	}
	if (rc || text_is(value, old))
		return rc;
	if (changed)
		*changed = true;
	if (value.len == 0)
		return db_exec(t, &custom_value_drop,
			       INS(IN(lead_id), IN(v->field_id)), NULL);
	return db_exec(t, &custom_value_put,
		       INS(IN(lead_id), IN(value), IN(v->field_id)), NULL);
}

enum rc
custom_get(struct task *t, int64_t lead_id, int64_t field_id,
	   const char **value)
{
	enum rc rc = db_one(t, &custom_value_of, INS(IN(lead_id), IN(field_id)),
			    OUTS(OUT("value", value)));

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		*value = "";
		rc = OK;
	}
	return rc;
}

static enum rc
values(struct task *t, struct db_stmt *q, int64_t lead_id,
       struct lead_custom **out, size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct lead_custom, field_id),
		COL(struct lead_custom, name),
		COL(struct lead_custom, value),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct lead_custom),
				.max = CUSTOM_FIELDS_MAX };
	enum rc rc = db_rows(t, q, INS(IN(lead_id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
custom_of_lead(struct task *t, int64_t lead_id, struct lead_custom **out,
	       size_t *n)
{
	return values(t, &custom_values, lead_id, out, n);
}

enum rc
custom_for_lead(struct task *t, int64_t lead_id, struct lead_custom **out,
		size_t *n)
{
	return values(t, &custom_all_values, lead_id, out, n);
}
