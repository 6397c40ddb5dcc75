/* doctor: the table of checks, how each is run, and the report. */
#include "work/doctor.h"

#include "base/buf.h"
#include "work/doctor_private.h"
#include "work/health.h"

enum { REPORT_MAX = 64 << 10 };

static const struct row {
	const char *id;
	enum check_group group;
	bool of_integration, of_site; /* where it is run */
	doctor_look *look;
} rows[] = {
	{ "status", GROUP_PAGES, true, false, look_status },
	{ "pages", GROUP_PAGES, true, false, look_pages },
	{ "subscribed", GROUP_PAGES, true, false, look_subscribed },
	{ "forms", GROUP_PAGES, true, false, look_forms },
	{ "submissions", GROUP_PAGES, true, false, look_submissions },
	{ "logins", GROUP_PAGES, true, false, look_logins },
	{ "permissions", GROUP_PAGES, true, false, look_permissions },
	{ "access", GROUP_PAGES, true, false, look_access },
	{ "terms", GROUP_PAGES, true, false, look_terms },
	{ "drill", GROUP_PAGES, true, false, look_drill },
	{ "balance", GROUP_PAGES, true, false, look_balance },
	{ "silence", GROUP_PAGES, true, false, look_silence },
	{ "integrations", GROUP_PAGES, false, true, look_integrations },
	{ "app", GROUP_APP, true, true, look_app },
	{ "app_secret", GROUP_APP, true, true, look_secret },
	{ "app_subscription", GROUP_APP, true, true, look_subscription },
	{ "callback", GROUP_APP, true, true, look_callback },
	{ "deliveries", GROUP_APP, true, true, look_deliveries },
	{ "signatures", GROUP_APP, true, true, look_signatures },
	{ "app_live", GROUP_APP, true, true, look_live },
	{ "graph_version", GROUP_APP, true, true, look_version },
	{ "strategy", GROUP_ASSIGN, true, false, look_strategy },
	{ "assignee", GROUP_ASSIGN, true, false, look_assignee },
	{ "database", GROUP_CRM, true, true, look_database },
	{ "durable", GROUP_CRM, true, true, look_durable },
	{ "worker", GROUP_CRM, true, true, look_worker },
	{ "cron", GROUP_CRM, true, true, look_cron },
	{ "waiting", GROUP_CRM, true, true, look_waiting },
	{ "queue", GROUP_CRM, true, true, look_queue },
	{ "clock", GROUP_CRM, true, true, look_clock },
	{ "schema", GROUP_CRM, true, true, look_schema },
	{ "var", GROUP_CRM, true, true, look_var },
	{ "data", GROUP_CRM, true, true, look_data },
	{ "size", GROUP_CRM, true, true, look_size },
	{ "mail", GROUP_CRM, true, true, look_mail },
};

const char *
check_state_name(enum check_state s)
{
	switch (s) {
	case CHECK_PASS:
		return "pass";
	case CHECK_WARN:
		return "warn";
	case CHECK_FAIL:
		return "fail";
	case CHECK_UNKNOWN:
		return "unknown";
	}
	return "unknown";
}

const char *
check_group_name(enum check_group g)
{
	switch (g) {
	case GROUP_CRM:
		return "This CRM";
	case GROUP_APP:
		return "Meta app";
	case GROUP_PAGES:
		return "Pages and forms";
	case GROUP_ASSIGN:
		return "Assignment";
	}
	return "";
}

/* ---- what a check found --------------------------------------------------------- */

void
doctor_found(struct check *c, enum check_state state, const char *title,
	     const char *words)
{
	c->state = state;
	c->title = title;
	c->words = words;
}

void
doctor_reason(struct doctor *d, struct check *c, const char *reason,
	      const struct reason_facts *f)
{
	const struct reason *r = reason_of(reason);
	struct arena *mem = d->t->mem;

	doctor_found(c, r->level == REASON_ERROR ? CHECK_FAIL : CHECK_WARN,
		     reason_card(mem, r, f), reason_sentence(mem, r, f));
	c->person = f->person;
	c->way = r->way;
	c->button = r->button;
}

