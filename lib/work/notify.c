/* notify: letters queued, troubles told. */
#include "work/notify.h"

#include "base/buf.h"
#include "base/conf.h"
#include "base/log.h"
#include "crm/onetime.h"
#include "crm/owner.h"
#include "crm/trouble.h"
#include "crm/user.h"
#include "db/db.h"
#include "net/mail.h"

enum { LETTER_MAX = 16 << 10, KEPT_DAYS = 30, FORMS_TOLD = 20 };

STATEMENT(mail_insert,
	  "INSERT INTO mail (address, subject, body, user_id, lead_id, link,"
	  " created_at) VALUES (?, ?, ?, NULLIF(?, 0), NULLIF(?, 0), ?, ?)");
STATEMENT(mail_read,
	  "SELECT COALESCE(u.email, m.address) AS address, m.subject, m.body,"
	  " m.link, COALESCE(m.user_id, 0) AS user_id"
	  " FROM mail m LEFT JOIN app_user u ON u.id = m.user_id"
	  " WHERE m.id = ? AND m.sent_at IS NULL"
	  " AND (m.user_id IS NULL OR u.is_active)");
STATEMENT(mail_sent, "UPDATE mail SET sent_at = ? WHERE id = ?");
STATEMENT(mail_purge, "DELETE FROM mail WHERE created_at < ? LIMIT 500");

enum rc
notify_letter(struct task *t, const struct notice *l, int64_t *id)
{
	int64_t mail_id = 0;
	enum rc rc = db_insert(t, &mail_insert,
			       INS(IN(l->address),
				   IN(text_cut(text_of(l->subject), 255)),
				   IN(l->body), IN(l->user_id), IN(l->lead_id),
				   IN(l->link ? l->link : ""), IN(t->now)),
			       &mail_id);

	if (!rc)
		rc = queue_add(t, JOB_MAIL, mail_id);
	if (!rc && id)
		*id = mail_id;
	return rc;
}

enum rc
notify_mail(struct task *t, const char *address, const char *subject,
	    const char *body)
{
	return notify_letter(t,
			     &(struct notice){ .address = address,
					       .subject = subject,
					       .body = body },
			     NULL);
}

enum rc
notify_purge(struct task *t)
{
	return db_exec(t, &mail_purge,
		       INS(IN(when_add(t->now, -KEPT_DAYS * DAY_MS))), NULL);
}

/* ---- troubles ------------------------------------------------------------------- */

/* To every active Admin and SuperAdmin. */
static enum rc
to_admins(struct task *t, const char *subject, const char *body)
{
	struct user *users = NULL;
	size_t n = 0;
	enum rc rc = user_list(t, &users, &n);

	for (size_t i = 0; !rc && i < n; i++)
		if (users[i].is_active && users[i].role >= ROLE_ADMIN)
			rc = notify_mail(t, users[i].email, subject, body);
	return rc;
}

static const char *
subject_of(const struct trouble *tr)
{
	if (tr->page_name[0])
		return tr->page_name;
	return tr->integration_name[0] ? tr->integration_name : "Meta app";
}

static const char *
link_to(struct task *t, const struct trouble *tr)
{
	const char *base = t->conf->site.base_url;

	if (!tr->integration_id)
		return arena_fmt(t->mem, "%s/platform", base);
	return arena_fmt(t->mem, "%s/integration/%lld", base,
			 (long long)tr->integration_id);
}

