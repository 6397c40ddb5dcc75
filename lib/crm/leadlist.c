/* leadlist: walks along facets. */
#include "crm/leadlist.h"

#include "base/buf.h"
#include "base/json.h"
#include "db/db.h"

enum {
	WALK_MAX = 4000,       /* leads looked at for one page */
	CHUNK = 200,	       /* the first part of a walk with checks */
	CHUNK_MAX = 1000,      /* further parts */
	CANDIDATES_MAX = 1000, /* leads of a word that are sorted */
	RARE_ENOUGH = 2000,
	CHECKS = 12, /* values that FITS looks for */
	IDS_BYTES = 16 << 10,
};

/* ---- statements ------------------------------------------------------------------ */

/* Does the lead have the other values (up to 12, counted), and the words?  Is it
 * real or a test, as asked: every filter asks that, so it is looked up alone,
 * because counting reads all values of a lead. */
#define HAS_WORD                                                               \
	" AND (? IS NULL OR EXISTS (SELECT 1 FROM lead_word x"                 \
	" WHERE x.lead_id = w.lead_id AND x.word LIKE ?))"
#define FITS                                                                   \
	"(? = 0 OR (SELECT COUNT(*) FROM lead_facet g"                         \
	" WHERE g.lead_id = w.lead_id AND CONCAT(g.kind, ':', g.value) IN"     \
	" (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)) = ?)" HAS_WORD HAS_WORD        \
		HAS_WORD HAS_WORD                                              \
	" AND (? IS NULL OR EXISTS (SELECT 1 FROM lead_facet a"                \
	" WHERE a.lead_id = w.lead_id AND a.kind = 'all' AND a.value = ?))"
/* Two sources: the leads of a value, already in order; the leads of a word.
 * The index is named because MariaDB may prefer the other one, and then sorts
 * all leads of the value for the first fifty. */
#define OF_VALUE(index)                                                        \
	"lead_facet f FORCE INDEX (" index ")"                                 \
	" WHERE f.kind = ? AND f.value = ?"
#define OF_WORD                                                                \
	"(SELECT DISTINCT lead_id FROM lead_word WHERE word LIKE ?"            \
	" LIMIT 1000) c JOIN lead_facet f ON f.lead_id = c.lead_id"            \
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
#define WALK(at, source, way)                                                  \
	"SELECT w.lead_id, w.key_at, " FITS " AS fits FROM (SELECT f.lead_id," \
	" f." at " AS key_at FROM " source                                     \
	" AND f.at >= ? AND f.at < ?" way(at)

STATEMENT(walk_new_down, WALK("at", OF_VALUE("PRIMARY"), DOWN));
STATEMENT(walk_new_up, WALK("at", OF_VALUE("PRIMARY"), UP));
STATEMENT(walk_work_down, WALK("worked_at", OF_VALUE("worked"), DOWN));
STATEMENT(walk_work_up, WALK("worked_at", OF_VALUE("worked"), UP));
STATEMENT(word_new_down, WALK("at", OF_WORD, DOWN));
STATEMENT(word_new_up, WALK("at", OF_WORD, UP));
STATEMENT(word_work_down, WALK("worked_at", OF_WORD, DOWN));
STATEMENT(word_work_up, WALK("worked_at", OF_WORD, UP));

STATEMENT(facet_size, "SELECT COUNT(*) AS n FROM (SELECT 1 FROM lead_facet"
		      " WHERE kind = ? AND value = ? LIMIT 2000) AS some");
STATEMENT(word_size, "SELECT COUNT(*) AS n FROM (SELECT 1 FROM lead_word"
		     " WHERE word LIKE ? LIMIT 1000) AS some");

