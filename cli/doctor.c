/* doctor: `leadport doctor`. */
#include "work/doctor.h"

#include "base/json.h"
#include "cli.h"

static void
say_json(struct cli *c, const struct check *checks, size_t n)
{
	struct buf b = buf_in(c->mem, 1 << 20);
	struct json_out out = { .to = &b };

	json_open(&out, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&out, '{');
		json_name(&out, "id");
		json_put(&out, checks[i].id);
		json_name(&out, "group");
		json_put(&out, check_group_name(checks[i].group));
		json_name(&out, "state");
		json_put(&out, check_state_name(checks[i].state));
		json_name(&out, "title");
		json_put(&out, checks[i].title);
		json_name(&out, "words");
		json_put(&out, checks[i].words);
		json_name(&out, "aside");
		json_put(&out, checks[i].aside);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	puts(buf_str(&b));
}

static int
run_doctor(struct cli *c)
{
	const char *integration = NULL;
	int64_t id = 0;
	bool json = false;
	const struct option_spec specs[] = {
		{ "--json", NULL, &json },
		{ "--integration", &integration, NULL },
		{ 0 },
	};
	struct check *checks = NULL;
	size_t n = 0;
	int status = 0;

	if (!options(c, specs, NULL, 0, NULL))
		return EXIT_USAGE;
	if (integration && !text_int(text_of(integration), 1, INT64_MAX, &id))
		return usage("--integration takes a number");
	doctor_run(&c->t, id, &checks, &n);
	if (json)
		say_json(c, checks, n);
	else
		fputs(doctor_report(&c->t, checks, n), stdout);
	for (size_t i = 0; i < n; i++)
		if (checks[i].state == CHECK_FAIL)
			status = 1;
	return status;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.run = run_doctor,
	.help = "usage: leadport doctor [--integration ID] [--json]\n"
		"Check everything that leads need to arrive\n\n"
		"Every check runs; each line says pass, warn, fail or unknown "
		"and what mends it.\nExit status 1 when one fails.  The "
		"report holds no secrets.",
};
