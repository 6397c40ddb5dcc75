/* passage: where a test lead is, from the times that are known of it. */
#include "web/passage.h"

#include "web/way.h"

enum {
	SLOW_MS = 20 * SECOND_MS,   /* say that it takes long */
	LOST_MS = 2 * MINUTE_MS,    /* Meta does not send it */
	FORGET_MS = 10 * MINUTE_MS, /* stop asking */
	CREATED = 0,
	RECEIVED,
	READ,
	STORED,
	ASSIGNED,
};

static const struct tmpl_field step_fields[] = {
	FIELD(struct passage_step, name), FIELD(struct passage_step, class),
	FIELD(struct passage_step, time), FIELD(struct passage_step, ms),
	FIELD(struct passage_step, what), { 0 },
};
const struct tmpl_field passage_fields[] = {
	FIELD(struct passage_view, id),
	FIELD(struct passage_view, name),
	FIELD(struct passage_view, page_name),
	FIELD(struct passage_view, form_name),
	FIELD(struct passage_view, verdict),
	FIELD(struct passage_view, lead_in),
	FIELD(struct passage_view, class),
	FIELD(struct passage_view, word),
	FIELD(struct passage_view, is_turning),
	FIELD(struct passage_view, icon),
	LIST(struct passage_view, steps, n, step_fields),
	FIELD(struct passage_view, stage),
	FIELD(struct passage_view, is_over),
	FIELD(struct passage_view, is_first),
	FIELD(struct passage_view, is_update),
	FIELD(struct passage_view, poll),
	FIELD(struct passage_view, lead),
	FIELD(struct passage_view, back),
	FIELD(struct passage_view, problem),
	FIELD(struct passage_view, button),
	FIELD(struct passage_view, way),
	FIELD(struct passage_view, can_fetch),
	{ 0 },
};

/* What is known, and what follows from it. */
struct state {
	const struct testlead *lead;
	struct when at[PASSAGE_STEPS];
	size_t done;	/* steps behind it, in a row */
	bool by_sync;	/* read although no webhook came */
	bool stopped;	/* its job is parked or given up */
	bool works;	/* at its end */
	int64_t waited; /* ms since the latest step */
};

static bool
is_word(const char *text, const char *word)
{
	return text_is(text_of(text), word);
}

static struct state
state_of(const struct testlead *lead, struct when now)
{
	struct state s = {
		.lead = lead,
		.at = { lead->created_at, lead->received_at, lead->fetched_at,
			lead->imported_at, lead->assigned_at },
	};
	struct when latest = lead->created_at;

	if (lead->is_unassigned && !s.at[ASSIGNED].ms)
		s.at[ASSIGNED] = lead->imported_at;
	s.by_sync = !s.at[RECEIVED].ms && lead->job_state[0];
	while (s.done < PASSAGE_STEPS &&
	       (s.at[s.done].ms || (s.done == RECEIVED && s.by_sync))) {
		if (s.at[s.done].ms > latest.ms)
			latest = s.at[s.done];
		s.done++;
	}
	s.works = s.done == PASSAGE_STEPS;
	s.stopped = !s.works && (is_word(lead->job_state, "parked") ||
				 is_word(lead->job_state, "dead"));
	s.waited = now.ms - latest.ms;
	return s;
}

/* "1,730 ms" */
static const char *
ms_words(struct arena *mem, int64_t ms)
{
	if (ms < 1000)
		return arena_fmt(mem, "%lld ms", (long long)ms);
	if (ms < 1000000)
		return arena_fmt(mem, "%lld,%03lld ms", (long long)(ms / 1000),
				 (long long)(ms % 1000));
	return span_words(mem, ms);
}

static const char *
what_of(const struct state *s, size_t step)
{
	bool done = step < s->done;

	switch (step) {
	case RECEIVED:
		if (s->by_sync)
			return "It did not come. We read the lead without it.";
		return done ? "Signature verified" : "";
	case STORED:
		return done ? "Marked as a test" : "";
	case ASSIGNED:
		if (done && s->lead->assignee_name[0])
			return s->lead->assignee_name;
		return done ? "Left unassigned, as the rule says" : "";
	default:
		return "";
	}
}

static const char *
waiting_words(const struct state *s)
{
	if (s->stopped)
		return "Stopped here";
	if (s->waited <= SLOW_MS)
		return "";
	if (s->done != RECEIVED)
		return "This takes longer than usual.";
	return s->waited > LOST_MS
		       ? "Meta made the lead but did not send it."
		       : "Meta usually needs 2 to 10 s. Still waiting.";
}

static bool
is_lost(const struct state *s)
{
	return !s->stopped && !s->works && s->waited > LOST_MS;
}

