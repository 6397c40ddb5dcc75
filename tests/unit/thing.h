/*
 * thing: a table of three rows and a second connection, for the tests of db.
 */
#ifndef UNIT_THING_H
#define UNIT_THING_H
#include "testdb.h"

STATEMENT(make_thing,
	  "CREATE TABLE thing (id BIGINT PRIMARY KEY, n BIGINT NOT NULL,"
	  " word VARCHAR(20) NOT NULL DEFAULT 'w')");
STATEMENT(add_things,
	  "INSERT INTO thing (id, n) VALUES (1, 10), (2, 20), (3, 30)");
STATEMENT(get_n, "SELECT n FROM thing WHERE id = ?");
STATEMENT(set_n, "UPDATE thing SET n = ? WHERE id = ?");
STATEMENT(own_id, "SELECT CONNECTION_ID() AS id");
STATEMENT(kill_id, "KILL CONNECTION ?");

/* A second connection to the same database. */
static struct task other;

static inline int
thing_up(void **state)
{
	testdb_empty_up(state);
	assert_int_equal(db_exec(&kit_task, &make_thing, INS(), NULL), OK);
	assert_int_equal(db_exec(&kit_task, &add_things, INS(), NULL), OK);
	other = kit_task;
	other.db = db_new(&testdb_conf);
	return 0;
}

static inline int
thing_down(void **state)
{
	db_free(other.db);
	return testdb_down(state);
}

static inline int64_t
n_of(int64_t id)
{
	int64_t n = -1;

	assert_int_equal(
		db_one(&kit_task, &get_n, INS(IN(id)), OUTS(OUT("n", &n))), OK);
	return n;
}

static inline int64_t
connection_of(struct task *t)
{
	int64_t id = 0;

	assert_int_equal(db_one(t, &own_id, INS(), OUTS(OUT("id", &id))), OK);
	return id;
}

/* The test's own connection is killed from outside while it rests. */
static inline void
cut(void)
{
	int64_t id = connection_of(&kit_task);

	assert_int_equal(db_exec(&other, &kill_id, INS(IN(id)), NULL), OK);
}

static inline enum rc
set_one(struct task *t, void *arg)
{
	(void)arg;
	return db_exec(t, &set_n, INS(IN(99), IN(1)), NULL);
}

#define THING_CASE(fn) cmocka_unit_test_setup_teardown(fn, thing_up, thing_down)
#endif
