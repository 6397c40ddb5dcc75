/* logout.c: ends the session (POST /logout). */
#include "web/app.h"
#include "web/session.h"

static enum rc
log_out(struct req *r, const void *form)
{
	struct url login = url_page(r->t.mem, r->page.root, "/login");
	enum rc rc = session_end(&r->t, r->session_id);

	(void)form;
	if (rc)
		return rc;
	reply_cookie(r, NULL);
	return reply_see_other(r, url_with(r->t.mem, login, "out", "1"));
}

static const struct route routes[] = {
	{ .method = POST,
	  .path = "/logout",
	  .perm = PERM_USER,
	  .handle = log_out },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
