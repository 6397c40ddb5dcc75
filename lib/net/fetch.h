/*
 * fetch: one HTTP call out, with a deadline and a ceiling.
 *
 * Connections are kept alive between calls of one process.  TLS is verified,
 * redirects are not followed, only http and https are spoken, and http only
 * to a loopback address.  The URL, headers and body may hold secrets: none of
 * them is ever logged.
 */
#ifndef NET_FETCH_H
#define NET_FETCH_H
#include "base/task.h"
#include "base/text.h"

struct fetch_request {
	const char *method; /* "GET", "POST", "DELETE" */
	const char *url;
	const char *const *headers; /* "Name: value", NULL at the end; may
					   be NULL */
	struct text body;	    /* POST only */
	int64_t deadline_ms;	    /* for the whole call; 0 = 20 s */
	size_t max_bytes;	    /* of the answer's body; 0 = 4 MiB */
};

struct fetch_header {
	const char *name; /* lower case */
	const char *value;
};

struct fetch_answer {
	int64_t status;	  /* HTTP status */
	struct text body; /* whole, NUL after its end */
	struct fetch_header *headers;
	size_t n_headers;
	int64_t took_ms;
};

/* OK for any HTTP status.  E_REMOTE when there is no whole answer: name,
 * connection, TLS, deadline, cut off; t->why says which.  E_INPUT when the
 * answer is over max_bytes. */
NODISCARD enum rc fetch(struct task *t, const struct fetch_request *req,
			struct fetch_answer *out);
/* Value of a header (name in lower case), or NULL. */
const char *fetch_header(const struct fetch_answer *a, const char *name);
/* The server's clock, from the header Date; {0}: it does not tell. */
struct when fetch_date(const struct fetch_answer *a);
/* One letter to a mail server.  `url` is smtp://host:port or smtps://…; TLS is
 * used whenever the server offers it, and must be when it is not on this
 * machine.  E_REMOTE when the server did not take it. */
struct fetch_letter {
	const char *url, *user, *password; /* "" = no login */
	const char *from, *to;		   /* addresses, bare */
	struct text message;		   /* headers and body, CRLF */
};
NODISCARD enum rc fetch_mail(struct task *t, const struct fetch_letter *l);
/* Close kept connections: before fork, and at the end. */
void fetch_close(void);

#endif
