/* leadacts: the forms of a lead's page. */
#include "web/leadacts.h"

#include "crm/user.h"

const struct tmpl_field acts_fields[] = {
	FIELD(struct acts_view, lead),
	LIST(struct acts_view, stages, n_stages, option_fields),
	FIELD(struct acts_view, may_assign),
	LIST(struct acts_view, people, n_people, option_fields),
	FIELD(struct acts_view, every),
	FIELD(struct acts_view, typed_tag),
	FIELD(struct acts_view, typed_reason),
	{ 0 },
};

enum rc
leadacts_guard(struct req *r, const struct lead *l)
{
	if (req_may(r, PERM_LEADS) || l->assignee_id == r->user->id)
		return OK;
	return fail(&r->t, E_DENIED, "lead of somebody else");
}

/* Who may be given leads; whoever has it now stands there in any case. */
static enum rc
set_people(struct req *r, const struct lead *l, struct acts_view *v)
{
	struct arena *mem = r->t.mem;
	const char *chosen = arena_fmt(mem, "%lld", (long long)l->assignee_id);
	struct user *all = NULL;
	size_t n = 0;
	enum rc rc = user_list(&r->t, &all, &n);

	if (rc)
		return rc;
	v->people = NEW_ARRAY(r->t.mem, struct option_view, n + 1);
	option_add(v->people, &v->n_people, "0", "Nobody", chosen);
	for (size_t i = 0; i < n; i++) {
		const struct user *u = &all[i];
		bool takes = user_takes_leads(u);

		if (!takes && u->id != l->assignee_id)
			continue;
		option_add(v->people, &v->n_people,
			   arena_fmt(mem, "%lld", (long long)u->id),
			   takes ? u->name
				 : arena_fmt(mem, "%s (takes no new leads)",
					     u->name),
			   chosen);
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
	option_stages(r->t.mem, l->stage, &v->stages, &v->n_stages);
	if (v->may_assign)
		rc = set_people(r, l, v);
	if (!rc)
		*out = v;
	return rc;
}

enum rc
leadacts_of_many(struct req *r, const char *stage, int64_t user_id,
		 struct acts_view **out)
{
	const struct lead like = { .stage = stage, .assignee_id = user_id };
	struct acts_view *v = NEW(r->t.mem, struct acts_view);
	enum rc rc;

	v->may_assign = true;
	option_stages(r->t.mem, stage, &v->stages, &v->n_stages);
	rc = set_people(r, &like, v);
	if (!rc)
		*out = v;
	return rc;
}
