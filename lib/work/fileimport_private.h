/*
 * fileimport_private: what the files of fileimport share.
 */
#ifndef WORK_FILEIMPORT_PRIVATE_H
#define WORK_FILEIMPORT_PRIVATE_H
#include "base/csv.h"
#include "crm/leadmerge.h"
#include "meta/leadfile.h"
#include "work/arrive.h"
#include "work/fileimport.h"
#include "work/said.h"

/* The file of a run. */
const char *fileimport_path(struct task *t, int64_t id);
/* As its column holds them; NULL: too long. */
const char *fileimport_columns(struct arena *mem, const struct file_column *all,
			       size_t n);
/* Locked until the transaction ends. */
NODISCARD enum rc fileimport_hold(struct task *t, int64_t id,
				  struct file_import *out);
/* The counters and at_row of `f` into its row. */
NODISCARD enum rc fileimport_forward(struct task *t,
				     const struct file_import *f);
NODISCARD enum rc fileimport_state(struct task *t, int64_t id,
				   const char *state);
/* The file and what was shown of it: nobody needs them any more. */
NODISCARD enum rc fileimport_put_away(struct task *t, int64_t id);
NODISCARD enum rc fileimport_refuse(struct task *t, int64_t id,
				    const struct file_fault *fault);

/* ---- rows ---- */

struct file_reader {
	int fd;
	struct csv *csv;
	char *piece;
	bool ended;
	struct leadfile meta; /* of Meta's file, once the header was read */
};
/* E_NOTFOUND: the file is gone.  Closed by reader_close. */
NODISCARD enum rc reader_open(struct task *t, const char *path,
			      struct file_reader *r);
void reader_close(struct file_reader *r);
/* The next row, valid until the next call; false at the end. */
bool reader_next(struct file_reader *r, struct csv_row *row);

struct file_row { /* a row, read and copied */
	int64_t row, line;
	const char *fault, *raw; /* NULL = sound */
	struct arrival arrival;
};
/* What a row says, in t->mem.  `f` must outlive it. */
NODISCARD enum rc row_read(struct task *t, const struct file_import *f,
			   const struct file_reader *r,
			   const struct csv_row *row, struct file_row *out);
/* What a row of a table says of its person by the columns of `f`. */
void row_said(struct arena *mem, const struct file_import *f,
	      const struct submission_answer *answers, size_t n,
	      struct fieldmap_person *out);

/* ---- taking back ---- */

struct undo_row { /* an answer of the file */
	int64_t id, import_row, lead_id, given_id;
	const char *leadgen_id; /* "" = not Meta's */
	const char *form_meta_id, *answers, *filled, *gave;
	const char *platform_tag; /* "" = none */
	bool is_test, is_joined, is_skipped;
	struct when submitted_at;
};
struct undoing {
	struct file_import *f;
	const struct undo_row *row;
	const char *filled, *gave; /* see submission */
	struct fieldmap_person said;
	struct said_others others; /* not of this file */
	struct said_holders holders;
	const char *words; /* what somebody changed since: "Phone, Budget" */
};
/* What it gave is taken from the holders, which are held, where nobody changed it
 * since and no later answer says it, too; the rest is named in words and counted
 * in f->n_left. */
NODISCARD enum rc fileimport_take_back(struct task *t, struct undoing *u);

/* ---- slices ---- */

/* The next submissions taken back.  *last: all are. */
NODISCARD enum rc fileimport_undo_some(struct task *t, struct file_import *f,
				       bool *last);

#endif
