/*
 * json_private: what the files of json share.
 */
#ifndef BASE_JSON_PRIVATE_H
#define BASE_JSON_PRIVATE_H
#include "base/buf.h"
#include "base/text.h"

/* The document as cJSON shall get it into `strict`; NULL, or a few words that
 * say why it is not acceptable. */
const char *json_scan(struct text doc, struct buf *strict);

#endif
