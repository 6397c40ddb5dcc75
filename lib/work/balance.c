/* balance: alarms of the ledger, and the way back to 0. */
#include "work/balance.h"

#include "crm/audit.h"
#include "crm/leadform.h"
#include "crm/trouble.h"
#include "db/db.h"
#include "db/site.h"
#include "work/sync.h"

/* Silent for so long, and for twice the silence that is told of: its campaign has
 * ended, since Meta leaves forms active. */
#define ENDED_MS (14 * DAY_MS)
enum { ENDED_TIMES = 2 };

STATEMENT(balance_release,
	  "UPDATE job SET state = 'ready', attempts = 0, run_at = ?"
	  " WHERE form_meta_id = ? AND kind = 'lead'"
	  " AND state IN ('parked', 'dead')"
	  " AND reason NOT IN ('lead_expired', 'accepted') LIMIT 5000");

STATEMENT(balance_accept_dead,
	  "UPDATE job SET reason = 'accepted' WHERE form_meta_id = ?"
	  " AND kind = 'lead' AND state = 'dead'"
	  " AND reason NOT IN ('lead_expired', 'accepted') LIMIT 5000");

STATEMENT(balance_form_is_read,
	  "SELECT EXISTS (SELECT 1 FROM sync_run r JOIN sync_step s"
	  " ON s.run_id = r.id AND s.page_meta_id = ? AND s.form_meta_id = ?"
	  " AND s.state = 'ready' WHERE r.integration_id = ?"
	  " AND r.state = 'running') AS is_read");

/* ---- alarms --------------------------------------------------------------------------- */

static enum rc
set(struct task *t, const struct ledger_form *f, const char *reason, bool is,
    const char *detail)
{
	struct trouble tr = { .scope = TROUBLE_FORM,
			      .subject_id = f->id,
			      .integration_id = f->integration_id,
			      .reason = reason,
			      .detail = detail };

	return is ? trouble_met(t, &tr)
		  : trouble_over(t, TROUBLE_FORM, f->id, reason);
}

static int64_t
lacks_of(const struct ledger_form *f)
{
	return f->n_meta > f->n_here ? f->n_meta - f->n_here : 0;
}

/* Some that were accepted as missing have come after all: they hide no other.
 * Asked strictly: a lead that came while Meta counted may be none of those, and
 * they would be an alarm again with Meta's next count. */
static enum rc
look_at_accepted(struct task *t, const struct ledger_form *f)
{
	struct ledger_form strict;
	enum rc rc;

	if (lacks_of(f) >= f->n_accepted)
		return OK;
	rc = ledger_form_strict(t, f->id, &strict);
	if (rc || lacks_of(&strict) >= strict.n_accepted)
		return rc;
	return form_accept(t, f->id, lacks_of(&strict));
}

/* A run has yet to read it. */
static enum rc
is_read(struct task *t, const struct ledger_form *f, bool *out)
{
	return db_one(
		t, &balance_form_is_read,
		INS(IN(f->page_meta_id), IN(f->meta_id), IN(f->integration_id)),
		OUTS(OUT("is_read", out)));
}

/* What waits to be tried again, or is read just now, is on its way, not
 * missing. */
static enum rc
look_at_count(struct task *t, const struct ledger_form *f)
{
	int64_t lacks = f->n_missing - f->n_waiting;
	bool comes = false;
	enum rc rc = lacks > 0 ? is_read(t, f, &comes) : OK;

	if (rc || comes)
		return rc;
	return set(t, f, "leads_missing", lacks > 0 && !f->is_left_out,
		   arena_fmt(t->mem, "%lld of \u201c%s\u201d", (long long)lacks,
			     f->name));
}

/* Leads came since it is connected, and may come. */
static bool
is_alive(const struct ledger_form *f, const struct ledger_rhythm *rhythm)
{
	return strcmp(f->status, "ACTIVE") == 0 && !f->is_left_out &&
	       f->base_at.ms && rhythm->latest.ms > f->base_at.ms;
}

static bool
is_silent(const struct ledger_rhythm *rhythm)
{
	int64_t told = BALANCE_SILENT_GAPS * rhythm->gap_ms, ended;

	if (told < DAY_MS)
		told = DAY_MS;
	ended = ENDED_TIMES * told;
	if (ended < ENDED_MS)
		ended = ENDED_MS;
	return rhythm->silent_ms > told && rhythm->silent_ms < ended;
}

static enum rc
look_at_silence(struct task *t, const struct ledger_form *f)
{
	struct ledger_rhythm rhythm = { 0 };
	int64_t usual;
	enum rc rc = ledger_rhythm(t, f->meta_id, &rhythm);

	if (rc && rc != E_NOTFOUND)
		return rc;
	if (rc)
		task_forgive(t);
	usual = (rhythm.gap_ms + HOUR_MS / 2) / HOUR_MS;
	return set(
		t, f, "form_silent", is_alive(f, &rhythm) && is_silent(&rhythm),
		arena_fmt(t->mem,
			  "\u201c%s\u201d: usually a lead every %lld h; none "
			  "for %lld h",
			  f->name, (long long)(usual > 0 ? usual : 1),
			  (long long)(rhythm.silent_ms / HOUR_MS)));
}

