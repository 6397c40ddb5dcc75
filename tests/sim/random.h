/*
 * random: repeatable chance.  The same seed gives the same world, so a test
 * that failed can be run again; nothing here is fit for secrets.
 */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H
#include "base/base.h"

struct random {
	uint64_t state;
};

struct random random_of(uint64_t seed);
/* 0 to limit-1; limit 0 gives 0. */
uint64_t random_below(struct random *r, uint64_t limit);
/* True in `percent` of 100 cases. */
bool random_chance(struct random *r, int64_t percent);
/* Put `n` elements of `size` bytes (at most 64) into random order. */
void random_shuffle(struct random *r, void *array, size_t n, size_t size);

#endif
