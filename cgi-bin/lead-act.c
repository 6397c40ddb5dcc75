/* lead-act.c: what people do with one lead; each a POST that leads back. */
#include "crm/leadwork.h"
#include "web/leadacts.h"
#include "web/session.h"
#include "work/leadmail.h"

enum { NOTE_CHARS = 4000, REASON_CHARS = 200 };

struct act_in { /* one struct for all: the forms name what they take */
	int64_t id, user;
	const char *stage, *reason, *tag, *note;
	bool reached;
};
struct delete_view {
	int64_t id;
	const char *name;
	struct url back;
};

#define LEAD FORM_INT(struct act_in, id, 1, INT64_MAX)
static const struct form_field lead_form[] = { LEAD, { 0 } };
static const struct form_field stage_form[] = {
	LEAD,
	FORM_CHOICE(struct act_in, stage, lead_stages),
	{ 0 },
};
static const struct form_field assign_form[] = {
	LEAD,
	FORM_INT(struct act_in, user, 0, INT64_MAX),
	FORM_TEXT(struct act_in, reason, 0, REASON_CHARS),
	{ 0 },
};
static const struct form_field tag_form[] = {
	LEAD,
	FORM_TEXT(struct act_in, tag, 1, LEAD_TAG_CHARS),
	{ 0 },
};
static const struct form_field note_form[] = {
	LEAD,
	FORM_LINES(struct act_in, note, 1, NOTE_CHARS),
	{ 0 },
};
static const struct form_field called_form[] = {
	LEAD,
	FORM_FLAG(struct act_in, reached),
	{ 0 },
};
static const struct tmpl_field delete_fields[] = {
	FIELD(struct delete_view, id),
	FIELD(struct delete_view, name),
	FIELD(struct delete_view, back),
	{ 0 },
};

static struct url
page_of(struct req *r, int64_t id)
{
	return url_page(r->t.mem, r->page.root, "/lead/%lld", (long long)id);
}

/* The lead, if this person may work on it. */
static enum rc
open_lead(struct req *r, const struct act_in *in, struct lead *l)
{
	enum rc rc = lead_get(&r->t, in->id, l);

	return rc ? rc : leadacts_guard(r, l);
}

/* Back to the lead with words; a refusal that a person can mend is said there,
 * too. */
static enum rc
back(struct req *r, int64_t id, enum rc rc, const char *words,
     const char *refused)
{
	bool is_error = rc == E_INPUT && refused;

	if (rc && !is_error)
		return rc;
	if (is_error)
		task_forgive(&r->t);
	rc = session_flash(&r->t, r->session_id, is_error ? refused : words,
			   is_error);
	return rc ? rc : reply_see_other(r, page_of(r, id));
}

static enum rc
stage(struct req *r, const void *form)
{
	const struct act_in *in = form;
	struct lead l;
	enum rc rc = open_lead(r, in, &l);

	if (!rc)
		rc = leadwork_stage(&r->t, in->id, in->stage, NULL);
	return back(r, in->id, rc, "Stage saved.", NULL);
}

static enum rc
assign(struct req *r, const void *form)
{
	const struct act_in *in = form;
	bool changed = false;
	enum rc rc =
		leadwork_assign(&r->t, in->id, in->user, in->reason, &changed);

	if (!rc && changed && in->user)
		rc = leadmail_given(&r->t,
				    &(struct lead_news){ .lead_id = in->id,
							 .user_id = in->user });
	return back(r, in->id, rc, "Assignment saved.",
		    "This person takes no leads: not active, or without Lead "
		    "Management.");
}

static enum rc
tag(struct req *r, const void *form)
{
	const struct act_in *in = form;
	struct lead l;
	enum rc rc = open_lead(r, in, &l);

	if (!rc)
		rc = leadwork_tag(&r->t, in->id, in->tag, NULL);
	return back(r, in->id, rc, "Tag added.",
		    "There are 50 tags already. Remove one first.");
}

static enum rc
untag(struct req *r, const void *form)
{
	const struct act_in *in = form;
	struct lead l;
	enum rc rc = open_lead(r, in, &l);

	if (!rc)
		rc = leadwork_untag(&r->t, in->id, in->tag, NULL);
	return back(r, in->id, rc, "Tag removed.", NULL);
}

