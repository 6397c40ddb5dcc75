/* deliveryrange: days read, and what was found in them. */
#include "web/deliveryrange.h"

#include "web/view.h"

const struct form_field deliveryrange_form[] = {
	FORM_TEXT(struct deliveryrange, from, 0, 10),
	FORM_TEXT(struct deliveryrange, until, 0, 10),
	FORM_INT_OR(struct deliveryrange, at, 0, INT64_MAX, 0),
	FORM_INT_OR(struct deliveryrange, id, 0, INT64_MAX, 0),
	{ 0 },
};

bool
deliveryrange_read(struct req *r, const struct deliveryrange *in,
		   struct delivery_range *out)
{
	struct when first, last, end;

	if (!day_parse(text_of(in->from), req_zone(r), &first) ||
	    !day_parse(text_of(in->until), req_zone(r), &last))
		return false;
	end = when_midnight(last, 1, req_zone(r));
	out->from.at = first;
	out->until.at = end;
	if (first.ms >= end.ms || end.ms > when_add(first, 366 * DAY_MS).ms)
		return false;
	if (in->at) {
		out->from.at.ms = in->at;
		out->from.id = in->id;
	}
	return out->from.at.ms >= first.ms && out->from.at.ms < end.ms;
}

const char *
deliveryrange_found(struct req *r, const struct deliveryrange *in,
		    const struct delivery_range *d)
{
	const char *which = "";

	if (d->more)
		which = in->at ? "The next " : "The first ";
	else if (in->at)
		which = "The last ";
	return arena_fmt(r->t.mem, "%s%s, %s expected to be new.%s", which,
			 view_count(r->t.mem, d->n, "delivery", "deliveries"),
			 view_number(r->t.mem, d->n_again),
			 d->more ? " The rest of these days comes after them."
				 : "");
}

struct url
deliveryrange_next(struct req *r, const struct deliveryrange *in,
		   const struct delivery_range *d)
{
	struct arena *mem = r->t.mem;
	struct url u = url_page(mem, r->page.root, "/deliveries");

	if (!d->more)
		return u;
	u = url_page(mem, r->page.root, "/deliveries/replay");
	u = url_with(mem, url_with(mem, u, "from", in->from), "until",
		     in->until);
	u = url_with(mem, u, "at",
		     arena_fmt(mem, "%lld", (long long)d->next.at.ms));
	return url_with(mem, u, "id",
			arena_fmt(mem, "%lld", (long long)d->next.id));
}
