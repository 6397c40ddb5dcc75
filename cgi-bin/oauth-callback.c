/*
 * oauth-callback.c: where Facebook sends the browser back to.  No page of its
 * own: it goes on at once, so that a reload does nothing.
 */
#include "web/app.h"
#include "web/session.h"
#include "web/way.h"
#include "work/connect.h"
#include "work/wake.h"

enum { CODE_MAX = 2000, WORDS_MAX = 2000, LIST_MAX = 4000 };

/* All that Meta documents, so that none of it is an unknown field. */
struct back_in {
	const char *state, *code;
	const char *error, *error_code, *error_description, *error_reason,
		*error_message, *error_subcode;
	const char *granted_scopes, *denied_scopes;
	const char *long_lived_token, *data_access_expiration_time, *expires_in,
		*signed_request, *graph_domain;
};

static const struct form_field back_form[] = {
	FORM_TEXT(struct back_in, state, 0, CODE_MAX),
	FORM_TEXT(struct back_in, code, 0, CODE_MAX),
	FORM_TEXT(struct back_in, error, 0, WORDS_MAX),
	FORM_TEXT(struct back_in, error_code, 0, WORDS_MAX),
	FORM_TEXT(struct back_in, error_description, 0, WORDS_MAX),
	FORM_TEXT(struct back_in, error_reason, 0, WORDS_MAX),
	FORM_TEXT(struct back_in, error_message, 0, WORDS_MAX),
	FORM_TEXT(struct back_in, error_subcode, 0, WORDS_MAX),
	FORM_TEXT(struct back_in, granted_scopes, 0, LIST_MAX),
	FORM_TEXT(struct back_in, denied_scopes, 0, LIST_MAX),
	FORM_TEXT(struct back_in, long_lived_token, 0, LIST_MAX),
	FORM_TEXT(struct back_in, data_access_expiration_time, 0, WORDS_MAX),
	FORM_TEXT(struct back_in, expires_in, 0, WORDS_MAX),
	FORM_TEXT(struct back_in, signed_request, 0, LIST_MAX),
	FORM_TEXT(struct back_in, graph_domain, 0, WORDS_MAX),
	{ 0 },
};

/* The first of them that says something. */
static const char *
first_of(const char *a, const char *b, const char *c)
{
	if (a[0])
		return a;
	return b[0] ? b : c;
}

/* Back to the dialog that was left, which says from its draft what is wrong;
 * without a draft the list says it. */
static enum rc
start_again(struct req *r, int64_t draft_id, const char *reason)
{
	struct draft d = { 0 };
	struct url to = url_page(r->t.mem, r->page.root, "/integrations");
	enum rc rc = OK;

	if (draft_id)
		rc = draft_get(&r->t, draft_id, r->user->id, &d);
	if (rc == E_NOTFOUND)
		task_forgive(&r->t);
	else if (rc)
		return rc;
	if (!d.id) {
		rc = session_flash(&r->t, r->session_id,
				   way_words(r, reason, ""), true);
		return rc ? rc : reply_see_other(r, to);
	}
	to = d.integration_id
		     ? url_page(r->t.mem, r->page.root,
				"/integration-reconnect/%lld",
				(long long)d.integration_id)
		     : url_page(r->t.mem, r->page.root, "/integration-connect");
	return reply_see_other(
		r, url_with(r->t.mem, to, "draft",
			    arena_fmt(r->t.mem, "%lld", (long long)d.id)));
}

static enum rc
come_back(struct req *r, const void *form)
{
	const struct back_in *in = form;
	struct connect_return back = {
		.state = in->state,
		.code = in->code,
		.error = first_of(in->error, in->error_code, in->error_reason),
		.error_words = first_of(in->error_description,
					in->error_message, in->error_reason),
	};
	const char *reason = "login_too_long";
	int64_t draft_id = 0;
	enum rc rc = OK;

	if (r->faults.n == 0)
		rc = connect_return(&r->t, r->session_id, &back, &draft_id,
				    &reason);
	if (rc)
		return rc;
	if (!draft_id || reason[0])
		return start_again(r, draft_id,
				   reason[0] ? reason : "login_too_long");
	wake_worker(&r->t);
	return reply_see_other(r, url_page(r->t.mem, r->page.root,
					   "/integration-pages/%lld",
					   (long long)draft_id));
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/oauth-callback",
	  .perm = PERM_ADMIN,
	  .form = back_form,
	  .form_size = sizeof(struct back_in),
	  .handle = come_back,
	  .faults_to_handler = true },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
