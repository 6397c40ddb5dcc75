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

struct link {
	const char *act, *subject, *words;
	int64_t id;
	const char *chain;
};

/* The fields one to a line, which none of them can hold. */
static const char *
chained(struct task *t, const char *before, const struct link *l)
{
	return crypt_sha256_hex(
		t->mem,
		text_of(arena_fmt(
			t->mem, "%s\n%lld\n%lld\n%lld\n%s\n%s\n%s\n%s", before,
			(long long)l->id, (long long)t->now.ms,
			(long long)t->user_id, t->address ? t->address : "",
			l->act, l->subject, l->words)));
}

static enum rc
add(struct task *t, void *arg)
{
	struct link *l = arg;
	const char *before = "";
	enum rc rc = db_one(t, &audit_end, INS(),
			    OUTS(OUT("id", &l->id), OUT("chain", &before)));

	if (rc)
		return rc;
	l->id++;
	l->chain = chained(t, before, l);
	rc = db_exec(t, &audit_insert,
		     INS(IN(l->id), IN(t->now), IN(t->user_id),
			 IN(t->address ? t->address : ""), IN(l->act),
			 IN(l->subject), IN(l->words), IN(l->chain)),
		     NULL);
	return rc ? rc
		  : db_exec(t, &audit_move_end, INS(IN(l->id), IN(l->chain)),
			    NULL);
}

enum rc
audit_add(struct task *t, const char *act, const char *subject,
	  const char *words)
{
	struct link l = {
		.act = act,
		.subject = subject,
		.words = arena_str(t->mem, text_cut(text_of(words), 500)),
	};

	return db_tx(t, "audit_add", add, &l);
}
