/*
 * route: which row of a program's table a request means.
 */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H
#include "base/arena.h"
#include "base/text.h"
#include "web/app.h"

struct route_match {
	const struct route *route; /* NULL: none for this method */
	bool path_known;	   /* some row has this path: 405, not 404 */
	const char *path_name;	   /* the placeholder's name, or NULL */
	struct text path_value;	   /* decoded by the server already */
	const char *allow;	   /* methods of this path, "GET, POST" */
};

struct route_match route_find(struct arena *mem, const struct route *routes,
			      size_t n, enum method method, const char *path);

/* GET for "GET" and "HEAD"; 0 for a method that no route can have. */
enum method method_of(const char *name);
const char *method_name(enum method m);

/* The path of a request, "/lead/7", from the program's own name in
 * SCRIPT_NAME ("/crm/cgi-bin/lead.fcgi") and PATH_INFO ("/7"). */
const char *route_path(struct arena *mem, const char *script_name,
		       const char *path_info);

#endif
