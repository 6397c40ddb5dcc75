/* memory: arena and buf. */
#include "base/arena.h"
#include "base/buf.h"
#include "kit.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

static void
allocations_are_zeroed_and_apart(void **state)
{
	char *a, *b;

	(void)state;
	for (size_t size = 0; size < 5000; size += 37) {
		a = arena_alloc(kit_mem, size);
		b = arena_alloc(kit_mem, size);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(a[i] | b[i], 0);
		memset(a, 1, size);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(b[i], 0);
		assert_int_equal((uintptr_t)a % _Alignof(max_align_t), 0);
	}
}

static void
growing_keeps_what_was_there(void **state)
{
	char *p = NULL;
	size_t size = 0;

	(void)state;
	for (size_t next = 1; next < 300000; next = next * 3 / 2 + 1) {
		p = arena_grow(kit_mem, p, size, next);
		memset(p + size, (int)(next % 251), next - size);
		size = next;
		/* Something else in between: the next growth must move. */
		if (next % 2)
			arena_alloc(kit_mem, 10);
		assert_int_equal(p[0], 1);
	}
}

static void
a_long_text_costs_its_length(void **state)
{
	struct buf b = buf_in(kit_mem, 6 << 20);

	(void)state;
	for (size_t i = 0; i < 5 << 20; i++)
		buf_putc(&b, (char)('a' + i % 26));
	assert_int_equal(b.len, 5 << 20);
	for (size_t i = 0; i < b.len; i += 4099)
		assert_int_equal(b.p[i], 'a' + i % 26);
	assert_true(arena_used(kit_mem) < 7 << 20);
}

static int order[3], n_order;

static void
remember(void *arg)
{
	order[n_order++] = *(int *)arg;
}

static void
deferred_calls_run_newest_first(void **state)
{
	static int one = 1, two = 2;

	(void)state;
	arena_defer(kit_mem, remember, &one);
	arena_defer(kit_mem, remember, &two);
	arena_reset(kit_mem);
	assert_int_equal(n_order, 2);
	assert_int_equal(order[0], 2);
	assert_int_equal(order[1], 1);
	assert_int_equal(arena_used(kit_mem), 0);
}

static void
reset_memory_is_poisoned(void **state)
{
	char *p = arena_alloc(kit_mem, 100);

	(void)state;
	arena_reset(kit_mem);
#ifdef __SANITIZE_ADDRESS__
	assert_true(__asan_address_is_poisoned(p));
#else
	assert_non_null(p);
#endif
}

static void
a_buffer_stops_at_its_ceiling(void **state)
{
	struct buf b = buf_in(kit_mem, 10);

	(void)state;
	buf_puts(&b, "12345");
	buf_puts(&b, "1234567");
	assert_true(b.failed);
	buf_puts(&b, "x");
	assert_string_equal(buf_str(&b), "12345");
}

static void
formatting_fills_exactly(void **state)
{
	struct buf b = buf_in(kit_mem, 1000);

	(void)state;
	for (int i = 0; i < 100; i++)
		buf_fmt(&b, "%d,", i % 10);
	assert_false(b.failed);
	assert_int_equal(b.len, 200);
	buf_int(&b, INT64_MIN);
	assert_true(text_ends(buf_text(&b), "-9223372036854775808"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(allocations_are_zeroed_and_apart),
		CASE(growing_keeps_what_was_there),
		CASE(a_long_text_costs_its_length),
		CASE(deferred_calls_run_newest_first),
		CASE(reset_memory_is_poisoned),
		CASE(a_buffer_stops_at_its_ceiling),
		CASE(formatting_fills_exactly),
	};

	return RUN(tests);
}
