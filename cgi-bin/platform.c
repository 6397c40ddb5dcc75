/* platform.c: the Meta app of this installation, in five steps.
 *
 * GET /platform never waits for Meta: it asks for its checks (…/checks) when
 * it is there.  ?checked=1 sends a browser without script on to ?now=1, which
 * waits for them. */
#include "base/conf.h"
#include "crm/integration.h"
#include "web/app.h"
#include "web/checks.h"
#include "web/guide.h"
#include "web/session.h"
#include "web/way.h"
#include "work/platform.h"

enum { SECRET_MAX = 128, STEPS_TO_CONNECT = 4 };

struct platform_in {
	bool checked, now;
};
struct app_in {
	const char *app_id, *secret, *config_id;
};
struct version_in {
	const char *graph_version;
};
struct subscribe_in {
	bool take_over;
};

struct platform_view {
	bool is_first;	   /* nothing entered yet */
	bool is_set;	   /* app id and secret are there */
	bool is_simulated; /* not the real Meta */
	const char *app_id, *config_id;
	bool has_secret;
	const char *id_fault, *secret_fault, *config_fault, *version_fault;
	const char *problem;			  /* two faults or more */
	const char *age_ago, *age_iso, *age_full; /* of the secret */
	struct guide *guide; /* what to paste, permissions, versions */
	const char *sent_to; /* whom Meta tells; NULL: not asked */
	bool is_subscribed;  /* it is us */
	const char *version;
	const char *last_ago, *last_iso, *last_full; /* message of Meta */
	const char *elsewhere; /* host that has the webhook: ask first */
	struct url dashboard, basics;
	struct step_view *step1, *step2, *step3, *step4, *step5, *step6;
	bool ask; /* the checks are still to be asked for */
	/* Stands before the global of this name: this page goes elsewhere. */
	const char *refresh_s, *refresh_query;
	const char *progress; /* "4 of 5 are done."; NULL: not checked */
	struct check_view *checks;
	size_t n_checks;
	bool is_update; /* the fragment: badges replace those of the page */
	bool is_ready;	/* a first page can be connected */
};

static const struct form_field platform_form[] = {
	FORM_FLAG(struct platform_in, checked),
	FORM_FLAG(struct platform_in, now),
	{ 0 },
};
static const struct form_field app_form[] = {
	FORM_TEXT(struct app_in, app_id, 1, 20),
	FORM_SECRET(struct app_in, secret, 0, SECRET_MAX),
	FORM_TEXT(struct app_in, config_id, 0, 20),
	{ 0 },
};
static const struct form_field version_form[] = {
	FORM_TEXT(struct version_in, graph_version, 1, 16),
	{ 0 },
};
static const struct form_field subscribe_form[] = {
	FORM_FLAG(struct subscribe_in, take_over),
	{ 0 },
};
static const struct tmpl_field platform_fields[] = {
	FIELD(struct platform_view, is_first),
	FIELD(struct platform_view, is_set),
	FIELD(struct platform_view, is_simulated),
	FIELD(struct platform_view, app_id),
	FIELD(struct platform_view, config_id),
	FIELD(struct platform_view, has_secret),
	FIELD(struct platform_view, id_fault),
	FIELD(struct platform_view, secret_fault),
	FIELD(struct platform_view, config_fault),
	FIELD(struct platform_view, version_fault),
	FIELD(struct platform_view, problem),
	FIELD(struct platform_view, age_ago),
	FIELD(struct platform_view, age_iso),
	FIELD(struct platform_view, age_full),
	ONE(struct platform_view, guide, guide_fields),
	FIELD(struct platform_view, sent_to),
	FIELD(struct platform_view, is_subscribed),
	FIELD(struct platform_view, version),
	FIELD(struct platform_view, last_ago),
	FIELD(struct platform_view, last_iso),
	FIELD(struct platform_view, last_full),
	FIELD(struct platform_view, elsewhere),
	FIELD(struct platform_view, dashboard),
	FIELD(struct platform_view, basics),
	ONE(struct platform_view, step1, step_fields),
	ONE(struct platform_view, step2, step_fields),
	ONE(struct platform_view, step3, step_fields),
	ONE(struct platform_view, step4, step_fields),
	ONE(struct platform_view, step5, step_fields),
	ONE(struct platform_view, step6, step_fields),
	FIELD(struct platform_view, ask),
	FIELD(struct platform_view, refresh_s),
	FIELD(struct platform_view, refresh_query),
	FIELD(struct platform_view, progress),
	LIST(struct platform_view, checks, n_checks, check_fields),
	FIELD(struct platform_view, is_update),
	FIELD(struct platform_view, is_ready),
	{ 0 },
};

/* ---- what is known without Meta ------------------------------------------------ */

static struct step_view *
new_step(struct req *r, int64_t number, enum check_state state,
	 const char *word)
{
	struct step_view *step = NEW(r->t.mem, struct step_view);

	*step = step_view_of(r, number, state, word);
	return step;
}

