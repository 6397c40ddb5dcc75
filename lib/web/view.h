/*
 * view: words and signs that several pages share.
 */
#ifndef WEB_VIEW_H
#define WEB_VIEW_H
#include "base/arena.h"
#include "base/base.h"

struct stage_view {
	const char *stage; /* "new" */
	const char *title; /* "New" */
	const char *class; /* of the status badge */
	const char *icon;  /* symbol of icons.svg */
};
/* An unknown stage looks like a new one. */
const struct stage_view *view_stage(const char *stage);

/* "Facebook", "Instagram", or what Meta says. */
const char *view_platform(const char *platform);
/* First characters of the first and the last word: "TN". */
const char *view_initials(struct arena *mem, const char *name);
/* "12", "1,204". */
const char *view_number(struct arena *mem, int64_t n);
/* "1 lead", "1,204 leads". */
const char *view_count(struct arena *mem, int64_t n, const char *one,
		       const char *many);
/* Where counting was cut short (`more`): "At least 3 leads", "No leads so far". */
const char *view_least(struct arena *mem, int64_t n, bool more, const char *one,
		       const char *many);

#endif
