/*
 * log: one line per event on stderr, which the web server writes to its
 * error log.  "2026-09-28T14:02:07Z webhook[4711] error r=5KQ2: words".
 * No lead's data, token or e-mail address belongs in a log; what comes from
 * outside is escaped, so that one event is always one line.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H
#include "base/base.h"

/* Name of this program in each line; kept, not copied. */
void log_program(const char *name);
/* Reference of the request at work ("" = none), shown to the user on error
 * pages too; copied, at most 15 characters. */
void log_reference(const char *ref);

void log_error(const char *fmt, ...) PRINTF(1, 2);
void log_warn(const char *fmt, ...) PRINTF(1, 2);
void log_info(const char *fmt, ...) PRINTF(1, 2);

/* Log and end the process with status 1, without any cleaning up. */
NORETURN void log_die(const char *fmt, ...) PRINTF(1, 2);

#endif
