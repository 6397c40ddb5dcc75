/* form.c: a lead form that a person can fill in (GET and POST /form/ID). */
#include "base/json.h"
#include "params.h"
#include "raw.h"
#include "web/app.h"
#include "world_lead.h"

enum { QUESTIONS = 64, VALUES_MAX = 512 << 10 };

struct option_row {
	const char *id, *name, *key, *value;
};
struct question_row {
	const char *name, *label, *type; /* of the input element */
	const char *key;
	bool choice;
	struct option_row *options;
	size_t n_options;
};
struct form_view {
	const char *form_name, *page_name;
	const char *sent; /* id of the lead, once it is made */
	struct url again, home;
	struct question_row *questions;
	size_t n_questions;
};

static const struct tmpl_field option_fields[] = {
	FIELD(struct option_row, id),
	FIELD(struct option_row, name),
	FIELD(struct option_row, key),
	FIELD(struct option_row, value),
	{ 0 },
};
static const struct tmpl_field question_fields[] = {
	FIELD(struct question_row, name),
	FIELD(struct question_row, label),
	FIELD(struct question_row, type),
	FIELD(struct question_row, choice),
	LIST(struct question_row, options, n_options, option_fields),
	{ 0 },
};
static const struct tmpl_field form_fields[] = {
	FIELD(struct form_view, form_name),
	FIELD(struct form_view, page_name),
	FIELD(struct form_view, sent),
	FIELD(struct form_view, again),
	FIELD(struct form_view, home),
	LIST(struct form_view, questions, n_questions, question_fields),
	{ 0 },
};

/* ---- the questions -------------------------------------------------------- */

static const char *
words(const struct json *j, const char *name)
{
	const char *text = json_text(json_get(j, name));

	return text ? text : "";
}

static const char *
input_type(const char *question_type)
{
	if (text_has(text_of(question_type), "EMAIL"))
		return "email";
	return text_has(text_of(question_type), "PHONE") ? "tel" : "text";
}

static void
add_options(struct req *r, const struct json *list, struct question_row *q)
{
	q->options = NEW_ARRAY(r->t.mem, struct option_row, QUESTIONS);
	for (const struct json *j = json_first(list);
	     j && q->n_options < QUESTIONS; j = json_next(j)) {
		struct option_row *o = &q->options[q->n_options];

		*o = (struct option_row){
			.id = arena_fmt(r->t.mem, "%s-%zu", q->name,
					q->n_options),
			.name = q->name,
			.key = words(j, "key"),
			.value = words(j, "value"),
		};
		q->n_options++;
	}
	q->choice = q->n_options > 0;
}

/* Keys can be any text, so the fields are numbered. */
static enum rc
add_questions(struct req *r, const struct sim_form *f, struct form_view *v)
{
	const char *why = NULL;
	const struct json *list =
		json_parse(r->t.mem, text_of(f->questions), &why);

	if (!list)
		return fail(&r->t, E_INTERNAL, "questions: %s", why);
	v->questions = NEW_ARRAY(r->t.mem, struct question_row, QUESTIONS);
	for (const struct json *j = json_first(list);
	     j && v->n_questions < QUESTIONS; j = json_next(j)) {
		struct question_row *q = &v->questions[v->n_questions];

		q->name = arena_fmt(r->t.mem, "q%zu", v->n_questions);
		q->key = words(j, "key");
		q->label = words(j, "label");
		q->type = input_type(words(j, "type"));
		add_options(r, json_get(j, "options"), q);
		v->n_questions++;
	}
	return OK;
}

static enum rc
open_form(struct req *r, struct sim_form *f, struct form_view *v)
{
	struct text path = text_of(r->path);
	struct when horizon = { 1 };
	struct sim_page page;
	enum rc rc;

	if (!text_take_lit(&path, "/form/") || !text_is_id(path))
		return fail(&r->t, E_NOTFOUND, "no form");
	rc = world_form(&r->t, path.p, horizon, f);
	if (!rc)
		rc = world_page(&r->t, f->page_id, &page);
	if (rc)
		return rc;
	v->form_name = f->name;
	v->page_name = page.name;
	v->again = url_page(r->t.mem, r->page.root, "/form/%s", f->id);
	v->home = url_page(r->t.mem, r->page.root, "/sim");
	r->page.title = f->name;
	return add_questions(r, f, v);
}

static enum rc
show(struct req *r, const void *form)
{
	struct form_view v = { 0 };
	struct sim_form f;
	enum rc rc = open_form(r, &f, &v);

	(void)form;
	return rc ? rc : reply_page(r, &v);
}

/* ---- the answers ------------------------------------------------------------ */

static const struct json *
answers(struct req *r, const struct form_view *v, const struct params *p)
{
	struct buf b = buf_in(r->t.mem, VALUES_MAX);
	struct json_out out = { .to = &b };
	const char *why = NULL;

	json_open(&out, '{');
	for (size_t i = 0; i < v->n_questions; i++) {
		json_name(&out, v->questions[i].key);
		json_put(&out, params_get(p, v->questions[i].name));
	}
	json_close(&out, '}');
	return json_parse(r->t.mem, buf_text(&b), &why);
}

static enum rc
submit(struct req *r, const void *form)
{
	struct form_view v = { 0 };
	struct params p = { 0 };
	struct lead_order order = { .count = 1, .platform = "fb" };
	struct switches sw;
	struct sim_form f = { 0 };
	const char **ids = NULL;
	enum rc rc = open_form(r, &f, &v);

	(void)form;
	if (!params_take(r->t.mem, &p, r->body))
		return fail(&r->t, E_INPUT, "broken form");
	if (!rc)
		rc = switches_load(&r->t, &sw);
	if (rc)
		return rc;
	order.form_id = f.id;
	order.values = answers(r, &v, &p);
	if (params_has(&p, "platform", "ig"))
		order.platform = "ig";
	rc = leads_make(&r->t, &sw, &order, &ids);
	if (rc)
		return rc;
	v.sent = ids[0];
	return reply_page(r, &v);
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/form/*",
	  .perm = PERM_RAW,
	  .verify = accept_all,
	  .handle = show,
	  .page = "form.html",
	  .fields = form_fields },
	{ .method = POST,
	  .path = "/form/*",
	  .perm = PERM_RAW,
	  .verify = accept_all,
	  .handle = submit,
	  .page = "form.html",
	  .fields = form_fields },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
