/*
 * leadexport: leads of a filter as lines of a file, a part at a time, so that
 * any number takes the same memory.  Reads the tables of lead and submission.
 */
#ifndef CRM_LEADEXPORT_H
#define CRM_LEADEXPORT_H
#include "base/buf.h"
#include "crm/leadlist.h"

struct leadexport {
	struct lead_filter filter;
	struct lead_key place; /* {0} = the start; moves on */
	bool as_json;	       /* one JSON object a line, else CSV */
	bool with_bom;	       /* CSV: marked as UTF-8, which Excel needs */
	bool began;
};
/* The next part: up to 100 leads, in the order of the list, with the answers of
 * their newest submission (CSV) or of all of them (JSON; 200 at most).  Answers
 * over 64 KiB are left out, which the line says.  No cell is a formula. */
NODISCARD enum rc leadexport_next(struct task *t, struct leadexport *e,
				  struct buf *b, bool *last);

#endif
