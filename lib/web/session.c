/* session: cookies' tokens, their rows, and the brake on guessing. */
#include "web/session.h"

#include <arpa/inet.h>

#include "base/conf.h"
#include "base/crypt.h"
#include "crm/email.h"
#include "db/db.h"

enum {
	TRIES_PAIR = 5,	    /* failures of one account from one address */
	TRIES_ADDRESS = 30, /* failures from one address */
};
#define TRIES_WINDOW (15 * MINUTE_MS)

STATEMENT(session_by_token,
	  "SELECT s.id, s.seen_at, s.flash, s.flash_is_error, u.id AS user_id"
	  " FROM login_session s JOIN app_user u ON u.id = s.user_id"
	  " WHERE s.token_hash = ? AND u.is_active AND s.created_at > ?"
	  " AND s.seen_at > ?");
STATEMENT(session_seen, "UPDATE login_session SET seen_at = ? WHERE id = ?");
STATEMENT(session_insert,
	  "INSERT INTO login_session (token_hash, user_id, created_at,"
	  " seen_at, address, agent) VALUES (?, ?, ?, ?, ?, ?)");
STATEMENT(session_delete, "DELETE FROM login_session WHERE id = ?");
STATEMENT(session_delete_others,
	  "DELETE FROM login_session WHERE user_id = ? AND id <> ?");
STATEMENT(session_delete_of, "DELETE FROM login_session WHERE user_id = ?");
STATEMENT(session_delete_old, "DELETE FROM login_session WHERE user_id = ? AND"
			      " (created_at < ? OR seen_at < ?)");
STATEMENT(session_delete_own,
	  "DELETE FROM login_session WHERE user_id = ? AND id = ?");
STATEMENT(session_of_user,
	  "SELECT id, created_at, seen_at, address, agent FROM login_session"
	  " WHERE user_id = ? AND created_at > ? AND seen_at > ?"
	  " ORDER BY seen_at DESC, id DESC LIMIT 50");
STATEMENT(session_set_flash,
	  "UPDATE login_session SET flash = ?, flash_is_error = ?"
	  " WHERE id = ?");
STATEMENT(attempt_count, "SELECT COUNT(*) AS n_address, MAX(at) AS latest,"
			 " COALESCE(SUM(email_hash = ?), 0) AS n_pair"
			 " FROM login_attempt WHERE address = ? AND at > ?");
STATEMENT(attempt_add, "INSERT INTO login_attempt (email_hash, address, at)"
		       " VALUES (?, ?, ?)");
STATEMENT(attempt_clear,
	  "DELETE FROM login_attempt WHERE address = ? AND email_hash = ?");
/* Ids grow with time: one look without locks, then a delete by key. */
STATEMENT(attempt_oldest, "SELECT COALESCE(MAX(id), 0) AS id"
			  " FROM login_attempt WHERE at < ?");
STATEMENT(attempt_purge, "DELETE FROM login_attempt WHERE id <= ? LIMIT 1000");

static struct when
oldest_start(const struct task *t)
{
	return when_add(t->now, -t->conf->limits.session_hours * HOUR_MS);
}

static struct when
oldest_rest(const struct task *t)
{
	return when_add(t->now,
			-t->conf->limits.session_idle_minutes * MINUTE_MS);
}

/* Kept to the minute: a page view is not worth a write each. */
static enum rc
keep_alive(struct task *t, const struct session *s, struct when seen)
{
	enum rc rc;

	if (t->now.ms - seen.ms < MINUTE_MS)
		return OK;
	rc = db_exec(t, &session_seen, INS(IN(t->now), IN(s->id)), NULL);
	return rc ? rc : user_seen(t, s->user.id);
}

enum rc
session_find(struct task *t, const char *token, struct session *out)
{
	const char *hash = crypt_sha256_hex(t->mem, text_of(token));
	struct session s = { 0 };
	struct when seen = { 0 };
	int64_t user_id = 0;
	enum rc rc;

	rc = db_one(t, &session_by_token,
		    INS(IN(hash), IN(oldest_start(t)), IN(oldest_rest(t))),
		    OUTS(OUT("id", &s.id), OUT("seen_at", &seen),
			 OUT("flash", &s.flash),
			 OUT("flash_is_error", &s.flash_is_error),
			 OUT("user_id", &user_id)));
	if (!rc)
		rc = user_get(t, user_id, &s.user);
	if (!rc)
		rc = keep_alive(t, &s, seen);
	if (!rc)
		*out = s;
	return rc;
}

enum rc
session_begin(struct task *t, int64_t user_id, const char *address,
	      const char *agent, const char **token)
{
	const char *fresh = crypt_token(t->mem);
	const char *hash = crypt_sha256_hex(t->mem, text_of(fresh));
	struct text known_agent = text_cut(text_of(agent), 200);
	enum rc rc;

	if (!text_is_utf8(known_agent) || !known_agent.p)
		known_agent = TEXT("");
	rc = db_exec(t, &session_delete_old,
		     INS(IN(user_id), IN(oldest_start(t)), IN(oldest_rest(t))),
		     NULL);
	if (!rc)
		rc = db_exec(t, &session_insert,
			     INS(IN(hash), IN(user_id), IN(t->now), IN(t->now),
				 IN(address), IN(known_agent)),
			     NULL);
	if (!rc)
		rc = user_seen(t, user_id);
	if (!rc)
		*token = fresh;
	return rc;
}

