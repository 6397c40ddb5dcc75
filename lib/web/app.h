/*
 * app: the life of a request, the same for every program.
 *
 * A program is a table of routes, a handler for each, and one line of main.
 * app_main does, in this order and nowhere else: size limit, route, method,
 * session, permission, form into the declared struct, CSRF on POST, handler
 * (a POST inside one transaction), reply or error page, one log line, arena
 * reset.  A route that takes a file has it read after CSRF, to the disk.  It
 * refuses to start with a route that has no permission, and with a
 * template that does not fit its struct.
 *
 * The same binary is a FastCGI program or, started by a server that speaks
 * only CGI, a plain one.  It ends by itself after limits.idle_exit seconds
 * without a request, and within 100 ms of SIGTERM.
 */
#ifndef WEB_APP_H
#define WEB_APP_H
#include "base/task.h"
#include "base/text.h"
#include "crm/user.h"
#include "web/form.h"
#include "web/tmpl.h"
#include "web/upload.h"
#include "web/url.h"

enum method { GET = 1, POST, DELETE };

enum perm {
	PERM_MISSING = 0, /* refuse to start */
	PERM_PUBLIC,	  /* everyone */
	PERM_USER,	  /* everyone who is logged in */
	PERM_LEADS,	  /* Lead Management, or Moderator and up */
	PERM_CARDS,	  /* Moderator, Admin, SuperAdmin */
	PERM_ADMIN,	  /* Admin, SuperAdmin */
	PERM_SUPERADMIN,
	PERM_RAW, /* not a person: `verify` decides */
};

struct req;
typedef enum rc handler(struct req *r, const void *form);

struct route {
	enum method method;
	const char *path; /* "/leads", "/lead/{id}"; the placeholder is
				   one segment and a field of the form; a
				   raw path may end in "*" */
	enum perm perm;
	const struct form_field *form; /* NULL: takes no fields */
	size_t form_size;	       /* sizeof the struct it fills */
	handler *handle;
	const char *page; /* template of reply_page, or NULL */
	const struct tmpl_field *fields;
	bool faults_to_handler; /* the handler shows the form again itself;
				   otherwise a fault is a 400 page */
	bool own_tx;		/* a POST that calls Meta: the handler makes its
				   own transactions, around no call */
	handler *verify;	/* PERM_RAW: judges r->body before `handle` */
	size_t max_body;	/* 0 = 64 KiB */
	bool takes_file; /* a POST with a file as its last field: r->upload */
};

/* What a page knows besides its own view; names usable in every template. */
struct globals {
	const char *root; /* path of the site, "" or "/crm" */
	struct url home;  /* the start page */
	const char *title;
	const char *csrf;
	const char *theme;     /* "light", "dark" or "" as the device */
	const char *user_name; /* "" for visitors */
	const char *user_role; /* "SuperAdmin"… */
	bool may_moderate;     /* Moderator and up: sees Moderation */
	bool is_admin, is_superadmin;
	/* where we are: of the main menu, the tabs, the side list */
	bool in_leads, in_reports, in_overview, in_users, in_settings, in_audit;
	bool in_integrations, in_deliveries, in_platform;
	const char *flash_ok, *flash_err; /* or NULL */
	/* what stops leads, on every page of an Admin; or NULL */
	const char *banner, *banner_words, *banner_class, *banner_button;
	int64_t banner_of; /* the integration that it speaks of; 0 = none */
	struct url banner_way, banner_icon;
	bool has_plots;	   /* Chart.js is loaded */
	bool is_behind;	   /* a dialog stands before this page */
	int64_t refresh_s; /* without script: load again after; 0 = never */
	/* of that address; without one, a "#" of the page asked for (Facebook
	 * leaves "#_=_") would make it a mere jump */
	const char *refresh_query;
};

struct req {
	struct task t;
	const struct route *route;
	enum method method;
	const char *path; /* "/lead/7", without the site's root */
	struct text query;
	struct text body;
	int64_t body_length;	 /* also of one that is not read yet */
	const char *address;	 /* of the peer, behind a trusted proxy its */
	const char *reference;	 /* on error pages and in the log */
	bool is_fragment;	 /* asked for by htmx: a part of a page */
	const struct user *user; /* NULL = nobody */
	int64_t session_id;
	const char *token; /* of the cookie; NULL = none came */
	struct form_faults faults;
	struct upload upload; /* of a route that takes a file */
	int verdict;	      /* PERM_RAW: what `verify` tells `handle` */
	struct globals page;  /* title is the handler's to set */
	struct app_reply *reply;
};

/* The value of a request header ("X-Hub-Signature-256"), or NULL. */
const char *req_header(struct req *r, const char *name);
/* Does this person have the right? */
bool req_may(const struct req *r, enum perm perm);
/* A user's zone, or the site's. */
const char *req_zone(const struct req *r);

/* Replies: exactly one per request.  Nothing is sent before the transaction
 * has committed, so a failure after it still becomes an error page. */
NODISCARD enum rc reply_page(struct req *r, const void *view);
NODISCARD enum rc reply_page_status(struct req *r, int status,
				    const void *view);
/* 303 to a page of this site. */
NODISCARD enum rc reply_see_other(struct req *r, struct url to);
NODISCARD enum rc reply_text(struct req *r, int status, const char *type,
			     struct text text);
/* A download that is made while it is sent: `more` appends the next part to
 * `b`, up to STREAM_PART bytes, and says when it was the last.  It runs after
 * the handler's transaction, on memory that is forgotten after each part; `arg`
 * must live in r->t.mem.  After a part that fails, a last line says that the
 * download is not complete. */
enum { STREAM_PART = 16 << 20 };
typedef enum rc stream_part(struct task *t, struct buf *b, void *arg,
			    bool *last);
NODISCARD enum rc reply_stream(struct req *r, const char *type,
			       const char *filename, stream_part *more,
			       void *arg);
/* The browser keeps the answer as a file of this name, which is one of ours. */
void reply_as_file(struct req *r, const char *filename);
void reply_header(struct req *r, const char *name, const char *value);
/* The page's form may lead to this origin ("http://127.0.0.1:8080") too, also
 * by a redirect of its answer; it must come from a checked address. */
void reply_form_target(struct req *r, const char *origin);
/* Set the session cookie; NULL removes it. */
void reply_cookie(struct req *r, const char *token);

int app_main(int argc, char **argv, const struct route *routes, size_t n);

#endif
