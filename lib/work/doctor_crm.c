/* doctor_crm: this installation. */
#include "base/conf.h"
#include "db/db.h"
#include "db/schema.h"
#include "db/site.h"
#include "net/mail.h"
#include "work/doctor_private.h"
#include "work/queue.h"

enum { CLOCK_FAR_MS = 5 * MINUTE_MS, WORKER_QUIET_MS = 2 * MINUTE_MS };

STATEMENT(doctor_worker, "SELECT MAX(beat_at) AS beat FROM worker");
STATEMENT(doctor_db_clock, "SELECT UTC_TIMESTAMP(3) AS now");
STATEMENT(doctor_db_flush,
	  "SELECT @@GLOBAL.innodb_flush_log_at_trx_commit AS how");

void
look_database(struct doctor *d, struct check *c)
{
	struct when db_now = { 0 };
	int64_t began = clock_steady();

	if (db_one(d->t, &doctor_db_clock, INS(), OUTS(OUT("now", &db_now))) !=
	    OK) {
		doctor_found(c, CHECK_FAIL, "The database does not answer",
			     arena_str(d->t->mem, text_of(d->t->why)));
		task_forgive(d->t);
		return;
	}
	doctor_found(c, CHECK_PASS, "The database answers", "");
	c->aside = arena_fmt(d->t->mem, "%lld ms",
			     (long long)(clock_steady() - began));
}

/* With 0 and 2 a commit is on the disk up to a second later; 3 is 1 with more
 * waits.  Only whoever runs the server can set it. */
void
look_durable(struct doctor *d, struct check *c)
{
	int64_t how = 0;

	if (db_one(d->t, &doctor_db_flush, INS(), OUTS(OUT("how", &how)))) {
		doctor_blind(d, c, "What the database keeps");
		return;
	}
	if (how == 1 || how == 3) {
		doctor_found(c, CHECK_PASS, "The database waits for its disk",
			     "");
		return;
	}
	doctor_found(
		c, CHECK_WARN, "The database does not wait for its disk",
		arena_fmt(d->t->mem,
			  "innodb_flush_log_at_trx_commit is %lld: when the "
			  "power fails, deliveries of the last second may be "
			  "gone though Meta was thanked for them; the next "
			  "sync finds their leads. Set it to 1 in the "
			  "database server's configuration, or ask your host.",
			  (long long)how));
}

void
look_clock(struct doctor *d, struct check *c)
{
	struct when db_now = { 0 };
	int64_t apart;

	if (db_one(d->t, &doctor_db_clock, INS(), OUTS(OUT("now", &db_now))) !=
	    OK) {
		doctor_blind(d, c, "The clock");
		return;
	}
	apart = clock_now().ms - db_now.ms;
	if (apart > CLOCK_FAR_MS || apart < -CLOCK_FAR_MS)
		doctor_found(
			c, CHECK_FAIL, "The clocks differ",
			arena_fmt(d->t->mem,
				  "This machine and the database are %lld s "
				  "apart. Set them by the network's time.",
				  (long long)(apart / SECOND_MS)));
	else
		doctor_found(c, CHECK_PASS,
			     "Machine and database agree on the time", "");
}

void
look_schema(struct doctor *d, struct check *c)
{
	struct schema_state s = { 0 };

	if (schema_look(d->t, site_file(d->t->mem, d->t->conf, "sql"), &s))
		doctor_blind(d, c, "The database's schema");
	else if (s.applied < s.newest)
		doctor_found(c, CHECK_FAIL,
			     "The database is older than the "
			     "programs",
			     arena_fmt(d->t->mem,
				       "It is at file %lld, the programs need "
				       "%lld: run leadport migrate.",
				       (long long)s.applied,
				       (long long)s.newest));
	else
		doctor_found(c, CHECK_PASS, "The database fits the programs",
			     "");
}

void
look_worker(struct doctor *d, struct check *c)
{
	struct when beat = { 0 };

	if (db_one(d->t, &doctor_worker, INS(), OUTS(OUT("beat", &beat)))) {
		doctor_blind(d, c, "The worker");
		return;
	}
	if (beat.ms && d->t->now.ms - beat.ms < WORKER_QUIET_MS)
		doctor_found(c, CHECK_PASS, "The worker runs", "");
	else
		doctor_found(c, CHECK_WARN, "No worker is alive now",
			     "The webhook starts one when a lead comes. A cron "
			     "job makes retries and daily checks punctual: "
			     "* * * * * leadport worker --for 55");
	if (beat.ms)
		c->aside =
			arena_fmt(d->t->mem, "seen %s",
				  when_ago(d->t->mem, beat, d->t->now, "UTC"));
}

void
look_queue(struct doctor *d, struct check *c)
{
	struct queue_counts q = { 0 };
	const char *counts;

	if (queue_count(d->t, &q)) {
		doctor_blind(d, c, "Leads on their way");
		return;
	}
	counts =
		arena_fmt(d->t->mem, "%lld waiting, %lld parked, %lld given up",
			  (long long)(q.ready + q.running + q.receipts_new),
			  (long long)q.parked, (long long)q.dead);
	if (q.parked || q.dead)
		doctor_found(c, CHECK_WARN, "Some leads wait for a repair",
			     "Parked ones go on by themselves when their cause "
			     "is mended.");
	else
		doctor_found(c, CHECK_PASS, "No lead is stuck", "");
	c->aside = counts;
}

void
look_mail(struct doctor *d, struct check *c)
{
	if (mail_is_set(d->t))
		doctor_found(c, CHECK_PASS, "A mail server is configured", "");
	else
		doctor_found(c, CHECK_WARN, "No mail server is configured",
			     "Warnings show on the pages only. Enter [mail] in "
			     "leadport.conf to get them as mails.");
}
