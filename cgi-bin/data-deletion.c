/* data-deletion.c: a person at Facebook wants their login data erased (POST
 * /data-deletion, by Meta), and looks up later what became of it (GET
 * /data-deletion/CODE). */
#include "base/conf.h"
#include "base/json.h"
#include "db/db.h"
#include "web/app.h"
#include "web/signed.h"
#include "work/platform.h"

enum { CODE_MAX = 32, ANSWER_MAX = 4096 };

struct status_in {
	const char *code;
};
struct status_view {
	const char *code; /* NULL: not known */
	const char *asked_iso, *asked_day;
	const char *done_iso, *done_day; /* NULL: not done yet */
};

static const struct form_field status_form[] = {
	FORM_TEXT(struct status_in, code, 1, CODE_MAX),
	{ 0 },
};
static const struct tmpl_field status_fields[] = {
	FIELD(struct status_view, code),
	FIELD(struct status_view, asked_iso),
	FIELD(struct status_view, asked_day),
	FIELD(struct status_view, done_iso),
	FIELD(struct status_view, done_day),
	{ 0 },
};

/* ---- Meta asks ------------------------------------------------------------------ */

struct erasure {
	const char *person, *code;
};

static enum rc
erase(struct task *t, void *arg)
{
	struct erasure *e = arg;

	return platform_erase(t, e->person, &e->code);
}

/* Where the person can look, as Meta wants it (contract 2.10). */
static enum rc
answer(struct req *r, const char *code)
{
	struct buf body = buf_in(r->t.mem, ANSWER_MAX);
	struct json_out out = { .to = &body };

	json_open(&out, '{');
	json_name(&out, "url");
	json_put(&out, arena_fmt(r->t.mem, "%s/data-deletion/%s",
				 r->t.conf->site.base_url, code));
	json_name(&out, "confirmation_code");
	json_put(&out, code);
	json_close(&out, '}');
	return reply_text(r, 200, "application/json", buf_text(&body));
}

static enum rc
ask(struct req *r, const void *form)
{
	struct erasure e = { 0 };
	enum rc rc = signed_person(r, &e.person);

	(void)form;
	if (!rc)
		rc = db_tx(&r->t, "data-deletion", erase, &e);
	return rc ? rc : answer(r, e.code);
}

/* ---- the person looks it up ------------------------------------------------------- */

static enum rc
show(struct req *r, int status, const struct status_view *v)
{
	r->page.title = "Deletion request";
	return reply_page_status(r, status, v);
}

static enum rc
look_up(struct req *r, const void *form)
{
	const struct status_in *in = form;
	struct status_view v = { 0 };
	struct when asked = { 0 }, done = { 0 };
	enum rc rc = OK;

	if (r->faults.n == 0)
		rc = platform_erasure(&r->t, in->code, &asked, &done);
	if (r->faults.n > 0 || rc == E_NOTFOUND) {
		task_forgive(&r->t);
		return show(r, 404, &v);
	}
	if (rc)
		return rc;
	v.code = in->code;
	v.asked_iso = when_iso(r->t.mem, asked);
	v.asked_day = when_day(r->t.mem, asked, req_zone(r));
	if (done.ms) {
		v.done_iso = when_iso(r->t.mem, done);
		v.done_day = when_day(r->t.mem, done, req_zone(r));
	}
	return show(r, 200, &v);
}

static const struct route routes[] = {
	{ .method = POST,
	  .path = "/data-deletion",
	  .perm = PERM_RAW,
	  .verify = signed_verify,
	  .handle = ask },
	{ .method = GET,
	  .path = "/data-deletion/{code}",
	  .perm = PERM_PUBLIC,
	  .form = status_form,
	  .form_size = sizeof(struct status_in),
	  .handle = look_up,
	  .page = "data-deletion.html",
	  .fields = status_fields,
	  .faults_to_handler = true },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
