/* view: small tables of words. */
#include "web/view.h"

#include "base/text.h"

static const struct stage_view stages[] = {
	{ "new", "New", "busy", "plus" },
	{ "contacted", "Contacted", "idle", "phone" },
	{ "qualified", "Qualified", "ok", "ok" },
	{ "won", "Won", "ok", "ok-ring" },
	{ "lost", "Lost", "idle", "skip" },
};

const struct stage_view *
view_stage(const char *stage)
{
	for (size_t i = 0; i < COUNT(stages); i++)
		if (strcmp(stages[i].stage, stage) == 0)
			return &stages[i];
	return &stages[0];
}

const char *
view_platform(const char *platform)
{
	if (strcmp(platform, "fb") == 0)
		return "Facebook";
	return strcmp(platform, "ig") == 0 ? "Instagram" : platform;
}

const char *
view_initials(struct arena *mem, const char *name)
{
	struct text rest = text_trim(text_of(name)), word, last = { 0 };
	struct text first = text_cut(rest, 1);
	size_t words = 0;

	while (text_take_part(&rest, ' ', &word))
		if (word.len > 0) {
			last = text_cut(word, 1);
			words++;
		}
	return arena_fmt(mem, "%.*s%.*s", TEXT_ARG(first),
			 words > 1 ? (int)last.len : 0, last.p ? last.p : "");
}

const char *
view_number(struct arena *mem, int64_t n)
{
	if (n < 1000)
		return arena_fmt(mem, "%lld", (long long)n);
	return arena_fmt(mem, "%s,%03d", view_number(mem, n / 1000),
			 (int)(n % 1000));
}

const char *
view_count(struct arena *mem, int64_t n, const char *one, const char *many)
{
	return arena_fmt(mem, "%s %s", view_number(mem, n),
			 n == 1 ? one : many);
}

const char *
view_least(struct arena *mem, int64_t n, bool more, const char *one,
	   const char *many)
{
	/* A part that had none, of which there may be more. */
	if (more && n == 0)
		return arena_fmt(mem, "No %s so far", many);
	return arena_fmt(mem, "%s%s", more ? "At least " : "",
			 view_count(mem, n, one, many));
}
