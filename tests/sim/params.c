/* params: pairs in an array. */
#include "params.h"

#include "base/buf.h"
#include "base/escape.h"

enum { NAME_MAX_BYTES = 1000, FIRST = 40 };

bool
params_add(struct arena *mem, struct params *p, const char *name,
	   const char *value)
{
	size_t size = p->n * sizeof(p->at[0]);

	if (p->n == PARAMS_MAX)
		return false;
	if (p->n % FIRST == 0)
		p->at = arena_grow(mem, p->at, size,
				   size + FIRST * sizeof(p->at[0]));
	p->at[p->n++] = (struct param){ name, value };
	return true;
}

bool
params_take(struct arena *mem, struct params *p, struct text pairs)
{
	struct text pair, name;

	while (text_take_part(&pairs, '&', &pair)) {
		struct buf n = buf_in(mem, NAME_MAX_BYTES);
		struct buf v = buf_in(mem, pair.len + 1);

		if (!text_take_until(&pair, '=', &name))
			continue;
		if (!unescape_url(&n, name, true) ||
		    !unescape_url(&v, pair, true) ||
		    !params_add(mem, p, buf_str(&n), buf_str(&v)))
			return false;
	}
	return true;
}

const char *
params_get(const struct params *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->at[i].name, name) == 0)
			return p->at[i].value;
	return "";
}

bool
params_has(const struct params *p, const char *name, const char *value)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->at[i].name, name) == 0 &&
		    strcmp(p->at[i].value, value) == 0)
			return true;
	return false;
}
