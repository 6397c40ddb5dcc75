/* integration-doctor.c: is everything as it must be for leads to arrive?
 * GET /integration-doctor (the whole installation) and /integration-doctor/ID.
 *
 * The page comes at once and asks for its result (…/run); a browser without
 * script is sent on to ?now=1, which waits for the result. */
#include "crm/integration.h"
#include "web/app.h"
#include "web/checks.h"
#include "web/view.h"

enum { GROUPS = 4 };

struct doctor_in {
	int64_t id; /* 0 = the whole installation */
	bool now;
};
struct group_view {
	int64_t number;
	const char *name;
	struct check_view *checks;
	size_t n;
};
struct doctor_view {
	int64_t id;
	const char *name;  /* of the integration, NULL without one */
	const char *where; /* "Kite & Coast" or "this installation" */
	struct url run, again, page;
	bool is_waiting; /* the result is still to be asked for */
	/* Stands before the global of this name: this page goes elsewhere. */
	const char *refresh_s, *refresh_query;
	const char *verdict, *count, *report;
	bool is_well, has_bad;
	struct check_view *bad; /* failures, then what to watch */
	size_t n_bad;
	struct group_view *groups;
	size_t n_groups;
};

static const struct form_field doctor_form[] = {
	FORM_INT_OR(struct doctor_in, id, 1, INT64_MAX, 0),
	FORM_FLAG(struct doctor_in, now),
	{ 0 },
};
static const struct tmpl_field group_fields[] = {
	FIELD(struct group_view, number),
	FIELD(struct group_view, name),
	LIST(struct group_view, checks, n, check_fields),
	{ 0 },
};
static const struct tmpl_field doctor_fields[] = {
	FIELD(struct doctor_view, id),
	FIELD(struct doctor_view, name),
	FIELD(struct doctor_view, where),
	FIELD(struct doctor_view, run),
	FIELD(struct doctor_view, again),
	FIELD(struct doctor_view, page),
	FIELD(struct doctor_view, is_waiting),
	FIELD(struct doctor_view, refresh_s),
	FIELD(struct doctor_view, refresh_query),
	FIELD(struct doctor_view, verdict),
	FIELD(struct doctor_view, count),
	FIELD(struct doctor_view, report),
	FIELD(struct doctor_view, is_well),
	FIELD(struct doctor_view, has_bad),
	LIST(struct doctor_view, bad, n_bad, check_fields),
	LIST(struct doctor_view, groups, n_groups, group_fields),
	{ 0 },
};

/* ---- the result ------------------------------------------------------------ */

static size_t
count_of(const struct check *all, size_t n, enum check_state state)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += all[i].state == state;
	return found;
}

/* The heading: "2 things to fix, 1 to watch". */
static const char *
verdict(struct arena *mem, const struct check *all, size_t n)
{
	size_t fails = count_of(all, n, CHECK_FAIL);
	size_t warns = count_of(all, n, CHECK_WARN);

	if (fails && warns)
		return arena_fmt(mem, "%s, %zu to watch",
				 view_count(mem, (int64_t)fails, "thing to fix",
					    "things to fix"),
				 warns);
	if (fails)
		return view_count(mem, (int64_t)fails, "thing to fix",
				  "things to fix");
	if (warns)
		return view_count(mem, (int64_t)warns, "thing to watch",
				  "things to watch");
	return count_of(all, n, CHECK_UNKNOWN) ? "What could be checked works"
					       : "Everything works";
}

static void
add_bad(struct req *r, const struct check *all, size_t n,
	enum check_state state, struct doctor_view *v)
{
	for (size_t i = 0; i < n; i++) {
		if (all[i].state != state)
			continue;
		v->bad[v->n_bad] = check_view_of(r, &all[i], v->id);
		v->bad[v->n_bad].is_main = v->n_bad == 0;
		v->n_bad++;
	}
	v->has_bad = v->n_bad > 0;
}

/* Passes, and what could not be checked. */
static void
add_group(struct req *r, const struct check *all, size_t n,
	  enum check_group group, struct doctor_view *v)
{
	struct group_view *g = &v->groups[v->n_groups];

