/*
 * tmpl: HTML templates without logic, typed by the members of a C struct.
 *
 *	{{name}}			a value
 *	{{#name}}…{{/name}}		once for each row of a list; once if a
 *					flag is true, a pointer or url is there,
 *					a text is not empty, a number is not 0
 *	{{^name}}…{{/name}}		if it is not
 *	{{>part/top.html}}		another template, in its place
 *	{{! note}}			nothing
 *
 * A name is looked for in the innermost struct, then outwards, then in the
 * globals, when the template is loaded; an unknown name refuses to load, with
 * file and line.  The C type decides the escaping: const char * becomes HTML
 * text, int64_t digits, struct url stands in href, src and action only,
 * struct html only where text may stand.  There is no way to print raw.
 *
 * The loader walks the HTML too and refuses: a value in an unquoted
 * attribute, in a tag or attribute name, in <script>, <style> or a comment,
 * in on… or style attributes; a const char * in an attribute that holds a
 * link (href, src, action, formaction, hx-get, hx-post…); a section that
 * does not end in the state in which it began.
 */
#ifndef WEB_TMPL_H
#define WEB_TMPL_H
#include "base/buf.h"
#include "base/task.h"
#include "web/url.h"

struct html { /* made by tmpl_render only */
	const char *safe;
	size_t len;
};

enum tmpl_kind {
	TMPL_TEXT = 1,
	TMPL_INT,
	TMPL_FLAG,
	TMPL_URL,
	TMPL_HTML,
	TMPL_LIST,
	TMPL_ONE
};
struct tmpl_field {
	const char *name;
	enum tmpl_kind kind;
	size_t offset;
	size_t n_offset;		 /* TMPL_LIST: of the size_t count */
	size_t size;			 /* TMPL_LIST: of a row */
	const struct tmpl_field *fields; /* of a row, ended by { 0 } */
};

#define FIELD(type, member)                                                          \
	{                                                                            \
		.name = #member, .offset = offsetof(type, member),                 \
	  .kind = _Generic(((type *)0)->member, const char *: TMPL_TEXT,     \
			   int64_t: TMPL_INT, bool: TMPL_FLAG,               \
			   struct url: TMPL_URL, struct html: TMPL_HTML) \
	}
/* An array: pointer member and size_t member. */
#define LIST(type, member, count, row_fields)                                  \
	{                                                                      \
		.name = #member, .kind = TMPL_LIST,                            \
		.offset = offsetof(type, member),                              \
		.n_offset =                                                    \
			offsetof(type, count) +                                \
			0 * sizeof(_Generic(((type *)0)->count, size_t : 1)),  \
		.size = sizeof(*((type *)0)->member), .fields = (row_fields)   \
	}
/* A pointer to one struct, NULL when it is not there. */
#define ONE(type, member, its_fields)                                          \
	{                                                                      \
		.name = #member, .kind = TMPL_ONE,                             \
		.offset = offsetof(type, member),                              \
		.size = sizeof(*((type *)0)->member), .fields = (its_fields)   \
	}

struct tmpl;

/* Load dir/name and its parts.  NULL and "file:line: words" in err.  The
 * template lives in mem. */
const struct tmpl *tmpl_load(struct arena *mem, const char *dir,
			     const char *name, const struct tmpl_field *fields,
			     const struct tmpl_field *globals, struct buf *err);
/* Append the page.  False when the buffer's ceiling was reached. */
NODISCARD bool tmpl_render(const struct tmpl *tm, const void *view,
			   const void *globals, struct buf *to);

#endif
