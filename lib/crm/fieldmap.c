/* fieldmap: rows of choices, and answers joined into fields. */
#include "crm/fieldmap.h"

#include "base/buf.h"
#include "base/crypt.h"
#include "base/text.h"
#include "db/db.h"

enum { JOINED_MAX = 64 << 10 };
#define CUSTOM "custom:"

STATEMENT(fieldmap_select,
	  "SELECT question_key AS `key`, target, transform FROM field_map"
	  " WHERE form_id = ? ORDER BY position, key_hash LIMIT 500");
STATEMENT(fieldmap_delete, "DELETE FROM field_map WHERE form_id = ?");
STATEMENT(fieldmap_insert,
	  "INSERT INTO field_map (form_id, key_hash, question_key, target,"
	  " transform, position) VALUES (?, ?, ?, ?, ?, ?)");

/* ---- fields ------------------------------------------------------------------- */

enum join { JOIN_COMMA, JOIN_BLANK, JOIN_FIRST };

static const struct fieldmap_field fields[] = {
	{ "name", "Name" },	      { "first_name", "First name" },
	{ "last_name", "Last name" }, { "email", "E-mail" },
	{ "phone", "Phone" },	      { "company", "Company" },
	{ "job_title", "Job title" }, { "street", "Street" },
	{ "post_code", "Post code" }, { "city", "City" },
	{ "state", "State" },	      { "country", "Country" },
};
/* The same rows: where they stand in struct lead, and how they are joined. */
static const struct {
	size_t offset;
	enum join join;
} columns[] = {
	{ offsetof(struct lead, name), JOIN_BLANK },
	{ offsetof(struct lead, first_name), JOIN_BLANK },
	{ offsetof(struct lead, last_name), JOIN_BLANK },
	{ offsetof(struct lead, email), JOIN_FIRST },
	{ offsetof(struct lead, phone), JOIN_FIRST },
	{ offsetof(struct lead, company), JOIN_COMMA },
	{ offsetof(struct lead, job_title), JOIN_COMMA },
	{ offsetof(struct lead, street), JOIN_COMMA },
	{ offsetof(struct lead, post_code), JOIN_COMMA },
	{ offsetof(struct lead, city), JOIN_COMMA },
	{ offsetof(struct lead, state), JOIN_COMMA },
	{ offsetof(struct lead, country), JOIN_FIRST },
};
static_assert(COUNT(fields) == COUNT(columns), "one column for each field");

const struct fieldmap_field *
fieldmap_fields(size_t *n)
{
	*n = COUNT(fields);
	return fields;
}

int64_t
fieldmap_custom(const char *target)
{
	struct text in = text_of(target);
	int64_t id = 0;

	if (text_take_lit(&in, CUSTOM) && text_int(in, 1, INT64_MAX, &id))
		return id;
	return 0;
}

const char *
fieldmap_custom_target(struct arena *mem, int64_t field_id)
{
	return arena_fmt(mem, CUSTOM "%lld", (long long)field_id);
}

static bool
target_known(const char *target)
{
	if (!target[0] || fieldmap_custom(target))
		return true;
	for (size_t i = 0; i < COUNT(fields); i++)
		if (strcmp(fields[i].target, target) == 0)
			return true;
	return false;
}

const char *
fieldmap_title(const char *target)
{
	for (size_t i = 0; i < COUNT(fields); i++)
		if (strcmp(fields[i].target, target) == 0)
			return fields[i].title;
	return target;
}

static const char *
column_at(const struct lead *l, size_t i)
{
	return *(const char *const *)(const void *)((const char *)l +
						    columns[i].offset);
}

const char *
fieldmap_column(const struct lead *l, const char *target)
{
	for (size_t i = 0; i < COUNT(fields); i++)
		if (strcmp(fields[i].target, target) == 0)
			return column_at(l, i);
	return NULL;
}

void
fieldmap_set(struct lead *l, const char *target, const char *value)
{
	for (size_t i = 0; i < COUNT(fields); i++)
		if (strcmp(fields[i].target, target) == 0)
			*(const char **)(void *)((char *)l +
						 columns[i].offset) = value;
}

const char *
fieldmap_filled(struct arena *mem, const struct lead *known,
		const struct lead *said)
{
	const char *words = "";

	for (size_t i = 0; i < COUNT(fields); i++)
		if (!column_at(known, i)[0] && column_at(said, i)[0])
			words = arena_fmt(mem, "%s%s%s", words,
					  words[0] ? " " : "",
					  fields[i].target);
	return words;
}

void
fieldmap_unfill(struct lead *l, const char *filled, const struct lead *said)
{
	struct text rest = text_of(filled), part;

	while (text_take_part(&rest, ' ', &part))
		for (size_t i = 0; i < COUNT(fields); i++)
			if (text_is(part, fields[i].target) &&
			    !strcmp(column_at(l, i), column_at(said, i)))
				fieldmap_set(l, fields[i].target, "");
}

/* ---- rows --------------------------------------------------------------------- */

