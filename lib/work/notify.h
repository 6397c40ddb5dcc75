/*
 * notify: letters to people, each carried by a job.  Owns table mail.
 */
#ifndef WORK_NOTIFY_H
#define WORK_NOTIFY_H
#include "work/queue.h"

/* A letter to one address; plain text, lines as they are.  It is kept also
 * while no mail server is configured, and goes when there is one. */
NODISCARD enum rc notify_mail(struct task *t, const char *address,
			      const char *subject, const char *body);
/* The same to somebody who logs in: it reaches its person only while that one
 * is active, at the address of that moment, and goes with the data of its
 * lead. */
struct notice {
	const char *address, *subject, *body;
	int64_t user_id;  /* whom it is for; 0 = nobody who logs in */
	int64_t lead_id;  /* which lead alone it tells of; 0 = none */
	const char *link; /* ONETIME_… that a fresh link stands in the place of
			     NOTIFY_LINK for, made when the letter goes: so no
			     table holds it; NULL = none */
};
#define NOTIFY_LINK "{link}"
NODISCARD enum rc notify_letter(struct task *t, const struct notice *l,
				int64_t *id);
/* To every active Admin and SuperAdmin: errors and warnings of connections
 * that nobody was told of yet; logins that end in 14, 7 or 1 days. */
NODISCARD enum rc notify_troubles(struct task *t);
/* Delete letters of more than 30 days ago, sent or not; 500 at most. */
NODISCARD enum rc notify_purge(struct task *t);
/* The worker's part; the subject is a letter. */
NODISCARD enum rc notify_job(struct task *t, const struct job *j);

#endif
