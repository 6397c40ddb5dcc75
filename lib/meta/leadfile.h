/*
 * leadfile: the file of leads that Meta lets people download.
 *
 * Its first row names the columns: those of the lead itself, in any order and
 * some of them missing, then one for each question of the form, named by the
 * question's key.  Ids stand there with a prefix ("l:123", "f:456"), phone
 * numbers as "p:+353…" (contract 3.2).
 */
#ifndef META_LEADFILE_H
#define META_LEADFILE_H
#include "base/csv.h"
#include "meta/leadfields.h"
#include "meta/leadnode.h"

enum leadfile_role {
	LEADFILE_QUESTION = 0, /* an answer */
	LEADFILE_ID,
	LEADFILE_CREATED,
	LEADFILE_AD_ID,
	LEADFILE_AD_NAME,
	LEADFILE_ADSET_ID,
	LEADFILE_ADSET_NAME,
	LEADFILE_CAMPAIGN_ID,
	LEADFILE_CAMPAIGN_NAME,
	LEADFILE_FORM_ID,
	LEADFILE_FORM_NAME,
	LEADFILE_IS_ORGANIC,
	LEADFILE_PLATFORM,
	LEADFILE_STATUS,
	LEADFILE_ROLES
};

struct leadfile_column {
	enum leadfile_role role;
	const char *name;      /* as the file has it, without blanks around */
	enum lead_field field; /* of a question: what it seems to mean */
};

struct leadfile {
	struct leadfile_column *columns;
	size_t n, questions; /* columns in all; of them answers */
};

/* Is this the first row of such a file?  It is when it has the columns id,
 * created_time and form_id.  Upper case, and blanks or hyphens in place of "_",
 * make no difference.  Of two columns with one name the second is a question.
 * *out lives in `mem`. */
NODISCARD bool leadfile_recognise(struct arena *mem,
				  const struct csv_row *header,
				  struct leadfile *out);

/* A row, read by its columns.  Of `lead` the members that only Meta's API has
 * (partner_name, node, disclaimers, raw) are NULL. */
struct leadfile_lead {
	struct meta_lead lead;
	const char *form_name, *status; /* NULL when there is none */
	struct lead_answer *answers;	/* one for every question */
	size_t n;
	bool test; /* one of Meta's test leads */
};

/*
 * NULL, or what is wrong with the row as a sentence for people; *out is then
 * untouched.  What the row holds is copied into `mem`; the keys of the answers
 * belong to the file.
 *
 * Wrong are a row with a fault of its own, one with more cells than columns,
 * no id, and an id, form_id or created_time that spreadsheets have changed.
 * Cells missing at the end are empty ones; an ad's id that is none is left out.
 */
NODISCARD const char *leadfile_read(struct arena *mem, const struct leadfile *f,
				    const struct csv_row *row,
				    struct leadfile_lead *out);

/* A cell without Meta's prefix.  It goes only where the rest is what it should
 * be: the digits of an id; a phone number, nothing, or the words of a test lead. */
struct text leadfile_id(struct text cell);
const char *leadfile_answer(const char *cell);

#endif
