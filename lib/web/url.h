/*
 * url: the only makers of struct url, the type that templates accept in
 * href, src and action.  Texts from outside cannot become one unseen.
 */
#ifndef WEB_URL_H
#define WEB_URL_H
#include "base/arena.h"
#include "base/base.h"

struct url {
	const char *safe; /* NULL = none: as a section it is false */
};

/* A page of ours.  `fmt` is a literal such as "/lead/%lld" and is given
 * numbers only; texts go through url_with. */
struct url url_page(struct arena *mem, const char *root, const char *fmt, ...)
	PRINTF(3, 4);
/* A symbol of htdocs/icons.svg; `name` is one of ours, never a text from
 * outside. */
struct url url_icon(struct arena *mem, const char *root, const char *name);
/* The same url with one more query parameter, its value escaped. */
struct url url_with(struct arena *mem, struct url u, const char *name,
		    const char *value);
/* The same url with a whole query that was kept ("source=meta&stage=new"):
 * read and written anew, what is broken in it dropped. */
struct url url_query(struct arena *mem, struct url u, const char *query);
/* mailto: and tel:; none when the text is no address, no number. */
struct url url_mail(struct arena *mem, const char *address);
struct url url_tel(struct arena *mem, const char *phone);
/* An https link from data; none for any other scheme. */
struct url url_https(struct arena *mem, const char *address);
/* The same for the login dialog: an address below `dialog_url`, which may be
 * http in a simulation. */
struct url url_dialog(struct arena *mem, const char *dialog_url,
		      const char *address);
/* A path of this site that a browser handed back to us ("/leads?after=…"):
 * starts with one slash, no backslash, no control character; else none. */
struct url url_return(struct arena *mem, const char *root, const char *path);

#endif
