/*
 * reason: everything that can be wrong with a connection, in words.
 *
 * One row for each reason code: what the card calls it, the sentence that
 * says what happened and what to do, and the way that mends it.  Card, banner,
 * diagnosis, mail and details all read from here, so that a person meets the
 * same words everywhere.  The codes of Meta's errors are those that
 * meta/graph_error.c gives (contract 6).
 *
 * A sentence names things in braces: {person} {page} {permission} {plain}
 * {host} {time} {date} {n} {label} {app} {words}.  What stands in square
 * brackets is left out when a thing named inside is not known.
 */
#ifndef CRM_REASON_H
#define CRM_REASON_H
#include "base/arena.h"
#include "base/base.h"

enum reason_level {
	REASON_ERROR = 1, /* leads do not come in */
	REASON_WARN,	  /* they will stop, or something is missing */
	REASON_WAIT,	  /* it mends itself */
};

enum reason_way { /* where the button leads */
		  WAY_NONE = 0,
		  WAY_RECONNECT,
		  WAY_PLATFORM,	 /* Platform setup */
		  WAY_WEBHOOK,	 /* its step that subscribes the webhook */
		  WAY_FACEBOOK,	 /* facebook.com */
		  WAY_BUSINESS,	 /* Leads access in Meta's Business settings */
		  WAY_TERMS,	 /* the Lead Ads terms of a page */
		  WAY_DASHBOARD, /* Meta for Developers */
		  WAY_DIAGNOSE,
		  WAY_SUBSCRIBE,  /* Sync Now looks after the subscription */
		  WAY_CONNECT,	  /* the connect dialog again */
		  WAY_TWO_FACTOR, /* how two-factor login is switched on */
		  WAY_FIELDS,	  /* the fields of a form */
		  WAY_LEDGER,	  /* what Meta counts beside what is here */
};

struct reason {
	const char *code;
	enum reason_level level;
	const char *card;     /* "Facebook password changed" */
	const char *sentence; /* with {names} */
	enum reason_way way;
	const char *button; /* NULL with WAY_NONE */
};

/* The row of a code; an unknown code has a row of its own.  Never NULL. */
const struct reason *reason_of(const char *code);
bool reason_known(const char *code);

/* Leads are read all the same while these stand: X for the code of each. */
#define REASONS_READ_ON(X)                                                     \
	X("not_subscribed")                                                    \
	X("terms_open")                                                        \
	X("not_listed")                                                        \
	X("callback_elsewhere")                                                \
	X("callback_missing")                                                  \
	X("callback")                                                          \
	X("app_not_live")                                                      \
	X("token_ends")                                                        \
	X("data_ends")                                                         \
	X("version_ends")                                                      \
	X("ads_missing")                                                       \
	X("in_use")                                                            \
	X("form_changed")                                                      \
	X("form_altered")                                                      \
	X("form_silent")                                                       \
	X("leads_missing")                                                     \
	X("drill_failed")
bool reason_reads_on(const char *code);
/* The same in SQL: IN (REASONS_READ_ON_SQL). */
#define REASON_SQL_(code) "'" code "', "
#define REASONS_READ_ON_SQL REASONS_READ_ON(REASON_SQL_) "''"

struct reason_facts { /* NULL or "": not known */
	const char *person, *page, *permission, *host, *time, *date, *n;
	const char *label, *app, *words;
	const char *waiting; /* "6 leads are waiting at Meta; they come" */
};
/* The card's words and the sentence, filled in. */
const char *reason_card(struct arena *mem, const struct reason *r,
			const struct reason_facts *f);
const char *reason_sentence(struct arena *mem, const struct reason *r,
			    const struct reason_facts *f);

/* Where a way outside this installation leads; NULL for the others. */
const char *reason_address(enum reason_way way);

/* A permission as people know it ("Access Lead Ads forms") and what it is for;
 * the name itself and "" for one that is not ours. */
const char *permission_plain(const char *name);
const char *permission_use(const char *name);

#endif
