/* reason: the table of words, and how a sentence is filled in. */
#include "crm/reason.h"

#include "base/buf.h"
#include "base/text.h"

enum { SENTENCE_MAX = 2000 };

#define WAITING "[About {waiting} in when you reconnect.]"

static const struct reason reasons[] = {
	/* ---- the login at Facebook ---- */
	{ "token_expired", REASON_ERROR, "Facebook login expired",
	  "The login of {person} ended[ on {date}]. Reconnect and we fetch the "
	  "leads since then. " WAITING,
	  WAY_RECONNECT, "Reconnect" },
	{ "password_changed", REASON_ERROR, "Facebook password changed",
	  "The Facebook password of {person} was changed, which ends the "
	  "connection. " WAITING,
	  WAY_RECONNECT, "Reconnect" },
	{ "session_ended", REASON_ERROR, "Logged out at Facebook",
	  "Facebook ended the session of {person}. Reconnect to go "
	  "on. " WAITING,
	  WAY_RECONNECT, "Reconnect" },
	{ "app_removed", REASON_ERROR, "Leadport removed at Facebook",
	  "{person} removed Leadport from their Facebook settings. Reconnect, "
	  "or let someone else connect. " WAITING,
	  WAY_RECONNECT, "Reconnect" },
	{ "consent_blocked", REASON_ERROR, "Facebook blocked the consent",
	  "Facebook blocked the consent of {person} to this app. Reconnect, or "
	  "let someone else connect.",
	  WAY_RECONNECT, "Reconnect" },
	{ "token_invalid", REASON_ERROR, "Facebook login not valid",
	  "Facebook does not accept the login of {person} any more. Reconnect "
	  "to go on. " WAITING,
	  WAY_RECONNECT, "Reconnect" },
	{ "page_token", REASON_ERROR, "Page access lost",
	  "Facebook gives us no access to {page} through {person}. Reconnect "
	  "with a person who manages the page.",
	  WAY_RECONNECT, "Reconnect" },
	{ "checkpoint", REASON_ERROR, "Facebook wants a check",
	  "Facebook asks {person} to confirm something at facebook.com. After "
	  "that we go on by ourselves.",
	  WAY_FACEBOOK, "Open Facebook" },
	{ "unconfirmed", REASON_ERROR, "Account not confirmed",
	  "{person} has to confirm the Facebook account at facebook.com first.",
	  WAY_FACEBOOK, "Open Facebook" },
	{ "role_lost", REASON_ERROR, "Page role lost",
	  "{person} no longer has a role on {page}, or its business asks for "
	  "two-factor login. Give the role back or switch two-factor login on, "
	  "or let a page admin reconnect.",
	  WAY_RECONNECT, "Reconnect" },
	{ "two_factor", REASON_ERROR, "Two-factor login missing",
	  "The business behind {page} asks for two-factor login. {person} "
	  "switches it on at Facebook, then reconnects.",
	  WAY_TWO_FACTOR, "Show the steps" },
	{ "token_ends", REASON_WARN, "Login ends in {n}",
	  "The Facebook login of {person} ends on {date}. One reconnect before "
	  "then and nothing stops.",
	  WAY_RECONNECT, "Reconnect" },
	{ "data_ends", REASON_WARN, "Data access ends in {n}",
	  "Meta asks every person to confirm after 90 days; for {person} that "
	  "is on {date}. One reconnect does it.",
	  WAY_RECONNECT, "Reconnect" },
	{ "data_ended", REASON_ERROR, "Data access ended",
	  "Meta asks every person to confirm after 90 days. For {person} that "
	  "was on {date}. One reconnect does it.",
	  WAY_RECONNECT, "Reconnect" },
	/* ---- rights ---- */
	{ "permission", REASON_ERROR, "Permission missing[: {plain}]",
	  "Facebook did not give us \u201c{plain}\u201d[ ({permission})]. "
	  "Reconnect and leave every box ticked.",
	  WAY_RECONNECT, "Reconnect" },
	{ "not_offered", REASON_ERROR, "Permission not offered",
	  "Your Meta app may not ask for leads yet. Add the use case "
	  "\u201cCapture & manage ad leads with Marketing API\u201d in the "
	  "dashboard, then reconnect.",
	  WAY_PLATFORM, "Platform setup" },
	{ "leads_access", REASON_ERROR, "Leads access blocked",
	  "Leads Access Manager blocks {page}. A portfolio admin opens "
	  "Business "
	  "settings, Integrations, Leads access, {page}, CRMs, and assigns "
	  "{app}. We try again every 5 minutes.",
	  WAY_BUSINESS, "Open Business settings" },
	{ "terms_open", REASON_ERROR, "Lead Ads terms open",
	  "Nobody accepted the Lead Ads terms for {page} yet.", WAY_TERMS,
	  "Open terms" },
	{ "tasks_missing", REASON_ERROR, "Advertise task missing",
	  "{person} may not read the leads of {page}. Ask a page admin for the "
	  "tasks \u201cAds\u201d and \u201cLeads\u201d, then come back.",
	  WAY_RECONNECT, "Reconnect" },
	{ "no_token", REASON_ERROR, "No access to this page",
	  "Facebook lists {page} but gives no access to it: {person} may not "
	  "act for the page. Ask a page admin for a role with \u201cAds\u201d "
	  "and "
	  "\u201cLeads\u201d.",
	  WAY_RECONNECT, "Reconnect" },
	{ "ads_missing", REASON_WARN, "No campaign names",
	  "Leads come in. Campaign and ad names stay empty until {person} may "
	  "advertise on the ad account.",
	  WAY_NONE, NULL },
	{ "in_use", REASON_WARN, "In use",
	  "Already connected in {label}. A page brings its leads to one "
	  "integration only.",
	  WAY_NONE, NULL },
	{ "circle", REASON_WARN, "A list without an end",
	  "Meta\u2019s list led back to where it had been. What lies behind is "
	  "looked for again by the next sync.",
	  WAY_NONE, NULL },
	{ "not_listed", REASON_WARN, "Forms not listed",
	  "Facebook does not list the forms of {page}[ without "
	  "\u201c{plain}\u201d]. "
	  "Its leads are read all the same.",
	  WAY_RECONNECT, "Reconnect" },
	/* ---- the Meta app ---- */
	{ "app_missing", REASON_ERROR, "The Meta app is not set up",
	  "App ID and app secret are not entered yet.", WAY_PLATFORM,
	  "Platform setup" },
	{ "app_secret", REASON_ERROR, "App secret does not match",
	  "The app secret here is not the one at Meta.[ {n} messages were "
	  "refused since {time}.]",
	  WAY_PLATFORM, "Platform setup" },
	{ "app_id", REASON_ERROR, "App ID or address wrong",
	  "Meta does not know this app ID. Copy it again from the dashboard.",
	  WAY_PLATFORM, "Platform setup" },
	{ "redirect", REASON_ERROR, "App ID or address wrong",
	  "Facebook refused the address we come back to. Copy it again from "
	  "Platform setup.",
	  WAY_PLATFORM, "Platform setup" },
	{ "other_app", REASON_ERROR, "Made for another app",
	  "This token belongs to another Meta app. Make it with the app that "
	  "stands in Platform setup.",
	  WAY_PLATFORM, "Platform setup" },
	{ "app_capability", REASON_ERROR, "The app may not do this",
	  "Your Meta app lacks a capability that this needs. Look at its use "
	  "cases in the dashboard.",
	  WAY_DASHBOARD, "Open dashboard" },
	{ "app_not_live", REASON_ERROR, "App in development mode",
	  "Meta sends only test leads until the app is Live.", WAY_PLATFORM,
	  "Platform setup" },
	{ "callback_elsewhere", REASON_ERROR, "Leads go elsewhere",
	  "The app delivers to {host}, not to us. One Meta app serves one "
	  "installation. Use your own app there, or take the webhook back "
	  "here.",
	  WAY_WEBHOOK, "Take it back" },
	{ "callback_missing", REASON_ERROR, "Webhook not subscribed",
	  "The app does not send leads anywhere yet. Subscribe it in Platform "
	  "setup.",
	  WAY_WEBHOOK, "Platform setup" },
	{ "callback", REASON_ERROR, "Webhook address not reachable",
	  "Meta could not verify our address. It has to be reachable from the "
	  "internet by https, with a valid certificate.",
	  WAY_PLATFORM, "Platform setup" },
	{ "api_blocked", REASON_ERROR, "Meta blocks this app",
	  "Meta has restricted the app or its developer account. Nothing can "
	  "be "
	  "read until it is cleared in the dashboard; reconnecting does not "
	  "help.",
	  WAY_DASHBOARD, "Open dashboard" },
	{ "version_ended", REASON_ERROR, "Graph version has ended",
	  "Meta does not serve this Graph version any more. Choose a newer one "
	  "in Platform setup.",
	  WAY_PLATFORM, "Platform setup" },
	{ "version_ends", REASON_WARN, "Graph version ends on {date}",
	  "Meta stops {label} on {date}. A newer one is ready to use.",
	  WAY_PLATFORM, "Platform setup" },
	/* ---- pages and forms ---- */
	{ "not_subscribed", REASON_ERROR, "Page not subscribed",
	  "{page} does not send us its leads any more.[ We subscribed it again "
	  "at {time}.]",
	  WAY_SUBSCRIBE, "Subscribe again" },
	{ "not_readable", REASON_WARN, "Lead not readable",
	  "Meta does not show this lead: deleted, older than 90 days, or "
	  "access "
	  "lost. The rest goes on.",
	  WAY_DIAGNOSE, "Diagnose" },
	{ "lead_expired", REASON_WARN, "Lead gone at Meta",
	  "Meta keeps leads for 90 days, and this one is older.", WAY_NONE,
	  NULL },
	{ "accepted", REASON_WARN, "Missing, and accepted",
	  "Meta did not give this lead out, and somebody accepted that.",
	  WAY_NONE, NULL },
	{ "page_unreadable", REASON_ERROR, "Page not readable",
	  "Meta does not show {page} to this login any more. Leads wait until "
	  "somebody who manages the page connects it again.",
	  WAY_RECONNECT, "Reconnect" },
	{ "page_unknown", REASON_WARN, "Page not connected",
	  "Leads of a page that is not connected here wait until it is.",
	  WAY_CONNECT, "Connect with Facebook" },
	{ "form_unknown", REASON_WARN, "Form not told yet",
	  "Meta does not tell the questions of the form. The lead waits for "
	  "them, some hours at most.",
	  WAY_NONE, NULL },
	{ "form_left_out", REASON_WARN, "Form left out",
	  "The leads of this form are not wanted here.", WAY_NONE, NULL },
	{ "form_changed", REASON_WARN, "Form changed",
	  "The form has a new question, \u201c{label}\u201d. Its answers are "
	  "kept; choose where they go.",
	  WAY_FIELDS, "Check its fields" },
	{ "form_altered", REASON_WARN, "Form changed",
	  "The question \u201c{label}\u201d was renamed or taken out of the "
	  "form. What was answered so far is kept.",
	  WAY_FIELDS, "Check its fields" },
	{ "leads_missing", REASON_WARN, "Leads missing",
	  "Meta counts leads that are not here[: {words}]. The ledger names "
	  "what it can, and fetches them.",
	  WAY_LEDGER, "Open the ledger" },
	{ "form_silent", REASON_WARN, "No leads lately",
	  "{label}. Send a test lead to see whether they still arrive.",
	  WAY_DIAGNOSE, "Diagnose" },
	{ "test_lead_exists", REASON_WARN, "A test lead is there already",
	  "Meta allows one test lead per form. Replace the old one?", WAY_NONE,
	  NULL },
	{ "drill_failed", REASON_WARN, "Fire drill failed",
	  "The test lead of the nightly fire drill did not arrive[: {words}]. "
	  "Real leads may be held up, too.",
	  WAY_DIAGNOSE, "Diagnose" },
	/* ---- waiting ---- */
	{ "throttled", REASON_WAIT, "Waiting until {time}",
	  "Meta asked for a pause. New leads are still received and read after "
	  "{time}.",
	  WAY_NONE, NULL },
	{ "blocked_a_while", REASON_WAIT, "Blocked for a while",
	  "Meta stopped this login for some hours. We try again at {time}.",
	  WAY_NONE, NULL },
	{ "meta_trouble", REASON_WAIT, "Meta does not answer",
	  "Meta has not answered since {time}. We keep trying; leads wait "
	  "safely.",
	  WAY_NONE, NULL },
	/* ---- a login that did not work out ---- */
	{ "cancelled", REASON_WARN, "Stopped at Facebook",
	  "You stopped at Facebook. Nothing was changed.", WAY_CONNECT,
	  "Connect with Facebook" },
	{ "login_too_long", REASON_WARN, "Login took too long",
	  "This Facebook login was already used or too old. Nothing was "
	  "changed.",
	  WAY_CONNECT, "Start again" },
	{ "login_refused", REASON_WARN, "Facebook refused the login",
	  "Facebook did not let the login through[: {words}]. Nothing was "
	  "changed.",
	  WAY_CONNECT, "Start again" },
	{ "login_unanswered", REASON_WARN, "Facebook did not answer",
	  "Facebook did not answer in time, and its code works only once. "
	  "Nothing was changed.",
	  WAY_CONNECT, "Start again" },
	{ "no_pages", REASON_ERROR, "No page shared",
	  "Facebook shared no page that can bring leads.", WAY_CONNECT,
	  "Choose again at Facebook" },
	/* ---- our own ---- */
	{ "parameter", REASON_ERROR, "Something broke here",
	  "Meta did not understand what we asked. This is our mistake. Nothing "
	  "was lost.",
	  WAY_DIAGNOSE, "Diagnose" },
	{ "internal", REASON_ERROR, "Something broke here",
	  "This is our mistake. Nothing was lost.", WAY_DIAGNOSE, "Diagnose" },
};

