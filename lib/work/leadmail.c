/* leadmail: who is told of which lead, and in which words. */
#include "work/leadmail.h"

#include "base/buf.h"
#include "base/conf.h"
#include "base/escape.h"
#include "crm/lead.h"
#include "crm/submission.h"
#include "crm/user.h"
#include "db/db.h"
#include "net/mail.h"
#include "work/notify.h"

enum {
	LETTER_MAX = 60 << 10, /* bytes of a letter's text */
	ANSWERS_MAX = 40,      /* answers in a letter, each cut */
	QUESTION_MAX = 200,
	LIST_NAME_MAX = 80, /* in a list */
	ANSWER_MAX = 500,
	LISTED_MAX = 200, /* leads in a list */
	STORM = 20,	  /* letters within STORM_MS */
	STORM_MS = 10 * MINUTE_MS,
	DUE_MAX = 100, /* lists written in one round */
};

/* Answers that came late are stored after newer ones. */
#define SUBMITTED_LAST                                                         \
	"COALESCE(submitted_at, imported_at) DESC, id DESC LIMIT 1"

STATEMENT(leadmail_person,
	  "SELECT lead_mail, is_active,"
	  " (SELECT COUNT(*) FROM mail WHERE user_id = u.id"
	  " AND created_at > ?) AS n_sent,"
	  " EXISTS (SELECT 1 FROM lead_news WHERE user_id = u.id"
	  " AND mail_id IS NULL) AS waits"
	  " FROM app_user u WHERE id = ?");
STATEMENT(
	leadmail_wait,
	"INSERT INTO lead_news (user_id, lead_id, submission_id, is_again, at)"
	" VALUES (?, ?, NULLIF(?, 0), ?, ?)");
STATEMENT(
	leadmail_answer,
	"SELECT form_name, page_name, is_recovered, submitted_at, imported_at,"
	" IF(LENGTH(answers) <= 524288, answers, '') AS answers"
	" FROM submission WHERE lead_id = ? AND (? = 0 OR id = ?)"
	" ORDER BY " SUBMITTED_LAST);

/* Whose list is due: after an hour, or when a storm has passed. */
STATEMENT(leadmail_ripe,
	  "SELECT n.user_id AS id FROM lead_news n"
	  " JOIN app_user u ON u.id = n.user_id WHERE n.mail_id IS NULL"
	  " GROUP BY n.user_id, u.lead_mail, u.is_active"
	  " HAVING MIN(n.at) <= IF(u.lead_mail = 'digest' AND u.is_active,"
	  " ?, ?) ORDER BY n.user_id LIMIT 100");
STATEMENT(leadmail_take,
	  "SELECT id FROM lead_news WHERE user_id = ? AND mail_id IS NULL"
	  " ORDER BY id DESC LIMIT 1 FOR UPDATE");
/* A further answer that was taken out of its lead since is no news of it. */
STATEMENT(leadmail_listed,
	  "SELECT l.id, l.name, l.email, l.phone, l.is_test, n.is_again,"
	  " n.at, n.submission_id IS NOT NULL"
	  " AND COALESCE(s.is_recovered, 0) AS is_recovered, s.submitted_at,"
	  " COALESCE(s.form_name, '') AS form_name FROM lead_news n"
	  " JOIN `lead` l ON l.id = n.lead_id LEFT JOIN submission s"
	  " ON s.id = COALESCE(n.submission_id, (SELECT id FROM submission"
	  " WHERE lead_id = n.lead_id ORDER BY " SUBMITTED_LAST
	  ")) AND s.lead_id = n.lead_id WHERE n.user_id = ?"
	  " AND n.mail_id IS NULL AND n.id <= ? AND l.assignee_id = n.user_id"
	  " AND l.deleted_at IS NULL AND l.merged_into IS NULL"
	  " AND (NOT n.is_again OR s.id IS NOT NULL)"
	  " ORDER BY n.id LIMIT 201");
STATEMENT(leadmail_told, "UPDATE lead_news SET mail_id = ? WHERE user_id = ?"
			 " AND mail_id IS NULL AND id <= ?");
STATEMENT(leadmail_drop, "DELETE FROM lead_news WHERE user_id = ?"
			 " AND mail_id IS NULL AND id <= ?");

STATEMENT(leadmail_forget_one, "DELETE FROM mail WHERE lead_id = ?"
			       " LIMIT 10000");
