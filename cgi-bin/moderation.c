/* moderation.c: is all well, and what waits for a person (GET /moderation)? */
#include "crm/overview.h"
#include "web/app.h"
#include "web/deliveryfigures.h"
#include "web/leadfilter.h"
#include "web/view.h"
#include "web/way.h"
#include "work/queue.h"

enum { WORKER_SILENT_MS = 3 * MINUTE_MS };

struct nobody_view {
	const char *words;
	int64_t n;
	struct url open, give, mend;
	const char *mending; /* what `mend` is called */
};
struct moderation_view {
	int64_t n_leads, n_parked, n_given_up, n_unassigned;
	const char *leads_note;
	struct deliverywaiting *waiting;
	const char *worker_class, *worker_word, *worker_note;
	const char *worker_iso, *worker_full; /* NULL: never seen */
	struct url worker_icon, doctor;
	const char *unassigned; /* "12 leads have nobody." or NULL */
	struct nobody_view *nobody;
	size_t n_nobody;
	const char *quiet; /* the sentence when nothing is to do */
	bool has_troubles;
	struct trouble_view *troubles;
	size_t n_troubles;
};

static const struct tmpl_field nobody_fields[] = {
	FIELD(struct nobody_view, words),
	FIELD(struct nobody_view, n),
	FIELD(struct nobody_view, open),
	FIELD(struct nobody_view, give),
	FIELD(struct nobody_view, mend),
	FIELD(struct nobody_view, mending),
	{ 0 },
};
static const struct tmpl_field moderation_fields[] = {
	FIELD(struct moderation_view, n_leads),
	ONE(struct moderation_view, waiting, deliverywaiting_fields),
	FIELD(struct moderation_view, n_parked),
	FIELD(struct moderation_view, n_given_up),
	FIELD(struct moderation_view, n_unassigned),
	FIELD(struct moderation_view, leads_note),
	FIELD(struct moderation_view, worker_class),
	FIELD(struct moderation_view, worker_word),
	FIELD(struct moderation_view, worker_note),
	FIELD(struct moderation_view, worker_iso),
	FIELD(struct moderation_view, worker_full),
	FIELD(struct moderation_view, worker_icon),
	FIELD(struct moderation_view, doctor),
	FIELD(struct moderation_view, unassigned),
	LIST(struct moderation_view, nobody, n_nobody, nobody_fields),
	FIELD(struct moderation_view, quiet),
	FIELD(struct moderation_view, has_troubles),
	LIST(struct moderation_view, troubles, n_troubles, trouble_fields),
	{ 0 },
};

static void
set_figures(struct req *r, const struct overview *o,
	    const struct queue_counts *q, struct moderation_view *v)
{
	struct arena *mem = r->t.mem;

	v->n_leads = o->n_leads;
	v->waiting = deliveryfigures_waiting(r, q);
	v->n_parked = q->parked;
	v->n_given_up = q->dead;
	v->n_unassigned = o->n_unassigned;
	v->leads_note = arena_fmt(
		mem, "%s in all",
		view_count(mem, o->n_submissions, "answer", "answers"));
	if (o->n_unassigned > 0)
		v->unassigned = arena_fmt(mem, "%s nobody yet.",
					  view_count(mem, o->n_unassigned,
						     "lead has", "leads have"));
}

/* The rules of integrations are what made leads stay with nobody; what a person
 * took away is no rule's doing. */
static void
set_nobody(struct req *r, const struct overview *o, struct moderation_view *v)
{
	struct arena *mem = r->t.mem;
	struct url all = url_with(mem, url_page(mem, r->page.root, "/leads"),
				  "assignee", "0");
	struct url select =
		url_with(mem, url_page(mem, r->page.root, "/leads/select"),
			 "assignee", "0");

	v->n_nobody = o->n_nobody;
	v->nobody = NEW_ARRAY(mem, struct nobody_view, o->n_nobody);
	for (size_t i = 0; i < o->n_nobody; i++) {
		const char *why = o->nobody[i].why;
		const char *words = leadfilter_nobody(why);
		struct nobody_view *n = &v->nobody[i];

		*n = (struct nobody_view){
			.words = words ? words : "The timeline tells why",
			.n = o->nobody[i].n,
			.open = words ? url_with(mem, all, "nobody", why) : all,
			.give = words ? url_with(mem, select, "nobody", why)
				      : select,
		};
		if (words && strcmp(why, "person") != 0) {
			n->mend = url_page(mem, r->page.root, "/integrations");
			n->mending = "Change the rule";
		}
	}
}

/* False when it does not run. */
static bool
set_worker(struct req *r, const struct overview *o, struct moderation_view *v)
{
	struct arena *mem = r->t.mem;
	int64_t silent = r->t.now.ms - o->worker_seen.ms;
	bool runs = o->worker_seen.ms && silent < WORKER_SILENT_MS;

	v->worker_class = runs ? "ok" : "warn";
	v->worker_word = runs ? "Running" : "Not seen";
	v->worker_icon = url_icon(mem, r->page.root, runs ? "ok" : "warn");
	v->worker_note = "Never seen yet. The next webhook starts it.";
	if (!o->worker_seen.ms)
		return false;
	v->worker_note =
		silent < MINUTE_MS
			? arena_fmt(mem, "Last seen %lld s ago.",
				    (long long)(silent > 0 ? silent / SECOND_MS
							   : 0))
			: arena_fmt(mem, "Last seen %s ago.",
				    span_words(mem, silent));
	v->worker_iso = when_iso(mem, o->worker_seen);
	v->worker_full = when_full(mem, o->worker_seen, req_zone(r));
	return runs;
}

static enum rc
set_troubles(struct req *r, struct moderation_view *v)
{
	struct trouble *all = NULL;
	enum rc rc = trouble_list(&r->t, 0, &all, &v->n_troubles);

	if (rc)
		return rc;
	v->has_troubles = v->n_troubles > 0;
	v->troubles = NEW_ARRAY(r->t.mem, struct trouble_view, v->n_troubles);
	for (size_t i = 0; i < v->n_troubles; i++)
		v->troubles[i] = way_trouble(r, &all[i]);
	return OK;
}

static enum rc
overview(struct req *r, const void *form)
{
	struct moderation_view v = { 0 };
	struct overview o = { 0 };
	struct queue_counts q = { 0 };
	bool runs;
	enum rc rc = overview_get(&r->t,
				  when_midnight(r->t.now, 0, req_zone(r)), &o);

	(void)form;
	if (!rc)
		rc = queue_count(&r->t, &q);
	if (!rc)
		rc = set_troubles(r, &v);
	if (rc)
		return rc;
	set_figures(r, &o, &q, &v);
	set_nobody(r, &o, &v);
	runs = set_worker(r, &o, &v);
	v.doctor = url_page(r->t.mem, r->page.root, "/integration-doctor");
	if (runs && !v.has_troubles && !v.n_parked && !v.n_given_up &&
	    !v.n_unassigned)
		v.quiet = arena_fmt(r->t.mem, "All quiet. %s today.",
				    view_count(r->t.mem, o.n_messages,
					       "message", "messages"));
	r->page.title = "Moderation";
	r->page.in_overview = true;
	return reply_page(r, &v);
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/moderation",
	  .perm = PERM_CARDS,
	  .handle = overview,
	  .page = "moderation.html",
	  .fields = moderation_fields },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
