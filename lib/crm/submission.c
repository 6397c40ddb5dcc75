/* submission: answers of forms, stored once per leadgen id. */
#include "crm/submission.h"

#include "base/json.h"
#include "db/db.h"

enum { OF_LEAD_MAX = 200, RECENT_MAX = 20, DISCLAIMERS_MAX = 65535 };
enum { ANSWERS_SHOWN = 512 << 10, RAW_SHOWN = 256 << 10 };

STATEMENT(
	submission_insert,
	"INSERT INTO submission (leadgen_id, lead_id, integration_id,"
	" page_meta_id, page_name, form_meta_id, form_name, platform,"
	" is_organic, is_test, is_joined, is_skipped, is_recovered, filled,"
	" ad_id, ad_name, adset_id, adset_name,"
	" campaign_id, campaign_name, partner_name, answers, disclaimers,"
	" raw, way, import_id, import_row, submitted_at, received_at,"
	" fetched_at, imported_at)"
	" VALUES (?, ?, NULLIF(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
	" ?, ?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, 0), NULLIF(?, 0), ?, ?, ?, ?)");
STATEMENT(submission_last, "SELECT COALESCE(MAX(id), 0) AS id FROM submission");
STATEMENT(submission_exists,
	  "SELECT EXISTS (SELECT 1 FROM submission WHERE leadgen_id = ?)"
	  " AS known");
STATEMENT(submission_of_id, "SELECT lead_id, way FROM submission"
			    " WHERE leadgen_id = ?");
STATEMENT(submission_mark_assigned,
	  "UPDATE submission SET assigned_at = ?, given_id = ? WHERE id = ?");
STATEMENT(submission_set_gave, "UPDATE submission SET gave = ? WHERE id = ?");
STATEMENT(submission_list,
	  "SELECT id, COALESCE(leadgen_id, '') AS leadgen_id, lead_id,"
	  " COALESCE(integration_id, 0) AS integration_id, page_meta_id,"
	  " page_name, form_meta_id, form_name, platform, is_organic, is_test,"
	  " is_joined, is_skipped, filled, ad_id, ad_name, adset_id, "
	  "adset_name, campaign_id, campaign_name,"
	  " partner_name, IF(SUM(LENGTH(answers)) OVER (ORDER BY id DESC) <= ?,"
	  " answers, '') AS answers,"
	  " IF(LENGTH(disclaimers) <= 8192, disclaimers, '') AS disclaimers,"
	  " way, submitted_at,"
	  " received_at, fetched_at, imported_at, assigned_at"
	  " FROM submission WHERE lead_id = ? ORDER BY id DESC LIMIT 200");
STATEMENT(submission_set_answers,
	  "UPDATE submission SET answers = ?,"
	  " form_name = IF(form_name = '', ?, form_name) WHERE id = ?");
STATEMENT(submission_raw_of, "SELECT IF(LENGTH(raw) <= ?, raw, '') AS raw"
			     " FROM submission WHERE id = ?");

STATEMENT(submission_newest,
	  "SELECT COALESCE(l.id, 0) AS lead_id,"
	  " COALESCE(NULLIF(l.name, ''), NULLIF(l.email, ''), l.phone, '')"
	  " AS lead_name, s.way, s.submitted_at, s.imported_at"
	  " FROM submission s LEFT JOIN `lead` l ON l.id = s.lead_id"
	  " WHERE s.integration_id = ? AND NOT (s.is_test AND l.id IS NULL)"
	  " ORDER BY s.imported_at DESC, s.id DESC LIMIT 20");

STATEMENT(submission_samples,
	  "SELECT COALESCE(NULLIF(l.name, ''), NULLIF(l.email, ''), l.phone)"
	  " AS lead_name, IF(LENGTH(s.answers) <= 65536, s.answers, '[]')"
	  " AS answers, s.imported_at"
	  " FROM submission s JOIN `lead` l ON l.id = s.lead_id"
	  " AND l.deleted_at IS NULL AND l.erased_at IS NULL"
	  " WHERE s.form_meta_id = ? AND NOT s.is_test"
	  " ORDER BY s.id DESC LIMIT 20");

