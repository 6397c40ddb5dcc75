/*
 * graph_put: writing answers in Meta's manner.
 */
#ifndef SIM_GRAPH_PUT_H
#define SIM_GRAPH_PUT_H
#include "base/json.h"
#include "base/task.h"

/* A member; nothing at all for NULL (contract 3.1: absent, never null). */
void put(struct json_out *o, const char *name, const char *value);
void put_int(struct json_out *o, const char *name, int64_t value);
void put_bool(struct json_out *o, const char *name, bool value);
/* JSON that is stored as text. */
void put_raw(struct json_out *o, const char *name, const char *json);
/* A comma list as array of texts. */
void put_list(struct task *t, struct json_out *o, const char *name,
	      const char *list);
/* {"success":true} */
void put_success(struct json_out *o);
/* {"data":[ … and what closes it. */
void put_data(struct json_out *o);
void put_data_end(struct json_out *o);
/* Cursors; `next` only when there is more. */
void put_paging(struct task *t, struct json_out *o, int64_t last, bool more);
/* "2018-02-28T08:49:14+0000": Meta's offset has no colon. */
const char *meta_time(struct task *t, struct when w);

#endif
