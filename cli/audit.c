/* audit: `leadport audit verify`. */
#include "crm/audit.h"

#include "cli.h"

static int
run(struct cli *c)
{
	struct audit_check found = { 0 };
	const char *words[1] = { 0 };
	size_t n = 0;

	if (!options(c, NULL, words, COUNT(words), &n))
		return EXIT_USAGE;
	if (n != 1 || strcmp(words[0], "verify") != 0)
		return usage("audit needs the word verify");
	if (audit_verify(&c->t, &found))
		return failed(c);
	if (found.why) {
		printf("broken at entry %lld: %s %lld before it hold.\n",
		       (long long)found.bad_id, found.why, (long long)found.n);
		return 1;
	}
	printf("chain intact, entries: %lld\n", (long long)found.n);
	return 0;
}

const struct command cmd_audit = {
	.name = "audit",
	.run = run,
	.help = "usage: leadport audit verify\n"
		"Read the whole audit and tell whether an entry was changed or "
		"taken out\n\n"
		"Exit status 1 when the chain is broken, with the first entry "
		"that does not hold.",
};