/* These pass: they are told in the same words. */
static const char *const passing[] = { "reduce_data", "cursor",	 "unknown",
				       "network",     "no_json", "bad_answer" };

static const struct reason unknown = {
	"unknown",
	REASON_WARN,
	"Something unexpected",
	"Meta answered in a way we do not know[: {words}]. We keep trying.",
	WAY_DIAGNOSE,
	"Diagnose"
};

static const struct reason *
find(const char *code)
{
	struct text wanted = text_of(code);

	for (size_t i = 0; i < COUNT(reasons); i++)
		if (text_is(wanted, reasons[i].code))
			return &reasons[i];
	for (size_t i = 0; i < COUNT(passing); i++)
		if (text_is(wanted, passing[i]))
			return find("meta_trouble");
	return NULL;
}

const struct reason *
reason_of(const char *code)
{
	const struct reason *r = find(code);

	return r ? r : &unknown;
}

bool
reason_known(const char *code)
{
	return find(code) != NULL;
}

bool
reason_reads_on(const char *code)
{
#define ITEM(code) code,
	static const char *const codes[] = { REASONS_READ_ON(ITEM) };
#undef ITEM

	for (size_t i = 0; i < COUNT(codes); i++)
		if (text_is(text_of(code), codes[i]))
			return true;
	return false;
}

