/* people: clocks of logins, turns of colleagues. */
#include "web/people.h"

#include "crm/assign.h"
#include "crm/owner.h"
#include "web/view.h"

const struct tmpl_field owner_fields[] = {
	FIELD(struct owner_view, name),
	FIELD(struct owner_view, initials),
	FIELD(struct owner_view, tag),
	FIELD(struct owner_view, clocks),
	ONE(struct owner_view, status, status_fields),
	{ 0 },
};
const struct tmpl_field turn_fields[] = {
	FIELD(struct turn_view, name),	     FIELD(struct turn_view, initials),
	FIELD(struct turn_view, words),	     FIELD(struct turn_view, is_next),
	FIELD(struct turn_view, is_skipped), { 0 },
};

struct status_view *
people_badge(struct req *r, const struct troubles *all, const char *scope,
	     int64_t subject_id)
{
	for (size_t i = 0; i < all->n; i++) {
		struct trouble_view tr;
		struct status_view *v;

		if (all->at[i].subject_id != subject_id ||
		    strcmp(all->at[i].scope, scope) != 0)
			continue;
		tr = way_trouble(r, &all->at[i]);
		v = NEW(r->t.mem, struct status_view);
		*v = (struct status_view){ tr.class, tr.card, tr.icon };
		return v;
	}
	return NULL;
}

/* "Login until 2 Nov 2026, 35 days." */
static const char *
clock_words(struct req *r, const char *what, struct when end)
{
	struct arena *mem = r->t.mem;
	int64_t days = when_days_between(r->t.now, end, req_zone(r));
	const char *day = when_day(mem, end, req_zone(r));

	if (end.ms <= r->t.now.ms)
		return arena_fmt(mem, "%s ended on %s.", what, day);
	return arena_fmt(mem, "%s until %s, %s.", what, day,
			 view_count(mem, days, "day", "days"));
}

static const char *
owner_clocks(struct req *r, const struct owner *o)
{
	const char *data = "";

	if (!o->token)
		return "This login is gone.";
	if (o->data_expires_at.ms)
		data = clock_words(r, " Data access", o->data_expires_at);
	return arena_fmt(r->t.mem, "%s%s",
			 o->expires_at.ms
				 ? clock_words(r, "Login", o->expires_at)
				 : "Login has no end date.",
			 data);
}

enum rc
people_owners(struct req *r, int64_t integration_id,
	      const struct troubles *wrong, struct owner_view **out, size_t *n)
{
	struct owner *all = NULL;
	struct owner_view *v;
	enum rc rc = owner_list(&r->t, integration_id, &all, n);

	if (rc)
		return rc;
	v = NEW_ARRAY(r->t.mem, struct owner_view, *n);
	for (size_t i = 0; i < *n; i++) {
		bool system = text_is(text_of(all[i].kind), "system_user");
		const char *name = all[i].name[0] ? all[i].name
				   : system	  ? "System user"
						  : "Name not told";

		v[i] = (struct owner_view){
			.name = name,
			.initials = view_initials(r->t.mem, name),
			.tag = i == 0 ? "first" : "stand-in",
			.clocks = owner_clocks(r, &all[i]),
			.status = people_badge(r, wrong, TROUBLE_OWNER,
					       all[i].id),
		};
	}
	*out = v;
	return OK;
}

enum rc
people_turns(struct req *r, const struct integration *i, struct turn_view **out,
	     size_t *n)
{
	struct turn *all = NULL;
	struct turn_view *v;
	enum rc rc = assign_turns(&r->t, i->id, i->last_turn_id,
				  when_add(r->t.now, -30 * DAY_MS), &all, n);

	if (rc)
		return rc;
	v = NEW_ARRAY(r->t.mem, struct turn_view, *n);
	for (size_t k = 0; k < *n; k++) {
		const struct turn *t = &all[k];

		v[k] = (struct turn_view){
			.name = t->name,
			.initials = view_initials(r->t.mem, t->name),
			.is_next = t->is_next,
			.is_skipped = t->skipped[0] != '\0',
			.words = arena_fmt(
				r->t.mem, "%s%s in 30 days",
				t->skipped[0] ? "Not active: the turns go to "
						"the next person. "
					      : "",
				view_count(r->t.mem, t->n_leads, "lead",
					   "leads")),
		};
	}
	*out = v;
	return OK;
}
