/*
 * fuzz: what the fuzz targets share.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H
#include "base/buf.h"
#include "base/crypt.h"
#include "base/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A task on memory of its own; free it with arena_free(t.mem). */
static inline struct task
fuzz_task(void)
{
	crypt_init();
	return (struct task){ .mem = arena_new(64 << 20) };
}

static inline struct text
fuzz_text(const uint8_t *data, size_t size)
{
	return (struct text){ (const char *)data, size };
}
#endif
