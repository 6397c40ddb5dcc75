/*
 * leadmail: letters to people who are given leads.  Owns table lead_news.
 *
 * Each person has chosen (app_user.lead_mail): at once, a letter for each lead
 * with its answers; once an hour, one letter that lists them; or none.  Who
 * has been sent 20 letters within 10 minutes gets what follows as a list, too.
 * What was recovered (submission.is_recovered) is called so in both, never new,
 * with the time when it was submitted; what a person gives is not recovered now.
 * Whoever is not active when a letter is carried does not get it.  Without a mail
 * server nothing is kept for later.
 */
#ifndef WORK_LEADMAIL_H
#define WORK_LEADMAIL_H
#include "base/task.h"

struct lead_news {
	int64_t lead_id, user_id;
	int64_t submission_id; /* that brought it; 0 = a person gave the lead */
	const char *way;       /* how that came; NULL = a person */
};

/* The lead belongs to this person from now on; within the transaction that
 * gave it, after the lead and its submission are stored.  History and files
 * send nobody a letter, nor does giving a lead to oneself. */
NODISCARD enum rc leadmail_given(struct task *t, const struct lead_news *n);
/* A further answer came to a lead that this person has. */
NODISCARD enum rc leadmail_again(struct task *t, const struct lead_news *n);
/* The worker's part: write the lists that are due. */
NODISCARD enum rc leadmail_due(struct task *t);
/* The person behind the lead is erased: so are letters that tell of it, sent
 * or not; 10,000 at most. */
NODISCARD enum rc leadmail_forget(struct task *t, int64_t lead_id);

#endif
