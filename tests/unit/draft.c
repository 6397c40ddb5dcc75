/* draft: a connection in the making. */
#include "crm/draft.h"

#include "crm/user.h"

#include "testdb.h"

enum { SESSION = 5 };

static int64_t
make_draft(void)
{
	const struct user u = { .name = "Maeve",
				.email = "maeve@example.com",
				.role = ROLE_ADMIN };
	struct draft d = { .name = "Main",
			   .description = "",
			   .strategy = "round_robin" };
	int64_t id = 0;

	assert_int_equal(user_add(&kit_task, &u, TEXT("correct-horse-battery"),
				  &d.user_id),
			 OK);
	assert_int_equal(draft_add(&kit_task, &d, &id), OK);
	return id;
}

static void
a_state_works_once_in_its_own_session(void **state)
{
	int64_t id = make_draft();
	const char *token = NULL;
	struct draft d;

	(void)state;
	assert_int_equal(draft_state(&kit_task, id, SESSION, &token), OK);
	assert_int_equal(draft_by_state(&kit_task, token, SESSION + 1, &d),
			 E_NOTFOUND);
	task_forgive(&kit_task);
	assert_int_equal(draft_by_state(&kit_task, "made up", SESSION, &d),
			 E_NOTFOUND);
	task_forgive(&kit_task);
	assert_int_equal(draft_by_state(&kit_task, token, SESSION, &d), OK);
	assert_int_equal(d.id, id);
	assert_int_equal(draft_by_state(&kit_task, token, SESSION, &d),
			 E_NOTFOUND);
}

static void
a_state_does_not_reach_a_draft_that_went_on(void **state)
{
	int64_t id = make_draft();
	const char *token = NULL;
	struct draft d;

	(void)state;
	assert_int_equal(draft_state(&kit_task, id, SESSION, &token), OK);
	assert_int_equal(draft_step(&kit_task, id, DRAFT_CONNECTING), OK);
	assert_int_equal(draft_by_state(&kit_task, token, SESSION, &d),
			 E_NOTFOUND);
}

static void
a_state_ends_after_ten_minutes(void **state)
{
	int64_t id = make_draft();
	const char *token = NULL;
	struct draft d;

	(void)state;
	assert_int_equal(draft_state(&kit_task, id, SESSION, &token), OK);
	kit_task.now = when_add(kit_task.now, 10 * MINUTE_MS);
	assert_int_equal(draft_by_state(&kit_task, token, SESSION, &d),
			 E_NOTFOUND);
}

static void
log_in(int64_t id)
{
	const struct draft d = { .id = id,
				 .meta_user_id = "11",
				 .meta_name = "Conor",
				 .kind = "user",
				 .token = "EAAsecret",
				 .scopes = "leads_retrieval" };

	assert_int_equal(draft_login(&kit_task, &d), OK);
}

static void
a_login_is_sealed_and_gone_at_the_end(void **state)
{
	int64_t id = make_draft();
	struct draft d;

	(void)state;
	log_in(id);
	assert_int_equal(draft_get(&kit_task, id, 0, &d), OK);
	assert_string_equal(d.token, "EAAsecret");
	assert_string_equal(d.step, DRAFT_LISTING);
	assert_int_equal(draft_finish(&kit_task, id, 9, 4), OK);
	assert_int_equal(draft_get(&kit_task, id, 0, &d), OK);
	assert_null(d.token);
	assert_int_equal(d.integration_id, 9);
	assert_int_equal(d.sync_run_id, 4);
}

static void
put_page(int64_t id, const char *meta_id, const char *token, const char *reason)
{
	const struct draft_page p = { .draft_id = id,
				      .meta_id = meta_id,
				      .name = meta_id,
				      .token = token,
				      .tasks = "",
				      .forms = "[]",
				      .reason = reason,
				      .detail = "" };

	assert_int_equal(draft_page_put(&kit_task, &p), OK);
}

static enum rc
choose(int64_t id, const char *page)
{
	const char *const ids[] = { page };
	const struct draft_choice c = { .pages = ids, .n_pages = 1 };

	task_forgive(&kit_task);
	return draft_choose(&kit_task, id, &c);
}

static void
only_pages_that_are_ready_can_be_chosen(void **state)
{
	int64_t id = make_draft();
	struct draft_page *pages = NULL;
	size_t n = 0;

	(void)state;
	log_in(id);
	put_page(id, "1", "EAAone", "");
	put_page(id, "2", "EAAtwo", "leads_access");
	put_page(id, "3", NULL, "");
	put_page(id, "4", "EAAfour", "in_use");
	assert_int_equal(choose(id, "1"), E_CONFLICT); /* still listing */
	assert_int_equal(draft_step(&kit_task, id, DRAFT_CHOOSING), OK);
	assert_int_equal(choose(id, "2"), E_INPUT);
	assert_int_equal(choose(id, "3"), E_INPUT);
	assert_int_equal(choose(id, "5"), E_INPUT);
	assert_int_equal(choose(id, "1"), OK);
	assert_int_equal(draft_pages(&kit_task, id, &pages, &n), OK);
	assert_int_equal(n, 4);
	assert_true(pages[0].is_chosen);
	assert_string_equal(pages[0].token, "EAAone");
	assert_null(pages[2].token);
	assert_int_equal(choose(id, "1"), E_CONFLICT); /* pressed twice */
}

static void
old_drafts_go(void **state)
{
	int64_t id = make_draft();
	struct draft d;

	(void)state;
	kit_task.now = when_add(kit_task.now, DAY_MS + 1);
	assert_int_equal(draft_purge(&kit_task), OK);
	assert_int_equal(draft_get(&kit_task, id, 0, &d), E_NOTFOUND);
}

static void
a_draft_is_its_owners(void **state)
{
	int64_t id = make_draft();
	struct draft d;

	(void)state;
	assert_int_equal(draft_get(&kit_task, id, 999, &d), E_NOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
		DB_CASE(a_state_works_once_in_its_own_session),
		DB_CASE(a_state_does_not_reach_a_draft_that_went_on),
		DB_CASE(a_state_ends_after_ten_minutes),
		DB_CASE(a_login_is_sealed_and_gone_at_the_end),
		DB_CASE(only_pages_that_are_ready_can_be_chosen),
		DB_CASE(old_drafts_go),
		DB_CASE(a_draft_is_its_owners),
	};

	return RUN(cases);
}
