/* site: opening and closing what a process holds. */
#include "db/site.h"

#include "base/log.h"

enum { PROCESS_CEILING = 16 << 20 };

const char *
site_file(struct arena *mem, const struct conf *c, const char *name)
{
	return arena_fmt(mem, "%s/%s", c->site.home, name);
}

const char *
site_var(struct arena *mem, const struct conf *c, const char *name)
{
	return arena_fmt(mem, "%s/var/%s", c->site.home, name);
}

/* "…/cgi-bin/leads.fcgi" is "leads" in the log, which keeps the name for
 * longer than any site. */
static const char *
short_name(const char *program)
{
	static char name[40];
	struct text rest = text_of(program), part = rest;

	while (text_take_part(&rest, '/', &part))
		continue;
	part = text_first(part, text_find(part, '.'));
	snprintf(name, sizeof(name), "%.*s", TEXT_ARG(part));
	return name;
}

bool
site_open_without_key(struct site *s, const char *program, struct buf *err)
{
	const char *path;

	crypt_init();
	*s = (struct site){ .mem = arena_new(PROCESS_CEILING) };
	log_program(short_name(program));
	path = conf_find(s->mem, err);
	if (path && conf_load(s->mem, path, &s->conf, err)) {
		s->db = db_new(&s->conf);
		return true;
	}
	arena_free(s->mem);
	return false;
}

bool
site_open(struct site *s, const char *program, struct buf *err)
{
	if (!site_open_without_key(s, program, err))
		return false;
	if (key_load(site_file(s->mem, &s->conf, "key"), &s->key, err))
		return true;
	site_close(s);
	return false;
}

void
site_close(struct site *s)
{
	db_free(s->db);
	arena_free(s->mem);
	*s = (struct site){ 0 };
}

void
site_task(const struct site *s, struct arena *mem, struct task *t)
{
	arena_reset(mem);
	*t = (struct task){ .mem = mem,
			    .db = s->db,
			    .conf = &s->conf,
			    .key = &s->key,
			    .now = clock_now() };
}

void
site_task_end(struct task *t)
{
	db_task_end(t->db);
	arena_reset(t->mem);
}