enum rc
session_end(struct task *t, int64_t id)
{
	return db_exec(t, &session_delete, INS(IN(id)), NULL);
}

enum rc
session_end_all(struct task *t, int64_t user_id)
{
	return db_exec(t, &session_delete_of, INS(IN(user_id)), NULL);
}

enum rc
session_end_others(struct task *t, int64_t user_id, int64_t keep_id)
{
	return db_exec(t, &session_delete_others, INS(IN(user_id), IN(keep_id)),
		       NULL);
}

enum rc
session_end_own(struct task *t, int64_t user_id, int64_t id)
{
	int64_t n = 0;
	enum rc rc =
		db_exec(t, &session_delete_own, INS(IN(user_id), IN(id)), &n);

	if (!rc && n == 0)
		return fail(t, E_NOTFOUND, "session %lld: none of this user",
			    (long long)id);
	return rc;
}

enum rc
session_list(struct task *t, int64_t user_id, struct session_seen **out,
	     size_t *n)
{
	static const struct db_col cols[] = {
		COL(struct session_seen, id),
		COL(struct session_seen, created_at),
		COL(struct session_seen, seen_at),
		COL(struct session_seen, address),
		COL(struct session_seen, agent),
		{ 0 },
	};
	struct db_list list = { .cols = cols,
				.size = sizeof(struct session_seen),
				.max = 50 };
	enum rc rc = db_rows(
		t, &session_of_user,
		INS(IN(user_id), IN(oldest_start(t)), IN(oldest_rest(t))),
		&list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

enum rc
session_flash(struct task *t, int64_t id, const char *words, bool is_error)
{
	return db_exec(t, &session_set_flash,
		       INS(IN(words), IN(is_error), IN(id)), NULL);
}

const char *
session_csrf(struct task *t, const char *token)
{
	uint8_t mac[CRYPT_HASH];
	struct key key;

	key_derive(t->key, "csrf", &key);
	crypt_hmac_sha256((struct text){ (const char *)key.b, sizeof(key.b) },
			  text_of(token), mac);
	return crypt_hex(t->mem, mac, sizeof(mac));
}

/* Any spelling of one address counts as one account. */
static const char *
account_hash(struct task *t, const char *email)
{
	const char *norm = email_norm(t->mem, text_of(email));

	return crypt_sha256_hex(t->mem, text_of(norm ? norm : email));
}

/* Whoever has one IPv6 address has the 2^64 beside it, too. */
static const char *
network_of(struct task *t, const char *address)
{
	char network[INET6_ADDRSTRLEN];
	struct in6_addr six;

	if (inet_pton(AF_INET6, address, &six) != 1 ||
	    IN6_IS_ADDR_V4MAPPED(&six))
		return address;
	memset(six.s6_addr + 8, 0, 8);
	if (!inet_ntop(AF_INET6, &six, network, sizeof(network)))
		return address;
	return arena_str(t->mem, text_of(network));
}

static enum rc
purge_attempts(struct task *t)
{
	int64_t id = 0;
	enum rc rc =
		db_one(t, &attempt_oldest, INS(IN(when_add(t->now, -HOUR_MS))),
		       OUTS(OUT("id", &id)));

	if (rc || id == 0)
		return rc;
	return db_exec(t, &attempt_purge, INS(IN(id)), NULL);
}

enum rc
session_login_wait(struct task *t, const char *email, const char *address,
		   struct when *until)
{
	int64_t n_address = 0, n_pair = 0;
	struct when latest = { 0 };
	enum rc rc = db_one(
		t, &attempt_count,
		INS(IN(account_hash(t, email)), IN(network_of(t, address)),
		    IN(when_add(t->now, -TRIES_WINDOW))),
		OUTS(OUT("n_address", &n_address), OUT("latest", &latest),
		     OUT("n_pair", &n_pair)));

	if (rc)
		return rc;
	*until = (struct when){ 0 };
	if (n_pair >= TRIES_PAIR || n_address >= TRIES_ADDRESS)
		*until = when_add(latest, TRIES_WINDOW);
	return OK;
}

enum rc
session_login_tried(struct task *t, const char *email, const char *address,
		    bool ok)
{
	const char *hash = account_hash(t, email);
	const char *network = network_of(t, address);
	enum rc rc = purge_attempts(t);

	if (rc)
		return rc;
	if (ok)
		return db_exec(t, &attempt_clear, INS(IN(network), IN(hash)),
			       NULL);
	return db_exec(t, &attempt_add, INS(IN(hash), IN(network), IN(t->now)),
		       NULL);
}
