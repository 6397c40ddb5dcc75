/* errand: which function does which kind of job. */
#include "work/errand.h"

#include "base/log.h"
#include "base/text.h"
#include "work/bulk.h"
#include "work/connect.h"
#include "work/drill.h"
#include "work/fileimport.h"
#include "work/health.h"
#include "work/notify.h"
#include "work/remap.h"
#include "work/sync.h"

static enum rc
run(struct task *t, struct arena *item_mem, const struct job *j)
{
	static const struct {
		const char *kind;
		enum rc (*run)(struct task *t, const struct job *j);
	} kinds[] = {
		{ JOB_HEALTH, health_job }, { JOB_MAIL, notify_job },
		{ JOB_REMAP, remap_job },   { JOB_BULK, bulk_job },
		{ JOB_DRILL, drill_job },
	};
	static const struct {
		const char *kind;
		enum rc (*run)(struct task *t, struct arena *item_mem,
			       const struct job *j);
	} long_kinds[] = {
		{ JOB_DRAFT, connect_job },
		{ JOB_SYNC, sync_job },
		{ JOB_FILE, fileimport_job },
	};
	struct text kind = text_of(j->kind);

	for (size_t i = 0; i < COUNT(long_kinds); i++)
		if (text_is(kind, long_kinds[i].kind))
			return long_kinds[i].run(t, item_mem, j);
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (text_is(kind, kinds[i].kind))
			return kinds[i].run(t, j);
	return fail(t, E_INTERNAL, "job of kind %s", j->kind);
}

/* A lost lease is another worker's gain; a mistake of ours is tried again like
 * any failure, and seen in the end. */
static enum rc
end(struct task *t, const struct job *j, enum rc rc)
{
	if (rc == OK || rc == E_BUSY)
		return rc;
	if (rc != E_CONFLICT) {
		log_error("%s job %lld: %s: %s", j->kind, (long long)j->id,
			  rc_name(rc), t->why);
		task_forgive(t);
		rc = queue_retry(t, j, "internal", "Something broke here");
	}
	if (rc == E_CONFLICT) {
		task_forgive(t);
		rc = OK;
	}
	return rc;
}

enum rc
errand_run(struct task *t, struct arena *item_mem, const char *mark,
	   bool *found)
{
	struct job *jobs = NULL;
	size_t n = 0;
	enum rc rc = queue_claim_other(t, mark, &jobs, &n);

	*found = !rc && n > 0;
	if (rc || n == 0)
		return rc;
	return end(t, &jobs[0], run(t, item_mem, &jobs[0]));
}
