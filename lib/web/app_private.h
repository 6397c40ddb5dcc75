/*
 * app_private: what the files of app share: the process, and a reply in the
 * making.
 */
#ifndef WEB_APP_PRIVATE_H
#define WEB_APP_PRIVATE_H
#include "base/buf.h"
#include "db/site.h"
#include "web/app.h"

struct app {
	struct site site;
	struct arena *task_mem;
	const struct route *routes;
	size_t n_routes;
	const struct tmpl **pages; /* by route; NULL where none */
	const struct tmpl *error_page;
	const char *root;   /* path part of base_url, "" or "/crm" */
	const char *cookie; /* name of the session cookie */
	const char *csp;    /* up to form-action, which a reply can widen */
	bool secure;	    /* base_url is https */
};

enum { PAGE_CEILING = 4 << 20 }; /* bytes of one page */

struct app_reply {
	struct app *app;
	int status; /* 0 = none made yet */
	const char *type;
	struct buf headers; /* further ones, each ended by CRLF */
	struct text body;
	stream_part *more; /* instead of the body; NULL = none */
	void *more_arg;
	const char *words;	 /* for the error page, instead of its own */
	const char *form_target; /* see reply_form_target; NULL = none */
};

/* Session and permission.  OK to go on; otherwise a reply may stand already
 * (a visitor sent to the login page). */
NODISCARD enum rc guard_enter(struct req *r);
/* The csrf value that came with a form against the cookie's. */
NODISCARD enum rc guard_csrf(struct req *r, const char *csrf);
bool role_has(enum role role, bool manages_leads, enum perm perm);

/* Replace whatever reply there is by the page for `status` or for `rc`. */
void reply_error(struct req *r, int status);
int status_of(enum rc rc);
/* Out with it.  False when the peer is gone. */
NODISCARD bool reply_send(struct req *r, bool with_body);

extern const struct tmpl_field global_fields[];
extern const struct tmpl_field error_fields[];

#endif
