/* leadlist: walks along facets. */
#include "crm/leadlist.h"

#include "db/db.h"

enum {
	WALK_MAX = 4000,       /* leads looked at for one part of a list */
	PAGE_WALK = 2000,      /* for a page, when each costs a look-up */
	COUNT_WALK = 1000,     /* for the count beside it, then */
	CHUNK = 400,	       /* the first part of a walk with checks */
	CHUNK_MAX = 800,       /* further parts */
	RARE = 1000,	       /* so few leads of a word are sorted … */
	CANDIDATES_MAX = 5000, /* … or these, where a walk would not … */
	SPARSE = 40,	       /* … meet one in so many */
	CHECKS = 10,	       /* values that FITS looks for */
};

/* ---- statements ------------------------------------------------------------------ */

/* Is the lead real or a test, as asked, and of these days; does it have the
 * other values, each looked up by the whole primary key; and the words?  The
 * first that says no ends it.  All of it is asked outside of LIMIT, so that a
 * walk is bounded by what it passes, not by what it finds. */
#define HAS_VALUE                                                              \
	" AND (? IS NULL OR EXISTS (SELECT 1 FROM lead_facet g"                \
	" FORCE INDEX (PRIMARY) WHERE g.kind = ? AND g.value = ?"              \
	" AND g.at = w.at AND g.lead_id = w.lead_id))"
#define HAS_WORD                                                               \
	" AND (? IS NULL OR EXISTS (SELECT 1 FROM lead_word x"                 \
	" FORCE INDEX (of_lead) WHERE x.lead_id = w.lead_id"                   \
	" AND x.word LIKE ?))"
#define FITS_PLAIN "w.is_test = ? AND w.at >= ? AND w.at < ?"
#define HAS_WORDS HAS_WORD HAS_WORD HAS_WORD HAS_WORD
#define FITS_VALUES                                                            \
	FITS_PLAIN HAS_VALUE HAS_VALUE HAS_VALUE HAS_VALUE HAS_VALUE HAS_VALUE \
		HAS_VALUE HAS_VALUE HAS_VALUE HAS_VALUE
#define FITS FITS_VALUES HAS_WORDS
/* Two sources: the leads of a value, already in order; those of a word, and of
 * the other words with it.
 * The index is named because MariaDB may prefer the other one, and then sorts
 * all leads of the value for the first fifty. */
#define OF_VALUE(index)                                                        \
	"lead_facet f FORCE INDEX (" index ")"                                 \
	" WHERE f.kind = ? AND f.value = ?"
#define OF_WORD                                                                \
	"(SELECT DISTINCT w.lead_id FROM lead_word w WHERE w.word LIKE "       \
	"?" HAS_WORDS                                                          \
	" LIMIT 5000) c JOIN lead_facet f ON f.lead_id = c.lead_id"            \
	" AND f.kind = 'all' AND f.value = ? WHERE TRUE"
/* The key is spelled out because MariaDB uses no index for row values. */
#define DOWN(at)                                                               \
	" AND f." at " <= ? AND (f." at " < ? OR f.lead_id < ?)"               \
	" ORDER BY f." at " DESC, f.lead_id DESC LIMIT ?) w"                   \
	" ORDER BY w.key_at DESC, w.lead_id DESC"
#define UP(at)                                                                 \
	" AND f." at " >= ? AND (f." at " > ? OR f.lead_id > ?)"               \
	" ORDER BY f." at ", f.lead_id LIMIT ?) w"                             \
	" ORDER BY w.key_at, w.lead_id"
#define WALK(fits, at, source, way)                                            \
	"SELECT w.lead_id, w.key_at, " fits " AS fits FROM (SELECT f.lead_id," \
	" f.at, f.is_test, f." at " AS key_at FROM " source                    \
	way(at)

/* Without anything to look up: MariaDB plans each look-up at every execution,
 * whether it is used or not. */
STATEMENT(plain_new_down, WALK(FITS_PLAIN, "at", OF_VALUE("PRIMARY"), DOWN));
STATEMENT(plain_new_up, WALK(FITS_PLAIN, "at", OF_VALUE("PRIMARY"), UP));
STATEMENT(plain_work_down,
	  WALK(FITS_PLAIN, "worked_at", OF_VALUE("worked"), DOWN));
