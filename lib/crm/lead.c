/* lead: people, and the list of them. */
#include "crm/lead.h"

#include "db/db.h"

#define LEAD_FIELDS                                                            \
	"name, first_name, last_name, email, phone, company, job_title,"       \
	" street, city, state, post_code, country, email_norm, phone_e164"

STATEMENT(lead_by_id,
	  "SELECT l.id, l.name, first_name, last_name, l.email, phone,"
	  " company, job_title, street, city, state, post_code, country,"
	  " email_norm, phone_e164,"
	  " source, stage, COALESCE(assignee_id, 0) AS assignee_id,"
	  " COALESCE(u.name, '') AS assignee_name, is_test, n_submissions,"
	  " l.created_at, latest_at, touched_at, nobody_why, deleted_at,"
	  " erased_at,"
	  " COALESCE(d.name, '') AS deleter,"
	  " COALESCE(merged_into, 0) AS merged_into, version,"
	  " COALESCE(import_id, 0) AS import_id"
	  " FROM `lead` l LEFT JOIN app_user u ON u.id = l.assignee_id"
	  " LEFT JOIN app_user d ON d.id = l.deleted_by"
	  " WHERE l.id = ?");
STATEMENT(lead_insert,
	  "INSERT INTO `lead` (" LEAD_FIELDS ", source, is_test, import_id,"
	  " created_at, latest_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
	  " ?, ?, ?, ?, NULLIF(?, 0), ?, ?)");
/* An edit that was begun before must not take it away unseen. */
STATEMENT(lead_fill_counts,
	  "UPDATE `lead` SET version = version + 1 WHERE id = ?"
	  " AND ((name = '' AND ? <> '') OR (first_name = '' AND ? <> '')"
	  " OR (last_name = '' AND ? <> '') OR (email = '' AND ? <> '')"
	  " OR (phone = '' AND ? <> '') OR (company = '' AND ? <> '')"
	  " OR (job_title = '' AND ? <> '') OR (street = '' AND ? <> '')"
	  " OR (city = '' AND ? <> '') OR (state = '' AND ? <> '')"
	  " OR (post_code = '' AND ? <> '') OR (country = '' AND ? <> ''))");
STATEMENT(lead_count_edit,
	  "UPDATE `lead` SET version = version + 1 WHERE id = ?");
/* The normal forms first: a column that is set counts as set from there on. */
STATEMENT(lead_fill_empty, "UPDATE `lead` SET"
			   " email_norm = IF(email = '', ?, email_norm),"
			   " phone_e164 = IF(phone = '', ?, phone_e164),"
			   " name = IF(name = '', ?, name),"
			   " first_name = IF(first_name = '', ?, first_name),"
			   " last_name = IF(last_name = '', ?, last_name),"
			   " email = IF(email = '', ?, email),"
			   " phone = IF(phone = '', ?, phone),"
			   " company = IF(company = '', ?, company),"
			   " job_title = IF(job_title = '', ?, job_title),"
			   " street = IF(street = '', ?, street),"
			   " city = IF(city = '', ?, city),"
			   " state = IF(state = '', ?, state),"
			   " post_code = IF(post_code = '', ?, post_code),"
			   " country = IF(country = '', ?, country)"
			   " WHERE id = ?");
STATEMENT(lead_overwrite,
	  "UPDATE `lead` SET name = ?, first_name = ?, last_name = ?,"
	  " email = ?, phone = ?, company = ?, job_title = ?, street = ?,"
	  " city = ?, state = ?, post_code = ?, country = ?, email_norm = ?,"
	  " phone_e164 = ?, version = version + 1 WHERE id = ?");
STATEMENT(lead_count_submission,
	  "UPDATE `lead` SET n_submissions = n_submissions + 1,"
	  " latest_submission_id = ?, latest_at = GREATEST(latest_at, ?)"
	  " WHERE id = ?");
STATEMENT(lead_count_anew,
	  "UPDATE `lead` SET n_submissions = (SELECT COUNT(*) FROM submission"
	  " WHERE lead_id = ? AND NOT is_skipped), latest_submission_id ="
	  " (SELECT MAX(id) FROM submission WHERE lead_id = ?) WHERE id = ?");
STATEMENT(lead_lock, "SELECT id FROM `lead` WHERE id = ? FOR UPDATE");
STATEMENT(lead_parts, "SELECT id FROM `lead` WHERE id = ? OR merged_into = ?"
		      " LIMIT 1000");
STATEMENT(lead_set_assignee, "UPDATE `lead` SET assignee_id = NULLIF(?, 0),"
			     " nobody_why = IF(? = 0, ?, '') WHERE id = ?");
STATEMENT(tag_insert,
	  "INSERT IGNORE INTO lead_tag (lead_id, tag) VALUES (?, ?)");
STATEMENT(tag_select, "SELECT tag FROM lead_tag WHERE lead_id = ? ORDER BY tag"
		      " LIMIT 100");

const char *
lead_title_of(const char *name, const char *email, const char *phone)
{
	if (name[0])
		return name;
	if (email[0])
		return email;
	return phone[0] ? phone : "No name";
}

const char *
lead_title(const struct lead *l)
{
	return lead_title_of(l->name, l->email, l->phone);
}

