/*
 * session: who is at the browser.  Owns tables login_session, login_attempt.
 *
 * The cookie holds 256 random bits; the database holds only their hash.  A
 * session ends by logout, by rest (session_idle_minutes), by age
 * (session_hours), and at once when its person is no longer active.
 *
 * Visitors without a session have the same cookie with a token that stands
 * in no table: it ties a form's csrf value to the browser before login.
 */
#ifndef WEB_SESSION_H
#define WEB_SESSION_H
#include "base/task.h"
#include "crm/user.h"

struct session {
	int64_t id;
	struct user user;
	const char *flash; /* shown once on the next page, or NULL */
	bool flash_is_error;
};

/* E_NOTFOUND when the token belongs to no living session. */
NODISCARD enum rc session_find(struct task *t, const char *token,
			       struct session *out);
/* A new session; *token goes into the cookie. */
NODISCARD enum rc session_begin(struct task *t, int64_t user_id,
				const char *address, const char *agent,
				const char **token);
NODISCARD enum rc session_end(struct task *t, int64_t id);
/* Of one user, for instance when the password changed. */
NODISCARD enum rc session_end_all(struct task *t, int64_t user_id);
/* All of the user but this one. */
NODISCARD enum rc session_end_others(struct task *t, int64_t user_id,
				     int64_t keep_id);
/* One of the user's own; E_NOTFOUND for any other. */
NODISCARD enum rc session_end_own(struct task *t, int64_t user_id, int64_t id);
struct session_seen {
	int64_t id;
	struct when created_at, seen_at; /* seen_at to the minute */
	const char *address, *agent;	 /* User-Agent, shortened; maybe "" */
};
/* The living ones of a user, latest seen first; at most 50. */
NODISCARD enum rc session_list(struct task *t, int64_t user_id,
			       struct session_seen **out, size_t *n);
/* Keep words for the next page; NULL forgets them. */
NODISCARD enum rc session_flash(struct task *t, int64_t id, const char *words,
				bool is_error);

/* The value of a form's csrf field: HMAC of the cookie's token. */
const char *session_csrf(struct task *t, const char *token);

/* Failed logins slow the next ones down, by account and address together and
 * by address alone, never the account alone: nobody can lock out another.  Of
 * an IPv6 address the network counts, which is one customer's.
 * *until is {0} when a try is allowed now. */
NODISCARD enum rc session_login_wait(struct task *t, const char *email,
				     const char *address, struct when *until);
NODISCARD enum rc session_login_tried(struct task *t, const char *email,
				      const char *address, bool ok);

#endif