const char *
reason_address(enum reason_way way)
{
	static const struct {
		enum reason_way way;
		const char *address;
	} outside[] = {
		{ WAY_FACEBOOK, "https://www.facebook.com/" },
		{ WAY_BUSINESS,
		  "https://business.facebook.com/settings/leads-accesses" },
		{ WAY_TERMS, "https://www.facebook.com/ads/leadgen/tos" },
		{ WAY_DASHBOARD, "https://developers.facebook.com/apps/" },
		{ WAY_TWO_FACTOR,
		  "https://www.facebook.com/security/2fac/settings/" },
	};

	for (size_t i = 0; i < COUNT(outside); i++)
		if (outside[i].way == way)
			return outside[i].address;
	return NULL;
}

/* ---- permissions (contract 2.5) --------------------------------------------- */

static const struct {
	const char *name, *plain, *use;
} permissions[] = {
	{ "leads_retrieval", "Access Lead Ads forms",
	  "to read what people answered" },
	{ "pages_show_list", "Show a list of your Pages",
	  "to know which pages there are" },
	{ "pages_read_engagement", "Read engagement on your Pages",
	  "to read forms and leads of a page" },
	{ "pages_manage_metadata", "Manage your Pages",
	  "to be told of each new lead at once" },
	{ "pages_manage_ads", "Manage ads of your Pages",
	  "to list the lead forms of a page" },
	{ "ads_management", "Manage your ads",
	  "to show campaign and ad names" },
	{ "business_management", "Manage your business",
	  "to see pages that a business portfolio holds" },
};

