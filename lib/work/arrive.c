/* arrive: from an answer to a person in the CRM. */
#include "work/arrive.h"

#include "base/buf.h"
#include "base/json.h"
#include "crm/facet.h"
#include "crm/recognise.h"
#include "db/db.h"
#include "work/leadmail.h"

enum { ANSWERS_MAX = 4 << 20 };

const char *
arrive_answers(struct arena *mem, const struct submission_answer *all, size_t n)
{
	struct buf b = buf_in(mem, ANSWERS_MAX);
	struct json_out out = { .to = &b };

	json_open(&out, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&out, '{');
		json_name(&out, "key");
		json_put(&out, all[i].key);
		json_name(&out, "question");
		json_put(&out, all[i].question);
		json_name(&out, "type");
		json_put(&out, all[i].type);
		json_name(&out, "value");
		json_put(&out, all[i].value);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	return b.failed ? NULL : buf_str(&b);
}

struct work {
	const struct arrival *in;
	struct lead said; /* with its normal forms */
	enum arrive_outcome outcome;
	/* what this try has made so far */
	int64_t lead_id, submission_id;
	int64_t holder_id; /* who had the lead before */
	struct lead known; /* of ARRIVE_JOINED */
	const char *by;	   /* "e-mail": what it was recognised by */
	const char *gave;  /* for submission_gave */
};

/* Two workers met at the same lead: the transaction is run again and then finds
 * what the other one made. */
static enum rc
met_another(struct task *t, enum rc rc)
{
	if (rc != E_CONFLICT)
		return rc;
	task_forgive(t);
	return fail(t, E_BUSY, "another worker was here first");
}

/* Somebody new, or a further lead of somebody, who stays known by the first. */
static enum rc
make_lead(struct task *t, struct work *w, bool known)
{
	enum rc rc = lead_add(t, &w->said, &w->lead_id);

	w->outcome = ARRIVE_NEW;
	if (rc)
		return rc;
	return known ? recognise_also(t, &w->said, w->lead_id)
		     : recognise_new(t, &w->said, w->lead_id);
}

static enum rc
join_lead(struct task *t, struct work *w)
{
	enum rc rc = lead_hold(t, w->lead_id, &w->known);

	if (rc)
		return rc;
	w->holder_id = w->known.assignee_id;
	if (!strcmp(w->in->on_known, "skip")) {
		w->outcome = ARRIVE_SKIPPED;
		return OK;
	}
	w->outcome = ARRIVE_JOINED;
	rc = lead_fill(t, w->lead_id, &w->said);
	return rc ? rc : recognise_also(t, &w->said, w->lead_id);
}

static enum rc
find_or_make_lead(struct task *t, struct work *w)
{
	enum rc rc = recognise_find(t, &w->said, &w->lead_id, &w->by);

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return make_lead(t, w, false);
	}
	if (rc)
		return rc;
	if (!strcmp(w->in->on_known, "new"))
		return make_lead(t, w, true);
	return join_lead(t, w);
}

static enum rc
add_submission(struct task *t, struct work *w)
{
	struct submission sub = w->in->sub;
	enum rc rc;

	sub.lead_id = w->lead_id;
	sub.is_joined = w->outcome == ARRIVE_JOINED;
	sub.is_skipped = w->outcome == ARRIVE_SKIPPED;
	sub.filled = sub.is_joined
			     ? fieldmap_filled(t->mem, &w->known, &w->said)
			     : "";
	rc = met_another(t, submission_add(t, &sub, &w->submission_id));
	if (rc || sub.is_skipped)
		return rc;
	rc = lead_submitted(t, w->lead_id, w->submission_id);
	if (!rc && sub.is_joined)
		rc = recognise_differs(t, &w->known, &w->said,
				       w->submission_id);
	return rc;
}

static enum rc
note_arrival(struct task *t, const struct work *w)
{
	const struct arrival *in = w->in;
	const char *words = in->came, *kind = "came";

	if (w->outcome == ARRIVE_JOINED) {
		kind = "joined";
		words = arena_fmt(t->mem, "%s and joined this lead: same %s",
				  in->again, w->by);
	} else if (w->outcome == ARRIVE_SKIPPED) {
		kind = "skipped";
		words = arena_fmt(t->mem,
				  "%s; known already (same %s), so only the "
				  "answer is kept",
				  in->again, w->by);
	}
	return timeline_note(t, w->lead_id, kind, words, "", w->submission_id);
}

