/* option: lines of selects. */
#include "web/option.h"

#include "crm/leadwork.h"
#include "web/view.h"

enum { STAGES_MAX = 8 };

const struct tmpl_field option_fields[] = {
	FIELD(struct option_view, value),
	FIELD(struct option_view, title),
	FIELD(struct option_view, is_chosen),
	{ 0 },
};

void
option_add(struct option_view *to, size_t *n, const char *value,
	   const char *title, const char *chosen)
{
	to[(*n)++] = (struct option_view){ value, title,
					   strcmp(value, chosen) == 0 };
}

void
option_stages(struct arena *mem, const char *chosen, struct option_view **out,
	      size_t *n)
{
	*out = NEW_ARRAY(mem, struct option_view, STAGES_MAX);
	*n = 0;
	for (size_t i = 0; i < STAGES_MAX && lead_stages[i]; i++)
		option_add(*out, n, lead_stages[i],
			   view_stage(lead_stages[i])->title, chosen);
}
