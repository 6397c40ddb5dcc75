/* facet: the rows that lists and searches walk along. */
#include "crm/facet.h"

#include "base/buf.h"
#include "base/json.h"
#include "db/db.h"

enum { REBUILD_STEP = 200, PHONE_DIGITS = 3 };
enum { WORD_MAX = 64, WORDS_BYTES = 16 << 10, PHONE_MAX = 20 };

STATEMENT(facet_forget, "DELETE FROM lead_facet WHERE lead_id = ?");
/* One walk over the lead, its tags and its submissions. */
STATEMENT(facet_insert,
	  "INSERT INTO lead_facet (kind, value, at, lead_id, worked_at,"
	  " is_test)"
	  " SELECT f.kind, f.value, l.latest_at, l.id, l.worked_at, l.is_test"
	  " FROM `lead` l JOIN ("
	  "SELECT id AS lead_id, 'all' AS kind,"
	  " IF(is_test, 'test', 'real') AS value FROM `lead` WHERE id = ?"
	  " UNION SELECT id, 'source', source FROM `lead` WHERE id = ?"
	  " UNION SELECT id, 'stage', stage FROM `lead` WHERE id = ?"
	  " UNION SELECT id, 'assignee',"
	  " CAST(COALESCE(assignee_id, 0) AS CHAR)"
	  " FROM `lead` WHERE id = ?"
	  " UNION SELECT id, 'nobody', nobody_why FROM `lead` WHERE id = ?"
	  " UNION SELECT lead_id, 'tag', tag FROM lead_tag WHERE lead_id = ?"
	  " UNION SELECT lead_id, 'integration',"
	  " CAST(integration_id AS CHAR)"
	  " FROM submission WHERE lead_id = ?"
	  " UNION SELECT lead_id, 'page', page_meta_id"
	  " FROM submission WHERE lead_id = ?"
	  " UNION SELECT lead_id, 'form', form_meta_id"
	  " FROM submission WHERE lead_id = ?"
	  " UNION SELECT lead_id, 'campaign', campaign_id"
	  " FROM submission WHERE lead_id = ?"
	  " UNION SELECT lead_id, 'platform', platform"
	  " FROM submission WHERE lead_id = ?"
	  ") f ON f.lead_id = l.id"
	  " WHERE l.id = ? AND l.deleted_at IS NULL AND l.merged_into IS NULL"
	  " AND f.value <> ''");

STATEMENT(word_forget, "DELETE FROM lead_word WHERE lead_id = ?");
STATEMENT(word_source,
	  "SELECT name, company, email, phone, phone_e164 FROM `lead`"
	  " WHERE id = ? AND deleted_at IS NULL AND merged_into IS NULL");
STATEMENT(word_insert,
	  "INSERT IGNORE INTO lead_word (word, lead_id)"
	  " SELECT j.word, ? FROM JSON_TABLE(?, '$[*]'"
	  " COLUMNS (word VARCHAR(64) CHARACTER SET utf8mb4 PATH '$')) AS j");

/* A name as one of its submissions has it, else the number. */
#define NAME_OF(column, id)                                                    \
	"COALESCE(NULLIF((SELECT s." column " FROM lead_facet g"               \
	" JOIN submission s ON s.lead_id = g.lead_id AND s." id " = g.value"   \
	" WHERE g.kind = v.kind AND g.value = v.value LIMIT 1), ''), v.value)"
#define PAGE_NAME NAME_OF("page_name", "page_meta_id")
#define FORM_NAME NAME_OF("form_name", "form_meta_id")
#define CAMPAIGN_NAME NAME_OF("campaign_name", "campaign_id")
#define TITLE                                                                  \
	" CASE v.kind"                                                         \
	" WHEN 'integration' THEN COALESCE((SELECT i.name FROM integration i"  \
	" WHERE i.id = v.value), v.value)"                                     \
	" WHEN 'page' THEN " PAGE_NAME " WHEN 'form' THEN " FORM_NAME          \
	" WHEN 'campaign' THEN " CAMPAIGN_NAME " ELSE v.value END AS title"
