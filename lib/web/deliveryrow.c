/* deliveryrow: results in words. */
#include "web/deliveryrow.h"

#include "crm/reason.h"
#include "web/view.h"
#include "work/queue.h"

enum { STEPS_MAX = 3 };

const struct tmpl_field deliveryrow_fields[] = {
	FIELD(struct delivery_view, open),
	FIELD(struct delivery_view, title_text),
	FIELD(struct delivery_view, what),
	FIELD(struct delivery_view, when_iso),
	FIELD(struct delivery_view, when_full),
	FIELD(struct delivery_view, when_short),
	FIELD(struct delivery_view, is_signed),
	FIELD(struct delivery_view, signature),
	FIELD(struct delivery_view, is_escaped),
	ONE(struct delivery_view, status, status_fields),
	FIELD(struct delivery_view, retry),
	{ 0 },
};
static const struct tmpl_field step_fields[] = {
	FIELD(struct delivery_step_view, class),
	FIELD(struct delivery_step_view, name),
	FIELD(struct delivery_step_view, words),
	FIELD(struct delivery_step_view, when_iso),
	FIELD(struct delivery_step_view, when_full),
	FIELD(struct delivery_step_view, when_short),
	{ 0 },
};
const struct tmpl_field delivery_lead_fields[] = {
	FIELD(struct delivery_lead_view, id),
	FIELD(struct delivery_lead_view, subject),
	LIST(struct delivery_lead_view, steps, n_steps, step_fields),
	FIELD(struct delivery_lead_view, lead),
	FIELD(struct delivery_lead_view, letter),
	FIELD(struct delivery_lead_view, may_retry),
	{ 0 },
};

static struct status_view *
status(struct req *r, const char *class, const char *icon, const char *word)
{
	struct status_view *s = NEW(r->t.mem, struct status_view);

	*s = (struct status_view){ class, word,
				   url_icon(r->t.mem, r->page.root, icon) };
	return s;
}

static const char *
cause(struct req *r, const char *reason)
{
	struct reason_facts facts = { 0 };

	return reason_card(r->t.mem, reason_of(reason), &facts);
}

/* Until when, with the day where it is another; and why, unless it mends itself. */
static const char *
waits(struct req *r, struct when until, const char *reason)
{
	struct arena *mem = r->t.mem;
	const char *at = when_point(mem, until, r->t.now, req_zone(r));

	if (until.ms <= r->t.now.ms)
		return "Waits for a worker";
	if (!reason[0] || reason_of(reason)->level == REASON_WAIT)
		return arena_fmt(mem, "Waits until %s", at);
	return arena_fmt(mem, "Waits until %s: %s", at, cause(r, reason));
}

static struct status_view *
result(struct req *r, const struct delivery *d)
{
	struct arena *mem = r->t.mem;

	if (text_is(text_of(d->state), "new"))
		return status(r, "busy", "clock", "Not opened yet");
	if (text_is(text_of(d->state), "refused"))
		return status(r, "err", "error", "Cannot be read");
	if (d->n_dead)
		return status(r, "err", "error", "Given up");
	if (d->n_parked)
		return status(
			r, "warn", "pause",
			arena_fmt(mem, "Parked: %s", cause(r, d->reason)));
	if (d->n_running)
		return status(r, "busy", "clock", "Being read");
	if (d->n_waiting)
		return status(r, "busy", "clock",
			      waits(r, d->next_try, d->reason));
	if (d->n_done)
		return status(r, "ok", "ok",
			      d->n_done == 1 ? "Stored"
					     : arena_fmt(mem, "%lld stored",
							 (long long)d->n_done));
	if (d->n_leads)
		return status(r, "idle", "skip", "Known already");
	return status(r, "idle", "info",
		      d->n_tests ? "Test noted" : "Noted, no lead");
}

static const char *
what(struct req *r, const struct delivery *d)
{
	struct arena *mem = r->t.mem;

	if (d->n_leads == 1 && d->lead[0])
		return arena_fmt(mem, "1 lead: %s", d->lead);
	if (d->n_leads)
		return view_count(mem, d->n_leads, "lead", "leads");
	if (d->n_tests)
		return "Test button, no real lead";
	return view_count(mem, d->bytes, "byte", "bytes");
}

