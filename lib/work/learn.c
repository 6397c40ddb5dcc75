/* learn: forms told, answers read again. */
#include "work/learn.h"

#include "base/text.h"
#include "crm/formdrift.h"
#include "db/db.h"
#include "meta/leadfields.h"
#include "work/arrive.h"
#include "work/mapping.h"
#include "work/remap.h"

/* ---- a form ------------------------------------------------------------------------ */

struct telling {
	const struct lead_form *told;
	int64_t integration_id;
	struct lead_form *kept;
};

static enum rc
was_known(struct task *t, const char *meta_id, bool *known)
{
	struct lead_form before;
	enum rc rc = form_by_meta(t, meta_id, &before);

	*known = !rc && before.questions[0];
	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	return OK;
}

static enum rc
keep(struct task *t, void *arg)
{
	const struct telling *w = arg;
	const char *meta_id = w->told->meta_id;
	int64_t released = 0;
	bool known = false;
	enum rc rc = was_known(t, meta_id, &known);

	if (!rc)
		rc = form_put(t, w->told);
	if (!rc)
		rc = form_by_meta(t, meta_id, w->kept);
	if (!rc)
		rc = form_drift(t, w->kept->id, w->integration_id);
	if (rc || known)
		return rc;
	rc = queue_release_form(t, meta_id, &released);
	return rc ? rc : remap_learn(t, w->kept);
}

enum rc
learn_form(struct task *t, const struct lead_form *told, int64_t integration_id,
	   struct lead_form *kept)
{
	struct telling w = { told, integration_id, kept };

	return db_tx(t, "learn_form", keep, &w);
}

/* ---- answers ----------------------------------------------------------------------- */

static const struct json *
parsed(struct task *t, const char *text)
{
	const char *why = NULL;

	return json_parse(t->mem, text_of(text), &why);
}

/* Is there an answer without a type whose question is known now? */
static bool
lack_questions(const struct json *questions, const struct learn_answers *a)
{
	for (size_t i = 0; i < a->n; i++)
		for (const struct json *q = json_first(questions);
		     q && !a->all[i].type[0]; q = json_next(q))
			if (text_is(text_of(a->all[i].key),
				    json_text_or(json_get(q, "key"), "")))
				return true;
	return false;
}

enum rc
learn_answers(struct task *t, const struct lead_form *f,
	      struct learn_answers *a)
{
	const struct json *questions = parsed(t, f->questions);
	struct lead_answer *read = NULL;
	const char *raw = "", *text;
	size_t n = 0;
	enum rc rc;

	a->learnt = false;
	if (!lack_questions(questions, a))
		return OK;
	rc = submission_raw(t, a->submission_id, &raw);
	if (!rc)
		rc = leadfields_read(t, parsed(t, raw), questions, &read, &n);
	/* What Meta sent is not there any more. */
	if (rc || n == 0)
		return rc;
	a->all = mapping_kept(t->mem, read, n);
	a->n = n;
	text = arrive_answers(t->mem, a->all, n);
	if (!text)
		return OK;
	a->learnt = true;
	return submission_learnt(t, a->submission_id, text, f->name);
}
