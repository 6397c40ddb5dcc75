/*
 * graph_error: what Meta's errors mean (contract 6), a row each.
 *
 * The first row that fits decides.  is_transient outranks the table, but for
 * the rows marked so: Meta calls some lasting refusals transient.
 */
#include "base/buf.h"
#include "base/log.h"
#include "meta/graph.h"

enum { WORDS_MAX = 200 };

#define ANY (-1)

static const struct error_row {
	int64_t code, subcode; /* ANY: whichever */
	const char *text;      /* the message holds it; NULL: whatever */
	enum graph_class class;
	enum graph_scope scope;
	const char *reason;
	bool firm; /* is_transient does not change it */
} rows[] = {
	{ ANY, ANY, "Leads Access Manager", GRAPH_ADMIN, 0, "leads_access", 1 },
	{ ANY, ANY, "Lead Access Manager", GRAPH_ADMIN, 0, "leads_access", 1 },
	{ 103, ANY, NULL, GRAPH_ADMIN, 0, "leads_access", 1 },
	{ 1, ANY, "client secret", GRAPH_ADMIN, 0, "app_secret", 1 },
	{ 1, ANY, "reduce the amount", GRAPH_RETRY, 0, "reduce_data", 0 },
	{ 1, ANY, NULL, GRAPH_RETRY, 0, "meta_trouble", 0 },
	{ 2, 1892058, NULL, GRAPH_BUG, 0, "test_lead_exists", 1 },
	{ 2, ANY, NULL, GRAPH_RETRY, 0, "meta_trouble", 0 },
	{ 3, ANY, NULL, GRAPH_ADMIN, 0, "app_capability", 0 },
	{ 4, ANY, NULL, GRAPH_THROTTLED, SCOPE_APP, "throttled", 1 },
	{ 10, ANY, "Does Not Match", GRAPH_RECONNECT, 0, "page_token", 0 },
	{ 10, ANY, NULL, GRAPH_ADMIN, 0, "permission", 0 },
	{ 17, ANY, NULL, GRAPH_THROTTLED, SCOPE_TOKEN, "throttled", 1 },
	{ 32, ANY, NULL, GRAPH_THROTTLED, SCOPE_PAGE, "throttled", 1 },
	{ 33, ANY, NULL, GRAPH_GONE, 0, "not_readable", 0 },
	{ 100, 33, NULL, GRAPH_GONE, 0, "not_readable", 0 },
	{ 100, 36007, NULL, GRAPH_PERSON, 0, "login_too_long", 0 },
	{ 100, 36008, NULL, GRAPH_ADMIN, 0, "redirect", 0 },
	{ 100, 36009, NULL, GRAPH_PERSON, 0, "login_too_long", 0 },
	{ 100, ANY, "appsecret_proof", GRAPH_ADMIN, 0, "app_secret", 0 },
	{ 100, ANY, "did not match the Viewing App", GRAPH_ADMIN, 0,
	  "other_app", 0 },
	{ 100, ANY, "missing permission", GRAPH_ADMIN, 0, "permission", 0 },
	{ 100, ANY, NULL, GRAPH_BUG, 0, "parameter", 0 },
	{ 101, ANY, NULL, GRAPH_ADMIN, 0, "app_id", 0 },
	{ 102, ANY, NULL, GRAPH_RECONNECT, 0, "session_ended", 0 },
	{ 104, ANY, NULL, GRAPH_ADMIN, 0, "app_secret", 0 },
	{ 190, 458, NULL, GRAPH_RECONNECT, 0, "app_removed", 1 },
	{ 190, 459, NULL, GRAPH_PERSON, 0, "checkpoint", 1 },
	{ 190, 460, NULL, GRAPH_RECONNECT, 0, "password_changed", 1 },
	{ 190, 463, NULL, GRAPH_RECONNECT, 0, "token_expired", 1 },
	{ 190, 464, NULL, GRAPH_PERSON, 0, "unconfirmed", 1 },
	{ 190, 461, NULL, GRAPH_RECONNECT, 0, "session_ended", 1 },
	{ 190, 466, NULL, GRAPH_RECONNECT, 0, "session_ended", 1 },
	{ 190, 467, NULL, GRAPH_RECONNECT, 0, "session_ended", 1 },
	{ 190, 468, NULL, GRAPH_RECONNECT, 0, "session_ended", 1 },
	{ 190, 483, NULL, GRAPH_RECONNECT, 0, "consent_blocked", 1 },
	{ 190, 492, NULL, GRAPH_RECONNECT, 0, "role_lost", 1 },
	{ 190, 2069032, NULL, GRAPH_RECONNECT, 0, "page_token", 1 },
	{ 190, ANY, "Page Access Token", GRAPH_RECONNECT, 0, "page_token", 1 },
	{ 190, ANY, NULL, GRAPH_RECONNECT, 0, "token_invalid", 1 },
	{ 191, ANY, NULL, GRAPH_ADMIN, 0, "redirect", 0 },
	{ 200, ANY, "API access blocked", GRAPH_ADMIN, 0, "api_blocked", 1 },
	{ 210, ANY, NULL, GRAPH_RECONNECT, 0, "page_token", 0 },
	{ 341, ANY, NULL, GRAPH_THROTTLED, SCOPE_APP, "throttled", 1 },
	{ 368, ANY, NULL, GRAPH_THROTTLED, SCOPE_TOKEN, "blocked_a_while", 1 },
	{ 415, ANY, NULL, GRAPH_PERSON, 0, "two_factor", 0 },
	{ 613, ANY, NULL, GRAPH_THROTTLED, SCOPE_TOKEN, "throttled", 1 },
	{ 2200, ANY, NULL, GRAPH_ADMIN, 0, "callback", 0 },
	{ 2500, ANY, NULL, GRAPH_BUG, 0, "parameter", 0 },
	{ 2635, ANY, NULL, GRAPH_ADMIN, 0, "version_ended", 1 },
	{ 2642, ANY, NULL, GRAPH_RETRY, 0, "cursor", 0 },
	{ 803, ANY, NULL, GRAPH_GONE, 0, "not_readable", 0 },
	{ 80001, ANY, NULL, GRAPH_THROTTLED, SCOPE_PAGE, "throttled", 1 },
	{ 80005, ANY, NULL, GRAPH_THROTTLED, SCOPE_PAGE, "throttled", 1 },
};

