/*
 * leadlist: leads by filter and search, paged by key.  Reads the tables of
 * lead, facet and submission; owns none.
 *
 * Every list is a walk along the rarest value of its filter (facet.h), newest
 * or last touched first, on which the other values are checked lead by lead.
 * A walk is bounded: where nothing fits for thousands of leads the page ends
 * early and says how far it came, and the next one goes on from there.  Along
 * one value, without checks, it costs next to nothing; else a page looks at
 * 2,000 leads at most, and its count at those and no others.  A search goes
 * along its rarest word where that is rare: its leads, up to 5,000, that have the
 * other words too are sorted.
 */
#ifndef CRM_LEADLIST_H
#define CRM_LEADLIST_H
#include "crm/facet.h"

enum { LEAD_PAGE = 50, LEAD_COUNT_MAX = 1000, LEAD_ROWS_MAX = 500 };

struct lead_filter {
	const char *facet[FACET_COUNT]; /* the value; NULL or "" = any */
	struct when from, until;	/* of the newest answer; {0} = open */
	const char *search; /* words, address or number; NULL = none */
	bool test;	    /* test leads instead of real ones */
	bool by_work;	    /* last touched first, else newest first */
};

struct lead_key {	/* a place in the list */
	struct when at; /* latest_at or worked_at; {0} = the start */
	int64_t id;
};
struct lead_row {
	int64_t id;
	const char *name, *email, *phone;
	const char *source, *stage;
	int64_t assignee_id;
	const char *assignee_name;
	int64_t n_submissions;
	bool is_test;
	const char *platform; /* of the latest submission */
	const char *form_name, *page_name, *way;
	struct when submitted_at, imported_at, latest_at, worked_at;
};
struct lead_query {
	struct lead_filter filter;
	struct lead_key before; /* further down than this place, or */
	struct lead_key after;	/* further up than this place */
};
struct lead_list {
	struct lead_row *rows;
	size_t n;
	bool more; /* further ones that way, or perhaps: `cut` */
	bool cut;  /* the walk ended before the page was full … */
	struct lead_key reached; /* … here */
	int64_t count;		 /* of the whole list, as by leadlist_count */
	bool count_more;
};
/* Up to LEAD_PAGE rows in the list's order. */
NODISCARD enum rc leadlist_find(struct task *t, const struct lead_query *q,
				struct lead_list *out);
/* The ids alone, up to `max` (at most LEAD_ROWS_MAX), further down than
 * `*place`, which moves on; *n 0 with *end false: nothing fitted on the way. */
NODISCARD enum rc leadlist_ids(struct task *t, const struct lead_filter *f,
			       struct lead_key *place, size_t max, int64_t *ids,
			       size_t *n, bool *end);
/* Ids as statements read them, by JSON_TABLE; at most LEAD_ROWS_MAX. */
const char *leadlist_json(struct arena *mem, const int64_t *ids, size_t n);
/* Rows of leads by id, in that order; at most LEAD_ROWS_MAX. */
NODISCARD enum rc leadlist_rows(struct task *t, const int64_t *ids, size_t n,
				struct lead_row **out, size_t *n_out);
/* How many fit, counted up to `max`, LEAD_COUNT_MAX at most; *more: there are
 * more, or the walk ended before.  `above`: only those further up; {0} = all. */
NODISCARD enum rc leadlist_count(struct task *t, const struct lead_filter *f,
				 struct lead_key above, int64_t max, int64_t *n,
				 bool *more);
struct lead_key leadlist_key(const struct lead_filter *f,
			     const struct lead_row *row);

/* Keys in URLs: "1790000000000-8806".  False when it is none. */
bool lead_key_parse(struct text t, struct lead_key *out);
const char *lead_key_text(struct arena *mem, struct lead_key k);

#endif