static void
set_when(struct req *r, struct delivery_view *v, struct when at)
{
	struct arena *mem = r->t.mem;

	v->when_iso = when_iso(mem, at);
	v->when_full = when_full(mem, at, req_zone(r));
	v->when_short = when_stamp(mem, at, r->t.now, req_zone(r));
}

/* The one lead of a message, if somebody can do something about it. */
static int64_t
retry_of(struct req *r, const struct delivery *d)
{
	bool waits_long = d->n_waiting && d->next_try.ms > r->t.now.ms;

	return req_may(r, PERM_ADMIN) && d->n_leads == 1 &&
			       (d->n_parked || d->n_dead || waits_long)
		       ? d->job_id
		       : 0;
}

struct delivery_view
deliveryrow_of(struct req *r, const struct delivery *d)
{
	struct delivery_view v = {
		.open = url_page(r->t.mem, r->page.root, "/deliveries/%lld",
				 (long long)d->id),
		.title_text = d->page_name[0] ? d->page_name
			      : d->n_tests    ? "Meta dashboard"
					      : "Meta",
		.what = what(r, d),
		.is_signed = true,
		.signature = "Verified",
		.is_escaped = d->is_escaped,
		.status = result(r, d),
		.retry = retry_of(r, d),
	};

	set_when(r, &v, d->received_at);
	return v;
}

/* ---- a lead, or other work ----------------------------------------------------------- */

static bool
is_lead(const struct delivery_job *j)
{
	return text_is(text_of(j->kind), JOB_LEAD);
}

static bool
is_letter(const struct delivery_job *j)
{
	return text_is(text_of(j->kind), JOB_MAIL);
}

static const char *
kind_words(const char *kind)
{
	static const struct {
		const char *kind, *words;
	} all[] = {
		{ JOB_MAIL, "A letter" },
		{ JOB_SYNC, "A sync" },
		{ JOB_HEALTH, "A look at a connection" },
		{ JOB_REMAP, "New fields of a form" },
		{ JOB_BULK, "A change of many leads" },
		{ JOB_FILE, "A file of leads" },
		{ JOB_DRILL, "A fire drill" },
	};

	for (size_t i = 0; i < COUNT(all); i++)
		if (text_is(text_of(kind), all[i].kind))
			return all[i].words;
	return "Other work";
}

const char *
deliveryrow_way(const char *way)
{
	if (text_is(text_of(way), "sync"))
		return "It was read by a sync";
	if (text_is(text_of(way), "history"))
		return "It was read by an import of history";
	if (text_is(text_of(way), "import"))
		return "It came with a file";
	return "It is stored";
}

static struct status_view *
state_of(struct req *r, const struct delivery_job *j)
{
	struct text s = text_of(j->state);

	if (text_is(s, "done") && j->lead_id)
		return status(r, "ok", "ok", "Stored");
	if (text_is(s, "done"))
		return status(r, "idle", "skip",
			      is_lead(j) && j->reason[0] ? "Not stored"
							 : "Done");
	if (text_is(s, "parked"))
		return status(
			r, "warn", "pause",
			arena_fmt(r->t.mem, "Parked: %s", cause(r, j->reason)));
	if (text_is(s, "dead"))
		return status(r, "err", "error", "Given up");
	if (text_is(s, "running"))
		return status(r, "busy", "clock",
			      is_lead(j) ? "Being read" : "At work");
	/* Why other work waits stands beside its name. */
	return status(r, "busy", "clock",
		      waits(r, j->run_at, is_lead(j) ? j->reason : ""));
}

/* A reason of crm/reason.h has words of its own; others have only these. */
static const char *
job_words(struct req *r, const struct delivery_job *j)
{
	if (!j->reason[0] || (j->words[0] && !reason_known(j->reason)))
		return j->words;
	return arena_fmt(r->t.mem, "%s%s%s", cause(r, j->reason),
			 j->words[0] ? ": " : "", j->words);
}

static const char *
title_of(struct req *r, const struct delivery_job *j)
{
	if (!is_lead(j))
		return kind_words(j->kind);
	if (j->page_name[0])
		return j->page_name;
	return j->page_meta_id[0]
		       ? arena_fmt(r->t.mem, "Page %s", j->page_meta_id)
		       : "Meta";
}

static bool
may_retry(struct req *r, const struct delivery_job *j)
{
	struct text s = text_of(j->state);

	return req_may(r, PERM_ADMIN) && (!is_letter(j) || j->may_be_sent) &&
	       (text_is(s, "parked") || text_is(s, "dead") ||
		(text_is(s, "ready") && is_lead(j) &&
		 j->run_at.ms > r->t.now.ms));
}

