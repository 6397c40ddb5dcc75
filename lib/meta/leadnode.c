/* leadnode: the members of a lead, each allowed to be missing. */
#include "meta/leadnode.h"

#include "base/buf.h"

enum { RAW_MAX = 4 << 20 };

static const char *
printed(struct task *t, const struct json *j)
{
	struct buf b = buf_in(t->mem, RAW_MAX);

	json_print(j, &b);
	return b.failed ? "" : buf_str(&b);
}

enum rc
leadnode_read(struct task *t, const struct json *node, struct meta_lead *out)
{
	const struct json *disclaimers =
		json_get(node, "custom_disclaimer_responses");
	const char *created = json_text(json_get(node, "created_time"));
	struct meta_lead l = {
		.id = json_id(json_get(node, "id")),
		.form_id = json_id(json_get(node, "form_id")),
		.ad_id = json_id(json_get(node, "ad_id")),
		.ad_name = json_text(json_get(node, "ad_name")),
		.adset_id = json_id(json_get(node, "adset_id")),
		.adset_name = json_text(json_get(node, "adset_name")),
		.campaign_id = json_id(json_get(node, "campaign_id")),
		.campaign_name = json_text(json_get(node, "campaign_name")),
		.platform = json_text(json_get(node, "platform")),
		.partner_name = json_text(json_get(node, "partner_name")),
		.node = node,
	};

	if (!json_is_object(node) || !l.id)
		return fail(t, E_INPUT, "a lead without an id");
	if (!json_bool(json_get(node, "is_organic"), &l.is_organic))
		l.is_organic = false;
	if (!when_parse(text_of(created), &l.created))
		l.created = (struct when){ 0 };
	if (json_is_array(disclaimers))
		l.disclaimers = printed(t, disclaimers);
	l.raw = printed(t, node);
	*out = l;
	return OK;
}
