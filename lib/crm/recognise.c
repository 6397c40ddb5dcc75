/* recognise: normal forms and the leads that they lead to. */
#include "crm/recognise.h"

#include "base/conf.h"
#include "base/crypt.h"
#include "crm/fieldmap.h"
#include "crm/identity.h"
#include "db/db.h"

enum { OTHERS_MAX = 50, TWINS_MAX = 10, VALUE_MAX = 320 };

STATEMENT(identity_find,
	  "SELECT lead_id FROM lead_identity WHERE kind = ? AND norm = ?"
	  " FOR UPDATE");
STATEMENT(identity_insert,
	  "INSERT INTO lead_identity (kind, norm, lead_id) VALUES (?, ?, ?)");
STATEMENT(identity_also, "INSERT IGNORE INTO lead_identity"
			 " (kind, norm, lead_id) VALUES (?, ?, ?)");
STATEMENT(identity_drop, "DELETE FROM lead_identity"
			 " WHERE kind = ? AND norm = ? AND lead_id = ?");
STATEMENT(identity_forget, "DELETE FROM lead_identity WHERE lead_id = ?");
STATEMENT(identity_of_parts,
	  "INSERT IGNORE INTO lead_identity (kind, norm, lead_id)"
	  " SELECT p.kind, p.ref, m.kept_id FROM lead_merge m"
	  " JOIN lead_merge_part p ON p.merge_id = m.id"
	  " AND p.kind IN ('email', 'phone')"
	  " WHERE m.kept_id = ? AND m.undone_at IS NULL");
STATEMENT(other_insert,
	  "INSERT IGNORE INTO lead_other (lead_id, field, value, value_hash,"
	  " submission_id, at) VALUES (?, ?, ?, ?, NULLIF(?, 0), ?)");
STATEMENT(other_select,
	  "SELECT id, field, value, COALESCE(submission_id, 0)"
	  " AS submission_id, at FROM lead_other WHERE lead_id = ?"
	  " ORDER BY id DESC LIMIT 50");
STATEMENT(other_pass, "UPDATE lead_other SET submission_id = ? WHERE id = ?");
STATEMENT(other_stands, "DELETE FROM lead_other WHERE lead_id = ?"
			" AND field = ? AND value_hash = ?");
STATEMENT(other_drop, "DELETE FROM lead_other WHERE lead_id = ?"
		      " AND submission_id = ?");
/* Each key by itself is a stretch of its index. */
#define TWIN                                                                   \
	"(SELECT id, name, email, phone, email_norm, phone_e164 FROM `lead`"   \
	" WHERE deleted_at IS NULL AND merged_into IS NULL AND NOT is_test"    \
	" AND "
STATEMENT(twins, "SELECT id, name, email, phone,"
		 " ? <> '' AND email_norm = ? AS same_email,"
		 " ? <> '' AND phone_e164 = ? AS same_phone FROM (" TWIN
		 "email_norm = NULLIF(?, '') LIMIT 10) UNION " TWIN
		 "phone_e164 = NULLIF(?, '') LIMIT 10)) t WHERE id <> ?"
		 " ORDER BY same_email DESC, same_phone DESC, id LIMIT 10");

static struct identity_rules
rules_of(const struct task *t)
{
	return (struct identity_rules){
		.drop_plus = t->conf->people.drop_plus != 0,
		.drop_dots = t->conf->people.drop_dots != 0,
		.country = t->conf->site.default_country,
	};
}

void
recognise_norms(struct task *t, struct lead *l)
{
	struct identity_rules rules = rules_of(t);
	const char *email = identity_email(t->mem, text_of(l->email), &rules);
	const char *phone = identity_phone(t->mem, text_of(l->phone), &rules);

	l->email_norm = email ? email : "";
	l->phone_e164 = phone ? phone : "";
}

/* ---- by normal form ------------------------------------------------------------ */

static const struct {
	const char *kind, *words;
	size_t norm;
} keys[] = {
	{ "email", "e-mail", offsetof(struct lead, email_norm) },
	{ "phone", "phone", offsetof(struct lead, phone_e164) },
};

static const char *
norm_of(const struct lead *l, size_t i)
{
	return *(const char *const *)((const char *)l + keys[i].norm);
}

enum rc
recognise_find(struct task *t, const struct lead *l, int64_t *lead_id,
	       const char **by)
{
	for (size_t i = 0; i < COUNT(keys) && !l->is_test; i++) {
		const char *norm = norm_of(l, i);
		enum rc rc;

		if (!norm[0])
			continue;
		rc = db_one(t, &identity_find, INS(IN(keys[i].kind), IN(norm)),
			    OUTS(OUT("lead_id", lead_id)));
		if (rc == E_NOTFOUND) {
			task_forgive(t);
			continue;
		}
		if (!rc)
			*by = keys[i].words;
		return rc;
	}
	return fail(t, E_NOTFOUND, "nobody is known by this");
}

/* One statement for each form that there is. */
static enum rc
each(struct task *t, struct db_stmt *q, const struct lead *l, int64_t lead_id)
{
	for (size_t i = 0; i < COUNT(keys) && !l->is_test; i++) {
		const char *norm = norm_of(l, i);
		enum rc rc = OK;

		if (norm[0])
			rc = db_exec(
				t, q,
				INS(IN(keys[i].kind), IN(norm), IN(lead_id)),
				NULL);
		if (rc)
			return rc;
	}
	return OK;
}

