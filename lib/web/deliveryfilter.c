/* deliveryfilter: addresses and selects. */
#include "web/deliveryfilter.h"

#include "crm/page.h"

const char *const deliveryfilter_states[] = { "",     "waiting", "parked",
					      "dead", "other",	 NULL };

struct deliveryfilter
deliveryfilter_of(const struct deliveryfilter *in)
{
	struct deliveryfilter f = *in;

	if (text_is(text_of(f.state), "other"))
		f.page = "";
	return f;
}

enum rc
deliveryfilter_read(struct req *r, const struct deliveryfilter *in,
		    struct delivery_filter *out)
{
	*out = (struct delivery_filter){ .state = in->state,
					 .lead = in->lead,
					 .page = in->page,
					 .at = { in->at },
					 .before = in->before };
	if (in->page[0] && !text_is_id(text_of(in->page)))
		return fail(&r->t, E_INPUT, "page is no id");
	if (in->from[0] &&
	    !day_parse(text_of(in->from), req_zone(r), &out->from))
		return fail(&r->t, E_INPUT, "from is no day");
	if (!in->until[0])
		return OK;
	if (!day_parse(text_of(in->until), req_zone(r), &out->until))
		return fail(&r->t, E_INPUT, "until is no day");
	out->until = when_midnight(out->until, 1, req_zone(r));
	return OK;
}

bool
deliveryfilter_any(const struct deliveryfilter *in)
{
	return in->state[0] || in->page[0] || in->lead[0] || in->from[0] ||
	       in->until[0] || in->at;
}

struct url
deliveryfilter_url(struct req *r, const struct deliveryfilter *in,
		   struct when at, int64_t before)
{
	struct arena *mem = r->t.mem;
	const struct {
		const char *name, *value;
	} texts[] = {
		{ "state", in->state }, { "page", in->page },
		{ "lead", in->lead },	{ "from", in->from },
		{ "until", in->until },
	};
	struct url u = url_page(mem, r->page.root, "/deliveries");

	for (size_t i = 0; i < COUNT(texts); i++)
		if (texts[i].value[0])
			u = url_with(mem, u, texts[i].name, texts[i].value);
	if (!at.ms)
		return u;
	u = url_with(mem, u, "at", arena_fmt(mem, "%lld", (long long)at.ms));
	return url_with(mem, u, "before",
			arena_fmt(mem, "%lld", (long long)before));
}

void
deliveryfilter_results(struct req *r, const struct deliveryfilter *in,
		       struct option_view **out, size_t *n)
{
	static const char *const titles[] = { "All", "Waiting", "Parked",
					      "Given up", "Other work" };

	*out = NEW_ARRAY(r->t.mem, struct option_view, COUNT(titles));
	*n = 0;
	while (*n < COUNT(titles))
		option_add(*out, n, deliveryfilter_states[*n], titles[*n],
			   in->state);
}

/* One that is not connected any more can still be asked for by its address. */
enum rc
deliveryfilter_pages(struct req *r, const struct deliveryfilter *in,
		     struct option_view **out, size_t *n)
{
	struct arena *mem = r->t.mem;
	struct page *all = NULL;
	size_t n_all = 0;
	bool known = !in->page[0];
	enum rc rc = page_list(&r->t, 0, &all, &n_all);

	if (rc)
		return rc;
	*out = NEW_ARRAY(mem, struct option_view, n_all + 2);
	*n = 0;
	option_add(*out, n, "", "All", in->page);
	for (size_t i = 0; i < n_all; i++) {
		option_add(*out, n, all[i].meta_id, all[i].name, in->page);
		known |= !strcmp(all[i].meta_id, in->page);
	}
	if (!known)
		option_add(*out, n, in->page,
			   arena_fmt(mem, "Page %s", in->page), in->page);
	return OK;
}
