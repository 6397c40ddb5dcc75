/* route: matching a path against a program's table. */
#include "web/route.h"

#include "base/buf.h"

enum method
method_of(const char *name)
{
	struct text m = text_of(name);

	if (text_is(m, "GET") || text_is(m, "HEAD"))
		return GET;
	if (text_is(m, "POST"))
		return POST;
	return text_is(m, "DELETE") ? DELETE : 0;
}

const char *
method_name(enum method m)
{
	switch (m) {
	case GET:
		return "GET";
	case POST:
		return "POST";
	case DELETE:
		return "DELETE";
	}
	return "?";
}

const char *
route_path(struct arena *mem, const char *script_name, const char *path_info)
{
	struct text script = text_of(script_name), name = script;

	while (text_take_until(&script, '/', &name))
		continue;
	name = script;
	name = text_first(name, text_find(name, '.'));
	return arena_fmt(mem, "/%.*s%s", TEXT_ARG(name),
			 path_info ? path_info : "");
}

/* Does `path` fit `pattern`?  On true a placeholder's name and value. */
static bool
fits(struct arena *mem, const char *pattern, const char *path,
     struct route_match *m)
{
	struct text want = text_of(pattern), have = text_of(path), name;

	while (want.len > 0) {
		if (text_is(want, "*"))
			return true;
		if (text_take_char(&want, '{')) {
			if (!text_take_until(&want, '}', &name))
				return false;
			m->path_name = arena_str(mem, name);
			m->path_value = text_first(have, text_find(have, '/'));
			if (m->path_value.len == 0)
				return false;
			have = text_from(have, m->path_value.len);
		} else if (!text_take_char(&have, *want.p)) {
			return false;
		} else {
			want = text_from(want, 1);
		}
	}
	return have.len == 0;
}

struct route_match
route_find(struct arena *mem, const struct route *routes, size_t n,
	   enum method method, const char *path)
{
	struct route_match m = { 0 };
	struct buf allow = buf_in(mem, 64);

	for (size_t i = 0; i < n; i++) {
		struct route_match at = { 0 };

		if (!fits(mem, routes[i].path, path, &at))
			continue;
		buf_fmt(&allow, "%s%s", allow.len ? ", " : "",
			method_name(routes[i].method));
		if (routes[i].method == method && !m.route) {
			m = at;
			m.route = &routes[i];
		}
		m.path_known = true;
	}
	m.allow = buf_str(&allow);
	return m;
}
