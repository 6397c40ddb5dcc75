/* deliveryrow: results in words. */
#include "web/deliveryrow.h"

#include "crm/reason.h"
#include "web/view.h"

const struct tmpl_field deliveryrow_fields[] = {
	FIELD(struct delivery_view, id),
	FIELD(struct delivery_view, title_text),
	FIELD(struct delivery_view, what),
	FIELD(struct delivery_view, when_iso),
	FIELD(struct delivery_view, when_full),
	FIELD(struct delivery_view, when_short),
	FIELD(struct delivery_view, is_escaped),
	ONE(struct delivery_view, status, status_fields),
	{ 0 },
};
const struct tmpl_field delivery_lead_fields[] = {
	FIELD(struct delivery_lead_view, id),
	FIELD(struct delivery_lead_view, leadgen_id),
	FIELD(struct delivery_lead_view, words),
	FIELD(struct delivery_lead_view, tries),
	ONE(struct delivery_lead_view, status, status_fields),
	FIELD(struct delivery_lead_view, lead),
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

/* Until when; and why, unless it mends itself. */
static const char *
waits(struct req *r, const struct delivery *d)
{
	struct arena *mem = r->t.mem;
	const char *until = when_minute(mem, d->next_try, req_zone(r));

	if (d->next_try.ms <= r->t.now.ms)
		return "Being read";
	if (!d->reason[0] || reason_of(d->reason)->level == REASON_WAIT)
		return arena_fmt(mem, "Waits until %s", until);
	return arena_fmt(mem, "Waits until %s: %s", until, cause(r, d->reason));
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
	if (d->n_waiting)
		return status(r, "busy", "clock", waits(r, d));
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

struct delivery_view
deliveryrow_of(struct req *r, const struct delivery *d)
{
	struct arena *mem = r->t.mem;

	return (struct delivery_view){
		.id = d->id,
		.title_text = d->page_name[0] ? d->page_name
			      : d->n_tests    ? "Meta dashboard"
					      : "Meta",
		.what = what(r, d),
		.when_iso = when_iso(mem, d->received_at),
		.when_full = when_full(mem, d->received_at, req_zone(r)),
		.when_short =
			when_stamp(mem, d->received_at, r->t.now, req_zone(r)),
		.is_escaped = d->is_escaped,
		.status = result(r, d),
	};
}

static struct status_view *
state_of(struct req *r, const struct delivery_job *j)
{
	struct text s = text_of(j->state);

	if (text_is(s, "done"))
		return status(r, "ok", "ok", "Stored");
	if (text_is(s, "parked"))
		return status(r, "warn", "pause", "Parked");
	if (text_is(s, "dead"))
		return status(r, "err", "error", "Given up");
	return status(r, "busy", "clock",
		      text_is(s, "running") ? "Being read" : "Waiting");
}

static const char *
job_words(struct req *r, const struct delivery_job *j)
{
	if (!j->reason[0])
		return "";
	return arena_fmt(r->t.mem, "%s%s%s", cause(r, j->reason),
			 j->words[0] ? ": " : "", j->words);
}

struct delivery_lead_view
deliveryrow_lead(struct req *r, const struct delivery_job *j)
{
	struct text s = text_of(j->state);
	struct delivery_lead_view v = {
		.id = j->id,
		.leadgen_id = j->leadgen_id,
		.words = job_words(r, j),
		.tries = arena_fmt(
			r->t.mem, "after %s",
			view_count(r->t.mem, j->attempts, "try", "tries")),
		.status = state_of(r, j),
		.may_retry = req_may(r, PERM_ADMIN) &&
			     (text_is(s, "parked") || text_is(s, "dead")),
	};

	if (j->lead_id)
		v.lead = url_page(r->t.mem, r->page.root, "/lead/%lld",
				  (long long)j->lead_id);
	return v;
}
