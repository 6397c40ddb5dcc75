/*
 * json: reading JSON through cJSON with its teeth drawn, and writing it.
 *
 * cJSON reads numbers as doubles, but Meta's ids reach 17 digits (contract,
 * rule 3).  Integer literals of 16 digits or more are therefore turned into
 * strings before cJSON sees them.  Refused: trailing text, duplicate keys,
 * bytes that are no UTF-8, more than 32 levels.  \u0000 and half a surrogate
 * pair, which no C string and no database can hold, become U+FFFD.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H
#include "base/arena.h"
#include "base/base.h"
#include "base/buf.h"
#include "base/text.h"

/* A value inside a parsed document; lives in the arena.  NULL means "not
 * there", and every function below takes it for an answer. */
struct json;

/* NULL and a few words in *why when `doc` is not acceptable. */
const struct json *json_parse(struct arena *mem, struct text doc,
			      const char **why);

/* Member of an object; exact case. */
const struct json *json_get(const struct json *j, const char *key);
/* Walk the members of an object or the elements of an array. */
const struct json *json_first(const struct json *j);
const struct json *json_next(const struct json *j);
const char *json_key(const struct json *j);
bool json_is_array(const struct json *j);
bool json_is_object(const struct json *j);

/* The string, or NULL when it is none. */
const char *json_text(const struct json *j);
/* The string, or `otherwise`. */
const char *json_text_or(const struct json *j, const char *otherwise);
/* An id as decimal text, from a string of digits or a whole number; NULL
 * otherwise. */
const char *json_id(const struct json *j);
/* A whole number, also as string of digits. */
NODISCARD bool json_int(const struct json *j, int64_t *out);
/* true/false, 1/0, and these as strings ("" counts as false). */
NODISCARD bool json_bool(const struct json *j, bool *out);
/* The value as compact JSON text: strings quoted, ids as they were. */
void json_print(const struct json *j, struct buf *to);

/* Writing: commas are set by themselves; strings go through escape_json. */
struct json_out {
	struct buf *to;
	bool comma; /* a value stands before: the next needs a comma */
};
void json_open(struct json_out *o, char bracket);  /* '{' or '[' */
void json_close(struct json_out *o, char bracket); /* '}' or ']' */
void json_name(struct json_out *o, const char *name);
void json_put(struct json_out *o, const char *text); /* NULL = null */
void json_put_text(struct json_out *o, struct text text);
void json_put_int(struct json_out *o, int64_t n);
void json_put_bool(struct json_out *o, bool b);

#endif
