/* mail: headers, and text that any mail server carries unchanged. */
#include "net/mail.h"

#include "base/buf.h"
#include "base/conf.h"
#include "base/escape.h"
#include "net/fetch.h"

enum {
	MESSAGE_MAX = 256 << 10,
	LINE_MAX_QP = 72, /* of a quoted-printable line (RFC 2045: 76) */
	WORD_RUNES = 4,	  /* of an encoded word: a line has 76 (RFC 2047) */
};

static const char hex[] = "0123456789ABCDEF";

bool
mail_is_set(const struct task *t)
{
	return t->conf->mail.smtp_url && t->conf->mail.smtp_url[0] &&
	       t->conf->mail.from && t->conf->mail.from[0];
}

/* "Leadport <crm@example.com>" or the address alone. */
static const char *
bare(struct arena *mem, const char *address)
{
	struct text t = text_trim(text_of(address)), rest = t, before, inner;

	if (text_take_until(&rest, '<', &before) &&
	    text_take_until(&rest, '>', &inner))
		t = text_trim(inner);
	return arena_str(mem, t);
}

/* Nothing that would end the header, or name a second recipient. */
static bool
is_address(const char *s)
{
	struct text t = text_of(s);

	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.p[i] <= ' ' || t.p[i] == 0x7f ||
		    strchr("<>,;:\"\\()", t.p[i]))
			return false;
	return text_find(t, '@') > 0 && text_find(t, '@') + 1 < t.len &&
	       t.len <= 254 && text_is_utf8(t);
}

static void
quote(struct buf *b, char c)
{
	buf_putc(b, '=');
	buf_putc(b, hex[(unsigned char)c >> 4]);
	buf_putc(b, hex[(unsigned char)c & 15]);
}

/* A header's text in encoded words, a few characters each, so that none is cut
 * in the middle (RFC 2047). */
static void
put_words(struct buf *b, struct text t)
{
	while (t.len > 0) {
		struct text word = text_cut(t, WORD_RUNES);

		buf_puts(b, "=?UTF-8?Q?");
		for (size_t i = 0; i < word.len; i++)
			quote(b, word.p[i]);
		buf_puts(b, "?=");
		t = text_from(t, word.len);
		if (t.len > 0)
			buf_puts(b, "\r\n ");
	}
}

static bool
is_plain(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.p[i] < ' ' || t.p[i] > '~' || t.p[i] == '=')
			return false;
	return t.len <= LINE_MAX_QP;
}

static void
put_header(struct buf *b, const char *name, const char *value)
{
	struct text t = text_of(value);

	buf_fmt(b, "%s: ", name);
	if (is_plain(t))
		buf_add(b, t);
	else
		put_words(b, t);
	buf_puts(b, "\r\n");
}

/* Quoted-printable (RFC 2045): every line end is a CRLF of ours. */
static void
put_body(struct buf *b, struct text t)
{
	size_t column = 0;

	for (size_t i = 0; i < t.len; i++) {
		char c = t.p[i];
		bool last = i + 1 == t.len || t.p[i + 1] == '\n';

		if (c == '\n') {
			buf_puts(b, "\r\n");
			column = 0;
			continue;
		}
		if (column >= LINE_MAX_QP) {
			buf_puts(b, "=\r\n");
			column = 0;
		}
		if (c == ' ' ? !last
			     : c > ' ' && c <= '~' && c != '=' &&
				       (c != '.' || column)) {
			buf_putc(b, c);
			column++;
		} else {
			quote(b, c);
			column += 3;
		}
	}
	buf_puts(b, "\r\n");
}

/* "Mon, 28 Sep 2026 14:02:07 +0000" */
static const char *
mail_date(struct arena *mem, struct when w)
{
	static const char *const days[] = { "Thu", "Fri", "Sat", "Sun",
					    "Mon", "Tue", "Wed" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
					      "May", "Jun", "Jul", "Aug",
					      "Sep", "Oct", "Nov", "Dec" };
	struct civil c = when_civil(w);

	return arena_fmt(mem, "%s, %d %s %d %02d:%02d:%02d +0000",
			 days[w.ms / DAY_MS % 7], c.day, months[c.month - 1],
			 c.year, c.hour, c.minute, c.second);
}

const char *
mail_message(struct task *t, const struct letter *l)
{
	struct buf b = buf_in(t->mem, MESSAGE_MAX);
	const char *from = t->conf->mail.from;
	struct text host = text_of(bare(t->mem, from)), local;

	if (!text_take_until(&host, '@', &local))
		host = TEXT("localhost");
	buf_fmt(&b, "Date: %s\r\n", mail_date(t->mem, t->now));
	buf_puts(&b, "From: ");
	escape_header(&b, text_of(from));
	buf_fmt(&b, "\r\nTo: <%s>\r\n", l->to);
	put_header(&b, "Subject", l->subject);
	buf_fmt(&b, "Message-ID: <%s@%.*s>\r\n", l->id, TEXT_ARG(host));
	buf_puts(&b, "MIME-Version: 1.0\r\n"
		     "Content-Type: text/plain; charset=utf-8\r\n"
		     "Content-Transfer-Encoding: quoted-printable\r\n"
		     "Auto-Submitted: auto-generated\r\n\r\n");
	put_body(&b, text_of(l->body));
	return b.failed ? NULL : buf_str(&b);
}

static bool
has_line_end(const char *s)
{
	return strchr(s, '\n') || strchr(s, '\r');
}

enum rc
mail_send(struct task *t, const struct letter *l)
{
	const struct conf *conf = t->conf;
	struct fetch_letter out = {
		.url = conf->mail.smtp_url,
		.user = conf->mail.user ? conf->mail.user : "",
		.password = conf->mail.password ? conf->mail.password : "",
		.to = l->to,
	};

	if (!is_address(l->to))
		return fail(t, E_INPUT, "mail: no address to send to");
	if (has_line_end(l->subject) || !text_is_utf8(text_of(l->subject)) ||
	    !text_is_utf8(text_of(l->body)))
		return fail(t, E_INPUT, "mail: subject or text not sendable");
	if (!mail_is_set(t))
		return fail(t, E_REMOTE, "mail: no server is configured");
	out.from = bare(t->mem, conf->mail.from);
	out.message = text_of(mail_message(t, l));
	if (!out.message.p)
		return fail(t, E_INPUT, "mail: too long");
	return fetch_mail(t, &out);
}
