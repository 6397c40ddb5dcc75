/*
 * world_switch: what a test can change about the world's manners: switches
 * and faults at chosen calls.  Owns tables sim_switch and sim_fault.  They
 * are rows, so that every process sees them at its next request.
 */
#ifndef SIM_WORLD_SWITCH_H
#define SIM_WORLD_SWITCH_H
#include "base/json.h"
#include "db/db.h"

/* The meaning and the standard of each are in README.md. */
struct switches {
	int64_t accounts_pages, pages_without_token, person_pages;
	int64_t offer_leads_retrieval, app_active;
	int64_t code_seconds, short_token_s, long_token_s, data_access_days;
	int64_t require_proof, withhold_ad_fields, withhold_counts;
	int64_t ignore_filter, oldest_first;
	int64_t max_limit, retention_days, readable_after_ms, answer_ms;
	int64_t app_live, leads_access_revoked, leads_access_drops;
	int64_t app_budget, page_budget, token_budget;
	int64_t usage_window_s, regain_minutes, usage_malformed;
	int64_t repeat_percent, organic_percent, national_percent;
	int64_t sparse_percent, hostile_percent;
	int64_t duplicate_percent;
	const char *missing_scope;     /* a permission nobody has, "none" */
	const char *page_token_error;  /* "2069032", "210", "190", "empty" */
	const char *webhook_ids;       /* "text", "numbers" */
	const char *webhook_values;    /* "full", "none", "changed_fields" */
	const char *webhook_extra;     /* "none", "unknown", "accents" */
	const char *webhook_signature; /* "good", "wrong", "missing" */
};
NODISCARD enum rc switches_load(struct task *t, struct switches *out);
/* E_INPUT for an unknown name or a value outside its limits. */
NODISCARD enum rc switch_set(struct task *t, const char *name,
			     const struct json *value);
NODISCARD enum rc switches_reset(struct task *t);
/* For showing them: the i-th of switches_count(). */
size_t switches_count(void);
const char *switch_name(size_t i);
const char *switch_text(struct arena *mem, const struct switches *sw, size_t i,
			bool *changed);

struct sim_fault {
	int64_t id, nth, times;
	const char *kind, *error;
	const char *object; /* id of a page, form or lead; NULL = any */
};
enum { FAULTS = 100 };
/* Rules that may still strike. */
NODISCARD enum rc faults_load(struct task *t, struct sim_fault **out,
			      size_t *n);
NODISCARD enum rc fault_add(struct task *t, const struct sim_fault *f);
/* Count one call for this rule.  *strikes: the call shall fail. */
NODISCARD enum rc fault_count(struct task *t, const struct sim_fault *f,
			      bool *strikes);
NODISCARD enum rc faults_reset(struct task *t);

#endif