static const struct db_col lead_cols[] = {
	COL(struct lead, id),
	COL(struct lead, name),
	COL(struct lead, first_name),
	COL(struct lead, last_name),
	COL(struct lead, email),
	COL(struct lead, phone),
	COL(struct lead, company),
	COL(struct lead, job_title),
	COL(struct lead, street),
	COL(struct lead, city),
	COL(struct lead, state),
	COL(struct lead, post_code),
	COL(struct lead, country),
	COL(struct lead, email_norm),
	COL(struct lead, phone_e164),
	COL(struct lead, source),
	COL(struct lead, stage),
	COL(struct lead, assignee_id),
	COL(struct lead, assignee_name),
	COL(struct lead, is_test),
	COL(struct lead, n_submissions),
	COL(struct lead, created_at),
	COL(struct lead, latest_at),
	COL(struct lead, touched_at),
	COL(struct lead, nobody_why),
	COL(struct lead, deleted_at),
	COL(struct lead, erased_at),
	COL(struct lead, deleter),
	COL(struct lead, merged_into),
	COL(struct lead, version),
	COL(struct lead, import_id),
	{ 0 },
};

enum rc
lead_get(struct task *t, int64_t id, struct lead *out)
{
	struct db_list list = { .cols = lead_cols,
				.size = sizeof(struct lead),
				.max = 1 };
	enum rc rc = db_rows(t, &lead_by_id, INS(IN(id)), &list);

	if (rc)
		return rc;
	if (list.n == 0)
		return fail(t, E_NOTFOUND, "lead %lld: none", (long long)id);
	*out = *(const struct lead *)list.rows;
	return OK;
}

enum rc
lead_hold(struct task *t, int64_t id, struct lead *out)
{
	enum rc rc = db_one(t, &lead_lock, INS(IN(id)), OUTS(OUT("id", &id)));

	return rc ? rc : lead_get(t, id, out);
}

enum rc
lead_with_parts(struct task *t, int64_t id, struct lead_id **out, size_t *n)
{
	static const struct db_col cols[] = { COL(struct lead_id, id), { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct lead_id),
				.max = 1000 };
	enum rc rc = db_rows(t, &lead_parts, INS(IN(id), IN(id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

/* ---- writing ------------------------------------------------------------------ */

/* The column's ceiling in code points; longer answers stay whole in the
 * submission. */
static struct text
fit(const char *s, size_t max)
{
	return text_cut(text_of(s), max);
}

#define FITTED(l)                                                              \
	IN(fit((l)->name, 255)), IN(fit((l)->first_name, 255)),                \
		IN(fit((l)->last_name, 255)), IN(fit((l)->email, 320)),        \
		IN(fit((l)->phone, 64)), IN(fit((l)->company, 255)),           \
		IN(fit((l)->job_title, 255)), IN(fit((l)->street, 255)),       \
		IN(fit((l)->city, 255)), IN(fit((l)->state, 255)),             \
		IN(fit((l)->post_code, 64)), IN(fit((l)->country, 64))
#define NORMS(l)                                                               \
	IN((l)->email_norm ? (l)->email_norm : ""),                            \
		IN((l)->phone_e164 ? (l)->phone_e164 : "")

enum rc
lead_add(struct task *t, const struct lead *l, int64_t *id)
{
	return db_insert(t, &lead_insert,
			 INS(FITTED(l), NORMS(l), IN(l->source), IN(l->is_test),
			     IN(l->import_id), IN(t->now), IN(t->now)),
			 id);
}

enum rc
lead_fill(struct task *t, int64_t id, const struct lead *l)
{
	enum rc rc =
		db_exec(t, &lead_fill_counts, INS(IN(id), FITTED(l)), NULL);

	return rc ? rc
		  : db_exec(t, &lead_fill_empty,
			    INS(NORMS(l), FITTED(l), IN(id)), NULL);
}

enum rc
lead_edited(struct task *t, int64_t id)
{
	return db_exec(t, &lead_count_edit, INS(IN(id)), NULL);
}

enum rc
lead_edit(struct task *t, const struct lead *l)
{
	return db_exec(t, &lead_overwrite, INS(FITTED(l), NORMS(l), IN(l->id)),
		       NULL);
}

enum rc
lead_submitted(struct task *t, int64_t id, int64_t submission_id)
{
	return db_exec(t, &lead_count_submission,
		       INS(IN(submission_id), IN(t->now), IN(id)), NULL);
}

enum rc
lead_recount(struct task *t, int64_t id)
{
	return db_exec(t, &lead_count_anew, INS(IN(id), IN(id), IN(id)), NULL);
}

enum rc
lead_assign(struct task *t, int64_t id, int64_t user_id, const char *why)
{
	return db_exec(t, &lead_set_assignee,
		       INS(IN(user_id), IN(user_id), IN(why), IN(id)), NULL);
}

enum rc
lead_tag_add(struct task *t, int64_t id, const char *tag, bool *is_new)
{
	int64_t added = 0;
	enum rc rc = db_exec(t, &tag_insert, INS(IN(id), IN(tag)), &added);

	if (!rc && is_new)
		*is_new = added > 0;
	return rc;
}

enum rc
lead_tags(struct task *t, int64_t id, struct lead_tag **out, size_t *n)
{
	static const struct db_col cols[] = { COL(struct lead_tag, tag),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct lead_tag),
				.max = 100 };
	enum rc rc = db_rows(t, &tag_select, INS(IN(id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}