static void
set_steps(struct req *r, const struct platform *p, struct platform_view *v)
{
	const char *later = v->is_set ? "Not checked" : "To do";

	v->step1 = new_step(r, 1, p->app_id[0] ? CHECK_PASS : 0, "To do");
	v->step2 = new_step(r, 2, 0, v->is_set ? "Stored" : "To do");
	v->step3 = new_step(r, 3, 0, later);
	v->step4 = new_step(r, 4, 0, later);
	v->step5 = new_step(r, 5, 0, later);
	v->step6 = new_step(r, 6, guide_version(r, p->graph_version), NULL);
}

static void
set_times(struct req *r, const struct platform *p, struct platform_view *v)
{
	struct arena *mem = r->t.mem;
	const char *zone = req_zone(r);

	if (p->secret_at.ms) {
		v->age_ago = when_ago(mem, p->secret_at, r->t.now, zone);
		v->age_iso = when_iso(mem, p->secret_at);
		v->age_full = when_full(mem, p->secret_at, zone);
	}
	if (p->last_delivery.ms) {
		v->last_ago = when_ago(mem, p->last_delivery, r->t.now, zone);
		v->last_iso = when_iso(mem, p->last_delivery);
		v->last_full = when_full(mem, p->last_delivery, zone);
	}
}

static enum rc
load(struct req *r, struct platform_view *v)
{
	struct platform p = { 0 };
	struct arena *mem = r->t.mem;
	enum rc rc = platform_get(&r->t, &p);

	if (rc)
		return rc;
	v->is_first = !p.app_id[0];
	v->is_set = p.app_id[0] && p.has_secret;
	v->is_simulated = !text_is(text_of(r->t.conf->meta.graph_url),
				   "https://graph.facebook.com");
	v->app_id = p.app_id;
	v->config_id = p.config_id;
	v->has_secret = p.has_secret;
	v->version = p.graph_version;
	v->dashboard = url_https(mem, "https://developers.facebook.com/apps/");
	v->basics = v->dashboard;
	if (text_is_id(text_of(p.app_id)))
		v->basics = url_https(
			mem, arena_fmt(mem,
				       "https://developers.facebook.com/apps/"
				       "%s/settings/basic/",
				       p.app_id));
	v->ask = v->is_set;
	v->guide = guide_load(r, &p);
	set_steps(r, &p, v);
	set_times(r, &p, v);
	return OK;
}

/* ---- what only Meta knows ------------------------------------------------------ */

/* Whether the app is Live shows with the first lead. */
static enum rc
set_ready(struct req *r, int done, struct platform_view *v)
{
	struct integration *all = NULL;
	size_t n = 0;
	enum rc rc = integration_list(&r->t, &all, &n);

	v->is_ready = done >= STEPS_TO_CONNECT && n == 0;
	return rc;
}

/* Asks Meta: takes a while. */
static enum rc
run_checks(struct req *r, struct platform_view *v)
{
	struct step_view **steps[STEPS] = { &v->step1, &v->step2, &v->step3,
					    &v->step4, &v->step5, &v->step6 };
	const char *url = NULL, *reason = NULL;
	bool is_ours = false;
	int done = 0, ready = 0;
	enum rc rc;

	v->ask = false;
	v->checks = NEW_ARRAY(r->t.mem, struct check_view, STEPS);
	for (int i = 0; i < STEPS; i++) {
		struct check c = doctor_one(&r->t, step_check(i + 1));

		*steps[i] = new_step(r, i + 1, c.state, NULL);
		v->checks[i] = check_view_of(r, &c, 0);
		if (c.way == WAY_PLATFORM || c.way == WAY_DIAGNOSE)
			v->checks[i].way = (struct url){ 0 };
		done += i < STEPS - 1 && c.state == CHECK_PASS;
		ready += i < STEPS_TO_CONNECT && c.state == CHECK_PASS;
	}
	v->n_checks = STEPS;
	v->progress = arena_fmt(r->t.mem, "%d of 5 %s done.", done,
				done == 1 ? "is" : "are");
	rc = set_ready(r, ready, v);
	if (rc)
		return rc;
	rc = platform_callback(&r->t, &url, &is_ours, &reason);
	if (rc == E_REMOTE || rc == E_INPUT)
		task_forgive(&r->t);
	else if (rc)
		return rc;
	else
		v->sent_to = url ? url : "nobody yet";
	v->is_subscribed = is_ours;
	return OK;
}

/* ---- pages --------------------------------------------------------------------- */

static enum rc
show(struct req *r, int status, const struct platform_view *v)
{
	r->page.title = "Platform setup";
	r->page.in_settings = true;
	r->page.in_platform = true;
	return reply_page_status(r, status, v);
}

static enum rc
platform(struct req *r, const void *form)
{
	const struct platform_in *in = form;
	struct platform_view v = { 0 };
	enum rc rc = load(r, &v);

	if (!rc && in->now && v.is_set)
		rc = run_checks(r, &v);
	if (rc)
		return rc;
	v.refresh_query = "now=1";
	if (in->checked && v.ask)
		v.refresh_s = "0";
	return show(r, 200, &v);
}

