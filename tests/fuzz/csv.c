/* csv: rows do not depend on the pieces that the file came in. */
#include "base/csv.h"

#include "fuzz.h"

enum { TOLD_MAX = 16 << 20 };

static void
tell(struct csv *c, struct buf *to)
{
	struct csv_row row;

	while (csv_next(c, &row)) {
		buf_fmt(to, "%lld %lld %s\n", (long long)row.line,
			(long long)row.number, row.fault ? row.fault : "");
		assert(!row.fault || row.n == 0);
		assert(row.n <= CSV_COLUMNS_MAX);
		assert(text_is_utf8(row.raw));
		buf_add(to, row.raw);
		for (size_t i = 0; i < row.n; i++) {
			assert(text_is_utf8(row.cells[i]));
			buf_add(to, row.cells[i]);
			/* No cell holds one, so none runs into the next. */
			buf_putc(to, '\0');
		}
	}
}

/* Each piece in memory of its own, so that reading past its end is seen. */
static void
push(struct csv *c, struct text piece, struct buf *to)
{
	char *own = malloc(piece.len);

	assert(own);
	memcpy(own, piece.p, piece.len);
	csv_push(c, (struct text){ own, piece.len });
	tell(c, to);
	free(own);
}

static struct text
read_in_pieces(struct arena *mem, struct text file, size_t piece)
{
	struct csv *c = csv_new(mem);
	struct buf to = buf_in(mem, TOLD_MAX);

	for (; file.len > 0; file = text_from(file, piece))
		push(c, text_first(file, piece), &to);
	csv_end(c);
	tell(c, &to);
	return buf_text(&to);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task t = fuzz_task();
	struct text file = fuzz_text(data, size), whole;

	whole = read_in_pieces(t.mem, file, size);
	assert(text_eq(whole, read_in_pieces(t.mem, file, 1)));
	assert(text_eq(whole, read_in_pieces(t.mem, file, 1 + size / 3)));
	arena_free(t.mem);
	return 0;
}
