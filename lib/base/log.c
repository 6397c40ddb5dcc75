/*
 * log: one escaped line per event, written to stderr in one piece.
 *
 * Nothing here allocates: an arena that is full must still be able to say so.
 */
#include "base/log.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/escape.h"

enum { WORDS_MAX = 1024, LINE_MAX_BYTES = 700 };

static const char *program = "leadport";
static char reference[16];

void
log_program(const char *name)
{
	program = name;
}

void
log_reference(const char *ref)
{
	snprintf(reference, sizeof(reference), "%s", ref ? ref : "");
}

/* "2026-09-28T14:02:07Z webhook[4711] error r=5KQ2: " */
static void
put_head(struct buf *line, const char *level)
{
	struct civil c = when_civil(clock_now());

	buf_fmt(line, "%04d-%02d-%02dT%02d:%02d:%02dZ %.60s[%ld] %s", c.year,
		c.month, c.day, c.hour, c.minute, c.second, program,
		(long)getpid(), level);
	if (reference[0]) {
		buf_puts(line, " r=");
		escape_log(line, text_of(reference));
	}
	buf_puts(line, ": ");
}

static void PRINTF(2, 0)
	write_line(const char *level, const char *fmt, va_list args)
{
	char words[WORDS_MAX], space[LINE_MAX_BYTES];
	struct buf line = { .p = space,
			    .cap = sizeof(space),
			    .max = sizeof(space) - 1 };
	ssize_t written;

	vsnprintf(words, sizeof(words), fmt, args);
	put_head(&line, level);
	escape_log(&line, text_of(words));
	buf_putc(&line, '\n');
	/* There is nobody to tell when the log itself cannot be written. */
	written = write(STDERR_FILENO, line.p, line.len);
	(void)written;
}

void
log_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_line("error", fmt, args);
	va_end(args);
}

void
log_warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_line("warn", fmt, args);
	va_end(args);
}

void
log_info(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_line("info", fmt, args);
	va_end(args);
}

void
log_die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_line("fatal", fmt, args);
	va_end(args);
	_exit(1);
}
