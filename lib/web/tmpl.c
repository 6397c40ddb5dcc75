/* tmpl: rendering a loaded template. */
#include "web/tmpl.h"

#include "base/escape.h"
#include "web/tmpl_private.h"

struct rendering {
	const char *at[TMPL_DEPTH]; /* the struct of each level */
	size_t row[TMPL_DEPTH];	    /* of a list, at the level of its rows */
	size_t depth;		    /* levels in use */
	struct buf *to;
};

static const void *
member(const struct rendering *r, const struct tmpl_op *op)
{
	return r->at[op->level] + op->field->offset;
}

static void
print(const struct rendering *r, const struct tmpl_op *op)
{
	const void *v = member(r, op);
	const struct html *html = v;

	switch (op->field->kind) {
	case TMPL_TEXT:
		escape_html(r->to, text_of(*(const char *const *)v));
		break;
	case TMPL_INT:
		buf_int(r->to, *(const int64_t *)v);
		break;
	case TMPL_URL:
		escape_html(r->to, text_of(((const struct url *)v)->safe));
		break;
	case TMPL_HTML:
		buf_add(r->to, (struct text){ html->safe, html->len });
		break;
	case TMPL_FLAG:
	case TMPL_LIST:
	case TMPL_ONE:
		break;
	}
}

static size_t
list_length(const struct rendering *r, const struct tmpl_op *op)
{
	return *(const size_t *)(const void *)(r->at[op->level] +
					       op->field->n_offset);
}

static bool
is_there(const struct rendering *r, const struct tmpl_op *op)
{
	const void *v = member(r, op);
	const char *text;

	switch (op->field->kind) {
	case TMPL_TEXT:
		text = *(const char *const *)v;
		return text && text[0];
	case TMPL_INT:
		return *(const int64_t *)v != 0;
	case TMPL_FLAG:
		return *(const bool *)v;
	case TMPL_URL:
		return ((const struct url *)v)->safe != NULL;
	case TMPL_HTML:
		return ((const struct html *)v)->len > 0;
	case TMPL_LIST:
		return list_length(r, op) > 0;
	case TMPL_ONE:
		return *(const void *const *)v != NULL;
	}
	return false;
}

/* Rows and pointed-to structs become a level of their own. */
static bool
has_level(const struct tmpl_field *f)
{
	return f->kind == TMPL_LIST || f->kind == TMPL_ONE;
}

static void
enter(struct rendering *r, const struct tmpl_op *op)
{
	if (!has_level(op->field))
		return;
	r->at[r->depth] = *(const char *const *)member(r, op);
	r->row[r->depth] = 0;
	r->depth++;
}

/* At the end of a section: the place to go on at. */
static size_t
leave(struct rendering *r, const struct tmpl *tm, size_t end)
{
	const struct tmpl_op *op = &tm->ops[tm->ops[end].start];
	size_t level = r->depth - 1;

	if (op->kind == OP_INVERSE || !has_level(op->field))
		return end + 1;
	if (op->field->kind == TMPL_LIST &&
	    ++r->row[level] < list_length(r, op)) {
		r->at[level] += op->field->size;
		return tm->ops[end].start + 1;
	}
	r->depth--;
	return end + 1;
}

bool
tmpl_render(const struct tmpl *tm, const void *view, const void *globals,
	    struct buf *to)
{
	struct rendering r = { .at = { globals, view }, .depth = 2, .to = to };
	size_t i = 0;

	while (i < tm->n) {
		const struct tmpl_op *op = &tm->ops[i];

		switch (op->kind) {
		case OP_LITERAL:
			buf_add(to, op->text);
			i++;
			break;
		case OP_VALUE:
			print(&r, op);
			i++;
			break;
		case OP_SECTION:
			if (is_there(&r, op)) {
				enter(&r, op);
				i++;
			} else {
				i = op->end + 1;
			}
			break;
		case OP_INVERSE:
			i = is_there(&r, op) ? op->end + 1 : i + 1;
			break;
		case OP_END:
			i = leave(&r, tm, i);
			break;
		}
	}
	return !to->failed;
}