	*g = (struct group_view){
		.number = (int64_t)group,
		.name = check_group_name(group),
		.checks = NEW_ARRAY(r->t.mem, struct check_view, n),
	};
	for (size_t i = 0; i < n; i++)
		if (all[i].group == group && all[i].state != CHECK_FAIL &&
		    all[i].state != CHECK_WARN)
			g->checks[g->n++] = check_view_of(r, &all[i], v->id);
	if (g->n > 0)
		v->n_groups++;
}

static void
run_checks(struct req *r, struct doctor_view *v)
{
	struct arena *mem = r->t.mem;
	int64_t began = clock_steady();
	struct check *all = NULL;
	size_t n = 0;

	doctor_run(&r->t, v->id, &all, &n);
	v->verdict = verdict(mem, all, n);
	v->count = arena_fmt(mem, "%s took %s. %zu passed.",
			     view_count(mem, (int64_t)n, "check", "checks"),
			     span_words(mem, clock_steady() - began),
			     count_of(all, n, CHECK_PASS));
	v->bad = NEW_ARRAY(mem, struct check_view, n);
	add_bad(r, all, n, CHECK_FAIL, v);
	v->is_well = !v->has_bad;
	add_bad(r, all, n, CHECK_WARN, v);
	v->groups = NEW_ARRAY(mem, struct group_view, GROUPS);
	for (int g = GROUP_CRM; g <= GROUP_ASSIGN; g++)
		add_group(r, all, n, (enum check_group)g, v);
	v->report = doctor_report(&r->t, all, n);
}

/* ---- pages ----------------------------------------------------------------- */

static struct url
page_of(struct req *r, int64_t id, const char *tail)
{
	struct arena *mem = r->t.mem;
	const char *root = r->page.root;

	if (tail && id)
		return url_page(mem, root, "/integration-doctor/%lld/run",
				(long long)id);
	if (tail)
		return url_page(mem, root, "/integration-doctor/run");
	return id ? url_page(mem, root, "/integration-doctor/%lld",
			     (long long)id)
		  : url_page(mem, root, "/integration-doctor");
}

static enum rc
prepare(struct req *r, int64_t id, struct doctor_view *v)
{
	struct integration i = { 0 };
	enum rc rc = id ? integration_get(&r->t, id, &i) : OK;

	if (rc)
		return rc;
	v->id = id;
	v->name = id ? i.name : NULL;
	v->where = id ? i.name : "this installation";
	v->run = page_of(r, id, "run");
	v->again = page_of(r, id, NULL);
	v->page = url_page(r->t.mem, r->page.root, "/integration/%lld",
			   (long long)id);
	r->page.title = arena_fmt(r->t.mem, "Diagnose %s", v->where);
	r->page.in_settings = true;
	r->page.in_integrations = true;
	return OK;
}

static enum rc
diagnose(struct req *r, const void *form)
{
	const struct doctor_in *in = form;
	struct doctor_view v = { 0 };
	enum rc rc = prepare(r, in->id, &v);

	if (rc)
		return rc;
	v.is_waiting = !in->now;
	v.refresh_query = "now=1";
	if (v.is_waiting)
		v.refresh_s = "0";
	else
		run_checks(r, &v);
	return reply_page(r, &v);
}

static enum rc
result(struct req *r, const void *form)
{
	const struct doctor_in *in = form;
	struct doctor_view v = { 0 };
	enum rc rc = prepare(r, in->id, &v);

	if (rc)
		return rc;
	run_checks(r, &v);
	return reply_page(r, &v);
}

#define ROUTE(address, handler, template)                                      \
	{                                                                      \
		.method = GET, .path = (address), .perm = PERM_CARDS,          \
		.form = doctor_form, .form_size = sizeof(struct doctor_in),    \
		.handle = (handler), .page = (template),                       \
		.fields = doctor_fields                                        \
	}

static const struct route routes[] = {
	ROUTE("/integration-doctor", diagnose, "integration-doctor.html"),
	ROUTE("/integration-doctor/run", result, "integration-doctor-run.html"),
	ROUTE("/integration-doctor/{id}", diagnose, "integration-doctor.html"),
	ROUTE("/integration-doctor/{id}/run", result,
	      "integration-doctor-run.html"),
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