bool
graph_lacks_right(const struct graph_error *err)
{
	return err->class == GRAPH_ADMIN &&
	       text_is(text_of(err->reason), "permission");
}

bool
graph_is_refusal(const struct graph_error *err)
{
	return err->class == GRAPH_RECONNECT || err->class == GRAPH_PERSON ||
	       err->class == GRAPH_ADMIN;
}

const char *
graph_class_name(enum graph_class c)
{
	static const char *const names[] = {
		[GRAPH_OK] = "ok",
		[GRAPH_RETRY] = "retry",
		[GRAPH_THROTTLED] = "throttled",
		[GRAPH_RECONNECT] = "reconnect",
		[GRAPH_PERSON] = "person",
		[GRAPH_ADMIN] = "admin",
		[GRAPH_GONE] = "gone",
		[GRAPH_BUG] = "bug",
	};

	return (size_t)c < COUNT(names) ? names[c] : "?";
}

/* ---- words fit for a log ----------------------------------------------------------- */

static bool
is_token_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '|' ||
	       c == '.' || c == '%';
}

static size_t
token_run(struct text t)
{
	size_t n = 0;

	while (n < t.len && is_token_char(t.p[n]))
		n++;
	return n;
}

enum { LONG_RUN = 24 }; /* no word of a message is that long */

/* Meta's messages may echo tokens and URLs (contract 6): a run of token
 * characters that is long, starts like a token or follows "token=" is cut. */
