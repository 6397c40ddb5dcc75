/*
 * mail: one letter by SMTP, as conf.mail says.
 */
#ifndef NET_MAIL_H
#define NET_MAIL_H
#include "base/task.h"

struct letter {
	const char *to;	     /* one address */
	const char *subject; /* any script; no line ends */
	const char *body;    /* plain text, LF line ends */
	const char *id;	     /* of Message-ID, unique: "mail-17" */
};

/* Is a mail server configured? */
bool mail_is_set(const struct task *t);
/* E_INPUT: the address or the subject cannot be sent.  E_REMOTE: the mail
 * server did not take it; t->why says why, without address or text. */
NODISCARD enum rc mail_send(struct task *t, const struct letter *l);
/* The letter as it goes over the wire: headers, then quoted-printable text. */
const char *mail_message(struct task *t, const struct letter *l);

#endif