/* On one line: names at Meta may hold anything. */
static const char *
one_line(struct task *t, const char *words)
{
	char *line = arena_str(t->mem, text_of(words));

	for (char *c = line; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	return line;
}

/* Troubles that stand now, and the one at hand. */
struct telling {
	const struct trouble *all;
	size_t n, i;
};

static bool
same_cause(const struct trouble *a, const struct trouble *b)
{
	return a->integration_id == b->integration_id &&
	       !strcmp(a->reason, b->reason);
}

/* The letter about a login tells of its pages, too, and that about a page or a
 * form of the others that are told now. */
static bool
is_told_with_another(const struct telling *w)
{
	const struct trouble *tr = &w->all[w->i];

	if (strcmp(tr->scope, TROUBLE_PAGE) != 0 &&
	    strcmp(tr->scope, TROUBLE_FORM) != 0)
		return false;
	for (size_t k = 0; k < w->n; k++)
		if (k != w->i && same_cause(&w->all[k], tr) &&
		    (!strcmp(w->all[k].scope, TROUBLE_OWNER) ||
		     (k < w->i && !w->all[k].mailed_at.ms)))
			return true;
	return false;
}

static void
put_pages(struct buf *b, const struct telling *w)
{
	const char *before = "Pages: ";
	const struct trouble *tr = &w->all[w->i];

	for (size_t k = 0; k < w->n; k++) {
		if (strcmp(w->all[k].scope, TROUBLE_PAGE) != 0 ||
		    !same_cause(&w->all[k], tr))
			continue;
		buf_fmt(b, "%s%s", before, w->all[k].page_name);
		before = ", ";
	}
	if (before[0] == ',')
		buf_puts(b, "\n\n");
}

/* The one at hand is in the letter's sentence. */
static void
put_forms(struct task *t, struct buf *b, const struct telling *w)
{
	const struct trouble *tr = &w->all[w->i];
	size_t n = 0;

	for (size_t k = w->i + 1; k < w->n; k++) {
		if (strcmp(w->all[k].scope, TROUBLE_FORM) != 0 ||
		    w->all[k].mailed_at.ms || !same_cause(&w->all[k], tr))
			continue;
		if (n++ < FORMS_TOLD)
			buf_fmt(b, "%s%s (%s)\n", n == 1 ? "Also:\n" : "",
				one_line(t, w->all[k].detail),
				one_line(t, w->all[k].page_name));
	}
	if (n > FORMS_TOLD)
		buf_fmt(b, "and %zu more\n", n - FORMS_TOLD);
	if (n > 0)
		buf_putc(b, '\n');
}

static enum rc
write_letter(struct task *t, const struct telling *w)
{
	const struct trouble *tr = &w->all[w->i];
	const char *zone = t->conf->site.time_zone;
	const struct reason *r = reason_of(tr->reason);
	struct reason_facts f = trouble_facts(t->mem, tr, zone, "");
	struct buf b = buf_in(t->mem, LETTER_MAX);

	buf_fmt(&b, "%s\n\n%s\n\n", subject_of(tr),
		reason_sentence(t->mem, r, &f));
	put_pages(&b, w);
	put_forms(t, &b, w);
	if (r->button)
		buf_fmt(&b, "%s: %s\n\n", r->button, link_to(t, tr));
	else
		buf_fmt(&b, "%s\n\n", link_to(t, tr));
	buf_fmt(&b, "Since %s.\n", when_full(t->mem, tr->since, zone));
	return to_admins(t,
			 one_line(t, arena_fmt(t->mem, "%s: %s", subject_of(tr),
					       reason_card(t->mem, r, &f))),
			 buf_str(&b));
}

/* 14, 7 or 1: the letter that is due when so many days are left. */
static int64_t
letter_day(int64_t days)
{
	static const int64_t marks[] = { 1, 7, 14 };

	for (size_t i = 0; i < COUNT(marks); i++)
		if (days <= marks[i])
			return marks[i];
	return 0;
}

static bool
has_clock(const struct trouble *tr)
{
	return !strcmp(tr->reason, "token_ends") ||
	       !strcmp(tr->reason, "data_ends");
}

/* A login that ends is told three times, everything else once. */
static enum rc
is_due(struct task *t, const struct trouble *tr, bool *due)
{
	int64_t days =
		when_days_between(t->now, tr->until, t->conf->site.time_zone);
	struct owner o;
	enum rc rc;

	*due = !tr->mailed_at.ms &&
	       (reason_of(tr->reason)->level == REASON_ERROR ||
		!strcmp(tr->reason, "version_ends") ||
		!strcmp(tr->reason, "drill_failed") ||
		!strcmp(tr->reason, "leads_missing") ||
		!strcmp(tr->reason, "form_silent"));
	if (!has_clock(tr))
		return OK;
	rc = owner_get(t, tr->subject_id, &o);
	if (rc)
		return rc;
	*due = letter_day(days) &&
	       (!o.warned_days || letter_day(days) < o.warned_days);
	return *due ? owner_warned(t, o.id, letter_day(days)) : OK;
}

/* The row is locked by the first update: two workers write one letter. */
static enum rc
tell(struct task *t, void *arg)
{
	const struct telling *w = arg;
	const struct trouble *tr = &w->all[w->i];
	bool due = false;
	enum rc rc = is_due(t, tr, &due);

	if (rc == E_NOTFOUND) { /* the login went meanwhile */
		task_forgive(t);
		return OK;
	}
	if (!rc && due)
		rc = trouble_mailed(t, tr);
	if (rc == E_CONFLICT) { /* another worker has told it */
		task_forgive(t);
		return OK;
	}
	if (rc || !due || is_told_with_another(w))
		return rc;
	return write_letter(t, w);
}

enum rc
notify_troubles(struct task *t)
{
	struct trouble *all = NULL;
	size_t n = 0;
	enum rc rc;

	/* Told when there is a mail server, if they still stand then. */
	if (!mail_is_set(t))
		return OK;
	rc = trouble_list(t, 0, &all, &n);
	for (size_t i = 0; !rc && i < n; i++)
		if (!all[i].mailed_at.ms || has_clock(&all[i]))
			rc = db_tx(t, "notify_trouble", tell,
				   &(struct telling){ all, n, i });
	return rc;
}

/* ---- the job ---------------------------------------------------------------------- */

static enum rc
keep_sent(struct task *t, void *arg)
{
	const struct job *j = arg;
	enum rc rc = queue_done(t, j);

	return rc ? rc
		  : db_exec(t, &mail_sent,
			    INS(IN(t->now), IN(queue_subject(j))), NULL);
}

static enum rc
put_link(struct task *t, const char *purpose, int64_t user_id, struct letter *l)
{
	const char *place = strstr(l->body, NOTIFY_LINK), *token = NULL;
	enum rc rc;

	if (!purpose[0] || !place || !mail_is_set(t))
		return OK;
	rc = onetime_make(t, purpose, user_id, &token);
	if (!rc)
		l->body = arena_fmt(t->mem, "%.*s%s%s", (int)(place - l->body),
				    l->body, onetime_url(t, token),
				    place + strlen(NOTIFY_LINK));
	return rc;
}

static enum rc
read_letter(struct task *t, int64_t id, struct letter *l)
{
	const char *purpose = NULL;
	int64_t user_id = 0;
	enum rc rc =
		db_one(t, &mail_read, INS(IN(id)),
		       OUTS(OUT("address", &l->to), OUT("subject", &l->subject),
			    OUT("body", &l->body), OUT("link", &purpose),
			    OUT("user_id", &user_id)));

	return rc ? rc : put_link(t, purpose, user_id, l);
}

enum rc
notify_job(struct task *t, const struct job *j)
{
	struct letter l = { .id = arena_fmt(t->mem, "mail-%lld",
					    (long long)queue_subject(j)) };
	struct job copy = *j;
	enum rc rc = read_letter(t, queue_subject(j), &l);

	if (rc == E_NOTFOUND) {
		task_forgive(t);
		return queue_done(t, j);
	}
	if (!rc)
		rc = mail_send(t, &l);
	if (!rc)
		return db_tx(t, "mail_sent", keep_sent, &copy);
	if (rc != E_REMOTE && rc != E_INPUT)
		return rc;
	log_warn("letter %lld: %s", (long long)queue_subject(j), t->why);
	task_forgive(t);
	if (rc == E_INPUT)
		return queue_give_up(t, j, "mail", "It cannot be sent");
	if (!mail_is_set(t))
		return queue_wait(t, j, when_add(t->now, HOUR_MS), "mail",
				  "No mail server is configured");
	return queue_retry(t, j, "mail", "The mail server did not take it");
}