static enum rc
add_tags(struct task *t, struct work *w)
{
	const char *const *tags = w->in->tags;
	enum rc rc = OK;

	for (size_t i = 0; !rc && tags[i]; i++) {
		bool is_new = false;

		rc = lead_tag_add(t, w->lead_id, tags[i], &is_new);
		if (is_new)
			w->gave = arena_fmt(t->mem, "%stag %s\n", w->gave,
					    tags[i]);
	}
	return rc;
}

static enum rc
fill_own(struct task *t, struct work *w)
{
	const struct fieldmap_person *p = &w->in->said;
	bool *added = NEW_ARRAY(t->mem, bool, p->n_custom);
	enum rc rc = custom_fill(t, w->lead_id, p->custom, p->n_custom, added);

	for (size_t i = 0; !rc && i < p->n_custom; i++)
		if (added[i])
			w->gave = arena_fmt(t->mem, "%scustom %lld\n", w->gave,
					    (long long)p->custom[i].field_id);
	return rc;
}

static enum rc
tell(struct task *t, const struct work *w, int64_t user_id)
{
	const struct lead_news n = { .lead_id = w->lead_id,
				     .user_id = user_id,
				     .submission_id = w->submission_id,
				     .way = w->in->sub.way };

	return user_id == w->holder_id ? leadmail_again(t, &n)
				       : leadmail_given(t, &n);
}

static enum rc
assign(struct task *t, struct work *w)
{
	struct assignment a = { .nobody_why = "strategy" };
	enum rc rc = w->in->assign(t, w->in->arg, w->holder_id, &a);

	if (!rc && (a.user_id ? a.user_id != w->holder_id : !w->holder_id))
		rc = lead_assign(t, w->lead_id, a.user_id, a.nobody_why);
	if (!rc && a.user_id && !w->holder_id)
		w->gave = arena_fmt(t->mem, "%sperson %lld %s\n", w->gave,
				    (long long)a.user_id, w->known.nobody_why);
	if (!rc && a.user_id)
		rc = submission_assigned(t, w->submission_id, a.user_id);
	if (!rc && a.user_id)
		rc = tell(t, w, a.user_id);
	if (rc)
		return rc;
	return timeline_add(t, w->lead_id,
			    a.user_id ? "assigned" : "unassigned", a.words,
			    &a.why);
}

static enum rc
settle(struct task *t, struct work *w)
{
	enum rc rc = OK;

	if (w->outcome != ARRIVE_SKIPPED) {
		rc = add_tags(t, w);
		if (!rc)
			rc = fill_own(t, w);
		if (!rc)
			rc = assign(t, w);
		if (!rc)
			rc = facet_words(t, w->lead_id);
	}
	/* A lead that the file made goes as a whole. */
	if (!rc && w->outcome == ARRIVE_JOINED && w->in->sub.import_id &&
	    w->gave[0])
		rc = submission_gave(t, w->submission_id, w->gave);
	return rc ? rc : facet_refresh(t, w->lead_id);
}

static enum rc
take_in(struct task *t, void *arg)
{
	struct work *w = arg;
	bool known = false;
	/* The job first: whoever lost its lease changes nothing. */
	enum rc rc = w->in->job ? queue_done(t, w->in->job) : OK;

	w->outcome = ARRIVE_KNOWN;
	w->lead_id = w->holder_id = 0;
	w->known = (struct lead){ .nobody_why = "" };
	w->gave = "";
	if (!rc && w->in->sub.leadgen_id)
		rc = submission_known(t, w->in->sub.leadgen_id, &known);
	if (rc || known)
		return rc;
	/* What a file brought goes when the file is undone. */
	if (!w->in->job && w->in->sub.leadgen_id && !w->in->sub.import_id)
		rc = queue_lead_came(t, w->in->sub.leadgen_id);
	if (!rc)
		rc = find_or_make_lead(t, w);
	if (!rc)
		rc = add_submission(t, w);
	if (!rc)
		rc = note_arrival(t, w);
	return rc ? rc : settle(t, w);
}

enum rc
arrive(struct task *t, const struct arrival *in, enum arrive_outcome *outcome,
       int64_t *lead_id)
{
	struct work w = { .in = in, .said = in->said.lead };
	enum rc rc;

	recognise_norms(t, &w.said);
	rc = db_tx(t, "arrive", take_in, &w);
	if (rc)
		return rc;
	*outcome = w.outcome;
	if (lead_id)
		*lead_id = w.lead_id;
	return OK;
}