/* The values by jumps along the key, each found by the one before: a GROUP BY
 * would read every lead. */
STATEMENT(facet_list,
	  "WITH RECURSIVE v (kind, value, n) AS ("
	  "SELECT CAST(? AS CHAR(16)), (SELECT MIN(value) FROM lead_facet"
	  " WHERE kind = ?), 1"
	  " UNION ALL SELECT v.kind, (SELECT MIN(f.value) FROM lead_facet f"
	  " WHERE f.kind = v.kind AND f.value > v.value), v.n + 1 FROM v"
	  " WHERE v.value IS NOT NULL AND v.n < 200)"
	  " SELECT v.value," TITLE " FROM v WHERE v.value IS NOT NULL"
	  " LIMIT 200");
STATEMENT(facet_one, "SELECT" TITLE " FROM (SELECT CAST(? AS CHAR(16)) AS kind,"
		     " CAST(? AS CHAR(64)) AS value) AS v");

/* When the 200th of the newest leads of a value came. */
STATEMENT(facet_reach, "SELECT at FROM lead_facet FORCE INDEX (PRIMARY)"
		       " WHERE kind = ? AND value = ? AND at >= ? AND at < ?"
		       " ORDER BY at DESC, lead_id DESC LIMIT 1 OFFSET 199");

static const char *const names[FACET_COUNT] = {
	[FACET_SOURCE] = "source",
	[FACET_TAG] = "tag",
	[FACET_ASSIGNEE] = "assignee",
	[FACET_NOBODY] = "nobody",
	[FACET_STAGE] = "stage",
	[FACET_PAGE] = "page",
	[FACET_INTEGRATION] = "integration",
	[FACET_FORM] = "form",
	[FACET_CAMPAIGN] = "campaign",
	[FACET_PLATFORM] = "platform",
};

const char *
facet_name(enum facet f)
{
	return names[f];
}

