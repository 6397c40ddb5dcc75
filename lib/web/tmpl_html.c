/* tmpl_html: as much of HTML's tokenizer as escaping depends on. */
#include "web/tmpl_html.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void
append(char *name, size_t size, char c)
{
	size_t n = strlen(name);

	if (n + 1 < size) {
		name[n] = lower(c);
		name[n + 1] = '\0';
	}
}

static void
end_tag(struct html_walk *w)
{
	bool raw = !strcmp(w->tag, "script") || !strcmp(w->tag, "style");

	w->state = raw ? HTML_RAW : HTML_TEXT;
	w->attr[0] = '\0';
}

static void
in_tag_start(struct html_walk *w, char c)
{
	w->tag[0] = '\0';
	if (c == '!') {
		w->state = HTML_DECLARATION;
		w->dashes = 0;
	} else {
		w->state = HTML_TAG_NAME;
		append(w->tag, sizeof(w->tag), c);
	}
}

static void
in_tag(struct html_walk *w, char c)
{
	if (c == '>') {
		end_tag(w);
	} else if (!is_blank(c) && c != '/') {
		w->state = HTML_ATTR_NAME;
		w->attr[0] = '\0';
		append(w->attr, sizeof(w->attr), c);
	}
}

static void
in_tag_name(struct html_walk *w, char c)
{
	if (is_blank(c) || c == '>') {
		w->state = HTML_TAG;
		in_tag(w, c);
	} else {
		append(w->tag, sizeof(w->tag), c);
	}
}

static void
in_attr_name(struct html_walk *w, char c)
{
	if (c == '=') {
		w->state = HTML_ATTR_VALUE;
		w->value_len = 0;
	} else if (is_blank(c) || c == '>' || c == '/') {
		w->state = HTML_TAG;
		in_tag(w, c);
	} else {
		append(w->attr, sizeof(w->attr), c);
	}
}

static void
in_value(struct html_walk *w, char c)
{
	if (c == '"')
		w->state = HTML_ATTR_DOUBLE;
	else if (c == '\'')
		w->state = HTML_ATTR_SINGLE;
	else if (!is_blank(c))
		w->state = HTML_ATTR_BARE;
}

static void
in_quotes(struct html_walk *w, char c, char quote)
{
	if (c == quote)
		w->state = HTML_TAG;
	else
		w->value_len++;
}

/* "<!--" begins a comment, which ends with "-->". */
static void
in_declaration(struct html_walk *w, char c)
{
	if (c == '-' && ++w->dashes == 2)
		w->state = HTML_COMMENT;
	else if (c == '>')
		w->state = HTML_TEXT;
}

static void
in_comment(struct html_walk *w, char c)
{
	if (c == '>' && w->dashes >= 2)
		w->state = HTML_TEXT;
	w->dashes = c == '-' ? w->dashes + 1 : 0;
}

static void
step(struct html_walk *w, char c)
{
	switch (w->state) {
	case HTML_TEXT:
		if (c == '<')
			w->state = HTML_TAG_START;
		break;
	case HTML_TAG_START:
		in_tag_start(w, c);
		break;
	case HTML_TAG_NAME:
		in_tag_name(w, c);
		break;
	case HTML_TAG:
		in_tag(w, c);
		break;
	case HTML_ATTR_NAME:
		in_attr_name(w, c);
		break;
	case HTML_ATTR_VALUE:
		in_value(w, c);
		break;
	case HTML_ATTR_DOUBLE:
		in_quotes(w, c, '"');
		break;
	case HTML_ATTR_SINGLE:
		in_quotes(w, c, '\'');
		break;
	case HTML_ATTR_BARE:
		if (is_blank(c) || c == '>') {
			w->state = HTML_TAG;
			in_tag(w, c);
		}
		break;
	case HTML_DECLARATION:
		in_declaration(w, c);
		break;
	case HTML_COMMENT:
		in_comment(w, c);
		break;
	case HTML_RAW:
		break;
	}
}

