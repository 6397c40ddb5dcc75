/* browser: what a User-Agent tells of the machine behind it. */
#include "web/browser.h"

#include "web/session.h"

const struct tmpl_field browser_fields[] = {
	FIELD(struct browser_view, id),
	FIELD(struct browser_view, agent),
	FIELD(struct browser_view, address),
	FIELD(struct browser_view, seen_iso),
	FIELD(struct browser_view, seen_full),
	FIELD(struct browser_view, seen_ago),
	FIELD(struct browser_view, is_this),
	{ 0 },
};
struct sign {
	const char *in_agent, *name;
};
/* The first that is found counts: most browsers also claim to be others. */
static const struct sign browsers[] = {
	{ "Edg", "Edge" },	  { "OPR/", "Opera" },
	{ "Firefox", "Firefox" }, { "FxiOS", "Firefox" },
	{ "CriOS", "Chrome" },	  { "Chrome", "Chrome" },
	{ "Safari", "Safari" },	  { "", "Another browser" },
};
static const struct sign systems[] = {
	{ "iPhone", " on an iPhone" },
	{ "iPad", " on an iPad" },
	{ "Android", " on Android" },
	{ "Windows", " on Windows" },
	{ "Mac OS X", " on a Mac" },
	{ "Linux", " on Linux" },
	{ "", "" },
};

static const char *
sign_of(const struct sign *signs, const char *agent)
{
	while (!strstr(agent, signs->in_agent))
		signs++;
	return signs->name;
}

enum rc
browsers_of(struct req *r, int64_t user_id, struct browser_view **out,
	    size_t *n)
{
	struct arena *mem = r->t.mem;
	struct session_seen *all = NULL;
	struct browser_view *views;
	enum rc rc = session_list(&r->t, user_id, &all, n);

	if (rc)
		return rc;
	views = NEW_ARRAY(mem, struct browser_view, *n);
	for (size_t i = 0; i < *n; i++) {
		const struct session_seen *s = &all[i];

		views[i] = (struct browser_view){
			.id = s->id,
			.agent = arena_fmt(mem, "%s%s",
					   sign_of(browsers, s->agent),
					   sign_of(systems, s->agent)),
			.address = s->address,
			.seen_iso = when_iso(mem, s->seen_at),
			.seen_full = when_full(mem, s->seen_at, req_zone(r)),
			.seen_ago = when_ago(mem, s->seen_at, r->t.now,
					     req_zone(r)),
			.is_this = s->id == r->session_id,
		};
	}
	*out = views;
	return OK;
}
