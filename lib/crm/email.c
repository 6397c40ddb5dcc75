/* email: one careful look at an address, no more. */
#include "crm/email.h"

#include "base/buf.h"

enum { EMAIL_MAX = 254, EMAIL_LOCAL_MAX = 64 };

/* Bytes that no address has outside quotes, which no form accepts either. */
static bool
is_plain(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.p[i] <= ' ' || t.p[i] == 0x7f ||
		    strchr("<>()[]\\,;:\"", t.p[i]))
			return false;
	return t.len > 0;
}

static bool
domain_ok(struct text domain)
{
	struct text label;
	size_t labels = 0;

	while (text_take_part(&domain, '.', &label)) {
		if (label.len == 0 || label.len > 63)
			return false;
		labels++;
	}
	return labels >= 2;
}

bool
email_valid(struct text address)
{
	struct text local, domain = address;

	if (address.len > EMAIL_MAX || !text_is_utf8(address))
		return false;
	if (!text_take_until(&domain, '@', &local))
		return false;
	return is_plain(local) && local.len <= EMAIL_LOCAL_MAX &&
	       is_plain(domain) && text_find(domain, '@') == domain.len &&
	       !text_ends(domain, ".") && domain_ok(domain);
}

const char *
email_norm(struct arena *mem, struct text address)
{
	char *norm;

	address = text_trim(address);
	if (!email_valid(address))
		return NULL;
	norm = arena_str(mem, address);
	for (char *c = norm; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return norm;
}
