/* ledgerrow: numbers of the ledger in words. */
#include "web/ledgerrow.h"

#include "base/escape.h"
#include "crm/reason.h"

const struct tmpl_field ledgerrow_fields[] = {
	FIELD(struct ledger_line_view, id),
	FIELD(struct ledger_line_view, name),
	FIELD(struct ledger_line_view, page),
	FIELD(struct ledger_line_view, balance),
	FIELD(struct ledger_line_view, class),
	FIELD(struct ledger_line_view, icon),
	FIELD(struct ledger_line_view, at_meta),
	FIELD(struct ledger_line_view, received),
	FIELD(struct ledger_line_view, stored),
	FIELD(struct ledger_line_view, joined),
	FIELD(struct ledger_line_view, test),
	FIELD(struct ledger_line_view, parked),
	FIELD(struct ledger_line_view, dead),
	FIELD(struct ledger_line_view, expired),
	FIELD(struct ledger_line_view, to),
	{ 0 },
};
const struct tmpl_field ledgerrow_missing_fields[] = {
	FIELD(struct ledger_missing_view, leadgen_id),
	FIELD(struct ledger_missing_view, state),
	FIELD(struct ledger_missing_view, why),
	FIELD(struct ledger_missing_view, submitted),
	{ 0 },
};
const struct tmpl_field missing_fields[] = {
	FIELD(struct missing_view, n),
	FIELD(struct missing_view, words),
	FIELD(struct missing_view, to),
	{ 0 },
};

struct ledger_line_view
ledgerrow_of(struct req *r, const struct ledger_form *f)
{
	struct arena *mem = r->t.mem;
	struct ledger_line_view v = { .id = f->id,
				      .name = f->name,
				      .page = f->page_name,
				      .class = f->n_missing ? "err"
					       : ledger_is_known(f, r->t.now)
						       ? "ok"
						       : "idle" };

	v.icon = url_icon(mem, r->page.root,
			  f->n_missing			 ? "error"
			  : ledger_is_known(f, r->t.now) ? "ok"
							 : "clock");
	v.at_meta = f->base_at.ms ? arena_fmt(mem, "%lld", (long long)f->n_meta)
				  : "\xe2\x80\x93";
	v.balance =
		!f->base_at.ms ? "not counted yet"
		: f->n_missing ? arena_fmt(mem, "%lld missing",
					   (long long)f->n_missing)
		: ledger_is_known(f, r->t.now)
			? "0 missing"
			: arena_fmt(mem, "not counted since %s",
				    when_day(mem, f->counted_at, req_zone(r)));
	return v;
}

void
ledgerrow_add(struct ledger_line_view *v, const struct ledger_sum *s)
{
	v->received = s->received;
	v->stored = s->stored;
	v->joined = s->joined;
	v->test = s->test;
	v->parked = s->parked;
	v->dead = s->dead;
	v->expired = s->expired;
}

void
ledgerrow_csv(struct buf *b, bool by_day, const struct ledger_line_view *l)
{
	const int64_t numbers[] = { l->received, l->stored, l->joined, l->test,
				    l->parked,	 l->dead,   l->expired };

	escape_csv(b, text_of(l->name));
	if (!by_day) {
		buf_putc(b, ',');
		escape_csv(b, text_of(l->page));
		buf_putc(b, ',');
		escape_csv(b, text_of(l->at_meta));
	}
	for (size_t i = 0; i < COUNT(numbers); i++)
		buf_fmt(b, ",%lld", (long long)numbers[i]);
	if (!by_day) {
		buf_putc(b, ',');
		escape_csv(b, text_of(l->balance));
	}
	buf_puts(b, "\r\n");
}

static const char *
state_words(const struct ledger_lead *l)
{
	switch (l->state[0]) {
	case 'p':
		return "Parked";
	case 'd':
		return "Given up";
	default:
		return "Waiting";
	}
}

static const char *
why_words(struct req *r, const struct ledger_lead *l)
{
	struct reason_facts facts = { 0 };

	return l->reason[0]
		       ? reason_card(r->t.mem, reason_of(l->reason), &facts)
		       : "";
}

enum rc
ledgerrow_missing(struct req *r, const struct ledger_form *f,
		  struct ledger_missing_view **out, size_t *n_out)
{
	struct arena *mem = r->t.mem;
	struct ledger_missing_view *rows;
	struct ledger_lead *all = NULL;
	size_t n = 0;
	enum rc rc = ledger_missing(&r->t, f->meta_id, &all, &n);

	if (rc)
		return rc;
	rows = NEW_ARRAY(mem, struct ledger_missing_view, n);
	for (size_t i = 0; i < n; i++)
		rows[i] = (struct ledger_missing_view){
			.leadgen_id = all[i].leadgen_id,
			.state = state_words(&all[i]),
			.why = why_words(r, &all[i]),
			.submitted = when_full(mem,
					       all[i].submitted_at.ms
						       ? all[i].submitted_at
						       : all[i].received_at,
					       req_zone(r)),
		};
	*out = rows;
	*n_out = n;
	return OK;
}

/* What was counted longest ago says how far the sum can be trusted. */
enum rc
ledgerrow_total(struct req *r, int64_t integration_id, struct missing_view *out)
{
	struct arena *mem = r->t.mem;
	struct ledger_total all = { 0 };
	enum rc rc = ledger_total(&r->t, integration_id, &all);

	if (rc)
		return rc;
	out->n = all.n_missing || all.n_known
			 ? arena_fmt(mem, "%lld", (long long)all.n_missing)
			 : "not known";
	out->words =
		all.n_known < all.n_forms ? "not every form was counted lately"
		: all.n_known		  ? arena_fmt(mem, "counted %s",
						      when_point(mem, all.counted_at,
								 r->t.now, req_zone(r)))
					  : "no form is counted yet";
	out->to = url_page(mem, r->page.root, "/ledger");
	if (integration_id)
		out->to = url_with(
			mem, out->to, "integration",
			arena_fmt(mem, "%lld", (long long)integration_id));
	return OK;
}
