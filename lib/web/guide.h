/*
 * guide: what stands beside the fields of Platform setup: the addresses to
 * paste at Meta, the permissions and what they are for, the Graph versions.
 */
#ifndef WEB_GUIDE_H
#define WEB_GUIDE_H
#include "web/app.h"
#include "work/doctor.h"
#include "work/platform.h"

struct address_view {
	const char *id, *name, *value, *where;
};
struct scope_view {
	const char *name, *plain, *use;
};
struct version_view {
	const char *name, *ends;
	bool is_chosen;
};
struct guide {
	struct address_view *addresses;
	size_t n_addresses;
	struct scope_view *scopes;
	size_t n_scopes;
	struct version_view *versions;
	size_t n_versions;
};
extern const struct tmpl_field guide_fields[];

struct guide *guide_load(struct req *r, const struct platform *p);
/* Does Meta still serve this version?  Told without asking it. */
enum check_state guide_version(struct req *r, const char *name);

#endif