STATEMENT(plain_work_up, WALK(FITS_PLAIN, "worked_at", OF_VALUE("worked"), UP));
STATEMENT(walk_new_down, WALK(FITS, "at", OF_VALUE("PRIMARY"), DOWN));
STATEMENT(walk_new_up, WALK(FITS, "at", OF_VALUE("PRIMARY"), UP));
STATEMENT(walk_work_down, WALK(FITS, "worked_at", OF_VALUE("worked"), DOWN));
STATEMENT(walk_work_up, WALK(FITS, "worked_at", OF_VALUE("worked"), UP));
STATEMENT(word_new_down, WALK(FITS_VALUES, "at", OF_WORD, DOWN));
STATEMENT(word_new_up, WALK(FITS_VALUES, "at", OF_WORD, UP));
STATEMENT(word_work_down, WALK(FITS_VALUES, "worked_at", OF_WORD, DOWN));
STATEMENT(word_work_up, WALK(FITS_VALUES, "worked_at", OF_WORD, UP));

STATEMENT(word_size, "SELECT COUNT(*) AS n FROM (SELECT 1 FROM lead_word"
		     " WHERE word LIKE ? LIMIT 5000) AS some");
/* About as many leads as there are. */
STATEMENT(lead_count_most, "SELECT COALESCE(MAX(id), 0) AS n FROM `lead`");

/* ---- a walk ----------------------------------------------------------------------- */

struct step {
	int64_t lead_id;
	struct when key_at;
	bool fits;
};
static const struct db_col step_cols[] = {
	COL(struct step, lead_id),
	COL(struct step, key_at),
	COL(struct step, fits),
	{ 0 },
};

_Static_assert((int)FACET_COUNT <= CHECKS, "all values fit into FITS");

struct walk {
	const struct lead_filter *filter;
	bool up;
	const char *kind, *value;      /* what it goes along; value of "all" */
	const char *along;	       /* a word's pattern instead, or NULL */
	const char *checks[CHECKS][2]; /* kind and value; NULL = unused */
	size_t n_checks;
	const char *patterns[SEARCH_WORDS]; /* NULL = unused */
	size_t n_patterns;
	struct lead_key at;
};

/* Nothing is looked up for a lead but its own row. */
static bool
is_plain(const struct walk *w)
{
	return !w->along && w->n_checks == 0 && w->n_patterns == 0;
}

static struct db_stmt *
statement_of(const struct walk *w)
{
	static struct db_stmt *const all[3][2][2] = {
		{ { &walk_new_down, &walk_new_up },
		  { &walk_work_down, &walk_work_up } },
		{ { &word_new_down, &word_new_up },
		  { &word_work_down, &word_work_up } },
		{ { &plain_new_down, &plain_new_up },
		  { &plain_work_down, &plain_work_up } },
	};

	return all[is_plain(w) ? 2 : w->along != NULL][w->filter->by_work]
		  [w->up];
}

/* Later than any lead. */
static const struct when never = { INT64_C(253402300799000) };

static struct when
from_of(const struct lead_filter *f)
{
	return f->from.ms ? f->from : (struct when){ 1 };
}

static struct when
until_of(const struct lead_filter *f)
{
	return f->until.ms ? f->until : never;
}

#define CHECK(i) IN(c[i][0]), IN(c[i][0]), IN(c[i][1])
#define CHECKS_OF                                                              \
	CHECK(0), CHECK(1), CHECK(2), CHECK(3), CHECK(4), CHECK(5), CHECK(6),  \
		CHECK(7), CHECK(8), CHECK(9)
#define PATTERN(i) IN(p[i]), IN(p[i])
#define PATTERNS_OF PATTERN(0), PATTERN(1), PATTERN(2), PATTERN(3)
#define DAYS_OF IN(f->test), IN(from_of(f)), IN(until_of(f))
#define PLACE_OF IN(w->at.at), IN(w->at.at), IN(w->at.id), IN(max)

static enum rc
go(struct task *t, const struct walk *w, int64_t max, struct db_list *list)
{
	const struct lead_filter *f = w->filter;
	const char *const(*c)[2] = w->checks;
	const char *const *p = w->patterns;
	struct db_stmt *q = statement_of(w);

	*list = (struct db_list){ .cols = step_cols,
				  .size = sizeof(struct step),
				  .max = (size_t)max };
	if (w->along)
		return db_rows(t, q,
			       INS(DAYS_OF, CHECKS_OF, IN(w->along),
				   PATTERNS_OF, IN(w->value), PLACE_OF),
			       list);
	if (is_plain(w))
		return db_rows(
			t, q, INS(DAYS_OF, IN(w->kind), IN(w->value), PLACE_OF),
			list);
	return db_rows(t, q,
		       INS(DAYS_OF, CHECKS_OF, PATTERNS_OF, IN(w->kind),
			   IN(w->value), PLACE_OF),
		       list);
}

/* Are so few found by a word that they can be sorted, and would a walk that
 * looks for it meet too few to fill a page? */
