/* graph_page: a page, whether leads may be read, and who hears of them
 * (contract 2.5, 4). */
#include "graph_call.h"
#include "graph_put.h"
#include "world_member.h"

/* ---- Leads Access ------------------------------------------------------------- */

/* "has_lead_access.user_id(1).app_id(2)" of `fields`; false = not asked. */
static bool
take_lead_access(struct task *t, struct text fields, const char **user_id)
{
	struct text part, rest;

	*user_id = NULL;
	while (text_take_part(&fields, ',', &part)) {
		if (!text_take_lit(&part, "has_lead_access"))
			continue;
		while (text_take_until(&part, '(', &rest)) {
			struct text value;

			if (!text_take_until(&part, ')', &value))
				break;
			if (text_ends(rest, ".user_id"))
				*user_id = arena_str(t->mem, value);
		}
		return true;
	}
	return false;
}

static void
put_lead_access(struct graph_request *q, const struct sim_page *p,
		const char *user_id, bool user_may)
{
	bool app_may = p->leads_access && !q->sw->leads_access_revoked;
	struct json_out *o = &q->out;

	json_name(o, "has_lead_access");
	json_open(o, '{');
	put_bool(o, "can_access_lead", app_may && user_may);
	put_bool(o, "user_has_leads_permission", user_may);
	put_bool(o, "app_has_leads_permission", app_may);
	put_bool(o, "enabled_lead_access_manager", !app_may);
	put_bool(o, "is_page_admin", user_may);
	if (!app_may) {
		put(o, "failure_reason",
		    "CRM access has been revoked from Lead Access Manager");
		put(o, "failure_resolution",
		    "Assign the CRM to the Page in Business settings > "
		    "Integrations > Leads access > CRMs.");
	} else if (!user_may) {
		put(o, "failure_reason",
		    "The user does not have leads access permission for the "
		    "Page");
		put(o, "failure_resolution",
		    "Assign the user to the Page in Business settings > "
		    "Integrations > Leads access > People.");
	}
	put(o, "page_id", p->id);
	put(o, "user_id", user_id);
	json_close(o, '}');
}

/* ---- the node ------------------------------------------------------------------- */

/* May the token see this page?  A member must have ticked it. */
static enum rc
reach(struct task *t, struct graph_request *q, struct sim_role **role,
      bool *sees)
{
	struct sim_member m;
	enum rc rc = OK;

	*role = NULL;
	*sees = true;
	if (strcmp(q->who.type, "app") == 0) {
		*sees = false;
		return OK;
	}
	rc = world_member(t, q->who.user_id, &m);
	if (rc == E_NOTFOUND) { /* a system user sees every page */
		task_forgive(t);
		return OK;
	}
	if (!rc)
		rc = world_role(t, q->sw, m.id, q->id, role);
	*sees = *role && (*role)->ticked &&
		(!(*role)->business_id || graph_may(q, "business_management"));
	return rc;
}

static enum rc
put_node(struct task *t, struct graph_request *q, const struct sim_page *p,
	 const struct sim_role *role)
{
	const char *fields = graph_param(q, "fields");
	const char *token = NULL, *user_id;
	bool asks = take_lead_access(t, text_of(fields), &user_id);
	enum rc rc = OK;

	if (!fields[0])
		fields = "name";
	if (strcmp(q->who.type, "page") == 0)
		token = q->who.token;
	else if (!role || world_role_acts(role))
		rc = world_page_token(t, p->id, &q->who, &token);
	if (rc)
		return rc;
	json_open(&q->out, '{');
	if (world_listed(fields, "access_token"))
		put(&q->out, "access_token", token);
	if (world_listed(fields, "name"))
		put(&q->out, "name", p->name);
	if (world_listed(fields, "tasks"))
		put_raw(&q->out, "tasks", role ? role->tasks : p->tasks);
	if (world_listed(fields, "leadgen_tos_accepted"))
		put_bool(&q->out, "leadgen_tos_accepted", p->terms);
	if (asks)
		put_lead_access(q, p, user_id, !role || world_role_acts(role));
	put(&q->out, "id", p->id);
	json_close(&q->out, '}');
	return OK;
}

