/* url: addresses that are safe by their making. */
#include "web/url.h"

#include "base/buf.h"
#include "base/escape.h"

enum { URL_MAX = 4000, PHONE_MIN_DIGITS = 4 };

static const struct url none;

struct url
url_page(struct arena *mem, const char *root, const char *fmt, ...)
{
	const char *path;
	va_list args;

	va_start(args, fmt);
	path = arena_vfmt(mem, fmt, args);
	va_end(args);
	return (struct url){ arena_fmt(mem, "%s%s", root, path) };
}

struct url
url_icon(struct arena *mem, const char *root, const char *name)
{
	return (struct url){ arena_fmt(mem, "%s/icons.svg#%s", root, name) };
}

struct url
url_with(struct arena *mem, struct url u, const char *name, const char *value)
{
	struct buf b = buf_in(mem, URL_MAX);

	if (!u.safe)
		return none;
	buf_fmt(&b, "%s%c", u.safe, strchr(u.safe, '?') ? '&' : '?');
	escape_url(&b, text_of(name));
	buf_putc(&b, '=');
	escape_url(&b, text_of(value));
	return b.failed ? u : (struct url){ buf_str(&b) };
}

struct url
url_query(struct arena *mem, struct url u, const char *query)
{
	struct text rest = text_of(query), pair, name;

	while (text_take_part(&rest, '&', &pair)) {
		struct buf n = buf_in(mem, URL_MAX), v = buf_in(mem, URL_MAX);

		if (text_take_until(&pair, '=', &name) && name.len > 0 &&
		    unescape_url(&n, name, true) &&
		    unescape_url(&v, pair, true) && !n.failed && !v.failed)
			u = url_with(mem, u, buf_str(&n), buf_str(&v));
	}
	return u;
}

struct url
url_mail(struct arena *mem, const char *address)
{
	struct text t = text_trim(text_of(address));
	struct buf b = buf_in(mem, URL_MAX);
	size_t at = text_find(t, '@');

	if (at == 0 || at + 1 >= t.len || !text_is_utf8(t))
		return none;
	buf_puts(&b, "mailto:");
	escape_url(&b, text_first(t, at));
	buf_putc(&b, '@');
	escape_url(&b, text_from(t, at + 1));
	return b.failed ? none : (struct url){ buf_str(&b) };
}

struct url
url_tel(struct arena *mem, const char *phone)
{
	struct text t = text_trim(text_of(phone));
	struct buf b = buf_in(mem, 64);
	size_t digits = 0;

	buf_puts(&b, "tel:");
	for (size_t i = 0; i < t.len; i++) {
		char c = t.p[i];

		if (c >= '0' && c <= '9') {
			buf_putc(&b, c);
			digits++;
		} else if (c == '+' && digits == 0 && b.len == 4) {
			buf_putc(&b, c);
		} else if (!strchr(" -./()", c)) {
			return none;
		}
	}
	if (digits < PHONE_MIN_DIGITS || b.failed)
		return none;
	return (struct url){ buf_str(&b) };
}

static bool
is_clean(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.p[i] <= ' ' || t.p[i] == 0x7f ||
		    strchr("\\\"<>^`{|}", t.p[i]))
			return false;
	return text_is_utf8(t);
}

struct url
url_https(struct arena *mem, const char *address)
{
	struct text t = text_of(address);

	if (!text_starts(t, "https://") || t.len > URL_MAX || !is_clean(t))
		return none;
	return (struct url){ arena_str(mem, t) };
}

struct url
url_dialog(struct arena *mem, const char *dialog_url, const char *address)
{
	struct text t = text_of(address);
	struct text behind = text_from(t, strlen(dialog_url));

	if (!dialog_url[0] || !text_starts(t, dialog_url) ||
	    !text_starts(behind, "/") || t.len > URL_MAX || !is_clean(t))
		return none;
	return (struct url){ arena_str(mem, t) };
}

struct url
url_return(struct arena *mem, const char *root, const char *path)
{
	struct text t = text_of(path);

	if (!text_starts(t, "/") || text_starts(t, "//") || t.len > URL_MAX ||
	    !is_clean(t))
		return none;
	return (struct url){ arena_fmt(mem, "%s%.*s", root, TEXT_ARG(t)) };
}