static enum rc
look_at(struct task *t, const struct ledger_form *f)
{
	enum rc rc = look_at_accepted(t, f);

	if (!rc)
		rc = look_at_count(t, f);
	if (!rc)
		rc = form_missing(t, f->id, f->n_missing);
	return rc ? rc : look_at_silence(t, f);
}

/* Those behind *after; 0 at the end. */
static enum rc
look_at_some(struct task *t, int64_t integration_id, int64_t *after)
{
	struct ledger_form *all = NULL;
	size_t n = 0;
	enum rc rc = ledger_forms_after(t, integration_id, *after, &all, &n);

	for (size_t i = 0; !rc && i < n; i++)
		rc = look_at(t, &all[i]);
	*after = n < LEDGER_FORMS_MAX ? 0 : all[n - 1].id;
	return rc;
}

/* On memory of its own, however many forms there are. */
enum rc
balance_look(struct task *t, int64_t integration_id)
{
	struct task some = *t;
	int64_t after = 0;
	enum rc rc = OK;

	some.mem = arena_new(TASK_CEILING);
	do {
		rc = look_at_some(&some, integration_id, &after);
		if (rc)
			rc = fail(t, rc, "%s", some.why);
		arena_reset(some.mem);
	} while (!rc && after);
	arena_free(some.mem);
	return rc;
}

/* ---- fetching --------------------------------------------------------------------------- */

struct fetching {
	struct ledger_form form;
	int64_t n;
	bool is_read;
};

static enum rc
fetch_all(struct task *t, void *arg)
{
	struct fetching *f = arg;
	const struct sync_form form = {
		.page_meta_id = f->form.page_meta_id,
		.form_meta_id = f->form.meta_id,
		.n_leads = f->form.n_meta,
	};
	struct sync_order order = { .integration_id = f->form.integration_id,
				    .way = "sync",
				    .since = f->form.base_at,
				    .forms = &form,
				    .n_forms = 1 };
	int64_t run_id = 0;
	bool is_new = false;
	enum rc rc = db_exec(t, &balance_release,
			     INS(IN(t->now), IN(f->form.meta_id)), &f->n);

	/* Where the ledger has not begun, nobody asked for what was before. */
	if (rc || !f->form.base_at.ms)
		return rc;
	f->is_read = true;
	return sync_start(t, &order, &run_id, &is_new);
}

enum rc
balance_fetch(struct task *t, int64_t form_id, int64_t *n, bool *is_read)
{
	struct fetching f = { 0 };
	enum rc rc = ledger_form(t, form_id, &f.form);

	if (!rc)
		rc = db_tx(t, "balance_fetch", fetch_all, &f);
	*n = f.n;
	*is_read = f.is_read;
	return rc;
}

/* ---- accepting ------------------------------------------------------------------------ */

/* Missing, and neither on its way nor waiting for somebody. */
static int64_t
nowhere(const struct ledger_form *f)
{
	int64_t n = f->n_missing - f->n_waiting - f->n_parked;

	return n > 0 ? n : 0;
}

/* Those given up may outnumber what is missing, when they were accepted once and
 * tried again. */
int64_t
balance_acceptable(const struct ledger_form *f)
{
	int64_t n = nowhere(f);

	if (!f->fetched_at.ms)
		return 0;
	return n > f->n_dead ? n : f->n_dead;
}

static enum rc
note_accepted(struct task *t, const struct ledger_form *f, int64_t n)
{
	return audit_add(t, "form.accept",
			 arena_fmt(t->mem, "form %lld", (long long)f->id),
			 arena_fmt(t->mem,
				   "Accepted that %lld leads of \u201c%s\u201d "
				   "are missing",
				   (long long)n, f->name));
}

static enum rc
accept(struct task *t, void *arg)
{
	struct fetching *f = arg;
	int64_t id = f->form.id;
	enum rc rc = form_lock(t, id);

	if (!rc)
		rc = ledger_form(t, id, &f->form);
	if (!rc && (f->n < 1 || f->n != balance_acceptable(&f->form)))
		return fail(t, E_CONFLICT, "form %lld: not %lld to accept",
			    (long long)id, (long long)f->n);
	if (rc)
		return rc;
	rc = form_accept(t, id, f->form.n_accepted + nowhere(&f->form));
	if (!rc)
		rc = form_missing(t, id, f->form.n_missing - nowhere(&f->form));
	if (!rc)
		rc = db_exec(t, &balance_accept_dead, INS(IN(f->form.meta_id)),
			     NULL);
	if (!rc && f->form.n_parked == 0)
		rc = trouble_over(t, TROUBLE_FORM, id, "leads_missing");
	return rc ? rc : note_accepted(t, &f->form, f->n);
}

enum rc
balance_accept(struct task *t, int64_t form_id, int64_t n)
{
	struct fetching f = { .form = { .id = form_id }, .n = n };

	return db_tx(t, "balance_accept", accept, &f);
}