/* What stands in the way of has_lead_access (contract 4). */
static void
check_lead_access(struct task *t, struct graph_request *q)
{
	const char *user_id;
	struct sim_member m;

	if (!take_lead_access(t, text_of(graph_param(q, "fields")), &user_id))
		return;
	graph_need_scopes(t, q, "leads_retrieval");
	if (q->error.code)
		return;
	if (!user_id)
		q->error = (struct sim_error){
			.status = 400,
			.code = 100,
			.message = "(#100) The parameter user_id is required",
		};
	else if (world_member(t, user_id, &m)) {
		task_forgive(t);
		q->error = (struct sim_error){
			.status = 400,
			.code = 100,
			.message = "(#100) This API is not available.",
		};
	}
}

enum rc
graph_page(struct task *t, struct graph_request *q)
{
	struct sim_role *role = NULL;
	struct sim_page p;
	bool sees = false;
	enum rc rc = world_page(t, q->id, &p);

	if (!rc && strcmp(q->who.type, "page") == 0 &&
	    strcmp(q->who.page_id, p.id) != 0)
		return graph_gone(t, q, q->id);
	if (!rc)
		rc = reach(t, q, &role, &sees);
	if (rc)
		return rc;
	if (!sees)
		return graph_gone(t, q, q->id);
	graph_need_scopes(t, q, "pages_show_list");
	if (!q->error.code)
		check_lead_access(t, q);
	return q->error.code ? OK : put_node(t, q, &p, role);
}

/* ---- subscriptions of a page ------------------------------------------------------ */

static enum rc
show_subscribed(struct task *t, struct graph_request *q)
{
	struct sim_subscription *all = NULL;
	bool names = !graph_has(q, "fields");
	size_t n = 0;
	enum rc rc = world_subscriptions(t, q->id, &all, &n);

	if (rc)
		return rc;
	put_data(&q->out);
	for (size_t i = 0; i < n; i++) {
		json_open(&q->out, '{');
		if (names) {
			put(&q->out, "category", "Business");
			put(&q->out, "name", all[i].name);
		}
		put(&q->out, "id", all[i].app_id);
		put_list(t, &q->out, "subscribed_fields", all[i].fields);
		json_close(&q->out, '}');
	}
	put_data_end(&q->out);
	return OK;
}

#define FIELD_NAMES                                                            \
	"feed,mention,name,picture,category,description,conversations,"        \
	"ratings,leadgen,leadgen_fat,leadgen_update,messages,"                 \
	"messaging_postbacks,message_reads,messaging_referrals"

/* The first field that a page cannot be heard for. */
static enum rc
refuse_fields(struct task *t, struct graph_request *q, const char *fields)
{
	struct text rest = text_of(fields), part;

	if (!fields[0])
		return graph_no(q, 400, 100, 0,
				"(#100) The parameter subscribed_fields is "
				"required");
	for (int64_t i = 0; text_take_part(&rest, ',', &part); i++)
		if (!world_listed(FIELD_NAMES,
				  arena_str(t->mem, text_trim(part))))
			return graph_no(
				q, 400, 100, 0,
				arena_fmt(t->mem,
					  "(#100) Param subscribed_fields"
					  "[%lld] must be one of {%s}",
					  (long long)i, FIELD_NAMES));
	return OK;
}

enum rc
graph_subscribed(struct task *t, struct graph_request *q)
{
	const char *fields = "";
	enum rc rc = OK;

	if (graph_is(q, "GET"))
		return show_subscribed(t, q);
	if (graph_is(q, "POST")) {
		fields = graph_param(q, "subscribed_fields");
		rc = refuse_fields(t, q, fields);
	}
	if (rc || q->error.code)
		return rc;
	rc = world_subscribe(t, q->id, q->who.app_id, fields);
	if (!rc)
		put_success(&q->out);
	return rc;
}
