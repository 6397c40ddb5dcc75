/* pagelook: questions about pages in batches, and their answers. */
#include "meta/pagelook.h"

#include "base/buf.h"
#include "base/escape.h"

/* Pages of one batch, up to four questions each. */
enum { LOOKS_AT_ONCE = 12 };

/* ---- looking at pages (contract 4) ------------------------------------------------------------ */

/* The fields this app gets from the page now, and whether leadgen is one. */
static const char *
merged_fields(struct task *t, const struct json *reply, const char *app_id,
	      bool *had)
{
	struct buf b = buf_in(t->mem, 2000);
	const struct json *app = json_first(json_get(reply, "data"));

	buf_puts(&b, "leadgen");
	*had = false;
	for (; app; app = json_next(app)) {
		const char *id = json_id(json_get(app, "id"));
		const struct json *f =
			json_first(json_get(app, "subscribed_fields"));

		for (; id && strcmp(id, app_id) == 0 && f; f = json_next(f)) {
			struct text field = text_of(json_text(f));

			if (text_is(field, "leadgen"))
				*had = true;
			else if (field.len > 0)
				buf_fmt(&b, ",%.*s", TEXT_ARG(field));
		}
	}
	return buf_str(&b);
}

/* The questions of one page, in this order; one that is not asked has no
 * path. */
enum { ASK_SUBSCRIBED, ASK_TERMS, ASK_ACCESS, ASK_FORMS, ASKS };

static void
put_questions(struct task *t, const char *app_id, const struct meta_look *l,
	      struct graph_item asks[ASKS])
{
	asks[ASK_SUBSCRIBED].path =
		arena_fmt(t->mem, "%s/subscribed_apps", l->page_id);
	asks[ASK_TERMS].path =
		arena_fmt(t->mem, "%s?fields=leadgen_tos_accepted", l->page_id);
	if (l->user_id)
		asks[ASK_ACCESS].path = arena_fmt(
			t->mem,
			"%s?fields=has_lead_access.user_id(%s).app_id(%s)",
			l->page_id, l->user_id, app_id);
	if (l->with_forms)
		asks[ASK_FORMS].path =
			arena_fmt(t->mem,
				  "%s/leadgen_forms?limit=100"
				  "&fields=id,name,status,leads_count",
				  l->page_id);
	for (size_t i = 0; i < ASKS; i++)
		asks[i].token = l->token;
}

static void
take_access(struct task *t, const struct json *reply, struct meta_look *l)
{
	const struct json *access = json_get(reply, "has_lead_access");
	const char *why = json_text(json_get(access, "failure_reason"));

	(void)t;
	/* Nothing told is nothing refused. */
	if (!json_bool(json_get(access, "can_access_lead"), &l->can_access))
		l->can_access = true;
	l->access_words = why ? why : "";
}

static void
take_forms(struct task *t, const struct json *reply, struct meta_look *l)
{
	const struct json *data = json_get(reply, "data");
	size_t n = 0;

	for (const struct json *j = json_first(data); j; j = json_next(j))
		n++;
	l->forms = NEW_ARRAY(t->mem, struct meta_form, n);
	for (const struct json *j = json_first(data); j; j = json_next(j)) {
		const char *id = json_id(json_get(j, "id"));

		if (id)
			l->forms[l->n_forms++] = accounts_form_of(t, j, id);
	}
}

static void
take_look(struct task *t, const char *app_id, const struct graph_item *asks,
	  struct meta_look *l)
{
	l->subscribed_err = asks[ASK_SUBSCRIBED].err;
	l->terms_err = asks[ASK_TERMS].err;
	l->access_err = asks[ASK_ACCESS].err;
	l->forms_err = asks[ASK_FORMS].err;
	l->can_access = true;
	l->terms_accepted = true;
	l->access_words = "";
	l->fields = merged_fields(t, asks[ASK_SUBSCRIBED].reply, app_id,
				  &l->is_subscribed);
	if (asks[ASK_TERMS].reply &&
	    !json_bool(json_get(asks[ASK_TERMS].reply, "leadgen_tos_accepted"),
		       &l->terms_accepted))
		l->terms_accepted = true;
	if (asks[ASK_ACCESS].reply)
		take_access(t, asks[ASK_ACCESS].reply, l);
	if (asks[ASK_FORMS].reply)
		take_forms(t, asks[ASK_FORMS].reply, l);
}

/* Up to LOOKS_AT_ONCE pages in one call. */
static enum rc
look_at_some(struct task *t, const struct graph *g, const char *app_id,
	     struct meta_look *looks, size_t n, struct graph_error *err)
{
	struct graph_item asks[LOOKS_AT_ONCE][ASKS] = { 0 };
	struct graph_item sent[LOOKS_AT_ONCE * ASKS] = { 0 };
	size_t k = 0;
	enum rc rc;

	for (size_t i = 0; i < n; i++) {
		put_questions(t, app_id, &looks[i], asks[i]);
		for (size_t a = 0; a < ASKS; a++)
			if (asks[i][a].path)
				sent[k++] = asks[i][a];
	}
	rc = graph_batch(t, g, sent, k, err);
	if (rc)
		return rc;
	k = 0;
	for (size_t i = 0; i < n; i++) {
		for (size_t a = 0; a < ASKS; a++)
			if (asks[i][a].path)
				asks[i][a] = sent[k++];
		take_look(t, app_id, asks[i], &looks[i]);
	}
	return OK;
}

enum rc
pagelook_ask(struct task *t, const struct graph *g, const char *app_id,
	     struct meta_look *looks, size_t n, struct graph_error *err)
{
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < n; i += LOOKS_AT_ONCE)
		rc = look_at_some(t, g, app_id, looks + i,
				  n - i < LOOKS_AT_ONCE ? n - i : LOOKS_AT_ONCE,
				  err);
	return rc;
}

/* ---- subscribing ----------------------------------------------------------------------------- */

static const char *
subscribed_body(struct task *t, const char *fields)
{
	struct buf b = buf_in(t->mem, 4000);

	buf_puts(&b, "subscribed_fields=");
	escape_url(&b, text_of(fields));
	return buf_str(&b);
}

enum rc
pagelook_subscribe(struct task *t, const struct graph *g,
		   struct meta_change *changes, size_t n,
		   struct graph_error *err)
{
	struct graph_item *items = NEW_ARRAY(t->mem, struct graph_item, n);
	bool done;
	enum rc rc;

	for (size_t i = 0; i < n; i++) {
		const struct meta_change *c = &changes[i];

		items[i].method = c->fields ? "POST" : "DELETE";
		items[i].path =
			arena_fmt(t->mem, "%s/subscribed_apps", c->page_id);
		items[i].token = c->token;
		if (c->fields)
			items[i].body = subscribed_body(t, c->fields);
	}
	rc = graph_batches(t, g, items, n, err);
	for (size_t i = 0; !rc && i < n; i++) {
		changes[i].err = items[i].err;
		if (items[i].reply &&
		    (!json_bool(json_get(items[i].reply, "success"), &done) ||
		     !done))
			graph_judge(t, 200, NULL, &changes[i].err);
	}
	return rc;
}

bool
pagelook_knows_access(const struct meta_look *look)
{
	return look->user_id && look->access_err.class == GRAPH_OK;
}
