/*
 * tmpl_private: a loaded template: a flat row of operations.
 */
#ifndef WEB_TMPL_PRIVATE_H
#define WEB_TMPL_PRIVATE_H
#include "web/tmpl.h"

enum tmpl_op_kind {
	OP_LITERAL = 1, /* print `text` */
	OP_VALUE,	/* print the field */
	OP_SECTION,	/* enter the field's section, or jump to `end` */
	OP_INVERSE,	/* the same when the field is empty */
	OP_END,		/* of the section that began at `start` */
};

struct tmpl_op {
	enum tmpl_op_kind kind;
	struct text text;
	const struct tmpl_field *field;
	size_t level;	   /* of the struct that holds the field; 0 = globals,
			   1 = the view, then a list's rows inwards */
	size_t start, end; /* places of the matching ops */
};

enum { TMPL_DEPTH = 8 };

struct tmpl {
	struct tmpl_op *ops;
	size_t n;
};

#endif
