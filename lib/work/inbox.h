/*
 * inbox: what Meta posted: stored first, opened later.  Owns tables receipt,
 * refused_delivery and refused_streak.
 */
#ifndef WORK_INBOX_H
#define WORK_INBOX_H
#include "base/task.h"
#include "base/text.h"
#include "meta/webhook.h"

/* One INSERT that commits by itself: after OK the delivery is ours, and only
 * then may Meta be told so. */
NODISCARD enum rc inbox_store(struct task *t, struct text body,
			      enum webhook_verdict verdict, int64_t *id);
/* Count a delivery whose signature did not hold; its body is not kept. */
NODISCARD enum rc inbox_refuse(struct task *t, enum webhook_verdict verdict);

struct inbox_streak {
	int64_t n; /* 0 = none */
	struct when since;
};
/* So many are no stranger's try: the app secret is not the one at Meta, unless
 * Meta says that it is. */
enum { INBOX_STREAK_MANY = 3 };
/* Wrong signatures in a row: since the last one that held, or the secret was
 * entered anew.  A delivery without a signature is not Meta's. */
NODISCARD enum rc inbox_streak(struct task *t, struct inbox_streak *out);

/* Open up to 20 new receipts: one job per lead id, a sync of the integration
 * when a page's change names no lead, test events and unknown updates counted.  Safe beside other workers.  `mem` serves one receipt after
 * the other.  *opened: how many. */
NODISCARD enum rc inbox_open(struct task *t, struct arena *mem,
			     int64_t *opened);
/* Delete receipts that were opened or refused and are older than
 * limits.receipt_days, 10,000 at most. */
NODISCARD enum rc inbox_purge(struct task *t);

#endif
