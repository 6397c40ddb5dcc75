/* leadfile: Meta's download of leads, and what people made of it. */
#include "meta/leadfile.h"

#include "base/buf.h"
#include "kit.h"

static const char *
or_none(const char *s)
{
	return s ? s : "-";
}

static const char *
told(struct buf *to, const struct leadfile_lead *l)
{
	const struct meta_lead *m = &l->lead;

	buf_fmt(to, "%s %s %s ad=%s,%s set=%s,%s camp=%s,%s form=%s %s %s%s%s",
		m->id, m->created.ms ? when_iso(kit_mem, m->created) : "-",
		or_none(m->form_id), or_none(m->ad_id), or_none(m->ad_name),
		or_none(m->adset_id), or_none(m->adset_name),
		or_none(m->campaign_id), or_none(m->campaign_name),
		or_none(l->form_name), or_none(m->platform), or_none(l->status),
		m->is_organic ? " organic" : "", l->test ? " test" : "");
	for (size_t i = 0; i < l->n; i++)
		buf_fmt(to, " %s:%d=%s", l->answers[i].key,
			(int)l->answers[i].field, l->answers[i].value);
	return buf_str(to);
}

/* The rows of `c` that are there, one a line. */
static void
read_rows(struct csv *c, struct leadfile *f, struct buf *to)
{
	struct csv_row row;

	while (csv_next(c, &row)) {
		struct leadfile_lead l;
		const char *wrong;

		if (row.number == 1) {
			if (!leadfile_recognise(kit_mem, &row, f))
				buf_puts(to, "not Meta's\n");
			continue;
		}
		if (f->n == 0)
			continue;
		wrong = leadfile_read(kit_mem, f, &row, &l);
		if (wrong)
			buf_puts(to, wrong);
		else
			told(to, &l);
		buf_putc(to, '\n');
	}
}

static void
expect_in(const char *file, size_t piece, const char *want)
{
	struct csv *c = csv_new(kit_mem);
	struct text rest = text_of(file);
	struct buf b = buf_in(kit_mem, 1 << 20);
	struct leadfile f = { 0 };

	for (; rest.len > 0; rest = text_from(rest, piece)) {
		csv_push(c, text_first(rest, piece));
		read_rows(c, &f, &b);
	}
	csv_end(c);
	read_rows(c, &f, &b);
	assert_string_equal(buf_str(&b), want);
}

static void
expect(const char *file, const char *want)
{
	expect_in(file, strlen(file), want);
	expect_in(file, 1, want);
}

#define HEADER                                                                 \
	"id\tcreated_time\tad_id\tad_name\tadset_id\tadset_name\t"             \
	"campaign_id\tcampaign_name\tform_id\tform_name\tis_organic\t"         \
	"platform\tfull_name\tphone_number\tbudget?\tlead_status\n"

static void
a_download_of_metas(void **state)
{
	(void)state;
	expect(HEADER "l:12345678901234567\t2026-05-04T13:55:17+02:00\tag:23\t"
		      "Ad\tas:34\tSet\tc:45\tC:1\tf:56\tSpring\tfalse\tfb\t"
		      "Ann Lee\tp:+353 1 234\tp:rivate\tCREATED\n",
	       "12345678901234567 2026-05-04T11:55:17Z 56 ad=23,Ad set=34,Set "
	       "camp=45,C:1 form=Spring fb CREATED full_name:1=Ann Lee "
	       "phone_number:5=+353 1 234 budget?:0=p:rivate\n");
	expect(HEADER
	       "l:2\t2026-05-04T08:00:00-0500\t\t\t\t\t\t\tf:56\tSpring\t"
	       "TRUE\tig\t<test lead: dummy data for full_name>\t"
	       "p:<test lead: dummy data for phone_number>\t\t\n",
	       "2 2026-05-04T13:00:00Z 56 ad=-,- set=-,- camp=-,- form=Spring "
	       "ig - organic test full_name:1=<test lead: dummy data for "
	       "full_name> phone_number:5=<test lead: dummy data for "
	       "phone_number> budget?:0=\n");
}

static const struct {
	const char *header;
	bool is_metas;
} headers[] = {
	{ "id,created_time,form_id", true },
	{ " ID ;Created Time;FORM-ID;email", true },
	{ "email,form_id,created_time,id", true },
	{ "\xef\xbb\xbf\"id\",\"created_time\",\"form_id\"", true },
	{ "id,created_time,ad_id,platform", false },
	{ "id,form_id,email", false },
	{ "name,email,phone", false },
	{ "lead_id,created_time,form_id", false },
	{ "x", false },
};

static void
headers_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(headers); i++)
		expect(headers[i].header,
		       headers[i].is_metas ? "" : "not Meta's\n");
}

