/* signed: taking a signed_request out of the body and checking it. */
#include "web/signed.h"

#include "base/escape.h"
#include "crm/setting.h"
#include "meta/oauth.h"

enum { REQUEST_MAX = 16 << 10 };

/* Exactly one field of this name; Meta may send others besides. */
static enum rc
field_of(struct req *r, struct text *out)
{
	struct text body = r->body, pair, key;
	struct buf value = buf_in(r->t.mem, REQUEST_MAX);
	size_t found = 0;

	while (text_take_part(&body, '&', &pair)) {
		if (!text_take_until(&pair, '=', &key) ||
		    !text_is(key, "signed_request"))
			continue;
		if (found++ || !unescape_url(&value, pair, true))
			return fail(&r->t, E_INPUT, "signed_request is broken");
	}
	if (!found)
		return fail(&r->t, E_INPUT, "no signed_request");
	*out = buf_text(&value);
	return OK;
}

static enum rc
check_with(struct req *r, struct text request, const char *secret,
	   const char **meta_user_id)
{
	if (!secret || !secret[0])
		return fail(&r->t, E_DENIED, "no app secret is set");
	return oauth_signed_request(&r->t, request, secret, meta_user_id);
}

enum rc
signed_person(struct req *r, const char **meta_user_id)
{
	struct text request = { 0 };
	const char *secret = NULL;
	enum rc rc = field_of(r, &request);

	if (!rc)
		rc = setting_get(&r->t, SETTING_APP_SECRET, &secret);
	if (!rc)
		rc = check_with(r, request, secret, meta_user_id);
	if (rc != E_DENIED)
		return rc;
	task_forgive(&r->t);
	rc = setting_old_secret(&r->t, &secret);
	return rc ? rc : check_with(r, request, secret, meta_user_id);
}

enum rc
signed_verify(struct req *r, const void *form)
{
	const char *person = NULL;

	(void)form;
	return signed_person(r, &person);
}