void
doctor_error(struct doctor *d, struct check *c, const struct graph_error *err,
	     const struct reason_facts *f)
{
	struct reason_facts facts = *f;

	facts.permission = err->permission;
	facts.words = err->words;
	doctor_reason(d, c, err->reason, &facts);
	if (err->code)
		c->aside = arena_fmt(
			d->t->mem,
			err->subcode ? "Meta: %lld / %lld" : "Meta: %lld",
			(long long)err->code, (long long)err->subcode);
}

void
doctor_blind(struct doctor *d, struct check *c, const char *title)
{
	doctor_found(
		c, CHECK_UNKNOWN, title,
		arena_fmt(d->t->mem, "Could not be looked at: %s", d->t->why));
	task_forgive(d->t);
}

/* ---- running ------------------------------------------------------------------------ */

static struct check
run(struct doctor *d, const struct row *row)
{
	struct check c = { .id = row->id,
			   .group = row->group,
			   .state = CHECK_UNKNOWN,
			   .title = row->id,
			   .words = "",
			   .aside = "" };

	row->look(d, &c);
	return c;
}

void
doctor_run(struct task *t, int64_t integration_id, struct check **out,
	   size_t *n)
{
	struct doctor d = { .t = t, .integration_id = integration_id };
	struct check *all = NEW_ARRAY(t->mem, struct check, COUNT(rows));
	bool has_failed = false;
	size_t count = 0;

	if (integration_id &&
	    integration_get(t, integration_id, &d.integration) != OK) {
		task_forgive(t);
		d.integration_id = 0;
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (d.integration_id ? !rows[i].of_integration
				     : !rows[i].of_site)
			continue;
		all[count] = run(&d, &rows[i]);
		has_failed |= all[count].group == GROUP_PAGES &&
			      all[count].state == CHECK_FAIL;
		count++;
	}
	/* The card is to say the same, without waiting for the daily look. */
	if (has_failed && d.integration_id && health_ask(t, d.integration_id))
		task_forgive(t);
	*out = all;
	*n = count;
}

struct check
doctor_one(struct task *t, const char *id)
{
	struct doctor d = { .t = t };

	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].id, id) == 0 && rows[i].of_site)
			return run(&d, &rows[i]);
	return (struct check){ .id = id,
			       .state = CHECK_UNKNOWN,
			       .title = "There is no such check",
			       .words = "",
			       .aside = "" };
}

void
doctor_room(struct task *t, struct check **out, size_t *n)
{
	static const char *const ids[] = { "worker", "cron", "waiting",
					   "var",    "data", "size" };

	*n = COUNT(ids);
	*out = NEW_ARRAY(t->mem, struct check, COUNT(ids));
	for (size_t i = 0; i < COUNT(ids); i++)
		(*out)[i] = doctor_one(t, ids[i]);
}

/* `words` with every `name` inside replaced. */
static void
put_without(struct buf *b, const char *words, const char *name)
{
	const char *at;

	while (name && name[0] && (at = strstr(words, name))) {
		buf_add(b, (struct text){ words, (size_t)(at - words) });
		buf_puts(b, "(a person)");
		words = at + strlen(name);
	}
	buf_puts(b, words);
}

static void
put_line(struct buf *b, const struct check *c)
{
	buf_fmt(b, "%-8s ", check_state_name(c->state));
	put_without(b, c->title, c->person);
	if (c->aside[0])
		buf_fmt(b, " (%s)", c->aside);
	if (c->words[0]) {
		buf_puts(b, ". ");
		put_without(b, c->words, c->person);
	}
	buf_putc(b, '\n');
}

const char *
doctor_report(struct task *t, const struct check *checks, size_t n)
{
	struct buf b = buf_in(t->mem, REPORT_MAX);

	buf_fmt(&b, "Leadport %s, %s\n", LEADPORT_VERSION,
		when_full(t->mem, t->now, "UTC"));
	for (int g = GROUP_CRM; g <= GROUP_ASSIGN; g++) {
		bool any = false;

		for (size_t i = 0; i < n; i++) {
			if ((int)checks[i].group != g)
				continue;
			if (!any)
				buf_fmt(&b, "\n%s\n",
					check_group_name((enum check_group)g));
			any = true;
			put_line(&b, &checks[i]);
		}
	}
	return buf_str(&b);
}
