/*
 * leadmail: letters to people who are given leads.  Owns table lead_news.
 *
 * Each person has chosen (app_user.lead_mail): at once, a letter for each lead
 * with its answers; once an hour, one letter that lists them; or none.  Who
 * has been sent 20 letters within 10 minutes gets what follows as a list, too.
 * What was recovered (submission.is_recovered) is called so in both, never new,
 * with the time when it was submitted.
 * Whoever is not active when a letter is carried does not get it.  Without a mail
 * server nothing is kept for later.
 */
#ifndef WORK_LEADMAIL_H
#define WORK_LEADMAIL_H
#include "base/task.h"

/* The lead belongs to this person from now on; within the transaction that
 * gave it, after the lead and its submission are stored.  `way` is how the
 * submission came, NULL when a person gave the lead.  History and files send
 * nobody a letter, nor does giving a lead to oneself. */
NODISCARD enum rc leadmail_given(struct task *t, int64_t lead_id,
				 int64_t user_id, const char *way);
/* A further answer came to a lead that this person has. */
NODISCARD enum rc leadmail_again(struct task *t, int64_t lead_id,
				 int64_t user_id, const char *way);
/* The worker's part: write the lists that are due. */
NODISCARD enum rc leadmail_due(struct task *t);
/* The person behind the lead is erased: so are letters that tell of it, sent
 * or not; 10,000 at most. */
NODISCARD enum rc leadmail_forget(struct task *t, int64_t lead_id);

#endif