static enum rc
is_rare(struct task *t, int64_t n, bool *rare)
{
	int64_t all = 0;
	enum rc rc = OK;

	if (n >= RARE && n < CANDIDATES_MAX)
		rc = db_one(t, &lead_count_most, INS(), OUTS(OUT("n", &all)));
	*rare = n < RARE || (n < CANDIDATES_MAX && n * SPARSE < all);
	return rc;
}

/* Along the rarest word, if it is rare. */
static enum rc
choose_word(struct task *t, struct walk *w)
{
	int64_t least = CANDIDATES_MAX;
	size_t at = 0;
	bool rare = false;
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < w->n_patterns && least > 0; i++) {
		int64_t n = 0;

		rc = db_one(t, &word_size, INS(IN(w->patterns[i])),
			    OUTS(OUT("n", &n)));
		if (n < least) {
			least = n;
			at = i;
		}
	}
	if (!rc)
		rc = is_rare(t, least, &rare);
	if (rc || !rare)
		return rc;
	w->along = w->patterns[at];
	w->patterns[at] = w->patterns[--w->n_patterns];
	w->patterns[w->n_patterns] = NULL;
	return OK;
}

/* Along the rarest of the values; the others become checks, the rarest first,
 * because most leads fail at that. */
static enum rc
choose_value(struct task *t, struct walk *w)
{
	const struct lead_filter *f = w->filter;
	enum facet order[FACET_COUNT];
	size_t n = 0, i = 0;
	enum rc rc = facet_rarest_first(t, f->facet, from_of(f), until_of(f),
					order, &n);

	if (rc)
		return rc;
	if (n > 0 && !w->along) {
		w->kind = facet_name(order[0]);
		w->value = f->facet[order[0]];
		i = 1;
	}
	for (; i < n; i++) {
		w->checks[w->n_checks][0] = facet_name(order[i]);
		w->checks[w->n_checks++][1] = f->facet[order[i]];
	}
	return OK;
}

static enum rc
plan(struct task *t, const struct lead_filter *f, struct walk *w)
{
	const char *words[SEARCH_WORDS];
	enum rc rc;

	*w = (struct walk){ .filter = f,
			    .kind = "all",
			    .value = f->test ? "test" : "real" };
	w->n_patterns = facet_search(t->mem, f->search, words);
	for (size_t i = 0; i < w->n_patterns; i++)
		w->patterns[i] = arena_fmt(t->mem, "%s%%", words[i]);
	rc = w->n_patterns ? choose_word(t, w) : OK;
	return rc ? rc : choose_value(t, w);
}

static const struct lead_key top = { { INT64_C(253402300799000) }, INT64_MAX };
static const struct lead_key bottom = { { 1 }, 0 };

/* From a place, {0} = the first of its way, and up or down.  By the newest
 * answer the days of the filter are a part of the walk: it begins in them … */
static void
set_out(struct walk *w, struct lead_key from, bool up)
{
	struct when first = from_of(w->filter), last = until_of(w->filter);

	w->up = up;
	w->at = from.at.ms ? from : up ? bottom : top;
	if (w->filter->by_work)
		return;
	if (up && w->at.at.ms < first.ms)
		w->at = (struct lead_key){ first, 0 };
	if (!up && w->at.at.ms > last.ms)
		w->at = (struct lead_key){ last, 0 };
}

/* … and ends with them. */
static bool
has_left_days(const struct walk *w, struct when at)
{
	if (w->filter->by_work)
		return false;
	return w->up ? at.ms >= until_of(w->filter).ms
		     : at.ms < from_of(w->filter).ms;
}

struct found {
	int64_t *ids;
	size_t n, max, enough;
	int64_t looks, looks_then;
	bool end;		 /* nothing further that way */
	struct lead_key reached; /* the last one looked at */
};

/* Go until `max` fit, the list ends, or enough were looked at: `looks` until
 * `enough` of them fit, `looks_then` after that. */
static enum rc
collect(struct task *t, struct walk *w, struct found *f)
{
	/* The leads of a word are sorted anew for each part. */
	int64_t chunk = is_plain(w) || w->along ? (int64_t)f->max : CHUNK;
	int64_t walked = 0;

	while (f->n < f->max &&
	       walked < (f->n < f->enough ? f->looks : f->looks_then)) {
		struct db_list list;
		enum rc rc = go(t, w, chunk, &list);
		const struct step *s = list.rows;

		if (rc)
			return rc;
		for (size_t i = 0; i < list.n && f->n < f->max; i++) {
			if (has_left_days(w, s[i].key_at)) {
				f->end = true;
				return OK;
			}
			w->at = (struct lead_key){ s[i].key_at, s[i].lead_id };
			f->reached = w->at;
			if (s[i].fits)
				f->ids[f->n++] = s[i].lead_id;
		}
		if (list.n < (size_t)chunk) {
			f->end = f->n < f->max ||
				 (list.n > 0 &&
				  w->at.id == s[list.n - 1].lead_id);
			return OK;
		}
		walked += chunk;
		chunk = CHUNK_MAX;
	}
	return OK;
}