/* The column's ceiling in code points; the raw node keeps the whole. */
static struct text
fit(const char *s, size_t max)
{
	return text_cut(text_of(s ? s : ""), max);
}

/* For columns of codes: whatever else came is in the raw node. */
static struct text
code(const char *s, size_t max)
{
	struct text t = fit(s, max);

	return text_is_code(t) ? t : TEXT("");
}

/* A list that is cut is none: too long a one is in the raw node only. */
static const char *
disclaimers_of(const struct submission *s)
{
	const char *all = s->disclaimers ? s->disclaimers : "";

	return strlen(all) <= DISCLAIMERS_MAX ? all : "";
}

enum rc
submission_add(struct task *t, const struct submission *s, int64_t *id)
{
	return db_insert(
		t, &submission_insert,
		INS(IN(s->leadgen_id), IN(s->lead_id), IN(s->integration_id),
		    IN(fit(s->page_meta_id, 32)), IN(fit(s->page_name, 255)),
		    IN(fit(s->form_meta_id, 32)), IN(fit(s->form_name, 255)),
		    IN(code(s->platform, 16)), IN(s->is_organic),
		    IN(s->is_test), IN(s->is_joined), IN(s->is_skipped),
		    IN(s->is_recovered), IN(s->filled ? s->filled : ""),
		    IN(fit(s->ad_id, 32)), IN(fit(s->ad_name, 255)),
		    IN(fit(s->adset_id, 32)), IN(fit(s->adset_name, 255)),
		    IN(fit(s->campaign_id, 32)), IN(fit(s->campaign_name, 255)),
		    IN(fit(s->partner_name, 255)), IN(s->answers),
		    IN(disclaimers_of(s)), IN(s->raw), IN(s->way),
		    IN(s->import_id), IN(s->import_row), IN(s->submitted_at),
		    IN(s->received_at), IN(s->fetched_at), IN(t->now)),
		id);
}

enum rc
submission_known(struct task *t, const char *leadgen_id, bool *known)
{
	return db_one(t, &submission_exists, INS(IN(leadgen_id)),
		      OUTS(OUT("known", known)));
}

enum rc
submission_find(struct task *t, const char *leadgen_id, int64_t *lead_id,
		const char **way)
{
	return db_one(t, &submission_of_id, INS(IN(leadgen_id)),
		      OUTS(OUT("lead_id", lead_id), OUT("way", way)));
}

enum rc
submission_latest_id(struct task *t, int64_t *id)
{
	return db_one(t, &submission_last, INS(), OUTS(OUT("id", id)));
}

enum rc
submission_assigned(struct task *t, int64_t id, int64_t user_id)
{
	return db_exec(t, &submission_mark_assigned,
		       INS(IN(t->now), IN(user_id), IN(id)), NULL);
}

enum rc
submission_gave(struct task *t, int64_t id, const char *gave)
{
	return db_exec(t, &submission_set_gave, INS(IN(gave), IN(id)), NULL);
}

static const struct db_col submission_cols[] = {
	COL(struct submission, id),
	COL(struct submission, leadgen_id),
	COL(struct submission, lead_id),
	COL(struct submission, integration_id),
	COL(struct submission, page_meta_id),
	COL(struct submission, page_name),
	COL(struct submission, form_meta_id),
	COL(struct submission, form_name),
	COL(struct submission, platform),
	COL(struct submission, is_organic),
	COL(struct submission, is_test),
	COL(struct submission, is_joined),
	COL(struct submission, is_skipped),
	COL(struct submission, filled),
	COL(struct submission, ad_id),
	COL(struct submission, ad_name),
	COL(struct submission, adset_id),
	COL(struct submission, adset_name),
	COL(struct submission, campaign_id),
	COL(struct submission, campaign_name),
	COL(struct submission, partner_name),
	COL(struct submission, answers),
	COL(struct submission, disclaimers),
	COL(struct submission, way),
	COL(struct submission, submitted_at),
	COL(struct submission, received_at),
	COL(struct submission, fetched_at),
	COL(struct submission, imported_at),
	COL(struct submission, assigned_at),
	{ 0 },
};

