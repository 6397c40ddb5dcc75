/*
 * tmpl_html: walks the HTML of a template and tells where a value stands.
 */
#ifndef WEB_TMPL_HTML_H
#define WEB_TMPL_HTML_H
#include "base/text.h"
#include "web/tmpl.h"

enum html_state {
	HTML_TEXT = 0,
	HTML_TAG_START, /* behind "<" */
	HTML_TAG_NAME,
	HTML_TAG, /* between attributes */
	HTML_ATTR_NAME,
	HTML_ATTR_VALUE,  /* behind "=", no quote yet */
	HTML_ATTR_DOUBLE, /* inside "…" */
	HTML_ATTR_SINGLE, /* inside '…' */
	HTML_ATTR_BARE,	  /* an unquoted value */
	HTML_DECLARATION, /* <!doctype …> */
	HTML_COMMENT,
	HTML_RAW, /* content of script or style */
};

struct html_walk {
	enum html_state state;
	char tag[16], attr[24]; /* names, lower case, cut */
	size_t value_len;	/* of the attribute's value so far */
	size_t dashes;		/* at the end of a comment so far */
};

void html_walk(struct html_walk *w, struct text literal);
/* May a value of this field stand here?  NULL, or the reason why not. */
const char *html_refuses(const struct html_walk *w, const struct tmpl_field *f);
/* A value was printed here. */
void html_value(struct html_walk *w);
/* Do a section's two ends agree? */
bool html_same(const struct html_walk *a, const struct html_walk *b);

#endif
