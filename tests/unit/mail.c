/* mail: letters that every mail server carries unchanged. */
#include "net/mail.h"

#include "base/conf.h"

#include "kit.h"

static struct conf conf = {
	.mail = { .smtp_url = "smtp://127.0.0.1:1",
		  .user = "",
		  .password = "",
		  .from = "Leadport <crm@example.com>" },
};

static const char *
message(const char *subject, const char *body)
{
	const struct letter l = { .to = "ann@example.com",
				  .subject = subject,
				  .body = body,
				  .id = "mail-7" };

	kit_task.conf = &conf;
	return mail_message(&kit_task, &l);
}

static void
the_headers_of_a_letter(void **state)
{
	const char *m;

	(void)state;
	kit_task.now = (struct when){ INT64_C(1790604127000) };
	m = message("Reconnect", "Hello\n");
	assert_non_null(strstr(m, "Date: Mon, 28 Sep 2026 14:02:07 +0000\r\n"));
	assert_non_null(strstr(m, "From: Leadport <crm@example.com>\r\n"));
	assert_non_null(strstr(m, "To: <ann@example.com>\r\n"));
	assert_non_null(strstr(m, "Subject: Reconnect\r\n"));
	assert_non_null(strstr(m, "Message-ID: <mail-7@example.com>\r\n"));
	assert_non_null(strstr(m, "\r\n\r\nHello\r\n"));
}

static void
any_script_goes_into_a_subject(void **state)
{
	(void)state;
	assert_non_null(strstr(message("Ол", "x"),
			       "Subject: =?UTF-8?Q?=D0=9E=D0=BB?=\r\n"));
	/* Long ones in several words, none cut inside a character. */
	assert_non_null(
		strstr(message("олена олена олена", "x"), "?=\r\n =?UTF-8?Q?"));
}

static void
no_line_of_a_subject_is_too_long(void **state)
{
	const char *m = strstr(
		message("🦷🦷🦷🦷🦷🦷🦷🦷🦷🦷🦷🦷🦷",
			"x"),
		"Subject:");
	size_t column = 0;

	(void)state;
	for (; *m; m++) {
		column = *m == '\n' ? 0 : column + 1;
		assert_true(column <= 77);
	}
}

static void
no_line_is_too_long_and_none_ends_the_letter(void **state)
{
	char body[600];
	const char *m;
	size_t column = 0;

	(void)state;
	memset(body, 'a', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	memcpy(body + 100, "\n.\n= \n\u00e4", 8);
	m = message("x", body);
	assert_null(strstr(m, "\r\n.\r\n"));
	assert_non_null(strstr(m, "=2E\r\n=3D=20\r\n=C3=A4"));
	for (; *m; m++) {
		column = *m == '\n' ? 0 : column + 1;
		assert_true(column <= 77);
		assert_true(*m != '\n' || m[-1] == '\r');
	}
}

static void
an_address_that_names_two_is_refused(void **state)
{
	static const char *const bad[] = { "",	       "ann",
					   "@x",       "a@",
					   "a@x, b@y", "a@x\r\nBcc: b@y",
					   "<a@x>",    "a b@x" };

	(void)state;
	kit_task.conf = &conf;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct letter l = {
			.to = bad[i], .subject = "x", .body = "x", .id = "1"
		};

		task_forgive(&kit_task);
		assert_int_equal(mail_send(&kit_task, &l), E_INPUT);
	}
}

static void
a_subject_of_two_lines_is_refused(void **state)
{
	const struct letter l = { .to = "a@example.com",
				  .subject = "x\r\nBcc: b@example.com",
				  .body = "x",
				  .id = "1" };

	(void)state;
	kit_task.conf = &conf;
	task_forgive(&kit_task);
	assert_int_equal(mail_send(&kit_task, &l), E_INPUT);
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(the_headers_of_a_letter),
		CASE(any_script_goes_into_a_subject),
		CASE(no_line_of_a_subject_is_too_long),
		CASE(no_line_is_too_long_and_none_ends_the_letter),
		CASE(an_address_that_names_two_is_refused),
		CASE(a_subject_of_two_lines_is_refused),
	};

	return RUN(cases);
}