enum rc
submission_of_lead(struct task *t, int64_t lead_id, struct submission **out,
		   size_t *n)
{
	struct db_list list = { .cols = submission_cols,
				.size = sizeof(struct submission),
				.max = OF_LEAD_MAX };
	enum rc rc = db_rows(t, &submission_list,
			     INS(IN(ANSWERS_SHOWN), IN(lead_id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
submission_learnt(struct task *t, int64_t id, const char *answers,
		  const char *form_name)
{
	return db_exec(t, &submission_set_answers,
		       INS(IN(answers), IN(fit(form_name, 255)), IN(id)), NULL);
}

enum rc
submission_raw(struct task *t, int64_t id, const char **raw)
{
	return db_one(t, &submission_raw_of, INS(IN(RAW_SHOWN), IN(id)),
		      OUTS(OUT("raw", raw)));
}

enum rc
submission_answers(struct task *t, const char *json,
		   struct submission_answer **out, size_t *n)
{
	const char *why = NULL;
	const struct json *doc = json_parse(t->mem, text_of(json), &why);
	const struct json *j;
	struct submission_answer *answers;
	size_t count = 0;

	if (!json_is_array(doc))
		return fail(t, E_INTERNAL, "stored answers: %s",
			    why ? why : "no array");
	for (j = json_first(doc); j; j = json_next(j))
		count++;
	answers = NEW_ARRAY(t->mem, struct submission_answer, count);
	count = 0;
	for (j = json_first(doc); j; j = json_next(j))
		answers[count++] = (struct submission_answer){
			.key = json_text_or(json_get(j, "key"), ""),
			.question = json_text_or(json_get(j, "question"), ""),
			.value = json_text_or(json_get(j, "value"), ""),
			.type = json_text_or(json_get(j, "type"), ""),
		};
	*out = answers;
	*n = count;
	return OK;
}

void
submission_consents(struct task *t, const char *json,
		    struct submission_consent **out, size_t *n)
{
	enum { MOST = 50 };
	const char *why = NULL;
	const struct json *doc =
		json[0] ? json_parse(t->mem, text_of(json), &why) : NULL;
	const struct json *j = json_is_array(doc) ? json_first(doc) : NULL;

	*n = 0;
	*out = NEW_ARRAY(t->mem, struct submission_consent, MOST);
	for (; j && *n < MOST; j = json_next(j)) {
		const char *key = json_text_or(json_get(j, "checkbox_key"), "");
		const char *box = json_text_or(json_get(j, "is_checked"), "");

		if (key[0])
			(*out)[(*n)++] = (struct submission_consent){
				.key = key,
				.text = "",
				.is_given = !strcmp(box, "1")
			};
	}
}

enum rc
submission_of_form(struct task *t, const char *form_meta_id,
		   struct submission_sample **out, size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct submission_sample, lead_name),
		COL(struct submission_sample, answers),
		COL(struct submission_sample, imported_at),
		{ 0 }
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct submission_sample),
				.max = RECENT_MAX };
	enum rc rc =
		db_rows(t, &submission_samples, INS(IN(form_meta_id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
submission_recent(struct task *t, int64_t integration_id, size_t max,
		  struct submission_news **out, size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct submission_news, lead_id),
		COL(struct submission_news, lead_name),
		COL(struct submission_news, way),
		COL(struct submission_news, submitted_at),
		COL(struct submission_news, imported_at),
		{ 0 }
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct submission_news),
				.max = RECENT_MAX };
	enum rc rc =
		db_rows(t, &submission_newest, INS(IN(integration_id)), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n < max ? list.n : max;
	return OK;
}
