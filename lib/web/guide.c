/* guide: tables for Platform setup. */
#include "web/guide.h"

#include "crm/reason.h"
#include "meta/oauth.h"

enum { SCOPES_MAX = 32, ADDRESSES = 5, SOON_DAYS = 90 };

static const struct tmpl_field address_fields[] = {
	FIELD(struct address_view, id),
	FIELD(struct address_view, name),
	FIELD(struct address_view, value),
	FIELD(struct address_view, where),
	{ 0 },
};
static const struct tmpl_field scope_fields[] = {
	FIELD(struct scope_view, name),
	FIELD(struct scope_view, plain),
	FIELD(struct scope_view, use),
	{ 0 },
};
static const struct tmpl_field version_fields[] = {
	FIELD(struct version_view, name),
	FIELD(struct version_view, ends),
	FIELD(struct version_view, is_chosen),
	{ 0 },
};
const struct tmpl_field guide_fields[] = {
	LIST(struct guide, addresses, n_addresses, address_fields),
	LIST(struct guide, scopes, n_scopes, scope_fields),
	LIST(struct guide, versions, n_versions, version_fields),
	{ 0 },
};

static void
set_addresses(struct req *r, const struct platform *p, struct guide *v)
{
	const struct address_view all[ADDRESSES] = {
		{ "a-redirect", "Valid OAuth Redirect URI", p->redirect,
		  "Facebook Login, Settings." },
		{ "a-callback", "Webhook callback URL", p->callback,
		  "Webhooks, object Page. Step 4 enters it for you." },
		{ "a-verify", "Verify token", p->verify_token,
		  "Beside the callback URL, if you enter it by hand." },
		{ "a-deauthorize", "Deauthorize callback URL", p->deauthorize,
		  "Facebook Login, Settings." },
		{ "a-deletion", "Data deletion callback URL", p->deletion,
		  "App settings, Basic, User data deletion." },
	};

	v->addresses = NEW_ARRAY(r->t.mem, struct address_view, ADDRESSES);
	for (size_t i = 0; i < ADDRESSES; i++)
		if (all[i].value && all[i].value[0])
			v->addresses[v->n_addresses++] = all[i];
}

static void
set_scopes(struct req *r, struct guide *v)
{
	struct text rest = text_of(oauth_scopes()), name;

	v->scopes = NEW_ARRAY(r->t.mem, struct scope_view, SCOPES_MAX);
	while (v->n_scopes < SCOPES_MAX && text_take_part(&rest, ',', &name)) {
		struct scope_view *s = &v->scopes[v->n_scopes++];

		s->name = arena_str(r->t.mem, name);
		s->plain = permission_plain(s->name);
		s->use = permission_use(s->name);
	}
}

static void
set_versions(struct req *r, const char *version, struct guide *v)
{
	struct arena *mem = r->t.mem;

	v->versions = NEW_ARRAY(mem, struct version_view, n_graph_versions);
	for (size_t i = 0; i < n_graph_versions; i++) {
		const struct graph_version *g = &graph_versions[i];

		v->versions[v->n_versions++] = (struct version_view){
			.name = g->name,
			.ends = g->ends.ms ? arena_fmt(mem, "until %s",
						       when_day(mem, g->ends,
								req_zone(r)))
					   : "no end announced",
			.is_chosen = text_is(text_of(g->name), version),
		};
	}
}

/* A version ends on a known day: no need to ask anybody. */
enum check_state
guide_version(struct req *r, const char *name)
{
	const struct graph_version *g = graph_version_of(name);

	if (!g)
		return CHECK_UNKNOWN;
	if (!g->ends.ms)
		return CHECK_PASS;
	if (g->ends.ms <= r->t.now.ms)
		return CHECK_FAIL;
	return g->ends.ms - r->t.now.ms < SOON_DAYS * DAY_MS ? CHECK_WARN
							     : CHECK_PASS;
}

struct guide *
guide_load(struct req *r, const struct platform *p)
{
	struct guide *v = NEW(r->t.mem, struct guide);

	set_addresses(r, p, v);
	set_scopes(r, v);
	set_versions(r, p->graph_version, v);
	return v;
}
