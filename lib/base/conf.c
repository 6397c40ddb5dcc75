/* conf: the configuration file, a row per key. */
#include "base/conf.h"

#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/clock.h"

enum { KEYS_MAX = 40 };

struct key_row {
	const char *section, *name;
	size_t offset;
	const char *text;	       /* default of a text; NULL: no text */
	bool (*ok)(const char *value); /* NULL: any text */
	const char *rule;	       /* what `ok` wants, for the error */
	int64_t min, max, number;      /* of a whole number, and its default */
};

static bool
is_base_url(const char *v)
{
	struct text t = text_of(v);

	return (text_take_lit(&t, "http://") ||
		text_take_lit(&t, "https://")) &&
	       t.len > 0 && t.p[0] != '/' && !text_ends(t, "/") &&
	       !text_has(t, "?") && !text_has(t, "#") && !text_has(t, " ");
}

static bool
is_country(const char *v)
{
	return !v[0] || (strlen(v) == 2 && v[0] >= 'A' && v[0] <= 'Z' &&
			 v[1] >= 'A' && v[1] <= 'Z');
}

static bool
is_version(const char *v)
{
	struct text t = text_of(v);
	int64_t major, minor;

	return text_take_char(&t, 'v') && text_take_int(&t, 999, &major) &&
	       text_take_char(&t, '.') && text_take_int(&t, 9, &minor) &&
	       t.len == 0;
}

/* An address with colons of its own stands in brackets. */
static bool
take_name(struct text *one, struct text *name)
{
	if (text_take_char(one, '['))
		return text_take_until(one, ']', name);
	*name = text_first(*one, text_find(*one, ':'));
	*one = text_from(*one, name->len);
	return true;
}

bool
conf_take_host(struct text *list, struct text *host, int64_t *port)
{
	struct text rest = *list, one, name;

	if (!text_take_part(&rest, ',', &one))
		return false;
	one = text_trim(one);
	if (!take_name(&one, &name) || name.len == 0 ||
	    name.len > CONF_HOST_MAX || text_has(name, " "))
		return false;
	if (one.len > 0 &&
	    !(text_take_char(&one, ':') && text_int(one, 1, 65535, port)))
		return false;
	*list = rest;
	*host = name;
	return true;
}

static bool
is_hosts(const char *v)
{
	struct text list = text_of(v), host;
	int64_t port;

	while (conf_take_host(&list, &host, &port))
		continue;
	return list.len == 0;
}

#define TEXT_KEY(sec, key, otherwise, check, wants)                            \
	{                                                                      \
		.section = #sec, .name = #key,                                 \
		.offset = offsetof(struct conf, sec.key), .text = (otherwise), \
		.ok = (check), .rule = (wants)                                 \
	}
#define INT_KEY(sec, key, lo, hi, otherwise)                                   \
	{                                                                      \
		.section = #sec, .name = #key,                                 \
		.offset = offsetof(struct conf, sec.key), .min = (lo),         \
		.max = (hi), .number = (otherwise)                             \
	}
#define URL_RULE "an http or https address without a slash at its end"

