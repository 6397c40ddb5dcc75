/* doctor_assign: who gets the leads of one integration. */
#include "crm/user.h"
#include "work/doctor_private.h"

void
look_strategy(struct doctor *d, struct check *c)
{
	struct text strategy = text_of(d->integration.strategy);

	if (text_is(strategy, "unassigned"))
		doctor_found(c, CHECK_PASS,
			     "Leads are left unassigned, as chosen", "");
	else
		doctor_found(c, CHECK_PASS,
			     text_is(strategy, "user")
				     ? "All leads go to one person"
				     : "People take turns by Round Robin",
			     "");
}

static void
look_at_pool(struct doctor *d, struct check *c)
{
	struct user *users = NULL;
	size_t n = 0, able = 0;

	if (user_list(d->t, &users, &n)) {
		doctor_blind(d, c, "Who takes turns");
		return;
	}
	for (size_t i = 0; i < n; i++)
		able += users[i].is_active && users[i].manages_leads;
	if (able == 0)
		doctor_found(
			c, CHECK_FAIL, "Nobody can take a turn",
			"Round Robin needs at least one active person with "
			"Lead Management. Leads stay unassigned until "
			"then.");
	else
		doctor_found(c, CHECK_PASS,
			     arena_fmt(d->t->mem,
				       able == 1 ? "%zu person takes turns"
						 : "%zu people take turns",
				       able),
			     "");
}

static void
look_at_target(struct doctor *d, struct check *c)
{
	struct user u;

	if (user_get(d->t, d->integration.assignee_id, &u)) {
		doctor_blind(d, c, "Who gets the leads");
		return;
	}
	if (!u.is_active || !u.manages_leads)
		doctor_found(
			c, CHECK_FAIL,
			arena_fmt(d->t->mem, "%s cannot get leads", u.name),
			u.is_active ? "Lead Management is missing. Give it, "
				      "or choose somebody else."
				    : "The account is not active. Choose "
				      "somebody else.");
	else
		doctor_found(c, CHECK_PASS,
			     arena_fmt(d->t->mem,
				       "%s is active and has Lead Management",
				       u.name),
			     "");
}

void
look_assignee(struct doctor *d, struct check *c)
{
	struct text strategy = text_of(d->integration.strategy);

	if (text_is(strategy, "user"))
		look_at_target(d, c);
	else if (text_is(strategy, "round_robin"))
		look_at_pool(d, c);
	else
		doctor_found(c, CHECK_PASS, "Someone assigns each lead by hand",
			     "");
}
