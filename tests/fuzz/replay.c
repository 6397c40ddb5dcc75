/* replay: runs a fuzz target over the files named on the command line, without
 * a fuzzer: what was found once stays found.  Prints the name of each. */
#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20 };

int
main(int argc, char **argv)
{
	static uint8_t room[INPUT_MAX];

	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		uint8_t *input;
		size_t n;

		if (!f)
			return 1;
		n = fread(room, 1, sizeof(room), f);
		fclose(f);
		/* In its own size, so that reading past the end is seen. */
		input = malloc(n ? n : 1);
		if (!input)
			return 1;
		memcpy(input, room, n);
		LLVMFuzzerTestOneInput(input, n);
		free(input);
		puts(argv[i]);
	}
	return 0;
}
