/* setting: sealed where the name says so; an old secret does not stay. */
#include "crm/setting.h"

#include "testdb.h"

STATEMENT(setting_raw, "SELECT value FROM setting WHERE name = ?");

static const char *
get(const char *name)
{
	const char *value = "unread";

	assert_int_equal(setting_get(&kit_task, name, &value), OK);
	return value;
}

static void
what_is_secret_is_sealed(void **state)
{
	const char *raw = NULL;

	(void)state;
	assert_null(get(SETTING_APP_SECRET));
	assert_int_equal(setting_put(&kit_task, SETTING_APP_SECRET, "hush"),
			 OK);
	assert_int_equal(setting_put(&kit_task, SETTING_APP_ID, "123"), OK);
	assert_string_equal(get(SETTING_APP_SECRET), "hush");
	assert_string_equal(get(SETTING_APP_ID), "123");
	assert_int_equal(db_one(&kit_task, &setting_raw,
				INS(IN(SETTING_APP_SECRET)),
				OUTS(OUT("value", &raw))),
			 OK);
	assert_null(strstr(raw, "hush"));
}

static void
an_old_secret_is_good_for_two_days(void **state)
{
	const char *old = "unread";
	struct when replaced = kit_task.now;

	(void)state;
	assert_int_equal(setting_old_secret(&kit_task, &old), OK);
	assert_null(old);
	assert_int_equal(setting_put(&kit_task, SETTING_APP_SECRET_OLD, "hush"),
			 OK);
	kit_task.now = when_add(replaced, 2 * DAY_MS - MINUTE_MS);
	assert_int_equal(setting_old_secret(&kit_task, &old), OK);
	assert_string_equal(old, "hush");
	kit_task.now = when_add(replaced, 2 * DAY_MS + MINUTE_MS);
	assert_int_equal(setting_old_secret(&kit_task, &old), OK);
	assert_null(old);
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
		DB_CASE(what_is_secret_is_sealed),
		DB_CASE(an_old_secret_is_good_for_two_days),
	};

	return RUN(cases);
}
