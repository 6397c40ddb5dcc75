/* random: splitmix64. */
#include "random.h"

struct random
random_of(uint64_t seed)
{
	return (struct random){ seed };
}

static uint64_t
next(struct random *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t
random_below(struct random *r, uint64_t limit)
{
	return limit ? next(r) % limit : 0;
}

bool
random_chance(struct random *r, int64_t percent)
{
	return (int64_t)random_below(r, 100) < percent;
}

void
random_shuffle(struct random *r, void *array, size_t n, size_t size)
{
	char *at = array, spare[64];

	assert(size <= sizeof(spare));
	for (size_t i = n; i > 1; i--) {
		char *a = at + (i - 1) * size;
		char *b = at + random_below(r, i) * size;

		if (a == b)
			continue;
		memcpy(spare, a, size);
		memcpy(a, b, size);
		memcpy(b, spare, size);
	}
}
