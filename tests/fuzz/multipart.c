/* multipart: bodies with the boundary "b"; parts lie inside the body. */
#include "fuzz.h"
#include "web/form.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text rest = fuzz_text(data, size), boundary;
	const char *end = rest.p + size;
	struct form_part part;
	bool broken = false;

	assert(form_boundary("multipart/form-data; boundary=b", &boundary));
	while (form_next_part(&rest, boundary, &part, &broken))
		assert(part.data.p + part.data.len <= end && part.name.len > 0);
	return 0;
}
