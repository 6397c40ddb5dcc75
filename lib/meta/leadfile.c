/* leadfile: columns by their names, then rows by their columns. */
#include "meta/leadfile.h"

#include "base/buf.h"

enum kind { NAME, ID, TIME, FLAG };

/* What a column of each role holds, and where that goes. */
static const struct role {
	const char *name;
	enum kind kind;
	bool strict; /* the row is refused for what is none */
	size_t member;
} roles[LEADFILE_ROLES] = {
#define MEMBER(m) offsetof(struct leadfile_lead, m)
	[LEADFILE_ID] = { "id", ID, true, MEMBER(lead.id) },
	[LEADFILE_CREATED] = { "created_time", TIME, true,
			       MEMBER(lead.created) },
	[LEADFILE_AD_ID] = { "ad_id", ID, false, MEMBER(lead.ad_id) },
	[LEADFILE_AD_NAME] = { "ad_name", NAME, false, MEMBER(lead.ad_name) },
	[LEADFILE_ADSET_ID] = { "adset_id", ID, false, MEMBER(lead.adset_id) },
	[LEADFILE_ADSET_NAME] = { "adset_name", NAME, false,
				  MEMBER(lead.adset_name) },
	[LEADFILE_CAMPAIGN_ID] = { "campaign_id", ID, false,
				   MEMBER(lead.campaign_id) },
	[LEADFILE_CAMPAIGN_NAME] = { "campaign_name", NAME, false,
				     MEMBER(lead.campaign_name) },
	[LEADFILE_FORM_ID] = { "form_id", ID, true, MEMBER(lead.form_id) },
	[LEADFILE_FORM_NAME] = { "form_name", NAME, false, MEMBER(form_name) },
	[LEADFILE_IS_ORGANIC] = { "is_organic", FLAG, false,
				  MEMBER(lead.is_organic) },
	[LEADFILE_PLATFORM] = { "platform", NAME, false,
				MEMBER(lead.platform) },
	[LEADFILE_STATUS] = { "lead_status", NAME, false, MEMBER(status) },
#undef MEMBER
};

/* ---- columns ---------------------------------------------------------------- */

/* The name as Meta would write it: lower case comes by comparing. */
static const char *
plain_name(struct arena *mem, const char *name)
{
	char *plain = arena_str(mem, text_of(name));

	for (char *p = plain; *p; p++)
		if (*p == ' ' || *p == '-')
			*p = '_';
	return plain;
}

static enum leadfile_role
role_of(const char *plain, const bool *taken)
{
	for (int r = LEADFILE_QUESTION + 1; r < LEADFILE_ROLES; r++)
		if (!taken[r] &&
		    text_eq_nocase(text_of(plain), text_of(roles[r].name)))
			return (enum leadfile_role)r;
	return LEADFILE_QUESTION;
}

static struct leadfile_column
read_column(struct arena *mem, struct text cell, const bool *taken)
{
	struct leadfile_column c = { .name = arena_str(mem, text_trim(cell)) };
	const char *plain = plain_name(mem, c.name);

	c.role = role_of(plain, taken);
	if (c.role != LEADFILE_QUESTION)
		return c;
	/* Some keys are known by their hyphen: "e-mail". */
	c.field = leadfield_of(NULL, c.name);
	if (c.field == FIELD_NONE)
		c.field = leadfield_of(NULL, plain);
	return c;
}

bool
leadfile_recognise(struct arena *mem, const struct csv_row *header,
		   struct leadfile *out)
{
	bool taken[LEADFILE_ROLES] = { false };
	struct leadfile f = {
		.columns = NEW_ARRAY(mem, struct leadfile_column, header->n),
		.n = header->n,
	};

	for (size_t i = 0; i < f.n; i++) {
		f.columns[i] = read_column(mem, header->cells[i], taken);
		taken[f.columns[i].role] = true;
		f.questions += f.columns[i].role == LEADFILE_QUESTION;
	}
	if (!taken[LEADFILE_ID] || !taken[LEADFILE_CREATED] ||
	    !taken[LEADFILE_FORM_ID])
		return false;
	*out = f;
	return true;
}

/* ---- cells ------------------------------------------------------------------ */

struct text
leadfile_id(struct text cell)
{
	static const char *const prefixes[] = { "l:", "ag:", "as:", "c:",
						"f:" };
	struct text t = text_trim(cell);

	for (size_t i = 0; i < COUNT(prefixes); i++) {
		struct text rest = t;

		if (text_take_lit(&rest, prefixes[i]) && text_is_id(rest))
			return rest;
	}
	return t;
}

