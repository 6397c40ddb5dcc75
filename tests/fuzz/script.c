/* fuzz: the cutter of schema files.  Whatever comes in, its statements lie
 * inside the script, one after the other, none of them empty; and none is
 * left once the end was told. */
#include "db/db.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text script = { (const char *)data, size };
	const char *at = script.p, *end = script.p + size;
	struct text part;

	while (db_script_next(&script, &part)) {
		if (part.len == 0 || part.p < at || part.p + part.len > end)
			abort();
		if (script.len > 0 && script.p < part.p + part.len)
			abort();
		if (text_trim(part).len != part.len)
			abort();
		at = part.p + part.len;
	}
	if (script.len != 0 || db_script_next(&script, &part))
		abort();
	return 0;
}
