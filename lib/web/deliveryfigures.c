/* deliveryfigures: counts, and sentences where there is something to say. */
#include "web/deliveryfigures.h"

#include "web/view.h"
#include "web/way.h"
#include "work/delivery.h"
#include "work/inbox.h"
#include "work/queue.h"

const struct tmpl_field deliverywaiting_fields[] = {
	FIELD(struct deliverywaiting, n),
	FIELD(struct deliverywaiting, note),
	FIELD(struct deliverywaiting, unopened),
	{ 0 },
};
const struct tmpl_field deliveryfigures_fields[] = {
	FIELD(struct deliveryfigures, n_today),
	ONE(struct deliveryfigures, waiting, deliverywaiting_fields),
	FIELD(struct deliveryfigures, n_parked),
	FIELD(struct deliveryfigures, n_dead),
	FIELD(struct deliveryfigures, refused),
	FIELD(struct deliveryfigures, others),
	FIELD(struct deliveryfigures, secret),
	FIELD(struct deliveryfigures, secret_words),
	FIELD(struct deliveryfigures, secret_way),
	{ 0 },
};

static enum rc
set_refused(struct req *r, struct deliveryfigures *v)
{
	struct delivery_refused *all = NULL;
	int64_t sum = 0;
	size_t n = 0;
	enum rc rc = delivery_refusals(&r->t, &all, &n);

	for (size_t i = 0; !rc && i < n; i++)
		sum += all[i].n;
	if (sum > 0)
		v->refused = arena_fmt(
			r->t.mem,
			"%s refused within 7 days, because the signature was "
			"missing or wrong. Nothing of them is kept.",
			view_count(r->t.mem, sum, "message was",
				   "messages were"));
	return rc;
}

static const char *
waits(struct req *r, const struct queue_counts *q)
{
	struct arena *mem = r->t.mem;
	struct when oldest = q->oldest_ready;

	if (!oldest.ms)
		return q->running ? "being read" : "nothing to read from Meta";
	if (oldest.ms > r->t.now.ms)
		return arena_fmt(
			mem, "next try %s",
			when_point(mem, oldest, r->t.now, req_zone(r)));
	return arena_fmt(mem, "the oldest for %s",
			 span_words(mem, r->t.now.ms - oldest.ms));
}

struct deliverywaiting *
deliveryfigures_waiting(struct req *r, const struct queue_counts *q)
{
	struct arena *mem = r->t.mem;
	struct deliverywaiting *w = NEW(mem, struct deliverywaiting);

	w->n = q->ready + q->running;
	w->note = waits(r, q);
	if (q->receipts_new == 0)
		return w;
	w->unopened = arena_fmt(
		mem, "%s%s not opened yet", w->n > 0 ? "and " : "",
		view_count(mem, q->receipts_new, "message", "messages"));
	if (w->n == 0)
		w->note = "";
	return w;
}

static enum rc
set_secret(struct req *r, struct deliveryfigures *v)
{
	struct arena *mem = r->t.mem;
	const struct reason *reason = reason_of("app_secret");
	struct reason_facts f = { 0 };
	struct inbox_streak streak = { 0 };
	enum rc rc = inbox_streak(&r->t, &streak);

	if (rc || streak.n < INBOX_STREAK_MANY)
		return rc;
	f.n = view_number(mem, streak.n);
	f.time = when_point(mem, streak.since, r->t.now, req_zone(r));
	v->secret = reason_card(mem, reason, &f);
	v->secret_words = reason_sentence(mem, reason, &f);
	v->secret_way = way_url(r, reason->way, 0);
	return OK;
}

static enum rc
set_others(struct req *r, struct deliveryfigures *v)
{
	int64_t n = 0;
	enum rc rc = delivery_others(&r->t, &n);

	if (n > 0)
		v->others = arena_fmt(
			r->t.mem, "%s given up: letters, syncs and the like.",
			view_count(r->t.mem, n, "other piece of work was",
				   "other pieces of work were"));
	return rc;
}

enum rc
deliveryfigures_of(struct req *r, struct deliveryfigures *out)
{
	struct queue_counts q = { 0 };
	enum rc rc = queue_count(&r->t, &q);

	out->waiting = deliveryfigures_waiting(r, &q);
	out->n_parked = q.parked;
	out->n_dead = q.dead;
	if (!rc)
		rc = delivery_since(&r->t,
				    when_midnight(r->t.now, 0, req_zone(r)),
				    &out->n_today);
	if (!rc)
		rc = set_refused(r, out);
	if (!rc)
		rc = set_secret(r, out);
	return rc ? rc : set_others(r, out);
}