static struct passage_step
step_of(struct arena *mem, const struct state *s, size_t step)
{
	static const char *const names[PASSAGE_STEPS] = {
		"Created at Meta", "Webhook received", "Read from Meta",
		"Stored", "Assigned"
	};
	struct passage_step v = { .name = names[step],
				  .time = "",
				  .what = what_of(s, step) };
	struct when before = step ? s->at[step - 1] : s->lead->asked_at;

	if (step < s->done) {
		v.class = "done";
		if (step == RECEIVED && s->by_sync) {
			v.class = "fail";
			return v;
		}
		if (!before.ms) /* read without a webhook */
			before = s->at[CREATED];
		v.ms = s->at[step].ms > before.ms ? s->at[step].ms - before.ms
						  : 0;
		v.time = arena_fmt(mem, "%s%s", step ? "+ " : "",
				   ms_words(mem, v.ms));
	} else if (step == s->done) {
		v.class = s->stopped || is_lost(s) ? "fail" : "now";
		v.time = text_is(text_of(v.class), "now") ? "working" : "";
		v.what = waiting_words(s);
	}
	return v;
}

/* ---- words around it --------------------------------------------------------- */

static void
set_head(struct req *r, const struct state *s, struct passage_view *v)
{
	static const char *const doing[PASSAGE_STEPS] = { "Creating",
							  "Waiting for Meta",
							  "Reading", "Storing",
							  "Assigning" };
	struct arena *mem = r->t.mem;
	const char *icon = "sync";

	v->verdict = "Test lead on its way";
	v->lead_in = "Meta makes the lead and sends it to us, exactly as with "
		     "a real advertisement.";
	v->class = "busy";
	if (s->works) {
		const char *who = s->lead->assignee_name;
		int64_t took = s->at[ASSIGNED].ms - s->at[CREATED].ms;

		v->verdict =
			arena_fmt(mem, "Works. %s from Meta to %s.",
				  span_words(mem, took), who[0] ? who : "here");
		v->lead_in = s->by_sync ? "But its webhook did not come: look "
					  "at Diagnose."
					: "Real leads take the same way.";
		v->class = "ok";
		v->word = "Arrived";
		icon = "ok";
	} else if (s->stopped || is_lost(s)) {
		v->verdict = "The test lead did not get through";
		v->class = "err";
		v->word = "Stopped";
		icon = "error";
	} else {
		v->word = doing[s->done];
		v->is_turning = true;
	}
	v->icon = url_icon(mem, r->page.root, icon);
}

/* What holds it up, and what mends that. */
static void
set_problem(struct req *r, const struct state *s, struct passage_view *v)
{
	int64_t integration = s->lead->integration_id;

	if (s->stopped) {
		const struct reason *reason = reason_of(s->lead->job_reason);

		v->problem = way_words(r, s->lead->job_reason, "");
		v->button = reason->button;
		v->way = way_url(r, reason->way, integration);
		return;
	}
	if (!is_lost(s) && !(s->works && s->by_sync))
		return;
	v->problem = s->done == RECEIVED
			     ? "The webhook did not come within 2 minutes. "
			       "Diagnose tells why; the rest can be tried by "
			       "fetching the lead without it."
		     : s->works ? "Leads come in by sync only, later than they "
				  "could."
				: "The worker does not go on with it.";
	v->button = "Diagnose";
	v->way = way_url(r, WAY_DIAGNOSE, integration);
	v->can_fetch = s->done == RECEIVED && req_may(r, PERM_ADMIN);
}

void
passage_view_of(struct req *r, const struct testlead *lead,
		struct passage_view *v)
{
	struct arena *mem = r->t.mem;
	const char *root = r->page.root;
	struct state s = state_of(lead, r->t.now);

	v->id = lead->id;
	v->page_name = lead->page_name;
	v->form_name = lead->form_name;
	v->steps = NEW_ARRAY(mem, struct passage_step, PASSAGE_STEPS);
	for (v->n = 0; v->n < PASSAGE_STEPS; v->n++)
		v->steps[v->n] = step_of(mem, &s, v->n);
	v->is_over = s.works || s.stopped || s.waited > FORGET_MS;
	v->stage = (int64_t)s.done + 1 + (s.by_sync ? 10 : 0) +
		   (s.waited > SLOW_MS ? 20 : 0) + (is_lost(&s) ? 40 : 0) +
		   (s.stopped ? 80 : 0);
	set_head(r, &s, v);
	set_problem(r, &s, v);
	v->poll = url_with(mem,
			   url_page(mem, root, "/integration-test/look/%lld",
				    (long long)lead->id),
			   "seen", arena_fmt(mem, "%lld", (long long)v->stage));
	if (lead->lead_id)
		v->lead = url_page(mem, root, "/lead/%lld",
				   (long long)lead->lead_id);
	v->back = url_page(mem, root, "/integration/%lld",
			   (long long)lead->integration_id);
}
