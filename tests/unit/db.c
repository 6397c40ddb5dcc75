/* db: types both ways, failures by their code, transactions. */
#include "db/db.h"

#include "db/schema.h"
#include "testdb.h"

STATEMENT(make_thing,
	  "CREATE TABLE thing (id BIGINT AUTO_INCREMENT PRIMARY KEY,"
	  " word VARCHAR(20) UNIQUE, body MEDIUMTEXT, flag BOOLEAN,"
	  " at DATETIME(3))");
STATEMENT(add_thing,
	  "INSERT INTO thing (word, body, flag, at) VALUES (?, ?, ?, ?)");
STATEMENT(get_thing, "SELECT id, word, body, flag, at FROM thing WHERE id = ?");
STATEMENT(all_things, "SELECT id, word FROM thing ORDER BY id");
STATEMENT(lock_thing, "SELECT id FROM thing WHERE id = ? FOR UPDATE");
STATEMENT(broken_sql, "SELEKT 1");
STATEMENT(kill_me, "KILL CONNECTION CONNECTION_ID()");
STATEMENT(one, "SELECT 1 AS n");

struct thing {
	int64_t id;
	const char *word;
};
static const struct db_col thing_cols[] = { COL(struct thing, id),
					    COL(struct thing, word),
					    { 0 } };

static int
up(void **state)
{
	testdb_empty_up(state);
	assert_int_equal(db_exec(&kit_task, &make_thing, INS(), NULL), OK);
	return 0;
}

static enum rc
add(const char *word)
{
	return db_exec(&kit_task, &add_thing,
		       INS(IN(word), IN("b"), IN(true), IN(kit_task.now)),
		       NULL);
}

static int64_t
count(void)
{
	struct db_list list = { .cols = thing_cols,
				.size = sizeof(struct thing),
				.max = 100 };

	assert_int_equal(db_rows(&kit_task, &all_things, INS(), &list), OK);
	return (int64_t)list.n;
}

static void
every_type_comes_back_as_it_went(void **state)
{
	struct when at = { INT64_C(1790000000123) }, at2 = { 0 };
	char *body = arena_alloc(kit_mem, (1 << 20) + 1);
	const char *word = NULL, *null = NULL;
	struct text body2 = { 0 };
	int64_t id = 0, id2 = 0;
	bool flag = false;

	(void)state;
	memset(body, 'x', 1 << 20);
	assert_int_equal(db_insert(&kit_task, &add_thing,
				   INS(IN("\xf0\x9f\x90\x99"), IN(body),
				       IN(true), IN(at)),
				   &id),
			 OK);
	assert_int_equal(db_one(&kit_task, &get_thing, INS(IN(id)),
				OUTS(OUT("at", &at2), OUT("flag", &flag),
				     OUT("body", &body2), OUT("word", &word),
				     OUT("id", &id2))),
			 OK);
	assert_int_equal(id2, id);
	assert_string_equal(word, "\xf0\x9f\x90\x99");
	assert_int_equal(body2.len, 1 << 20);
	assert_memory_equal(body2.p, body, 1 << 20);
	assert_true(flag);
	assert_int_equal(at2.ms, at.ms);
	assert_int_equal(db_insert(&kit_task, &add_thing,
				   INS(IN(null), IN(""), IN(false),
				       IN((struct when){ 0 })),
				   &id),
			 OK);
	assert_int_equal(db_one(&kit_task, &get_thing, INS(IN(id)),
				OUTS(OUT("word", &word), OUT("body", &body2),
				     OUT("at", &at2))),
			 OK);
	assert_null(word);
	assert_non_null(body2.p);
	assert_int_equal(body2.len, 0);
	assert_int_equal(at2.ms, 0);
}

static void
failures_have_their_code(void **state)
{
	struct db_list few = { .cols = thing_cols,
			       .size = sizeof(struct thing),
			       .max = 1 };
	int64_t n = 7;

	(void)state;
	assert_int_equal(add("same"), OK);
	assert_int_equal(add("same"), E_CONFLICT);
	assert_null(strstr(kit_task.why, "same"));
	task_forgive(&kit_task);
	assert_int_equal(
		db_one(&kit_task, &get_thing, INS(IN(99)), OUTS(OUT("id", &n))),
		E_NOTFOUND);
	assert_int_equal(n, 7);
	task_forgive(&kit_task);
	assert_int_equal(db_one(&kit_task, &get_thing, INS(IN(1)),
				OUTS(OUT("no_such", &n))),
			 E_INTERNAL);
	assert_non_null(strstr(kit_task.why, "get_thing"));
	task_forgive(&kit_task);
	assert_int_equal(db_exec(&kit_task, &get_thing, INS(), NULL),
			 E_INTERNAL);
	task_forgive(&kit_task);
	assert_int_equal(db_exec(&kit_task, &broken_sql, INS(), NULL),
			 E_INTERNAL);
	task_forgive(&kit_task);
	assert_int_equal(add("another"), OK);
	assert_int_equal(db_rows(&kit_task, &all_things, INS(), &few),
			 E_INTERNAL);
}

