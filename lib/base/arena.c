/*
 * arena: chunks of memory, filled from the front and given back together.
 */
#include "base/arena.h"
#include "base/log.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN
#endif
#endif

#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
/* Poisoned bytes behind each allocation, so that an overrun is seen. */
enum { GAP = 16 };
#else
enum { GAP = 0 };
#endif

enum {
	ALIGNMENT = _Alignof(max_align_t),
	CHUNK_FIRST = 32 * 1024,
	CHUNK_LAST = 1024 * 1024, /* chunks double up to this size */
};

struct chunk {
	struct chunk *older;
	size_t cap, used;
	_Alignas(max_align_t) char data[];
};

struct deferred {
	struct deferred *older;
	void (*fn)(void *);
	void *arg;
};

struct arena {
	struct chunk *chunk; /* newest; the oldest one outlives a reset */
	struct deferred *deferred;
	char *latest; /* allocation that may grow in place */
	size_t used, ceiling;
};

/* Not inlined: gcc would take the poisoning of fresh memory for a read. */
__attribute__((noinline)) static void
poison(void *p, size_t n)
{
#ifdef WITH_ASAN
	__asan_poison_memory_region(p, n);
#else
	(void)p, (void)n;
#endif
}

static void
unpoison(void *p, size_t n)
{
#ifdef WITH_ASAN
	__asan_unpoison_memory_region(p, n);
#else
	(void)p, (void)n;
#endif
}

static struct chunk *
chunk_new(size_t cap, struct chunk *older)
{
	struct chunk *c = malloc(sizeof(*c) + cap);

	if (!c)
		log_die("arena: out of memory for %zu bytes", cap);
	*c = (struct chunk){ .older = older, .cap = cap };
	poison(c->data, cap);
	return c;
}

struct arena *
arena_new(size_t ceiling)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		log_die("arena: out of memory");
	a->ceiling = ceiling;
	a->chunk = chunk_new(CHUNK_FIRST, NULL);
	return a;
}

void
arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a);
	free(a->chunk);
	free(a);
}

/* A deferred call may defer another, so the list is read anew each time. */
static void
run_deferred(struct arena *a)
{
	while (a->deferred) {
		struct deferred *d = a->deferred;

		a->deferred = d->older;
		d->fn(d->arg);
	}
}

void
arena_reset(struct arena *a)
{
	run_deferred(a);
	while (a->chunk->older) {
		struct chunk *c = a->chunk;

		a->chunk = c->older;
		free(c);
	}
	poison(a->chunk->data, a->chunk->cap);
	a->chunk->used = 0;
	a->latest = NULL;
	a->used = 0;
}

/* `size` rounded up so that the next allocation is aligned. */
static size_t
rounded(size_t size)
{
	return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void
charge(struct arena *a, size_t size)
{
	if (size > a->ceiling - a->used)
		log_die("arena: %zu bytes more than %zu go over the ceiling "
			"of %zu",
			size, a->used, a->ceiling);
	a->used += size;
}

static size_t
chunk_size(const struct arena *a, size_t room)
{
	size_t cap = a->chunk->cap * 2;

	if (cap > CHUNK_LAST)
		cap = CHUNK_LAST;
	return room > cap ? room : cap;
}

/* Memory with whatever was in it. */
static void *
take(struct arena *a, size_t size)
{
	struct chunk *c = a->chunk;
	size_t room;

	charge(a, size);
	room = rounded(size ? size : 1) + GAP;
	if (room > c->cap - c->used)
		c = a->chunk = chunk_new(chunk_size(a, room), c);
	a->latest = c->data + c->used;
	c->used += room;
	unpoison(a->latest, size);
	return a->latest;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	return memset(take(a, size), 0, size);
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all))
		log_die("arena: array of %zu times %zu bytes", n, size);
	return arena_alloc(a, all);
}

/* Enlarge the latest allocation where it stands; false if it has no room. */
static bool
stretch(struct arena *a, char *old, size_t old_size, size_t size)
{
	struct chunk *c = a->chunk;
	size_t start;

	if (old != a->latest)
		return false;
	start = (size_t)(old - c->data);
	if (size > c->cap - start || rounded(size) + GAP > c->cap - start)
		return false;
	charge(a, size - old_size);
	c->used = start + rounded(size) + GAP;
	unpoison(old, size);
	return true;
}

/* Enlarge the latest allocation when it has a chunk to itself: a long text
 * costs its length, not the sum of all the lengths it had. */
static void *
swell(struct arena *a, const char *old, size_t old_size, size_t size)
{
	struct chunk *c = a->chunk;
	size_t room = rounded(size) + GAP;

	if (old != a->latest || old != c->data || !c->older)
		return NULL;
	charge(a, size - old_size);
	unpoison(c->data, c->cap);
	c = realloc(c, sizeof(*c) + room);
	if (!c)
		log_die("arena: out of memory for %zu bytes", room);
	c->cap = c->used = room;
	poison(c->data, room);
	unpoison(c->data, size);
	a->chunk = c;
	a->latest = c->data;
	return c->data;
}

void *
arena_grow(struct arena *a, void *old, size_t old_size, size_t size)
{
	void *p;

	if (!old)
		return take(a, size);
	if (size <= old_size || stretch(a, old, old_size, size))
		return old;
	p = swell(a, old, old_size, size);
	if (p)
		return p;
	p = take(a, size);
	return memcpy(p, old, old_size);
}

char *
arena_str(struct arena *a, struct text t)
{
	char *s = take(a, t.len + 1);

	if (t.len)
		memcpy(s, t.p, t.len);
	s[t.len] = '\0';
	return s;
}

char *
arena_fmt(struct arena *a, const char *fmt, ...)
{
	va_list args;
	char *s;

	va_start(args, fmt);
	s = arena_vfmt(a, fmt, args);
	va_end(args);
	return s;
}

char *
arena_vfmt(struct arena *a, const char *fmt, va_list args)
{
	va_list again;
	int n;
	char *s;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		log_die("arena: cannot format \"%s\"", fmt);
	s = take(a, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, args);
	return s;
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
	struct deferred *d = NEW(a, struct deferred);

	*d = (struct deferred){ .older = a->deferred, .fn = fn, .arg = arg };
	a->deferred = d;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