struct delivery_view
deliveryrow_job(struct req *r, const struct delivery_job *j)
{
	struct arena *mem = r->t.mem;
	struct delivery_view v = {
		.open = j->receipt_id ? url_page(mem, r->page.root,
						 "/deliveries/%lld",
						 (long long)j->receipt_id)
				      : url_page(mem, r->page.root,
						 "/deliveries/job/%lld",
						 (long long)j->id),
		.title_text = title_of(r, j),
		.what = is_lead(j) ? arena_fmt(mem, "1 lead: %s", j->subject)
				   : job_words(r, j),
		.is_signed = j->was_told,
		.signature = j->was_told  ? "Verified"
			     : is_lead(j) ? "No message"
					  : "",
		.status = state_of(r, j),
		.retry = may_retry(r, j) ? j->id : 0,
	};

	set_when(r, &v, j->received_at);
	return v;
}

/* ---- step by step -------------------------------------------------------------------- */

static void
add_step(struct req *r, struct delivery_lead_view *v, const char *class,
	 const char *name, struct when at, const char *words)
{
	struct arena *mem = r->t.mem;
	struct delivery_step_view *s = &v->steps[v->n_steps++];

	*s = (struct delivery_step_view){ .class = class,
					  .name = name,
					  .words = words };
	if (!at.ms)
		return;
	s->when_iso = when_iso(mem, at);
	s->when_full = when_full(mem, at, req_zone(r));
	s->when_short = when_stamp(mem, at, r->t.now, req_zone(r));
}

/* "after 3 tries: Facebook password changed". */
static const char *
tries(struct req *r, const struct delivery_job *j)
{
	const char *words = job_words(r, j);

	if (!j->attempts)
		return words;
	return arena_fmt(r->t.mem, "after %s%s%s",
			 view_count(r->t.mem, j->attempts, "try", "tries"),
			 words[0] ? ": " : "", words);
}

static void
add_end(struct req *r, const struct delivery_job *j,
	struct delivery_lead_view *v)
{
	static const struct when unknown;
	struct text s = text_of(j->state);
	const char *word = state_of(r, j)->word;

	if (text_is(s, "done"))
		add_step(r, v, "done", word, j->ended_at, tries(r, j));
	else if (text_is(s, "parked"))
		add_step(r, v, "now", "Parked", j->ended_at, tries(r, j));
	else if (text_is(s, "dead"))
		add_step(r, v, "fail", word, j->ended_at, tries(r, j));
	else if (text_is(s, "running"))
		add_step(r, v, "now", word, unknown, tries(r, j));
	else if (j->run_at.ms <= r->t.now.ms)
		add_step(r, v, "now", word, j->run_at, tries(r, j));
	else
		add_step(r, v, "now", "Next try", j->run_at, tries(r, j));
}

/* Who gets letters, and about what, is for Admins. */
static const char *
letter_words(struct req *r, const struct delivery_job *j)
{
	if (!is_letter(j) || !req_may(r, PERM_ADMIN))
		return NULL;
	if (!j->letter_to[0])
		return "The letter is not kept any more.";
	return arena_fmt(r->t.mem, "To %s%s: %s", j->letter_to,
			 j->may_be_sent ? "" : " (not sent any more)",
			 j->letter);
}

struct delivery_lead_view
deliveryrow_lead(struct req *r, const struct delivery_job *j)
{
	struct arena *mem = r->t.mem;
	struct delivery_lead_view v = {
		.id = j->id,
		.subject = is_lead(j)
				   ? j->subject
				   : arena_fmt(mem, "%s: %s",
					       kind_words(j->kind), j->subject),
		.steps = NEW_ARRAY(mem, struct delivery_step_view, STEPS_MAX),
		.letter = letter_words(r, j),
		.may_retry = may_retry(r, j),
	};

	if (j->was_told)
		add_step(r, &v, "done", "Meta's message came", j->received_at,
			 "");
	add_step(r, &v, "done",
		 j->was_told ? "Message opened" : "Set aside to be done",
		 j->created_at, "");
	add_end(r, j, &v);
	if (j->lead_id)
		v.lead = url_page(mem, r->page.root, "/lead/%lld",
				  (long long)j->lead_id);
	return v;
}