enum rc
facet_values(struct task *t, enum facet f, struct facet_value **out, size_t *n)
{
	static const struct db_col cols[] = { COL(struct facet_value, value),
					      COL(struct facet_value, title),
					      { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct facet_value),
				.max = FACET_VALUES_MAX };
	enum rc rc =
		db_rows(t, &facet_list, INS(IN(names[f]), IN(names[f])), &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
facet_title(struct task *t, enum facet f, const char *value, const char **title)
{
	return db_one(t, &facet_one, INS(IN(names[f]), IN(value)),
		      OUTS(OUT("title", title)));
}

/* {0}: there are fewer than that. */
static enum rc
reach_of(struct task *t, enum facet f, const char *value, struct when from,
	 struct when until, struct when *out)
{
	enum rc rc = db_one(t, &facet_reach,
			    INS(IN(names[f]), IN(value), IN(from), IN(until)),
			    OUTS(OUT("at", out)));

	if (rc != E_NOTFOUND)
		return rc;
	task_forgive(t);
	*out = (struct when){ 0 };
	return OK;
}

enum rc
facet_rarest_first(struct task *t, const char *const value[FACET_COUNT],
		   struct when from, struct when until,
		   enum facet order[FACET_COUNT], size_t *n)
{
	struct when reach[FACET_COUNT] = { 0 };
	size_t n_set = 0, place;

	for (int k = 0; k < FACET_COUNT; k++)
		if (value[k] && value[k][0])
			order[n_set++] = (enum facet)k;
	for (size_t i = 0; n_set > 1 && i < n_set; i++) {
		enum facet f = order[i];
		enum rc rc = reach_of(t, f, value[f], from, until, &reach[f]);

		if (rc)
			return rc;
		for (place = i;
		     place > 0 && reach[f].ms < reach[order[place - 1]].ms;
		     place--)
			order[place] = order[place - 1];
		order[place] = f;
	}
	*n = n_set;
	return OK;
}

enum rc
facet_refresh(struct task *t, int64_t lead_id)
{
	enum rc rc = db_exec(t, &facet_forget, INS(IN(lead_id)), NULL);

	if (rc)
		return rc;
	return db_exec(t, &facet_insert,
		       INS(IN(lead_id), IN(lead_id), IN(lead_id), IN(lead_id),
			   IN(lead_id), IN(lead_id), IN(lead_id), IN(lead_id),
			   IN(lead_id), IN(lead_id), IN(lead_id), IN(lead_id)),
		       NULL);
}

/* ---- words --------------------------------------------------------------------- */

/* Marks between words, of the scripts that write blanks between them; a text
 * without any is one word and found by its beginning. */
static bool
parts(uint32_t c)
{
	if (c < 0x80)
		return !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			 (c >= 'a' && c <= 'z'));
	return (c >= 0xa0 && c <= 0xbf && c != 0xaa && c != 0xb5 &&
		c != 0xba) ||
	       (c >= 0x2000 && c <= 0x206f) || (c >= 0x3000 && c <= 0x303f);
}

size_t
facet_split(struct arena *mem, struct text t, const char **words, size_t max)
{
	struct text rest = t;
	size_t n = 0, from = 0, to = 0; /* the word, in bytes of `t` */
	uint32_t c;

	while (n < max && text_take_rune(&rest, &c)) {
		size_t at = t.len - rest.len;
		bool inside = !parts(c);

		if (inside)
			to = at;
		if (inside && rest.len > 0)
			continue;
		if (to > from)
			words[n++] = arena_str(
				mem,
				text_cut((struct text){ t.p + from, to - from },
					 WORD_MAX));
		from = to = at;
	}
	return n;
}

/* The digits of a number without leading zeros; with a country, also from
 * each of its first digits on, because people search without it. */
static void
put_number(struct arena *mem, struct json_out *out, const char *phone,
	   bool has_country)
{
	enum { COUNTRY_MAX = 3, SHORTEST = 5 };
	struct buf b = buf_in(mem, PHONE_MAX + 1);
	const char *all;

	for (const char *c = phone; *c && b.len < PHONE_MAX; c++)
		if (*c >= '0' && *c <= '9' && (b.len > 0 || *c != '0'))
			buf_putc(&b, *c);
	all = buf_str(&b);
	if (b.len > 0)
		json_put(out, all);
	for (size_t i = 1; has_country && i <= COUNTRY_MAX; i++)
		if (b.len >= i + SHORTEST)
			json_put(out, all + i);
}

struct names {
	const char *name, *company, *email, *phone, *phone_e164;
};

static const char *
words_json(struct arena *mem, const struct names *of)
{
	const char *const texts[] = { of->name, of->company, of->email };
	struct buf b = buf_in(mem, WORDS_BYTES);
	struct json_out out = { .to = &b };
	const char *words[FACET_WORDS_MAX];

	json_open(&out, '[');
	for (size_t i = 0; i < COUNT(texts); i++) {
		size_t n = facet_split(mem, text_of(texts[i]), words,
				       FACET_WORDS_MAX);

		for (size_t k = 0; k < n; k++)
			json_put(&out, words[k]);
	}
	/* The whole address too, as it is typed; numbers as given and with
	 * the country. */
	if (of->email[0])
		json_put(&out, arena_str(mem, text_cut(text_of(of->email),
						       WORD_MAX)));
	put_number(mem, &out, of->phone, false);
	put_number(mem, &out, of->phone_e164, true);
	json_close(&out, ']');
	return b.failed ? "[]" : buf_str(&b);
}

enum rc
facet_words(struct task *t, int64_t lead_id)
{
	struct names of = { 0 };
	enum rc rc = db_exec(t, &word_forget, INS(IN(lead_id)), NULL);

	if (!rc)
		rc = db_one(
			t, &word_source, INS(IN(lead_id)),
			OUTS(OUT("name", &of.name), OUT("company", &of.company),
			     OUT("email", &of.email), OUT("phone", &of.phone),
			     OUT("phone_e164", &of.phone_e164)));
	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return OK;
	}
	if (rc)
		return rc;
	return db_exec(t, &word_insert,
		       INS(IN(lead_id), IN(words_json(t->mem, &of))), NULL);
}

