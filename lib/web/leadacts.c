/* leadacts: the forms of a lead's page. */
#include "web/leadacts.h"

#include "crm/leadwork.h"
#include "crm/user.h"
#include "web/view.h"

enum { STAGES_MAX = 8 };

static const struct tmpl_field tag_fields[] = {
	FIELD(struct lead_tag, tag),
	{ 0 },
};
const struct tmpl_field acts_fields[] = {
	FIELD(struct acts_view, lead),
	LIST(struct acts_view, stages, n_stages, option_fields),
	FIELD(struct acts_view, may_assign),
	LIST(struct acts_view, people, n_people, option_fields),
	LIST(struct acts_view, tags, n_tags, tag_fields),
	{ 0 },
};

enum rc
leadacts_guard(struct req *r, const struct lead *l)
{
	if (req_may(r, PERM_LEADS) || l->assignee_id == r->user->id)
		return OK;
	return fail(&r->t, E_DENIED, "lead of somebody else");
}

static void
set_stages(struct req *r, const struct lead *l, struct acts_view *v)
{
	v->stages = NEW_ARRAY(r->t.mem, struct option_view, STAGES_MAX);
	for (size_t i = 0; i < STAGES_MAX && lead_stages[i]; i++)
		v->stages[v->n_stages++] = (struct option_view){
			.value = lead_stages[i],
			.title = view_stage(lead_stages[i])->title,
			.is_chosen = !strcmp(lead_stages[i], l->stage),
		};
}

/* Who may be given leads; whoever has it now stands there in any case. */
static enum rc
set_people(struct req *r, const struct lead *l, struct acts_view *v)
{
	struct user *all = NULL;
	size_t n = 0;
	enum rc rc = user_list(&r->t, &all, &n);

	if (rc)
		return rc;
	v->people = NEW_ARRAY(r->t.mem, struct option_view, n + 1);
	v->people[v->n_people++] = (struct option_view){
		.value = "0", .title = "Nobody", .is_chosen = !l->assignee_id
	};
	for (size_t i = 0; i < n; i++) {
		bool eligible = all[i].is_active && all[i].manages_leads;
		bool has_it = all[i].id == l->assignee_id;

		if (eligible || has_it)
			v->people[v->n_people++] = (struct option_view){
				.value = arena_fmt(r->t.mem, "%lld",
						   (long long)all[i].id),
				.title = eligible
						 ? all[i].name
						 : arena_fmt(r->t.mem,
							     "%s (takes no new "
							     "leads)",
							     all[i].name),
				.is_chosen = has_it,
			};
	}
	return OK;
}

enum rc
leadacts_of(struct req *r, const struct lead *l, struct acts_view **out)
{
	struct acts_view *v = NEW(r->t.mem, struct acts_view);
	enum rc rc = leadacts_guard(r, l);

	*out = NULL;
	if (rc || l->deleted_at.ms)
		return rc;
	v->lead = l->id;
	v->may_assign = req_may(r, PERM_LEADS);
	set_stages(r, l, v);
	if (v->may_assign)
		rc = set_people(r, l, v);
	if (!rc)
		rc = lead_tags(&r->t, l->id, &v->tags, &v->n_tags);
	if (!rc)
		*out = v;
	return rc;
}

enum rc
leadacts_of_many(struct req *r, struct acts_view **out)
{
	static const struct lead none = { .stage = "" };
	struct acts_view *v = NEW(r->t.mem, struct acts_view);
	enum rc rc;

	v->may_assign = true;
	set_stages(r, &none, v);
	rc = set_people(r, &none, v);
	if (!rc)
		*out = v;
	return rc;
}
