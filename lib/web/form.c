/* form: fields into a declared struct, each by its row. */
#include "web/form.h"

#include "base/buf.h"
#include "base/escape.h"

struct reading {
	struct task *t;
	const struct form_field *fields;
	char *out;
	struct form_faults *faults;
	const char *csrf;
	bool seen[64]; /* by row */
	bool csrf_seen;
	size_t pairs;
};

void
form_fault(struct form_faults *f, const char *field, const char *words)
{
	if (f->n < FORM_FAULTS)
		f->at[f->n++] = (struct form_fault){ field, words };
}

const char *
form_fault_of(const struct form_faults *f, const char *field)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->at[i].field, field) == 0)
			return f->at[i].words;
	return NULL;
}

/* ---- one value ------------------------------------------------------------------- */

static const char *
between(struct task *t, const struct form_field *f)
{
	return arena_fmt(t->mem, "Enter a whole number from %lld to %lld.",
			 (long long)f->min, (long long)f->max);
}

static const char *
length_fault(struct task *t, const struct form_field *f, struct text v)
{
	size_t n = text_runes(v);

	if (n == 0 && f->min > 0)
		return "Fill in this field.";
	if ((int64_t)n < f->min)
		return arena_fmt(t->mem, "Enter %lld characters or more.",
				 (long long)f->min);
	if ((int64_t)n > f->max)
		return arena_fmt(t->mem, "Enter %lld characters or fewer.",
				 (long long)f->max);
	return NULL;
}