/* ---- searched for ---------------------------------------------------------------------- */

/* A number as people type it: leading zeros and the plus say nothing that its
 * digits do not (put_number keeps the same). */
static const char *
number_of(struct arena *mem, struct text t)
{
	struct buf b = buf_in(mem, 32);
	size_t n = 0;
	uint32_t c;

	while (text_take_rune(&t, &c)) {
		if (c >= '0' && c <= '9') {
			n++;
			if (b.len > 0 || c != '0')
				buf_putc(&b, (char)c);
		} else if (c > 0x7f || !strchr(" +-()/.", (int)c)) {
			return NULL;
		}
	}
	return n >= PHONE_DIGITS && b.len > 0 && !b.failed ? buf_str(&b) : NULL;
}

/* An address is looked for whole: the parts of it are those of thousands.  What
 * LIKE reads as something else is marked; NULL: it is none. */
static const char *
address_of(struct arena *mem, struct text t)
{
	const char *all = arena_str(mem, text_cut(t, WORD_MAX));
	const char *at = strchr(all, '@');
	struct buf b = buf_in(mem, 2 * WORD_MAX * 4 + 1);

	if (!at || at == all || strpbrk(all, " \t\r\n"))
		return NULL;
	for (const char *c = all; *c; c++) {
		if (strchr("%_\\", *c))
			buf_putc(&b, '\\');
		buf_putc(&b, *c);
	}
	return b.failed ? NULL : buf_str(&b);
}

size_t
facet_search(struct arena *mem, const char *search,
	     const char *words[SEARCH_WORDS])
{
	struct text t = text_trim(text_of(search));
	const char *whole = number_of(mem, t);

	if (!whole)
		whole = address_of(mem, t);
	if (!whole)
		return facet_split(mem, t, words, SEARCH_WORDS);
	words[0] = whole;
	return 1;
}

/* ---- anew --------------------------------------------------------------------- */

STATEMENT(rebuild_next, "SELECT id FROM `lead` WHERE id > ? ORDER BY id"
			" LIMIT 200");
STATEMENT(words_lacking,
	  "SELECT EXISTS (SELECT 1 FROM `lead`)"
	  " AND NOT EXISTS (SELECT 1 FROM lead_word) AS lacking");

struct id_row {
	int64_t id;
};

static enum rc
rebuild(struct task *t, void *arg)
{
	const struct db_list *list = arg;
	const struct id_row *rows = list->rows;
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < list->n; i++) {
		rc = facet_refresh(t, rows[i].id);
		if (!rc)
			rc = facet_words(t, rows[i].id);
	}
	return rc;
}

enum rc
facet_rebuild(struct task *t, int64_t *place, size_t *n)
{
	static const struct db_col cols[] = { COL(struct id_row, id), { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct id_row),
				.max = REBUILD_STEP };
	enum rc rc = db_rows(t, &rebuild_next, INS(IN(*place)), &list);

	if (!rc)
		rc = db_tx(t, "facet_rebuild", rebuild, &list);
	if (rc)
		return rc;
	*n = list.n;
	if (list.n > 0)
		*place = ((const struct id_row *)list.rows)[list.n - 1].id;
	return OK;
}

enum rc
facet_lacks_words(struct task *t, bool *out)
{
	return db_one(t, &words_lacking, INS(), OUTS(OUT("lacking", out)));
}
