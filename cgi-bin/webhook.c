/* webhook.c: where Meta verifies the address (GET) and delivers (POST). */
#include "base/conf.h"
#include "base/crypt.h"
#include "base/escape.h"
#include "base/step.h"
#include "crm/setting.h"
#include "meta/webhook.h"
#include "web/app.h"
#include "work/inbox.h"
#include "work/wake.h"

enum {
	CHALLENGE_MAX = 256,
	BODY_MAX = 3 << 20,
	SECRET_MAX = 129,
	SECRETS_MS = 10 * SECOND_MS,
};

/* ---- GET: the challenge (contract 1.1) --------------------------------------- */

/* The value of one query parameter; Meta's names hold dots, and it may send
 * others besides. */
static const char *
parameter(struct req *r, const char *name)
{
	struct text query = r->query, pair, key;

	while (text_take_part(&query, '&', &pair)) {
		struct buf value = buf_in(r->t.mem, 4096);

		if (text_take_until(&pair, '=', &key) && text_is(key, name) &&
		    unescape_url(&value, pair, true))
			return buf_str(&value);
	}
	return "";
}

static bool
is_printable(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.p[i] < ' ' || t.p[i] > '~')
			return false;
	return t.len > 0 && t.len <= CHALLENGE_MAX;
}

static enum rc
check_token(struct req *r, const void *form)
{
	const char *expected = NULL;
	enum rc rc = setting_get(&r->t, SETTING_VERIFY_TOKEN, &expected);

	(void)form;
	if (rc)
		return rc;
	if (!text_is(text_of(parameter(r, "hub.mode")), "subscribe"))
		return fail(&r->t, E_DENIED, "challenge without its mode");
	if (!expected ||
	    !crypt_same_text(text_of(expected),
			     text_of(parameter(r, "hub.verify_token"))))
		return fail(&r->t, E_DENIED, "challenge with a wrong token");
	return OK;
}

static enum rc
challenge(struct req *r, const void *form)
{
	struct text echo = text_of(parameter(r, "hub.challenge"));

	(void)form;
	if (!is_printable(echo))
		return fail(&r->t, E_INPUT, "challenge is not printable");
	return reply_text(r, 200, "text/plain; charset=utf-8", echo);
}

/* ---- POST: a delivery ------------------------------------------------------------ */

/* The secrets of this process, so that a delivery costs one round trip to the
 * database, not three.  Read again after a while, and at once when a
 * signature does not hold: the secret may have been changed. */
static struct {
	char now[SECRET_MAX], before[SECRET_MAX];
	int64_t until; /* clock_steady */
} known;

static enum rc
copy_secret(struct req *r, const char *secret, char *to)
{
	memset(to, 0, SECRET_MAX);
	if (!secret)
		return OK;
	if (strlen(secret) >= SECRET_MAX)
		return fail(&r->t, E_INTERNAL, "the app secret is too long");
	memcpy(to, secret, strlen(secret) + 1);
	return OK;
}

static enum rc
read_secrets(struct req *r)
{
	const char *now = NULL, *before = NULL;
	enum rc rc = setting_get(&r->t, SETTING_APP_SECRET, &now);

	if (!rc)
		rc = setting_old_secret(&r->t, &before);
	if (!rc)
		rc = copy_secret(r, now, known.now);
	if (!rc)
		rc = copy_secret(r, before, known.before);
	if (!rc)
		known.until = clock_steady() + SECRETS_MS;
	return rc;
}

static enum webhook_verdict
judge(struct req *r)
{
	const char *secrets[3] = { NULL, NULL, NULL };
	size_t n = 0;

	if (known.now[0])
		secrets[n++] = known.now;
	if (known.before[0])
		secrets[n++] = known.before;
	return webhook_verify(r->t.mem, r->body,
			      req_header(r, "X-Hub-Signature-256"), secrets);
}

static enum rc
refuse(struct req *r, enum webhook_verdict v)
{
	enum rc rc = inbox_refuse(&r->t, v);

	if (rc)
		return rc;
	return reply_text(r, 401, "text/plain; charset=utf-8",
			  v == SIGNATURE_MISSING ? TEXT("signature missing\n")
						 : TEXT("signature wrong\n"));
}

static bool
holds(enum webhook_verdict v)
{
	return v == SIGNATURE_GOOD || v == SIGNATURE_GOOD_ESCAPED;
}

static enum rc
check_signature(struct req *r, const void *form)
{
	bool fresh = clock_steady() >= known.until;
	enum webhook_verdict v;
	enum rc rc = fresh ? read_secrets(r) : OK;

	(void)form;
	STEP("webhook", "read");
	if (rc)
		return rc;
	if ((int64_t)r->body.len > r->t.conf->limits.webhook_max_bytes)
		return reply_text(r, 413, "text/plain; charset=utf-8",
				  TEXT("too large\n"));
	v = judge(r);
	if (v == SIGNATURE_WRONG && !fresh) {
		rc = read_secrets(r);
		if (rc)
			return rc;
		v = judge(r);
	}
	if (!holds(v))
		return refuse(r, v);
	r->verdict = (int)v;
	return OK;
}

/* Only what can be opened later is taken in; opening is the worker's. */
static enum rc
deliver(struct req *r, const void *form)
{
	struct webhook_update *updates = NULL;
	size_t n = 0;
	int64_t id = 0;
	enum rc rc = webhook_parse(&r->t, r->body, &updates, &n);

	(void)form;
	STEP("webhook", "verified");
	if (!rc)
		rc = inbox_store(&r->t, r->body,
				 (enum webhook_verdict)r->verdict, &id);
	if (rc)
		return rc;
	wake_worker(&r->t);
	STEP("webhook", "woken");
	return reply_text(r, 200, "text/plain; charset=utf-8", TEXT("ok\n"));
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/webhook",
	  .perm = PERM_RAW,
	  .verify = check_token,
	  .handle = challenge },
	{ .method = POST,
	  .path = "/webhook",
	  .perm = PERM_RAW,
	  .verify = check_signature,
	  .handle = deliver,
	  .max_body = BODY_MAX },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
