/*
 * period: which days a report is of, as it stands in its form and address:
 * the last so many, or from one day to another; and of which integration.
 */
#ifndef WEB_PERIOD_H
#define WEB_PERIOD_H
#include "crm/report.h"
#include "web/app.h"
#include "web/option.h"
#include "web/url.h"

/* "30", "7", "90", "own"; NULL at the end. */
extern const char *const period_names[];

/* The parameters of a report's days, for a struct that has members of these
 * names. */
#define PERIOD_FORM(type)                                                      \
	FORM_TEXT(type, from, 0, 10), FORM_TEXT(type, to, 0, 10),              \
		FORM_INT_OR(type, integration, 0, INT64_MAX, 0),               \
	{                                                                      \
		.name = "period", .kind = FORM_KIND_CHOICE,                    \
		.choices = period_names, .optional = true,                     \
		.offset = FORM_AT(type, period, const char *)                  \
	}

struct period_asked {
	const char *period;	/* one of period_names */
	const char *from, *to;	/* of "own": 2026-09-28 */
	int64_t integration_id; /* 0 = all */
};
/* NULL, or what is wrong with what was asked. */
const char *period_read(struct req *r, struct period_asked asked,
			struct report_span *out);
/* `u` with the same again. */
struct url period_url(struct arena *mem, struct url u,
		      struct period_asked asked);

void period_options(struct arena *mem, const char *chosen,
		    struct option_view **out, size_t *n);
NODISCARD enum rc period_integrations(struct req *r, int64_t chosen,
				      struct option_view **out, size_t *n);

#endif
