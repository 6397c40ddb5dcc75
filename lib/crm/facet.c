/* facet: the rows that lists and searches walk along. */
#include "crm/facet.h"

#include "base/buf.h"
#include "base/json.h"
#include "db/db.h"

enum { WORD_MAX = 64, WORDS_BYTES = 16 << 10, PHONE_MAX = 20 };

STATEMENT(facet_forget, "DELETE FROM lead_facet WHERE lead_id = ?");
/* One walk over the lead, its tags and its submissions. */
STATEMENT(facet_insert,
	  "INSERT INTO lead_facet (kind, value, at, lead_id, worked_at)"
	  " SELECT f.kind, f.value, l.latest_at, l.id, l.worked_at"
	  " FROM `lead` l JOIN ("
	  "SELECT id AS lead_id, 'all' AS kind,"
	  " IF(is_test, 'test', 'real') AS value FROM `lead` WHERE id = ?"
	  " UNION SELECT id, 'source', source FROM `lead` WHERE id = ?"
	  " UNION SELECT id, 'stage', stage FROM `lead` WHERE id = ?"
	  " UNION SELECT id, 'assignee',"
	  " CAST(COALESCE(assignee_id, 0) AS CHAR)"
	  " FROM `lead` WHERE id = ?"
	  " UNION SELECT id, 'nobody', nobody_why FROM `lead` WHERE id = ?"
	  " UNION SELECT id, 'import', CAST(import_id AS CHAR) FROM `lead` "
	  "WHERE id = ?"
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

enum rc
facet_refresh(struct task *t, int64_t lead_id)
{
	enum rc rc = db_exec(t, &facet_forget, INS(IN(lead_id)), NULL);

	if (rc)
		return rc;
	return db_exec(t, &facet_insert,
		       INS(IN(lead_id), IN(lead_id), IN(lead_id), IN(lead_id),
			   IN(lead_id), IN(lead_id), IN(lead_id), IN(lead_id),
			   IN(lead_id), IN(lead_id), IN(lead_id), IN(lead_id),
			   IN(lead_id)),
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
	struct text rest = t, word = { .p = t.p };
	size_t n = 0;
	uint32_t c;

	while (n < max && rest.len > 0) {
		if (!text_take_rune(&rest, &c))
			break;
		if (!parts(c)) {
			word.len = (size_t)(rest.p - word.p);
			continue;
		}
		if (word.len > 0)
			words[n++] = arena_str(mem, text_cut(word, WORD_MAX));
		word = (struct text){ rest.p, 0 };
	}
	if (n < max && word.len > 0)
		words[n++] = arena_str(mem, text_cut(word, WORD_MAX));
	return n;
}

static const char *
digits(struct arena *mem, const char *phone)
{
	struct buf b = buf_in(mem, PHONE_MAX + 1);

	for (const char *c = phone; *c && b.len < PHONE_MAX; c++)
		if (*c >= '0' && *c <= '9')
			buf_putc(&b, *c);
	return buf_str(&b);
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
	if (of->phone[0])
		json_put(&out, digits(mem, of->phone));
	if (of->phone_e164[0])
		json_put(&out, digits(mem, of->phone_e164));
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
