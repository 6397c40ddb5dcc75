/*
 * base: what every file includes first: the C library's headers, a few
 * attributes, and the calls that are banned in this house.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H
#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LEADPORT_VERSION "0.1.0"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NODISCARD __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/*
 * Banned calls.  Copies without a length, scanners that cannot report
 * overflow, time functions that share one static buffer or the machine's
 * zone, and everything that hands text to a shell.  Use text, buf, clock.
 */
#define strcpy(...) banned_use_buf()
#define strcat(...) banned_use_buf()
#define strncpy(...) banned_use_buf()
#define strncat(...) banned_use_buf()
#define sprintf(...) banned_use_buf()
#define vsprintf(...) banned_use_buf()
#define strtok(...) banned_use_text()
#define strtol(...) banned_use_text()
#define strtoll(...) banned_use_text()
#define strtoul(...) banned_use_text()
#define strtoull(...) banned_use_text()
#define strtod(...) banned_use_text()
#define sscanf(...) banned_use_text()
#define fscanf(...) banned_use_text()
#define scanf(...) banned_use_text()
#define atoi(...) banned_use_text()
#define atol(...) banned_use_text()
#define atoll(...) banned_use_text()
#define atof(...) banned_use_text()
#define localtime(...) banned_use_clock()
#define gmtime(...) banned_use_clock()
#define ctime(...) banned_use_clock()
#define asctime(...) banned_use_clock()
#define system(...) banned_no_shell()
#define popen(...) banned_no_shell()
#define rand(...) banned_use_crypt()
#define srand(...) banned_use_crypt()
#undef alloca
#define alloca(...) banned_use_arena()

#endif
