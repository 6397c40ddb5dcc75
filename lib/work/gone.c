/* gone: one call that should succeed tells what a lead's error does not. */
#include "work/gone.h"

enum { KEPT_DAYS = 90 }; /* by Meta (contract 3.1) */

static enum rc
look_at_page(struct task *t, const struct graph *g, const struct job *j,
	     struct gone *seen)
{
	static const struct graph_param fields[] = { { "fields", "id" },
						     { 0 } };
	const struct graph_call call = { "GET", g->page, fields };
	const struct json *reply = NULL;
	enum rc rc;

	if (seen->looked)
		return OK;
	rc = queue_hold(t, j->mark);
	if (!rc)
		rc = graph_do(t, g, &call, &reply, &seen->page);
	if (rc && rc != E_REMOTE)
		return rc;
	if (rc)
		task_forgive(t);
	seen->looked = true;
	return OK;
}

static bool
is_old(const struct task *t, const struct job *j)
{
	return j->submitted_at.ms &&
	       t->now.ms - j->submitted_at.ms > KEPT_DAYS * DAY_MS;
}

enum rc
gone_why(struct task *t, const struct graph *g, const struct job *j,
	 struct gone *seen, struct graph_error *err)
{
	enum rc rc;

	if (err->class != GRAPH_GONE || j->attempts <= GONE_TRIES)
		return OK;
	rc = look_at_page(t, g, j, seen);
	if (rc)
		return rc;
	if (seen->page.class == GRAPH_GONE) {
		err->class = GRAPH_PERSON;
		err->reason = "page_unreadable";
		err->words = "Meta does not show the page either";
	} else if (seen->page.class != GRAPH_OK) {
		*err = seen->page;
	} else if (is_old(t, j)) {
		err->reason = "lead_expired";
		err->words = "Older than 90 days: Meta does not keep it";
	}
	return OK;
}
