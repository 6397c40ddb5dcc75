/*
 * escape: one function per sink.  The name at the call says where the text
 * goes; each takes any bytes and writes only what is harmless there.
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H
#include "base/buf.h"
#include "base/text.h"

/* Element content and quoted attribute values.  Control characters but tab
 * and newline, and bytes that are no UTF-8, become U+FFFD. */
void escape_html(struct buf *b, struct text t);
/* The inside of a JSON string, safe within HTML too (<, >, &, U+2028/9). */
void escape_json(struct buf *b, struct text t);
/* One component of a URL's path or query (RFC 3986 unreserved kept). */
void escape_url(struct buf *b, struct text t);
/* One line of a log: control characters and non-UTF-8 as \xNN, cut at 500
 * bytes of output. */
void escape_log(struct buf *b, struct text t);
/* The value of an HTTP or mail header: CR, LF and other controls dropped. */
void escape_header(struct buf *b, struct text t);
/* One CSV field, quoted; =, +, -, @, tab and CR at its start are preceded by
 * an apostrophe so that no spreadsheet runs it as a formula. */
void escape_csv(struct buf *b, struct text t);

/* %XX and (in forms) '+' undone; false on a broken escape or a %00. */
bool unescape_url(struct buf *b, struct text t, bool plus_is_space);

#endif
