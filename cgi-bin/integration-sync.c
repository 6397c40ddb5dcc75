/*
 * integration-sync.c: Sync Now, how far it is, and stopping it.  ID is the
 * integration's; it has one sync at a time.
 */
#include "crm/integration.h"
#include "web/cards.h"
#include "web/session.h"
#include "work/wake.h"

struct sync_in {
	int64_t id;
};
static const struct form_field sync_form[] = {
	FORM_INT(struct sync_in, id, 1, INT64_MAX),
	{ 0 },
};

/* Pressed twice, the second finds the first one's run. */
static enum rc
begin(struct req *r, const void *form)
{
	const struct sync_in *in = form;
	struct sync_order order = { .integration_id = in->id, .way = "sync" };
	struct integration i;
	int64_t run = 0;
	bool is_new = false;
	enum rc rc = integration_get(&r->t, in->id, &i);

	if (!rc)
		rc = sync_start(&r->t, &order, &run, &is_new);
	if (rc)
		return rc;
	wake_worker(&r->t);
	return work_to_details(r, in->id);
}

static enum rc
progress(struct req *r, const void *form)
{
	const struct sync_in *in = form;

	return work_reply(r, in->id, "sync");
}

/* Over already: a second click, or it was quicker. */
static enum rc
stop(struct req *r, const void *form)
{
	const struct sync_in *in = form;
	struct integration i;
	struct sync_run run;
	enum rc rc = integration_get(&r->t, in->id, &i);

	if (rc)
		return rc;
	rc = sync_latest(&r->t, in->id, "sync", &run);
	if (!rc && text_is(text_of(run.state), "running"))
		rc = sync_stop(&r->t, run.id);
	if (rc == E_NOTFOUND)
		task_forgive(&r->t);
	else if (rc)
		return rc;
	return work_to_details(r, in->id);
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/integration-sync/{id}",
	  .perm = PERM_CARDS,
	  .form = sync_form,
	  .form_size = sizeof(struct sync_in),
	  .handle = progress,
	  .page = "integration-sync.html",
	  .fields = work_fields },
	{ .method = POST,
	  .path = "/integration-sync/{id}",
	  .perm = PERM_CARDS,
	  .form = sync_form,
	  .form_size = sizeof(struct sync_in),
	  .handle = begin,
	  .own_tx = true },
	{ .method = POST,
	  .path = "/integration-sync/stop/{id}",
	  .perm = PERM_CARDS,
	  .form = sync_form,
	  .form_size = sizeof(struct sync_in),
	  .handle = stop },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
