/* lead-bulk.c: one change to several leads of a page of the list. */
#include "crm/audit.h"
#include "crm/leadwork.h"
#include "web/leadfilter.h"
#include "web/view.h"
#include "work/leadmail.h"

struct bulk_in {
	struct form_list ids;
	const char *act, *stage, *tag, *reason, *query;
	int64_t user;
};

static const char *const acts[] = { "assign", "stage", "tag", "untag", NULL };
static const struct form_field bulk_form[] = {
	FORM_LIST(struct bulk_in, ids, 20),
	FORM_CHOICE(struct bulk_in, act, acts),
	FORM_CHOICE(struct bulk_in, stage, lead_stages),
	FORM_TEXT(struct bulk_in, tag, 0, LEAD_TAG_CHARS),
	FORM_TEXT(struct bulk_in, reason, 0, 200),
	FORM_TEXT(struct bulk_in, query, 0, 2000),
	FORM_INT(struct bulk_in, user, 0, INT64_MAX),
	{ 0 },
};
static enum rc
act_on(struct req *r, const struct bulk_in *in, int64_t id, bool *changed)
{
	struct text act = text_of(in->act);
	enum rc rc;

	if (text_is(act, "stage"))
		return leadwork_stage(&r->t, id, in->stage, changed);
	if (text_is(act, "tag"))
		return leadwork_tag(&r->t, id, in->tag, changed);
	if (text_is(act, "untag"))
		return leadwork_untag(&r->t, id, in->tag, changed);
	rc = leadwork_assign(&r->t, id, in->user, in->reason, changed);
	if (!rc && *changed && in->user)
		rc = leadmail_given(&r->t, id, in->user, NULL);
	return rc;
}

/* One that was deleted meanwhile stops no other. */
static enum rc
act_on_all(struct req *r, const struct bulk_in *in, int64_t *n)
{
	for (size_t i = 0; i < in->ids.n; i++) {
		bool changed = false;
		int64_t id = 0;
		enum rc rc;

		if (!text_int(text_of(in->ids.at[i]), 1, INT64_MAX, &id))
			return fail(&r->t, E_INPUT, "an id that is none");
		rc = act_on(r, in, id, &changed);
		if (rc == E_NOTFOUND)
			task_forgive(&r->t);
		else if (rc)
			return rc;
		*n += changed;
	}
	return OK;
}

static const char *
bulk_refused(const struct bulk_in *in)
{
	struct text act = text_of(in->act);

	if (in->ids.n == 0)
		return "No lead was ticked. Nothing was changed.";
	if (in->ids.n > LEAD_PAGE)
		return "More leads than one page holds. Nothing was changed.";
	if (!in->tag[0] && (text_is(act, "tag") || text_is(act, "untag")))
		return "The tag is empty. Nothing was changed.";
	return NULL;
}

static enum rc
bulk(struct req *r, const void *form)
{
	const struct bulk_in *in = form;
	const char *refused = bulk_refused(in), *words;
	int64_t n = 0;
	enum rc rc;

	if (refused)
		return leadfilter_back(r, in->query, refused, true);
	rc = act_on_all(r, in, &n);
	if (rc)
		return rc;
	words = arena_fmt(r->t.mem, "Changed %s of %zu.",
			  view_count(r->t.mem, n, "lead", "leads"), in->ids.n);
	rc = audit_add(&r->t, "lead.bulk", "",
		       arena_fmt(r->t.mem, "%s: %s", in->act, words));
	return rc ? rc : leadfilter_back(r, in->query, words, false);
}

static const struct route routes[] = {
	{ .method = POST,
	  .path = "/lead-bulk",
	  .perm = PERM_LEADS,
	  .form = bulk_form,
	  .form_size = sizeof(struct bulk_in),
	  .handle = bulk },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
