/* trouble: what is wrong stands as long as its cause does. */
#include "crm/trouble.h"

#include "crm/integration.h"
#include "crm/owner.h"
#include "crm/page.h"

#include "db/db.h"
#include "testdb.h"

STATEMENT(put_page, "INSERT INTO page (meta_id, integration_id, owner_id, name,"
		    " token_sealed, connected_at)"
		    " VALUES (?, ?, NULLIF(?, 0), 'A', '', ?)");
STATEMENT(put_job, "INSERT INTO job (kind, subject, page_meta_id, state,"
		   " received_at, run_at, created_at)"
		   " VALUES ('lead', ?, ?, 'parked', ?, ?, ?)");

static struct trouble *all;
static size_t n;

static int64_t
make_integration(const char *name)
{
	const struct integration i = { .name = name,
				       .description = "",
				       .strategy = "unassigned" };
	int64_t id = 0;

	assert_int_equal(integration_add(&kit_task, &i, &id), OK);
	return id;
}

static void
meet(const char *scope, int64_t subject, int64_t integration,
     const char *reason)
{
	const struct trouble tr = { .scope = scope,
				    .subject_id = subject,
				    .integration_id = integration,
				    .reason = reason,
				    .detail = "" };

	assert_int_equal(trouble_met(&kit_task, &tr), OK);
}

static void
look(int64_t integration)
{
	assert_int_equal(trouble_list(&kit_task, integration, &all, &n), OK);
}

static void
park(const char *subject, const char *page)
{
	assert_int_equal(db_exec(&kit_task, &put_job,
				 INS(IN(subject), IN(page), IN(kit_task.now),
				     IN(kit_task.now), IN(kit_task.now)),
				 NULL),
			 OK);
}

/* `owner_id` 0: it is not known whose login reads it. */
static void
has_page(const char *meta_id, int64_t integration, int64_t owner_id)
{
	assert_int_equal(db_exec(&kit_task, &put_page,
				 INS(IN(meta_id), IN(integration), IN(owner_id),
				     IN(kit_task.now)),
				 NULL),
			 OK);
}

static void
it_tells_how_many_leads_wait(void **state)
{
	int64_t id = make_integration("Waits"),
		other = make_integration("Runs");
	struct reason_facts f;

	(void)state;
	has_page("71", id, 0);
	has_page("72", other, 0);
	meet(TROUBLE_OWNER, 30, id, "password_changed");
	look(id);
	assert_int_equal(all[0].n_waiting, 0);
	f = trouble_facts(kit_mem, &all[0], "UTC", "");
	assert_null(f.waiting);
	park("9001", "71");
	park("9002", "72");
	look(id);
	f = trouble_facts(kit_mem, &all[0], "UTC", "");
	assert_string_equal(f.waiting, "1 lead is waiting at Meta; it comes");
	park("9003", "71");
	look(id);
	assert_int_equal(all[0].n_waiting, 2);
	f = trouble_facts(kit_mem, &all[0], "UTC", "");
	assert_string_equal(f.waiting,
			    "2 leads are waiting at Meta; they come");
}

static void
leads_wait_for_the_login_that_reads_them(void **state)
{
	int64_t id = make_integration("Two logins");

	(void)state;
	has_page("81", id, 31);
	has_page("82", id, 32);
	meet(TROUBLE_OWNER, 31, id, "password_changed");
	park("9101", "81");
	park("9102", "82");
	park("9103", "82");
	look(id);
	assert_int_equal(all[0].n_waiting, 1);
	meet(TROUBLE_INTEGRATION, id, id, "password_changed");
	look(id);
	assert_int_equal(n, 2);
	assert_int_equal(all[0].n_waiting + all[1].n_waiting, 1 + 3);
}

static void
the_worst_comes_first_and_keeps_its_beginning(void **state)
{
	int64_t id = make_integration("Main");
	struct when began = kit_task.now;

	(void)state;
	meet(TROUBLE_PAGE, 7, id, "ads_missing");
	kit_task.now = when_add(began, MINUTE_MS);
	meet(TROUBLE_OWNER, 3, id, "password_changed");
	kit_task.now = when_add(began, HOUR_MS);
	meet(TROUBLE_OWNER, 3, id, "password_changed");
	look(id);
	assert_int_equal(n, 2);
	assert_string_equal(all[0].reason, "password_changed");
	assert_int_equal(all[0].since.ms, began.ms + MINUTE_MS);
	assert_string_equal(all[0].integration_name, "Main");
}

static void
troubles_of_the_app_are_everybodys(void **state)
{
	int64_t a = make_integration("A"), b = make_integration("B");

	(void)state;
	meet(TROUBLE_APP, 0, 0, "callback_elsewhere");
	meet(TROUBLE_PAGE, 1, a, "leads_access");
	look(a);
	assert_int_equal(n, 2);
	look(b);
	assert_int_equal(n, 1);
	look(0);
	assert_int_equal(n, 2);
}

static void
a_pause_ends_by_itself(void **state)
{
	int64_t id = make_integration("Main");
	struct trouble tr = { .scope = TROUBLE_PAGE,
			      .subject_id = 1,
			      .integration_id = id,
			      .reason = "throttled",
			      .detail = "" };

	(void)state;
	tr.until = when_add(kit_task.now, MINUTE_MS);
	assert_int_equal(trouble_met(&kit_task, &tr), OK);
	look(id);
	assert_int_equal(n, 1);
	kit_task.now = when_add(kit_task.now, MINUTE_MS + 1);
	look(id);
	assert_int_equal(n, 0);
}

