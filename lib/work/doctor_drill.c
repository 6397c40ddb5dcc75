/* doctor_drill: the nightly fire drill of one integration. */
#include "work/doctor_private.h"
#include "work/drill.h"

#define MISSED_MS (2 * DAY_MS)

static void
look_at_latest(struct doctor *d, struct check *c, const struct drill *latest)
{
	const char *words = drill_words(d->t->mem, latest);

	if (!strcmp(latest->state, "failed"))
		doctor_found(c, CHECK_WARN, "The fire drill failed",
			     arena_fmt(d->t->mem,
				       "%s. Send a test lead to see where it "
				       "stops.",
				       words));
	else if (d->t->now.ms - latest->began_at.ms > MISSED_MS)
		doctor_found(c, CHECK_WARN, "No fire drill lately",
			     "A worker has to run between 2 and 5 at night: "
			     "* * * * * leadport worker --for 55");
	else if (!strcmp(latest->state, "put_off"))
		doctor_found(c, CHECK_PASS, "The latest fire drill was put off",
			     words);
	else if (!strcmp(latest->state, "arrived"))
		doctor_found(c, CHECK_PASS, "The latest fire drill arrived",
			     "");
	else
		doctor_found(c, CHECK_PASS, "A fire drill is under way", "");
	c->aside = when_ago(d->t->mem, latest->began_at, d->t->now, "UTC");
}

void
look_drill(struct doctor *d, struct check *c)
{
	struct drill latest;
	enum rc rc;

	if (!d->integration.is_drilled) {
		doctor_found(c, CHECK_PASS,
			     "The nightly fire drill is off, as chosen", "");
		return;
	}
	rc = drill_latest(d->t, d->integration_id, &latest);
	if (rc == E_NOTFOUND) {
		task_forgive(d->t);
		doctor_found(c, CHECK_PASS,
			     "The first fire drill comes at night", "");
	} else if (rc) {
		doctor_blind(d, c, "The nightly fire drill");
	} else {
		look_at_latest(d, c, &latest);
	}
}
