/*
 * params: what stands in a query string and in an urlencoded body, as pairs
 * in the order of arrival.  For programs that are asked like Meta's, by names
 * that no table knows beforehand.
 */
#ifndef SIM_PARAMS_H
#define SIM_PARAMS_H
#include "base/arena.h"

enum { PARAMS_MAX = 1500 };

struct param {
	const char *name, *value;
};
struct params {
	struct param *at;
	size_t n;
};

/* Add those of `pairs`; false when they are broken or too many. */
NODISCARD bool params_take(struct arena *mem, struct params *p,
			   struct text pairs);
/* One more; false when there are too many. */
NODISCARD bool params_add(struct arena *mem, struct params *p, const char *name,
			  const char *value);
/* The first of that name, "" when there is none. */
const char *params_get(const struct params *p, const char *name);
/* Is there a pair of that name and value? */
bool params_has(const struct params *p, const char *name, const char *value);

#endif
