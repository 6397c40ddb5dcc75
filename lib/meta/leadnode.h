/*
 * leadnode: one lead as Meta tells it (contract 3.1).
 */
#ifndef META_LEADNODE_H
#define META_LEADNODE_H
#include "base/json.h"
#include "base/task.h"

/* Fields to ask for.  A refused field fails the whole call, so there is a
 * second, smaller set without advertising data. */
#define LEADNODE_FIELDS                                                        \
	"id,created_time,form_id,ad_id,ad_name,adset_id,adset_name,"           \
	"campaign_id,campaign_name,is_organic,platform,partner_name,"          \
	"field_data,custom_disclaimer_responses"
#define LEADNODE_FIELDS_SMALL                                                  \
	"id,created_time,form_id,is_organic,platform,field_data"

struct meta_lead {
	const char *id;	     /* never NULL */
	const char *form_id; /* the rest: NULL when Meta left it out */
	const char *ad_id, *ad_name;
	const char *adset_id, *adset_name;
	const char *campaign_id, *campaign_name;
	const char *platform; /* "fb", "ig", lower case; or other */
	const char *partner_name;
	bool is_organic;
	struct when created;
	const struct json *node; /* the whole, for leadfields_read */
	const char *disclaimers; /* JSON array text, or NULL */
	const char *raw;	 /* compact JSON text of the node */
};

/* E_INPUT when it is no object or has no id. */
NODISCARD enum rc leadnode_read(struct task *t, const struct json *node,
				struct meta_lead *out);

#endif