static const struct key_row rows[] = {
	TEXT_KEY(site, base_url, "", is_base_url, URL_RULE),
	TEXT_KEY(site, home, "", NULL, ""),
	TEXT_KEY(site, time_zone, "UTC", zone_known,
		 "a time zone such as Europe/Dublin"),
	TEXT_KEY(site, default_country, "", is_country,
		 "two capital letters such as IE"),
	TEXT_KEY(site, trusted_proxy, "", NULL, ""),
	TEXT_KEY(database, socket, "", NULL, ""),
	TEXT_KEY(database, host, "", is_hosts,
		 "hosts such as db.example.com, or db1, db2:3307"),
	INT_KEY(database, port, 1, 65535, 3306),
	TEXT_KEY(database, name, "", NULL, ""),
	TEXT_KEY(database, user, "", NULL, ""),
	TEXT_KEY(database, password, "", NULL, ""),
	TEXT_KEY(meta, graph_url, "https://graph.facebook.com", is_base_url,
		 URL_RULE),
	TEXT_KEY(meta, dialog_url, "https://www.facebook.com", is_base_url,
		 URL_RULE),
	TEXT_KEY(meta, graph_version, "v26.0", is_version,
		 "a version such as v26.0"),
	INT_KEY(people, drop_plus, 0, 1, 0),
	INT_KEY(people, drop_dots, 0, 1, 0),
	TEXT_KEY(mail, smtp_url, "", NULL, ""),
	TEXT_KEY(mail, user, "", NULL, ""),
	TEXT_KEY(mail, password, "", NULL, ""),
	TEXT_KEY(mail, from, "", NULL, ""),
	INT_KEY(limits, idle_exit, 0, 86400, 300),
	INT_KEY(limits, webhook_max_bytes, 1 << 16, 3 << 20, 1 << 20),
	INT_KEY(limits, upload_max_bytes, 1 << 16, INT64_C(4) << 30, 64 << 20),
	INT_KEY(limits, receipt_days, 1, 3650, 30),
	INT_KEY(limits, lease_seconds, 1, 3600, 60),
	INT_KEY(limits, retry_first_ms, 1, 3600000, 5000),
	INT_KEY(limits, worker_seconds, 1, 86400, 300),
	INT_KEY(limits, session_hours, 1, 720, 12),
	INT_KEY(limits, session_idle_minutes, 1, 43200, 120),
};
_Static_assert(COUNT(rows) <= KEYS_MAX, "one mark per key");

struct reading {
	struct arena *mem;
	struct conf *conf;
	struct buf *err;
	const char *path;
	bool seen[KEYS_MAX];
	bool failed;
};

static void *
member(struct conf *c, const struct key_row *row)
{
	return (char *)c + row->offset;
}

static int
refuse(struct reading *r, int line, const char *words, const char *what)
{
	if (!r->failed)
		buf_fmt(r->err, "%s:%d: %s%s", r->path, line, words, what);
	r->failed = true;
	return 0;
}

static int
set(struct reading *r, const struct key_row *row, const char *value, int line)
{
	if (row->text) {
		if (!text_is_utf8(text_of(value)))
			return refuse(r, line, row->name, " is not UTF-8");
		if (row->ok && !row->ok(value))
			return refuse(r, line, "expected ", row->rule);
		*(const char **)member(r->conf, row) =
			arena_str(r->mem, text_of(value));
		return 1;
	}
	if (!text_int(text_of(value), row->min, row->max, member(r->conf, row)))
		return refuse(r, line,
			      arena_fmt(r->mem, "%s is a number from %lld to ",
					row->name, (long long)row->min),
			      arena_fmt(r->mem, "%lld", (long long)row->max));
	return 1;
}

/* inih's callback; 0 stops nothing but is remembered as a failure. */
static int
on_key(struct reading *r, const char *section, const char *name,
       const char *value, int line)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(rows[i].section, section) != 0 ||
		    strcmp(rows[i].name, name) != 0)
			continue;
		if (r->seen[i])
			return refuse(r, line, name, " is given twice");
		r->seen[i] = true;
		return set(r, &rows[i], value, line);
	}
	return refuse(r, line, "unknown key ",
		      arena_fmt(r->mem, "%s in [%s]", name, section));
}

static void
set_defaults(struct conf *c)
{
	*c = (struct conf){ 0 };
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].text)
			*(const char **)member(c, &rows[i]) = rows[i].text;
		else
			*(int64_t *)member(c, &rows[i]) = rows[i].number;
	}
}

/* ---- the file ------------------------------------------------------------------ */

static bool
is_private(FILE *f, const char *path, struct buf *err)
{
	struct stat st;

	if (fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode)) {
		buf_fmt(err, "%s: not a file", path);
		return false;
	}
	if (st.st_mode & (S_IRWXG | S_IRWXO)) {
		buf_fmt(err,
			"%s: others can read it, and it holds a password; "
			"run chmod 600",
			path);
		return false;
	}
	return true;
}

