/*
 * testdb: a database of its own for a test program, on the server that
 * with-db.sh started.
 */
#ifndef UNIT_TESTDB_H
#define UNIT_TESTDB_H
#include "kit.h"

#include "db/db.h"
#include "db/schema.h"

static struct conf testdb_conf;
static struct key testdb_key;

static inline struct conf
testdb_conf_for(const char *name)
{
	const char *socket = getenv("LEADPORT_TEST_DB");

	assert_non_null(socket);
	return (struct conf){
		.site = { .base_url = "http://127.0.0.1", .time_zone = "UTC" },
		.database = { .socket = socket,
			      .host = "",
			      .name = name,
			      .user = "root",
			      .password = "" },
		.limits = { .lease_seconds = 60,
			    .retry_first_ms = 5000,
			    .receipt_days = 30,
			    .session_hours = 12,
			    .session_idle_minutes = 120 },
	};
}

/* An empty database `leadport_unit`, made anew. */
static inline int
testdb_empty_up(void **state)
{
	struct conf admin = testdb_conf_for("mysql");
	struct task t;

	kit_up(state);
	t = kit_task;
	t.db = db_new(&admin);
	assert_int_equal(
		db_script(&t, TEXT("DROP DATABASE IF EXISTS leadport_unit;\n"
				   "CREATE DATABASE leadport_unit CHARACTER "
				   "SET utf8mb4;\n")),
		OK);
	db_free(t.db);
	testdb_conf = testdb_conf_for("leadport_unit");
	kit_task.db = db_new(&testdb_conf);
	kit_task.conf = &testdb_conf;
	kit_task.key = &testdb_key;
	return 0;
}

/* The same with the product's schema. */
static inline int
testdb_up(void **state)
{
	testdb_empty_up(state);
	assert_int_equal(schema_migrate(&kit_task, "sql", NULL), OK);
	return 0;
}

static inline int
testdb_down(void **state)
{
	db_free(kit_task.db);
	return kit_down(state);
}

#define DB_CASE(fn) cmocka_unit_test_setup_teardown(fn, testdb_up, testdb_down)
#define EMPTY_DB_CASE(fn)                                                      \
	cmocka_unit_test_setup_teardown(fn, testdb_empty_up, testdb_down)
#endif
