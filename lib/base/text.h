/*
 * text: a piece of memory with a length, and cursors that eat from its front.
 *
 * A struct text owns nothing and needs no NUL at its end.  Every text_take_*
 * function moves `in` past what it took and returns true, or returns false
 * and leaves `in` and the out-parameter untouched; so they chain with &&.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H
#include "base/base.h"

struct text {
	const char *p; /* may be NULL when len is 0 */
	size_t len;    /* bytes */
};

#define TEXT(literal) ((struct text){ "" literal, sizeof(literal) - 1 })
#define TEXT_ARG(t) (int)(t).len, (t).p ? (t).p : "" /* for "%.*s" */

/* NULL becomes the empty text. */
struct text text_of(const char *s);

bool text_eq(struct text a, struct text b);
bool text_is(struct text a, const char *s);
bool text_eq_nocase(struct text a, struct text b); /* ASCII letters only */
bool text_starts(struct text t, const char *prefix);
bool text_ends(struct text t, const char *suffix);
/* Position of the first `c`, or t.len. */
size_t text_find(struct text t, char c);
/* Does `t` hold `needle` anywhere?  An empty needle is never found. */
bool text_has(struct text t, const char *needle);
/* From `n` bytes after the start to the end; empty when n is past it. */
struct text text_from(struct text t, size_t n);
struct text text_first(struct text t, size_t n);
/* Without ASCII white space at both ends. */
struct text text_trim(struct text t);

bool text_take_char(struct text *in, char c);
bool text_take_lit(struct text *in, const char *literal);
/* Decimal digits without sign, 0 to max. */
bool text_take_int(struct text *in, int64_t max, int64_t *out);
/* Up to `stop`, which is eaten and not part of *out; false if there is none. */
bool text_take_until(struct text *in, char stop, struct text *out);
/* Up to `stop` or the end; false only when `in` is empty. */
bool text_take_part(struct text *in, char stop, struct text *out);

/* The whole of `t` is a decimal number (one '-' allowed) within min..max. */
bool text_int(struct text t, int64_t min, int64_t max, int64_t *out);
/* 1 to 20 digits: the form of every id of Meta's (contract, rule 3). */
bool text_is_id(struct text t);
/* Exactly 2 * n hex digits of either case. */
bool text_unhex(struct text t, uint8_t *out, size_t n);

/* Valid UTF-8 (no surrogates, no overlong forms) and no NUL. */
bool text_is_utf8(struct text t);
/* Printable ASCII, or nothing: what a column of codes takes. */
bool text_is_code(struct text t);
/* Does it hold anything to see: not only blanks, controls and marks without a
 * width? */
bool text_is_visible(struct text t);
/* Eat one code point.  A wrong byte is eaten alone and gives U+FFFD. */
bool text_take_rune(struct text *in, uint32_t *rune);
/* Code points in `t`, wrong bytes counted singly. */
size_t text_runes(struct text t);
/* The first `max` code points of `t`. */
struct text text_cut(struct text t, size_t max);

#endif