const char *
permission_plain(const char *name)
{
	for (size_t i = 0; i < COUNT(permissions); i++)
		if (text_is(text_of(name), permissions[i].name))
			return permissions[i].plain;
	return name ? name : "";
}

const char *
permission_use(const char *name)
{
	for (size_t i = 0; i < COUNT(permissions); i++)
		if (text_is(text_of(name), permissions[i].name))
			return permissions[i].use;
	return "";
}

/* ---- filling in ---------------------------------------------------------------- */

/* What a name stands for; `otherwise` where a sentence cannot do without. */
static const char *
fact(const struct reason_facts *f, struct text name, const char **otherwise)
{
	const struct {
		const char *name, *value, *otherwise;
	} facts[] = {
		{ "person", f->person, "the person who connected it" },
		{ "page", f->page, "the page" },
		{ "permission", f->permission, "" },
		{ "plain",
		  f->permission ? permission_plain(f->permission) : NULL,
		  "what is needed" },
		{ "host", f->host, "another address" },
		{ "time", f->time, "later" },
		{ "date", f->date, "a day not known" },
		{ "n", f->n, "" },
		{ "waiting", f->waiting, "" },
		{ "label", f->label, "another integration" },
		{ "app", f->app, "this app" },
		{ "words", f->words, "" },
	};

	for (size_t i = 0; i < COUNT(facts); i++)
		if (text_is(name, facts[i].name)) {
			*otherwise = facts[i].otherwise;
			return facts[i].value;
		}
	*otherwise = "";
	return NULL;
}