enum rc
recognise_new(struct task *t, const struct lead *l, int64_t lead_id)
{
	enum rc rc = each(t, &identity_insert, l, lead_id);

	if (rc != E_CONFLICT)
		return rc;
	task_forgive(t);
	return fail(t, E_BUSY, "another worker was here first");
}

enum rc
recognise_also(struct task *t, const struct lead *l, int64_t lead_id)
{
	return each(t, &identity_also, l, lead_id);
}

enum rc
recognise_not(struct task *t, const struct lead *l, int64_t lead_id)
{
	return each(t, &identity_drop, l, lead_id);
}

enum rc
recognise_forget(struct task *t, int64_t lead_id)
{
	return db_exec(t, &identity_forget, INS(IN(lead_id)), NULL);
}

/* ---- what else was said -------------------------------------------------------- */

/* An address in other letters, or a number with other blanks, says nothing
 * new. */
static bool
says_the_same(const struct lead *a, const struct lead *b, const char *field)
{
	struct text f = text_of(field);

	if (text_is(f, "email") && a->email_norm[0])
		return !strcmp(a->email_norm, b->email_norm);
	if (text_is(f, "phone") && a->phone_e164[0])
		return !strcmp(a->phone_e164, b->phone_e164);
	return text_eq_nocase(text_trim(text_of(fieldmap_column(a, field))),
			      text_trim(text_of(fieldmap_column(b, field))));
}

struct text
recognise_beside(const char *value)
{
	return text_cut(text_of(value), VALUE_MAX);
}

enum rc
recognise_differs(struct task *t, const struct lead *known,
		  const struct lead *said, int64_t submission_id)
{
	size_t n = 0;
	const struct fieldmap_field *all = fieldmap_fields(&n);

	for (size_t i = 0; i < n; i++) {
		const char *field = all[i].target;
		struct text value =
			recognise_beside(fieldmap_column(said, field));
		enum rc rc;

		if (value.len == 0 || !fieldmap_column(known, field)[0] ||
		    says_the_same(known, said, field))
			continue;
		rc = db_exec(t, &other_insert,
			     INS(IN(known->id), IN(field), IN(value),
				 IN(crypt_sha256_hex(t->mem, value)),
				 IN(submission_id), IN(t->now)),
			     NULL);
		if (rc)
			return rc;
	}
	return OK;
}

enum rc
recognise_others(struct task *t, int64_t lead_id, struct lead_other **out,
		 size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct lead_other, id),
		COL(struct lead_other, field),
		COL(struct lead_other, value),
		COL(struct lead_other, submission_id),
		COL(struct lead_other, at),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct lead_other),
				.max = OTHERS_MAX };
	enum rc rc = db_rows(t, &other_select, INS(IN(lead_id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
recognise_others_drop(struct task *t, int64_t lead_id, int64_t submission_id)
{
	return db_exec(t, &other_drop, INS(IN(lead_id), IN(submission_id)),
		       NULL);
}

enum rc
recognise_others_pass(struct task *t, int64_t other_id, int64_t submission_id)
{
	return db_exec(t, &other_pass, INS(IN(submission_id), IN(other_id)),
		       NULL);
}

enum rc
recognise_stands(struct task *t, int64_t lead_id, const char *field,
		 const char *value)
{
	struct text kept = recognise_beside(value);

	return db_exec(
		t, &other_stands,
		INS(IN(lead_id), IN(field), IN(crypt_sha256_hex(t->mem, kept))),
		NULL);
}

enum rc
recognise_parts(struct task *t, int64_t lead_id)
{
	return db_exec(t, &identity_of_parts, INS(IN(lead_id)), NULL);
}

enum rc
recognise_anew(struct task *t, const struct lead *l)
{
	struct lead_other *all = NULL;
	size_t n = 0;
	enum rc rc = recognise_also(t, l, l->id);

	if (!rc && !l->is_test)
		rc = recognise_parts(t, l->id);
	if (!rc)
		rc = recognise_others(t, l->id, &all, &n);
	for (size_t i = 0; !rc && i < n; i++) {
		struct lead told = { .email = "", .phone = "" };

		if (!strcmp(all[i].field, "email"))
			told.email = all[i].value;
		if (!strcmp(all[i].field, "phone"))
			told.phone = all[i].value;
		recognise_norms(t, &told);
		told.is_test = l->is_test;
		rc = recognise_also(t, &told, l->id);
	}
	return rc;
}

/* ---- possible duplicates --------------------------------------------------------- */

enum rc
recognise_twins(struct task *t, const struct lead *l, struct lead_twin **out,
		size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct lead_twin, id),
		COL(struct lead_twin, name),
		COL(struct lead_twin, email),
		COL(struct lead_twin, phone),
		COL(struct lead_twin, same_email),
		COL(struct lead_twin, same_phone),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct lead_twin),
				.max = TWINS_MAX };
	enum rc rc =
		db_rows(t, &twins,
			INS(IN(l->email_norm), IN(l->email_norm),
			    IN(l->phone_e164), IN(l->phone_e164),
			    IN(l->email_norm), IN(l->phone_e164), IN(l->id)),
			&list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}
