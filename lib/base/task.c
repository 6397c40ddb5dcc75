/*
 * task: keeping the words of the first failure.
 */
#include "base/task.h"
#include "base/buf.h"
#include "base/escape.h"

enum rc
fail(struct task *t, enum rc rc, const char *fmt, ...)
{
	char words[2 * sizeof(t->why)];
	struct buf why = {
		.p = t->why,
		.cap = sizeof(t->why),
		.max = sizeof(t->why) - 1,
	};
	va_list args;

	assert(rc != OK);
	if (t->failed != OK)
		return rc;
	va_start(args, fmt);
	vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	escape_log(&why, text_of(words));
	buf_str(&why);
	t->failed = rc;
	return rc;
}

enum rc
task_apart(struct task *t, struct arena *mem,
	   enum rc (*fn)(struct task *t, void *arg), void *arg)
{
	struct arena *whole = t->mem;
	enum rc rc;

	t->mem = mem;
	rc = fn(t, arg);
	t->mem = whole;
	arena_reset(mem);
	return rc;
}

void
task_forgive(struct task *t)
{
	t->failed = OK;
	t->why[0] = '\0';
}

const char *
rc_name(enum rc rc)
{
	switch (rc) {
	case OK:
		return "OK";
	case E_INPUT:
		return "E_INPUT";
	case E_DENIED:
		return "E_DENIED";
	case E_NOTFOUND:
		return "E_NOTFOUND";
	case E_CONFLICT:
		return "E_CONFLICT";
	case E_BUSY:
		return "E_BUSY";
	case E_REMOTE:
		return "E_REMOTE";
	case E_INTERNAL:
		return "E_INTERNAL";
	}
	return "unknown code";
}
