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
			.why = all[i].reason[0] ? reason_of(all[i].reason)->card
						: "",
			.submitted = when_minute(mem,
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
	struct ledger_form *all = NULL;
	struct when oldest = { 0 };
	size_t n = 0, n_known = 0, n_wanted = 0;
	int64_t missing = 0;
	enum rc rc = ledger_forms(&r->t, integration_id, &all, &n);

	if (rc)
		return rc;
	for (size_t i = 0; i < n && !all[i].is_left_out; i++) {
		n_wanted++;
		missing += all[i].n_missing;
		if (!ledger_is_known(&all[i], r->t.now))
			continue;
		if (!n_known++ || all[i].counted_at.ms < oldest.ms)
			oldest = all[i].counted_at;
	}
	out->n = missing || n_known ? arena_fmt(mem, "%lld", (long long)missing)
				    : "not known";
	out->words = n_known < n_wanted ? "not every form was counted lately"
		     : n_known		? arena_fmt(mem, "counted %s",
						    when_point(mem, oldest, r->t.now,
							       req_zone(r)))
					: "no form is counted yet";
	out->to = url_page(mem, r->page.root, "/ledger");
	if (integration_id)
		out->to = url_with(
			mem, out->to, "integration",
			arena_fmt(mem, "%lld", (long long)integration_id));
	return OK;
}