static void
turn_round(int64_t *ids, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		int64_t kept = ids[i];

		ids[i] = ids[n - 1 - i];
		ids[n - 1 - i] = kept;
	}
}

/* From where the walk stands. */
static enum rc
count(struct task *t, struct walk *w, int64_t max, int64_t looks, int64_t *n,
      bool *more)
{
	int64_t ids[LEAD_COUNT_MAX + 1];
	struct found f = { .ids = ids,
			   .max = (size_t)max + 1,
			   .looks = looks,
			   .looks_then = looks };
	enum rc rc = collect(t, w, &f);

	if (rc)
		return rc;
	*n = f.n > (size_t)max ? max : (int64_t)f.n;
	*more = f.n > (size_t)max || !f.end;
	return OK;
}

/* Part of the walk of a first page; else, or where it came to no lead, one of
 * its own. */
static enum rc
count_list(struct task *t, const struct lead_query *q, struct walk *w,
	   const struct found *f, struct lead_list *l)
{
	bool first = !q->before.at.ms && !q->after.at.ms;

	if (first && (f->n > 0 || f->end)) {
		l->count_more = !f->end || f->n > LEAD_COUNT_MAX;
		l->count = (int64_t)f->n;
		if (l->count_more && f->n > LEAD_PAGE)
			l->count--; /* than these there are more */
		return OK;
	}
	set_out(w, (struct lead_key){ 0 }, first);
	return count(t, w, LEAD_COUNT_MAX, is_plain(w) ? WALK_MAX : COUNT_WALK,
		     &l->count, &l->count_more);
}

/* How far a page may go, and with it the count, when the page is the first. */
static struct found
budget(const struct lead_query *q, const struct walk *w, int64_t *ids)
{
	bool first = !q->before.at.ms && !q->after.at.ms;
	bool cheap = is_plain(w);

	return (struct found){ .ids = ids,
			       .max = (first ? LEAD_COUNT_MAX : LEAD_PAGE) + 1,
			       .enough = LEAD_PAGE + 1,
			       .looks = cheap ? WALK_MAX : PAGE_WALK,
			       .looks_then = cheap ? WALK_MAX : COUNT_WALK };
}

enum rc
leadlist_find(struct task *t, const struct lead_query *q, struct lead_list *out)
{
	int64_t ids[LEAD_COUNT_MAX + 1];
	struct lead_list l = { 0 };
	struct found f;
	struct walk w;
	bool up;
	enum rc rc = plan(t, &q->filter, &w);

	if (rc)
		return rc;
	f = budget(q, &w, ids);
	up = q->after.at.ms != 0;
	set_out(&w, up ? q->after : q->before, up);
	rc = collect(t, &w, &f);
	if (rc)
		return rc;
	l.n = f.n > LEAD_PAGE ? LEAD_PAGE : f.n;
	l.cut = f.n <= LEAD_PAGE && !f.end;
	l.more = f.n > LEAD_PAGE || l.cut;
	l.reached = f.reached;
	if (up)
		turn_round(ids, l.n);
	rc = leadlist_rows(t, ids, l.n, &l.rows, &l.n);
	if (!rc)
		rc = count_list(t, q, &w, &f, &l);
	if (!rc)
		*out = l;
	return rc;
}

enum rc
leadlist_ids(struct task *t, const struct lead_filter *filter,
	     struct lead_key *place, size_t max, int64_t *ids, size_t *n,
	     bool *end)
{
	struct found f = { .ids = ids,
			   .max = max,
			   .looks = WALK_MAX,
			   .looks_then = WALK_MAX };
	struct walk w;
	enum rc rc = plan(t, filter, &w);

	if (rc)
		return rc;
	set_out(&w, *place, false);
	rc = collect(t, &w, &f);
	if (rc)
		return rc;
	*n = f.n;
	*end = f.end;
	if (f.reached.at.ms)
		*place = f.reached;
	return OK;
}

enum rc
leadlist_count(struct task *t, const struct lead_filter *filter,
	       struct lead_key above, int64_t max, int64_t *n, bool *more)
{
	struct walk w;
	enum rc rc = plan(t, filter, &w);

	if (rc)
		return rc;
	set_out(&w, above, true);
	return count(t, &w, max, WALK_MAX, n, more);
}
