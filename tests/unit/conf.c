/* conf: values, defaults, and refusals that name file and line. */
#include "base/conf.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "kit.h"

static char path[] = "/tmp/leadport-conf-XXXXXX";
static char why[500];

#define MINIMAL                                                                \
	"[site]\nbase_url = https://crm.example.com/crm\n"                     \
	"[database]\nsocket = /s\nname = n\nuser = u\n"

static bool
load(const char *text, struct conf *c, mode_t mode)
{
	struct buf err = buf_in(kit_mem, 500);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool ok;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	ok = conf_load(kit_mem, path, c, &err);
	snprintf(why, sizeof(why), "%s", buf_str(&err));
	return ok;
}

static void
defaults_fill_what_is_not_said(void **state)
{
	struct conf c;

	(void)state;
	if (!load(MINIMAL "[limits]\nidle_exit = 7\n", &c, 0600))
		fail_msg("%s", why);
	assert_string_equal(c.site.base_url, "https://crm.example.com/crm");
	assert_string_equal(c.site.home, "/tmp");
	assert_string_equal(c.meta.graph_version, "v26.0");
	assert_int_equal(c.limits.idle_exit, 7);
	assert_int_equal(c.limits.receipt_days, 30);
	assert_int_equal(c.database.port, 3306);
}

static void
what_is_wrong_is_named_with_its_line(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ MINIMAL "[limits]\nidle_exitt = 7\n", ":8:" },
		{ MINIMAL "[limit]\nidle_exit = 7\n", ":8:" },
		{ MINIMAL "name = again\n", ":7:" },
		{ MINIMAL "[limits]\nidle_exit = soon\n", ":8:" },
		{ MINIMAL "[limits]\nreceipt_days = 0\n", ":8:" },
		{ MINIMAL "[meta]\ngraph_version = 26\n", ":8:" },
		{ MINIMAL "rubbish\n", ":7:" },
		{ "[site]\nbase_url = ftp://x\n", ":2:" },
		{ "[site]\nbase_url = https://x/\n", ":2:" },
		{ "[site]\ntime_zone = Nowhere\n", ":2:" },
		{ "[database]\nsocket = /s\n", "base_url" },
		{ MINIMAL "host = h\n", "either" },
		{ "[site]\nbase_url = https://x\n", "either" },
	};
	struct conf c;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (load(cases[i].text, &c, 0600))
			fail_msg("accepted: %s", cases[i].text);
		if (!strstr(why, cases[i].words) || !strstr(why, path))
			fail_msg("%s gave: %s", cases[i].text, why);
	}
}

static void
a_file_that_others_can_read_is_refused(void **state)
{
	struct conf c;

	(void)state;
	assert_false(load(MINIMAL, &c, 0640));
	assert_non_null(strstr(why, "chmod 600"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(defaults_fill_what_is_not_said),
		CASE(what_is_wrong_is_named_with_its_line),
		CASE(a_file_that_others_can_read_is_refused),
	};
	int fd = mkstemp(path), status;

	close(fd);
	status = RUN(tests);
	unlink(path);
	return status;
}