static void
columns_are_known_by_name(void **state)
{
	static const struct {
		enum leadfile_role role;
		enum lead_field field;
	} want[] = {
		{ LEADFILE_QUESTION, FIELD_EMAIL },
		{ LEADFILE_FORM_ID, FIELD_NONE },
		{ LEADFILE_CREATED, FIELD_NONE },
		{ LEADFILE_ID, FIELD_NONE },
		{ LEADFILE_QUESTION, FIELD_FULL_NAME },
		{ LEADFILE_QUESTION, FIELD_EMAIL },
		{ LEADFILE_IS_ORGANIC, FIELD_NONE },
		{ LEADFILE_STATUS, FIELD_NONE },
		{ LEADFILE_QUESTION, FIELD_NONE },
		{ LEADFILE_QUESTION, FIELD_NONE },
	};
	struct csv *c = csv_new(kit_mem);
	struct csv_row row;
	struct leadfile f;

	(void)state;
	csv_push(c, TEXT("Email,Form ID,CREATED_TIME,id,Full Name, e-mail ,"
			 "is organic,Lead status,id,What for?\n"));
	csv_end(c);
	assert_true(csv_next(c, &row));
	assert_true(leadfile_recognise(kit_mem, &row, &f));
	assert_int_equal(f.n, COUNT(want));
	assert_int_equal(f.questions, 5);
	for (size_t i = 0; i < f.n; i++) {
		assert_int_equal(f.columns[i].role, want[i].role);
		assert_int_equal(f.columns[i].field, want[i].field);
	}
	assert_string_equal(f.columns[5].name, "e-mail");
	assert_string_equal(f.columns[9].name, "What for?");
}

#define NOT_METAS(cell, column)                                                \
	"Line 2 has \"" cell "\" in the column " column ", which is not what " \
	"Meta writes there. Take the file as Meta gave it: spreadsheets "      \
	"change such cells.\n"
#define BARE " ad=-,- set=-,- camp=-,- form=- - -"

/* Rows under "id,created_time,form_id,ad_id,is_organic,q". */
static const struct {
	const char *row, *want;
} rows[] = {
	{ "1,2026-05-04T13:55:17Z,2,,0,x",
	  "1 2026-05-04T13:55:17Z 2" BARE " q:0=x\n" },
	{ " l:1 ,,f:2,ag:3,1,", "1 - 2 ad=3,- set=-,- camp=-,- form=- - - "
				"organic q:0=\n" },
	/* What is missing at the end, and what is too much. */
	{ "1", "1 - -" BARE " q:0=\n" },
	{ "1,,,,,x,,", "1 - -" BARE " q:0=x\n" },
	{ "1,,,,,x,,y", "Line 2 has more cells than there are columns.\n" },
	{ ",2026-05-04T13:55:17Z,2,,,x", "Line 2 has no lead id.\n" },
	/* What spreadsheets do. */
	{ "1.23457E+17,,2,,,", NOT_METAS("1.23457E+17", "id") },
	{ "l:,,2,,,", NOT_METAS("l:", "id") },
	{ "1,,f:2x,,,", NOT_METAS("f:2x", "form_id") },
	{ "1,04/05/2026 13:55,2,,,",
	  NOT_METAS("04/05/2026 13:55", "created_time") },
	{ "1,2026-02-30T00:00:00Z,2,,,",
	  NOT_METAS("2026-02-30T00:00:00Z", "created_time") },
	/* An advertisement's id is not worth a lead. */
	{ "1,,2,1.2E+17,,x", "1 - 2" BARE " q:0=x\n" },
	{ "1,,2,,maybe,x", "1 - 2" BARE " q:0=x\n" },
	{ "1,,2,,,test@meta.com", "1 - 2" BARE " test q:0=test@meta.com\n" },
	{ "1,,2,,,\"x", "Line 2 has a quote that is not closed.\n" },
};

static void
rows_are_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(arena_fmt(kit_mem,
				 "id,created_time,form_id,ad_id,is_organic,q\n"
				 "%s\n",
				 rows[i].row),
		       rows[i].want);
}

static void
prefixes_go_only_before_what_they_announce(void **state)
{
	static const struct {
		const char *cell, *want;
	} ids[] = {
		{ "l:12", "12" },     { "ag:12", "12" },      { "as:12", "12" },
		{ "c:12", "12" },     { "f:12", "12" },	      { "12", "12" },
		{ "l:x", "l:x" },     { "p:12", "p:12" },     { "l:", "l:" },
		{ "l: 12", "l: 12" }, { "l:l:12", "l:l:12" }, { "", "" },
	};
	static const struct {
		const char *cell, *want;
	} answers[] = {
		{ "p:+353861234567", "+353861234567" },
		{ "p:0900 111-222", "0900 111-222" },
		{ "p:(01) 23.4/5", "(01) 23.4/5" },
		{ "p:", "" },
		{ "p:+", "p:+" },
		{ "p:12", "p:12" },
		{ "p:12+34", "p:12+34" },
		{ "p:S. please", "p:S. please" },
		{ "p:<test lead: dummy data for phone_number>",
		  "<test lead: dummy data for phone_number>" },
		{ "l:12", "l:12" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++)
		assert_true(text_is(leadfile_id(text_of(ids[i].cell)),
				    ids[i].want));
	for (size_t i = 0; i < COUNT(answers); i++)
		assert_string_equal(leadfile_answer(answers[i].cell),
				    answers[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_download_of_metas),
		CASE(headers_are_told_apart),
		CASE(columns_are_known_by_name),
		CASE(rows_are_read_or_refused),
		CASE(prefixes_go_only_before_what_they_announce),
	};

	return RUN(tests);
}
