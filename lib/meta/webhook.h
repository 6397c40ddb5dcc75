/*
 * webhook: what Meta posts to us: signature, and payload into updates
 * (contract 1).
 */
#ifndef META_WEBHOOK_H
#define META_WEBHOOK_H
#include "base/task.h"
#include "base/text.h"

enum webhook_verdict {
	SIGNATURE_GOOD = 0,
	SIGNATURE_GOOD_ESCAPED, /* only over the \uXXXX form (contract 1.5) */
	SIGNATURE_MISSING,
	SIGNATURE_WRONG,
};

/* Judge `header` (X-Hub-Signature-256, NULL = none) over the raw body.
 * `secrets`: the app secret and, while it is rotated, the one before; NULL
 * at the end.  Constant time. */
enum webhook_verdict webhook_verify(struct arena *mem, struct text body,
				    const char *header,
				    const char *const *secrets);

enum webhook_kind {
	UPDATE_LEAD = 1, /* a leadgen change with a lead id */
	UPDATE_TEST,	 /* the dashboard's Test button (contract 1.3) */
	UPDATE_HINT,	 /* a page's leadgen change that names no lead: sent
			    while values are off (contract 1.2) */
	UPDATE_OTHER,	 /* anything else: acknowledged and recorded */
};

struct webhook_update {
	enum webhook_kind kind;
	const char *object;  /* "page"…; never NULL, maybe "" */
	const char *field;   /* "leadgen"…; never NULL, maybe "" */
	const char *lead_id; /* UPDATE_LEAD, UPDATE_TEST; else NULL */
	const char *page_id; /* value.page_id, else entry.id; or NULL */
	const char *form_id; /* or NULL */
	const char *ad_id;   /* NULL when missing, "" or 0 */
	struct when created; /* of the submission; {0} when missing */
};

enum {
	WEBHOOK_UPDATES = 10000
}; /* more in one body is E_INPUT; Meta
					   sends at most 1000 */

/* Every change of every entry, in order.  Sparse, unknown and ill-typed parts
 * become UPDATE_OTHER and never fail the rest.  E_INPUT only when the body is
 * no JSON object. */
NODISCARD enum rc webhook_parse(struct task *t, struct text body,
				struct webhook_update **out, size_t *n);

#endif
