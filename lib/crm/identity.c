/* identity: addresses and numbers in the form in which two are the same. */
#include "crm/identity.h"

#include <idn2.h>

#include "crm/email.h"
#include "crm/phone.h"

/* What cannot be a name of DNS stays as it was written. */
static const char *
domain_of(struct arena *mem, const char *domain)
{
	char *ascii = NULL;
	const char *kept = domain;

	if (idn2_to_ascii_8z(domain, &ascii,
			     IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK)
		kept = arena_str(mem, text_of(ascii));
	idn2_free(ascii);
	return kept;
}

static struct text
local_part(struct arena *mem, struct text local, bool is_gmail,
	   const struct identity_rules *rules)
{
	size_t plus = text_find(local, '+');
	char *without, *to;

	if (rules->drop_plus && plus > 0 && plus < local.len)
		local = text_first(local, plus);
	if (!rules->drop_dots || !is_gmail)
		return local;
	without = to = arena_str(mem, local);
	for (const char *from = without; *from; from++)
		if (*from != '.')
			*to++ = *from;
	*to = '\0';
	return text_of(without);
}

const char *
identity_email(struct arena *mem, struct text address,
	       const struct identity_rules *rules)
{
	const char *norm = email_norm(mem, address);
	const char *at = norm ? strrchr(norm, '@') : NULL;
	const char *domain;
	struct text local;
	bool is_gmail;

	if (!at)
		return NULL;
	domain = domain_of(mem, at + 1);
	is_gmail = !strcmp(domain, "gmail.com") ||
		   !strcmp(domain, "googlemail.com");
	if (is_gmail && rules->drop_dots)
		domain = "gmail.com";
	local = local_part(mem, text_first(text_of(norm), (size_t)(at - norm)),
			   is_gmail, rules);
	if (local.len == 0)
		return NULL;
	return arena_fmt(mem, "%.*s@%s", TEXT_ARG(local), domain);
}

const char *
identity_phone(struct arena *mem, struct text number,
	       const struct identity_rules *rules)
{
	return phone_e164(mem, number, rules->country);
}
