/*
 * cards: the integrations as cards, which several pages show: the list, and
 * the dialogs that stand before it.
 */
#ifndef WEB_CARDS_H
#define WEB_CARDS_H
#include "web/app.h"
#include "web/way.h"

struct bar_view { /* one day of the last 14, as a bar of an svg */
	int64_t x, y, height;
	const char *class; /* "today", "low" or NULL */
};
struct card_view {
	int64_t id;
	const char *name, *description;
	struct status_view *status;
	struct bar_view *bars;
	size_t n_bars;
	const char *counts;	/* "16 leads today, 115 in 14 days" */
	int64_t n_pages;
	const char *assignment; /* "Round Robin, 5 people" */
	/* last sync; iso NULL = none yet */
	const char *sync_iso, *sync_full, *sync_ago;
	bool is_syncing;
	const char *work;	/* "Reading form 3 of 7" */
	int64_t work_done, work_all;
	const char *work_words; /* "412 of about 960 leads" */
	const char *cause;	/* of an error or warning; NULL */
	bool can_reconnect;	/* the primary button of an error */
	struct url poll;	/* asked for while it syncs */
};
extern const struct tmpl_field card_fields[];

struct draft_view { /* a connection that was not finished */
	int64_t id;
	const char *name, *words;
	const char *when_ago;
	struct url go_on;
};

struct cards_view {
	bool has_cards, may_add, app_missing;
	struct card_view *cards; /* errors first, then those at work */
	size_t n;
	struct draft_view *drafts;
	size_t n_drafts;
	struct trouble_view *worst; /* or NULL */
	const char *worst_heading;
	const char *superadmin; /* who sets up the app */
};
extern const struct tmpl_field cards_fields[];

NODISCARD enum rc cards_load(struct req *r, struct cards_view *out);
NODISCARD enum rc cards_one(struct req *r, int64_t integration_id,
			    struct card_view *out);
/* The page's title, its place in the menus, and the list in the background
 * of a dialog. */
NODISCARD enum rc cards_behind(struct req *r, const char *title,
			       struct cards_view **out);

#endif