STATEMENT(row_select,
	  "SELECT l.id, l.name, l.email, l.phone, l.source, l.stage,"
	  " COALESCE(l.assignee_id, 0) AS assignee_id,"
	  " COALESCE(u.name, '') AS assignee_name, l.n_submissions, l.is_test,"
	  " COALESCE(s.platform, '') AS platform,"
	  " COALESCE(s.form_name, '') AS form_name,"
	  " COALESCE(s.page_name, '') AS page_name,"
	  " COALESCE(s.way, '') AS way, s.submitted_at, s.imported_at,"
	  " l.latest_at, l.worked_at"
	  " FROM JSON_TABLE(?, '$[*]' COLUMNS (place FOR ORDINALITY,"
	  " id BIGINT PATH '$')) AS j JOIN `lead` l ON l.id = j.id"
	  " LEFT JOIN app_user u ON u.id = l.assignee_id"
	  " LEFT JOIN submission s ON s.id = l.latest_submission_id"
	  " ORDER BY j.place LIMIT 500");

static const struct db_col row_cols[] = {
	COL(struct lead_row, id),
	COL(struct lead_row, name),
	COL(struct lead_row, email),
	COL(struct lead_row, phone),
	COL(struct lead_row, source),
	COL(struct lead_row, stage),
	COL(struct lead_row, assignee_id),
	COL(struct lead_row, assignee_name),
	COL(struct lead_row, n_submissions),
	COL(struct lead_row, is_test),
	COL(struct lead_row, platform),
	COL(struct lead_row, form_name),
	COL(struct lead_row, page_name),
	COL(struct lead_row, way),
	COL(struct lead_row, submitted_at),
	COL(struct lead_row, imported_at),
	COL(struct lead_row, latest_at),
	COL(struct lead_row, worked_at),
	{ 0 },
};

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
	bool of_word;		  /* along a word, else along a value */
	const char *kind, *value; /* what it goes along; value of "all" */
	const char *along;	  /* the word, as a pattern */
	const char *such;	  /* "real", "test"; NULL = it is along that */
	const char *checks[CHECKS]; /* "stage:new"; NULL = unused */
	int64_t n_checks;
	const char *patterns[SEARCH_WORDS]; /* NULL = unused */
	size_t n_patterns;
	struct lead_key at;
};

static struct db_stmt *
statement_of(const struct walk *w)
{
	static struct db_stmt *const all[2][2][2] = {
		{ { &walk_new_down, &walk_new_up },
		  { &walk_work_down, &walk_work_up } },
		{ { &word_new_down, &word_new_up },
		  { &word_work_down, &word_work_up } },
	};

	return all[w->of_word][w->filter->by_work][w->up];
}

static enum rc
go(struct task *t, const struct walk *w, int64_t max, struct db_list *list)
{
	/* Later than any lead. */
	static const struct when never = { INT64_C(253402300799000) };
	const struct lead_filter *f = w->filter;
	const char *const *c = w->checks;
	const char *const *p = w->patterns;
	struct when until = f->until.ms ? f->until : never;
	struct when from = f->from.ms ? f->from : (struct when){ 1 };

	*list = (struct db_list){ .cols = step_cols,
				  .size = sizeof(struct step),
				  .max = (size_t)max };
	return db_rows(t, statement_of(w),
		       INS(IN(w->n_checks), IN(c[0]), IN(c[1]), IN(c[2]),
			   IN(c[3]), IN(c[4]), IN(c[5]), IN(c[6]), IN(c[7]),
			   IN(c[8]), IN(c[9]), IN(c[10]), IN(c[11]),
			   IN(w->n_checks), IN(p[0]), IN(p[0]), IN(p[1]),
			   IN(p[1]), IN(p[2]), IN(p[2]), IN(p[3]), IN(p[3]),
			   IN(w->such), IN(w->such),
			   IN(w->of_word ? w->along : w->kind), IN(w->value),
			   IN(from), IN(until), IN(w->at.at), IN(w->at.at),
			   IN(w->at.id), IN(max)),
		       list);
}

static enum rc
size_of(struct task *t, const char *kind, const char *value, int64_t *n)
{
	return db_one(t, &facet_size, INS(IN(kind), IN(value)),
		      OUTS(OUT("n", n)));
}

