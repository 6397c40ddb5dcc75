/* tmpl_load: from a file to operations, everything checked on the way. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "web/tmpl.h"
#include "web/tmpl_html.h"
#include "web/tmpl_private.h"

enum { FILE_MAX = 256 << 10, PARTS_DEPTH = 4, SECTIONS = 32 };

struct section { /* one that is open */
	size_t op;
	struct text name;
	struct html_walk html; /* where it began */
	bool level;	       /* it has a struct of its own */
};

struct source { /* the file at hand */
	const char *name;
	struct text in;
	int line;
	bool line_start; /* only blanks since the line began */
};

struct loading {
	struct arena *mem;
	const char *dir;
	struct buf *err;
	struct tmpl_op *ops;
	size_t n, cap;
	const struct tmpl_field *scopes[TMPL_DEPTH];
	size_t depth;
	struct section open[SECTIONS];
	size_t n_open;
	struct html_walk html;
	int parts;
};

static bool
refuse(struct loading *l, const struct source *s, struct text what,
       const char *words)
{
	buf_fmt(l->err, "%s/%s:%d: %.*s%s%s", l->dir, s->name, s->line,
		TEXT_ARG(what), what.len ? ": " : "", words);
	return false;
}

static struct tmpl_op *
add_op(struct loading *l, enum tmpl_op_kind kind)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 64;

		l->ops = arena_grow(l->mem, l->ops, l->cap * sizeof(*l->ops),
				    cap * sizeof(*l->ops));
		l->cap = cap;
	}
	l->ops[l->n] = (struct tmpl_op){ .kind = kind };
	return &l->ops[l->n++];
}

static void
add_literal(struct loading *l, struct text t)
{
	if (t.len == 0)
		return;
	html_walk(&l->html, t);
	add_op(l, OP_LITERAL)->text = t;
}

/* ---- names ------------------------------------------------------------------------ */

static const struct tmpl_field *
find_field(const struct loading *l, struct text name, size_t *level)
{
	for (size_t d = l->depth; d-- > 0;)
		for (const struct tmpl_field *f = l->scopes[d]; f && f->name;
		     f++)
			if (text_is(name, f->name)) {
				*level = d;
				return f;
			}
	return NULL;
}

static bool
add_value(struct loading *l, const struct source *s, struct text name)
{
	size_t level = 0;
	const struct tmpl_field *f = find_field(l, name, &level);
	const char *why = f ? html_refuses(&l->html, f) : "no such name";
	struct tmpl_op *op;

	if (why)
		return refuse(l, s, name, why);
	html_value(&l->html);
	op = add_op(l, OP_VALUE);
	op->field = f;
	op->level = level;
	return true;
}

/* ---- sections ----------------------------------------------------------------------- */

static bool
open_section(struct loading *l, const struct source *s, struct text name,
	     enum tmpl_op_kind kind)
{
	size_t level = 0;
	const struct tmpl_field *f = find_field(l, name, &level);
	struct section *open = &l->open[l->n_open];
	struct tmpl_op *op;

	if (!f)
		return refuse(l, s, name, "no such name");
	if (l->n_open == SECTIONS)
		return refuse(l, s, name, "too many sections");
	*open = (struct section){ .op = l->n, .name = name, .html = l->html };
	open->level = kind == OP_SECTION &&
		      (f->kind == TMPL_LIST || f->kind == TMPL_ONE);
	if (open->level) {
		if (l->depth == TMPL_DEPTH)
			return refuse(l, s, name, "too deep");
		l->scopes[l->depth++] = f->fields;
	}
	l->n_open++;
	op = add_op(l, kind);
	op->field = f;
	op->level = level;
	return true;
}

static bool
close_section(struct loading *l, const struct source *s, struct text name)
{
	struct section *open;

	if (l->n_open == 0)
		return refuse(l, s, name, "closes nothing");
	open = &l->open[--l->n_open];
	if (!text_eq(open->name, name))
		return refuse(l, s, name, "closes another section");
	if (!html_same(&open->html, &l->html))
		return refuse(l, s, name,
			      "ends in another place of the HTML than it "
			      "began");
	if (open->level)
		l->depth--;
	add_op(l, OP_END)->start = open->op;
	l->ops[open->op].end = l->n - 1;
	return true;
}

/* ---- files ----------------------------------------------------------------------------- */

static bool load_file(struct loading *l, const struct source *from,
		      struct text name);

static bool
is_plain_name(struct text name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] <= ' ' || name.p[i] == '\\')
			return false;
	return name.len > 0 && name.p[0] != '/' && !text_has(name, "..");
}

static const char *
read_file(struct loading *l, const char *path, struct text *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *why = NULL;
	struct stat st;
	char *room;

	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &st) != 0 || st.st_size > FILE_MAX) {
		close(fd);
		return "not readable, or too large";
	}
	out->len = (size_t)st.st_size;
	room = arena_alloc(l->mem, out->len + 1);
	if (read(fd, room, out->len) != (ssize_t)out->len)
		why = "not readable";
	close(fd);
	out->p = room;
	if (!why && !text_is_utf8(*out))
		why = "not UTF-8";
	return why;
}

