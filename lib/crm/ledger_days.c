/* ledger_days: what happened in a span of days, by form and by day. */
#include "crm/ledger.h"
#include "db/db.h"

enum { SUMS_MAX = 5000, QUARTERS_MAX = 40000 };

#define STORED                                                                 \
	" SUM(NOT is_test) AS stored, SUM(is_joined AND NOT is_test)"          \
	" AS joined, SUM(is_test) AS test FROM submission FORCE INDEX "
#define RECEIVED                                                               \
	" COUNT(*) AS received, SUM(state = 'parked') AS parked,"              \
	" SUM(state = 'dead' AND reason <> 'lead_expired') AS dead,"           \
	" SUM(state = 'dead' AND reason = 'lead_expired') AS expired"          \
	" FROM job FORCE INDEX (received) WHERE kind = 'lead'"                 \
	" AND received_at >= ? AND received_at < ? AND form_meta_id"
/* Midnight lies between two quarters of an hour, in every zone and whatever its
 * summer time does. */
#define QUARTER(at) "TIMESTAMPDIFF(MINUTE, '2000-01-01', " at ") DIV 15"

STATEMENT(ledger_stored,
	  "SELECT form_meta_id," STORED "(report) WHERE imported_at >= ?"
	  " AND imported_at < ? AND (? = 0 OR integration_id = ?)"
	  " AND form_meta_id <> '' GROUP BY form_meta_id"
	  " ORDER BY form_meta_id LIMIT 5000");
STATEMENT(ledger_received,
	  "SELECT form_meta_id," RECEIVED
	  " <> '' AND (? = 0 OR form_meta_id IN (SELECT"
	  " f.meta_id FROM lead_form f JOIN page p ON p.id = f.page_id"
	  " WHERE p.integration_id = ?))"
	  " GROUP BY form_meta_id ORDER BY form_meta_id LIMIT 5000");
STATEMENT(ledger_stored_quarters,
	  "SELECT MIN(imported_at) AS at," STORED
	  "(ledger) WHERE imported_at >= ? AND imported_at < ?"
	  " AND form_meta_id = ? GROUP BY " QUARTER(
		  "imported_at") " ORDER BY at LIMIT 40000");
STATEMENT(ledger_received_quarters,
	  "SELECT MIN(received_at) AS at," RECEIVED
	  " = ? GROUP BY " QUARTER("received_at") " ORDER BY at LIMIT 40000");

#define STORED_COLS                                                            \
	COL(struct ledger_sum, stored), COL(struct ledger_sum, joined),        \
		COL(struct ledger_sum, test)
#define RECEIVED_COLS                                                          \
	COL(struct ledger_sum, received), COL(struct ledger_sum, parked),      \
		COL(struct ledger_sum, dead), COL(struct ledger_sum, expired)

static enum rc
stored(struct task *t, const struct report_span *s, struct db_list *list)
{
	static const struct db_col cols[] = {
		COL(struct ledger_sum, form_meta_id), STORED_COLS, { 0 }
	};

	*list = (struct db_list){ .cols = cols,
				  .size = sizeof(struct ledger_sum),
				  .max = SUMS_MAX };
	return db_rows(t, &ledger_stored,
		       INS(IN(s->day[0]), IN(s->day[s->n_days]),
			   IN(s->integration_id), IN(s->integration_id)),
		       list);
}

static enum rc
received(struct task *t, const struct report_span *s, struct db_list *list)
{
	static const struct db_col cols[] = {
		COL(struct ledger_sum, form_meta_id), RECEIVED_COLS, { 0 }
	};

	*list = (struct db_list){ .cols = cols,
				  .size = sizeof(struct ledger_sum),
				  .max = SUMS_MAX };
	return db_rows(t, &ledger_received,
		       INS(IN(s->day[0]), IN(s->day[s->n_days]),
			   IN(s->integration_id), IN(s->integration_id)),
		       list);
}

