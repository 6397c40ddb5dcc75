/* way: reasons with their buttons. */
#include "web/way.h"

#include "web/view.h"

const struct tmpl_field status_fields[] = {
	FIELD(struct status_view, class),
	FIELD(struct status_view, word),
	FIELD(struct status_view, icon),
	{ 0 },
};

const struct tmpl_field trouble_fields[] = {
	FIELD(struct trouble_view, card),
	FIELD(struct trouble_view, sentence),
	FIELD(struct trouble_view, button),
	FIELD(struct trouble_view, aside),
	FIELD(struct trouble_view, class),
	FIELD(struct trouble_view, way),
	FIELD(struct trouble_view, icon),
	FIELD(struct trouble_view, subject),
	FIELD(struct trouble_view, since_iso),
	FIELD(struct trouble_view, since_full),
	FIELD(struct trouble_view, since_ago),
	FIELD(struct trouble_view, since),
	{ 0 },
};

struct url
way_url(struct req *r, enum reason_way way, int64_t integration_id)
{
	static const struct url none;
	struct arena *mem = r->t.mem;
	const char *root = r->page.root;
	long long id = (long long)integration_id;

	switch (way) {
	case WAY_NONE:
		return none;
	case WAY_RECONNECT:
		return id && req_may(r, PERM_ADMIN)
			       ? url_page(mem, root,
					  "/integration-reconnect/%lld", id)
			       : none;
	case WAY_PLATFORM:
		return req_may(r, PERM_SUPERADMIN)
			       ? url_page(mem, root, "/platform")
			       : none;
	case WAY_WEBHOOK:
		return req_may(r, PERM_SUPERADMIN)
			       ? url_page(mem, root, "/platform#s4")
			       : none;
	case WAY_DIAGNOSE:
		return id ? url_page(mem, root, "/integration-doctor/%lld", id)
			  : url_page(mem, root, "/integration-doctor");
	case WAY_SUBSCRIBE:
	case WAY_FIELDS: /* its forms stand there */
		return id ? url_page(mem, root, "/integration/%lld", id) : none;
	case WAY_LEDGER:
		return id ? url_page(mem, root, "/ledger?integration=%lld", id)
			  : url_page(mem, root, "/ledger");
	case WAY_CONNECT:
		return req_may(r, PERM_ADMIN)
			       ? url_page(mem, root, "/integration-connect")
			       : none;
	case WAY_FACEBOOK:
	case WAY_BUSINESS:
	case WAY_TERMS:
	case WAY_DASHBOARD:
	case WAY_TWO_FACTOR:
		break;
	}
	return url_https(mem, reason_address(way));
}

struct status_view
way_status(struct req *r, enum reason_level level)
{
	static const struct {
		const char *class, *word, *icon;
	} signs[] = {
		[0] = { "ok", "Active", "ok" },
		[REASON_ERROR] = { "err", "Error", "error" },
		[REASON_WARN] = { "warn", "Needs attention", "warn" },
		[REASON_WAIT] = { "busy", "Waiting", "clock" },
	};

	return (struct status_view){
		.class = signs[level].class,
		.word = signs[level].word,
		.icon = url_icon(r->t.mem, r->page.root, signs[level].icon),
	};
}

static const char *
meta_code(struct arena *mem, const struct trouble *tr)
{
	if (!tr->code)
		return "";
	if (!tr->subcode)
		return arena_fmt(mem, "Meta: %lld", (long long)tr->code);
	return arena_fmt(mem, "Meta: %lld / %lld", (long long)tr->code,
			 (long long)tr->subcode);
}

/* The fields are of one form, which only its trouble names. */
static struct url
way_of(struct req *r, enum reason_way way, const struct trouble *tr)
{
	if (way == WAY_FIELDS && req_may(r, PERM_ADMIN) &&
	    text_is(text_of(tr->scope), TROUBLE_FORM))
		return url_page(r->t.mem, r->page.root, "/fieldmap/%lld",
				(long long)tr->subject_id);
	return way_url(r, way, tr->integration_id);
}

