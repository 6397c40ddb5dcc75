/* tmpl: what is printed, and everything that refuses to load. */
#include "web/tmpl.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "kit.h"

struct row {
	const char *word;
	int64_t n;
};
struct view {
	const char *text;
	int64_t number;
	bool flag;
	struct url link;
	struct row *rows;
	size_t n_rows;
	struct row *one;
};
struct outer {
	const char *root, *title;
};
static const struct tmpl_field row_fields[] = { FIELD(struct row, word),
						FIELD(struct row, n),
						{ 0 } };
static const struct tmpl_field view_fields[] = {
	FIELD(struct view, text),
	FIELD(struct view, number),
	FIELD(struct view, flag),
	FIELD(struct view, link),
	LIST(struct view, rows, n_rows, row_fields),
	ONE(struct view, one, row_fields),
	{ 0 },
};
static const struct tmpl_field outer_fields[] = { FIELD(struct outer, root),
						  FIELD(struct outer, title),
						  { 0 } };

static char dir[] = "/tmp/leadport-tmpl-XXXXXX";
static char why[500];

static void
put_file(const char *name, const char *text)
{
	int fd = open(arena_fmt(kit_mem, "%s/%s", dir, name),
		      O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static const struct tmpl *
load(const char *text)
{
	struct buf err = buf_in(kit_mem, 500);
	const struct tmpl *tm;

	put_file("t.html", text);
	tm = tmpl_load(kit_mem, dir, "t.html", view_fields, outer_fields, &err);
	snprintf(why, sizeof(why), "%s", buf_str(&err));
	return tm;
}

static const char *
shown(const char *text, const struct view *v)
{
	static const struct outer o = { "/crm", "T<" };
	struct buf b = buf_in(kit_mem, 10000);
	const struct tmpl *tm = load(text);

	if (!tm)
		fail_msg("%s", why);
	assert_true(tmpl_render(tm, v, &o, &b));
	return buf_str(&b);
}

static void
values_are_escaped_by_their_type(void **state)
{
	struct view v = { .text = "\"><i>'&",
			  .number = -3,
			  .link = { "/a?b=1&c" } };

	(void)state;
	assert_string_equal(
		shown("<p title=\"{{text}}\">{{ text }} {{number}}</p>"
		      "<a href=\"{{link}}\">{{title}}</a>"
		      "<a href='{{root}}/x/{{number}}'>y</a>",
		      &v),
		"<p title=\"&quot;&gt;&lt;i&gt;&#39;&amp;\">"
		"&quot;&gt;&lt;i&gt;&#39;&amp; -3</p>"
		"<a href=\"/a?b=1&amp;c\">T&lt;</a><a href='/crm/x/-3'>y</a>");
}

static void
sections_follow_what_is_there(void **state)
{
	struct row rows[] = { { "a", 1 }, { "b", 0 } };
	struct view v = { .text = "t",
			  .rows = rows,
			  .n_rows = 2,
			  .one = &rows[0],
			  .flag = true };
	struct view none = { 0 };
	static const char text[] =
		"{{#rows}}[{{word}}{{#n}}!{{/n}}{{text}}]{{/rows}}"
		"{{^rows}}none{{/rows}}{{#one}}({{word}}){{/one}}"
		"{{#flag}}F{{/flag}}{{^flag}}f{{/flag}}{{#link}}L{{/link}}";

	(void)state;
	assert_string_equal(shown(text, &v), "[a!t][bt](a)F");
	assert_string_equal(shown(text, &none), "nonef");
}

static void
a_tag_with_a_line_of_its_own_leaves_none(void **state)
{
	struct view v = { .flag = true, .text = "x" };

	(void)state;
	put_file("part.html", "<b>{{text}}</b>\n");
	assert_string_equal(shown("<ul>\n  {{#flag}}\n  <li>\n  {{/flag}}\n"
				  "{{! a note }}\n{{>part.html}}\n</ul>\n",
				  &v),
			    "<ul>\n  <li>\n<b>x</b>\n</ul>\n");
}

static void
wrong_templates_name_file_and_line(void **state)
{
	static const struct {
		const char *text, *where;
	} cases[] = {
		{ "\n\n{{nothing}}", "t.html:3" },
		{ "<p class={{text}}>", "t.html:1" },
		{ "<{{text}}>", "t.html:1" },
		{ "<p {{text}}>", "t.html:1" },
		{ "<p onclick=\"{{text}}\">", "t.html:1" },
		{ "<p style='{{number}}'>", "t.html:1" },
		{ "<p hx-on:click=\"{{text}}\">", "t.html:1" },
		{ "<p hx-vals=\"{{text}}\">", "t.html:1" },
		{ "<p data-hx-get=\"{{text}}\">", "t.html:1" },
		{ "<iframe srcdoc=\"{{text}}\">", "t.html:1" },
		{ "<script>\n{{text}}</script>", "t.html:2" },
		{ "<style>{{text}}</style>", "t.html:1" },
		{ "<!-- {{text}} -->", "t.html:1" },
		{ "<a href=\"{{text}}\">", "t.html:1" },
		{ "<a href=\"javascript:{{root}}\">", "t.html:1" },
		{ "<form action=\"{{text}}\">", "t.html:1" },
		{ "<p hx-get=\"{{text}}\">", "t.html:1" },
		{ "{{link}}", "t.html:1" },
		{ "{{flag}}", "t.html:1" },
		{ "{{rows}}", "t.html:1" },
		{ "{{#flag}}", "t.html:1" },
		{ "{{/flag}}", "t.html:1" },
		{ "{{#flag}}{{#text}}{{/flag}}{{/text}}", "t.html:1" },
		{ "{{#flag}}<p {{/flag}}>", "t.html:1" },
		{ "{{#rows}}{{word}}{{/rows}}{{word}}", "t.html:1" },
		{ "{{>../secret}}", "t.html:1" },
		{ "{{>t.html}}", "t.html:1" },
		{ "{{>missing.html}}", "t.html:1" },
		{ "a {{text", "t.html:1" },
		{ "<p title=\"", "t.html:1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (load(cases[i].text))
			fail_msg("loaded: %s", cases[i].text);
		if (!strstr(why, cases[i].where))
			fail_msg("%s: %s", cases[i].text, why);
	}
}

static void
no_data_opens_a_tag(void **state)
{
	uint32_t seed = 3;
	const struct tmpl *tm = load("<p title=\"{{text}}\">{{text}}</p>");

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct buf b = buf_in(kit_mem, 10000);
		char text[30] = "";
		struct view v = { .text = text };
		size_t tags = 0;

		for (size_t i = 0; i + 1 < sizeof(text); i++)
			text[i] = "<>\"'&a=/ \xff"[kit_random(&seed) % 10];
		assert_true(tmpl_render(tm, &v, &v, &b));
		for (size_t i = 0; i < b.len; i++)
			tags += b.p[i] == '<';
		assert_int_equal(tags, 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(values_are_escaped_by_their_type),
		CASE(sections_follow_what_is_there),
		CASE(a_tag_with_a_line_of_its_own_leaves_none),
		CASE(wrong_templates_name_file_and_line),
		CASE(no_data_opens_a_tag),
	};

	return mkdtemp(dir) ? RUN(tests) : 1;
}
