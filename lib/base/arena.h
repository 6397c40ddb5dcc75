/*
 * arena: memory that lives exactly as long as one piece of work.
 *
 * There are three lifetimes in this program: the process, the task (one
 * request or one job) and the stack; an arena holds the first or the second.
 * Nothing is freed singly.  Allocation never returns NULL: inputs are capped
 * before anyone copies them, so reaching the ceiling or running out of memory
 * is a bug or a dying host; the program logs it and exits, the web server
 * starts a new one, and a job comes back when its lease ends.
 *
 * Under AddressSanitizer unused and reset memory is poisoned.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include "base/base.h"
#include "base/text.h"

struct arena;

/* `ceiling` in bytes: the most that one life of the arena may hold. */
struct arena *arena_new(size_t ceiling);
void arena_free(struct arena *a);
/* Run the deferred calls, newest first, and forget everything. */
void arena_reset(struct arena *a);

/* Zeroed, aligned for any type.  Size 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size);
/* Zeroed array; the product is checked. */
void *arena_array(struct arena *a, size_t n, size_t size);
#define NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define NEW_ARRAY(a, type, n) ((type *)arena_array((a), (n), sizeof(type)))

/* Enlarge `old` (of old_size bytes, or NULL) to size bytes, in place when it
 * was the latest allocation.  The new part is not zeroed; pointers into the
 * old one are dead. */
void *arena_grow(struct arena *a, void *old, size_t old_size, size_t size);

/* NUL-terminated copies. */
char *arena_str(struct arena *a, struct text t);
char *arena_fmt(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
char *arena_vfmt(struct arena *a, const char *fmt, va_list args) PRINTF(2, 0);

/* Call fn(arg) at the next reset or free: how a foreign object (cJSON, CURL)
 * is tied to the arena at its birth. */
void arena_defer(struct arena *a, void (*fn)(void *), void *arg);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

#endif
