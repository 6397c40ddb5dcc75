/* step: orders are looked for at each step; only in builds for tests. */
#include "base/step.h"

#ifdef LEADPORT_STEPS
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "base/text.h"

enum { ORDER_MAX = 200, PATH_ROOM = 400 };

struct order {
	int64_t serial, n, pid;
	char act[16];
};

static bool
path_of(const char *name, char *path)
{
	const char *folder = getenv("LEADPORT_DIE_AT");
	int n = folder ? snprintf(path, PATH_ROOM, "%s/%s", folder, name) : -1;

	return n > 0 && n < PATH_ROOM;
}

static bool
read_order(char *line, size_t size)
{
	char path[PATH_ROOM];
	ssize_t n = -1;
	int fd = path_of("order", path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return false;
	n = read(fd, line, size - 1);
	close(fd);
	line[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* Is there an order for this program? */
static bool
ordered(struct order *o)
{
	char line[ORDER_MAX];
	struct text rest, serial, program, act, n;

	if (!read_order(line, sizeof(line)))
		return false;
	rest = text_trim(text_of(line));
	if (!text_take_until(&rest, ' ', &serial) ||
	    !text_take_until(&rest, ' ', &program) ||
	    !text_take_until(&rest, ' ', &act) ||
	    !text_take_until(&rest, ' ', &n) ||
	    !text_is(program, program_invocation_short_name) ||
	    act.len >= sizeof(o->act))
		return false;
	memcpy(o->act, act.p, act.len);
	o->act[act.len] = '\0';
	return text_int(serial, 1, INT64_MAX, &o->serial) &&
	       text_int(n, 1, INT64_MAX, &o->n) &&
	       text_int(rest, 0, INT32_MAX, &o->pid);
}

/* Of several processes one has it: who removes the file. */
static bool
taken(const char *kind, const char *name)
{
	char path[PATH_ROOM];
	int fd;

	if (!path_of("order", path) || unlink(path) != 0 ||
	    !path_of("reached", path))
		return false;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0) {
		dprintf(fd, "%s %s %s\n", program_invocation_short_name, kind,
			name);
		close(fd);
	}
	return true;
}

/* Is it this one that the order means? */
static bool
is_due(const struct order *o)
{
	static int64_t serial, counted;

	if (o->serial != serial) {
		serial = o->serial;
		counted = 0;
	}
	return ++counted == o->n;
}

void
step_reached(const char *kind, const char *name)
{
	struct order o;

	if (!ordered(&o) || strcmp(o.act, "die") != 0 || !is_due(&o) ||
	    !taken(kind, name))
		return;
	if (o.pid > 0)
		kill((pid_t)o.pid, SIGKILL);
	raise(SIGKILL);
}

bool
step_fails(const char *act, const char *name)
{
	struct order o;

	return ordered(&o) && strcmp(o.act, act) == 0 && is_due(&o) &&
	       taken(act, name);
}
#endif
