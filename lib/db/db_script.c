/* db_script: the statements of a schema file, cut apart and run in order. */
#include "base/step.h"
#include "db/db_private.h"

/* One statement up to a line that ends in ";" or to the end.  Within it a
 * comment line is part of it and ends nothing. */
static bool
next_piece(struct text *script, struct text *piece)
{
	struct text line, found = { 0 };

	while (text_take_part(script, '\n', &line)) {
		line = text_trim(line);
		if (line.len == 0 || text_starts(line, "--"))
			continue;
		if (!found.p)
			found.p = line.p;
		found.len = (size_t)(line.p + line.len - found.p);
		if (text_ends(line, ";")) {
			found.len--;
			break;
		}
	}
	*piece = text_trim(found);
	return found.p != NULL;
}

bool
db_script_next(struct text *script, struct text *statement)
{
	while (next_piece(script, statement))
		if (statement->len > 0)
			return true;
	return false;
}

/* "statement 3 (CREATE TABLE lead)" */
static const char *
name_of(struct task *t, int number, struct text statement)
{
	struct text line = text_first(statement, text_find(statement, '\n'));
	struct text start = text_trim(text_cut(line, 50));

	return arena_fmt(t->mem, "statement %d (%.*s)", number,
			 TEXT_ARG(start));
}

enum rc
db_script(struct task *t, struct text script)
{
	struct text statement;
	enum rc rc = OK;

	for (int n = 1; !rc && db_script_next(&script, &statement); n++) {
		const char *name = name_of(t, n, statement);

		STEP("before", name);
		rc = db_query(t, name, statement);
	}
	return rc;
}
