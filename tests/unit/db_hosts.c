/* db: several hosts in the configuration, of which some are away. */
#include "db/db.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "thing.h"

/*
 * A host: a process that hands on what comes to its port to the one server
 * there is.  Killed, it takes its connections with it.
 */
struct host {
	pid_t pid; /* 0: nobody listens */
	int port;
	int fd; /* of a silent one: open, and nobody takes from it */
};

static struct host hosts[3];
static struct conf conf;
static struct task t;

/* At the port it had, or any. */
static int
listen_at(int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)*port) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static int
to_server(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s",
		 getenv("LEADPORT_TEST_DB"));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		_exit(1);
	return fd;
}

static bool
hand_on(int from, int to)
{
	char room[4096];
	ssize_t n = read(from, room, sizeof(room));

	return n > 0 && write(to, room, (size_t)n) == n;
}

/* One connection after the other, as the tests make them. */
NORETURN static void
serve(int listener)
{
	for (;;) {
		int in = accept(listener, NULL, NULL), out = to_server();
		struct pollfd at[2] = { { .fd = in, .events = POLLIN },
					{ .fd = out, .events = POLLIN } };
		bool open = true;

		while (open && poll(at, 2, -1) > 0) {
			if (at[0].revents)
				open = hand_on(in, out);
			if (open && at[1].revents)
				open = hand_on(out, in);
		}
		close(in);
		close(out);
	}
}

static void
start(struct host *h)
{
	int fd = listen_at(&h->port);

	h->pid = fork();
	assert_true(h->pid >= 0);
	if (h->pid == 0)
		serve(fd);
	close(fd);
}

static void
end(struct host *h)
{
	if (h->pid) {
		kill(h->pid, SIGKILL);
		waitpid(h->pid, NULL, 0);
	}
	if (h->fd)
		close(h->fd);
	*h = (struct host){ .port = h->port };
}

static int
hosts_up(void **state)
{
	thing_up(state);
	for (size_t i = 0; i < COUNT(hosts); i++)
		start(&hosts[i]);
	conf = testdb_conf;
	conf.database.socket = "";
	conf.database.port = hosts[1].port;
	conf.database.host =
		arena_fmt(kit_mem, "127.0.0.1:%d, 127.0.0.1 ,127.0.0.1:%d",
			  hosts[0].port, hosts[2].port);
	t = kit_task;
	t.db = db_new(&conf);
	return 0;
}

static int
hosts_down(void **state)
{
	db_free(t.db);
	for (size_t i = 0; i < COUNT(hosts); i++)
		end(&hosts[i]);
	return thing_down(state);
}

/* A read works, without a word to whoever asks. */
static void
assert_serves(void)
{
	int64_t n = 0;

	assert_int_equal(db_one(&t, &get_n, INS(IN(1)), OUTS(OUT("n", &n))),
			 OK);
	assert_int_equal(n, 10);
	assert_int_equal(t.failed, OK);
}

static void
the_first_host_is_taken_and_kept(void **state)
{
	int64_t id = connection_of(&t);

	(void)state;
	end(&hosts[1]);
	end(&hosts[2]);
	assert_serves();
	assert_int_equal(connection_of(&t), id);
}

static void
what_died_under_it_is_left_for_the_next_one(void **state)
{
	(void)state;
	assert_serves();
	for (size_t i = 0; i + 1 < COUNT(hosts); i++) {
		end(&hosts[i]);
		assert_serves();
	}
	assert_int_equal(db_exec(&t, &set_n, INS(IN(10), IN(1)), NULL), OK);
}

static void
a_transaction_goes_on_at_the_next_host(void **state)
{
	(void)state;
	assert_serves();
	end(&hosts[0]);
	assert_int_equal(db_tx(&t, "one", set_one, NULL), OK);
	assert_int_equal(n_of(1), 99);
}

static void
after_the_last_host_comes_the_first(void **state)
{
	(void)state;
	end(&hosts[0]);
	end(&hosts[1]);
	assert_serves();
	start(&hosts[0]);
	end(&hosts[2]);
	assert_serves();
}

/* Connections are taken by the kernel; nobody ever greets. */
static void
a_silent_host_is_passed_over(void **state)
{
	(void)state;
	end(&hosts[0]);
	hosts[0].fd = listen_at(&hosts[0].port);
	assert_serves();
}

static void
all_away_is_busy_and_mends_itself(void **state)
{
	(void)state;
	assert_serves();
	for (size_t i = 0; i < COUNT(hosts); i++)
		end(&hosts[i]);
	assert_int_equal(db_exec(&t, &set_n, INS(IN(11), IN(1)), NULL), E_BUSY);
	task_forgive(&t);
	assert_int_equal(db_ping(&t), E_BUSY);
	task_forgive(&t);
	start(&hosts[2]);
	assert_serves();
}

/* Another host would refuse the same password. */
static void
a_wrong_password_is_no_reason_to_go_on(void **state)
{
	(void)state;
	conf.database.user = "nobody";
	assert_int_equal(db_ping(&t), E_INTERNAL);
	end(&hosts[0]);
	task_forgive(&t);
	conf.database.user = "root";
	assert_serves();
}

#define HOSTS_CASE(fn) cmocka_unit_test_setup_teardown(fn, hosts_up, hosts_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOSTS_CASE(the_first_host_is_taken_and_kept),
		HOSTS_CASE(what_died_under_it_is_left_for_the_next_one),
		HOSTS_CASE(a_transaction_goes_on_at_the_next_host),
		HOSTS_CASE(after_the_last_host_comes_the_first),
		HOSTS_CASE(a_silent_host_is_passed_over),
		HOSTS_CASE(all_away_is_busy_and_mends_itself),
		HOSTS_CASE(a_wrong_password_is_no_reason_to_go_on),
	};

	return RUN(tests);
}