/* Along the rarest word, when its leads are few enough to be sorted. */
static enum rc
choose_word(struct task *t, struct walk *w)
{
	int64_t least = CANDIDATES_MAX;

	for (size_t i = 0; i < w->n_patterns && least > 0; i++) {
		int64_t n = 0;
		enum rc rc = db_one(t, &word_size, INS(IN(w->patterns[i])),
				    OUTS(OUT("n", &n)));

		if (rc)
			return rc;
		if (n < least) {
			least = n;
			w->of_word = true;
			w->along = w->patterns[i];
		}
	}
	return OK;
}

/* Along the rarest of the values; the others become checks. */
static enum rc
choose_value(struct task *t, struct walk *w)
{
	int64_t least = RARE_ENOUGH + 1;
	int along = -1, only = -1, n_set = 0;

	for (int k = 0; k < FACET_COUNT; k++)
		if (w->filter->facet[k] && w->filter->facet[k][0]) {
			only = k;
			n_set++;
		}
	for (int k = 0; n_set > 1 && k < FACET_COUNT; k++) {
		const char *value = w->filter->facet[k];
		int64_t n = 0;
		enum rc rc;

		if (!value || !value[0])
			continue;
		rc = size_of(t, facet_name((enum facet)k), value, &n);
		if (rc)
			return rc;
		if (n < least) {
			least = n;
			along = k;
		}
	}
	if (n_set == 1)
		along = only;
	if (along >= 0) {
		w->kind = facet_name((enum facet)along);
		w->value = w->filter->facet[along];
	}
	return OK;
}

static void
set_checks(struct task *t, struct walk *w, const char *all)
{
	for (int k = 0; k < FACET_COUNT; k++) {
		const char *kind = facet_name((enum facet)k);
		const char *value = w->filter->facet[k];

		if (value && value[0] && (w->of_word || kind != w->kind))
			w->checks[w->n_checks++] =
				arena_fmt(t->mem, "%s:%s", kind, value);
	}
	if (!w->of_word && strcmp(w->kind, "all") != 0)
		w->such = all;
}

static enum rc
plan(struct task *t, const struct lead_filter *f, struct walk *w)
{
	const char *all = f->test ? "test" : "real";
	const char *words[SEARCH_WORDS];
	enum rc rc;

	*w = (struct walk){ .filter = f, .kind = "all", .value = all };
	w->n_patterns = facet_search(t->mem, f->search, words);
	for (size_t i = 0; i < w->n_patterns; i++)
		w->patterns[i] = arena_fmt(t->mem, "%s%%", words[i]);
	rc = choose_word(t, w);
	if (!rc && !w->of_word)
		rc = choose_value(t, w);
	if (!rc)
		set_checks(t, w, all);
	return rc;
}

static bool
is_plain(const struct walk *w)
{
	return !w->such && w->n_checks == 0 && w->n_patterns == 0;
}

struct found {
	int64_t *ids;
	size_t n, max;
	bool end;		 /* nothing further that way */
	struct lead_key reached; /* the last one looked at */
};