/* Where the button leads to a place that this person may not enter. */
static const char *
who_mends(struct req *r, enum reason_way way)
{
	bool of_app = way == WAY_PLATFORM || way == WAY_WEBHOOK;
	bool of_login = way == WAY_RECONNECT || way == WAY_CONNECT;

	if (of_app && !req_may(r, PERM_SUPERADMIN))
		return " A SuperAdmin does it in Platform setup.";
	if (of_login && !req_may(r, PERM_ADMIN))
		return " An Admin can reconnect it.";
	if (way == WAY_FIELDS && !req_may(r, PERM_ADMIN))
		return " An Admin chooses its fields.";
	return "";
}

struct trouble_view
way_trouble(struct req *r, const struct trouble *tr)
{
	struct arena *mem = r->t.mem;
	const struct reason *reason = reason_of(tr->reason);
	struct reason_facts facts = trouble_facts(mem, tr, req_zone(r), "");
	struct status_view sign = way_status(r, reason->level);

	return (struct trouble_view){
		.card = reason_card(mem, reason, &facts),
		.sentence = arena_fmt(mem, "%s%s",
				      reason_sentence(mem, reason, &facts),
				      who_mends(r, reason->way)),
		.button = reason->button,
		.aside = meta_code(mem, tr),
		.class = sign.class,
		.icon = sign.icon,
		.way = way_of(r, reason->way, tr),
		.subject = tr->page_name[0]	     ? tr->page_name
			   : tr->integration_name[0] ? tr->integration_name
						     : "Meta app",
		.since_iso = when_iso(mem, tr->since),
		.since_full = when_full(mem, tr->since, req_zone(r)),
		.since_ago = when_ago(mem, tr->since, r->t.now, req_zone(r)),
		.since = when_point(mem, tr->since, r->t.now, req_zone(r)),
	};
}

/* A reason without a trouble behind it. */
static struct trouble
bare(struct req *r, const char *reason, const char *detail, const char *person)
{
	return (struct trouble){ .scope = TROUBLE_APP,
				 .reason = reason,
				 .detail = detail,
				 .since = r->t.now,
				 .integration_name = "",
				 .page_name = "",
				 .person = person };
}

const char *
way_words(struct req *r, const char *reason, const char *detail)
{
	struct trouble tr = bare(r, reason, detail, "");
	struct reason_facts facts =
		trouble_facts(r->t.mem, &tr, req_zone(r), "");

	return reason_sentence(r->t.mem, reason_of(reason), &facts);
}

struct trouble_view *
way_problem(struct req *r, const char *reason, const char *detail,
	    const char *person)
{
	struct trouble tr = bare(r, reason, detail, person);
	struct trouble_view *v = NEW(r->t.mem, struct trouble_view);
	enum reason_way way = reason_of(reason)->way;

	*v = way_trouble(r, &tr);
	if (way == WAY_CONNECT || way == WAY_RECONNECT)
		v->way.safe = NULL;
	return v;
}

/* Warnings that are worth a place on every page: a date is near. */
static bool
has_date(const struct trouble *tr)
{
	struct text reason = text_of(tr->reason);

	return text_is(reason, "token_ends") || text_is(reason, "data_ends") ||
	       text_is(reason, "version_ends");
}

static const char *
heading(struct req *r, const struct trouble *tr, const struct trouble_view *v)
{
	if (reason_of(tr->reason)->level != REASON_ERROR)
		return arena_fmt(r->t.mem, "%s: %s.", v->subject, v->card);
	if (!tr->integration_name[0])
		return arena_fmt(r->t.mem, "No leads come in: %s.", v->card);
	return arena_fmt(r->t.mem, "%s stopped receiving leads %s%s.",
			 v->subject,
			 text_is(text_of(v->since_ago), "now") ? "just " : "",
			 v->since_ago);
}

enum rc
way_banner(struct req *r)
{
	struct trouble *all = NULL;
	struct trouble_view v;
	size_t n = 0, i = 0;
	enum rc rc = trouble_list(&r->t, 0, &all, &n);

	if (rc)
		return rc;
	while (i < n && reason_of(all[i].reason)->level != REASON_ERROR &&
	       !has_date(&all[i]))
		i++;
	if (i == n)
		return OK;
	v = way_trouble(r, &all[i]);
	r->page.banner = heading(r, &all[i], &v);
	r->page.banner_of = all[i].integration_id;
	r->page.banner_words = v.sentence;
	r->page.banner_class = v.class;
	r->page.banner_icon = v.icon;
	r->page.banner_button = v.button;
	r->page.banner_way = v.way;
	return OK;
}
