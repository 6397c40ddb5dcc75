/*
 * kit: what unit tests share: cmocka, and a task with memory of its own.
 */
#ifndef UNIT_KIT_H
#define UNIT_KIT_H
#include "base/base.h"
#include "base/crypt.h"
#include "base/task.h"

#include <setjmp.h>
#include <cmocka.h>

static struct arena *kit_mem;
static struct task kit_task;

static inline int
kit_up(void **state)
{
	(void)state;
	crypt_init();
	kit_mem = arena_new(64 << 20);
	kit_task = (struct task){ .mem = kit_mem, .now = clock_now() };
	return 0;
}

static inline int
kit_down(void **state)
{
	(void)state;
	arena_free(kit_mem);
	return 0;
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, kit_up, kit_down)
#define RUN(cases) cmocka_run_group_tests(cases, NULL, NULL)

/* Repeatable chance for property tests. */
static inline uint32_t
kit_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}
#endif
