/* tmpl: a template that loads prints no tag out of data, wherever the value
 * stands. */
#include "web/tmpl.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "fuzz.h"

struct row {
	const char *word;
};
struct view {
	const char *text;
	struct row *rows;
	size_t n;
	bool flag;
};
static const struct tmpl_field row_fields[] = { FIELD(struct row, word),
						{ 0 } };
static const struct tmpl_field fields[] = {
	FIELD(struct view, text),
	FIELD(struct view, flag),
	LIST(struct view, rows, n, row_fields),
	{ 0 },
};
static const struct tmpl_field none[] = { { 0 } };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task t = fuzz_task();
	struct buf err = buf_in(t.mem, 1000), out = buf_in(t.mem, 1 << 20);
	struct row rows[] = { { "<\x01" }, { "<\x01" } };
	struct view v = { .text = "<\x01", .rows = rows, .n = 2, .flag = true };
	int fd = memfd_create("t", 0);
	const struct tmpl *tm;

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	tm = tmpl_load(t.mem, "/proc/self/fd", arena_fmt(t.mem, "%d", fd),
		       fields, none, &err);
	if (tm && tmpl_render(tm, &v, &v, &out))
		assert(!text_has(buf_text(&out), "<\x01") ||
		       text_has(fuzz_text(data, size), "<\x01"));
	close(fd);
	arena_free(t.mem);
	return 0;
}
