/*
 * form: what a browser sends, read into a declared struct.
 *
 * A program names each field with its type and its limits; the handler sees
 * a filled struct or is not called.  Sources: path placeholders, the query
 * string, and for POST an urlencoded or multipart body.  A field that is
 * not declared, stands twice, is no UTF-8 or is broken in its encoding
 * is E_INPUT.  A declared field that is missing or outside its limits
 * becomes a fault with its own sentence.
 */
#ifndef WEB_FORM_H
#define WEB_FORM_H
#include "base/base.h"
#include "base/task.h"
#include "base/text.h"

enum form_kind {
	FORM_KIND_TEXT = 1, /* one line: trimmed, no control characters */
	FORM_KIND_LINES,    /* several lines: CRLF made LF, trimmed */
	FORM_KIND_SECRET,   /* passwords: any characters, kept as typed */
	FORM_KIND_INT,
	FORM_KIND_FLAG,	  /* checkbox: "1" or "on"; absent is false */
	FORM_KIND_CHOICE, /* one of a list */
	FORM_KIND_LIST,	  /* checkboxes of one name: any number of texts */
};

struct form_list {
	const char **at;
	size_t n;
};
enum { FORM_LIST_MAX = 5000 }; /* texts of one list */
bool form_list_has(const struct form_list *list, const char *text);

struct form_field {
	const char *name;
	enum form_kind kind;
	size_t offset;
	int64_t min, max; /* INT: value; texts: code points */
	bool optional;	  /* INT, CHOICE: absent or "" gives fallback */
	int64_t fallback;
	const char *const *choices; /* NULL at the end; the first one is
					   the fallback of an optional CHOICE */
};

/* The member's C type is checked: a wrong one does not compile. */
#define FORM_AT(type, member, ctype)                                           \
	(offsetof(type, member) +                                              \
	 0 * sizeof(_Generic(((type *)0)->member, ctype : 1)))
/* A text with min 0 may be missing and is then "". */
#define FORM_TEXT(type, member, lo, hi)                                        \
	{                                                                      \
		.name = #member, .kind = FORM_KIND_TEXT, .min = (lo),          \
		.max = (hi), .offset = FORM_AT(type, member, const char *)     \
	}
#define FORM_LINES(type, member, lo, hi)                                       \
	{                                                                      \
		.name = #member, .kind = FORM_KIND_LINES, .min = (lo),         \
		.max = (hi), .offset = FORM_AT(type, member, const char *)     \
	}
#define FORM_SECRET(type, member, lo, hi)                                      \
	{                                                                      \
		.name = #member, .kind = FORM_KIND_SECRET, .min = (lo),        \
		.max = (hi), .offset = FORM_AT(type, member, const char *)     \
	}
#define FORM_INT(type, member, lo, hi)                                         \
	{                                                                      \
		.name = #member, .kind = FORM_KIND_INT, .min = (lo),           \
		.max = (hi), .offset = FORM_AT(type, member, int64_t)          \
	}
#define FORM_INT_OR(type, member, lo, hi, other)                               \
	{                                                                      \
		.name = #member, .kind = FORM_KIND_INT, .min = (lo),           \
		.max = (hi), .optional = true, .fallback = (other),            \
		.offset = FORM_AT(type, member, int64_t)                       \
	}
#define FORM_FLAG(type, member)                                                \
	{                                                                      \
		.name = #member, .kind = FORM_KIND_FLAG,                       \
		.offset = FORM_AT(type, member, bool)                          \
	}
#define FORM_CHOICE(type, member, list)                                        \
	{                                                                      \
		.name = #member, .kind = FORM_KIND_CHOICE, .choices = (list),  \
		.offset = FORM_AT(type, member, const char *)                  \
	}

/* Texts of up to `hi` characters each; none at all is an empty list. */
#define FORM_LIST(type, member, hi)                                            \
	{                                                                      \
		.name = #member, .kind = FORM_KIND_LIST, .max = (hi),          \
		.offset = FORM_AT(type, member, struct form_list)              \
	}

enum { FORM_FAULTS = 16, FORM_FIELDS = 6000 };
struct form_fault {
	const char *field;
	const char *words; /* "Enter 12 characters or more." */
};
struct form_faults {
	struct form_fault at[FORM_FAULTS];
	size_t n;
};

struct form_source {
	const char *path_name;	/* name of the route's placeholder, or NULL */
	struct text path_value; /* as PATH_INFO has it: decoded already */
	struct text query;
	struct text body;
	const char *content_type; /* of the body; NULL = no body */
};

/*
 * Fill `out` (zeroed by the caller) by `fields` (ended by { 0 }; NULL = none
 * declared).  A field "csrf" is taken aside into *csrf (may be NULL) and never
 * undeclared.  Returns OK also with faults: then out holds what was typed,
 * so that the page can be shown again.  E_INPUT for everything malformed.
 */
NODISCARD enum rc form_read(struct task *t, const struct form_source *src,
			    const struct form_field *fields, void *out,
			    struct form_faults *faults, const char **csrf);
void form_fault(struct form_faults *f, const char *field, const char *words);
/* The words for one field, or NULL. */
const char *form_fault_of(const struct form_faults *f, const char *field);

/* Value of a cookie in a Cookie header, or NULL; the first of that name. */
const char *form_cookie(struct arena *mem, const char *header,
			const char *name);

/* One part of a multipart body. */
struct form_part {
	struct text name;
	struct text filename; /* p == NULL: no file */
	struct text data;
};
/* Next part of `rest`, which begins at a boundary line.  False at the end;
 * *broken tells whether it ended as it should. */
bool form_next_part(struct text *rest, struct text boundary,
		    struct form_part *out, bool *broken);
/* The boundary parameter of a multipart/form-data content type. */
bool form_boundary(const char *content_type, struct text *out);

#endif
