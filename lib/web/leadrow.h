/*
 * leadrow: a row of the list of leads, as part/lead-rows.html shows it.
 */
#ifndef WEB_LEADROW_H
#define WEB_LEADROW_H
#include "crm/leadlist.h"
#include "web/app.h"

struct leadrow_view {
	int64_t id;
	bool is_ticked; /* while leads are selected; else false */
	const char *title_text, *contact, *answers;
	bool is_facebook, is_instagram;
	const char *platform, *form_name;
	const char *stage, *stage_class;
	struct url stage_icon;
	const char *assignee, *initials;
	const char *when_iso, *when_full, *when_ago, *stored;
};
extern const struct tmpl_field leadrow_fields[];

struct leadrow_view leadrow_of(struct req *r, const struct lead_row *l);

#endif
