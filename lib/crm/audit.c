/* audit: the chain of acts. */
#include "crm/audit.h"

#include "base/crypt.h"
#include "db/db.h"

STATEMENT(audit_end, "SELECT id, chain FROM audit_head WHERE one = 1"
		     " FOR UPDATE");
STATEMENT(audit_insert,
	  "INSERT INTO audit (id, at, actor_id, address, act, subject, words,"
	  " chain) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
STATEMENT(audit_move_end,
	  "UPDATE audit_head SET id = ?, chain = ? WHERE one = 1");

STATEMENT(audit_rows,
	  "SELECT a.id, a.at, actor_id, COALESCE(u.name, '') AS actor,"
	  " address, act, subject, words, chain FROM audit a"
	  " LEFT JOIN app_user u ON u.id = a.actor_id"
	  " WHERE a.id < ? AND (? = '' OR act LIKE CONCAT(?, '.%'))"
	  " ORDER BY a.id DESC LIMIT ?");
STATEMENT(audit_rows_of,
	  "SELECT a.id, a.at, actor_id, COALESCE(u.name, '') AS actor,"
	  " address, act, subject, words, chain FROM audit a"
	  " LEFT JOIN app_user u ON u.id = a.actor_id"
	  " WHERE a.actor_id = ? AND a.id < ?"
	  " AND (? = '' OR act LIKE CONCAT(?, '.%'))"
	  " ORDER BY a.id DESC LIMIT ?");
STATEMENT(audit_rows_up, "SELECT id, at, actor_id, '' AS actor, address, act,"
			 " subject, words, chain FROM audit"
			 " WHERE id > ? AND id <= ? ORDER BY id LIMIT 100");
STATEMENT(audit_head_now, "SELECT id, chain FROM audit_head WHERE one = 1");

/* The fields one to a line, which none of them can hold. */
static const char *
chained(struct task *t, const char *before, const struct audit_entry *e)
{
	return crypt_sha256_hex(
		t->mem, text_of(arena_fmt(
				t->mem, "%s\n%lld\n%lld\n%lld\n%s\n%s\n%s\n%s",
				before, (long long)e->id, (long long)e->at.ms,
				(long long)e->actor_id, e->address, e->act,
				e->subject, e->words)));
}

static enum rc
add(struct task *t, void *arg)
{
	struct audit_entry *e = arg;
	const char *before = "";
	enum rc rc = db_one(t, &audit_end, INS(),
			    OUTS(OUT("id", &e->id), OUT("chain", &before)));

	if (rc)
		return rc;
	e->id++;
	e->chain = chained(t, before, e);
	rc = db_exec(t, &audit_insert,
		     INS(IN(e->id), IN(e->at), IN(e->actor_id), IN(e->address),
			 IN(e->act), IN(e->subject), IN(e->words),
			 IN(e->chain)),
		     NULL);
	return rc ? rc
		  : db_exec(t, &audit_move_end, INS(IN(e->id), IN(e->chain)),
			    NULL);
}

/* As it can be stored and on one line, which the chain relies on. */
static const char *
one_line(struct task *t, const char *words, size_t max)
{
	char *line = arena_str(t->mem, text_cut(text_of(words), max));

	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return line;
}

enum rc
audit_add(struct task *t, const char *act, const char *subject,
	  const char *words)
{
	struct audit_entry e = {
		.at = t->now,
		.actor_id = t->user_id,
		.address = t->address ? t->address : "",
		.act = one_line(t, act, 32),
		.subject = one_line(t, subject, 64),
		.words = one_line(t, words, 500),
	};

	return db_tx(t, "audit_add", add, &e);
}

/* ---- reading ------------------------------------------------------------------ */

static const struct db_col entry_cols[] = {
	COL(struct audit_entry, id),	   COL(struct audit_entry, at),
	COL(struct audit_entry, actor_id), COL(struct audit_entry, actor),
	COL(struct audit_entry, address),  COL(struct audit_entry, act),
	COL(struct audit_entry, subject),  COL(struct audit_entry, words),
	COL(struct audit_entry, chain),	   { 0 },
};

enum rc
audit_list(struct task *t, const struct audit_filter *f, size_t max,
	   struct audit_entry **out, size_t *n)
{
	struct db_list list = { .cols = entry_cols,
				.size = sizeof(struct audit_entry),
				.max = AUDIT_LIST_MAX };
	int64_t top = f->before > 0 ? f->before : INT64_MAX;
	int64_t most = (int64_t)(max < AUDIT_LIST_MAX ? max : AUDIT_LIST_MAX);
	enum rc rc = f->actor_id
			     ? db_rows(t, &audit_rows_of,
				       INS(IN(f->actor_id), IN(top),
					   IN(f->kind), IN(f->kind), IN(most)),
				       &list)
			     : db_rows(t, &audit_rows,
				       INS(IN(top), IN(f->kind), IN(f->kind),
					   IN(most)),
				       &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

/* ---- the chain ------------------------------------------------------------------ */

struct walk {
	int64_t head_id, at_id;
	char chain[CRYPT_HASH * 2 + 1]; /* of the entry at_id */
	struct audit_check found;
};

static bool
broken(struct walk *w, int64_t id, const char *why)
{
	w->found.bad_id = id;
	w->found.why = why;
	return false;
}

/* Does this entry follow the one before? */
static bool
follows(struct task *t, struct walk *w, const struct audit_entry *e)
{
	if (e->id != w->at_id + 1)
		return broken(w, w->at_id + 1, "An entry was taken out.");
	if (strcmp(e->chain, chained(t, w->chain, e)) != 0)
		return broken(w, e->id, "An entry was changed.");
	w->at_id = e->id;
	snprintf(w->chain, sizeof(w->chain), "%s", e->chain);
	w->found.n++;
	return true;
}

/* The next entries, on memory of their own. */
static enum rc
walk_part(struct task *t, struct walk *w, bool *more)
{
	struct db_list list = { .cols = entry_cols,
				.size = sizeof(struct audit_entry),
				.max = AUDIT_LIST_MAX };
	enum rc rc = db_rows(t, &audit_rows_up,
			     INS(IN(w->at_id), IN(w->head_id)), &list);
	const struct audit_entry *rows = list.rows;

	if (rc)
		return rc;
	*more = list.n > 0;
	for (size_t i = 0; *more && i < list.n; i++)
		*more = follows(t, w, &rows[i]);
	return OK;
}

static enum rc
walk_all(struct task *t, struct walk *w)
{
	struct task part = *t;
	bool more = true;
	enum rc rc = OK;

	part.mem = arena_new(4 << 20);
	while (!rc && more) {
		rc = walk_part(&part, w, &more);
		arena_reset(part.mem);
	}
	arena_free(part.mem);
	return rc ? fail(t, rc, "%s", part.why) : OK;
}

enum rc
audit_verify(struct task *t, struct audit_check *out)
{
	struct walk w = { .chain = "" };
	const char *head = "";
	enum rc rc = db_one(t, &audit_head_now, INS(),
			    OUTS(OUT("id", &w.head_id), OUT("chain", &head)));

	if (!rc)
		rc = walk_all(t, &w);
	if (!rc && !w.found.why && w.at_id < w.head_id)
		(void)broken(&w, w.at_id + 1, "The newest entries are gone.");
	if (!rc && !w.found.why && strcmp(w.chain, head) != 0)
		(void)broken(&w, w.at_id, "The end of the chain was changed.");
	if (!rc)
		*out = w.found;
	return rc;
}
