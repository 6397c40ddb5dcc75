/*
 * mapping: answers of a form into fields of a lead: what people chose for the
 * form (crm/fieldmap), and what the kind of a question suggests
 * (meta/leadfields) where nobody chose.
 */
#ifndef WORK_MAPPING_H
#define WORK_MAPPING_H
#include "crm/fieldmap.h"
#include "crm/submission.h"
#include "meta/leadfields.h"

/* The target that a question has as long as nobody chose one; "" = none. */
const char *mapping_guess(const char *type, const char *key);

/* Answers as they are kept. */
struct submission_answer *mapping_kept(struct arena *mem,
				       const struct lead_answer *answers,
				       size_t n);
/* Of answers as Meta sent them.  `form_id` 0: a form that is not known. */
NODISCARD enum rc mapping_of_lead(struct task *t, int64_t form_id,
				  const struct lead_answer *answers, size_t n,
				  struct fieldmap_person *out);
/* Of answers as they are stored, by these rows. */
void mapping_of_stored(struct arena *mem, const struct fieldmap_row *rows,
		       size_t n_rows, const struct submission_answer *answers,
		       size_t n, struct fieldmap_person *out);

#endif
