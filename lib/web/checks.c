/* checks: from a result to its row. */
#include "web/checks.h"

#include "web/way.h"

const struct tmpl_field check_fields[] = {
	FIELD(struct check_view, id),
	FIELD(struct check_view, title),
	FIELD(struct check_view, words),
	FIELD(struct check_view, aside),
	FIELD(struct check_view, class),
	FIELD(struct check_view, outcome),
	FIELD(struct check_view, icon),
	FIELD(struct check_view, is_pass),
	FIELD(struct check_view, is_main),
	FIELD(struct check_view, is_out),
	FIELD(struct check_view, way),
	FIELD(struct check_view, button),
	{ 0 },
};

const struct tmpl_field step_fields[] = {
	FIELD(struct step_view, number),
	FIELD(struct step_view, class),
	FIELD(struct step_view, word),
	FIELD(struct step_view, icon),
	{ 0 },
};

/* How a result looks, and what it is called aloud. */
static const struct {
	const char *class, *icon, *outcome;
} signs[] = {
	[0] = { "idle", "skip", "Not checked" },
	[CHECK_PASS] = { "ok", "ok", "Passed" },
	[CHECK_WARN] = { "warn", "warn", "Watch" },
	[CHECK_FAIL] = { "err", "error", "Failed" },
	[CHECK_UNKNOWN] = { "idle", "skip", "Not checked" },
};

static const struct {
	const char *check, *pass, *warn, *fail;
} steps[STEPS + 1] = {
	[1] = { "app", "Done", "Look at it", "To do" },
	[2] = { "app_secret", "Verified", "Look at it", "Not right" },
	[3] = { "callback", "Reachable", "Look at it", "Not reachable" },
	[4] = { "app_subscription", "Subscribed", "Look at it",
		"Not subscribed" },
	[5] = { "app_live", "Live", "Look at it", "In development" },
	[6] = { "graph_version", "Supported", "Ends soon", "Ended" },
};

const char *
step_check(int64_t number)
{
	return steps[number].check;
}

struct step_view
step_view_of(struct req *r, int64_t number, enum check_state state,
	     const char *word)
{
	struct step_view v = {
		.number = number,
		.class = signs[state].class,
		.word = word ? word : signs[state].outcome,
		.icon = url_icon(r->t.mem, r->page.root, signs[state].icon),
	};

	if (state == CHECK_PASS)
		v.word = steps[number].pass;
	else if (state == CHECK_WARN)
		v.word = steps[number].warn;
	else if (state == CHECK_FAIL)
		v.word = steps[number].fail;
	return v;
}

struct check_view
check_view_of(struct req *r, const struct check *c, int64_t integration_id)
{
	struct check_view v = {
		.id = c->id,
		.title = c->title,
		.words = c->words,
		.aside = c->aside,
		.class = signs[c->state].class,
		.outcome = signs[c->state].outcome,
		.icon = url_icon(r->t.mem, r->page.root, signs[c->state].icon),
		.is_pass = c->state == CHECK_PASS,
		.is_out = reason_address(c->way) != NULL,
	};

	if (c->button && !v.is_pass) {
		v.button = c->button;
		v.way = way_url(r, c->way, integration_id);
	}
	return v;
}
