/*
 * lead-bulk.c: one change to several leads of a page of the list, or, after a
 * question, to all leads of a filter, which a worker does while GET
 * /lead-bulk/ID shows how far it is.
 */
#include "crm/audit.h"
#include "crm/leadwork.h"
#include "crm/user.h"
#include "web/leadfilter.h"
#include "web/view.h"
#include "work/bulk.h"
#include "work/wake.h"

enum { STOP_POLLING = 286 };

struct bulk_in {
	struct form_list ids;
	bool all, sure;
	const char *act, *to_stage, *to_tag, *reason, *query;
	int64_t user;
	struct leadfilter filter;
};
struct run_in {
	int64_t id;
};
struct run_view {
	int64_t id, done, all;
	const char *words;
	bool is_running, is_open_ended;
};
struct bulk_view {
	const char *question; /* NULL: the run is shown */
	const char *what;
	struct chip_view *chips; /* which leads */
	size_t n_chips;
	bool has_chips;
	struct hidden_view *kept;
	size_t n_kept;
	struct url back;
	struct run_view *run;
};

/* "" comes of Enter in a field: no button was chosen. */
static const char *const acts[] = { "",	      BULK_ASSIGN, BULK_STAGE,
				    BULK_TAG, BULK_UNTAG,  NULL };
static const struct form_field bulk_form[] = {
	FORM_LIST(struct bulk_in, ids, 20),
	FORM_FLAG(struct bulk_in, all),
	FORM_FLAG(struct bulk_in, sure),
	FORM_CHOICE(struct bulk_in, act, acts),
	FORM_CHOICE(struct bulk_in, to_stage, lead_stages),
	FORM_TEXT(struct bulk_in, to_tag, 0, LEAD_TAG_CHARS),
	FORM_TEXT(struct bulk_in, reason, 0, 200),
	FORM_TEXT(struct bulk_in, query, 0, 2000),
	FORM_INT_OR(struct bulk_in, user, 0, INT64_MAX, -1),
	LEADFILTER_FORM(struct bulk_in),
	{ 0 },
};
static const struct form_field run_form[] = {
	FORM_INT(struct run_in, id, 1, INT64_MAX),
	{ 0 },
};
static const struct tmpl_field run_fields[] = {
	FIELD(struct run_view, id),
	FIELD(struct run_view, done),
	FIELD(struct run_view, all),
	FIELD(struct run_view, words),
	FIELD(struct run_view, is_running),
	FIELD(struct run_view, is_open_ended),
	{ 0 },
};
static const struct tmpl_field bulk_fields[] = {
	FIELD(struct bulk_view, question),
	FIELD(struct bulk_view, what),
	LIST(struct bulk_view, chips, n_chips, chip_fields),
	FIELD(struct bulk_view, has_chips),
	LIST(struct bulk_view, kept, n_kept, hidden_fields),
	FIELD(struct bulk_view, back),
	ONE(struct bulk_view, run, run_fields),
	{ 0 },
};

static struct bulk
bulk_of(const struct bulk_in *in)
{
	return (struct bulk){ .act = in->act,
			      .stage = in->to_stage,
			      .tag = in->to_tag,
			      .reason = in->reason,
			      .user_id = in->user };
}

/* "Stage: Won", "Assign to Tomasz". */
static enum rc
words_of(struct req *r, const struct bulk *b, const char **out)
{
	struct arena *mem = r->t.mem;
	struct text act = text_of(b->act);
	struct user u = { .name = "nobody" };
	enum rc rc = OK;

	if (text_is(act, BULK_STAGE))
		*out = arena_fmt(mem, "Set the stage to %s",
				 view_stage(b->stage)->title);
	else if (text_is(act, BULK_TAG))
		*out = arena_fmt(mem, "Add the tag %s", b->tag);
	else if (text_is(act, BULK_UNTAG))
		*out = arena_fmt(mem, "Remove the tag %s", b->tag);
	else if (text_is(act, BULK_SHARE))
		*out = "Share out by Round Robin";
	else {
		if (b->user_id)
			rc = user_get(&r->t, b->user_id, &u);
		*out = arena_fmt(mem, "Assign to %s", u.name);
	}
	return rc;
}

/* ---- those that are ticked ---------------------------------------------------------- */

static enum rc
act_on_ticked(struct req *r, const struct bulk_in *in, int64_t *n)
{
	struct bulk b = bulk_of(in);

	for (size_t i = 0; i < in->ids.n; i++) {
		bool changed = false;
		int64_t id = 0;
		enum rc rc;

		if (!text_int(text_of(in->ids.at[i]), 1, INT64_MAX, &id))
			return fail(&r->t, E_INPUT, "an id that is none");
		rc = bulk_one(&r->t, &b, id, &changed);
		/* A lead with all the tags it may have stops no other. */
		if (rc == E_INPUT && text_is(text_of(b.act), BULK_TAG)) {
			task_forgive(&r->t);
			rc = OK;
		}
		if (rc)
			return rc;
		*n += changed;
	}
	return OK;
}

