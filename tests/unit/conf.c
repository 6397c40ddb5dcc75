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

#define HOSTS "[site]\nbase_url = https://x\n[database]\nname = n\nuser = u\n"

static void
several_hosts_are_a_list(void **state)
{
	static const struct {
		const char *host;
		int64_t port;
	} wanted[] = { { "db1.example.com", 3306 },
		       { "127.0.0.1", 3307 },
		       { "::1", 3306 },
		       { "fe80::1", 3308 } };
	static const char *const wrong[] = {
		"db1 db2", "db1,,db2", "db1:", "db1:0", "db1:65536",
		"db1:x",   "[::1",     "[]",   "::1",	"db1, port = 3306",
	};
	struct conf c;
	struct text list, host;

	(void)state;
	if (!load(HOSTS "host = db1.example.com,127.0.0.1:3307, [::1] ,"
			"[fe80::1]:3308\n",
		  &c, 0600))
		fail_msg("%s", why);
	list = text_of(c.database.host);
	for (size_t i = 0; i < COUNT(wanted); i++) {
		int64_t port = c.database.port;

		assert_true(conf_take_host(&list, &host, &port));
		assert_true(text_is(host, wanted[i].host));
		assert_int_equal(port, wanted[i].port);
	}
	assert_int_equal(list.len, 0);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *text =
			arena_fmt(kit_mem, HOSTS "host = %s\n", wrong[i]);

		if (load(text, &c, 0600) || !strstr(why, ":6:"))
			fail_msg("%s gave: %s", wrong[i], why);
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
		CASE(several_hosts_are_a_list),
		CASE(a_file_that_others_can_read_is_refused),
	};
	int fd = mkstemp(path), status;

	close(fd);
	status = RUN(tests);
	unlink(path);
	return status;
}