/* Script and style end with their own end tag, whatever else is in them. */
static size_t
raw_end(const struct html_walk *w, struct text t)
{
	for (size_t i = 0; i + 2 < t.len; i++)
		if (t.p[i] == '<' && t.p[i + 1] == '/' &&
		    text_eq_nocase(
			    text_first(text_from(t, i + 2), strlen(w->tag)),
			    text_of(w->tag)))
			return i;
	return t.len;
}

void
html_walk(struct html_walk *w, struct text literal)
{
	while (literal.len > 0) {
		if (w->state == HTML_RAW) {
			literal = text_from(literal, raw_end(w, literal));
			if (literal.len == 0)
				return;
			w->state = HTML_TEXT;
		}
		step(w, literal.p[0]);
		literal = text_from(literal, 1);
	}
}

static bool
is_link(const char *attr)
{
	static const char *const links[] = {
		"href",	       "src",	     "action", "formaction",
		"hx-get",      "hx-post",    "hx-put", "hx-delete",
		"hx-patch",    "srcset",     "poster", "data",
		"cite",	       "background", "ping",   "xlink:href",
		"hx-push-url",
	};

	for (size_t i = 0; i < COUNT(links); i++)
		if (strcmp(attr, links[i]) == 0)
			return true;
	return false;
}

/* Attributes whose value is run, or read as HTML; links of htmx are judged
 * before. */
static bool
is_code(struct text attr)
{
	return text_starts(attr, "on") || text_starts(attr, "hx-") ||
	       text_starts(attr, "data-hx-") || text_is(attr, "style") ||
	       text_is(attr, "srcdoc");
}

static const char *
link_refuses(const struct html_walk *w, const struct tmpl_field *f)
{
	if (f->kind == TMPL_URL)
		return w->value_len == 0 ? NULL : "a url begins its attribute";
	if (f->kind == TMPL_INT)
		return w->value_len > 0 ? NULL : "a number begins no address";
	if (f->kind == TMPL_TEXT && strcmp(f->name, "root") == 0)
		return w->value_len == 0 ? NULL : "root begins its attribute";
	return "a link takes a struct url";
}

const char *
html_refuses(const struct html_walk *w, const struct tmpl_field *f)
{
	bool quoted =
		w->state == HTML_ATTR_DOUBLE || w->state == HTML_ATTR_SINGLE;

	if (f->kind == TMPL_FLAG || f->kind == TMPL_LIST || f->kind == TMPL_ONE)
		return "only a section, no value";
	if (w->state == HTML_TEXT)
		return f->kind == TMPL_URL ? "a url stands in a link only"
					   : NULL;
	if (w->state == HTML_ATTR_VALUE || w->state == HTML_ATTR_BARE)
		return "the attribute has no quotes";
	if (!quoted)
		return "no value may stand here (a tag, a comment, script or "
		       "style)";
	if (f->kind == TMPL_HTML)
		return "html stands in text only";
	if (is_link(w->attr))
		return link_refuses(w, f);
	if (is_code(text_of(w->attr)))
		return "no value in on..., hx-..., style or srcdoc attributes";
	return f->kind == TMPL_URL ? "a url stands in a link only" : NULL;
}

void
html_value(struct html_walk *w)
{
	w->value_len++;
}

/* Between two attributes, whichever way the walk came there. */
static bool
between_attributes(enum html_state s)
{
	return s == HTML_TAG_NAME || s == HTML_TAG || s == HTML_ATTR_NAME;
}

bool
html_same(const struct html_walk *a, const struct html_walk *b)
{
	bool in_attr =
		a->state == HTML_ATTR_DOUBLE || a->state == HTML_ATTR_SINGLE;

	if (between_attributes(a->state) && between_attributes(b->state))
		return true;
	return a->state == b->state &&
	       (!in_attr || strcmp(a->attr, b->attr) == 0);
}
