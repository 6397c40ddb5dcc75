/* graph_put: members of answers. */
#include "graph_put.h"

void
put(struct json_out *o, const char *name, const char *value)
{
	if (!value)
		return;
	json_name(o, name);
	json_put(o, value);
}

void
put_int(struct json_out *o, const char *name, int64_t value)
{
	json_name(o, name);
	json_put_int(o, value);
}

void
put_bool(struct json_out *o, const char *name, bool value)
{
	json_name(o, name);
	json_put_bool(o, value);
}

void
put_raw(struct json_out *o, const char *name, const char *json)
{
	if (!json)
		return;
	json_name(o, name);
	buf_puts(o->to, json);
	o->comma = true;
}

void
put_list(struct task *t, struct json_out *o, const char *name, const char *list)
{
	struct text rest = text_of(list), part;

	json_name(o, name);
	json_open(o, '[');
	while (text_take_part(&rest, ',', &part))
		json_put(o, arena_str(t->mem, text_trim(part)));
	json_close(o, ']');
}

void
put_success(struct json_out *o)
{
	json_open(o, '{');
	put_bool(o, "success", true);
	json_close(o, '}');
}

void
put_data(struct json_out *o)
{
	json_open(o, '{');
	json_name(o, "data");
	json_open(o, '[');
}

void
put_data_end(struct json_out *o)
{
	json_close(o, ']');
	json_close(o, '}');
}

void
put_paging(struct task *t, struct json_out *o, int64_t last, bool more)
{
	json_name(o, "paging");
	json_open(o, '{');
	json_name(o, "cursors");
	json_open(o, '{');
	put(o, "before", "0");
	put(o, "after", arena_fmt(t->mem, "%lld", (long long)last));
	json_close(o, '}');
	if (more)
		put(o, "next",
		    "https://graph.facebook.com/v26.0/next?access_token=cut");
	json_close(o, '}');
}

const char *
meta_time(struct task *t, struct when w)
{
	struct text iso = text_of(when_iso(t->mem, w));

	return arena_fmt(t->mem, "%.*s+0000", (int)(iso.len - 1), iso.p);
}
