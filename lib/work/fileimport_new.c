/* fileimport_new: a file that has just come: what its columns seem to be. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "db/db.h"
#include "db/site.h"
#include "work/fileimport_private.h"
#include "work/mapping.h"

enum { SAMPLE_CHARS = 60, NAME_CHARS = 255 };

STATEMENT(file_insert,
	  "INSERT INTO file_import (name, kind, columns, form_name, made_by,"
	  " made_at) VALUES (?, ?, ?, ?, NULLIF(?, 0), ?)");

/* Lower case, blanks as "_", hyphens so or left out. */
static const char *
key_of(struct arena *mem, const char *name, bool hyphens)
{
	char *key = arena_str(mem, text_of(name)), *to = key;

	for (const char *c = name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*to++ = (char)(*c - 'A' + 'a');
		else if (*c != '-' || hyphens)
			*to++ = *c == ' ' || *c == '-' ? '_' : *c;
	*to = '\0';
	return key;
}

/* "E-mail", "e_mail" and "Email" are one. */
static const char *
guess(struct arena *mem, const char *name)
{
	static const struct {
		const char *key, *target;
	} others[] = { { "mail", "email" },	   { "tel", "phone" },
		       { "telephone", "phone" },   { "mobile", "phone" },
		       { "cell", "phone" },	   { "surname", "last_name" },
		       { "town", "city" },	   { "zip", "post_code" },
		       { "postcode", "post_code" } };
	const char *key = key_of(mem, name, false);
	const char *found = mapping_guess(NULL, key_of(mem, name, true));

	if (!found[0])
		found = mapping_guess(NULL, key);
	for (size_t i = 0; !found[0] && i < COUNT(others); i++)
		if (!strcmp(others[i].key, key))
			return others[i].target;
	return found;
}

static bool
has_column(const struct file_import *f, const char *name)
{
	for (size_t i = 0; i < f->n_columns; i++)
		if (!strcmp(f->columns[i].name, name))
			return true;
	return false;
}

/* A column without a name, or with one that is there, gets a number. */
static void
add_column(struct task *t, struct file_import *f, struct text cell)
{
	struct text name = text_cut(text_trim(cell), NAME_CHARS);
	const char *made =
		name.len ? arena_str(t->mem, name)
			 : arena_fmt(t->mem, "Column %zu", f->n_columns + 1);

	for (int k = 2; has_column(f, made); k++)
		made = arena_fmt(t->mem, "%.*s (%d)", TEXT_ARG(name), k);
	f->columns[f->n_columns++] = (struct file_column){
		.name = made,
		.target = guess(t->mem, made),
	};
}

static void
add_samples(struct task *t, struct file_import *f, const struct csv_row *row)
{
	for (size_t i = 0; i < row->n && i < f->n_columns; i++) {
		struct file_column *c = &f->columns[i];
		struct text v =
			text_cut(text_trim(row->cells[i]), SAMPLE_CHARS);

		for (size_t k = 0; v.len > 0 && k < FILE_SAMPLES; k++)
			if (!c->samples[k]) {
				c->samples[k] = arena_str(t->mem, v);
				break;
			}
	}
}

static void
note_form(struct task *t, struct file_import *f, const struct leadfile *meta,
	  const struct csv_row *row)
{
	struct leadfile_lead l;

	if (f->form_name[0] || leadfile_read(t->mem, meta, row, &l))
		return;
	f->form_name = l.form_name	? l.form_name
		       : l.lead.form_id ? l.lead.form_id
					: "";
}

/* The header and what stands behind it, as far as samples go. */
static enum rc
look_into(struct task *t, struct file_reader *r, struct file_import *f)
{
	enum { LOOKED_AT = 50 };
	struct csv_row row;
	int rows = 0;

	if (!reader_next(r, &row))
		return fail(t, E_INPUT, "The file is empty.");
	if (row.fault)
		return fail(t, E_INPUT, "%s", row.fault);
	f->columns = NEW_ARRAY(t->mem, struct file_column, CSV_COLUMNS_MAX);
	f->is_meta = leadfile_recognise(t->mem, &row, &r->meta);
	for (size_t i = 0; i < row.n; i++)
		add_column(t, f, row.cells[i]);
	while (rows < LOOKED_AT && reader_next(r, &row)) {
		rows++;
		if (row.fault)
			continue;
		add_samples(t, f, &row);
		if (f->is_meta)
			note_form(t, f, &r->meta, &row);
	}
	if (rows == 0)
		return fail(t, E_INPUT,
			    "There is no row behind the first one, which "
			    "names the columns.");
	return OK;
}

static enum rc
insert(struct task *t, void *arg)
{
	struct file_import *f = arg;
	const char *columns =
		fileimport_columns(t->mem, f->columns, f->n_columns);
	enum rc rc;

	if (!columns)
		return fail(t, E_INPUT,
			    "The names of the columns are too "
			    "long.");
	rc = db_insert(t, &file_insert,
		       INS(IN(f->name), IN(f->is_meta ? "meta" : "table"),
			   IN(columns),
			   IN(text_cut(text_of(f->form_name), 255)),
			   IN(t->user_id), IN(t->now)),
		       &f->id);
	return rc;
}

enum rc
fileimport_add(struct task *t, const char *path, const char *name, int64_t *id)
{
	struct file_import f = { .name = name[0] ? name : "leads.csv",
				 .form_name = "" };
	struct file_reader r;
	enum rc rc = reader_open(t, path, &r);

	if (rc)
		return rc;
	rc = look_into(t, &r, &f);
	reader_close(&r);
	if (!rc)
		rc = db_tx(t, "file_add", insert, &f);
	if (!rc && rename(path, fileimport_path(t, f.id)) != 0)
		return fail(t, E_BUSY, "%s: %s", path, strerror(errno));
	if (!rc)
		*id = f.id;
	return rc;
}
