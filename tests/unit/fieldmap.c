/* fieldmap: answers into fields, questions that change, leads filled in. */
#include "crm/fieldmap.h"

#include "crm/formdrift.h"
#include "crm/integration.h"
#include "crm/leadform.h"
#include "crm/submission.h"
#include "testdb.h"
#include "work/learn.h"
#include "work/mapping.h"
#include "work/remap.h"

#define CYRILLIC                                                               \
	"\u044f\u043a\u0435_\u043b\u0456\u043a\u0443\u0432\u0430\u043d\u043d"  \
	"\u044f?"

static struct fieldmap_person
apply(const struct fieldmap_row *rows, size_t n_rows,
      const struct submission_answer *answers, size_t n)
{
	struct fieldmap_person p;

	mapping_of_stored(kit_mem, rows, n_rows, answers, n, &p);
	return p;
}

static void
without_a_choice_the_kind_decides(void **state)
{
	static const struct submission_answer answers[] = {
		{ .key = "work", .type = "WORK_EMAIL", .value = "w@x.ie" },
		{ .key = "e", .type = "EMAIL", .value = " " },
		{ .key = "last_name", .type = "LAST_NAME", .value = "Byrne" },
		{ .key = "first_name", .type = "FIRST_NAME", .value = "Aoife" },
		{ .key = "q", .type = "CUSTOM", .value = "Braces" },
	};
	struct fieldmap_person p = apply(NULL, 0, answers, COUNT(answers));

	(void)state;
	assert_string_equal(p.lead.email, "w@x.ie");
	assert_string_equal(p.lead.name, "Aoife Byrne");
	assert_string_equal(p.lead.company, "");
	assert_int_equal(p.n_custom, 0);
}

static void
rows_beat_guesses_and_questions_are_joined(void **state)
{
	static const struct submission_answer answers[] = {
		{ .key = "l", .type = "LAST_NAME", .value = "Byrne" },
		{ .key = "f", .type = "FIRST_NAME", .value = "Aoife" },
		{ .key = "e", .type = "EMAIL", .value = "a@x.ie" },
		{ .key = "w", .type = "WORK_EMAIL", .value = "b@x.ie" },
		{ .key = "company_name", .type = "", .value = "Kite" },
		{ .key = CYRILLIC, .type = "CUSTOM", .value = "One" },
		{ .key = "two", .type = "CUSTOM", .value = "Two" },
		{ .key = "three", .type = "CUSTOM", .value = "\u200b" },
	};
	static const struct fieldmap_row rows[] = {
		{ "l", "name", "" },	      { "f", "name", "" },
		{ "e", "email", "" },	      { "w", "email", "" },
		{ CYRILLIC, "custom:7", "" }, { "two", "custom:7", "" },
		{ "three", "company", "" },
	};
	struct fieldmap_person p =
		apply(rows, COUNT(rows), answers, COUNT(answers));

	(void)state;
	assert_string_equal(p.lead.name, "Byrne Aoife");
	assert_string_equal(p.lead.email, "a@x.ie");
	/* The chosen question says nothing to see: the guess counts. */
	assert_string_equal(p.lead.company, "Kite");
	assert_int_equal(p.n_custom, 1);
	assert_int_equal(p.custom[0].field_id, 7);
	assert_string_equal(p.custom[0].value, "One, Two");
}

static void
an_answer_kept_only_fills_nothing(void **state)
{
	static const struct submission_answer answers[] = {
		{ .key = "email", .type = "EMAIL", .value = "a@x.ie" },
	};
	static const struct fieldmap_row rows[] = { { "email", "", "" } };

	(void)state;
	assert_string_equal(apply(rows, 1, answers, 1).lead.email, "");
}

