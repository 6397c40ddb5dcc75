/* world_lead: the leads. */
#include "world_lead.h"

#include "world_answer.h"

enum { LIST_MAX = 5000 };

STATEMENT(sim_lead_add,
	  "INSERT INTO sim_lead (number, id, form_id, page_id, ad_id,"
	  " created_at, made_at, platform, is_test, person, name, email,"
	  " phone, field_data, disclaimers, state)"
	  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

#define LEAD_COLUMNS                                                           \
	"SELECT l.number, l.person, l.id, l.form_id, l.page_id, l.platform,"   \
	" l.ad_id, a.name AS ad_name, a.adset_id, a.adset_name,"               \
	" a.campaign_id, a.campaign_name, l.created_at, l.made_at,"            \
	" l.is_test, l.ad_id IS NULL AS is_organic, l.field_data,"             \
	" l.disclaimers, l.name, l.email, l.phone, l.state, l.deliveries,"     \
	" l.acks FROM sim_lead l LEFT JOIN sim_ad a ON a.id = l.ad_id "

STATEMENT(sim_lead_read, LEAD_COLUMNS "WHERE l.id = ?");
STATEMENT(sim_lead_test,
	  LEAD_COLUMNS "WHERE l.form_id = ? AND l.is_test LIMIT 1");
STATEMENT(sim_lead_remove, "DELETE FROM sim_lead WHERE number = ?");
#define OF_FORM                                                                \
	"WHERE l.form_id = ? AND (? IS NULL OR l.created_at > ?)"              \
	" AND (? IS NULL OR l.created_at < ?)"
STATEMENT(sim_lead_list,
	  LEAD_COLUMNS OF_FORM " AND (? IS NULL OR l.created_at < ? OR"
			       " (l.created_at = ? AND l.number < ?))"
			       " ORDER BY l.created_at DESC, l.number DESC"
			       " LIMIT ?");
STATEMENT(sim_lead_list_rising,
	  LEAD_COLUMNS OF_FORM " AND (? IS NULL OR l.created_at > ? OR"
			       " (l.created_at = ? AND l.number > ?))"
			       " ORDER BY l.created_at, l.number LIMIT ?");
STATEMENT(sim_lead_waiting,
	  LEAD_COLUMNS "WHERE l.state = 'waiting' AND l.number > ?"
		       " ORDER BY l.number LIMIT ?");
STATEMENT(sim_lead_ledger,
	  LEAD_COLUMNS "WHERE l.number > ? ORDER BY l.number LIMIT ?");
STATEMENT(sim_lead_sent,
	  "UPDATE sim_lead SET deliveries = deliveries + ?,"
	  " acks = acks + ?, state = IF(acks > 0, 'acked', state)"
	  " WHERE number = ?");
STATEMENT(sim_lead_dropped,
	  "UPDATE sim_lead SET state = 'dropped' WHERE number = ?");
STATEMENT(sim_lead_clear, "DELETE FROM sim_lead WHERE number > 0");

static const struct db_col lead_cols[] = {
	COL(struct sim_lead, number),
	COL(struct sim_lead, person),
	COL(struct sim_lead, id),
	COL(struct sim_lead, form_id),
	COL(struct sim_lead, page_id),
	COL(struct sim_lead, platform),
	COL(struct sim_lead, ad_id),
	COL(struct sim_lead, ad_name),
	COL(struct sim_lead, adset_id),
	COL(struct sim_lead, adset_name),
	COL(struct sim_lead, campaign_id),
	COL(struct sim_lead, campaign_name),
	COL(struct sim_lead, created_at),
	COL(struct sim_lead, made_at),
	COL(struct sim_lead, is_test),
	COL(struct sim_lead, is_organic),
	COL(struct sim_lead, field_data),
	COL(struct sim_lead, disclaimers),
	COL(struct sim_lead, name),
	COL(struct sim_lead, email),
	COL(struct sim_lead, phone),
	COL(struct sim_lead, state),
	COL(struct sim_lead, deliveries),
	COL(struct sim_lead, acks),
	{ 0 },
};

static enum rc
read_list(struct task *t, struct db_stmt *q, struct db_ins in,
	  struct sim_lead **out, size_t *n)
{
	struct db_list list = { .cols = lead_cols,
				.size = sizeof(struct sim_lead),
				.max = LIST_MAX };
	enum rc rc = db_rows(t, q, in, &list);

	if (rc)
		return rc;
	*out = list.rows;
	*n = list.n;
	return OK;
}

static enum rc
read_one(struct task *t, struct db_stmt *q, const char *id,
	 struct sim_lead *out)
{
	struct sim_lead *all = NULL;
	size_t n = 0;
	enum rc rc = read_list(t, q, INS(IN(id)), &all, &n);

	if (rc)
		return rc;
	if (n == 0)
		return fail(t, E_NOTFOUND, "no lead %s", id);
	*out = all[0];
	return OK;
}

enum rc
lead_read(struct task *t, const char *id, struct sim_lead *out)
{
	return read_one(t, &sim_lead_read, id, out);
}

enum rc
lead_test_of(struct task *t, const char *form_id, struct sim_lead *out)
{
	return read_one(t, &sim_lead_test, form_id, out);
}

enum rc
lead_remove(struct task *t, int64_t number)
{
	return db_exec(t, &sim_lead_remove, INS(IN(number)), NULL);
}

enum rc
leads_list(struct task *t, const struct lead_query *q, struct sim_lead **out,
	   size_t *n)
{
	return read_list(
		t, q->oldest_first ? &sim_lead_list_rising : &sim_lead_list,
		INS(IN(q->form_id), IN(q->after), IN(q->after), IN(q->until),
		    IN(q->until), IN(q->last), IN(q->last), IN(q->last),
		    IN(q->last_number), IN(q->limit)),
		out, n);
}

enum rc
leads_waiting(struct task *t, int64_t after, int64_t limit,
	      struct sim_lead **out, size_t *n)
{
	return read_list(t, &sim_lead_waiting, INS(IN(after), IN(limit)), out,
			 n);
}

enum rc
leads_ledger(struct task *t, int64_t after, int64_t limit,
	     struct sim_lead **out, size_t *n)
{
	return read_list(t, &sim_lead_ledger, INS(IN(after), IN(limit)), out,
			 n);
}

enum rc
lead_sent(struct task *t, int64_t number, int64_t deliveries, int64_t acks)
{
	return db_exec(t, &sim_lead_sent,
		       INS(IN(deliveries), IN(acks), IN(number)), NULL);
}

enum rc
lead_dropped(struct task *t, int64_t number)
{
	return db_exec(t, &sim_lead_dropped, INS(IN(number)), NULL);
}

enum rc
leads_reset(struct task *t)
{
	return db_exec(t, &sim_lead_clear, INS(), NULL);
}

/* ---- making ------------------------------------------------------------------------- */

struct making {
	const struct switches *sw;
	const struct lead_order *order;
	struct sim_form *forms;
	size_t n_forms;
	struct random random;
	int64_t first;
	const char **ids;
};

static const char *
platform_of(struct making *m)
{
	struct text wanted = text_of(m->order->platform);

	if (text_is(wanted, "fb") || text_is(wanted, "ig"))
		return m->order->platform;
	return random_chance(&m->random, 50) ? "fb" : "ig";
}

/* An earlier person may answer again; then the number is that one's. */
static int64_t
person_of(struct making *m, int64_t number, int64_t i, bool *again)
{
	*again = i > 0 && !m->order->values &&
		 random_chance(&m->random, m->sw->repeat_percent);
	if (!*again)
		return number;
	return m->first + (int64_t)random_below(&m->random, (uint64_t)i);
}

static enum rc
ad_of(struct task *t, struct making *m, const char *form_id, const char **out)
{
	struct sim_ad *ads = NULL;
	size_t n = 0;
	enum rc rc = OK;

	*out = NULL;
	if (m->order->test || random_chance(&m->random, m->sw->organic_percent))
		return OK;
	rc = world_ads(t, form_id, &ads, &n);
	if (!rc && n > 0)
		*out = ads[random_below(&m->random, n)].id;
	return rc;
}

static struct when
submission_time(struct task *t, const struct lead_order *o, int64_t i)
{
	struct when at = o->first.ms ? o->first : t->now;

	at = when_add(at, i * o->apart_ms);
	at.ms -= at.ms % SECOND_MS;
	return at;
}

static enum rc
make_one(struct task *t, struct making *m, int64_t i)
{
	const struct sim_form *f = &m->forms[(size_t)i % m->n_forms];
	int64_t number = m->first + i, person_number;
	struct person person;
	struct answers a;
	struct answer_order order = { .form = f,
				      .sw = m->sw,
				      .person = &person,
				      .values = m->order->values,
				      .test = m->order->test };
	const char *ad = NULL;
	enum rc rc;

	person_number = person_of(m, number, i, &order.again);
	person = person_make(t->mem, person_number);
	rc = answers_make(t, &order, &m->random, &a);
	if (!rc)
		rc = ad_of(t, m, f->id, &ad);
	if (rc)
		return rc;
	m->ids[i] = world_id(t->mem, number);
	return db_exec(t, &sim_lead_add,
		       INS(IN(number), IN(m->ids[i]), IN(f->id), IN(f->page_id),
			   IN(ad), IN(submission_time(t, m->order, i)),
			   IN(t->now), IN(platform_of(m)), IN(m->order->test),
			   IN(m->order->values ? 0 : person_number), IN(a.name),
			   IN(a.email), IN(a.phone), IN(a.field_data),
			   IN(a.disclaimers),
			   IN(m->order->silent ? "silent" : "waiting")),
		       NULL);
}

static enum rc
make_all(struct task *t, void *arg)
{
	struct making *m = arg;
	enum rc rc = OK;

	for (int64_t i = 0; !rc && i < m->order->count; i++)
		rc = make_one(t, m, i);
	return rc;
}

static enum rc
choose_forms(struct task *t, struct making *m)
{
	struct when horizon = { 1 };
	enum rc rc;

	if (!m->order->form_id) {
		rc = world_busy_forms(t, horizon, &m->forms, &m->n_forms);
		if (!rc && m->n_forms == 0)
			return fail(t, E_NOTFOUND, "no forms");
		return rc;
	}
	m->forms = NEW(t->mem, struct sim_form);
	m->n_forms = 1;
	return world_form(t, m->order->form_id, horizon, m->forms);
}

enum rc
leads_make(struct task *t, const struct switches *sw,
	   const struct lead_order *order, const char ***ids)
{
	struct making m = { .sw = sw, .order = order };
	enum rc rc = choose_forms(t, &m);

	if (!rc)
		rc = world_take(t, "lead", order->count, &m.first);
	if (rc)
		return rc;
	m.random = random_of(
		(uint64_t)(order->seed ? order->seed : t->now.ms + m.first));
	m.ids = NEW_ARRAY(t->mem, const char *, (size_t)order->count);
	rc = db_tx(t, "sim_leads_make", make_all, &m);
	if (!rc)
		*ids = m.ids;
	return rc;
}