static enum rc
note(struct req *r, const void *form)
{
	const struct act_in *in = form;
	struct lead l;
	enum rc rc = open_lead(r, in, &l);

	if (!rc)
		rc = leadwork_note(&r->t, in->id, in->note);
	return back(r, in->id, rc, "Note saved.", NULL);
}

static enum rc
called(struct req *r, const void *form)
{
	const struct act_in *in = form;
	struct lead l;
	enum rc rc = open_lead(r, in, &l);

	if (!rc)
		rc = leadwork_called(&r->t, in->id, in->reached);
	return back(r, in->id, rc,
		    in->reached ? "Noted: reached." : "Noted: no answer.",
		    NULL);
}

/* The dialog before an act that takes something away; `verb` as the title says
 * it. */
static enum rc
ask(struct req *r, const struct lead *l, const char *verb)
{
	struct delete_view v = { .id = l->id,
				 .name = lead_title(l),
				 .back = page_of(r, l->id) };

	r->page.title = arena_fmt(r->t.mem, "%s %s", verb, v.name);
	r->page.in_leads = true;
	r->page.is_behind = true;
	return reply_page(r, &v);
}

static enum rc
ask_delete(struct req *r, const void *form)
{
	const struct act_in *in = form;
	struct lead l;
	enum rc rc = lead_get(&r->t, in->id, &l);

	return rc ? rc : ask(r, &l, "Delete");
}

static enum rc
delete_lead(struct req *r, const void *form)
{
	const struct act_in *in = form;
	enum rc rc = leadwork_delete(&r->t, in->id);

	return back(r, in->id, rc, "Lead deleted. It can be put back.", NULL);
}

/* Only of what was deleted before: two steps, two people if they like. */
static enum rc
ask_erase(struct req *r, const void *form)
{
	const struct act_in *in = form;
	struct lead l;
	enum rc rc = lead_get(&r->t, in->id, &l);

	if (rc)
		return rc;
	if (!l.deleted_at.ms || l.erased_at.ms)
		return fail(&r->t, E_NOTFOUND, "lead %lld: nothing to erase",
			    (long long)in->id);
	return ask(r, &l, "Erase");
}

static enum rc
erase(struct req *r, const void *form)
{
	const struct act_in *in = form;
	enum rc rc = leadwork_erase(&r->t, in->id);

	if (!rc)
		rc = leadmail_forget(&r->t, in->id);
	return back(r, in->id, rc, "Erased for good.", NULL);
}

static enum rc
restore(struct req *r, const void *form)
{
	const struct act_in *in = form;
	enum rc rc = leadwork_restore(&r->t, in->id);

	return back(r, in->id, rc, "The lead is back.", NULL);
}

#define ACT(its_path, its_perm, its_form, its_handler)                         \
	{                                                                      \
		.method = POST, .path = (its_path), .perm = (its_perm),        \
		.form = (its_form), .form_size = sizeof(struct act_in),        \
		.handle = (its_handler)                                        \
	}
static const struct route routes[] = {
	ACT("/lead-act/stage", PERM_USER, stage_form, stage),
	ACT("/lead-act/assign", PERM_LEADS, assign_form, assign),
	ACT("/lead-act/tag", PERM_USER, tag_form, tag),
	ACT("/lead-act/untag", PERM_USER, tag_form, untag),
	ACT("/lead-act/note", PERM_USER, note_form, note),
	ACT("/lead-act/called", PERM_USER, called_form, called),
	{ .method = GET,
	  .path = "/lead-act/delete/{id}",
	  .perm = PERM_LEADS,
	  .form = lead_form,
	  .form_size = sizeof(struct act_in),
	  .handle = ask_delete,
	  .page = "lead-delete.html",
	  .fields = delete_fields },
	ACT("/lead-act/delete", PERM_LEADS, lead_form, delete_lead),
	{ .method = GET,
	  .path = "/lead-act/erase/{id}",
	  .perm = PERM_ADMIN,
	  .form = lead_form,
	  .form_size = sizeof(struct act_in),
	  .handle = ask_erase,
	  .page = "lead-erase.html",
	  .fields = delete_fields },
	ACT("/lead-act/erase", PERM_ADMIN, lead_form, erase),
	ACT("/lead-act/restore", PERM_ADMIN, lead_form, restore),
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
