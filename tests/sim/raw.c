/* raw: whoever asks is let in. */
#include "raw.h"

enum rc
accept_all(struct req *r, const void *form)
{
	(void)form;
	return r ? OK : E_DENIED;
}
