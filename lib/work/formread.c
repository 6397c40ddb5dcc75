/* formread: forms looked up, asked for, waited for. */
#include "work/formread.h"

#include "base/log.h"
#include "crm/trouble.h"
#include "meta/accounts.h"
#include "work/gone.h"
#include "work/learn.h"

/* Tries of a lead, within some three hours, while its form is not told for a
 * reason that may pass. */
enum { FORM_TRIES = 6 };

/* The right to read forms is not the one to read leads (contract 2.5). */
static enum rc
tell_right(struct task *t, const struct page *p, const struct graph_error *err)
{
	const struct trouble tr = { .scope = TROUBLE_PAGE,
				    .subject_id = p->id,
				    .integration_id = p->integration_id,
				    .reason = "not_listed",
				    .detail = err->permission,
				    .code = err->code,
				    .subcode = err->subcode };

	return trouble_met(t, &tr);
}

static enum rc
ask_meta(struct task *t, const struct formread *r, struct formread_form *f)
{
	struct meta_form meta = { 0 };
	struct graph_error err = { .reason = "", .words = "" };
	struct lead_form told;
	enum rc rc = queue_hold(t, r->mark);

	if (!rc)
		rc = accounts_form(t, r->graph, f->form.meta_id, &meta, &err);
	if (rc == E_REMOTE) {
		log_warn("form %s: %s", f->form.meta_id, err.words);
		task_forgive(t);
		f->why = err;
		return graph_lacks_right(&err) ? tell_right(t, r->page, &err)
					       : OK;
	}
	if (rc)
		return rc;
	told = (struct lead_form){ .meta_id = f->form.meta_id,
				   .page_id = r->page->id,
				   .name = meta.name,
				   .status = meta.status,
				   .locale = meta.locale,
				   .questions = meta.questions,
				   .consents = meta.consents,
				   .leads_count = meta.leads_count };
	return learn_form(t, &told, r->page->integration_id, &f->form);
}

/* Somebody else may have met the form since it was not told here.  Looked up for
 * each lead: that one comes without its questions must be over soon after they
 * are known (remap_learn). */
static enum rc
look_up_again(struct task *t, struct formread_form *f)
{
	struct lead_form now;
	enum rc rc;

	if (f->why.class == GRAPH_OK)
		return OK;
	rc = form_by_meta(t, f->form.meta_id, &now);
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return OK;
	}
	if (!rc && now.questions[0])
		*f = (struct formread_form){ .form = now };
	return rc;
}

enum rc
formread_find(struct task *t, struct formread *r, const char *form_id,
	      const struct formread_form **out)
{
	struct formread_form *f = &r->all[r->n];
	enum rc rc;

	*out = NULL;
	if (!text_is_id(text_of(form_id)))
		return OK;
	for (size_t i = 0; i < r->n; i++)
		if (text_is(text_of(r->all[i].form.meta_id), form_id)) {
			*out = &r->all[i];
			return look_up_again(t, &r->all[i]);
		}
	*f = (struct formread_form){ .form = { .meta_id = form_id } };
	rc = form_by_meta(t, form_id, &f->form);
	if (rc == E_NOTFOUND)
		task_forgive(t);
	if (rc == E_NOTFOUND ||
	    (!rc && !f->form.questions[0] && !f->form.is_left_out))
		rc = ask_meta(t, r, f);
	if (rc)
		return rc;
	r->n++;
	*out = f;
	return OK;
}

/* ---- waiting --------------------------------------------------------------------- */

bool
formread_waits(const struct job *j, const struct graph_error *why)
{
	switch (why->class) {
	case GRAPH_OK:
		return false;
	case GRAPH_THROTTLED:
		return true;
	case GRAPH_ADMIN:
		return !graph_lacks_right(why) && j->attempts <= FORM_TRIES;
	case GRAPH_GONE:
	case GRAPH_BUG:
		return j->attempts <= GONE_TRIES;
	case GRAPH_RETRY:
	case GRAPH_RECONNECT:
	case GRAPH_PERSON:
		break;
	}
	return j->attempts <= FORM_TRIES;
}

enum rc
formread_wait(struct task *t, const struct job *j,
	      const struct graph_error *why)
{
	if (why->class == GRAPH_THROTTLED)
		return queue_wait(t, j,
				  when_add(t->now, why->wait_s * SECOND_MS),
				  why->reason, why->words);
	return queue_retry(t, j, QUEUE_FORM_UNKNOWN, why->words);
}
