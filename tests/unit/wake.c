/* wake: who is woken, who is started, and how often. */
#include "work/wake.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/conf.h"
#include "kit.h"

static char home[] = "/tmp/leadport-wake-XXXXXX";
static struct conf conf;

static const char *
in_home(const char *name)
{
	return arena_fmt(kit_mem, "%s/%s", home, name);
}

static void
write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(in_home(name), O_WRONLY | O_CREAT | O_TRUNC, mode);
	ssize_t n = (ssize_t)strlen(text);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), n);
	close(fd);
}

/* A home whose worker only leaves a line each time it is started. */
static int
home_up(void **state)
{
	kit_up(state);
	memcpy(home + sizeof(home) - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(home));
	assert_int_equal(mkdir(in_home("var"), 0700), 0);
	assert_int_equal(mkdir(in_home("bin"), 0700), 0);
	write_file("bin/leadport",
		   "#!/bin/sh\necho started >>\"$LEADPORT_CONF.starts\"\n",
		   0700);
	conf = (struct conf){ .path = in_home("leadport.conf"),
			      .site = { .home = home },
			      .limits = { .worker_seconds = 1 } };
	kit_task.conf = &conf;
	return 0;
}

static int
home_down(void **state)
{
	static const char *const files[] = {
		"leadport.conf.starts", "bin/leadport",	 "var/wake.started",
		"var/wake.sock",	"var/wake.lock", "var/worker.log"
	};

	for (size_t i = 0; i < COUNT(files); i++)
		unlink(in_home(files[i]));
	rmdir(in_home("bin"));
	rmdir(in_home("var"));
	rmdir(home);
	return kit_down(state);
}

static off_t
starts(void)
{
	struct stat st;

	return stat(in_home("leadport.conf.starts"), &st) == 0
		       ? st.st_size / (off_t)sizeof("started")
		       : 0;
}

static bool
started_within(int64_t ms, off_t n)
{
	const struct timespec moment = { .tv_nsec = 10 * 1000000 };
	int64_t end = clock_steady() + ms;

	while (starts() < n && clock_steady() < end)
		nanosleep(&moment, NULL);
	return starts() >= n;
}

static void
set_mark(time_t ago)
{
	struct timespec times[2] = { { .tv_sec = time(NULL) - ago },
				     { .tv_sec = time(NULL) - ago } };

	write_file("var/wake.started", "1", 0600);
	assert_int_equal(
		utimensat(AT_FDCWD, in_home("var/wake.started"), times, 0), 0);
}

static void
a_worker_is_started_when_none_hears(void **state)
{
	(void)state;
	wake_worker(&kit_task);
	assert_true(started_within(10000, 1));
	set_mark(60);
	wake_worker(&kit_task);
	assert_true(started_within(10000, 2));
}

static void
none_is_started_twice_at_once_or_beside_one_that_hears(void **state)
{
	struct wake *w;

	(void)state;
	set_mark(0);
	wake_worker(&kit_task);
	set_mark(60);
	w = wake_listen(&kit_task, kit_mem);
	assert_non_null(w);
	wake_worker(&kit_task);
	wake_close(w);
	/* Neither of them did, so this start is the first. */
	wake_worker(&kit_task);
	assert_true(started_within(10000, 1));
	assert_int_equal(starts(), 1);
}

/* The machine's clock was a day ahead and has been set right. */
static void
a_mark_from_the_future_holds_up_nobody(void **state)
{
	(void)state;
	set_mark(-86400);
	wake_worker(&kit_task);
	assert_true(started_within(10000, 1));
}

#define HOME_CASE(fn) cmocka_unit_test_setup_teardown(fn, home_up, home_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOME_CASE(a_worker_is_started_when_none_hears),
		HOME_CASE(
			none_is_started_twice_at_once_or_beside_one_that_hears),
		HOME_CASE(a_mark_from_the_future_holds_up_nobody),
	};

	return RUN(tests);
}