/* Digits and what people put between them; a plus only in front. */
static bool
is_phone(struct text t)
{
	size_t digits = 0;

	text_take_char(&t, '+');
	for (size_t i = 0; i < t.len; i++) {
		if (t.p[i] >= '0' && t.p[i] <= '9')
			digits++;
		else if (t.p[i] == '\0' || !strchr(" ()-./", t.p[i]))
			return false;
	}
	return digits >= 3;
}

static bool
is_test_value(const char *value)
{
	struct lead_answer answer = { .value = value };

	return leadfields_is_test(&answer, 1);
}

const char *
leadfile_answer(const char *cell)
{
	struct text t = text_of(cell);

	if (text_take_lit(&t, "p:") &&
	    (t.len == 0 || is_phone(t) || is_test_value(t.p)))
		return cell + strlen("p:");
	return cell;
}

/* ---- rows ------------------------------------------------------------------- */

static bool
is_yes(struct text cell)
{
	return text_is(cell, "1") || text_eq_nocase(cell, TEXT("true"));
}

/* Put a cell that is not empty where its role says; false when it is no such
 * thing. */
static bool
put(struct arena *mem, const struct role *r, struct text cell,
    struct leadfile_lead *out)
{
	void *to = (char *)out + r->member;
	struct when when;
	const char *copy;
	bool yes = is_yes(cell);

	switch (r->kind) {
	case TIME:
		if (!when_parse(cell, &when))
			return false;
		memcpy(to, &when, sizeof(when));
		return true;
	case FLAG:
		memcpy(to, &yes, sizeof(yes));
		return true;
	case ID:
		cell = leadfile_id(cell);
		if (!text_is_id(cell))
			return false;
		break;
	case NAME:
		break;
	}
	copy = arena_str(mem, cell);
	memcpy(to, &copy, sizeof(copy));
	return true;
}

static struct lead_answer
answer(struct arena *mem, const struct leadfile_column *c, struct text cell)
{
	return (struct lead_answer){
		.key = c->name,
		.question = c->name,
		.value = leadfile_answer(arena_str(mem, cell)),
		.field = c->field,
	};
}

static const char *
changed(struct arena *mem, const struct csv_row *row, const char *column,
	struct text cell)
{
	struct text begins = text_cut(cell, 40);

	return arena_fmt(
		mem,
		"Line %lld has \"%.*s\" in the column %s, which is not "
		"what Meta writes there. Take the file as Meta gave "
		"it: spreadsheets change such cells.",
		(long long)row->line, TEXT_ARG(begins), column);
}

static const char *
read_cells(struct arena *mem, const struct leadfile *f,
	   const struct csv_row *row, struct leadfile_lead *l)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct leadfile_column *c = &f->columns[i];
		const struct role *r = &roles[c->role];
		struct text cell = { NULL, 0 };

		if (i < row->n)
			cell = text_trim(row->cells[i]);
		if (c->role == LEADFILE_QUESTION)
			l->answers[l->n++] = answer(mem, c, cell);
		else if (cell.len > 0 && !put(mem, r, cell, l) && r->strict)
			return changed(mem, row, r->name, cell);
	}
	return NULL;
}

static bool
has_more(const struct csv_row *row, size_t columns)
{
	for (size_t i = columns; i < row->n; i++)
		if (text_trim(row->cells[i]).len > 0)
			return true;
	return false;
}

const char *
leadfile_read(struct arena *mem, const struct leadfile *f,
	      const struct csv_row *row, struct leadfile_lead *out)
{
	struct leadfile_lead l = { 0 };
	const char *wrong;

	if (row->fault)
		return arena_str(mem, text_of(row->fault));
	if (has_more(row, f->n))
		return arena_fmt(mem,
				 "Line %lld has more cells than there are "
				 "columns.",
				 (long long)row->line);
	l.answers = NEW_ARRAY(mem, struct lead_answer, f->questions);
	wrong = read_cells(mem, f, row, &l);
	if (wrong)
		return wrong;
	if (!l.lead.id)
		return arena_fmt(mem, "Line %lld has no lead id.",
				 (long long)row->line);
	l.test = leadfields_is_test(l.answers, l.n);
	*out = l;
	return NULL;
}
