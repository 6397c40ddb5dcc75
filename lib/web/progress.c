/* progress: numbers of a sync, in words. */
#include "web/progress.h"

#include "crm/integration.h"
#include "web/view.h"

const struct tmpl_field work_fields[] = {
	FIELD(struct work_view, integration_id),
	FIELD(struct work_view, key),
	FIELD(struct work_view, heading),
	FIELD(struct work_view, poll),
	FIELD(struct work_view, label),
	FIELD(struct work_view, done),
	FIELD(struct work_view, all),
	FIELD(struct work_view, words),
	FIELD(struct work_view, counts),
	FIELD(struct work_view, ended),
	FIELD(struct work_view, problem),
	ONE(struct work_view, status, status_fields),
	FIELD(struct work_view, can_stop),
	FIELD(struct work_view, can_pause),
	FIELD(struct work_view, can_resume),
	FIELD(struct work_view, can_cancel),
	{ 0 },
};

static int64_t
days_of(const struct req *r, const struct sync_run *run)
{
	return run->since.ms ? when_days_between(run->since, run->started_at,
						 req_zone(r))
			     : SYNC_HISTORY_DAYS;
}

static const char *
reading_words(struct req *r, const struct sync_run *run)
{
	struct arena *mem = r->t.mem;

	if (!sync_is_history(run))
		return "Reading";
	return days_of(r, run) == 1
		       ? "Importing the last day:"
		       : arena_fmt(mem, "Importing the last %lld days:",
				   (long long)days_of(r, run));
}

static const char *
work_label(struct req *r, const struct sync_run *run)
{
	struct arena *mem = r->t.mem;
	int64_t at = run->forms_done + 1;

	if (run->paused_at.ms)
		return "Paused. It goes on from here when it is resumed.";
	if (run->stop_asked)
		return "Stopping after this form";
	if (run->waits_until.ms > r->t.now.ms)
		return arena_fmt(
			mem,
			"Waiting until %s, then it goes on. You can "
			"leave this page.",
			when_minute(mem, run->waits_until, req_zone(r)));
	if (run->n_forms == 0)
		return "Looking for forms";
	if (at > run->n_forms)
		at = run->n_forms;
	return arena_fmt(mem, "%s form %lld of %lld", reading_words(r, run),
			 (long long)at, (long long)run->n_forms);
}

/* "412 of about 960 leads, 2 min left": the end is guessed from the pace. */
static const char *
history_words(struct req *r, const struct sync_run *run)
{
	int64_t took = r->t.now.ms - run->started_at.ms - run->paused_ms;
	int64_t left = run->n_expected - run->n_read;
	const char *rest = "";

	if (run->n_read >= 50 && left > 0 && took > 0 && !run->paused_at.ms)
		rest = arena_fmt(
			r->t.mem, ", %s left",
			span_words(r->t.mem, took / run->n_read * left));
	return arena_fmt(r->t.mem, "%lld of about %lld leads%s",
			 (long long)run->n_read, (long long)run->n_expected,
			 rest);
}

static const char *
work_counts(struct arena *mem, const struct sync_run *run)
{
	const char *joined = "", *failed = "";

	if (run->n_joined)
		joined = arena_fmt(mem, ", %lld joined",
				   (long long)run->n_joined);
	if (run->n_failed)
		failed = arena_fmt(mem, ", %lld failed",
				   (long long)run->n_failed);
	return arena_fmt(mem, "%lld new%s, %lld already here%s",
			 (long long)run->n_new, joined, (long long)run->n_known,
			 failed);
}

static void
set_ended(struct req *r, const struct sync_run *run, struct work_view *v)
{
	struct text state = text_of(run->state);
	bool history = sync_is_history(run);
	enum reason_level level = (enum reason_level)0;

	if (text_is(state, "done")) {
		v->ended = history ? "History imported" : "Sync done";
	} else if (text_is(state, "stopped")) {
		v->ended = history ? "History cancelled" : "Stopped";
		level = REASON_WARN;
	} else {
		v->ended = history ? "History did not finish"
				   : "Sync did not finish";
		level = REASON_ERROR;
	}
	*v->status = way_status(r, level);
	v->status->word = v->ended;
	if (run->reason[0])
		v->problem = way_words(r, run->reason, "");
}

static void
set_bar(struct req *r, const struct sync_run *run, struct work_view *v)
{
	bool by_leads = sync_is_history(run) && run->n_expected > 0;

	v->done = by_leads ? run->n_read : run->forms_done;
	v->all = by_leads ? run->n_expected : run->n_forms;
	if (v->all == 0 && run->paused_at.ms)
		v->all = 1; /* a bar that does not move */
	if (v->done > v->all)
		v->done = v->all;
	v->words = by_leads ? history_words(r, run)
			    : view_count(r->t.mem, run->n_read, "lead read",
					 "leads read");
}

static void
set_place(struct req *r, const struct sync_run *run, struct work_view *v)
{
	bool history = sync_is_history(run);

	v->integration_id = run->integration_id;
	v->key = history ? "history" : "sync";
	if (!sync_is_open(run)) {
		v->heading =
			history ? "Latest import of history" : "Latest sync";
		return;
	}
	v->heading = history ? "Importing history" : "Syncing";
	if (run->paused_at.ms)
		v->heading = "The import of history is paused";
	else
		v->poll =
			url_page(r->t.mem, r->page.root,
				 history ? "/integration-history/progress/%lld"
					 : "/integration-sync/%lld",
				 (long long)run->integration_id);
}

static void
set_acts(struct req *r, const struct sync_run *run, struct work_view *v)
{
	bool paused = run->paused_at.ms != 0;

	if (!sync_is_history(run)) {
		v->can_stop = !run->stop_asked;
	} else if (req_may(r, PERM_ADMIN)) {
		v->can_resume = paused;
		v->can_pause = !paused && !run->stop_asked;
		v->can_cancel = !run->stop_asked;
	}
}

struct work_view *
work_of(struct req *r, const struct sync_run *run)
{
	struct work_view *v = NEW(r->t.mem, struct work_view);

	set_place(r, run, v);
	v->label = work_label(r, run);
	v->counts = work_counts(r->t.mem, run);
	v->status = NEW(r->t.mem, struct status_view);
	set_bar(r, run, v);
	if (!sync_is_open(run)) {
		set_ended(r, run, v);
		return v;
	}
	set_acts(r, run, v);
	*v->status = (struct status_view){
		.class = "busy",
		.word = "Syncing",
		.icon = url_icon(r->t.mem, r->page.root, "sync"),
	};
	return v;
}

enum rc
work_to_details(struct req *r, int64_t integration_id)
{
	return reply_see_other(r, url_page(r->t.mem, r->page.root,
					   "/integration/%lld",
					   (long long)integration_id));
}

enum rc
work_reply(struct req *r, int64_t integration_id, const char *way)
{
	enum { STOP_POLLING = 286 }; /* htmx asks no more */
	struct integration i;
	struct sync_run run;
	struct work_view *v;
	enum rc rc = integration_get(&r->t, integration_id, &i);

	if (!rc && !r->is_fragment)
		return work_to_details(r, integration_id);
	if (!rc)
		rc = sync_latest(&r->t, integration_id, way, &run);
	if (rc)
		return rc;
	v = work_of(r, &run);
	return reply_page_status(r, v->poll.safe ? 200 : STOP_POLLING, v);
}