static void
a_page_that_reads_keeps_what_reading_does_not_prove(void **state)
{
	int64_t id = make_integration("Main");

	(void)state;
	meet(TROUBLE_PAGE, 1, id, "leads_access");
	meet(TROUBLE_PAGE, 1, id, "permission");
	meet(TROUBLE_PAGE, 1, id, "not_subscribed");
	meet(TROUBLE_PAGE, 2, id, "leads_access");
	assert_int_equal(trouble_page_reads(&kit_task, 1), OK);
	look(id);
	assert_int_equal(n, 2);
	assert_int_equal(trouble_forget(&kit_task, id), OK);
	look(id);
	assert_int_equal(n, 0);
}

static void
a_login_that_answers_keeps_its_clocks(void **state)
{
	int64_t id = make_integration("Main");

	(void)state;
	meet(TROUBLE_OWNER, 1, id, "checkpoint");
	meet(TROUBLE_OWNER, 1, id, "token_ends");
	assert_int_equal(trouble_answers(&kit_task, TROUBLE_OWNER, 1), OK);
	look(id);
	assert_int_equal(n, 1);
	assert_string_equal(all[0].reason, "token_ends");
}

static void
a_login_that_went_takes_its_troubles_along(void **state)
{
	int64_t id = make_integration("Main"), first = 0, second = 0;
	struct owner o = { .integration_id = id,
			   .meta_user_id = "11",
			   .name = "Conor Walsh",
			   .kind = "user",
			   .token = "EAAtoken",
			   .scopes = "" };

	(void)state;
	assert_int_equal(owner_put(&kit_task, &o, &first), OK);
	o.meta_user_id = "12";
	assert_int_equal(owner_put(&kit_task, &o, &second), OK);
	meet(TROUBLE_OWNER, first, id, "app_removed");
	meet(TROUBLE_OWNER, second, id, "token_ends");
	assert_int_equal(trouble_gone(&kit_task, id), OK);
	look(id);
	assert_int_equal(n, 2);
	assert_int_equal(owner_erase(&kit_task, first), OK);
	assert_int_equal(owner_remove_erased(&kit_task, id), OK);
	assert_int_equal(trouble_gone(&kit_task, id), OK);
	look(id);
	assert_int_equal(n, 1);
	assert_string_equal(all[0].reason, "token_ends");
}

static void
a_page_that_went_takes_its_troubles_along(void **state)
{
	int64_t id = make_integration("Main"), page = 0;
	const struct page p = { .meta_id = "22",
				.name = "Kite & Coast",
				.integration_id = id,
				.token = "EAApage",
				.tasks = "" };

	(void)state;
	assert_int_equal(page_put(&kit_task, &p, &page), OK);
	meet(TROUBLE_PAGE, page, id, "leads_access");
	meet(TROUBLE_PAGE, page + 1, id, "leads_access");
	assert_int_equal(trouble_gone(&kit_task, id), OK);
	look(id);
	assert_int_equal(n, 1);
	assert_int_equal(all[0].subject_id, page);
}

static void
what_comes_after_the_end_of_an_integration_is_not_shown(void **state)
{
	int64_t id = make_integration("Main");

	(void)state;
	assert_int_equal(integration_delete(&kit_task, id), OK);
	meet(TROUBLE_PAGE, 1, id, "leads_access");
	look(0);
	assert_int_equal(n, 0);
}

static void
two_who_tell_it_tell_it_once(void **state)
{
	int64_t id = make_integration("Main");
	struct trouble seen;

	(void)state;
	meet(TROUBLE_PAGE, 1, id, "leads_access");
	look(id);
	seen = all[0];
	assert_int_equal(trouble_mailed(&kit_task, &seen), OK);
	assert_int_equal(trouble_mailed(&kit_task, &seen), E_CONFLICT);
}

static void
the_sentence_names_page_and_person(void **state)
{
	int64_t id = make_integration("Main"), page = 0, login = 0;
	const struct owner o = { .integration_id = id,
				 .meta_user_id = "11",
				 .name = "Conor Walsh",
				 .kind = "user",
				 .token = "EAAtoken",
				 .scopes = "" };
	struct page p = { .meta_id = "22",
			  .name = "Kite & Coast",
			  .integration_id = id,
			  .token = "EAApage",
			  .tasks = "" };
	struct reason_facts f;

	(void)state;
	assert_int_equal(owner_put(&kit_task, &o, &login), OK);
	p.owner_id = login;
	assert_int_equal(page_put(&kit_task, &p, &page), OK);
	meet(TROUBLE_PAGE, page, id, "role_lost");
	look(id);
	f = trouble_facts(kit_mem, &all[0], "UTC", "");
	assert_non_null(
		strstr(reason_sentence(kit_mem, reason_of("role_lost"), &f),
		       "Conor Walsh no longer has a role on Kite & "
		       "Coast"));
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
		DB_CASE(the_worst_comes_first_and_keeps_its_beginning),
		DB_CASE(it_tells_how_many_leads_wait),
		DB_CASE(leads_wait_for_the_login_that_reads_them),
		DB_CASE(troubles_of_the_app_are_everybodys),
		DB_CASE(a_pause_ends_by_itself),
		DB_CASE(a_page_that_reads_keeps_what_reading_does_not_prove),
		DB_CASE(a_login_that_answers_keeps_its_clocks),
		DB_CASE(a_login_that_went_takes_its_troubles_along),
		DB_CASE(a_page_that_went_takes_its_troubles_along),
		DB_CASE(what_comes_after_the_end_of_an_integration_is_not_shown),
		DB_CASE(two_who_tell_it_tell_it_once),
		DB_CASE(the_sentence_names_page_and_person),
	};

	return RUN(cases);
}
