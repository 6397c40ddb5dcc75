/*
 * cards: the integrations as cards, which several pages show: the list, and
 * the dialogs that stand before it.
 */
#ifndef WEB_CARDS_H
#define WEB_CARDS_H
#include "web/app.h"
#include "web/ledgerrow.h"
#include "web/progress.h"
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
	const char *counts; /* "16 leads today, 115 in 14 days" */
	int64_t n_pages;
	const char *assignment; /* "Round Robin, 5 people" */
	/* last sync; iso NULL = none yet */
	const char *sync_iso, *sync_full, *sync_ago;
	struct work_view *work;	      /* NULL: no sync runs */
	struct work_view *history;    /* NULL: none runs or is paused */
	bool polls;		      /* asks for itself while one runs */
	bool spins;		      /* its status is Syncing */
	const char *cause;	      /* of an error or warning; NULL */
	struct missing_view *missing; /* while nothing is wrong or at work */
	bool can_reconnect;	      /* the primary button of an error */
	bool may_change;	      /* Edit, Reconnect, Delete */
};
extern const struct tmpl_field card_fields[];

struct draft_view { /* a connection that was not finished */
	int64_t id;
	const char *name, *words;
	bool not_back; /* from Facebook: the usual reasons help */
	const char *when_iso, *when_full, *when_ago;
	struct url go_on;
};

struct cards_view {
	bool has_cards; /* cards or drafts */
	bool may_add, app_missing;
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
/* E_NOTFOUND. */
NODISCARD enum rc cards_one(struct req *r, int64_t integration_id,
			    struct card_view *out);
/* Fill in `missing`, whatever else the card says. */
NODISCARD enum rc cards_missing(struct req *r, struct card_view *c);
/* The page's title, its place in the menus, and the list in the background
 * of a dialog. */
NODISCARD enum rc cards_behind(struct req *r, const char *title,
			       struct cards_view **out);

/* Sets the title and the place in the menus of a page of this section. */
void cards_place(struct req *r, const char *title);
/* "Round Robin, 5 people", "Always NAME", "Unassigned". */
struct integration;
const char *assignment_words(struct req *r, const struct integration *i,
			     int64_t pool);

#endif
