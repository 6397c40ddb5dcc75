/* world_form: lead forms and the advertisements that lead to them. */
#include "world.h"

#define FORM_COLUMNS                                                           \
	"SELECT f.number, f.id, f.page_id, f.name, f.status, f.locale,"        \
	" f.created_at, f.questions, f.tracking, f.disclaimers,"               \
	" (SELECT COUNT(*) FROM sim_lead l WHERE l.form_id = f.id) AS leads,"  \
	" (SELECT COUNT(*) FROM sim_lead l WHERE l.form_id = f.id"             \
	"  AND l.ad_id IS NULL) AS organic,"                                   \
	" (SELECT COUNT(*) FROM sim_lead l WHERE l.form_id = f.id"             \
	"  AND l.created_at < ?) AS expired FROM sim_form f"

static const struct db_col form_cols[] = {
	COL(struct sim_form, number),	  COL(struct sim_form, id),
	COL(struct sim_form, page_id),	  COL(struct sim_form, name),
	COL(struct sim_form, status),	  COL(struct sim_form, locale),
	COL(struct sim_form, created_at), COL(struct sim_form, questions),
	COL(struct sim_form, tracking),	  COL(struct sim_form, disclaimers),
	COL(struct sim_form, leads),	  COL(struct sim_form, organic),
	COL(struct sim_form, expired),	  { 0 },
};

STATEMENT(sim_form_list,
	  FORM_COLUMNS " WHERE (? IS NULL OR f.page_id = ?) AND f.number > ?"
		       " ORDER BY f.number LIMIT ?");

enum rc
world_forms(struct task *t, const char *page_id, struct when horizon,
	    int64_t after, int64_t limit, struct sim_form **out, size_t *n)
{
	struct db_list list = { .cols = form_cols,
				.size = sizeof(**out),
				.max = WORLD_FORMS };
	enum rc rc = db_rows(t, &sim_form_list,
			     INS(IN(horizon), IN(page_id), IN(page_id),
				 IN(after), IN(limit)),
			     &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

/* Leads come from where our app listens; before anybody is connected, from
 * the first two pages, which a system user reaches. */
STATEMENT(sim_form_busy, FORM_COLUMNS
	  " LEFT JOIN sim_subscription s ON s.page_id = f.page_id"
	  " AND s.app_id = ?"
	  " JOIN sim_page p ON p.id = f.page_id WHERE f.status = 'ACTIVE'"
	  " AND (s.app_id IS NOT NULL OR p.number <= 2 AND NOT EXISTS"
	  " (SELECT 1 FROM sim_subscription o WHERE o.app_id = ?))"
	  " ORDER BY f.number LIMIT 1000");

enum rc
world_busy_forms(struct task *t, struct when horizon, struct sim_form **out,
		 size_t *n)
{
	struct db_list list = { .cols = form_cols,
				.size = sizeof(**out),
				.max = WORLD_FORMS };
	enum rc rc = db_rows(t, &sim_form_busy,
			     INS(IN(horizon), IN(SIM_APP_ID), IN(SIM_APP_ID)),
			     &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

STATEMENT(sim_form_read, FORM_COLUMNS " WHERE f.id = ?");

enum rc
world_form(struct task *t, const char *id, struct when horizon,
	   struct sim_form *out)
{
	struct db_list list = { .cols = form_cols,
				.size = sizeof(*out),
				.max = 1 };
	enum rc rc =
		db_rows(t, &sim_form_read, INS(IN(horizon), IN(id)), &list);

	if (rc)
		return rc;
	if (list.n == 0)
		return fail(t, E_NOTFOUND, "no form %s", id);
	*out = *(struct sim_form *)list.rows;
	return OK;
}

STATEMENT(sim_form_set_status, "UPDATE sim_form SET status = ? WHERE id = ?");

enum rc
world_form_status(struct task *t, const char *id, const char *status)
{
	return db_exec(t, &sim_form_set_status, INS(IN(status), IN(id)), NULL);
}

STATEMENT(sim_form_add,
	  "INSERT INTO sim_form (id, page_id, name, status, locale,"
	  " created_at, questions, tracking, disclaimers)"
	  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE number = number");

enum rc
world_add_form(struct task *t, const struct sim_form *f)
{
	return db_exec(t, &sim_form_add,
		       INS(IN(f->id), IN(f->page_id), IN(f->name),
			   IN(f->status), IN(f->locale), IN(f->created_at),
			   IN(f->questions), IN(f->tracking),
			   IN(f->disclaimers)),
		       NULL);
}

STATEMENT(sim_ad_add,
	  "INSERT INTO sim_ad (id, form_id, name, adset_id, adset_name,"
	  " campaign_id, campaign_name) VALUES (?, ?, ?, ?, ?, ?, ?)"
	  " ON DUPLICATE KEY UPDATE id = sim_ad.id");

enum rc
world_add_ad(struct task *t, const struct sim_ad *a)
{
	return db_exec(t, &sim_ad_add,
		       INS(IN(a->id), IN(a->form_id), IN(a->name),
			   IN(a->adset_id), IN(a->adset_name),
			   IN(a->campaign_id), IN(a->campaign_name)),
		       NULL);
}

static const struct db_col ad_cols[] = {
	COL(struct sim_ad, id),
	COL(struct sim_ad, form_id),
	COL(struct sim_ad, name),
	COL(struct sim_ad, adset_id),
	COL(struct sim_ad, adset_name),
	COL(struct sim_ad, campaign_id),
	COL(struct sim_ad, campaign_name),
	{ 0 },
};

STATEMENT(sim_ad_list,
	  "SELECT id, form_id, name, adset_id, adset_name, campaign_id,"
	  " campaign_name FROM sim_ad WHERE form_id = ? ORDER BY id LIMIT 100");

enum rc
world_ads(struct task *t, const char *form_id, struct sim_ad **out, size_t *n)
{
	struct db_list list = { .cols = ad_cols,
				.size = sizeof(**out),
				.max = WORLD_ADS };
	enum rc rc = db_rows(t, &sim_ad_list, INS(IN(form_id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}
