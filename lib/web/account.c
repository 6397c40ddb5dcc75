/* account: values, choices and faults of an integration's fields. */
#include "web/account.h"

#include "web/view.h"

const char *const account_strategies[] = { "unassigned", "user", "round_robin",
					   NULL };

static const struct tmpl_field person_fields[] = {
	FIELD(struct person_view, id),
	FIELD(struct person_view, name),
	FIELD(struct person_view, is_chosen),
	{ 0 },
};
const struct tmpl_field account_fields[] = {
	FIELD(struct account_view, name),
	FIELD(struct account_view, description),
	FIELD(struct account_view, is_unassigned),
	FIELD(struct account_view, is_user),
	FIELD(struct account_view, is_round_robin),
	LIST(struct account_view, people, n_people, person_fields),
	FIELD(struct account_view, pool_words),
	FIELD(struct account_view, pool_empty),
	FIELD(struct account_view, name_fault),
	FIELD(struct account_view, description_fault),
	FIELD(struct account_view, strategy_fault),
	FIELD(struct account_view, assignee_fault),
	FIELD(struct account_view, many_faults),
	FIELD(struct account_view, focus_name),
	FIELD(struct account_view, focus_description),
	FIELD(struct account_view, focus_assignee),
	{ 0 },
};

/* Everyone who may be given leads; whoever is chosen already and may not is
 * shown with the reason. */
static enum rc
set_people(struct req *r, int64_t chosen, struct account_view *v)
{
	struct user *all = NULL;
	size_t n = 0, pool = 0;
	enum rc rc = user_list(&r->t, &all, &n);

	if (rc)
		return rc;
	v->people = NEW_ARRAY(r->t.mem, struct person_view, n);
	for (size_t i = 0; i < n; i++) {
		const struct user *u = &all[i];
		bool may = user_takes_leads(u);

		pool += may;
		if (!may && u->id != chosen)
			continue;
		v->people[v->n_people++] = (struct person_view){
			.id = u->id,
			.name = may ? u->name
				    : arena_fmt(r->t.mem, "%s (%s)", u->name,
						u->is_active
							? "no Lead Management"
							: "not active"),
			.is_chosen = u->id == chosen,
		};
	}
	v->pool_empty = pool == 0;
	v->pool_words =
		arena_fmt(r->t.mem, "%s active with Lead Management.",
			  view_count(r->t.mem, (int64_t)pool,
				     "person takes all turns: the only one",
				     "people take turns: everyone"));
	return OK;
}

/* The first field that is not right; the first of all when all are.  A fault
 * of a field beside these keeps the focus for itself. */
static void
set_focus(const struct req *r, struct account_view *v)
{
	v->focus_name = v->name_fault || r->faults.n == 0;
	v->focus_description = !v->name_fault && v->description_fault;
	v->focus_assignee =
		!v->name_fault && !v->description_fault && v->assignee_fault;
}

enum rc
account_load(struct req *r, const struct integration *i,
	     struct account_view *out)
{
	struct text strategy = text_of(i->strategy);

	*out = (struct account_view){
		.name = i->name,
		.description = i->description,
		.is_unassigned = text_is(strategy, "unassigned"),
		.is_user = text_is(strategy, "user"),
		.is_round_robin = text_is(strategy, "round_robin"),
		.name_fault = form_fault_of(&r->faults, "name"),
		.description_fault = form_fault_of(&r->faults, "description"),
		.strategy_fault = form_fault_of(&r->faults, "strategy"),
		.assignee_fault = form_fault_of(&r->faults, "assignee"),
		.many_faults = r->faults.n > 1,
	};
	set_focus(r, out);
	return set_people(r, i->assignee_id, out);
}

enum rc
account_check(struct req *r, struct integration *i)
{
	const char *field = NULL;
	enum rc rc;

	if (!text_is(text_of(i->strategy), "user"))
		i->assignee_id = 0;
	else if (!i->assignee_id)
		form_fault(&r->faults, "assignee",
			   "Choose who receives the leads.");
	if (r->faults.n > 0)
		return OK;
	rc = integration_check(&r->t, i, &field);
	if (rc != E_INPUT)
		return rc;
	form_fault(&r->faults, field, arena_str(r->t.mem, text_of(r->t.why)));
	task_forgive(&r->t);
	return OK;
}