static void
transformations_do_what_they_say(void **state)
{
	static const struct {
		const char *how, *in, *out;
	} cases[] = {
		{ "", "  a  b ", "a  b" },
		{ "trim", " a \u00a0 b\u3000\tc ", "a b c" },
		{ "words", "aoife byrne-walsh", "Aoife Byrne-Walsh" },
		{ "words", "MARY O'SHEA", "Mary O'shea" },
		{ "words", "Ann McDonald", "Ann McDonald" },
		{ "words", "\u043e\u043b\u0435\u043d\u0430",
		  "\u041e\u043b\u0435\u043d\u0430" },
		{ "words", "\u4e2d\u6587", "\u4e2d\u6587" },
		{ "digits", "+353 (0)91-555", "353091555" },
		{ "digits", "\u0661\u0662\uff13", "123" },
		{ "digits", "none", "" },
		{ "trim", " \u200b ", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(fieldmap_transformed(kit_mem, cases[i].how,
							 cases[i].in),
				    cases[i].out);
}

static void
questions_that_change_are_seen(void **state)
{
	static const char then[] = "[{\"key\":\"a\",\"label\":\"A?\"},"
				   "{\"key\":\"b\",\"label\":\"B?\"},"
				   "{\"key\":\"c\",\"label\":\"C?\"}]";
	static const char now[] =
		"[{\"key\":\"a\",\"label\":\"A?\"},"
		"{\"key\":\"b\",\"label\":\"Better?\"},"
		"{\"key\":\"" CYRILLIC "\",\"label\":\"N?\",\"options\":"
		"[{\"key\":\"1\",\"value\":\"One\"},{\"key\":\"2\"}]}]";
	struct form_question *q = NULL;
	size_t n = 0;

	(void)state;
	form_questions(kit_mem, now, then, &q, &n);
	assert_int_equal(n, 4);
	assert_string_equal(q[0].key, CYRILLIC);
	assert_int_equal(q[0].state, QUESTION_NEW);
	assert_string_equal(q[0].options, "One, 2");
	assert_int_equal(q[1].state, QUESTION_SAME);
	assert_int_equal(q[2].state, QUESTION_RENAMED);
	assert_string_equal(q[2].was, "B?");
	assert_int_equal(q[3].state, QUESTION_GONE);
	/* Nothing was confirmed yet: nothing is new. */
	form_questions(kit_mem, now, "", &q, &n);
	assert_int_equal(n, 3);
	assert_int_equal(q[2].state, QUESTION_SAME);
	form_questions(kit_mem, "no list", "", &q, &n);
	assert_int_equal(n, 0);
}

/* ---- with a database ------------------------------------------------------------ */

/* A lead with a name and nothing else. */
static const struct lead named = {
	.name = "A",
	.first_name = "",
	.last_name = "",
	.email = "",
	.phone = "",
	.company = "",
	.job_title = "",
	.street = "",
	.city = "",
	.state = "",
	.post_code = "",
	.country = "",
	.source = "meta",
};

static int64_t
made(const char *name)
{
	int64_t id = 0;

	assert_int_equal(custom_make(&kit_task, name, &id), OK);
	return id;
}

static void
fields_are_made_once_and_values_stay(void **state)
{
	int64_t lead = 0, field = made("Treatment");
	struct custom_value v = { field, " " };
	struct lead_custom *own = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(made("treatment"), field);
	assert_int_equal(lead_add(&kit_task, &named, &lead), OK);
	for (int i = 0; i < 3; i++) {
		static const char *const values[] = { " ", "Braces", "Other" };

		v.value = values[i];
		assert_int_equal(custom_fill(&kit_task, lead, &v, 1, NULL), OK);
	}
	assert_int_equal(custom_of_lead(&kit_task, lead, &own, &n), OK);
	assert_int_equal(n, 1);
	assert_string_equal(own[0].value, "Braces");
}

STATEMENT(add_page, "INSERT INTO page (meta_id, integration_id, name,"
		    " token_sealed, connected_at)"
		    " VALUES ('9', ?, 'P', '', UTC_TIMESTAMP(3))");
STATEMENT(fill_answers,
	  "INSERT INTO submission (leadgen_id, lead_id, form_meta_id, answers,"
	  " raw, imported_at) SELECT id, id, '5',"
	  " '[{\"key\":\"q\",\"type\":\"CUSTOM\",\"value\":\"Braces\"}]', '',"
	  " UTC_TIMESTAMP(3) FROM `lead`");
STATEMENT(values_of, "SELECT COUNT(*) AS n FROM lead_custom");
STATEMENT(events_of, "SELECT COUNT(*) AS n FROM lead_event");
STATEMENT(let_run_out, "UPDATE job SET lease_until = '2000-01-01'"
		       " WHERE kind = 'remap'");

static int64_t
count(struct db_stmt *q)
{
	int64_t n = -1;

	assert_int_equal(db_one(&kit_task, q, INS(), OUTS(OUT("n", &n))), OK);
	return n;
}

/* A form whose one question fills an own field, and leads that answered it. */
static int64_t
form_with_leads(size_t leads)
{
	const struct integration i = { .name = "Main",
				       .description = "",
				       .strategy = "unassigned" };
	struct lead_form f = { .meta_id = "5",
			       .name = "F",
			       .status = "",
			       .locale = "",
			       .questions = "[]" };
	struct fieldmap_row row = { "q", "", "" };
	int64_t integration = 0, id = 0;

	/* Runs that nobody asks for look only at what has no questions. */
	kit_task.user_id = 1;
	assert_int_equal(integration_add(&kit_task, &i, &integration), OK);
	assert_int_equal(db_insert(&kit_task, &add_page, INS(IN(integration)),
				   &f.page_id),
			 OK);
	assert_int_equal(form_put(&kit_task, &f), OK);
	assert_int_equal(form_by_meta(&kit_task, "5", &f), OK);
	row.target = fieldmap_custom_target(kit_mem, made("Treatment"));
	assert_int_equal(fieldmap_put(&kit_task, f.id, &row, 1), OK);
	for (size_t k = 0; k < leads; k++)
		assert_int_equal(lead_add(&kit_task, &named, &id), OK);
	assert_int_equal(db_exec(&kit_task, &fill_answers, INS(), NULL), OK);
	return f.id;
}

static struct job *
claim(const char *mark)
{
	struct job *jobs = NULL;
	size_t n = 0;

	kit_task.now = clock_now();
	assert_int_equal(queue_claim_other(&kit_task, mark, &jobs, &n), OK);
	return n ? &jobs[0] : NULL;
}

static void
a_worker_that_is_lost_changes_nothing_twice(void **state)
{
	enum { LEADS = 120 };
	int64_t form = form_with_leads(LEADS), run = 0;
	struct remap_run r;
	struct job *lost, *j;

	(void)state;
	assert_int_equal(remap_start(&kit_task, form, &run), OK);
	j = claim("a");
	assert_int_equal(remap_job(&kit_task, j), OK);
	assert_int_equal(count(&values_of), 50);
	/* The next worker is gone after its claim; another one goes on, and
	 * what the first does late counts for nothing. */
	lost = claim("b");
	assert_non_null(lost);
	assert_int_equal(db_exec(&kit_task, &let_run_out, INS(), NULL), OK);
	j = claim("c");
	assert_non_null(j);
	assert_int_equal(remap_job(&kit_task, lost), E_CONFLICT);
	task_forgive(&kit_task);
	for (; j; j = claim("d"))
		assert_int_equal(remap_job(&kit_task, j), OK);
	assert_int_equal(remap_latest(&kit_task, form, &r), OK);
	assert_string_equal(r.state, "done");
	assert_int_equal(r.n_seen, LEADS);
	assert_int_equal(r.n_changed, LEADS);
	assert_int_equal(count(&values_of), LEADS);
	assert_int_equal(count(&events_of), LEADS);
	/* Once more: nothing is left to fill. */
	assert_int_equal(remap_start(&kit_task, form, &run), OK);
	while ((j = claim("e")))
		assert_int_equal(remap_job(&kit_task, j), OK);
	assert_int_equal(remap_latest(&kit_task, form, &r), OK);
	assert_int_equal(r.n_changed, 0);
	assert_int_equal(count(&events_of), LEADS);
}

static void
a_run_that_is_stopped_goes_no_further(void **state)
{
	int64_t form = form_with_leads(60), run = 0;
	struct job *j;

	(void)state;
	assert_int_equal(remap_start(&kit_task, form, &run), OK);
	j = claim("a");
	assert_int_equal(remap_job(&kit_task, j), OK);
	assert_int_equal(remap_stop(&kit_task, form), OK);
	while ((j = claim("b")))
		assert_int_equal(remap_job(&kit_task, j), OK);
	assert_int_equal(count(&values_of), 50);
	assert_int_equal(remap_stop(&kit_task, form), E_NOTFOUND);
}

static void
a_run_whose_job_was_given_up_has_failed(void **state)
{
	int64_t form = form_with_leads(1), run = 0;
	struct remap_run r;

	(void)state;
	assert_int_equal(remap_start(&kit_task, form, &run), OK);
	assert_int_equal(
		queue_give_up(&kit_task, claim("a"), "internal", "Broken"), OK);
	assert_int_equal(remap_end_dead(&kit_task), OK);
	assert_int_equal(remap_latest(&kit_task, form, &r), OK);
	assert_string_equal(r.state, "failed");
}

STATEMENT(add_unread, "INSERT INTO submission (leadgen_id, lead_id,"
		      " form_meta_id, way, answers, raw, imported_at)"
		      " SELECT '77', MIN(id), '5', 'webhook',"
		      " '[{\"key\":\"q\",\"question\":\"q\",\"type\":\"\","
		      "\"value\":\"Braces\"}]',"
		      " '{\"field_data\":[{\"name\":\"q\","
		      "\"values\":[\"Braces\"]}]}', UTC_TIMESTAMP(3)"
		      " FROM `lead`");
STATEMENT(read_now, "SELECT COUNT(*) AS n FROM submission"
		    " WHERE leadgen_id = '77' AND answers LIKE '%CUSTOM%'");
STATEMENT(forget_questions, "UPDATE lead_form SET questions = '' WHERE id > 0");
STATEMENT(forget_answers, "DELETE FROM submission WHERE id > 0");
STATEMENT(runs_of, "SELECT COUNT(*) AS n FROM remap_run");
STATEMENT(a_lease_passes,
	  "UPDATE remap_run SET started_at = started_at - INTERVAL 61 SECOND"
	  " WHERE id > 0 AND state = 'running'");
STATEMENT(hasten, "UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE kind ="
		  " 'remap' AND state = 'ready'");

/* Met by one worker. */
static void
meet_form(int64_t form)
{
	struct lead_form f, kept = { 0 };

	assert_int_equal(form_get(&kit_task, form, &f), OK);
	f.questions = "[{\"key\":\"q\",\"label\":\"Which?\","
		      "\"type\":\"CUSTOM\"}]";
	assert_int_equal(learn_form(&kit_task, &f, 0, &kept), OK);
}

static void
a_lead_that_comes_late_without_questions_learns_them(void **state)
{
	const struct queue_lead lead = { .leadgen_id = "77",
					 .page_meta_id = "9",
					 .form_meta_id = "5" };
	int64_t form = form_with_leads(1);
	struct job *jobs = NULL, *j;
	size_t n = 0;

	(void)state;
	assert_int_equal(db_exec(&kit_task, &forget_answers, INS(), NULL), OK);
	assert_int_equal(db_exec(&kit_task, &forget_questions, INS(), NULL),
			 OK);
	meet_form(form);
	assert_int_equal(count(&runs_of), 0);
	/* Again, while another worker, which was refused it, has a lead. */
	assert_int_equal(db_exec(&kit_task, &forget_questions, INS(), NULL),
			 OK);
	assert_int_equal(queue_add_lead(&kit_task, &lead), OK);
	kit_task.now = clock_now();
	assert_int_equal(queue_claim(&kit_task, "a", &jobs, &n), OK);
	assert_int_equal(n, 1);
	meet_form(form);
	assert_int_equal(count(&runs_of), 1);
	/* It waits while that lead may still come, and then takes it along. */
	while ((j = claim("b")))
		assert_int_equal(remap_job(&kit_task, j), OK);
	assert_int_equal(db_exec(&kit_task, &add_unread, INS(), NULL), OK);
	assert_int_equal(db_exec(&kit_task, &a_lease_passes, INS(), NULL), OK);
	assert_int_equal(db_exec(&kit_task, &hasten, INS(), NULL), OK);
	while ((j = claim("c")))
		assert_int_equal(remap_job(&kit_task, j), OK);
	assert_int_equal(count(&read_now), 1);
	assert_int_equal(count(&values_of), 1);
}

static void
unknown_fields_are_refused(void **state)
{
	const struct fieldmap_row bad[] = { { "q", "password", "" } };
	int64_t form = form_with_leads(0);
	struct fieldmap_row *rows = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(fieldmap_put(&kit_task, form, bad, 1), E_INPUT);
	assert_int_equal(fieldmap_get(&kit_task, form, &rows, &n), OK);
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].key, "q");
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(without_a_choice_the_kind_decides),
		CASE(rows_beat_guesses_and_questions_are_joined),
		CASE(an_answer_kept_only_fills_nothing),
		CASE(transformations_do_what_they_say),
		CASE(questions_that_change_are_seen),
		DB_CASE(fields_are_made_once_and_values_stay),
		DB_CASE(a_worker_that_is_lost_changes_nothing_twice),
		DB_CASE(a_run_that_is_stopped_goes_no_further),
		DB_CASE(a_run_whose_job_was_given_up_has_failed),
		DB_CASE(a_lead_that_comes_late_without_questions_learns_them),
		DB_CASE(unknown_fields_are_refused),
	};

	return RUN(cases);
}