static enum rc
change_ticked(struct req *r, const struct bulk_in *in)
{
	struct bulk b = bulk_of(in);
	const char *words, *what = NULL;
	int64_t n = 0;
	enum rc rc = words_of(r, &b, &what);

	if (!rc)
		rc = act_on_ticked(r, in, &n);
	if (rc)
		return rc;
	words = arena_fmt(r->t.mem, "%s: changed %s of %zu.", what,
			  view_count(r->t.mem, n, "lead", "leads"), in->ids.n);
	rc = audit_add(&r->t, "lead.bulk", "",
		       arena_fmt(r->t.mem, "%s: %s", in->act, words));
	return rc ? rc : leadfilter_back(r, in->query, words, false);
}

/* ---- all of the filter ---------------------------------------------------------------- */

static void
keep(struct bulk_view *v, const char *name, const char *value)
{
	if (value[0])
		v->kept[v->n_kept++] = (struct hidden_view){ name, value };
}

/* The answer to the question carries all that was chosen. */
static void
keep_all(struct req *r, const struct bulk_in *in, struct bulk_view *v)
{
	enum { OWN = 6 };
	struct hidden_view *filter = NULL;
	size_t n = 0;

	leadfilter_hidden(r, &in->filter, "", &filter, &n);
	v->kept = NEW_ARRAY(r->t.mem, struct hidden_view, n + OWN);
	for (size_t i = 0; i < n; i++)
		keep(v, filter[i].name, filter[i].value);
	keep(v, "act", in->act);
	keep(v, "to_stage", in->to_stage);
	keep(v, "to_tag", in->to_tag);
	keep(v, "reason", in->reason);
	keep(v, "query", in->query);
	if (in->user >= 0)
		keep(v, "user",
		     arena_fmt(r->t.mem, "%lld", (long long)in->user));
}

static enum rc
ask(struct req *r, const struct bulk_in *in, const struct bulk *b)
{
	static const struct lead_key all;
	struct arena *mem = r->t.mem;
	struct bulk_view v = { 0 };
	int64_t n = 0;
	bool more = false;
	enum rc rc = leadlist_count(&r->t, &b->filter, all, LEAD_COUNT_MAX, &n,
				    &more);

	if (!rc)
		rc = words_of(r, b, &v.what);
	if (!rc)
		rc = leadfilter_chips(r, &in->filter, &v.chips, &v.n_chips);
	if (rc)
		return rc;
	v.has_chips = v.n_chips > 0;
	v.question = arena_fmt(mem, "Change %s%s?", more ? "more than " : "",
			       view_count(mem, n, "lead", "leads"));
	v.back = leadfilter_url(r, &in->filter,
				url_page(mem, r->page.root, "/leads"), "");
	keep_all(r, in, &v);
	r->page.title = v.question;
	r->page.in_leads = true;
	return reply_page(r, &v);
}

static enum rc
to_run(struct req *r, int64_t id)
{
	return reply_see_other(r, url_page(r->t.mem, r->page.root,
					   "/lead-bulk/%lld", (long long)id));
}

static enum rc
change_all(struct req *r, const struct bulk_in *in)
{
	struct bulk b = bulk_of(in);
	int64_t run = 0;
	enum rc rc = leadfilter_read(r, &in->filter, &b.filter);

	if (rc)
		return rc;
	if (!in->sure)
		return ask(r, in, &b);
	rc = bulk_start(&r->t, &b, &run);
	if (rc)
		return rc;
	wake_worker(&r->t);
	return to_run(r, run);
}

/* ---- asked for ---------------------------------------------------------------------------- */

static const char *
refused(const struct bulk_in *in)
{
	struct text act = text_of(in->act);

	if (act.len == 0)
		return "Press the button of what to do. Nothing was changed.";
	if (text_is(act, BULK_ASSIGN) && in->user < 0)
		return "Choose a person. Nothing was changed.";
	if (!in->all && in->ids.n == 0)
		return "No lead was ticked. Nothing was changed.";
	if (in->ids.n > LEAD_PAGE)
		return "More leads than one page holds. Nothing was changed.";
	if (!in->to_tag[0] &&
	    (text_is(act, BULK_TAG) || text_is(act, BULK_UNTAG)))
		return "The tag is empty. Nothing was changed.";
	return NULL;
}

/* Somebody who lost the right while the page was open. */
static enum rc
refused_person(struct req *r, const struct bulk_in *in, const char **why)
{
	struct user u = { 0 };
	enum rc rc;

	if (strcmp(in->act, BULK_ASSIGN) != 0 || in->user < 1)
		return OK;
	rc = user_get(&r->t, in->user, &u);
	if (rc == E_NOTFOUND) {
		task_forgive(&r->t);
		rc = OK;
	}
	if (!rc && !user_takes_leads(&u))
		*why = "This person takes no leads. Nothing was changed.";
	return rc;
}

