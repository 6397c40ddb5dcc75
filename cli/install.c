/* install: `leadport init`, `migrate`, `reindex` and `check`. */
#include "base/conf.h"
#include "base/log.h"
#include "cli.h"
#include "crm/facet.h"
#include "crm/user.h"
#include "db/schema.h"
#include "web/tmpl.h"

#include <sys/stat.h>
#include <errno.h>

enum { STEP_CEILING = 16 << 20 }; /* memory of some hundred leads */

static void
say_file(const char *file)
{
	printf("applied %s\n", file);
}

static enum rc
reindex(struct cli *c, int64_t *all)
{
	struct arena *mem = arena_new(STEP_CEILING);
	struct task step = c->t;
	int64_t place = 0;
	size_t n = 1;
	enum rc rc = OK;

	step.mem = mem;
	while (!rc && n > 0) {
		rc = facet_rebuild(&step, &place, &n);
		*all += (int64_t)n;
		arena_reset(mem);
	}
	arena_free(mem);
	return rc ? fail(&c->t, rc, "%s", step.why) : OK;
}

/* What leads are searched by cannot be made by SQL alone. */
static enum rc
migrate(struct cli *c)
{
	bool lacking = false;
	int64_t n = 0;
	enum rc rc = schema_migrate(
		&c->t, site_file(c->mem, &c->site.conf, "sql"), say_file);

	if (!rc)
		rc = facet_lacks_words(&c->t, &lacking);
	return rc || !lacking ? rc : reindex(c, &n);
}

static int
run_reindex(struct cli *c)
{
	int64_t n = 0;

	if (!options(c, NULL, NULL, 0, NULL))
		return EXIT_USAGE;
	if (reindex(c, &n))
		return failed(c);
	printf("%lld leads can be found again.\n", (long long)n);
	return 0;
}

static int
run_migrate(struct cli *c)
{
	if (!options(c, NULL, NULL, 0, NULL))
		return EXIT_USAGE;
	if (migrate(c))
		return failed(c);
	puts("The database is up to date.");
	return 0;
}

/* An existing key is never replaced: everything sealed hangs on it. */
static int
make_key(struct cli *c)
{
	const char *path = site_file(c->mem, &c->site.conf, "key");
	struct buf err = buf_in(c->mem, 1000);

	if (access(path, F_OK) != 0) {
		if (!key_create(path, &err))
			return usage("%s", buf_str(&err)), 1;
		printf("made the key file %s; keep a copy in a safe place\n",
		       path);
	}
	if (!key_load(path, &c->site.key, &err))
		return usage("%s", buf_str(&err)), 1;
	return 0;
}

static int
make_var(struct cli *c)
{
	const char *path = site_file(c->mem, &c->site.conf, "var");

	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	usage("%s: %s", path, strerror(errno));
	return 1;
}

static int
offer_link(struct cli *c)
{
	const char *token = NULL;
	bool any = false;

	if (user_any_superadmin(&c->t, &any))
		return failed(c);
	if (any) {
		puts("There is a SuperAdmin: log in.");
		return 0;
	}
	if (user_setup_link(&c->t, &token))
		return failed(c);
	printf("Open this link once: %s/setup?key=%s\n",
	       c->site.conf.site.base_url, token);
	return 0;
}

static int
run_init(struct cli *c)
{
	int status;

	if (!options(c, NULL, NULL, 0, NULL))
		return EXIT_USAGE;
	status = make_var(c);
	if (!status)
		status = make_key(c);
	if (status)
		return status;
	if (migrate(c))
		return failed(c);
	return offer_link(c);
}

static size_t bad_statements;

static void
say_bad(const char *name, const char *why)
{
	printf("%s: %s\n", name, why);
	bad_statements++;
}

static int
run_check(struct cli *c)
{
	size_t n = 0;

	if (!options(c, NULL, NULL, 0, NULL))
		return EXIT_USAGE;
	if (db_check_all(&c->t, &n, say_bad))
		return failed(c);
	printf("%zu statements, %zu bad\n", n, bad_statements);
	return bad_statements ? 1 : 0;
}

const struct command cmd_init = {
	.name = "init",
	.without_key = true,
	.run = run_init,
	.help = "usage: leadport init\n"
		"Make the key file, apply the schema, print the first-start "
		"link\n\n"
		"Safe to repeat: an existing key is kept, applied files are "
		"skipped.  While there\nis no SuperAdmin it prints a link "
		"that works once, for 24 hours; an earlier link\nends.",
};
const struct command cmd_migrate = {
	.name = "migrate",
	.run = run_migrate,
	.help = "usage: leadport migrate\n"
		"Apply what is new in sql/ to the database\n\n"
		"Run it after every update.  Safe to repeat and to run on two "
		"hosts at once.",
};
const struct command cmd_reindex = {
	.name = "reindex",
	.run = run_reindex,
	.help = "usage: leadport reindex\n"
		"Make anew what leads are listed and searched by\n\n"
		"For a database that was filled or changed by other means.  "
		"Leads can be worked on\nmeanwhile.",
};
const struct command cmd_check = {
	.name = "check",
	.run = run_check,
	.help = "usage: leadport check\n"
		"Prepare every SQL statement against the live database\n\n"
		"Exit status 1 when one does not fit: the schema is older or "
		"newer than the\nprograms.",
};
