/*
 * csv_private: what the files of csv share.
 */
#ifndef BASE_CSV_PRIVATE_H
#define BASE_CSV_PRIVATE_H
#include "base/csv.h"

enum csv_encoding { CSV_UTF8, CSV_UTF16LE, CSV_UTF16BE };

/* By the byte order mark, of which *mark is the length, or by the zeros that
 * Latin letters have in UTF-16. */
enum csv_encoding csv_encoding_of(struct text head, size_t *mark);

struct csv_decoder {
	enum csv_encoding encoding;
	bool after_cr; /* a LF that follows belongs to the line end told */
	bool half;     /* `first` is the first byte of a UTF-16 unit */
	uint8_t first;
	uint16_t high; /* first half of a surrogate pair, or 0 */
};

enum { CSV_DECODE_ROOM = 8 }; /* bytes that one step may need */

/* Eat of `in` as long as there is room; returns how many bytes were written.
 * Line ends become LF.  What is no character is not judged here: wrong bytes
 * stay wrong, and half a pair is written as its own three bytes, which no
 * reader of UTF-8 accepts. */
size_t csv_decode(struct csv_decoder *d, struct text *in, char *to,
		  size_t room);
/* What is left of a file cut within a character. */
size_t csv_decode_end(struct csv_decoder *d, char *to);

#endif