static const char *
redacted(struct task *t, const char *message)
{
	struct buf b = buf_in(t->mem, 4 * WORDS_MAX);
	struct text in = text_cut(text_of(message), WORDS_MAX);

	while (in.len > 0) {
		size_t n = token_run(in);
		struct text word = text_first(in, n ? n : 1);
		bool named = text_ends(buf_text(&b), "token=") ||
			     text_ends(buf_text(&b), "secret=") ||
			     text_ends(buf_text(&b), "Bearer ");

		if (n >= LONG_RUN || named || text_starts(word, "EAA"))
			buf_puts(&b, "[cut]");
		else
			buf_add(&b, word);
		in = text_from(in, word.len);
	}
	return arena_str(t->mem, text_cut(buf_text(&b), WORDS_MAX));
}

/* "(#200) Requires pages_manage_ads permission to manage the object" and
 * "… requires the 'pages_read_engagement' permission …". */
static const char *
named_permission(struct task *t, const char *message)
{
	static const char *const before[] = { "equires ", "equires the '",
					      "requires the \"" };

	for (size_t i = 0; i < COUNT(before); i++) {
		const char *at = strstr(message, before[i]);
		struct text rest = text_of(at ? at + strlen(before[i]) : "");
		struct text word = text_first(rest, token_run(rest));

		if (word.len > 3 && word.len < 64 &&
		    text_find(word, '_') < word.len)
			return arena_str(t->mem, word);
	}
	return NULL;
}

/* ---- judging ---------------------------------------------------------------------------- */

static bool
fits(const struct error_row *row, const struct graph_error *e,
     const char *message)
{
	return (row->code == ANY || row->code == e->code) &&
	       (row->subcode == ANY || row->subcode == e->subcode) &&
	       (!row->text || text_has(text_of(message), row->text));
}

static void
by_table(struct graph_error *e, const char *message, bool transient)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct error_row *row = &rows[i];

		if (!fits(row, e, message))
			continue;
		e->class = row->class;
		e->scope = row->scope;
		e->reason = row->reason;
		if (transient && !row->firm)
			e->class = GRAPH_RETRY;
		return;
	}
	if (e->code >= 200 && e->code <= 299) {
		e->class = GRAPH_ADMIN;
		e->reason = "permission";
	} else if (e->code >= 80000 && e->code <= 80099) {
		e->class = GRAPH_THROTTLED;
		e->scope = SCOPE_TOKEN;
		e->reason = "throttled";
	} else {
		e->class = GRAPH_RETRY;
		e->reason = "unknown";
	}
	if (transient)
		e->class = GRAPH_RETRY;
}

static void
by_rules(struct graph_error *e, const char *message, bool transient)
{
	by_table(e, message, transient);
	if (e->class == GRAPH_THROTTLED)
		e->wait_s = GRAPH_WAIT_S;
}

static void
no_json(int64_t status, struct graph_error *e)
{
	e->class = GRAPH_RETRY;
	e->reason = status ? "no_json" : "network";
	e->words = status ? "Meta's answer is not JSON" : "no answer from Meta";
}

void
graph_judge_codes(struct task *t, int64_t code, int64_t subcode,
		  const char *message, struct graph_error *out)
{
	const char *words = message ? message : "";

	*out = (struct graph_error){ .code = code,
				     .subcode = subcode,
				     .reason = "unknown" };
	by_rules(out, words, false);
	out->permission = named_permission(t, words);
	out->words = redacted(t, words);
}

void
graph_judge(struct task *t, int64_t status, const struct json *body,
	    struct graph_error *out)
{
	const struct json *error = json_get(body, "error");
	const char *message = json_text(json_get(error, "message"));
	bool transient = false;

	*out = (struct graph_error){ .reason = "unknown", .words = "" };
	if (!json_is_object(error)) {
		no_json(status, out);
		return;
	}
	if (!message)
		message = json_text(json_get(error, "error_user_msg"));
	if (!message)
		message = "";
	if (!json_int(json_get(error, "code"), &out->code))
		out->code = 0;
	if (!json_int(json_get(error, "error_subcode"), &out->subcode))
		out->subcode = 0;
	if (!json_bool(json_get(error, "is_transient"), &transient))
		transient = false;
	by_rules(out, message, transient);
	if (text_has(text_of(message), "maximum batch size") ||
	    text_has(text_of(message), "Maximum batch size"))
		out->class = GRAPH_BUG;
	out->permission = named_permission(t, message);
	out->words = redacted(t, message);
}