STATEMENT(leadmail_forget_listed,
	  "DELETE FROM mail WHERE id IN (SELECT mail_id FROM lead_news"
	  " WHERE lead_id = ? AND mail_id IS NOT NULL) LIMIT 10000");
STATEMENT(leadmail_forget_waiting,
	  "DELETE FROM lead_news WHERE lead_id = ? LIMIT 10000");

/* ---- words ------------------------------------------------------------------ */

/* One line of at most `max` characters: what people and Meta write may hold
 * anything. */
static const char *
line(struct task *t, const char *words, size_t max)
{
	struct text cut = text_cut(text_trim(text_of(words)), max);
	struct buf b = buf_in(t->mem, LETTER_MAX);
	uint32_t c;

	while (text_take_rune(&cut, &c))
		buf_rune(&b, c < ' ' || (c >= 0x7f && c < 0xa0) ||
					     c == 0x2028 || c == 0x2029
				     ? ' '
				     : c);
	return buf_str(&b);
}

struct answer {
	const char *form_name, *page_name, *answers;
	bool is_recovered;
	struct when submitted_at, imported_at;
};

static void
put_fact(struct task *t, struct buf *b, const char *label, const char *value)
{
	if (value[0])
		buf_fmt(b, "%s: %s\n", label, line(t, value, ANSWER_MAX));
}

static enum rc
put_answers(struct task *t, struct buf *b, const struct answer *a)
{
	struct submission_answer *all = NULL;
	size_t n = 0;
	enum rc rc = OK;

	if (a->answers && a->answers[0])
		rc = submission_answers(t, a->answers, &all, &n);
	if (rc || n == 0)
		return rc;
	buf_puts(b, "\nAnswers\n");
	for (size_t i = 0; i < n && i < ANSWERS_MAX; i++) {
		const char *question =
			all[i].question[0] ? all[i].question : all[i].key;

		buf_fmt(b, "\n%s\n", line(t, question, QUESTION_MAX));
		buf_fmt(b, "  %s\n", line(t, all[i].value, ANSWER_MAX));
	}
	return OK;
}

static const char *
zone_of(const struct task *t, const struct user *u)
{
	return u->time_zone[0] ? u->time_zone : t->conf->site.time_zone;
}

static void
put_origin(struct task *t, struct buf *b, const struct user *u,
	   const struct answer *a)
{
	put_fact(t, b, "Form", a->form_name ? a->form_name : "");
	put_fact(t, b, "Page", a->page_name ? a->page_name : "");
	if (a->submitted_at.ms)
		put_fact(t, b, "Submitted",
			 when_full(t->mem, a->submitted_at, zone_of(t, u)));
	/* Whoever asked has been waiting, too. */
	if (a->is_recovered)
		buf_fmt(b,
			"\nThis answer is old: it was recovered only on %s.\n",
			when_full(t->mem, a->imported_at, zone_of(t, u)));
}

static void
put_end(struct task *t, struct buf *b)
{
	buf_fmt(b,
		"\nWhich of these mails you get is set in your account: "
		"%s/account\n",
		t->conf->site.base_url);
}

/* ---- one letter for one lead ---------------------------------------------- */

/* The one that brought the lead; of what a person gives, the last one. */
static enum rc
answer_of(struct task *t, const struct lead_news *n, struct answer *a)
{
	enum rc rc = db_one(
		t, &leadmail_answer,
		INS(IN(n->lead_id), IN(n->submission_id), IN(n->submission_id)),
		OUTS(OUT("form_name", &a->form_name),
		     OUT("page_name", &a->page_name),
		     OUT("is_recovered", &a->is_recovered),
		     OUT("submitted_at", &a->submitted_at),
		     OUT("imported_at", &a->imported_at),
		     OUT("answers", &a->answers)));

	if (rc == E_NOTFOUND) { /* made by hand */
		task_forgive(t);
		rc = OK;
	}
	if (!n->submission_id)
		a->is_recovered = false;
	return rc;
}

static const char *
subject_of(struct arena *mem, const struct lead *l, bool recovered, bool again,
	   const char *title)
{
	const char *what = again ? "Answered again" : "New lead";

	if (recovered)
		what = again ? "Recovered answer" : "Recovered lead";
	return arena_fmt(mem, "%s%s: %s", l->is_test ? "Test: " : "", what,
			 title);
}

