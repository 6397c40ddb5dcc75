/* deauthorize.c: Meta says that a person removed the app (POST /deauthorize). */
#include "db/db.h"
#include "web/app.h"
#include "web/signed.h"
#include "work/platform.h"

static enum rc
note(struct task *t, void *arg)
{
	return platform_deauthorized(t, arg);
}

static enum rc
deauthorize(struct req *r, const void *form)
{
	const char *person = NULL;
	enum rc rc = signed_person(r, &person);

	(void)form;
	if (!rc)
		rc = db_tx(&r->t, "deauthorize", note,
			   arena_str(r->t.mem, text_of(person)));
	return rc ? rc
		  : reply_text(r, 200, "text/plain; charset=utf-8",
			       TEXT("ok\n"));
}

static const struct route routes[] = {
	{ .method = POST,
	  .path = "/deauthorize",
	  .perm = PERM_RAW,
	  .verify = signed_verify,
	  .handle = deauthorize },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
