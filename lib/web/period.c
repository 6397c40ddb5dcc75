/* period: days read from a form. */
#include "web/period.h"

#include "crm/integration.h"
#include "web/view.h"

const char *const period_names[] = { "30", "7", "90", "own", NULL };

static const char *
last_days(struct req *r, struct period_asked asked, struct report_span *s)
{
	const char *zone = req_zone(r);
	int64_t n = 30;
	struct when from;

	text_int(text_of(asked.period), 1, 90, &n);
	from = when_midnight(r->t.now, 1 - n, zone);
	report_span_of(&r->t, from, (size_t)n, zone, s);
	s->integration_id = asked.integration_id;
	return NULL;
}

const char *
period_read(struct req *r, struct period_asked asked, struct report_span *out)
{
	const char *zone = req_zone(r);
	struct when from, to;
	int64_t n;

	if (strcmp(asked.period, "own") != 0)
		return last_days(r, asked, out);
	if (!day_parse(text_of(asked.from), zone, &from) ||
	    !day_parse(text_of(asked.to), zone, &to))
		return "Enter the first and the last day.";
	n = when_days_between(from, to, zone) + 1;
	if (n < 1)
		return "The last day lies before the first.";
	if (n > REPORT_DAYS_MAX)
		return "Choose 366 days at most.";
	report_span_of(&r->t, from, (size_t)n, zone, out);
	out->integration_id = asked.integration_id;
	return NULL;
}

struct url
period_url(struct arena *mem, struct url u, struct period_asked asked)
{
	u = url_with(mem, u, "period", asked.period);
	u = url_with(mem, u, "integration",
		     arena_fmt(mem, "%lld", (long long)asked.integration_id));
	if (strcmp(asked.period, "own") != 0)
		return u;
	return url_with(mem, url_with(mem, u, "from", asked.from), "to",
			asked.to);
}

void
period_options(struct arena *mem, const char *chosen, struct option_view **out,
	       size_t *n)
{
	static const char *const titles[] = { "Last 30 days", "Last 7 days",
					      "Last 90 days", "From and to" };

	*out = NEW_ARRAY(mem, struct option_view, COUNT(titles));
	*n = 0;
	while (*n < COUNT(titles))
		option_add(*out, n, period_names[*n], titles[*n], chosen);
}

enum rc
period_integrations(struct req *r, int64_t chosen, struct option_view **out,
		    size_t *n)
{
	struct arena *mem = r->t.mem;
	const char *now = arena_fmt(mem, "%lld", (long long)chosen);
	struct integration *all = NULL;
	size_t n_all = 0;
	enum rc rc = integration_list(&r->t, &all, &n_all);

	if (rc)
		return rc;
	*out = NEW_ARRAY(mem, struct option_view, n_all);
	*n = 0;
	for (size_t i = 0; i < n_all; i++)
		option_add(*out, n,
			   arena_fmt(mem, "%lld", (long long)all[i].id),
			   all[i].name, now);
	return OK;
}
