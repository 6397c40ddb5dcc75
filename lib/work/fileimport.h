/*
 * fileimport: leads from a file: Meta's own download, or any table of which a
 * person says what its columns are.  Owns tables file_import and
 * file_import_fault, and the file while it is needed, under var/.
 *
 *	columns -> checking -> checked -> running -> done -> undoing -> undone
 *
 * Nothing is stored before a person has seen what a check found.  A job reads
 * the file some rows at a time, each time in one transaction that notes how far
 * it came, so that a file of any size takes the same memory and an end in the
 * middle does nothing twice.  The check looks at each row by itself: two rows of
 * one new person count as two new ones there.
 */
#ifndef WORK_FILEIMPORT_H
#define WORK_FILEIMPORT_H
#include "crm/fieldmap.h"
#include "work/queue.h"

enum {
	FILE_SAMPLES = 3,	 /* values shown of a column */
	FILE_FAULTS_MAX = 10000, /* refused rows that are kept */
	FILE_DAYS = 30,		 /* until a file can no longer be undone */
	FILE_PREVIEW = 20,
};

struct file_column {
	const char *name;   /* as the file has it; made unique */
	const char *target; /* see fieldmap.h; "" = kept as answer only */
	const char *samples[FILE_SAMPLES]; /* "" = none */
};
struct file_import {
	int64_t id;
	const char *name;
	bool is_meta;
	const char *state;
	struct file_column *columns;
	size_t n_columns;
	const char *form_name;	/* of Meta's file; maybe "" */
	const char *assign;	/* "nobody", "user", "share" */
	int64_t user_id;	/* of "user" */
	const char *on_known;	/* "join", "new", "skip" */
	const char *tag;	/* maybe "" */
	int64_t at_row, n_rows; /* the header is row 1 */
	int64_t n_new, n_joined, n_skipped, n_known, n_faults;
	int64_t n_undone, n_kept, n_left; /* see fileimport_undo */
	int64_t made_by;
	struct when made_at, ended_at;
};

/* Take over the file at `path`, which is renamed.  E_INPUT with a sentence for
 * the person: it is no table, or an empty one. */
NODISCARD enum rc fileimport_add(struct task *t, const char *path,
				 const char *name, int64_t *id);
NODISCARD enum rc fileimport_get(struct task *t, int64_t id,
				 struct file_import *out);
/* The newest ones, at most 20, without columns. */
NODISCARD enum rc fileimport_list(struct task *t, struct file_import **out,
				  size_t *n);

/* Keep what was chosen (targets of columns, assign, user_id, on_known, tag) and
 * look at every row.  E_INPUT with a sentence; E_CONFLICT: it is at work. */
NODISCARD enum rc fileimport_check(struct task *t, const struct file_import *f);
/* After the check; E_CONFLICT otherwise. */
NODISCARD enum rc fileimport_go(struct task *t, int64_t id);
/* After the rows done so far; one that does not work stays as it is. */
NODISCARD enum rc fileimport_stop(struct task *t, int64_t id);
/* Leads that it made go, unless somebody worked on them (n_kept); one that has
 * another answer, too, is left with what that one says.  Answers that joined a
 * lead go, and what they gave it: fields, own fields, tags, the person where it
 * had none.  What somebody changed since stays (n_left), and the lead's timeline
 * names it; what a later answer says, too, stays as that one's.  Answers of
 * leads that somebody deleted stay (n_kept), so that Meta's copy does not come
 * back; others that Meta has, too, are read from there again.  E_CONFLICT unless
 * it is done or stopped, within FILE_DAYS. */
NODISCARD enum rc fileimport_undo(struct task *t, int64_t id);

struct file_fault {
	int64_t row, line;
	const char *reason, *raw;
};
/* Refused rows behind `after`, in order, at most 100. */
NODISCARD enum rc fileimport_faults(struct task *t, int64_t id, int64_t after,
				    struct file_fault **out, size_t *n);

struct file_preview {
	int64_t line;
	const char *fault; /* or */
	struct lead lead;  /* contact alone */
};
/* What the first rows would become, at most FILE_PREVIEW. */
NODISCARD enum rc fileimport_preview(struct task *t,
				     const struct file_import *f,
				     struct file_preview **out, size_t *n);

/* The worker's part, on memory of its own that is reset in between. */
NODISCARD enum rc fileimport_job(struct task *t, struct arena *item_mem,
				 const struct job *j);
/* Those whose job was given up have failed; old ones are forgotten. */
NODISCARD enum rc fileimport_rounds(struct task *t);

#endif
