/* form_body: the ways in which browsers pack fields. */
#include "base/buf.h"
#include "web/form.h"

/* ---- cookies ----------------------------------------------------------------- */

const char *
form_cookie(struct arena *mem, const char *header, const char *name)
{
	struct text rest = text_of(header), pair, key;

	while (text_take_part(&rest, ';', &pair)) {
		pair = text_trim(pair);
		if (text_take_until(&pair, '=', &key) && text_is(key, name))
			return arena_str(mem, pair);
	}
	return NULL;
}

/* ---- multipart/form-data ------------------------------------------------------ */

bool
form_boundary(const char *content_type, struct text *out)
{
	struct text rest = text_of(content_type), part;

	if (!text_take_part(&rest, ';', &part) ||
	    !text_eq_nocase(text_trim(part), TEXT("multipart/form-data")))
		return false;
	while (text_take_part(&rest, ';', &part)) {
		part = text_trim(part);
		if (!text_take_lit(&part, "boundary="))
			continue;
		if (text_take_char(&part, '"'))
			part = text_first(part, text_find(part, '"'));
		*out = part;
		return part.len > 0 && part.len <= 70;
	}
	return false;
}

/* Eats the end of a line, LF or CRLF. */
static bool
take_line_end(struct text *in)
{
	return text_take_lit(in, "\r\n") || text_take_char(in, '\n');
}

/* Position of "--boundary" at the start of a line; rest.len if none. */
static size_t
find_boundary(struct text rest, struct text boundary)
{
	size_t at = 0;

	while (at < rest.len) {
		struct text line = text_from(rest, at);

		if (text_starts(line, "--") &&
		    text_eq(text_first(text_from(line, 2), boundary.len),
			    boundary))
			return at;
		at += text_find(line, '\n') + 1;
	}
	return rest.len;
}

/* name="value" of a Content-Disposition line. */
static void
read_disposition(struct text line, struct form_part *out)
{
	struct text part;

	while (text_take_part(&line, ';', &part)) {
		struct text *to = NULL;

		part = text_trim(part);
		if (text_take_lit(&part, "name=\""))
			to = &out->name;
		else if (text_take_lit(&part, "filename=\""))
			to = &out->filename;
		if (to)
			*to = text_first(part, text_find(part, '"'));
	}
}

static bool
read_part_headers(struct text *rest, struct form_part *out)
{
	struct text line, name;

	while (text_take_until(rest, '\n', &line)) {
		line = text_trim(line);
		if (line.len == 0)
			return true;
		if (text_take_until(&line, ':', &name) &&
		    text_eq_nocase(name, TEXT("Content-Disposition")))
			read_disposition(line, out);
	}
	return false;
}

bool
form_next_part(struct text *rest, struct text boundary, struct form_part *out,
	       bool *broken)
{
	size_t end;

	*out = (struct form_part){ 0 };
	*broken = true;
	if (!text_take_lit(rest, "--") ||
	    !text_eq(text_first(*rest, boundary.len), boundary))
		return false;
	*rest = text_from(*rest, boundary.len);
	if (text_take_lit(rest, "--")) {
		*broken = false;
		return false;
	}
	if (!take_line_end(rest) || !read_part_headers(rest, out))
		return false;
	end = find_boundary(*rest, boundary);
	if (end == rest->len)
		return false;
	out->data = text_first(*rest, end);
	*rest = text_from(*rest, end);
	/* The line end before the boundary belongs to the boundary. */
	if (text_ends(out->data, "\n"))
		out->data.len--;
	if (text_ends(out->data, "\r"))
		out->data.len--;
	*broken = out->name.len == 0;
	return !*broken;
}
