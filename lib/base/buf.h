/*
 * buf: text that grows, up to a ceiling it was born with.
 *
 * Going over the ceiling is no crash: the buffer stays as it was and
 * remembers the failure, so a chain of appends needs one check at its end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H
#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"

struct buf {
	struct arena *mem;
	char *p; /* not terminated; see buf_str */
	size_t len, cap;
	size_t max;  /* ceiling in bytes */
	bool failed; /* an append did not fit; nothing was appended since */
};

struct buf buf_in(struct arena *mem, size_t max);

void buf_add(struct buf *b, struct text t);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_int(struct buf *b, int64_t n);
void buf_fmt(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_vfmt(struct buf *b, const char *fmt, va_list args) PRINTF(2, 0);
/* One code point as UTF-8. */
void buf_rune(struct buf *b, uint32_t rune);

struct text buf_text(const struct buf *b);
/* NUL-terminated; valid until the next append. */
const char *buf_str(struct buf *b);

#endif
