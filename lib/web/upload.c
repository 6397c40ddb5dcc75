/* upload: a multipart body read up to its file, then streamed. */
#include "web/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/log.h"
#include "db/site.h"
#include "web/form.h"
#include "web/io.h"

enum { HEAD_MAX = 64 << 10, PIECE = 16 << 10, NAME_MAX_RUNES = 120 };

struct uploading {
	struct text boundary; /* without its dashes */
	char *head;	      /* what was read so far */
	size_t n_head;
	size_t data_at; /* where the file begins in it */
	int64_t left;	/* bytes of the body not read yet */
	const char *name;
};

/* ---- up to the file ------------------------------------------------------------- */

static bool
read_more(struct uploading *u)
{
	size_t room = HEAD_MAX - u->n_head;
	size_t want = room < PIECE ? room : PIECE;
	size_t got;

	if ((int64_t)want > u->left)
		want = (size_t)u->left;
	got = io_read(u->head + u->n_head, want);
	u->n_head += got;
	u->left -= (int64_t)got;
	return got > 0;
}

/* Where the headers of the part with a file end; 0 = not read yet. */
static size_t
end_of_headers(struct text head, size_t from)
{
	for (size_t at = from; at + 4 <= head.len; at++)
		if (text_starts(text_from(head, at), "\r\n\r\n"))
			return at + 4;
	return 0;
}

static size_t
find(struct text in, const char *needle)
{
	size_t len = strlen(needle);

	for (size_t at = 0; at + len <= in.len; at++)
		if (memcmp(in.p + at, needle, len) == 0)
			return at;
	return in.len;
}

/* The last boundary line before `end`. */
static size_t
boundary_before(const struct uploading *u, size_t end)
{
	struct text head = { u->head, end };
	size_t found = end;

	for (size_t at = 0; at + u->boundary.len + 2 <= end; at++) {
		struct text line = text_from(head, at);

		if ((at == 0 || u->head[at - 1] == '\n') &&
		    text_starts(line, "--") &&
		    text_eq(text_first(text_from(line, 2), u->boundary.len),
			    u->boundary))
			found = at;
	}
	return found;
}

static const char *
name_of(struct arena *mem, struct text headers)
{
	struct text name =
		text_from(headers, find(headers, "filename=\"") + 10);

	name = text_first(name, text_find(name, '"'));
	name = text_first(name, text_find(name, '\r'));
	if (!text_is_utf8(name))
		return "";
	return arena_str(mem, text_cut(name, NAME_MAX_RUNES));
}

static enum rc
read_head(struct task *t, struct uploading *u, struct text *fields)
{
	struct text head = { u->head, 0 };
	size_t at, file, end = 0;

	do {
		head.len = u->n_head;
		file = find(head, "filename=\"");
		if (file < head.len)
			end = end_of_headers(head, file);
	} while (end == 0 && read_more(u));
	if (end == 0)
		return fail(t, E_INPUT, "no file came");
	at = boundary_before(u, file);
	if (at == file)
		return fail(t, E_INPUT, "broken multipart body");
	u->data_at = end;
	u->name = name_of(t->mem, text_from(text_first(head, end), file));
	*fields = text_of(arena_fmt(t->mem, "%.*s--%.*s--\r\n", (int)at,
				    u->head, TEXT_ARG(u->boundary)));
	return OK;
}

enum rc
upload_begin(struct task *t, const char *content_type, int64_t content_length,
	     struct uploading **out, struct text *fields)
{
	struct uploading *u = NEW(t->mem, struct uploading);

	if (!content_type || !form_boundary(content_type, &u->boundary))
		return fail(t, E_INPUT, "a body that is no form with a file");
	u->head = arena_alloc(t->mem, HEAD_MAX);
	u->left = content_length;
	*out = u;
	return read_head(t, u, fields);
}

/* ---- the file -------------------------------------------------------------------- */

/* Bytes that may be the beginning of the end are held back. */
struct stream {
	int fd;
	const char *end; /* CRLF, dashes, boundary */
	size_t n_end;
	char held[PIECE + 128];
	size_t n_held;
	int64_t size;
	bool closed; /* the end was seen */
};

static bool
put(struct stream *s, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t put = write(s->fd, s->held + done, n - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		done += (size_t)put;
	}
	s->size += (int64_t)n;
	memmove(s->held, s->held + n, s->n_held - n);
	s->n_held -= n;
	return true;
}

/* Write what is surely the file's. */
static bool
settle(struct stream *s)
{
	struct text held = { s->held, s->n_held };
	size_t at = find(held, s->end);

	if (at < held.len) {
		s->closed = true;
		return put(s, at);
	}
	return s->n_held < s->n_end || put(s, s->n_held - s->n_end + 1);
}

static bool
take(struct stream *s, struct text bytes)
{
	while (bytes.len > 0 && !s->closed) {
		size_t n = bytes.len < PIECE ? bytes.len : PIECE;

		memcpy(s->held + s->n_held, bytes.p, n);
		s->n_held += n;
		bytes = text_from(bytes, n);
		if (!settle(s))
			return false;
	}
	return true;
}

/* The whole body is read, also behind the file: a server that is not listened
 * to breaks the connection. */
static enum rc
stream(struct task *t, struct uploading *u, struct stream *s)
{
	char piece[PIECE];
	bool kept = take(s, (struct text){ u->head + u->data_at,
					   u->n_head - u->data_at });

	while (u->left > 0) {
		size_t want = u->left < PIECE ? (size_t)u->left : PIECE;
		size_t got = io_read(piece, want);

		if (got == 0)
			return fail(t, E_INPUT, "the file was cut off");
		u->left -= (int64_t)got;
		kept = kept && take(s, (struct text){ piece, got });
	}
	if (!kept)
		return fail(t, E_BUSY, "the disk did not take the file: %s",
			    strerror(errno));
	if (!s->closed)
		return fail(t, E_INPUT, "broken multipart body");
	return OK;
}

enum rc
upload_keep(struct task *t, struct uploading *u, struct upload *out)
{
	char *path = arena_fmt(t->mem, "%s.XXXXXX",
			       site_var(t->mem, t->conf, "upload"));
	const char *end =
		arena_fmt(t->mem, "\r\n--%.*s", TEXT_ARG(u->boundary));
	struct stream *s = NEW(t->mem, struct stream);
	enum rc rc;

	*s = (struct stream){ .end = end, .n_end = strlen(end) };
	s->fd = mkostemp(path, O_CLOEXEC);
	if (s->fd < 0)
		return fail(t, E_BUSY, "%s: %s", path, strerror(errno));
	*out = (struct upload){ .path = path, .name = u->name };
	rc = stream(t, u, s);
	if (close(s->fd) != 0 && !rc)
		rc = fail(t, E_BUSY, "%s: %s", path, strerror(errno));
	out->size = s->size;
	return rc;
}

void
upload_forget(const struct upload *u)
{
	if (u->path && unlink(u->path) != 0 && errno != ENOENT)
		log_warn("%s: %s", u->path, strerror(errno));
}