/* False when a name inside is not known. */
static bool
fill(struct buf *b, struct text in, const struct reason_facts *f)
{
	bool whole = true;

	while (in.len > 0) {
		size_t plain = text_find(in, '{');
		const char *value, *otherwise = "";
		struct text name;

		buf_add(b, text_first(in, plain));
		in = text_from(in, plain);
		if (!text_take_char(&in, '{'))
			break;
		if (!text_take_until(&in, '}', &name))
			break;
		value = fact(f, name, &otherwise);
		if (!value || !value[0]) {
			whole = false;
			value = otherwise;
		}
		buf_puts(b, value);
	}
	return whole;
}

static const char *
filled(struct arena *mem, const char *words, const struct reason_facts *f)
{
	struct text in = text_of(words), part;
	struct buf b = buf_in(mem, SENTENCE_MAX);

	while (in.len > 0) {
		size_t plain = text_find(in, '[');

		fill(&b, text_first(in, plain), f);
		in = text_from(in, plain);
		if (text_take_char(&in, '[') &&
		    text_take_until(&in, ']', &part)) {
			struct buf inner = buf_in(mem, SENTENCE_MAX);

			if (fill(&inner, part, f))
				buf_add(&b, buf_text(&inner));
		}
	}
	return arena_str(mem, text_trim(buf_text(&b)));
}

const char *
reason_card(struct arena *mem, const struct reason *r,
	    const struct reason_facts *f)
{
	return filled(mem, r->card, f);
}

const char *
reason_sentence(struct arena *mem, const struct reason *r,
		const struct reason_facts *f)
{
	return filled(mem, r->sentence, f);
}
