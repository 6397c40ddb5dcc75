/*
 * upload: a file that comes with a form, on its way to the disk.
 *
 * The file is the last field of its form (multipart/form-data), so that
 * everything that decides whether it is wanted is known before its first byte
 * is kept.  It takes a few KiB of memory at any size.
 */
#ifndef WEB_UPLOAD_H
#define WEB_UPLOAD_H
#include "base/task.h"
#include "base/text.h"

struct upload {
	const char *path; /* under var/; removed after the request unless it was
			     renamed */
	const char *name; /* as the browser calls it, one line, 120 characters
			     at most; maybe "" */
	int64_t size;
};

struct uploading; /* between the two steps */

/* Read what stands before the file: *fields is a body of the form's other
 * fields, closed as one.  E_INPUT: no such form, no file, or over 64 KiB of
 * fields. */
NODISCARD enum rc upload_begin(struct task *t, const char *content_type,
			       int64_t content_length, struct uploading **out,
			       struct text *fields);
/* Keep the file.  E_INPUT: the body is broken or ends too early; E_BUSY: the
 * disk does not take it. */
NODISCARD enum rc upload_keep(struct task *t, struct uploading *u,
			      struct upload *out);
/* The request is over. */
void upload_forget(const struct upload *u);

#endif
