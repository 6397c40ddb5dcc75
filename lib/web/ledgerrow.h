/*
 * ledgerrow: a line of the ledger, on the page and in its CSV, and a lead that
 * is missing.
 */
#ifndef WEB_LEDGERROW_H
#define WEB_LEDGERROW_H
#include "base/buf.h"
#include "crm/ledger.h"
#include "web/app.h"

struct ledger_line_view { /* a form, or a day of one */
	int64_t id;
	const char *name, *page, *balance, *class, *at_meta;
	struct url icon; /* beside the balance */
	int64_t received, stored, joined, test, parked, dead, expired;
	struct url to;
};
struct missing_view {	   /* of an integration, or of all */
	const char *n;	   /* "0", "2", "not known" */
	const char *words; /* "counted 14:00" */
	struct url to;	   /* the forms of which it is the sum */
};
struct ledger_missing_view {
	const char *leadgen_id, *state, *why, *submitted;
};
extern const struct tmpl_field ledgerrow_fields[];
extern const struct tmpl_field ledgerrow_missing_fields[];

/* Of a form, without what happened in the span, and without `to`. */
struct ledger_line_view ledgerrow_of(struct req *r,
				     const struct ledger_form *f);
void ledgerrow_add(struct ledger_line_view *v, const struct ledger_sum *s);
void ledgerrow_csv(struct buf *b, bool by_day,
		   const struct ledger_line_view *l);
/* The missing ones of a form that have a name. */
NODISCARD enum rc ledgerrow_missing(struct req *r, const struct ledger_form *f,
				    struct ledger_missing_view **out,
				    size_t *n_out);
extern const struct tmpl_field missing_fields[];
/* "Missing at Meta" of the forms that are wanted; 0 = of all integrations. */
NODISCARD enum rc ledgerrow_total(struct req *r, int64_t integration_id,
				  struct missing_view *out);

#endif
