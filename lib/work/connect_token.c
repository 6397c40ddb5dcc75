/* connect_token: a system-user token, from listing to connected in one call. */
#include "base/text.h"
#include "work/connect.h"

enum { WAIT_MS = 120000, PAUSE_MS = 200 };

static enum rc
count_connected(struct task *t, int64_t draft_id, struct connect_result *out)
{
	enum rc rc = draft_pages(t, draft_id, &out->pages, &out->n_pages);

	for (size_t i = 0; !rc && i < out->n_pages; i++)
		out->n_connected +=
			strcmp(out->pages[i].result, "connected") == 0;
	return rc;
}

static enum rc
do_job(struct task *t, const struct job *j)
{
	enum { ITEM_CEILING = 16 << 20 };
	struct arena *item_mem = arena_new(ITEM_CEILING);
	enum rc rc = connect_job(t, item_mem, j);

	arena_free(item_mem);
	return rc;
}

/* The job of this draft, done here unless a worker was quicker. */
static enum rc
work_on(struct task *t, int64_t draft_id, const char *step)
{
	int64_t end = clock_steady() + WAIT_MS;

	for (int64_t try = 0; clock_steady() < end; try++) {
		const char *mark = arena_fmt(
			t->mem, "by-hand:%ld:%lld:%lld", (long)getpid(),
			(long long)draft_id, (long long)clock_now().ms);
		struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
		struct job *jobs = NULL;
		struct draft d = { 0 };
		size_t n = 0;
		enum rc rc;

		t->now = clock_now();
		rc = queue_claim_one(t, mark, JOB_DRAFT, draft_id, &jobs, &n);
		if (!rc && n > 0)
			rc = do_job(t, &jobs[0]);
		if (!rc)
			rc = draft_get(t, draft_id, 0, &d);
		if (rc || strcmp(d.step, step) != 0)
			return rc;
		nanosleep(&pause, NULL);
	}
	return fail(t, E_BUSY, "It takes too long; look again in a while.");
}

static enum rc
choose_ready(struct task *t, int64_t draft_id, struct connect_result *out)
{
	struct draft_choice choice = { .instead = false };
	const char **ids;
	enum rc rc = draft_pages(t, draft_id, &out->pages, &out->n_pages);

	if (rc)
		return rc;
	ids = NEW_ARRAY(t->mem, const char *, out->n_pages);
	for (size_t i = 0; i < out->n_pages; i++) {
		struct text reason = text_of(out->pages[i].reason);

		if (reason.len == 0 || text_is(reason, "ads_missing") ||
		    text_is(reason, "not_listed"))
			ids[choice.n_pages++] = out->pages[i].meta_id;
	}
	choice.pages = ids;
	if (choice.n_pages == 0)
		return fail(t, E_INPUT,
			    "No page of this token can be "
			    "connected.");
	return connect_choose(t, draft_id, &choice);
}

enum rc
connect_token(struct task *t, const struct draft *d, const char *token,
	      struct connect_result *out)
{
	struct connect_result result = { 0 };
	struct draft now;
	int64_t id = 0;
	enum rc rc = draft_add(t, d, &id);

	if (!rc)
		rc = connect_system_token(t, id, token);
	if (!rc)
		rc = work_on(t, id, DRAFT_LISTING);
	if (!rc)
		rc = choose_ready(t, id, &result);
	if (!rc)
		rc = work_on(t, id, DRAFT_CONNECTING);
	if (!rc)
		rc = draft_get(t, id, 0, &now);
	if (!rc)
		rc = count_connected(t, id, &result);
	if (rc)
		return rc;
	if (result.n_connected == 0)
		return fail(t, E_REMOTE, "No page could be connected: %s",
			    now.reason);
	result.integration_id = now.integration_id;
	*out = result;
	return OK;
}