/* Go until `max` fit, the list ends, or WALK_MAX were looked at. */
static enum rc
collect(struct task *t, struct walk *w, struct found *f)
{
	int64_t chunk = is_plain(w) ? (int64_t)f->max : CHUNK, walked = 0;

	while (f->n < f->max && walked < WALK_MAX) {
		struct db_list list;
		enum rc rc = go(t, w, chunk, &list);
		const struct step *s = list.rows;

		if (rc)
			return rc;
		for (size_t i = 0; i < list.n && f->n < f->max; i++) {
			w->at = (struct lead_key){ s[i].key_at, s[i].lead_id };
			if (s[i].fits)
				f->ids[f->n++] = s[i].lead_id;
		}
		f->reached = w->at;
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

static const struct lead_key top = { { INT64_C(253402300799000) }, INT64_MAX };
static const struct lead_key bottom = { { 1 }, 0 };

/* ---- rows --------------------------------------------------------------------------- */

const char *
leadlist_json(struct arena *mem, const int64_t *ids, size_t n)
{
	struct buf b = buf_in(mem, IDS_BYTES);

	buf_putc(&b, '[');
	for (size_t i = 0; i < n && i < LEAD_ROWS_MAX; i++)
		buf_fmt(&b, "%s%lld", i ? "," : "", (long long)ids[i]);
	buf_putc(&b, ']');
	return buf_str(&b);
}

enum rc
leadlist_rows(struct task *t, const int64_t *ids, size_t n,
	      struct lead_row **out, size_t *n_out)
{
	struct db_list list = { .cols = row_cols,
				.size = sizeof(struct lead_row),
				.max = LEAD_ROWS_MAX };
	enum rc rc = db_rows(t, &row_select,
			     INS(IN(leadlist_json(t->mem, ids, n))), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n_out = list.n;
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

static enum rc
count(struct task *t, struct walk *w, struct lead_key above, int64_t max,
      int64_t *n, bool *more)
{
	int64_t ids[LEAD_COUNT_MAX + 1];
	struct found f = { .ids = ids, .max = (size_t)max + 1 };
	enum rc rc;

	w->up = true;
	w->at = above.at.ms ? above : bottom;
	rc = collect(t, w, &f);
	if (rc)
		return rc;
	*n = f.n > (size_t)max ? max : (int64_t)f.n;
	*more = f.n > (size_t)max || !f.end;
	return OK;
}

/* A first page that holds the whole list has counted it already.  One for which
 * thousands were looked at is not followed by as many again: there may be more
 * than it shows. */
static enum rc
count_list(struct task *t, const struct lead_query *q, struct walk *w,
	   struct lead_list *l)
{
	static const struct lead_key all;
	bool first = !q->before.at.ms && !q->after.at.ms;

	if (first && (!l->more || (l->cut && l->n > 0))) {
		l->count = (int64_t)l->n;
		l->count_more = l->cut;
		return OK;
	}
	return count(t, w, all, LEAD_COUNT_MAX, &l->count, &l->count_more);
}

enum rc
leadlist_find(struct task *t, const struct lead_query *q, struct lead_list *out)
{
	int64_t ids[LEAD_PAGE + 1];
	struct found f = { .ids = ids, .max = COUNT(ids) };
	struct lead_list l = { 0 };
	struct walk w;
	enum rc rc = plan(t, &q->filter, &w);

	if (rc)
		return rc;
	w.up = q->after.at.ms != 0;
	w.at = q->before.at.ms ? q->before : top;
	if (w.up)
		w.at = q->after;
	rc = collect(t, &w, &f);
	if (rc)
		return rc;
	l.n = f.n > LEAD_PAGE ? LEAD_PAGE : f.n;
	l.cut = f.n <= LEAD_PAGE && !f.end;
	l.more = f.n > LEAD_PAGE || l.cut;
	l.reached = f.reached;
	if (w.up)
		turn_round(ids, l.n);
	rc = leadlist_rows(t, ids, l.n, &l.rows, &l.n);
	if (!rc)
		rc = count_list(t, q, &w, &l);
	if (!rc)
		*out = l;
	return rc;
}

enum rc
leadlist_ids(struct task *t, const struct lead_filter *filter,
	     struct lead_key *place, size_t max, int64_t *ids, size_t *n,
	     bool *end)
{
	struct found f = { .ids = ids, .max = max };
	struct walk w;
	enum rc rc = plan(t, filter, &w);

	if (rc)
		return rc;
	w.at = place->at.ms ? *place : top;
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

	return rc ? rc : count(t, &w, above, max, n, more);
}

struct lead_key
leadlist_key(const struct lead_filter *f, const struct lead_row *row)
{
	return (struct lead_key){ f->by_work ? row->worked_at : row->latest_at,
				  row->id };
}

bool
lead_key_parse(struct text t, struct lead_key *out)
{
	struct lead_key k;

	if (!text_take_int(&t, INT64_C(253402300799000), &k.at.ms) ||
	    !text_take_char(&t, '-') || !text_take_int(&t, INT64_MAX, &k.id) ||
	    t.len > 0 || k.at.ms == 0)
		return false;
	*out = k;
	return true;
}

const char *
lead_key_text(struct arena *mem, struct lead_key k)
{
	return arena_fmt(mem, "%lld-%lld", (long long)k.at.ms, (long long)k.id);
}
