/* site: what a program opens at its start, and its tasks. */
#include "db/site.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/log.h"
#include "testdb.h"

STATEMENT(two, "SELECT 2 AS n");

static char home[] = "/tmp/leadport-site-XXXXXX";

static const char *
path_of(const char *name)
{
	return arena_fmt(kit_mem, "%s/%s", home, name);
}

static int
up(void **state)
{
	const char *path;
	char *body;
	int fd;

	testdb_empty_up(state);
	memcpy(home + sizeof(home) - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(home));
	path = path_of("leadport.conf");
	body = arena_fmt(kit_mem,
			 "[site]\nbase_url = http://127.0.0.1\n[database]\n"
			 "socket = %s\nname = leadport_unit\nuser = root\n"
			 "password =\n",
			 testdb_conf.database.socket);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, body, strlen(body)), strlen(body));
	close(fd);
	setenv("LEADPORT_CONF", path, 1);
	return 0;
}

static int
down(void **state)
{
	unlink(path_of("leadport.conf"));
	unlink(path_of("key"));
	rmdir(home);
	unsetenv("LEADPORT_CONF");
	return testdb_down(state);
}

static void
files_stand_below_the_home(void **state)
{
	struct conf c = { .site.home = "/srv/lp" };

	(void)state;
	assert_string_equal(site_file(kit_mem, &c, "key"), "/srv/lp/key");
	assert_string_equal(site_var(kit_mem, &c, "wake.sock"),
			    "/srv/lp/var/wake.sock");
}

static void
a_site_without_a_key_opens_only_for_init(void **state)
{
	struct buf err = buf_in(kit_mem, 500);
	struct site s;

	(void)state;
	assert_false(site_open(&s, "/x/cgi-bin/leads.fcgi", &err));
	assert_non_null(strstr(buf_str(&err), path_of("key")));
	/* The log keeps the program's name longer than the site. */
	log_error("after a site that did not open");
	assert_true(site_open_without_key(&s, "leadport", &err));
	assert_string_equal(s.conf.site.home, home);
	site_close(&s);
	log_error("after a site that was closed");
}

static void
a_site_without_configuration_says_so(void **state)
{
	struct buf err = buf_in(kit_mem, 500);
	struct site s;

	(void)state;
	setenv("LEADPORT_CONF", "/no/such/leadport.conf", 1);
	assert_false(site_open(&s, "leads.fcgi", &err));
	assert_non_null(strstr(buf_str(&err), "/no/such/leadport.conf"));
	log_error("after a configuration that is not there");
}

static void
a_task_has_all_it_needs_and_ends_clean(void **state)
{
	struct buf err = buf_in(kit_mem, 500);
	struct arena *mem = arena_new(TASK_CEILING);
	struct key key;
	struct site s;
	struct task t;
	int64_t n = 0;

	(void)state;
	assert_true(key_create(path_of("key"), &err));
	assert_true(key_load(path_of("key"), &key, &err));
	assert_true(site_open(&s, "leads.fcgi", &err));
	arena_alloc(mem, 1000);
	clock_freeze((struct when){ INT64_C(1790000000123) });
	site_task(&s, mem, &t);
	clock_freeze((struct when){ 0 });
	assert_int_equal(t.now.ms, INT64_C(1790000000123));
	assert_int_equal(arena_used(mem), 0);
	assert_ptr_equal(t.conf, &s.conf);
	assert_memory_equal(t.key, &key, sizeof(key));
	assert_int_equal(t.user_id, 0);
	assert_int_equal(db_one(&t, &two, INS(), OUTS(OUT("n", &n))), OK);
	assert_int_equal(n, 2);
	arena_alloc(mem, 1000);
	site_task_end(&t);
	assert_int_equal(arena_used(mem), 0);
	site_close(&s);
	arena_free(mem);
}

#define SITE_CASE(fn) cmocka_unit_test_setup_teardown(fn, up, down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_CASE(files_stand_below_the_home),
		SITE_CASE(a_site_without_a_key_opens_only_for_init),
		SITE_CASE(a_site_without_configuration_says_so),
		SITE_CASE(a_task_has_all_it_needs_and_ends_clean),
	};

	return RUN(tests);
}
