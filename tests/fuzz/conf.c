/* conf: files of any shape; a refusal always has its words. */
#include "base/conf.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task t = fuzz_task();
	struct buf err = buf_in(t.mem, 10000);
	char path[] = "/tmp/leadport-fuzz-XXXXXX";
	int fd = mkstemp(path);
	struct conf c;

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	if (!conf_load(t.mem, path, &c, &err))
		assert(err.len > 0 || err.failed);
	close(fd);
	unlink(path);
	arena_free(t.mem);
	return 0;
}
