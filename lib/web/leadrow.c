/* leadrow: who, from where, how far, whose, when. */
#include "web/leadrow.h"

#include "crm/lead.h"
#include "web/view.h"

const struct tmpl_field leadrow_fields[] = {
	FIELD(struct leadrow_view, id),
	FIELD(struct leadrow_view, is_ticked),
	FIELD(struct leadrow_view, title_text),
	FIELD(struct leadrow_view, contact),
	FIELD(struct leadrow_view, answers),
	FIELD(struct leadrow_view, is_facebook),
	FIELD(struct leadrow_view, is_instagram),
	FIELD(struct leadrow_view, platform),
	FIELD(struct leadrow_view, form_name),
	FIELD(struct leadrow_view, stage),
	FIELD(struct leadrow_view, stage_class),
	FIELD(struct leadrow_view, stage_icon),
	FIELD(struct leadrow_view, assignee),
	FIELD(struct leadrow_view, initials),
	FIELD(struct leadrow_view, when_iso),
	FIELD(struct leadrow_view, when_full),
	FIELD(struct leadrow_view, when_ago),
	FIELD(struct leadrow_view, stored),
	{ 0 },
};
static const char *
contact_of(const struct lead_row *l)
{
	if (l->phone[0])
		return l->phone;
	return l->email[0] ? l->email : "No contact data";
}

static const char *
how_stored(struct arena *mem, const struct lead_row *l, struct when at)
{
	struct text way = text_of(l->way);

	if (text_is(text_of(l->source), "manual") && !l->way[0])
		return "added by hand";
	if (text_is(way, "sync"))
		return "recovered by sync";
	if (text_is(way, "history"))
		return "history";
	if (text_is(way, "import"))
		return "from a file";
	return arena_fmt(mem, "stored in %s",
			 span_words(mem, l->imported_at.ms - at.ms));
}

struct leadrow_view
leadrow_of(struct req *r, const struct lead_row *l)
{
	struct arena *mem = r->t.mem;
	const struct stage_view *stage = view_stage(l->stage);
	struct when at = l->submitted_at.ms ? l->submitted_at : l->latest_at;

	return (struct leadrow_view){
		.id = l->id,
		.title_text = lead_title_of(l->name, l->email, l->phone),
		.contact = contact_of(l),
		.answers = l->n_submissions > 1
				   ? view_count(mem, l->n_submissions, "answer",
						"answers")
				   : NULL,
		.is_facebook = strcmp(l->platform, "fb") == 0,
		.is_instagram = strcmp(l->platform, "ig") == 0,
		.platform = view_platform(l->platform),
		.form_name = l->form_name,
		.stage = stage->title,
		.stage_class = stage->class,
		.stage_icon = url_icon(mem, r->page.root, stage->icon),
		.assignee = l->assignee_name,
		.initials = view_initials(mem, l->assignee_name),
		.when_iso = when_iso(mem, at),
		.when_full = when_full(mem, at, req_zone(r)),
		.when_ago = when_ago(mem, at, r->t.now, req_zone(r)),
		.stored = how_stored(mem, l, at),
	};
}
