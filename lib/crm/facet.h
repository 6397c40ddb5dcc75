/*
 * facet: what leads are found by.  Owns tables lead_facet and lead_word, which
 * are derived from lead, lead_tag and submission: whoever changes one of those
 * says so here, in the same transaction.
 *
 * A lead that is deleted, erased or merged has no rows: it is in no list.
 */
#ifndef CRM_FACET_H
#define CRM_FACET_H
#include "base/task.h"
#include "base/text.h"

/* What a lead can be filtered by, besides being real or a test. */
enum facet {
	FACET_SOURCE,	   /* "meta", "import", "manual" */
	FACET_TAG,	   /* the tag */
	FACET_ASSIGNEE,	   /* id of a user, "0" = nobody */
	FACET_NOBODY,	   /* why nobody: "strategy", "pool"… (lead.h) */
	FACET_STAGE,	   /* "new"… */
	FACET_INTEGRATION, /* id */
	FACET_PAGE,	   /* Meta's ids: of any of its submissions */
	FACET_FORM,
	FACET_CAMPAIGN,
	FACET_PLATFORM, /* "fb", "ig" */
	FACET_COUNT
};
/* "source", "tag"…; the column kind, and the name in addresses. */
const char *facet_name(enum facet f);

struct facet_value {
	const char *value;
	const char *title; /* as it was called last; the value if nothing is
			      known */
};
enum { FACET_VALUES_MAX = 200 };
/* Values that leads have, for a choice: of tag, integration, page, form and
 * campaign; by value, the first FACET_VALUES_MAX. */
NODISCARD enum rc facet_values(struct task *t, enum facet f,
			       struct facet_value **out, size_t *n);
/* What one value is called. */
NODISCARD enum rc facet_title(struct task *t, enum facet f, const char *value,
			      const char **title);

/* The facets that have a value (NULL or "" = none), the rarest first: that whose
 * newest 200 leads between `from` and `until` go back furthest.  Costs the same
 * at any number of leads; those with fewer than 200 come first, in the order
 * of the facets. */
NODISCARD enum rc facet_rarest_first(struct task *t,
				     const char *const value[FACET_COUNT],
				     struct when from, struct when until,
				     enum facet order[FACET_COUNT], size_t *n);

/* After a change of stage, assignee, tags, submissions, deletion, or of what
 * lists are ordered by. */
NODISCARD enum rc facet_refresh(struct task *t, int64_t lead_id);
/* After a change of name, company, e-mail or phone; also after deletion. */
NODISCARD enum rc facet_words(struct task *t, int64_t lead_id);

/* Both for the next leads by id after *place, which moves on, in one
 * transaction; *n: how many there were, 0 at the end. */
NODISCARD enum rc facet_rebuild(struct task *t, int64_t *place, size_t *n);
/* Leads from before there were words to search by? */
NODISCARD enum rc facet_lacks_words(struct task *t, bool *out);

/* The words that a text is found by: cut at blanks and marks, at most 64
 * characters each; of a phone number its digits.  Up to `max`; returns how
 * many.  Case and accents are the database's to level. */
enum { FACET_WORDS_MAX = 24 };
size_t facet_split(struct arena *mem, struct text t, const char **words,
		   size_t max);

/* What a person searches for as words, each the beginning of one that leads are
 * found by; three digits or more and nothing else are a number, and something
 * with an "@" inside and no blank is an address from its beginning.  0: nothing.
 * They are patterns of LIKE, to which "%" is to be added. */
enum { SEARCH_WORDS = 4 };
size_t facet_search(struct arena *mem, const char *search,
		    const char *words[SEARCH_WORDS]);

#endif