/*
 * Lines are read here and handed to inih one by one: it gives no line number
 * to its handler otherwise, and cuts long lines silently.
 */
struct line_source {
	FILE *file;
	struct reading *r;
	int line;
};

static char *
next_line(char *to, int size, void *stream)
{
	struct line_source *s = stream;
	size_t n;

	if (!fgets(to, size, s->file))
		return NULL;
	s->line++;
	n = strlen(to);
	if (n + 1 == (size_t)size && to[n - 1] != '\n')
		refuse(s->r, s->line, "the line is too long", "");
	return to;
}

static int
on_ini(void *user, const char *section, const char *name, const char *value)
{
	struct line_source *s = user;

	return on_key(s->r, section, name, value, s->line);
}

static bool
check_whole(const struct conf *c, struct buf *err)
{
	if (!c->site.base_url[0])
		buf_fmt(err, "%s: base_url is missing in [site]", c->path);
	else if ((c->database.socket[0] != 0) == (c->database.host[0] != 0))
		buf_fmt(err, "%s: [database] needs either socket or host",
			c->path);
	else if (!c->database.name[0] || !c->database.user[0])
		buf_fmt(err, "%s: name and user are missing in [database]",
			c->path);
	else
		return true;
	return false;
}

/* Relative to the file's own folder, which is also the default. */
static void
settle_home(struct arena *mem, struct conf *c)
{
	struct text dir = text_of(c->path);
	const char *home = c->site.home;

	while (dir.len > 1 && dir.p[dir.len - 1] != '/')
		dir.len--;
	if (dir.len > 1)
		dir.len--;
	if (!home[0])
		c->site.home = arena_str(mem, dir);
	else if (home[0] != '/')
		c->site.home = arena_fmt(mem, "%.*s/%s", TEXT_ARG(dir), home);
}

static bool
parse(struct arena *mem, FILE *f, struct conf *c, struct buf *err)
{
	struct reading r = {
		.mem = mem, .conf = c, .err = err, .path = c->path
	};
	struct line_source s = { .file = f, .r = &r };
	int bad = ini_parse_stream(next_line, &s, on_ini, &s);

	if (bad > 0 && !r.failed)
		refuse(&r, bad, "this line is no key = value", "");
	if (bad < 0)
		refuse(&r, 0, "out of memory", "");
	return !r.failed && check_whole(c, err);
}

bool
conf_load(struct arena *mem, const char *path, struct conf *out,
	  struct buf *err)
{
	struct conf c;
	char real[PATH_MAX];
	FILE *f = fopen(path, "re");
	bool ok;

	if (!f || !realpath(path, real)) {
		buf_fmt(err, "%s: %s", path, strerror(errno));
		if (f)
			fclose(f);
		return false;
	}
	set_defaults(&c);
	c.path = arena_str(mem, text_of(real));
	ok = is_private(f, path, err) && parse(mem, f, &c, err);
	fclose(f);
	if (ok) {
		settle_home(mem, &c);
		*out = c;
	}
	return ok;
}

/* ---- finding it ------------------------------------------------------------------- */

const char *
conf_find(struct arena *mem, struct buf *err)
{
	static const char *const places[] = { "leadport.conf",
					      "leadport/leadport.conf" };
	const char *named = getenv("LEADPORT_CONF");
	char dir[PATH_MAX];
	ssize_t n;

	if (named && named[0])
		return arena_str(mem, text_of(named));
	n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	while (n > 1) {
		while (n > 1 && dir[n - 1] != '/')
			n--;
		for (size_t i = 0; i < COUNT(places); i++) {
			const char *path = arena_fmt(mem, "%.*s%s", (int)n, dir,
						     places[i]);

			if (access(path, F_OK) == 0)
				return path;
		}
		n--;
	}
	buf_puts(err, "no leadport.conf in any folder above the program; "
		      "LEADPORT_CONF can name it");
	return NULL;
}