enum rc
fieldmap_get(struct task *t, int64_t form_id, struct fieldmap_row **out,
	     size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct fieldmap_row, key),
		COL(struct fieldmap_row, target),
		COL(struct fieldmap_row, transform),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct fieldmap_row),
				.max = FIELDMAP_MAX };
	enum rc rc = db_rows(t, &fieldmap_select, INS(IN(form_id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

static bool
transform_known(const char *code)
{
	size_t n = 0;
	const struct fieldmap_transform *all = fieldmap_transforms(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].code, code) == 0)
			return true;
	return false;
}

enum rc
fieldmap_put(struct task *t, int64_t form_id, const struct fieldmap_row *rows,
	     size_t n)
{
	enum rc rc = OK;

	if (n > FIELDMAP_MAX)
		return fail(t, E_INPUT, "over %d questions", FIELDMAP_MAX);
	for (size_t i = 0; i < n; i++)
		if (!target_known(rows[i].target) ||
		    !transform_known(rows[i].transform))
			return fail(t, E_INPUT, "no such field");
	rc = db_exec(t, &fieldmap_delete, INS(IN(form_id)), NULL);
	for (size_t i = 0; !rc && i < n; i++)
		rc = db_exec(
			t, &fieldmap_insert,
			INS(IN(form_id),
			    IN(crypt_sha256_hex(t->mem, text_of(rows[i].key))),
			    IN(rows[i].key), IN(rows[i].target),
			    IN(rows[i].transform), IN((int64_t)i)),
			NULL);
	return rc;
}

const struct fieldmap_row *
fieldmap_row_of(const struct fieldmap_row *rows, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].key, key) == 0)
			return &rows[i];
	return NULL;
}

/* ---- answers into fields ---------------------------------------------------------- */

/* An answer with where it goes. */
struct placed {
	const char *target, *value;
	bool chosen;
	int64_t rank; /* INT64_MAX: not a guess of this target */
};

static struct placed
place(struct arena *mem, const struct fieldmap_row *row,
      const struct fieldmap_answer *a)
{
	const char *target = row ? row->target : a->guess;

	return (struct placed){
		.target = target,
		.value = fieldmap_transformed(mem, row ? row->transform : "",
					      a->value),
		.chosen = row != NULL,
		.rank = strcmp(target, a->guess) == 0 ? a->rank : INT64_MAX,
	};
}

/* Stable, so that questions of one rank stay in the order of answers. */
static void
sort_by_rank(struct placed *at, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct placed p = at[i];
		size_t k = i;

		for (; k > 0 && at[k - 1].rank > p.rank; k--)
			at[k] = at[k - 1];
		at[k] = p;
	}
}

/* Those that count for a target: chosen ones, else the first guess. */
static const char *
value_of(struct arena *mem, const struct placed *all, size_t n,
	 const char *target, enum join join)
{
	struct buf b = buf_in(mem, JOINED_MAX);
	const char *guess = "";

	for (size_t i = 0; i < n; i++) {
		const struct placed *p = &all[i];

		if (strcmp(p->target, target) != 0 || !p->value[0])
			continue;
		if (!p->chosen && !guess[0])
			guess = p->value;
		if (!p->chosen || (b.len > 0 && join == JOIN_FIRST))
			continue;
		if (b.len > 0)
			buf_puts(&b, join == JOIN_BLANK ? " " : ", ");
		buf_puts(&b, p->value);
	}
	return b.len > 0 ? buf_str(&b) : guess;
}

static void
put_name_together(struct arena *mem, struct lead *l)
{
	const char *both = arena_fmt(mem, "%s %s", l->first_name, l->last_name);

	if (!l->name[0])
		l->name = arena_str(mem, text_trim(text_of(both)));
}

static bool
has_custom(const struct fieldmap_person *p, int64_t id)
{
	for (size_t i = 0; i < p->n_custom; i++)
		if (p->custom[i].field_id == id)
			return true;
	return false;
}

void
fieldmap_apply(struct arena *mem, const struct fieldmap_row *rows,
	       size_t n_rows, const struct fieldmap_answer *answers, size_t n,
	       struct fieldmap_person *out)
{
	struct placed *all = NEW_ARRAY(mem, struct placed, n);

	*out = (struct fieldmap_person){ .n_custom = 0 };
	for (size_t i = 0; i < n; i++)
		all[i] = place(mem,
			       fieldmap_row_of(rows, n_rows, answers[i].key),
			       &answers[i]);
	sort_by_rank(all, n);
	for (size_t i = 0; i < COUNT(fields); i++)
		*(const char **)(void *)((char *)&out->lead +
					 columns[i].offset) =
			value_of(mem, all, n, fields[i].target,
				 columns[i].join);
	put_name_together(mem, &out->lead);
	out->custom = NEW_ARRAY(mem, struct custom_value, n);
	for (size_t i = 0; i < n; i++) {
		int64_t id = fieldmap_custom(all[i].target);

		if (id && !has_custom(out, id))
			out->custom[out->n_custom++] = (struct custom_value){
				id,
				value_of(mem, all, n, all[i].target, JOIN_COMMA)
			};
	}
}