/* Both are sorted by form: one walk makes one of them. */
static void
join(struct task *t, const struct db_list *a, const struct db_list *b,
     struct ledger_sum **out, size_t *n)
{
	const struct ledger_sum *x = a->rows, *y = b->rows;
	struct ledger_sum *all =
		NEW_ARRAY(t->mem, struct ledger_sum, a->n + b->n + 1);
	size_t i = 0, j = 0, k = 0;

	while (i < a->n || j < b->n) {
		int order = i == a->n	? 1
			    : j == b->n ? -1
					: strcmp(x[i].form_meta_id,
						 y[j].form_meta_id);
		struct ledger_sum *s = &all[k++];

		*s = order <= 0 ? x[i++] : (struct ledger_sum){ 0 };
		if (order < 0)
			continue;
		s->form_meta_id = y[j].form_meta_id;
		s->received = y[j].received;
		s->parked = y[j].parked;
		s->dead = y[j].dead;
		s->expired = y[j].expired;
		j++;
	}
	*out = all;
	*n = k;
}

enum rc
ledger_sums(struct task *t, const struct report_span *s,
	    struct ledger_sum **out, size_t *n)
{
	struct db_list here, told;
	enum rc rc = stored(t, s, &here);

	if (!rc)
		rc = received(t, s, &told);
	if (!rc)
		join(t, &here, &told, out, n);
	return rc;
}

static enum rc
stored_quarters(struct task *t, const struct report_span *s, const char *form,
		struct db_list *list)
{
	static const struct db_col cols[] = { COL(struct ledger_sum, at),
					      STORED_COLS,
					      { 0 } };

	*list = (struct db_list){ .cols = cols,
				  .size = sizeof(struct ledger_sum),
				  .max = QUARTERS_MAX };
	return db_rows(t, &ledger_stored_quarters,
		       INS(IN(s->day[0]), IN(s->day[s->n_days]), IN(form)),
		       list);
}

static enum rc
received_quarters(struct task *t, const struct report_span *s, const char *form,
		  struct db_list *list)
{
	static const struct db_col cols[] = { COL(struct ledger_sum, at),
					      RECEIVED_COLS,
					      { 0 } };

	*list = (struct db_list){ .cols = cols,
				  .size = sizeof(struct ledger_sum),
				  .max = QUARTERS_MAX };
	return db_rows(t, &ledger_received_quarters,
		       INS(IN(s->day[0]), IN(s->day[s->n_days]), IN(form)),
		       list);
}

static void
add(struct ledger_sum *to, const struct ledger_sum *s)
{
	to->received += s->received;
	to->stored += s->stored;
	to->joined += s->joined;
	to->test += s->test;
	to->parked += s->parked;
	to->dead += s->dead;
	to->expired += s->expired;
}

/* Both are sorted by time. */
static void
add_to_days(struct ledger_sum *days, const struct report_span *s,
	    const struct db_list *quarters)
{
	const struct ledger_sum *q = quarters->rows;
	size_t d = 0;

	for (size_t i = 0; i < quarters->n; i++) {
		while (d + 1 < s->n_days && q[i].at.ms >= s->day[d + 1].ms)
			d++;
		add(&days[d], &q[i]);
	}
}

enum rc
ledger_days(struct task *t, const struct report_span *s, const char *form,
	    struct ledger_sum **out, size_t *n)
{
	struct ledger_sum *days =
		NEW_ARRAY(t->mem, struct ledger_sum, s->n_days);
	struct db_list here, told;
	size_t kept = 0;
	enum rc rc = stored_quarters(t, s, form, &here);

	if (!rc)
		rc = received_quarters(t, s, form, &told);
	if (rc)
		return rc;
	add_to_days(days, s, &here);
	add_to_days(days, s, &told);
	for (size_t d = 0; d < s->n_days; d++)
		if (days[d].received || days[d].stored || days[d].test) {
			days[kept] = days[d];
			days[kept].form_meta_id = form;
			days[kept++].at = s->day[d];
		}
	*out = days;
	*n = kept;
	return OK;
}
