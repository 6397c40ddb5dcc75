/* db_host: the servers of the configuration, tried in their order. */
#include "base/log.h"
#include "base/step.h"
#include "db/db_private.h"

enum {
	CONNECT_S = 5, /* until a silent server is "away" */
	NEXT_S = 2,    /* the same, when there is another one */
};

static size_t
count(const char *hosts)
{
	struct text list = text_of(hosts), host;
	int64_t port;
	size_t n = 0;

	while (conf_take_host(&list, &host, &port))
		n++;
	return n;
}

/* db->hosts begins with the one in use; after the last comes the first. */
static void
this_host(const struct db *db, struct db_host *out)
{
	struct text list = db->hosts, host = { 0 };
	int64_t port = db->conf->database.port;

	if (list.len == 0)
		list = text_of(db->conf->database.host);
	(void)conf_take_host(&list, &host, &port);
	snprintf(out->name, sizeof(out->name), "%.*s", TEXT_ARG(host));
	out->port = (unsigned)port;
}

static void
go_on(struct db *db)
{
	struct text host;
	int64_t port;

	if (db->hosts.len == 0)
		db->hosts = text_of(db->conf->database.host);
	(void)conf_take_host(&db->hosts, &host, &port);
}

static enum rc
connect_any(struct task *t, size_t n)
{
	bool had = t->failed != OK;
	enum rc rc = E_BUSY;

	for (size_t i = 0; rc == E_BUSY && i < n; i++) {
		struct db_host host;

		if (i > 0 && !had)
			task_forgive(t);
		this_host(t->db, &host);
		rc = db_connect(t, &host, NEXT_S);
		if (rc != E_BUSY)
			break;
		log_warn("%s:%u: %s", host.name, host.port, t->why);
		go_on(t->db);
	}
	return rc;
}

enum rc
db_host_connect(struct task *t)
{
	const struct conf *c = t->db->conf;
	struct db_host host = { .name = "localhost" };
	size_t n;

	if (STEP_FAILS("db", "connect"))
		return fail(t, E_BUSY, "connect: ordered to fail");
	if (c->database.socket && c->database.socket[0])
		return db_connect(t, &host, CONNECT_S);
	n = count(c->database.host);
	if (n > 1)
		return connect_any(t, n);
	this_host(t->db, &host);
	return db_connect(t, &host, CONNECT_S);
}
