/*
 * filesteps: the steps of a file of leads as its pages show them: the columns
 * and what is chosen for them, and how far a worker is with the rows.
 */
#ifndef WEB_FILESTEPS_H
#define WEB_FILESTEPS_H
#include "web/app.h"
#include "web/option.h"
#include "work/fileimport.h"

extern const char *const filesteps_assigns[], *const filesteps_ways[];

struct filestep_view {
	const char *title;
	bool is_done, is_now;
};
struct filesteps_view {
	struct filestep_view *steps; /* File, Columns, Preview, Import */
	size_t n;
};
extern const struct tmpl_field filesteps_fields[];
/* NULL for a file that was undone.  `f` NULL: none was chosen yet.  `choosing`:
 * its columns, maybe again. */
struct filesteps_view *filesteps_of(struct arena *mem,
				    const struct file_import *f, bool choosing);

struct column_view {
	int64_t number;
	const char *name, *samples;
	struct option_view *targets;
	size_t n_targets;
};
struct choice_view {
	bool is_meta; /* the columns are known */
	struct column_view *columns;
	size_t n_columns;
	struct option_view *assigns, *people, *ways;
	size_t n_assigns, n_people, n_ways;
	const char *tag;
};
extern const struct tmpl_field choice_fields[];
NODISCARD enum rc filesteps_choice(struct req *r, const struct file_import *f,
				   struct choice_view **out);

struct run_view {
	int64_t id, done, all;
	const char *title_text, *words;
	bool is_working, is_open_ended, may_stop;
};
extern const struct tmpl_field run_fields[];
struct run_view *filesteps_run(struct req *r, const struct file_import *f);

/* "388 new, 21 of a known person, …" */
const char *filesteps_found(struct arena *mem, const struct file_import *f);
/* The same behind what became of the file: "Imported: 388 new, …". */
const char *filesteps_state(struct arena *mem, const struct file_import *f);
/* Of Meta's own file; where it may be undone, what comes again then. */
const char *filesteps_recognised(struct arena *mem, const struct file_import *f,
				 bool may_undo);

#endif
