/* wake: the socket between webhook and worker, and starting a worker. */
#include "work/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/conf.h"
#include "base/log.h"
#include "db/site.h"

/* A started worker needs a moment until it hears; within it no second one
 * is started. */
enum { START_PAUSE_S = 3 };

struct wake {
	int lock, socket;
	const char *path;
};

/* False when the path does not fit a socket address: then the worker only
 * polls. */
static bool
address_of(struct arena *mem, const struct conf *conf, struct sockaddr_un *to)
{
	const char *path = site_var(mem, conf, "wake.sock");
	size_t len = strlen(path);

	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len >= sizeof(to->sun_path))
		return false;
	memcpy(to->sun_path, path, len + 1);
	return true;
}

/* ---- the web server's side ------------------------------------------------- */

static bool
knock(struct task *t)
{
	struct sockaddr_un to;
	bool heard;
	int s;

	if (!address_of(t->mem, t->conf, &to))
		return false;
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return false;
	/* A full socket, or one of another user, has a worker behind it. */
	heard = sendto(s, "w", 1, 0, (struct sockaddr *)&to, sizeof(to)) == 1 ||
		(errno != ENOENT && errno != ECONNREFUSED);
	close(s);
	return heard;
}

/* Was one started just now, by this process or another? */
static bool
started_lately(struct task *t)
{
	const char *path = site_var(t->mem, t->conf, "wake.started");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;
	bool lately = true;

	if (fd < 0) {
		log_error("%s: %s", path, strerror(errno));
		return true;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0) {
		time_t age = time(NULL) - st.st_mtime;

		/* A mark from the future: the clock has been set back. */
		lately = st.st_size > 0 && age >= 0 && age < START_PAUSE_S;
		if (!lately &&
		    (pwrite(fd, "1", 1, 0) != 1 || futimens(fd, NULL) != 0))
			log_warn("%s: %s", path, strerror(errno));
	}
	close(fd);
	return lately;
}

/*
 * In the grandchild: nothing of the web server may stay open, or its port
 * stays taken after it stopped; the signal mask is inherited through exec.
 */
NORETURN static void
become_worker(const char *program, const char *seconds, const char *log)
{
	sigset_t none;
	int fd;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	close_range(0, ~0U, 0);
	fd = open("/dev/null", O_RDWR);
	if (fd != 0 || dup2(0, 1) < 0 ||
	    open(log, O_WRONLY | O_CREAT | O_APPEND, 0600) != 2)
		_exit(127);
	execl(program, "leadport", "worker", "--woken", "--for", seconds,
	      (char *)NULL);
	_exit(127);
}

static void
start_worker(struct task *t)
{
	const char *program = site_file(t->mem, t->conf, "bin/leadport");
	const char *log = site_var(t->mem, t->conf, "worker.log");
	const char *seconds = arena_fmt(
		t->mem, "%lld", (long long)t->conf->limits.worker_seconds);
	pid_t child;

	if (access(program, X_OK) != 0) {
		log_warn("%s: %s; a cron job must run the worker", program,
			 strerror(errno));
		return;
	}
	setenv("LEADPORT_CONF", t->conf->path, 1);
	child = fork();
	if (child == 0) {
		if (setsid() < 0 || fork() != 0)
			_exit(0);
		become_worker(program, seconds, log);
	}
	if (child < 0)
		log_error("fork: %s", strerror(errno));
	else
		waitpid(child, NULL, 0);
}

void
wake_worker(struct task *t)
{
	if (!knock(t) && !started_lately(t))
		start_worker(t);
}

/* ---- the worker's side ------------------------------------------------------ */

static bool
bind_socket(struct wake *w, const struct sockaddr_un *at)
{
	w->socket =
		socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (w->socket < 0)
		return false;
	/* Left over from a worker that was killed: the lock is ours. */
	unlink(at->sun_path);
	if (bind(w->socket, (const struct sockaddr *)at, sizeof(*at)) == 0)
		return true;
	log_warn("%s: %s", at->sun_path, strerror(errno));
	close(w->socket);
	return false;
}

struct wake *
wake_listen(struct task *t, struct arena *mem)
{
	struct wake w = { 0 }, *kept;
	struct sockaddr_un at;

	if (!address_of(t->mem, t->conf, &at))
		return NULL;
	w.lock = open(site_var(t->mem, t->conf, "wake.lock"),
		      O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (w.lock < 0)
		return NULL;
	if (flock(w.lock, LOCK_EX | LOCK_NB) != 0 || !bind_socket(&w, &at)) {
		close(w.lock);
		return NULL;
	}
	kept = NEW(mem, struct wake);
	*kept = w;
	kept->path = arena_str(mem, text_of(at.sun_path));
	return kept;
}

void
wake_wait(struct wake *w, int64_t ms)
{
	struct pollfd at = { .fd = w ? w->socket : -1, .events = POLLIN };
	char drop[16];

	if (poll(&at, 1, (int)ms) > 0)
		while (recv(at.fd, drop, sizeof(drop), 0) > 0)
			continue;
}

void
wake_close(struct wake *w)
{
	if (!w)
		return;
	unlink(w->path);
	close(w->socket);
	close(w->lock);
}
