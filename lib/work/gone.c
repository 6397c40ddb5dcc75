/* gone: one call that should succeed tells what a lead's error does not. */
#include "work/gone.h"

enum { KEPT_DAYS = 90 }; /* by Meta (contract 3.1) */

/* One call that should succeed; *seen is GRAPH_OK if it did. */
static enum rc
ask(struct task *t, const struct graph *g, const struct job *j,
    const struct graph_call *call, struct graph_error *seen)
{
	const struct json *reply = NULL;
	enum rc rc = queue_hold(t, j->mark);

	if (!rc)
		rc = graph_do(t, g, call, &reply, seen);
	if (rc != E_REMOTE)
		return rc;
	task_forgive(t);
	return OK;
}

static enum rc
look_at(struct task *t, const struct graph *g, const struct job *j,
	const char *id, struct graph_error *seen)
{
	static const struct graph_param fields[] = { { "fields", "id" },
						     { 0 } };
	const struct graph_call call = { "GET", id, fields };

	return ask(t, g, j, &call, seen);
}

static enum rc
look_at_page(struct task *t, const struct graph *g, const struct job *j,
	     struct gone *seen)
{
	enum rc rc = OK;

	if (!seen->looked)
		rc = look_at(t, g, j, g->page, &seen->page);
	seen->looked = !rc;
	return rc;
}

/* The list of a form can be refused though its page is readable: Leads Access.
 * *out NULL: the form is not known, or they are too many. */
static enum rc
look_at_form(struct task *t, const struct graph *g, const struct job *j,
	     struct gone *seen, const struct graph_error **out)
{
	static const struct graph_param one[] = { { "fields", "id" },
						  { "limit", "1" },
						  { 0 } };
	struct graph_call call = { "GET", NULL, one };
	struct gone_form *f = &seen->forms[seen->n_forms];
	enum rc rc;

	*out = NULL;
	for (size_t i = 0; i < seen->n_forms; i++)
		if (strcmp(seen->forms[i].id, j->form_meta_id) == 0) {
			*out = &seen->forms[i].err;
			return OK;
		}
	if (!j->form_meta_id[0] || seen->n_forms == GONE_FORMS)
		return OK;
	call.path = arena_fmt(t->mem, "%s/leads", j->form_meta_id);
	rc = ask(t, g, j, &call, &f->err);
	if (rc)
		return rc;
	f->id = j->form_meta_id;
	seen->n_forms++;
	*out = &f->err;
	return OK;
}

static bool
is_old(const struct task *t, const struct job *j)
{
	return j->submitted_at.ms &&
	       t->now.ms - j->submitted_at.ms > KEPT_DAYS * DAY_MS;
}

static void
by_age(const struct task *t, const struct job *j, struct graph_error *err)
{
	if (is_old(t, j)) {
		err->reason = "lead_expired";
		err->words = "Older than 90 days: Meta does not keep it";
	}
}

/* It may have come back between its own answer and these. */
static enum rc
look_again(struct task *t, const struct graph *g, const struct job *j,
	   struct graph_error *err)
{
	struct graph_error now = { 0 };
	enum rc rc = look_at(t, g, j, j->subject, &now);

	if (rc)
		return rc;
	if (now.class == GRAPH_OK) {
		err->class = GRAPH_RETRY;
		err->words = "Meta shows it again";
	} else if (now.class != GRAPH_GONE) {
		*err = now;
	} else {
		by_age(t, j, err);
	}
	return OK;
}

/* A form whose leads are not shown, of a page that is: Leads Access may be taken
 * away, or the form.  Nobody knows, so it is tried as long as any. */
static void
by_form(struct graph_error *err, const struct graph_error *form)
{
	if (form->class == GRAPH_GONE) {
		err->class = GRAPH_RETRY;
		err->reason = "leads_access";
		err->words =
			"Meta shows neither this lead nor its form's others";
	} else if (form->class != GRAPH_BUG) {
		*err = *form;
	}
}

enum rc
gone_why(struct task *t, const struct graph *g, const struct job *j,
	 struct gone *seen, struct graph_error *err)
{
	const struct graph_error *form = NULL;
	enum rc rc;

	if (err->class != GRAPH_GONE || j->attempts <= GONE_TRIES)
		return OK;
	rc = look_at_page(t, g, j, seen);
	if (!rc && seen->page.class == GRAPH_OK)
		rc = look_at_form(t, g, j, seen, &form);
	if (rc)
		return rc;
	if (seen->page.class == GRAPH_GONE) {
		err->class = GRAPH_PERSON;
		err->reason = "page_unreadable";
		err->words = "Meta does not show the page either";
	} else if (seen->page.class != GRAPH_OK) {
		*err = seen->page;
	} else if (!form && j->form_meta_id[0]) {
		err->class = GRAPH_RETRY;
		err->words = "Not asked yet why Meta does not show it";
	} else if (form && form->class != GRAPH_OK) {
		by_form(err, form);
	} else if (form) {
		return look_again(t, g, j, err);
	} else {
		by_age(t, j, err);
	}
	return OK;
}
