/*
 * cli: what the sub-commands of `leadport` share.  Each is one file with one
 * function here; main.c has the table of them.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H
#include "db/site.h"

struct cli {
	struct site site;
	struct task t;
	struct arena *mem; /* of the task */
	int argc;	   /* after the command's name */
	char **argv;
};

struct command {
	const char *name;
	const char *help; /* usage and what it does, whole */
	bool without_key; /* runs before there is a key file */
	int (*run)(struct cli *c);
};
extern const struct command cmd_init, cmd_migrate, cmd_user, cmd_app,
	cmd_connect, cmd_sync, cmd_worker, cmd_check, cmd_doctor, cmd_reindex,
	cmd_audit;

enum { EXIT_USAGE = 2 };

/* One line on stderr, then 2. */
int usage(const char *fmt, ...) PRINTF(1, 2);
/* The task's failure as one line on stderr, then 1. */
int failed(struct cli *c);

/* Options "--name value" and flags "--name", each at most once; what is left
 * over are words.  False (with a line on stderr) for any other. */
struct option_spec {
	const char *name;   /* "--email" */
	const char **value; /* or */
	bool *flag;
};
NODISCARD bool options(struct cli *c, const struct option_spec *specs,
		       const char **words, size_t max_words, size_t *n_words);

/* First line of stdin without its end: secrets never stand in argv.  On a
 * terminal `prompt` is shown and the input is not.  NULL at its end, or when
 * it is longer than 4,000 bytes. */
const char *secret_line(struct cli *c, const char *prompt);
/* "yes" or "no" into *out. */
NODISCARD bool yes_no(const char *word, bool *out);

#endif