/* The ticks and what was typed stay. */
static enum rc
choose_again(struct req *r, const struct bulk_in *in, const char *why)
{
	enum { OTHERS = 5 };
	size_t n_ids = in->ids.n <= LEAD_PAGE ? in->ids.n : 0;
	struct bulk_view v = { .kept = NEW_ARRAY(r->t.mem, struct hidden_view,
						 n_ids + OTHERS) };

	for (size_t i = 0; i < n_ids; i++)
		keep(&v, "ids", in->ids.at[i]);
	if (in->all)
		keep(&v, "all", "1");
	if (in->user >= 0)
		keep(&v, "user",
		     arena_fmt(r->t.mem, "%lld", (long long)in->user));
	keep(&v, "to_stage", in->to_stage);
	keep(&v, "to_tag", in->to_tag);
	keep(&v, "reason", in->reason);
	return leadfilter_again(r, in->query, v.kept, v.n_kept, why);
}

static enum rc
bulk(struct req *r, const void *form)
{
	const struct bulk_in *in = form;
	const char *why = refused(in);
	enum rc rc = why ? OK : refused_person(r, in, &why);

	if (rc)
		return rc;
	if (why)
		return choose_again(r, in, why);
	return in->all ? change_all(r, in) : change_ticked(r, in);
}

/* Whoever asked for it, and Admins. */
static enum rc
find_run(struct req *r, int64_t id, struct bulk_run *run)
{
	enum rc rc = bulk_get(&r->t, id, run);

	if (!rc && run->asked_by != r->user->id && !req_may(r, PERM_ADMIN))
		return fail(&r->t, E_DENIED, "run %lld is somebody else's",
			    (long long)id);
	return rc;
}

static struct run_view *
run_of(struct req *r, const struct bulk_run *run)
{
	struct arena *mem = r->t.mem;
	struct text state = text_of(run->state);
	struct run_view *v = NEW(mem, struct run_view);
	const char *changed =
		arena_fmt(mem, "%s changed",
			  view_count(mem, run->n_changed, "lead", "leads"));

	v->id = run->id;
	v->done = run->n_seen;
	v->all = run->n_all > run->n_seen ? run->n_all : run->n_seen;
	v->is_running = text_is(state, "running");
	v->is_open_ended = run->more;
	v->words = arena_fmt(mem, "%lld looked at, %s", (long long)run->n_seen,
			     changed);
	if (text_is(state, "done"))
		v->words = arena_fmt(mem, "Done: %s.", changed);
	else if (text_is(state, "stopped"))
		v->words = arena_fmt(mem, "Stopped: %s.", changed);
	else if (text_is(state, "failed"))
		v->words = arena_fmt(mem,
				     "Ended early: %s. Whoever was to have the "
				     "rest takes no leads.",
				     changed);
	return v;
}

static enum rc
show_run(struct req *r, const void *form)
{
	const struct run_in *in = form;
	struct bulk_view v = { .back = url_page(r->t.mem, r->page.root,
						"/leads") };
	struct bulk_run run;
	enum rc rc = find_run(r, in->id, &run);

	if (!rc)
		rc = words_of(r, &run.bulk, &v.what);
	if (rc)
		return rc;
	v.run = run_of(r, &run);
	if (v.run->is_running)
		r->page.refresh_s = 5;
	r->page.title = "Many leads";
	r->page.in_leads = true;
	return reply_page(r, &v);
}

static enum rc
progress(struct req *r, const void *form)
{
	const struct run_in *in = form;
	struct bulk_run run;
	struct run_view *v;
	enum rc rc;

	if (!r->is_fragment)
		return to_run(r, in->id);
	rc = find_run(r, in->id, &run);
	if (rc)
		return rc;
	v = run_of(r, &run);
	return reply_page_status(r, v->is_running ? 200 : STOP_POLLING, v);
}

static enum rc
stop(struct req *r, const void *form)
{
	const struct run_in *in = form;
	struct bulk_run run;
	enum rc rc = find_run(r, in->id, &run);

	if (!rc)
		rc = bulk_stop(&r->t, in->id);
	return rc ? rc : to_run(r, in->id);
}

#define OF_RUN                                                                 \
	.perm = PERM_LEADS, .form = run_form, .form_size = sizeof(struct run_in)
static const struct route routes[] = {
	{ .method = POST,
	  .path = "/lead-bulk",
	  .perm = PERM_LEADS,
	  .form = bulk_form,
	  .form_size = sizeof(struct bulk_in),
	  .handle = bulk,
	  .page = "lead-bulk.html",
	  .fields = bulk_fields },
	{ .method = GET,
	  .path = "/lead-bulk/{id}",
	  .handle = show_run,
	  .page = "lead-bulk.html",
	  .fields = bulk_fields,
	  OF_RUN },
	{ .method = GET,
	  .path = "/lead-bulk/run/{id}",
	  .handle = progress,
	  .page = "lead-bulk-run.html",
	  .fields = run_fields,
	  OF_RUN },
	{ .method = POST,
	  .path = "/lead-bulk/stop/{id}",
	  .handle = stop,
	  OF_RUN },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