static bool
has_control(struct text v, const char *allowed)
{
	for (size_t i = 0; i < v.len; i++)
		if (((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f) &&
		    !strchr(allowed, v.p[i]))
			return true;
	return false;
}

static struct text
one_newline(struct task *t, struct text v)
{
	struct buf b = buf_in(t->mem, v.len + 1);

	for (size_t i = 0; i < v.len; i++)
		if (v.p[i] != '\r' || i + 1 >= v.len || v.p[i + 1] != '\n')
			buf_putc(&b, v.p[i]);
	return buf_text(&b);
}

static void
set_text(struct reading *r, const struct form_field *f, struct text v)
{
	const char *fault;

	if (f->kind == FORM_KIND_LINES)
		v = one_newline(r->t, v);
	if (f->kind != FORM_KIND_SECRET)
		v = text_trim(v);
	fault = length_fault(r->t, f, v);
	if (!fault && f->kind == FORM_KIND_TEXT && has_control(v, ""))
		fault = "Enter one line without control characters.";
	if (!fault && f->kind == FORM_KIND_LINES && has_control(v, "\n\t"))
		fault = "Enter text without control characters.";
	*(const char **)(r->out + f->offset) = arena_str(r->t->mem, v);
	if (fault)
		form_fault(r->faults, f->name, fault);
}

static void
set_int(struct reading *r, const struct form_field *f, struct text v)
{
	int64_t *to = (int64_t *)(r->out + f->offset);

	v = text_trim(v);
	if (f->optional && v.len == 0)
		*to = f->fallback;
	else if (!text_int(v, f->min, f->max, to))
		form_fault(r->faults, f->name, between(r->t, f));
}

static void
set_choice(struct reading *r, const struct form_field *f, struct text v)
{
	const char **to = (const char **)(r->out + f->offset);

	*to = f->choices[0];
	if (f->optional && v.len == 0)
		return;
	for (const char *const *c = f->choices; *c; c++)
		if (text_is(v, *c)) {
			*to = *c;
			return;
		}
	form_fault(r->faults, f->name, "Choose one of the list.");
}

static void
set_flag(struct reading *r, const struct form_field *f, struct text v)
{
	if (text_is(v, "1") || text_is(v, "on"))
		*(bool *)(r->out + f->offset) = true;
	else
		form_fault(r->faults, f->name, "Tick it or leave it.");
}

/* The array grows by doubling; its length is always the next power of two. */
static void
set_list(struct reading *r, const struct form_field *f, struct text v)
{
	struct form_list *to = (struct form_list *)(void *)(r->out + f->offset);
	size_t n = to->n;

	v = text_trim(v);
	if ((int64_t)text_runes(v) > f->max || has_control(v, "") ||
	    n == FORM_LIST_MAX) {
		form_fault(r->faults, f->name, "Choose from the list.");
		return;
	}
	if ((n & (n - 1)) == 0)
		to->at = arena_grow(r->t->mem, to->at, n * sizeof(*to->at),
				    (n ? 2 * n : 1) * sizeof(*to->at));
	to->at[to->n++] = arena_str(r->t->mem, v);
}

static void
set(struct reading *r, const struct form_field *f, struct text v)
{
	switch (f->kind) {
	case FORM_KIND_TEXT:
	case FORM_KIND_LINES:
	case FORM_KIND_SECRET:
		set_text(r, f, v);
		break;
	case FORM_KIND_INT:
		set_int(r, f, v);
		break;
	case FORM_KIND_FLAG:
		set_flag(r, f, v);
		break;
	case FORM_KIND_CHOICE:
		set_choice(r, f, v);
		break;
	case FORM_KIND_LIST:
		set_list(r, f, v);
		break;
	}
}

/* ---- all of them -------------------------------------------------------------------- */

static enum rc
take_csrf(struct reading *r, struct text value)
{
	if (r->csrf_seen)
		return fail(r->t, E_INPUT, "field csrf stands twice");
	r->csrf_seen = true;
	r->csrf = arena_str(r->t->mem, value);
	return OK;
}

static enum rc
take_field(struct reading *r, struct text name, struct text value)
{
	if (++r->pairs > FORM_FIELDS)
		return fail(r->t, E_INPUT, "over %d fields", FORM_FIELDS);
	if (!text_is_utf8(name) || !text_is_utf8(value))
		return fail(r->t, E_INPUT, "a field is no UTF-8");
	if (text_is(name, "csrf"))
		return take_csrf(r, value);
	for (size_t i = 0; r->fields && r->fields[i].name; i++) {
		if (!text_is(name, r->fields[i].name))
			continue;
		if (r->seen[i] && r->fields[i].kind != FORM_KIND_LIST)
			return fail(r->t, E_INPUT, "field %s stands twice",
				    r->fields[i].name);
		r->seen[i] = true;
		set(r, &r->fields[i], value);
		return OK;
	}
	return fail(r->t, E_INPUT, "a field that this page does not have");
}

static enum rc
decode(struct task *t, struct text in, bool plus, struct text *out)
{
	struct buf b = buf_in(t->mem, in.len + 1);

	if (!unescape_url(&b, in, plus))
		return fail(t, E_INPUT, "a broken %% escape");
	*out = buf_text(&b);
	return OK;
}

/* a=1&b=2, of a query or a body. */
static enum rc
take_pairs(struct reading *r, struct text in)
{
	struct text pair, name, value;
	enum rc rc = OK;

	while (!rc && text_take_part(&in, '&', &pair)) {
		if (pair.len == 0)
			continue;
		name = text_first(pair, text_find(pair, '='));
		value = text_from(pair, name.len + 1);
		rc = decode(r->t, name, true, &name);
		if (!rc)
			rc = decode(r->t, value, true, &value);
		if (!rc)
			rc = take_field(r, name, value);
	}
	return rc;
}

static enum rc
take_multipart(struct reading *r, struct text body, struct text boundary)
{
	struct form_part part;
	bool broken = false;
	enum rc rc = OK;

	while (!rc && form_next_part(&body, boundary, &part, &broken)) {
		if (part.filename.p)
			rc = fail(r->t, E_INPUT, "no file is wanted here");
		else
			rc = take_field(r, part.name, part.data);
	}
	if (!rc && broken)
		return fail(r->t, E_INPUT, "broken multipart body");
	return rc;
}

static enum rc
take_body(struct reading *r, const struct form_source *src)
{
	struct text type = text_of(src->content_type), boundary;

	if (!src->content_type)
		return OK;
	if (form_boundary(src->content_type, &boundary))
		return take_multipart(r, src->body, boundary);
	type = text_trim(text_first(type, text_find(type, ';')));
	if (src->body.len == 0 ||
	    text_eq_nocase(type, TEXT("application/x-www-form-urlencoded")))
		return take_pairs(r, src->body);
	return fail(r->t, E_INPUT, "a body that is no form");
}

static enum rc
take_path(struct reading *r, const struct form_source *src)
{
	if (!src->path_name)
		return OK;
	return take_field(r, text_of(src->path_name), src->path_value);
}

/* Absent fields get their fallback, or the fault of being empty. */
static void
fill_absent(struct reading *r)
{
	for (size_t i = 0; r->fields && r->fields[i].name; i++) {
		const struct form_field *f = &r->fields[i];

		if (!r->seen[i] && f->kind != FORM_KIND_FLAG &&
		    f->kind != FORM_KIND_LIST)
			set(r, f, TEXT(""));
	}
}

enum rc
form_read(struct task *t, const struct form_source *src,
	  const struct form_field *fields, void *out,
	  struct form_faults *faults, const char **csrf)
{
	struct reading r = {
		.t = t, .fields = fields, .out = out, .faults = faults
	};
	enum rc rc = take_path(&r, src);

	if (!rc)
		rc = take_pairs(&r, src->query);
	if (!rc)
		rc = take_body(&r, src);
	if (rc)
		return rc;
	fill_absent(&r);
	if (csrf)
		*csrf = r.csrf;
	return OK;
}

bool
form_list_has(const struct form_list *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->at[i], text) == 0)
			return true;
	return false;
}
