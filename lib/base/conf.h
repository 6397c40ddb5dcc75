/*
 * conf: leadport.conf, read once at start into one struct.
 *
 * The file is INI.  It must be a regular file that group and others cannot
 * read (0600 or stricter), or it is refused: it holds the database password.
 * An unknown section or key, a value of the wrong type or out of range, a key
 * given twice: each refuses to start and names file and line.
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H
#include "base/arena.h"
#include "base/base.h"
#include "base/buf.h"
#include "base/text.h"

struct conf {
	const char *path; /* of the file itself, absolute */
	struct {
		const char *base_url;  /* https://crm.example.com or …/crm; no
					   slash at the end; required */
		const char *home;      /* folder with templates/, sql/, key
					   and var/; default: the file's own */
		const char *time_zone; /* default "UTC" */
		const char *default_country; /* ISO 3166, default "" */
		const char *trusted_proxy;   /* address whose
					   X-Forwarded-For counts; default "" */
	} site;
	struct {
		const char *socket; /* either socket, */
		const char *host;   /* or host (and port): one, or several
				       in the order in which they are tried,
				       "db1, db2:3307, [::1]" */
		int64_t port;	    /* of hosts without one; default 3306 */
		const char *name, *user, *password;
	} database;
	struct {
		const char *graph_url;	/* default https://graph.facebook.com */
		const char *dialog_url; /* default https://www.facebook.com */
		const char *graph_version; /* default v26.0 */
	} meta;
	struct {
		int64_t drop_plus; /* 1: ann+x@… is ann@…; 0 */
		int64_t drop_dots; /* 1: dots in addresses of gmail.com do not
				      count; 0 */
	} people;
	struct {
		const char *smtp_url, *user, *password, *from;
	} mail;
	struct {
		int64_t idle_exit; /* s without a request until a program
					   ends itself; 0 = never; 300 */
		int64_t webhook_max_bytes;    /* 1 MiB, up to 3 MiB */
		int64_t upload_max_bytes;     /* of a file of leads; 64 MiB */
		int64_t receipt_days;	      /* 30 */
		int64_t lease_seconds;	      /* of a claimed job; 60 */
		int64_t retry_first_ms;	      /* first wait of the schedule in
					   work/queue.h; 5000 */
		int64_t worker_seconds;	      /* life of a worker that the
					   webhook started; 300 */
		int64_t session_hours;	      /* absolute end; 12 */
		int64_t session_idle_minutes; /* 120 */
	} limits;
};

/* Read `path` into *out; texts live in mem.  On failure: false and one
 * sentence in err that names file and line. */
NODISCARD bool conf_load(struct arena *mem, const char *path, struct conf *out,
			 struct buf *err);

enum { CONF_HOST_MAX = 255 }; /* bytes of a host's name */

/* Eat the next of the database's hosts.  *port keeps its value when the list
 * names none for it.  False at the end, and at what is no host. */
bool conf_take_host(struct text *list, struct text *host, int64_t *port);

/* Where is the configuration?  $LEADPORT_CONF, else DIR/leadport.conf or
 * DIR/leadport/leadport.conf for each DIR from the folder of the running
 * program's real path upwards.  NULL and a sentence in err if nowhere. */
const char *conf_find(struct arena *mem, struct buf *err);

#endif