static enum rc
write_one(struct task *t, const struct lead_news *n, const struct user *u,
	  bool again)
{
	struct buf b = buf_in(t->mem, LETTER_MAX);
	struct answer a = { 0 };
	struct lead l;
	const char *title;
	enum rc rc = lead_get(t, n->lead_id, &l);

	if (!rc)
		rc = answer_of(t, n, &a);
	if (rc)
		return rc;
	title = line(t, lead_title(&l), QUESTION_MAX);
	buf_fmt(&b, again ? "%s answered again.\n" : "%s is your lead now.\n",
		title);
	if (l.is_test)
		buf_puts(&b, "It is a test lead.\n");
	buf_fmt(&b, "%s/lead/%lld\n\n", t->conf->site.base_url,
		(long long)n->lead_id);
	put_fact(t, &b, "E-mail", l.email);
	put_fact(t, &b, "Phone", l.phone);
	put_fact(t, &b, "Company", l.company);
	put_origin(t, &b, u, &a);
	rc = put_answers(t, &b, &a);
	put_end(t, &b);
	if (rc)
		return rc;
	return notify_letter(
		t,
		&(struct notice){
			.address = u->email,
			.subject = subject_of(t->mem, &l, a.is_recovered, again,
					      title),
			.body = buf_str(&b),
			.user_id = u->id,
			.lead_id = n->lead_id,
		},
		NULL);
}

struct person {
	const char *lead_mail;
	bool is_active, waits;
	int64_t n_sent;
};

static enum rc
tell(struct task *t, const struct lead_news *n, bool again)
{
	struct person p = { 0 };
	struct user u;
	enum rc rc;

	/* Without a mail server there is nobody to tell, and news that come
	 * when there is one are old. */
	if (!mail_is_set(t) ||
	    (n->way ? !strcmp(n->way, "history") || !strcmp(n->way, "import")
		    : t->user_id == n->user_id))
		return OK;
	rc = db_one(t, &leadmail_person,
		    INS(IN(when_add(t->now, -STORM_MS)), IN(n->user_id)),
		    OUTS(OUT("lead_mail", &p.lead_mail),
			 OUT("is_active", &p.is_active),
			 OUT("n_sent", &p.n_sent), OUT("waits", &p.waits)));
	if (rc || !p.is_active || !strcmp(p.lead_mail, "off"))
		return rc;
	if (!strcmp(p.lead_mail, "digest") || p.waits || p.n_sent >= STORM)
		return db_exec(t, &leadmail_wait,
			       INS(IN(n->user_id), IN(n->lead_id),
				   IN(n->submission_id), IN(again), IN(t->now)),
			       NULL);
	rc = user_get(t, n->user_id, &u);
	return rc ? rc : write_one(t, n, &u, again);
}

enum rc
leadmail_given(struct task *t, const struct lead_news *n)
{
	return tell(t, n, false);
}

enum rc
leadmail_again(struct task *t, const struct lead_news *n)
{
	return tell(t, n, true);
}

/* ---- lists ------------------------------------------------------------------ */

struct listed {
	int64_t id;
	const char *name, *email, *phone, *form_name;
	bool is_test, is_again, is_recovered;
	struct when at, submitted_at;
};

static void
put_listed(struct task *t, struct buf *b, const struct user *u,
	   const struct listed *l)
{
	const char *title = lead_title_of(l->name, l->email, l->phone);
	struct when at = l->submitted_at.ms ? l->submitted_at : l->at;

	buf_fmt(b, "\n%s%s%s%s\n", line(t, title, LIST_NAME_MAX),
		l->is_again ? ", answered again" : "",
		l->is_recovered ? ", recovered" : "",
		l->is_test ? ", test lead" : "");
	buf_fmt(b, "  %s%s%s%s\n", line(t, l->form_name, LIST_NAME_MAX),
		l->form_name[0] ? ", " : "",
		l->submitted_at.ms ? "submitted " : "given to you ",
		when_full(t->mem, at, zone_of(t, u)));
	buf_fmt(b, "  %s/lead/%lld\n", t->conf->site.base_url,
		(long long)l->id);
}

static enum rc
list_leads(struct task *t, const struct user *u, int64_t up_to,
	   struct db_list *list)
{
	static const struct db_col cols[] = { COL(struct listed, id),
					      COL(struct listed, name),
					      COL(struct listed, email),
					      COL(struct listed, phone),
					      COL(struct listed, is_test),
					      COL(struct listed, is_again),
					      COL(struct listed, is_recovered),
					      COL(struct listed, at),
					      COL(struct listed, submitted_at),
					      COL(struct listed, form_name),
					      { 0 } };