static void
a_lost_connection_is_made_again(void **state)
{
	int64_t n = 0;

	(void)state;
	assert_int_not_equal(db_exec(&kit_task, &kill_me, INS(), NULL), OK);
	task_forgive(&kit_task);
	assert_int_equal(db_one(&kit_task, &one, INS(), OUTS(OUT("n", &n))),
			 OK);
	assert_int_equal(add("after"), OK);
}

static enum rc
add_and_lose(struct task *t, void *arg)
{
	int *tries = arg;
	enum rc rc = add("lost");

	if (!rc && ++*tries == 1 && db_exec(t, &kill_me, INS(), NULL) != OK) {
		enum rc next;

		task_forgive(t);
		next = db_exec(t, &lock_thing, INS(IN(1)), NULL);
		assert_int_equal(next, E_BUSY);
		return next;
	}
	return rc;
}

static void
a_transaction_on_a_dead_connection_runs_again_whole(void **state)
{
	int tries = 0;

	(void)state;
	assert_int_equal(db_tx(&kit_task, "lose", add_and_lose, &tries), OK);
	assert_int_equal(tries, 2);
	assert_int_equal(count(), 1);
}

static enum rc
add_and_fail(struct task *t, void *arg)
{
	(void)arg;
	if (add("one"))
		return E_INTERNAL;
	return (fail)(t, E_INPUT, "on purpose");
}

static enum rc
add_nested(struct task *t, void *arg)
{
	enum rc rc = add("two");

	return rc ? rc : db_tx(t, "inner", add_and_fail, arg);
}

static void
a_failed_transaction_leaves_nothing(void **state)
{
	(void)state;
	assert_int_equal(db_tx(&kit_task, "fails", add_and_fail, NULL),
			 E_INPUT);
	task_forgive(&kit_task);
	assert_int_equal(db_tx(&kit_task, "nested", add_nested, NULL), E_INPUT);
	assert_int_equal(count(), 0);
}

static void
a_server_that_is_away_is_busy(void **state)
{
	struct conf away = testdb_conf_for("x");
	struct task t = kit_task;

	(void)state;
	away.database.socket = "/tmp/no-such-socket";
	t.db = db_new(&away);
	assert_int_equal(db_ping(&t), E_BUSY);
	db_free(t.db);
}

static void
scripts_are_cut_at_semicolons(void **state)
{
	struct text s = TEXT("-- note; here\nCREATE TABLE a (\n  b INT -- x;y\n"
			     ");\n\nSELECT ';' AS x;\nSELECT 2");
	struct text one_of;
	size_t n = 0;

	(void)state;
	while (db_script_next(&s, &one_of))
		n++;
	assert_int_equal(n, 3);
}

static void
the_schema_is_applied_once(void **state)
{
	struct schema_state s = { 0 };

	(void)state;
	assert_int_equal(schema_migrate(&kit_task, "sql", NULL), OK);
	assert_int_equal(schema_migrate(&kit_task, "sql", NULL), OK);
	assert_int_equal(schema_look(&kit_task, "sql", &s), OK);
	assert_int_equal(s.applied, s.newest);
	assert_true(s.newest >= 1);
}

#define THING_CASE(fn) cmocka_unit_test_setup_teardown(fn, up, testdb_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		THING_CASE(every_type_comes_back_as_it_went),
		THING_CASE(failures_have_their_code),
		THING_CASE(a_lost_connection_is_made_again),
		THING_CASE(a_transaction_on_a_dead_connection_runs_again_whole),
		THING_CASE(a_failed_transaction_leaves_nothing),
		THING_CASE(a_server_that_is_away_is_busy),
		THING_CASE(scripts_are_cut_at_semicolons),
		EMPTY_DB_CASE(the_schema_is_applied_once),
	};

	return RUN(tests);
}