static enum rc
checks(struct req *r, const void *form)
{
	struct platform_view v = { 0 };
	enum rc rc = load(r, &v);

	(void)form;
	v.is_update = true;
	if (!rc && v.is_set)
		rc = run_checks(r, &v);
	return rc ? rc : show(r, 200, &v);
}

static enum rc
go_back(struct req *r, const char *words, bool is_error)
{
	struct url to = url_page(r->t.mem, r->page.root, "/platform");
	enum rc rc =
		words ? session_flash(&r->t, r->session_id, words, is_error)
		      : OK;

	return rc ? rc
		  : reply_see_other(r, url_with(r->t.mem, to, "checked", "1"));
}

static enum rc
check(struct req *r, const void *form)
{
	(void)form;
	return go_back(r, NULL, false);
}

/* The form again, with what was typed; the secret has to be typed anew. */
static enum rc
show_faults(struct req *r, const struct app_in *in)
{
	struct platform_view v = { 0 };
	enum rc rc = load(r, &v);

	if (rc)
		return rc;
	if (in) {
		v.app_id = in->app_id;
		v.config_id = in->config_id;
	}
	v.id_fault = form_fault_of(&r->faults, "app_id");
	v.secret_fault = form_fault_of(&r->faults, "secret");
	v.config_fault = form_fault_of(&r->faults, "config_id");
	v.version_fault = form_fault_of(&r->faults, "graph_version");
	v.problem = r->faults.n > 1 ? "Some fields need another look." : NULL;
	v.ask = false;
	return show(r, 422, &v);
}

/* E_INPUT becomes a fault of its field. */
static enum rc
change(struct req *r, const struct platform_change *c, const char *main_field)
{
	const char *field = NULL;
	enum rc rc = platform_set(&r->t, c, &field);

	if (rc != E_INPUT)
		return rc;
	form_fault(&r->faults, field ? field : main_field,
		   arena_fmt(r->t.mem, "%s", r->t.why));
	task_forgive(&r->t);
	return OK;
}

static enum rc
save_app(struct req *r, const void *form)
{
	const struct app_in *in = form;
	struct platform_change c = { .app_id = in->app_id,
				     .secret =
					     in->secret[0] ? in->secret : NULL,
				     .config_id = in->config_id };
	enum rc rc = r->faults.n > 0 ? OK : change(r, &c, "app_id");

	if (rc)
		return rc;
	return r->faults.n > 0 ? show_faults(r, in)
			       : go_back(r, "Saved.", false);
}

static enum rc
save_version(struct req *r, const void *form)
{
	const struct version_in *in = form;
	struct platform_change c = { .graph_version = in->graph_version };
	enum rc rc = r->faults.n > 0 ? OK : change(r, &c, "graph_version");

	if (rc)
		return rc;
	return r->faults.n > 0 ? show_faults(r, NULL)
			       : go_back(r, "Saved.", false);
}

/* Another address has the webhook: ask before it is taken away. */
static enum rc
ask_first(struct req *r, const char *host)
{
	struct platform_view v = { 0 };
	enum rc rc;

	task_forgive(&r->t);
	rc = load(r, &v);
	if (rc)
		return rc;
	v.elsewhere = host;
	v.ask = false;
	return show(r, 409, &v);
}

static enum rc
subscribe(struct req *r, const void *form)
{
	const struct subscribe_in *in = form;
	const char *reason = NULL;
	enum rc rc = platform_subscribe(&r->t, in->take_over, &reason);

	if (!rc)
		return go_back(r, "Subscribed. Meta tells us of new leads.",
			       false);
	if (rc == E_CONFLICT)
		return ask_first(r, reason);
	if (rc == E_INPUT)
		reason = "app_missing";
	else if (rc != E_REMOTE)
		return rc;
	task_forgive(&r->t);
	return go_back(r, way_words(r, reason, ""), true);
}

#define PAGE                                                                   \
	.perm = PERM_SUPERADMIN, .page = "platform.html",                      \
	.fields = platform_fields
#define FORM(type, table) .form = (table), .form_size = sizeof(struct type)

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/platform",
	  .handle = platform,
	  PAGE,
	  FORM(platform_in, platform_form) },
	{ .method = GET,
	  .path = "/platform/checks",
	  .handle = checks,
	  .perm = PERM_SUPERADMIN,
	  .page = "platform-checks.html",
	  .fields = platform_fields },
	{ .method = POST,
	  .path = "/platform/check",
	  .handle = check,
	  .perm = PERM_SUPERADMIN },
	{ .method = POST,
	  .path = "/platform/app",
	  .handle = save_app,
	  PAGE,
	  FORM(app_in, app_form),
	  .faults_to_handler = true },
	{ .method = POST,
	  .path = "/platform/version",
	  .handle = save_version,
	  PAGE,
	  FORM(version_in, version_form),
	  .faults_to_handler = true },
	{ .method = POST,
	  .path = "/platform/subscribe",
	  .handle = subscribe,
	  PAGE,
	  FORM(subscribe_in, subscribe_form),
	  .own_tx = true },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
