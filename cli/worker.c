/* worker: `leadport worker`. */
#include "work/worker.h"

#include "cli.h"

static int
run_worker(struct cli *c)
{
	bool once = false, woken = false;
	const char *span = NULL;
	const struct option_spec specs[] = {
		{ "--once", NULL, &once },
		{ "--for", &span, NULL },
		{ "--woken", NULL, &woken },
		{ 0 },
	};
	int64_t seconds = 0;

	if (!options(c, specs, NULL, 0, NULL))
		return EXIT_USAGE;
	if (once && span)
		return usage("--once or --for, not both");
	if (span && !text_int(text_of(span), 1, 86400 * 366, &seconds))
		return usage("--for takes a number of seconds");
	if (once)
		return worker_run(&c->site, WORKER_ONCE, 0);
	if (!span)
		return worker_run(&c->site, WORKER_FOREVER, 0);
	return worker_run(&c->site, woken ? WORKER_WOKEN : WORKER_FOR, seconds);
}

const struct command cmd_worker = {
	.name = "worker",
	.run = run_worker,
	.help = "usage: leadport worker [--once | --for SECONDS [--woken]]\n"
		"Read the leads that Meta announced, and import them\n\n"
		"Runs until it is told to stop (SIGTERM), until nothing is "
		"ready (--once), or for\na time.  The webhook starts one by "
		"itself when none is alive; on a host with cron\nadd\n"
		"  * * * * * leadport worker --for 55\n"
		"Several at once are safe.  --woken says that the webhook "
		"started it, so that\nDiagnose can tell it from cron.",
};
