/* main: `leadport COMMAND`, the table of commands, and what they share. */
#include "cli.h"

#include <termios.h>

#include "base/conf.h"
#include "base/log.h"

/* One command may go through hundreds of pages and their forms. */
enum { CLI_CEILING = 256 << 20 };

static const struct command *const commands[] = {
	&cmd_init,    &cmd_migrate, &cmd_user,	 &cmd_app,
	&cmd_connect, &cmd_sync,    &cmd_worker, &cmd_check,
	&cmd_doctor,  &cmd_reindex, &cmd_audit,
};

int
usage(const char *fmt, ...)
{
	va_list args;

	fputs("leadport: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

int
failed(struct cli *c)
{
	fprintf(stderr, "leadport: %s\n", c->t.why);
	return 1;
}

static const struct option_spec *
find_option(const struct option_spec *specs, const char *name)
{
	for (; specs && specs->name; specs++)
		if (!strcmp(specs->name, name))
			return specs;
	return NULL;
}

static bool
set_option(struct cli *c, int *at, const struct option_spec *spec)
{
	const char *name = c->argv[*at];

	if (!spec)
		return usage("%s is not an option here; see --help", name),
		       false;
	if (spec->flag ? *spec->flag : *spec->value != NULL)
		return usage("%s is given twice", name), false;
	if (spec->flag) {
		*spec->flag = true;
		return true;
	}
	if (*at + 1 >= c->argc)
		return usage("%s needs a value", name), false;
	*spec->value = c->argv[++*at];
	return true;
}

bool
options(struct cli *c, const struct option_spec *specs, const char **words,
	size_t max_words, size_t *n_words)
{
	size_t n = 0;

	for (int i = 0; i < c->argc; i++) {
		if (!strncmp(c->argv[i], "--", 2)) {
			if (!set_option(c, &i, find_option(specs, c->argv[i])))
				return false;
		} else if (n < max_words) {
			words[n++] = c->argv[i];
		} else {
			return usage("\"%s\" is one word too many; see --help",
				     c->argv[i]),
			       false;
		}
	}
	if (n_words)
		*n_words = n;
	return true;
}

/* Echo off while a secret is typed; false when stdin is no terminal. */
static bool
hide_input(struct termios *before)
{
	struct termios hidden;

	if (tcgetattr(0, before) != 0)
		return false;
	hidden = *before;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	return tcsetattr(0, TCSAFLUSH, &hidden) == 0;
}

const char *
secret_line(struct cli *c, const char *prompt)
{
	enum { LINE_MAX_BYTES = 4002 };
	char *line = arena_alloc(c->mem, LINE_MAX_BYTES);
	struct termios before;
	bool hidden;
	char *got;

	hidden = hide_input(&before);
	if (hidden)
		fprintf(stderr, "%s: ", prompt);
	got = fgets(line, LINE_MAX_BYTES, stdin);
	if (hidden) {
		tcsetattr(0, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	if (!got || strlen(line) + 1 >= LINE_MAX_BYTES)
		return NULL;
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

bool
yes_no(const char *word, bool *out)
{
	if (!strcmp(word, "yes"))
		*out = true;
	else if (!strcmp(word, "no"))
		*out = false;
	else
		return false;
	return true;
}

/* ---- the program --------------------------------------------------------------- */

static int
help(FILE *to, int status)
{
	fputs("leadport " LEADPORT_VERSION
	      ": Meta Lead Ads into a small CRM\n\n"
	      "usage: leadport COMMAND [OPTION…]\n\n",
	      to);
	for (size_t i = 0; i < COUNT(commands); i++) {
		const char *line = strchr(commands[i]->help, '\n') + 1;

		fprintf(to, "  %-9s %.*s\n", commands[i]->name,
			(int)strcspn(line, "\n"), line);
	}
	fputs("\nleadport COMMAND --help tells more.  The configuration is "
	      "$LEADPORT_CONF, or\nleadport.conf in a folder above the "
	      "program.\n",
	      to);
	return status;
}

static bool
wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < COUNT(commands); i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int
run(const struct command *cmd, struct cli *c)
{
	struct arena *words = arena_new(64 << 10);
	struct buf err = buf_in(words, 2000);
	bool opened = cmd->without_key ? site_open_without_key(&c->site,
							       "leadport", &err)
				       : site_open(&c->site, "leadport", &err);
	int status;

	if (!opened) {
		status = usage("%s", buf_str(&err));
		arena_free(words);
		return status == EXIT_USAGE ? 1 : status;
	}
	arena_free(words);
	c->mem = arena_new(CLI_CEILING);
	site_task(&c->site, c->mem, &c->t);
	status = cmd->run(c);
	site_task_end(&c->t);
	arena_free(c->mem);
	site_close(&c->site);
	return status;
}

int
main(int argc, char **argv)
{
	struct cli c = { 0 };
	const struct command *cmd;

	if (argc < 2)
		return help(stderr, EXIT_USAGE);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
		return help(stdout, 0);
	if (!strcmp(argv[1], "--version")) {
		puts("leadport " LEADPORT_VERSION);
		return 0;
	}
	cmd = find_command(argv[1]);
	if (!cmd)
		return usage("there is no command \"%s\"; see leadport --help",
			     argv[1]);
	if (wants_help(argc - 2, argv + 2)) {
		puts(cmd->help);
		return 0;
	}
	c.argc = argc - 2;
	c.argv = argv + 2;
	return run(cmd, &c);
}