	*list = (struct db_list){ .cols = cols,
				  .size = sizeof(struct listed),
				  .max = LISTED_MAX + 1 };
	return db_rows(t, &leadmail_listed, INS(IN(u->id), IN(up_to)), list);
}

static size_t
count_recovered(const struct db_list *list)
{
	const struct listed *all = list->rows;
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += all[i].is_recovered;
	return n;
}

static const char *
list_subject(struct arena *mem, size_t n, size_t recovered)
{
	const char *count = n > LISTED_MAX
				    ? arena_fmt(mem, "More than %d", LISTED_MAX)
				    : arena_fmt(mem, "%zu", n);
	const char *leads = n == 1 ? "lead" : "leads";

	if (recovered == n)
		return arena_fmt(mem, "%s recovered %s for you", count, leads);
	return arena_fmt(mem, "%s %s %s news for you%s", count, leads,
			 n == 1 ? "has" : "have",
			 recovered ? ", some recovered" : "");
}

static enum rc
write_list(struct task *t, const struct user *u, int64_t up_to,
	   const struct db_list *list)
{
	const struct listed *all = list->rows;
	size_t recovered = count_recovered(list);
	struct buf b = buf_in(t->mem, LETTER_MAX);
	struct notice letter = { .address = u->email, .user_id = u->id };
	int64_t id = 0;
	enum rc rc;

	letter.subject = list_subject(t->mem, list->n, recovered);
	buf_fmt(&b, "Given to you, or answered again:\n%s/leads\n",
		t->conf->site.base_url);
	if (recovered)
		buf_puts(&b, "Recovered ones are not new: they were submitted "
			     "some time before they came in.\n");
	for (size_t i = 0; i < list->n && i < LISTED_MAX; i++)
		put_listed(t, &b, u, &all[i]);
	put_end(t, &b);
	letter.body = buf_str(&b);
	rc = notify_letter(t, &letter, &id);
	if (rc)
		return rc;
	return db_exec(t, &leadmail_told, INS(IN(id), IN(u->id), IN(up_to)),
		       NULL);
}

/* The newest row is locked first: of two workers, the second waits there and
 * then finds none. */
static enum rc
one_list(struct task *t, void *arg)
{
	const int64_t *user_id = arg;
	struct db_list list = { 0 };
	int64_t up_to = 0;
	struct user u;
	enum rc rc = db_one(t, &leadmail_take, INS(IN(*user_id)),
			    OUTS(OUT("id", &up_to)));

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return OK;
	}
	if (!rc)
		rc = user_get(t, *user_id, &u);
	if (!rc)
		rc = list_leads(t, &u, up_to, &list);
	if (rc)
		return rc;
	if (!u.is_active || !strcmp(u.lead_mail, "off") || list.n == 0)
		return db_exec(t, &leadmail_drop, INS(IN(u.id), IN(up_to)),
			       NULL);
	return write_list(t, &u, up_to, &list);
}

enum rc
leadmail_due(struct task *t)
{
	struct ripe {
		int64_t id;
	};
	static const struct db_col cols[] = { COL(struct ripe, id), { 0 } };
	struct db_list list = { .cols = cols,
				.size = sizeof(struct ripe),
				.max = DUE_MAX };
	enum rc rc = db_rows(t, &leadmail_ripe,
			     INS(IN(when_add(t->now, -HOUR_MS)),
				 IN(when_add(t->now, -STORM_MS))),
			     &list);
	struct ripe *ripe = list.rows;

	for (size_t i = 0; !rc && i < list.n; i++)
		rc = db_tx(t, "leadmail_list", one_list, &ripe[i].id);
	return rc;
}

static enum rc
forget_one(struct task *t, int64_t lead_id)
{
	struct db_stmt *const all[] = { &leadmail_forget_one,
					&leadmail_forget_listed,
					&leadmail_forget_waiting };
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < COUNT(all); i++)
		rc = db_exec(t, all[i], INS(IN(lead_id)), NULL);
	return rc;
}

enum rc
leadmail_forget(struct task *t, int64_t lead_id)
{
	struct lead_id *all = NULL;
	size_t n = 0;
	enum rc rc = lead_with_parts(t, lead_id, &all, &n);

	for (size_t i = 0; !rc && i < n; i++)
		rc = forget_one(t, all[i].id);
	return rc;
}
