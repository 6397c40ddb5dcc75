/* io: FastCGI through libfcgi, plain CGI through the process itself. */
#include "web/io.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include "base/step.h"

static struct {
	bool cgi;
	bool cgi_served;
	FCGX_Request request;
	sigset_t waiting; /* signal mask while waiting: all let in */
} io;

static volatile sig_atomic_t stopping;

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
	FCGX_ShutdownPending();
}

/* Signals wait until the program waits, so none can slip between the check
 * of the flag and the blocking call. */
static void
hold_signals(void)
{
	struct sigaction stop = { .sa_handler = on_stop };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGUSR1);
	sigprocmask(SIG_BLOCK, &held, &io.waiting);
	sigdelset(&io.waiting, SIGTERM);
	sigdelset(&io.waiting, SIGINT);
	sigdelset(&io.waiting, SIGUSR1);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGUSR1, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

bool
io_open(void)
{
	io.cgi = FCGX_IsCGI();
	if (!io.cgi) {
		if (FCGX_Init() != 0 ||
		    FCGX_InitRequest(&io.request, 0,
				     FCGI_FAIL_ACCEPT_ON_INTR) != 0)
			return false;
		/* Several processes may share this socket: one of them gets
		 * the connection, the others must not block on it. */
		if (fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK) < 0)
			return false;
	}
	hold_signals();
	return true;
}

bool
io_is_cgi(void)
{
	return io.cgi;
}

static enum io_next
accept_cgi(void)
{
	if (io.cgi_served)
		return IO_STOP;
	io.cgi_served = true;
	return IO_REQUEST;
}

enum io_next
io_accept(int64_t idle_s)
{
	struct pollfd listener = { .fd = 0, .events = POLLIN };
	struct timespec wait = { .tv_sec = idle_s };
	int ready;

	if (io.cgi)
		return accept_cgi();
	while (!stopping) {
		ready = ppoll(&listener, 1, idle_s > 0 ? &wait : NULL,
			      &io.waiting);
		if (ready == 0)
			return IO_IDLE;
		if (ready > 0 && FCGX_Accept_r(&io.request) == 0)
			return IO_REQUEST;
	}
	return IO_STOP;
}

const char *
io_env(const char *name)
{
	return io.cgi ? getenv(name) : FCGX_GetParam(name, io.request.envp);
}

size_t
io_read(void *to, size_t n)
{
	size_t have = 0;

	while (have < n) {
		char *at = (char *)to + have;
		ssize_t got;

		if (io.cgi)
			got = read(0, at, n - have);
		else
			got = FCGX_GetStr(at, (int)(n - have), io.request.in);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		have += (size_t)got;
	}
	return have;
}

static bool
write_cgi(const char *from, size_t n)
{
	while (n > 0) {
		ssize_t put = write(1, from, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		from += put;
		n -= (size_t)put;
	}
	return true;
}

bool
io_write(const void *from, size_t n)
{
	if (io.cgi)
		return write_cgi(from, n);
	return FCGX_PutStr(from, (int)n, io.request.out) == (int)n;
}

void
io_finish(void)
{
	STEP("before", "the answer's end");
	if (io.cgi)
		return;
	FCGX_Finish_r(&io.request);
	STEP("after", "the answer's end");
	/* A kept connection would hide the next one from io_accept. */
	FCGX_Free(&io.request, 1);
}