/* ---- tags --------------------------------------------------------------------------------- */

static bool
take_tag(struct loading *l, struct source *s, struct text tag)
{
	char kind = tag.len ? tag.p[0] : ' ';
	struct text name = text_trim(text_from(tag, 1));

	switch (kind) {
	case '#':
		return open_section(l, s, name, OP_SECTION);
	case '^':
		return open_section(l, s, name, OP_INVERSE);
	case '/':
		return close_section(l, s, name);
	case '>':
		return load_file(l, s, name);
	case '!':
		return true;
	default:
		return add_value(l, s, text_trim(tag));
	}
}

static size_t
count_lines(struct text t)
{
	size_t n = 0;

	for (size_t i = 0; i < t.len; i++)
		n += t.p[i] == '\n';
	return n;
}

/* Blanks at the end of `t`, back to a newline; t.len + 1 if something else
 * stands in between. */
static size_t
blanks_before(struct text t, bool line_start)
{
	size_t n = 0;

	while (n < t.len &&
	       (t.p[t.len - 1 - n] == ' ' || t.p[t.len - 1 - n] == '\t'))
		n++;
	if (n < t.len ? t.p[t.len - 1 - n] == '\n' : line_start)
		return n;
	return t.len + 1;
}

/* Blanks and the newline after a tag; 0 when something else comes. */
static size_t
blanks_after(struct text t)
{
	size_t n = 0;

	while (n < t.len && (t.p[n] == ' ' || t.p[n] == '\t'))
		n++;
	return n < t.len && t.p[n] == '\n' ? n + 1 : 0;
}

/* A tag without a value that has a line for itself leaves no empty line. */
static void
trim_own_line(struct source *s, struct text *before, char kind)
{
	size_t front = blanks_before(*before, s->line_start);
	size_t back = blanks_after(s->in);

	if (!strchr("#^/>!", kind) || front > before->len || back == 0)
		return;
	before->len -= front;
	s->line += 1;
	s->in = text_from(s->in, back);
}

static size_t
find_pair(struct text t, const char *pair)
{
	for (size_t i = 0; i + 1 < t.len; i++)
		if (t.p[i] == pair[0] && t.p[i + 1] == pair[1])
			return i;
	return t.len;
}

static bool
take_next(struct loading *l, struct source *s)
{
	size_t at = find_pair(s->in, "{{"), end;
	struct text before = text_first(s->in, at), tag;
	struct source at_tag;

	s->line += (int)count_lines(before);
	if (at == s->in.len) {
		add_literal(l, s->in);
		s->in.len = 0;
		return true;
	}
	tag = text_from(s->in, at + 2);
	end = find_pair(tag, "}}");
	if (end == tag.len)
		return refuse(l, s, TEXT(""), "{{ without }}");
	s->in = text_from(tag, end + 2);
	tag = text_first(tag, end);
	at_tag = *s;
	trim_own_line(s, &before, tag.len ? tag.p[0] : ' ');
	add_literal(l, before);
	s->line_start = s->line > at_tag.line;
	return take_tag(l, &at_tag, tag);
}

static bool
load_file(struct loading *l, const struct source *from, struct text name)
{
	struct source s = { .name = arena_str(l->mem, name),
			    .line = 1,
			    .line_start = true };
	size_t outer = l->n_open;
	const char *why;

	if (!is_plain_name(name) || l->parts == PARTS_DEPTH)
		return refuse(l, from, name, "not a part, or parts too deep");
	why = read_file(l, arena_fmt(l->mem, "%s/%s", l->dir, s.name), &s.in);
	if (why)
		return refuse(l, from, name, why);
	l->parts++;
	while (s.in.len > 0)
		if (!take_next(l, &s))
			return false;
	l->parts--;
	if (l->n_open != outer)
		return refuse(l, &s, l->open[l->n_open - 1].name,
			      "is not closed in this file");
	return true;
}

const struct tmpl *
tmpl_load(struct arena *mem, const char *dir, const char *name,
	  const struct tmpl_field *fields, const struct tmpl_field *globals,
	  struct buf *err)
{
	struct loading l = { .mem = mem,
			     .dir = dir,
			     .err = err,
			     .scopes = { globals, fields },
			     .depth = 2 };
	const struct source none = { .name = name, .line = 1 };
	struct tmpl *tm;

	if (!load_file(&l, &none, text_of(name)))
		return NULL;
	if (l.html.state != HTML_TEXT) {
		refuse(&l, &none, TEXT(""), "ends inside a tag or comment");
		return NULL;
	}
	tm = NEW(mem, struct tmpl);
	tm->ops = l.ops;
	tm->n = l.n;
	return tm;
}
